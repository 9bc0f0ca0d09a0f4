"""The maximal covering location problem (Church & ReVelle 1974), solved to proven optimality.

Before the solver sees it the problem is made smaller without changing its answer: demand that
no site covers is dropped, demand with the same sites is joined, and a site whose demand
another one covers as well is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from jdzfire.arrays import Floats, Ints
from jdzfire.errors import UsageError
from jdzfire.siting.cover import CoverProblem, solve_cover

_ROUNDING = 1e-9
"""Sums this near as a share are equal."""


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
    bound: float
    """No choice covers more than this."""

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
        The same for the same matrix as long as the time does not run out: of sites that cover the
        same the first is kept, random draws are fixed, and the solver runs on one thread.

    Raises
    ------
    UsageError
        ``k`` or a weight is negative, or the shapes do not match.
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
        return Choice((), (), True, (len(joined), len(kept)), 0.0)
    greedy = _order_by_gain(small, joined, range(len(kept)), wanted)
    best, bound = [site for site, _ in greedy], sum(gain for _, gain in greedy)
    if 1 < wanted < len(kept):
        problem = CoverProblem(
            covers=sparse.csc_matrix(small, dtype=float),
            weights=joined,
            bonus=np.zeros(len(kept)),
            fixed=np.array([], dtype=np.int64),
            k=wanted,
        )
        solved = solve_cover(problem, gap=0.0, time_limit_s=time_limit_s)
        bound = max(bound, solved.bound)
        if solved.sites is not None:
            best = [int(site) for site in solved.sites]
    ordered = _order_by_gain(small, joined, best, wanted)
    value = sum(gain for _, gain in ordered)
    is_optimal = bound - value <= _ROUNDING * max(1.0, bound)
    return Choice(
        sites=tuple(int(kept[site]) for site, _ in ordered),
        gains=tuple(gain for _, gain in ordered),
        is_optimal=is_optimal,
        size=(len(joined), len(kept)),
        bound=value if is_optimal else bound,
    )


def _reduce(matrix: sparse.csc_matrix, demand: Floats) -> tuple[sparse.csc_matrix, Floats, Ints]:
    """The smaller problem with the same optimum, and the site numbers left in it."""
    rows, weights = join_demand(matrix, demand)
    kept = _undominated(rows)
    rows, weights = join_demand(rows[:, kept], weights)
    return rows, weights, kept


def join_demand(matrix: sparse.csc_matrix, demand: Floats) -> tuple[sparse.csc_matrix, Floats]:
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
