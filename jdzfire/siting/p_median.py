"""The p-median problem (Hakimi 1964): p sites with the least weighted cost to all demand.

Three steps. A greedy choice improved by exchanging one site at a time gives a value. A Lagrangian
bound (Cornuejols, Fisher & Nemhauser 1977), raised by subgradients, says how far the best can be
away, and which sites and pairs cannot be in a better choice. What is left goes to HiGHS.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from jdzfire.arrays import Floats, Ints
from jdzfire.errors import UsageError
from jdzfire.siting.highs import Program, solve_program
from jdzfire.siting.solution import Solution

_ROUNDING = 1e-9
"""Values this near as a share are equal."""
_WHOLE_MOST = 1e9
"""Whole costs up to this are added without rounding."""
_STEPS = 20_000
_PATIENCE = 30
_LEAST_SCALE = 1e-4
_POLISH_EVERY = 200
_NEAR_TIMES = 8
"""Sites that are kept for each demand, in shares of a chosen one [C]."""
_MOST_PAIRS = 400_000
"""Pairs HiGHS is given at most; beyond it takes minutes before its first bound [C]."""


@dataclass
class _Search:
    """The best choice and the best bound so far."""

    chosen: Ints
    value: float
    bound: float
    multipliers: Floats
    step: float
    """Values differ by no less: 1 when all costs are whole."""

    @property
    def room(self) -> float:
        """A choice that is better costs no more than this above the bound; below 0: none is."""
        return self.value - self.bound - self.step + _ROUNDING * max(1.0, self.value)

    def raise_to(self, bound: float) -> None:
        """A better bound; when no better choice fits under the value, the value itself."""
        self.bound = min(max(self.bound, bound), self.value)
        if self.room < 0:
            self.bound = self.value


def solve_p_median(
    costs: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    p: int,
    fixed: Sequence[int] = (),
    gap: float = 0.0,
    time_limit_s: float = 60.0,
) -> Solution:
    """Choose p sites with the least sum of weight times cost to the nearest chosen site.

    Parameters
    ----------
    costs : array_like, (n demands, m sites)
        For instance minutes; not negative, infinite where there is no way.
    weights : array_like, n, optional
        Not negative; default 1.
    p : int
        Sites to choose, the fixed ones among them.
    fixed : sequence of int
        Sites that are chosen in any case.
    gap : float
        Stop when value and bound are this near, as a share; 0: proven optimal.
    time_limit_s : float [s]
        After this the best choice known is given with the bound reached.

    Returns
    -------
    Solution
        The same for the same input as long as the time does not run out.

    Raises
    ------
    UsageError
        Shapes, ``p`` or ``fixed`` do not fit, a number is negative, or some demand has no way to
        any choice.
    """
    begun = time.monotonic()
    matrix = np.asarray(costs, dtype=float)
    demand = np.ones(len(matrix)) if weights is None else np.asarray(weights, dtype=float)
    held = np.unique(np.asarray(fixed, dtype=np.int64))
    _check(matrix, demand, p, held)
    used = demand > 0
    weighted, is_cut = _finite(matrix[used] * demand[used, None])
    if not len(weighted) or p >= matrix.shape[1]:
        sites = _filled(held, matrix.shape[1], p)
        return _solution(weighted, sites, None, begun)
    chosen = exchange(weighted, _greedy(weighted, p, held), held)
    is_whole = bool((np.mod(weighted, 1.0) == 0).all()) and float(weighted.max()) < _WHOLE_MOST
    search = _Search(
        chosen=chosen,
        value=_value(weighted, chosen),
        bound=-np.inf,  # always that of the multipliers
        multipliers=weighted[:, chosen].min(axis=1),
        step=1.0 if is_whole else 0.0,
    )
    _raise_bound(weighted, p, held, search, gap, begun + 0.6 * time_limit_s)
    if not _is_near(search, gap):
        _finish(weighted, p, held, search, gap, begun + time_limit_s)
    if is_cut is not None and search.value >= is_cut:
        raise UsageError(
            "some demand has no way to any of the sites",
            expected=f"{p} sites that all demand can reach",
            found="a demand without one",
            remedy="leave that demand out, or allow more sites",
        )
    return _solution(weighted, search.chosen, search.bound, begun)


def _check(matrix: Floats, demand: Floats, p: int, held: Ints) -> None:
    if (
        matrix.ndim != 2
        or matrix.shape[0] != len(demand)
        or not max(1, len(held)) <= p
        or matrix.shape[1] == 0
        or (len(held) and not 0 <= held.min() <= held.max() < matrix.shape[1])
        or not (matrix >= 0).all()
        or not (demand >= 0).all()
    ):
        raise UsageError(
            "the p-median problem is ill-posed",
            expected="costs >= 0 (demands x sites), a weight >= 0 for each demand, p >= 1 and "
            "at least the fixed sites",
            found=f"costs {matrix.shape}, {len(demand)} weights, p {p}, {len(held)} fixed",
        )


def _finite(weighted: Floats) -> tuple[Floats, float | None]:
    """Costs with a number for no way that no choice with a way for all can reach."""
    no_way = ~np.isfinite(weighted)
    if not no_way.any():
        return weighted, None
    most = np.where(no_way, 0.0, weighted).max(axis=1).sum() + 1.0
    return np.where(no_way, most, weighted), float(most)


def _filled(held: Ints, sites: int, p: int) -> Ints:
    """The held sites, and the first others up to p."""
    others = np.setdiff1d(np.arange(sites), held)
    return np.sort(np.concatenate([held, others[: max(p - len(held), 0)]]))


def _solution(weighted: Floats, sites: Ints, bound: float | None, begun: float) -> Solution:
    value = _value(weighted, sites) if len(weighted) else 0.0
    reached = value if bound is None else min(bound, value)
    is_optimal = value - reached <= _ROUNDING * max(1.0, value)
    return Solution(
        sites=tuple(int(site) for site in np.sort(sites)),
        value=value,
        bound=value if is_optimal else reached,
        is_optimal=is_optimal,
        seconds=time.monotonic() - begun,
    )


def _value(weighted: Floats, chosen: Ints) -> float:
    return float(weighted[:, chosen].min(axis=1).sum())


def _is_near(search: _Search, gap: float) -> bool:
    return search.value - search.bound <= max(gap, _ROUNDING) * max(1.0, search.value)


def _greedy(weighted: Floats, p: int, held: Ints) -> Ints:
    """Sites one by one, each the one that lowers the cost most."""
    chosen = [int(site) for site in held]
    if not chosen:
        chosen = [int(weighted.sum(axis=0).argmin())]
    nearest = weighted[:, chosen].min(axis=1)
    while len(chosen) < p:
        totals = np.minimum(weighted, nearest[:, None]).sum(axis=0)
        totals[chosen] = np.inf
        site = int(totals.argmin())
        chosen.append(site)
        nearest = np.minimum(nearest, weighted[:, site])
    return np.array(chosen, dtype=np.int64)


def exchange(weighted: Floats, chosen: Ints, held: Ints) -> Ints:
    """Exchange one chosen site for another as long as that lowers the cost (Whitaker 1983)."""
    chosen = chosen.copy()
    rows = np.arange(len(weighted))
    can_go = ~np.isin(chosen, held)
    if not can_go.any():
        return chosen
    while True:
        near = weighted[:, chosen]
        order = np.argpartition(near, min(1, near.shape[1] - 1), axis=1)
        first = near.argmin(axis=1)
        nearest = near[rows, first]
        second = (
            np.where(order[:, 0] == first, near[rows, order[:, 1]], near[rows, order[:, 0]])
            if near.shape[1] > 1
            else np.full(len(rows), np.inf)
        )
        with_new = np.minimum(weighted, nearest[:, None])
        change = np.minimum(weighted, second[:, None]) - with_new  # when the nearest goes
        by_first = np.argsort(first, kind="stable")
        counts = np.bincount(first, minlength=len(chosen))
        starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        lost = np.zeros((len(chosen), weighted.shape[1]))
        filled = counts > 0
        lost[filled] = np.add.reduceat(change[by_first], starts[filled], axis=0)
        totals = lost + with_new.sum(axis=0)[None, :]
        totals[~can_go] = np.inf
        totals[:, chosen] = np.inf
        out, into = np.unravel_index(int(totals.argmin()), totals.shape)
        now = float(nearest.sum())
        if not totals[out, into] < now - _ROUNDING * max(1.0, now):
            return chosen
        chosen[out] = into


@dataclass(frozen=True)
class _Near:
    """The nearest sites of each demand, (n, kept): beyond them nothing is saved."""

    site: Ints
    """Column of each."""
    cost: Floats
    """Its cost, ascending."""
    sites: int
    """Columns in all."""

    def worth(self, multipliers: Floats) -> Floats:
        """Of each site what it saves when every demand pays its multiplier; not above 0."""
        saved = np.minimum(self.cost - multipliers[:, None], 0.0)
        found = np.bincount(self.site.ravel(), weights=saved.ravel(), minlength=self.sites)
        return np.asarray(found, dtype=float)


def _near(weighted: Floats, p: int) -> _Near:
    """As many of the nearest sites as multipliers can reach, some times those that share a site."""
    sites = weighted.shape[1]
    kept = min(sites, max(24, _NEAR_TIMES * -(-sites // p)))
    site = (
        np.argpartition(weighted, kept - 1, axis=1)[:, :kept]
        if kept < sites
        else np.tile(np.arange(sites), (len(weighted), 1))
    )
    cost = np.take_along_axis(weighted, site, axis=1)
    order = np.argsort(cost, axis=1, kind="stable")
    return _Near(
        np.take_along_axis(site, order, axis=1), np.take_along_axis(cost, order, axis=1), sites
    )


def _pick(worth: Floats, p: int, held: Ints) -> Ints:
    """The p sites worth most, the held ones among them."""
    ranked = worth.copy()
    ranked[held] = -np.inf
    return np.argsort(ranked, kind="stable")[:p]


def _raise_bound(
    weighted: Floats, p: int, held: Ints, search: _Search, gap: float, until: float
) -> None:
    """Raise the Lagrangian bound by subgradients, and improve the choice on the way.

    The direction is the mean of the last ones (Crowder 1976). A multiplier above the dearest site
    that is kept would count savings too small, so that none is.
    """
    near = _near(weighted, p)
    most = near.cost[:, -1] if near.cost.shape[1] < weighted.shape[1] else np.inf
    multipliers, scale, idle = np.minimum(search.multipliers, most), 1.5, 0
    search.multipliers = multipliers.copy()
    direction = np.zeros(len(multipliers))
    for step in range(_STEPS):
        worth = near.worth(multipliers)
        picked = _pick(worth, p, held)
        bound = float(multipliers.sum() + worth[picked].sum())
        idle = 0 if bound > search.bound + 1e-5 * max(1.0, search.value) else idle + 1
        if bound > search.bound:
            search.multipliers = multipliers.copy()
            search.raise_to(bound)
        if step % _POLISH_EVERY == 0 or _value(weighted, picked) < search.value:
            better = exchange(weighted, picked, held)
            if (found := _value(weighted, better)) < search.value:
                search.chosen, search.value = better, found
        search.raise_to(search.bound)  # the value may have come down to it
        if _is_near(search, gap) or time.monotonic() > until or scale < _LEAST_SCALE:
            return
        if idle >= _PATIENCE:
            scale, idle, multipliers = scale * 0.6, 0, search.multipliers.copy()
            direction[:] = 0.0
            worth = near.worth(multipliers)
            picked = _pick(worth, p, held)
            bound = search.bound
        is_open = np.zeros(weighted.shape[1], dtype=bool)
        is_open[picked] = True
        served = (is_open[near.site] & (near.cost < multipliers[:, None])).sum(axis=1)
        direction = 0.7 * direction + 0.3 * (1.0 - served)
        steep = float(direction @ direction)
        if steep == 0:
            return
        length = scale * max(1.005 * search.value - bound, _ROUNDING) / steep
        multipliers = np.clip(multipliers + length * direction, 0.0, most)


def _finish(
    weighted: Floats, p: int, held: Ints, search: _Search, gap: float, until: float
) -> None:
    """Give HiGHS what a better choice could be made of."""
    worth = _near(weighted, p).worth(search.multipliers)
    picked = _pick(worth, p, held)
    room = max(search.room, 0.0)
    last = worth[picked[-1]] if len(picked) else 0.0
    after = np.setdiff1d(np.argsort(worth, kind="stable")[: p + 1 + len(held)], picked)
    following = worth[after].min() if len(after) else np.inf
    is_picked = np.zeros(len(worth), dtype=bool)
    is_picked[picked] = True
    may = is_picked | (worth - last <= room)
    must = is_picked & (following - worth > room)
    must[held] = True
    free = np.flatnonzero(may & ~must)
    base = (
        weighted[:, np.flatnonzero(must)].min(axis=1)
        if must.any()
        else np.full(len(weighted), np.inf)
    )
    extra = np.where(is_picked, 0.0, np.maximum(worth - last, 0.0))[free]
    above = np.maximum(weighted[:, free] - search.multipliers[:, None], 0.0)
    is_pair = (weighted[:, free] < base[:, None]) & (above + extra[None, :] <= room)
    demand, site = np.nonzero(is_pair)
    left = until - time.monotonic()
    if len(demand) > _MOST_PAIRS or left <= 0:
        return
    answer, chosen = _solve_rest(
        weighted, free, np.flatnonzero(must), base, demand, site, p, gap, left
    )
    if chosen is not None and (value := _value(weighted, chosen)) < search.value:
        search.chosen, search.value = chosen, value
    # choices that were left out are no better than the one at hand
    search.raise_to(min(answer, search.value))


def _solve_rest(
    weighted: Floats,
    free: Ints,
    must: Ints,
    base: Floats,
    demand: Ints,
    site: Ints,
    p: int,
    gap: float,
    time_limit_s: float,
) -> tuple[float, Ints | None]:
    """Bound and choice of the small program.

    Columns: a site is open; a pair is served; a demand goes to a site that must be open.
    """
    count, pairs = len(weighted), len(demand)
    has_base = np.isfinite(base)
    backed = np.flatnonzero(has_base)
    columns = len(free) + pairs + len(backed)
    pair_at = len(free) + np.arange(pairs)
    back_at = len(free) + pairs + np.arange(len(backed))
    served = sparse.csr_array(
        (
            np.ones(pairs + len(backed)),
            (np.concatenate([demand, backed]), np.concatenate([pair_at, back_at])),
        ),
        shape=(count, columns),
    )
    linked = sparse.csr_array(
        (
            np.concatenate([np.ones(pairs), -np.ones(pairs)]),
            (np.tile(np.arange(pairs), 2), np.concatenate([pair_at, site])),
        ),
        shape=(pairs, columns),
    )
    opened = sparse.csr_array(
        (np.ones(len(free)), (np.zeros(len(free), dtype=int), np.arange(len(free)))),
        shape=(1, columns),
    )
    cost = np.concatenate([np.zeros(len(free)), weighted[demand, free[site]], base[backed]])
    answer = solve_program(
        Program(
            cost=cost,
            rows=sparse.csr_array(sparse.vstack([served, linked, opened])),
            lower=np.concatenate([np.ones(count), np.full(pairs, -np.inf), [p - len(must)]]),
            upper=np.concatenate([np.ones(count), np.zeros(pairs), [p - len(must)]]),
            is_whole=np.arange(columns) < len(free),
        ),
        time_limit_s=time_limit_s,
        gap=gap,
    )
    if answer.is_infeasible:
        return np.inf, None
    if answer.x is None:
        return answer.bound, None
    return answer.bound, np.concatenate([must, free[answer.x[: len(free)] > 0.5]])
