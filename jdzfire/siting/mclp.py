"""The maximal covering location problem (Church & ReVelle 1974), solved to proven optimality.

Before the solver sees it the problem is made smaller without changing its answer: demand that
no site covers is dropped, demand with the same sites is joined, and a site whose demand
another one covers as well is dropped.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from jdzfire.arrays import Floats, Ints
from jdzfire.errors import UsageError


@dataclass(frozen=True)
class Choice:
    """Sites chosen, best first."""

    sites: tuple[int, ...]
    """Columns of the cover matrix, each adding most to those before it; ties by number."""
    gains: tuple[float, ...]
    """What each adds to those before it."""
    is_optimal: bool
    """True when no better choice exists; False when the time ran out."""
    size: tuple[int, int]
    """Demands and sites left for the solver."""

    @property
    def weight(self) -> float:
        """Demand covered."""
        return float(sum(self.gains))


def solve_mclp(
    covers: sparse.spmatrix | npt.NDArray[np.bool_],
    weights: npt.ArrayLike,
    *,
    k: int,
    time_limit_s: float = 60.0,
) -> Choice:
    """Choose k sites that cover the most demand.

    Parameters
    ----------
    covers : sparse or dense boolean matrix, (n demands, m sites)
        Which site covers which demand.
    weights : array_like, n
        Demand, not negative.
    k : int
        Sites to choose; fewer are returned when the rest would add nothing.
    time_limit_s : float [s]
        After this the best choice known is given, with ``is_optimal`` False.

    Returns
    -------
    Choice
        The same for the same matrix: of sites that cover the same the first is kept, the
        solver runs on one thread with no gap.

    Raises
    ------
    UsageError
        ``k`` or a weight is negative, or the shapes do not match.

    Notes
    -----
    spopt's MCLP with HiGHS through PuLP.
    """
    matrix = sparse.csc_matrix(covers, dtype=bool)
    demand = np.asarray(weights, dtype=float)
    if k < 0 or matrix.shape[0] != len(demand) or (demand < 0).any():
        raise UsageError(
            "the covering problem is ill-posed",
            expected="k >= 0, one weight >= 0 for each demand",
            found=f"k {k}, {matrix.shape[0]} demands, {len(demand)} weights",
        )
    small, joined, kept = _reduce(matrix, demand)
    wanted = min(k, len(kept))
    if wanted == 0:
        return Choice((), (), True, (len(joined), len(kept)))
    greedy = _order_by_gain(small, joined, range(len(kept)), wanted)
    best, is_optimal = [site for site, _ in greedy], True
    if wanted < len(kept) and wanted > 1:
        solved, is_optimal = _solve(small, joined, wanted, time_limit_s)
        best = _better(small, joined, best, solved)
    ordered = _order_by_gain(small, joined, best, wanted)
    return Choice(
        sites=tuple(int(kept[site]) for site, _ in ordered),
        gains=tuple(gain for _, gain in ordered),
        is_optimal=is_optimal,
        size=(len(joined), len(kept)),
    )


def _reduce(matrix: sparse.csc_matrix, demand: Floats) -> tuple[sparse.csc_matrix, Floats, Ints]:
    """The smaller problem with the same optimum, and the site numbers left in it."""
    rows, weights = _join_demand(matrix, demand)
    kept = _undominated(rows)
    rows, weights = _join_demand(rows[:, kept], weights)
    return rows, weights, kept


def _join_demand(matrix: sparse.csc_matrix, demand: Floats) -> tuple[sparse.csc_matrix, Floats]:
    """Demand with the same sites becomes one; without sites or weight it is dropped."""
    by_row = matrix.tocsr()
    by_row.sort_indices()
    groups: dict[bytes, list[int]] = {}
    for row in range(by_row.shape[0]):
        sites = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]
        if len(sites) and demand[row] > 0:
            groups.setdefault(sites.tobytes(), []).append(row)
    first = [members[0] for members in groups.values()]
    weights = np.array([demand[members].sum() for members in groups.values()], dtype=float)
    return by_row[first].tocsc(), weights


def _undominated(matrix: sparse.csc_matrix) -> Ints:
    """Sites of which no other covers all and more; of equal ones the first."""
    counts = matrix.astype(np.int32)
    size = np.asarray(counts.sum(axis=0)).ravel()
    shared = (counts.T @ counts).tocoo()
    inside = shared.data == size[shared.row]
    lesser, greater = shared.row[inside], shared.col[inside]
    beaten = (size[greater] > size[lesser]) | ((size[greater] == size[lesser]) & (greater < lesser))
    dominated = np.zeros(matrix.shape[1], dtype=bool)
    dominated[lesser[beaten]] = True
    dominated[size == 0] = True
    return np.flatnonzero(~dominated).astype(np.int64)


def _order_by_gain(
    matrix: sparse.csc_matrix, weights: Floats, sites: Sequence[int], k: int
) -> list[tuple[int, float]]:
    """Up to k of the sites by what each adds to those before it, as long as it adds something."""
    open_weight = weights.copy()
    left = sorted(sites)
    chosen: list[tuple[int, float]] = []
    while left and len(chosen) < k:
        gains = np.asarray(matrix[:, left].T @ open_weight).ravel()
        at = int(np.argmax(gains))
        if gains[at] <= 0:
            break
        site = left.pop(at)
        chosen.append((site, float(gains[at])))
        open_weight[matrix[:, [site]].nonzero()[0]] = 0.0
    return chosen


def _better(
    matrix: sparse.csc_matrix, weights: Floats, one: list[int], other: list[int] | None
) -> list[int]:
    """The choice that covers more; the other one when equal."""
    if other is None:
        return one
    reached = [weights[matrix[:, sites].sum(axis=1).A1 > 0].sum() for sites in (one, other)]
    return one if reached[0] > reached[1] else other


def _solve(
    matrix: sparse.csc_matrix, weights: Floats, k: int, time_limit_s: float
) -> tuple[list[int] | None, bool]:
    """Best sites found (None when there are none) and whether they are proven optimal."""
    import pulp

    with warnings.catch_warnings():
        # spopt 0.7 builds its model by calls that PuLP 3.3 announces to drop in 4.0
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        model = _model(matrix, weights, k)
        solver = pulp.HiGHS(msg=False, threads=1, gapRel=0.0, timeLimit=time_limit_s)
        with _silent_stdout():
            model.problem.solve(solver)
    status = model.problem.sol_status
    if status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return None, False
    chosen = [
        site for site, variable in enumerate(model.fac_vars) if (variable.value() or 0.0) > 0.5
    ]
    return chosen, status == pulp.LpSolutionOptimal


def _model(matrix: sparse.csc_matrix, weights: Floats, k: int) -> Any:
    """Spopt's MCLP, its rows written from the sparse matrix.

    ``MCLP.from_cost_matrix`` writes a term for every pair, also where a site does not cover:
    33 s instead of 0.6 s at 2,684 x 2,320. Demand may be continuous: with whole sites its
    best value is whole.
    """
    import pulp
    from spopt.locate import MCLP
    from spopt.locate.base import FacilityModelBuilder

    count, sites = matrix.shape
    model = MCLP("mclp", pulp.LpProblem("mclp", pulp.LpMaximize))
    FacilityModelBuilder.add_facility_integer_variable(model, range(sites), "x[{i}]")
    FacilityModelBuilder.add_client_integer_variable(model, range(count), "y[{i}]")
    for demand in model.cli_vars:
        demand.cat = pulp.LpContinuous
    model.problem += pulp.LpAffineExpression(zip(model.cli_vars, weights.tolist(), strict=True))
    by_row = matrix.tocsr()
    for row, demand in enumerate(model.cli_vars):
        near = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]
        terms = [(model.fac_vars[site], 1.0) for site in near]
        model.problem += pulp.LpAffineExpression([*terms, (demand, -1.0)]) >= 0
    FacilityModelBuilder.add_facility_constraint(model, k)
    return model


@contextmanager
def _silent_stdout() -> Iterator[None]:
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
