"""HiGHS: whole-number programs given as a sparse matrix, solved without a word on stdout."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from jdzfire.arrays import Floats

_ROUNDING = 1e-6


@dataclass(frozen=True)
class Program:
    """Minimise ``cost @ x`` with ``lower <= rows @ x <= upper`` and ``least <= x <= most``."""

    cost: Floats
    """Of each column."""
    rows: sparse.csr_array
    """Left sides (rows, columns)."""
    lower: Floats
    """Of each row."""
    upper: Floats
    """Of each row."""
    is_whole: NDArray[np.bool_]
    """Which columns are whole numbers."""
    least: Floats | float = 0.0
    """Of each column."""
    most: Floats | float = 1.0
    """Of each column."""


@dataclass(frozen=True)
class Answer:
    """What HiGHS found."""

    x: Floats | None
    """The best point, None when it found none."""
    bound: float
    """No point costs less; infinite when there is none at all."""
    is_optimal: bool
    """The point is proven best within the gap asked for."""
    is_infeasible: bool
    """No point keeps the rows."""


def solve_program(
    program: Program,
    *,
    time_limit_s: float,
    gap: float = 0.0,
    start: Floats | None = None,
    threads: int = 1,
) -> Answer:
    """Solve a program to proven optimality or until the time runs out.

    Parameters
    ----------
    program : Program
    time_limit_s : float [s]
    gap : float
        Share of the value that is near enough.
    start : array, optional
        A point that keeps the rows, to begin with.
    threads : int
        One gives the same answer each time.

    Returns
    -------
    Answer
    """
    import highspy

    columns = len(program.cost)
    with silent_stdout():
        highs = highspy.Highs()  # type: ignore[no-untyped-call]
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", threads)
        highs.setOptionValue("time_limit", max(time_limit_s, 0.1))
        highs.setOptionValue("mip_rel_gap", gap)
        highs.setOptionValue("mip_abs_gap", 0.0 if gap == 0 else 1e-6)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = columns, program.rows.shape[0]
        lp.col_cost_ = np.asarray(program.cost, dtype=float)
        lp.col_lower_ = np.broadcast_to(np.asarray(program.least, dtype=float), columns).copy()
        lp.col_upper_ = np.broadcast_to(np.asarray(program.most, dtype=float), columns).copy()
        lp.row_lower_ = np.where(np.isneginf(program.lower), -highs.inf, program.lower)
        lp.row_upper_ = np.where(np.isposinf(program.upper), highs.inf, program.upper)
        by_row = sparse.csr_array(program.rows)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = by_row.indptr.astype(np.int32)
        lp.a_matrix_.index_ = by_row.indices.astype(np.int32)
        lp.a_matrix_.value_ = by_row.data.astype(float)
        whole, free = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
        lp.integrality_ = [whole if one else free for one in program.is_whole]
        highs.passModel(lp)
        if start is not None:
            point = highspy.HighsSolution()
            point.col_value = np.asarray(start, dtype=float).tolist()
            highs.setSolution(point)
        highs.run()
        status = highs.getModelStatus()
        info = highs.getInfo()
        has_point = info.primal_solution_status == 2  # feasible
        x = np.array(highs.getSolution().col_value, dtype=float) if has_point else None
    is_mip = bool(np.any(program.is_whole))
    is_optimal = status == highspy.HighsModelStatus.kOptimal
    # solved in presolve it leaves an older bound behind; without a gap the value is the bound
    is_bound = is_mip and not (is_optimal and gap == 0)
    bound = info.mip_dual_bound if is_bound else info.objective_function_value
    if start is not None and is_optimal and gap == 0 and _differs(program, x, bound):
        # solved in presolve, HiGHS 1.16 gives back the start beside another value
        return solve_program(program, time_limit_s=time_limit_s, gap=gap, threads=threads)
    return Answer(
        x=x,
        bound=float(bound) if is_optimal or is_mip else -np.inf,
        is_optimal=is_optimal,
        is_infeasible=status == highspy.HighsModelStatus.kInfeasible,
    )


def _differs(program: Program, x: Floats | None, value: float) -> bool:
    """Whether a point is not worth what it is said to be."""
    if x is None:
        return True
    worth = float(np.asarray(program.cost, dtype=float) @ x)
    return abs(worth - value) > _ROUNDING * max(1.0, abs(value))


@contextmanager
def silent_stdout() -> Iterator[None]:
    """Drop what C code prints.

    HiGHS 1.16 prints its licence on stdout when it is made, whatever its options; stdout belongs
    to the answer.
    """
    try:
        kept = os.dup(1)
    except OSError:
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
