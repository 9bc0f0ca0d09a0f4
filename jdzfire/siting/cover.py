"""The small covering problem: a Lagrangian bound that rules sites out, and HiGHS on the rest.

Sites may be fixed, may bring a bonus of their own (what a move would cost when they stay), groups
of sites may have a quota, the least number of them that is chosen, and groups of demand a floor,
the least weight of theirs that must be covered.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from jdzfire.arrays import Floats, Ints
from jdzfire.siting.highs import Program, solve_program

_STEPS = 20_000
_PATIENCE = 60
_LEAST_SCALE = 1e-4
_POLISH_EVERY = 250
_FEW_PAIRS = 50_000
"""Up to so many pairs of site and demand HiGHS is quicker than looking for a better choice [C]."""
_MOST_PAIRS = 100_000
"""Beyond so many HiGHS does not end its first linear program in a minute, nor looks at its clock:
the bound stays that of the prices, which is nearly that of the linear program [C]."""
_TRIALS = (1_000_000, 4_000_000, 8_000_000, 8_000_000, 8_000_000)
"""Exchanges tried in each annealing; none begins when half of the time is over."""
_LONG_TRIALS = (1_000_000, 4_000_000, 60_000_000)
"""The same where HiGHS is not asked: one long run finds more than several short ones [C]. None
begins that would not end in time."""
_HOT_SHARE, _COLD_SHARE = 0.1, 0.005
"""What may be lost at first, of what a site covers on average, and at last, of that [C]."""
_ROUNDING = 1e-9
_WHOLE_MOST = 1e9


@dataclass(frozen=True)
class Floor:
    """Least weight of some demand that must be covered."""

    demands: Ints
    """Rows."""
    weight: float
    """Least covered weight of them."""


@dataclass(frozen=True)
class Quota:
    """Least number of some sites that must be chosen.

    Of two quotas one lies inside the other, or they share no site.
    """

    sites: Ints
    """Columns."""
    least: int
    """How many of them must be chosen."""


@dataclass(frozen=True)
class CoverProblem:
    """Choose k sites that cover the most weight, bonuses among it."""

    covers: sparse.csc_matrix
    """Which site covers which demand (n, m), ones."""
    weights: Floats
    """Of each demand, above 0."""
    bonus: Floats
    """Of each site, not negative."""
    fixed: Ints
    """Sites that are chosen in any case."""
    k: int
    """Sites to choose, the fixed ones among them."""
    floors: tuple[Floor, ...] = ()
    """Of groups of demand."""
    quotas: tuple[Quota, ...] = ()
    """Of groups of sites; with the fixed sites they must fit into k."""
    crossing: tuple[Quota, ...] = ()
    """Quotas that may share sites with others; then ``start`` must keep all of them."""
    start: Ints | None = None
    """A choice to begin with, which keeps the quotas; good where floors are hard to keep."""

    @property
    def members(self) -> NDArray[np.bool_]:
        """Which site counts for which quota, the crossing ones last (quotas, m)."""
        every = np.arange(self.covers.shape[1])
        rows = [np.isin(every, quota.sites) for quota in (*self.quotas, *self.crossing)]
        return np.array(rows, dtype=bool).reshape(len(rows), len(every))

    @property
    def least(self) -> Ints:
        """Of each quota."""
        quotas = (*self.quotas, *self.crossing)
        return np.array([quota.least for quota in quotas], dtype=np.int64)


@dataclass(frozen=True)
class Cover:
    """The best sites known and the most any choice can give."""

    sites: Ints | None
    """None when the floors cannot be kept, or no choice that keeps them was found in time."""
    bound: float
    """Weight and bonus that no choice passes."""


def solve_cover(problem: CoverProblem, *, gap: float, time_limit_s: float) -> Cover:
    """Choose the sites; optimal within the gap unless the time runs out."""
    begun = time.monotonic()
    until = begun + time_limit_s
    first = problem.start if problem.start is not None else _first(problem)
    search = _Search(problem, _exchanged(problem, first), gap)
    _lower_bound(search, begun + 0.3 * time_limit_s)
    if not search.is_near and problem.covers.nnz > _MOST_PAIRS:
        _anneal(search, until, _LONG_TRIALS)
    elif not search.is_near and problem.covers.nnz > _FEW_PAIRS:
        _anneal(search, begun + 0.5 * time_limit_s, _TRIALS)
    if search.has_choice and (search.is_near or problem.covers.nnz > _MOST_PAIRS):
        return Cover(search.best, search.bound)
    return _finish(search, until)


class _Search:
    """The best choice and the best bound so far."""

    def __init__(self, problem: CoverProblem, sites: Ints, gap: float) -> None:
        self.problem = problem
        self.best = sites
        self.value = cover_value(problem, sites) if _keeps(problem, sites) else -np.inf
        self.bound = np.inf  # always that of the prices
        self.gap = gap
        both = np.concatenate([problem.weights, problem.bonus])
        is_whole = bool((np.mod(both, 1.0) == 0).all()) and float(both.max(initial=0)) < _WHOLE_MOST
        self.step = 1.0 if is_whole else 0.0
        shared = np.maximum(np.asarray(problem.covers[:, sites].sum(axis=1)).ravel(), 1.0)
        self.prices = problem.weights / shared

    def take(self, sites: Ints) -> bool:
        """Keep a choice if it is better and keeps the floors; whether it does."""
        value = cover_value(self.problem, sites)
        is_better = value > self.value + _ROUNDING * max(1.0, abs(value))
        is_better = is_better and _keeps(self.problem, sites)
        if is_better:
            self.best, self.value = sites, value
        return is_better

    @property
    def has_choice(self) -> bool:
        """A choice that keeps the floors is known."""
        return bool(np.isfinite(self.value))

    @property
    def room(self) -> float:
        """A better choice is no more than this below the bound; below 0: there is none."""
        return self.bound - self.value - self.step + _ROUNDING * max(1.0, abs(self.bound))

    @property
    def is_near(self) -> bool:
        """Value and bound are as near as asked for."""
        if not self.has_choice:
            return False
        if self.room < 0:
            self.bound = self.value
        return self.bound - self.value <= max(self.gap, _ROUNDING) * max(1.0, abs(self.value))


def cover_value(problem: CoverProblem, sites: Ints) -> float:
    """Weight covered and bonus of a choice."""
    covered = np.asarray(problem.covers[:, sites].sum(axis=1)).ravel() > 0
    return float(problem.weights[covered].sum() + problem.bonus[sites].sum())


def _keeps(problem: CoverProblem, sites: Ints) -> bool:
    if not _keeps_crossing(problem, sites):
        return False
    covered = np.asarray(problem.covers[:, sites].sum(axis=1)).ravel() > 0
    held = np.where(covered, problem.weights, 0.0)
    return all(held[one.demands].sum() >= one.weight * (1 - _ROUNDING) for one in problem.floors)


def _keeps_crossing(problem: CoverProblem, sites: Ints) -> bool:
    return all(np.isin(quota.sites, sites).sum() >= quota.least for quota in problem.crossing)


def _first(problem: CoverProblem) -> Ints:
    """A choice that keeps the quotas."""
    if not problem.quotas:
        return _greedy(problem)
    alone = np.asarray(problem.covers.T @ problem.weights).ravel()
    return np.sort(_pick(alone + problem.bonus, problem))


def _greedy(problem: CoverProblem) -> Ints:
    """Sites one by one, each the one that covers most of what is open."""
    open_weight = problem.weights.copy()
    chosen = [int(site) for site in problem.fixed]
    for site in chosen:
        open_weight[_covered_by(problem, site)] = 0.0
    by_site = problem.covers.T.tocsr()
    while len(chosen) < problem.k:
        gains = np.asarray(by_site @ open_weight).ravel() + problem.bonus
        gains[chosen] = -np.inf
        chosen.append(int(gains.argmax()))
        open_weight[_covered_by(problem, chosen[-1])] = 0.0
    return np.array(sorted(chosen), dtype=np.int64)


def _covered_by(problem: CoverProblem, site: int) -> Ints:
    matrix = problem.covers
    return np.asarray(matrix.indices[matrix.indptr[site] : matrix.indptr[site + 1]])


def _exchanged(problem: CoverProblem, chosen: Ints) -> Ints:
    """Exchange one site for another as long as that covers more."""
    by_site = problem.covers.T.tocsr()
    chosen = chosen.copy()
    can_go = np.flatnonzero(~np.isin(chosen, problem.fixed))
    if not len(can_go):
        return chosen
    while True:
        count = np.asarray(problem.covers[:, chosen].sum(axis=1)).ravel()
        free = np.where(count == 0, problem.weights, 0.0)
        alone = np.where(count == 1, problem.weights, 0.0)
        lost = np.asarray(by_site[chosen[can_go]] @ alone).ravel() + problem.bonus[chosen[can_go]]
        gained = np.asarray(by_site @ free).ravel() + problem.bonus
        # what both the one that goes and the one that comes cover is not lost
        own = by_site[chosen[can_go]].multiply(alone)
        change = gained[None, :] + np.asarray((own @ problem.covers).todense()) - lost[:, None]
        change[:, chosen] = -np.inf
        for member, least in zip(problem.members, problem.least, strict=True):
            if member[chosen].sum() <= least:
                change[np.ix_(member[chosen[can_go]], ~member)] = -np.inf
        out, into = np.unravel_index(int(change.argmax()), change.shape)
        if not change[out, into] > _ROUNDING * max(1.0, float(problem.weights.sum())):
            return np.sort(chosen)
        chosen[can_go[out]] = into


def _lower_bound(search: _Search, until: float) -> None:
    """Lower the Lagrangian bound by subgradients, and improve the choice on the way.

    Every demand has a price, from 0 to its weight, that each site that covers it earns. The
    direction is the mean of the last ones.
    """
    problem = search.problem
    weights, by_site = problem.weights, problem.covers.T.tocsr()
    by_demand = problem.covers.tocsr()
    # behind the prices of the demands one for each quota that crosses others
    count, owed = len(weights), np.array([-float(one.least) for one in problem.crossing])
    crossing = problem.members[len(problem.quotas) :].astype(float)
    prices, scale, idle = np.concatenate([search.prices, np.zeros(len(owed))]), 1.5, 0
    best, most = prices.copy(), np.concatenate([weights, np.full(len(owed), np.inf)])
    direction = np.zeros(len(prices))
    for step in range(_STEPS):
        score = np.asarray(by_site @ prices[:count]).ravel() + problem.bonus
        score += prices[count:] @ crossing
        picked = _pick(score, problem)
        now = float((weights - prices[:count]).sum() + score[picked].sum())
        now += float(prices[count:] @ owed)
        idle = 0 if now < search.bound - 1e-6 * max(1.0, abs(now)) else idle + 1
        if now < search.bound:
            search.bound, best = now, prices.copy()
            search.prices = best[:count]
        is_taken = search.take(picked)
        if is_taken or (step % _POLISH_EVERY == 0 and _keeps_crossing(problem, picked)):
            search.take(_exchanged(problem, picked))
        if search.is_near or time.monotonic() > until or scale < _LEAST_SCALE:
            return
        if idle >= _PATIENCE:
            scale, idle, prices, now = scale * 0.7, 0, best.copy(), search.bound
            direction[:] = 0.0
            score = np.asarray(by_site @ prices[:count]).ravel() + problem.bonus
            picked = _pick(score + prices[count:] @ crossing, problem)
        is_picked = np.zeros(len(score))
        is_picked[picked] = 1.0
        slope = np.concatenate(
            [np.asarray(by_demand @ is_picked).ravel() - 1.0, crossing @ is_picked + owed]
        )
        slope[((prices <= 0) & (slope > 0)) | ((prices >= most) & (slope < 0))] = 0.0
        direction = 0.7 * direction + 0.3 * slope
        steep = float(direction @ direction)
        if steep == 0:
            return
        aim = search.value if search.has_choice else cover_value(problem, picked)
        length = scale * max(now - 0.998 * aim, 0.0) / steep
        prices = np.clip(prices - length * direction, 0.0, most)


def _anneal(search: _Search, until: float, runs: tuple[int, ...]) -> None:
    """Look for a better choice at random, from the best one on; the draws are fixed."""
    from jdzfire.siting.anneal import anneal  # numba takes half a second

    problem = search.problem
    by_site, by_demand = problem.covers.tocsc(), problem.covers.tocsr()
    free = np.setdiff1d(search.best, problem.fixed)
    if not len(free):
        return
    hot = _HOT_SHARE * search.value / problem.k
    for turn, trials in enumerate(runs):
        begun = time.monotonic()
        found = anneal(
            by_site.indptr.astype(np.int64),
            by_site.indices.astype(np.int64),
            by_demand.indptr.astype(np.int64),
            by_demand.indices.astype(np.int64),
            problem.weights,
            problem.bonus,
            np.concatenate([problem.fixed, np.setdiff1d(search.best, problem.fixed)]),
            len(problem.fixed),
            problem.members,
            problem.least,
            trials,
            hot,
            hot * _COLD_SHARE,
            turn,
        )
        search.take(_exchanged(problem, np.sort(found)))
        now = time.monotonic()
        following = runs[turn + 1] if turn + 1 < len(runs) else 0
        is_too_long = runs is _LONG_TRIALS and now + (now - begun) * following / trials > until
        if search.is_near or now > until or is_too_long:
            return


def _pick(score: Floats, problem: CoverProblem) -> Ints:
    ranked = score.copy()
    ranked[problem.fixed] = np.inf
    order = np.argsort(-ranked, kind="stable")
    picked = np.zeros(len(score), dtype=bool)
    quotas = sorted(problem.quotas, key=lambda quota: len(quota.sites))
    for quota in [*quotas, Quota(order, problem.k)]:
        owed = quota.least - int(picked[quota.sites].sum())
        inside = order[np.isin(order, quota.sites) & ~picked[order]]
        picked[inside[: max(owed, 0)]] = True
    return order[picked[order]]


def _finish(search: _Search, until: float) -> Cover:
    """Give HiGHS the sites a better choice could have."""
    problem = search.problem
    score = np.asarray(problem.covers.T @ search.prices).ravel() + problem.bonus
    picked = _pick(score, problem)
    room = max(search.room, 0.0)  # infinite without a choice that keeps the floors
    is_picked = np.zeros(len(score), dtype=bool)
    is_picked[picked] = True
    rest = score[~is_picked]
    following = float(rest.max()) if len(rest) else -np.inf
    may = is_picked | (score[picked[-1]] - score <= room)
    must = is_picked & (score - following > room)
    must[problem.fixed] = True
    if problem.quotas or problem.crossing:  # a score alone rules no site out
        may[:], must[:] = True, False
        must[problem.fixed] = True
    has_choice = search.has_choice
    sites, bound = _program(
        problem,
        np.flatnonzero(may),
        must[may],
        search.best if has_choice else None,
        search.gap,
        until,
    )
    if sites is not None:
        if has_choice:
            search.take(sites)
        else:
            search.best, search.value, has_choice = sites, cover_value(problem, sites), True
    if not has_choice:
        return Cover(None, min(search.bound, bound))
    # choices that were left out are no better than the one at hand
    search.bound = min(search.bound, max(bound, search.value))
    return Cover(search.best, search.value if search.is_near else search.bound)


def _program(
    problem: CoverProblem,
    sites: Ints,
    must: np.ndarray,
    start: Ints | None,
    gap: float,
    until: float,
) -> tuple[Ints | None, float]:
    """Columns: a site is chosen; a demand is covered."""
    matrix = sparse.csr_array(problem.covers[:, sites])
    demands, count = matrix.shape
    covered = sparse.hstack([-matrix, sparse.eye_array(demands)])
    number = sparse.csr_array(np.concatenate([np.ones(count), np.zeros(demands)])[None, :])
    rows: list[sparse.csr_array] = [covered, number]
    number_of = np.array([problem.k], dtype=float)
    lower: list[Floats] = [np.full(demands, -np.inf), number_of]
    upper: list[Floats] = [np.zeros(demands), number_of]
    for floor in problem.floors:
        row = np.zeros(count + demands)
        row[count + floor.demands] = problem.weights[floor.demands]
        rows.append(sparse.csr_array(row[None, :]))
        lower.append(np.array([floor.weight]))
        upper.append(np.array([np.inf]))
    for quota in (*problem.quotas, *problem.crossing):
        row = np.concatenate([np.isin(sites, quota.sites), np.zeros(demands)]).astype(float)
        rows.append(sparse.csr_array(row[None, :]))
        lower.append(np.array([float(quota.least)]))
        upper.append(np.array([np.inf]))
    point = None
    if start is not None:
        point = np.concatenate([np.isin(sites, start), np.zeros(demands)]).astype(float)
        point[count:] = np.asarray(matrix @ point[:count]).ravel() > 0
    answer = solve_program(
        Program(
            cost=-np.concatenate([problem.bonus[sites], problem.weights]),
            rows=sparse.csr_array(sparse.vstack(rows)),
            lower=np.concatenate(lower),
            upper=np.concatenate(upper),
            is_whole=np.arange(count + demands) < count,
            least=np.concatenate([must.astype(float), np.zeros(demands)]),
        ),
        time_limit_s=until - time.monotonic(),
        gap=gap,
        start=point,
    )
    if answer.is_infeasible:  # what was ruled out holds every choice there is
        return None, -np.inf
    chosen = None if answer.x is None else sites[answer.x[:count] > 0.5]
    return chosen, np.inf if np.isneginf(answer.bound) else -answer.bound
