"""Covering all demand: the fewest sites (LSCP), and the nearest worst case (p-centre)."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from jdzfire.arrays import Bools, Ints
from jdzfire.errors import UsageError
from jdzfire.siting.highs import Program, solve_program
from jdzfire.siting.solution import Solution


def solve_lscp(
    covers: sparse.spmatrix | npt.NDArray[np.bool_],
    *,
    fixed: Sequence[int] = (),
    time_limit_s: float = 60.0,
) -> Solution:
    """The fewest sites that cover all demand (Toregas, Swain, ReVelle & Bergman 1971).

    Parameters
    ----------
    covers : sparse or dense boolean matrix, (n demands, m sites)
        Which site covers which demand.
    fixed : sequence of int
        Sites that are chosen in any case; they count.
    time_limit_s : float [s]

    Returns
    -------
    Solution
        The value is the number of sites, the bound a whole number.

    Raises
    ------
    UsageError
        Some demand has no site that covers it; its rows are named.
    """
    begun = time.monotonic()
    matrix = sparse.csr_array(covers).astype(bool)
    held = np.unique(np.asarray(fixed, dtype=np.int64))
    alone = np.flatnonzero(np.diff(matrix.indptr) == 0)
    if len(alone):
        raise UsageError(
            "some demand has no site that covers it",
            expected="a site for every demand",
            found=f"{len(alone)} demands without one: {', '.join(map(str, alone[:10]))}",
            remedy="leave that demand out, allow more minutes, or add candidate sites",
        )
    if len(held) and not 0 <= held.min() <= held.max() < matrix.shape[1]:
        raise UsageError(
            "a fixed site is no column", expected=f"0 to {matrix.shape[1] - 1}", found=str(held)
        )
    sites, bound = _fewest(matrix, held, until=begun + time_limit_s)
    return Solution(
        sites=tuple(int(site) for site in np.sort(sites)),
        value=float(len(sites)),
        bound=float(bound),
        is_optimal=len(sites) == bound,
        seconds=time.monotonic() - begun,
    )


def solve_p_centre(
    costs: npt.ArrayLike,
    *,
    p: int,
    fixed: Sequence[int] = (),
    time_limit_s: float = 60.0,
) -> Solution:
    """Choose p sites so that the demand farthest from all of them is as near as can be.

    Parameters
    ----------
    costs : array_like, (n demands, m sites)
        For instance minutes; infinite where there is no way.
    p : int
        Sites to choose, the fixed ones among them.
    fixed : sequence of int
    time_limit_s : float [s]

    Returns
    -------
    Solution
        The value is the largest cost from a demand to its nearest chosen site. Of choices with the
        same value one.

    Raises
    ------
    UsageError
        ``p`` does not fit, a cost is negative, or p sites cannot reach all demand.

    Notes
    -----
    By halving the sorted costs (Minieka 1970): p sites do within a cost when the fewest sites that
    cover all demand within it are no more than p. A greedy cover answers most yes, the greedy of
    demands no two of which share a site most no; HiGHS the rest.
    """
    begun = time.monotonic()
    matrix = np.asarray(costs, dtype=float)
    held = np.unique(np.asarray(fixed, dtype=np.int64))
    if matrix.ndim != 2 or not max(1, len(held)) <= p or not (matrix >= 0).all():
        raise UsageError(
            "the p-centre problem is ill-posed",
            expected="costs >= 0 (demands x sites), p >= 1 and at least the fixed sites",
            found=f"costs {matrix.shape}, p {p}, {len(held)} fixed",
        )
    if not len(matrix):
        return Solution(tuple(range(min(p, matrix.shape[1]))), 0.0, 0.0, True, 0.0)
    steps = np.unique(matrix[np.isfinite(matrix)])
    least = float(matrix.min(axis=1).max())
    low, high = int(np.searchsorted(steps, least)), len(steps) - 1
    best: Ints | None = None
    proven, until = low, begun + time_limit_s
    while low <= high:
        middle = (low + high) // 2
        sites, is_sure = _within(matrix <= steps[middle], p, held, until)
        if sites is not None:
            best, reached = sites, matrix[:, sites].min(axis=1).max()
            high = int(np.searchsorted(steps, reached)) - 1
        else:
            low = middle + 1
            if is_sure and proven <= middle:
                proven = low
    if best is None:
        raise UsageError(
            "so few sites cannot reach all demand",
            expected="p sites within a finite cost of every demand",
            found=f"p {p}",
            remedy="raise p, or leave out what cannot be reached",
        )
    value = float(matrix[:, best].min(axis=1).max())
    bound = float(steps[proven]) if proven < len(steps) else value
    return Solution(
        sites=tuple(int(site) for site in np.sort(best)),
        value=value,
        bound=min(bound, value),
        is_optimal=bound >= value,
        seconds=time.monotonic() - begun,
    )


def _within(covers: Bools, p: int, held: Ints, until: float) -> tuple[Ints | None, bool]:
    """At most p sites that cover all demand, None when there are none; whether that is sure."""
    matrix = sparse.csr_array(covers)
    if (np.diff(matrix.indptr) == 0).any():
        return None, True
    quick = _greedy(matrix, held)
    if len(quick) <= p:
        return quick, True
    sites, bound = _fewest(matrix, held, until=until, enough=p)
    return (sites, True) if len(sites) <= p else (None, bound > p)


def _fewest(
    matrix: sparse.csr_array, held: Ints, *, until: float, enough: int | None = None
) -> tuple[Ints, int]:
    """Few sites that cover all rows, and the number no choice is below."""
    covered = np.asarray(matrix[:, held].sum(axis=1)).ravel() > 0
    rest = sparse.csr_array(matrix[~covered])
    rows, columns = _reduce(rest)
    small = sparse.csr_array(rest[rows][:, columns])
    if not small.shape[0]:
        return held, len(held)
    quick = _greedy(small, np.array([], dtype=np.int64))
    apart = _apart(small)
    most = len(held) + len(quick)
    if len(quick) == apart or (enough is not None and most <= enough):
        return np.concatenate([held, columns[quick]]), len(held) + apart
    if enough is not None and len(held) + apart > enough:
        return np.concatenate([held, columns[quick]]), len(held) + apart
    start = np.zeros(small.shape[1])
    start[quick] = 1.0
    answer = solve_program(
        Program(
            cost=np.ones(small.shape[1]),
            rows=small.astype(float),
            lower=np.ones(small.shape[0]),
            upper=np.full(small.shape[0], np.inf),
            is_whole=np.ones(small.shape[1], dtype=bool),
        ),
        time_limit_s=until - time.monotonic(),
        start=start,
    )
    bound = max(apart, int(np.ceil(answer.bound - 1e-6))) if np.isfinite(answer.bound) else apart
    found = quick if answer.x is None else np.flatnonzero(answer.x > 0.5)
    if len(found) > len(quick):
        found = quick
    return np.concatenate([held, columns[found]]), len(held) + min(bound, len(found))


def _reduce(matrix: sparse.csr_array) -> tuple[Ints, Ints]:
    """Rows and columns that are enough: any choice for them is one for all, and one of the best.

    A row that has all sites of another one is covered with it; a site that covers no more than
    another one is not needed.
    """
    rows = np.arange(matrix.shape[0])
    columns = np.arange(matrix.shape[1])
    while True:
        small = sparse.csr_array(matrix[rows][:, columns]).astype(np.int32)
        keep_columns = _undominated(sparse.csr_array(small.T))
        small = sparse.csr_array(small[:, keep_columns])
        keep_rows = _needed(small)
        done = len(keep_columns) == len(columns) and len(keep_rows) == len(rows)
        rows, columns = rows[keep_rows], columns[keep_columns]
        if done:
            return rows, columns


def _pairs_inside(small: sparse.csr_array) -> tuple[Ints, Ints, Ints]:
    """Pairs of rows of which the first lies inside the second, and the size of each row."""
    size = np.diff(small.indptr)
    shared = sparse.coo_array(small @ small.T)
    inside = (shared.data == size[shared.row]) & (shared.row != shared.col)
    return shared.row[inside], shared.col[inside], size


def _undominated(small: sparse.csr_array) -> Ints:
    """Rows that no other row contains; of equal ones the first."""
    inner, outer, size = _pairs_inside(small)
    beaten = (size[outer] > size[inner]) | ((size[outer] == size[inner]) & (outer < inner))
    gone = size == 0
    gone[inner[beaten]] = True
    return np.flatnonzero(~gone)


def _needed(small: sparse.csr_array) -> Ints:
    """Rows that contain no other row; of equal ones the first."""
    inner, outer, size = _pairs_inside(small)
    beaten = (size[outer] > size[inner]) | ((size[outer] == size[inner]) & (inner < outer))
    gone = np.zeros(small.shape[0], dtype=bool)
    gone[outer[beaten]] = True
    return np.flatnonzero(~gone)


def _greedy(matrix: sparse.csr_array, held: Ints) -> Ints:
    """Sites one by one, each the one that covers most of what is open; needless ones dropped."""
    by_site = sparse.csr_array(matrix.T).astype(np.int32)
    is_open = np.asarray(matrix[:, held].sum(axis=1)).ravel() == 0
    chosen = list(held)
    while is_open.any():
        site = int((by_site @ is_open.astype(np.int32)).argmax())
        chosen.append(site)
        is_open[by_site.indices[by_site.indptr[site] : by_site.indptr[site + 1]]] = False
    count = np.asarray(matrix[:, chosen].sum(axis=1)).ravel()
    for site in chosen[len(held) :][::-1]:
        mine = by_site.indices[by_site.indptr[site] : by_site.indptr[site + 1]]
        if (count[mine] > 1).all():
            count[mine] -= 1
            chosen.remove(site)
    return np.array(chosen, dtype=np.int64)


def _apart(matrix: sparse.csr_array) -> int:
    """Number of rows found no two of which share a site: each needs a site of its own."""
    by_site = sparse.csc_array(matrix)
    is_free = np.ones(matrix.shape[0], dtype=bool)
    count = 0
    for row in np.argsort(np.diff(matrix.indptr), kind="stable"):
        if is_free[row]:
            count += 1
            sites = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
            for site in sites:
                is_free[by_site.indices[by_site.indptr[site] : by_site.indptr[site + 1]]] = False
    return count
