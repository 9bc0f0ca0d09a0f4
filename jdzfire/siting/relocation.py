"""Teams moved and teams added: what gains most, what each step gains, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from jdzfire.arrays import Floats, Ints
from jdzfire.errors import UsageError
from jdzfire.siting.cover import CoverProblem, Floor, Quota, solve_cover
from jdzfire.siting.mclp import join_demand

STEP_COLUMNS = {
    "step": "int64",
    "team": "int64",
    "site": "int64",
    "gain": "float64",
    "lost": "float64",
    "covered": "float64",
}
"""Columns of ``TeamPlan.steps``: ``team`` is the station that is left, -1 for a team that is added;
``site`` the row it takes; ``gain`` what the step adds in all, ``lost`` the part of what was covered
before it that is covered no more, ``covered`` what is covered after it."""

_ROUNDING = 1e-9
_ELSEWHERE_M = 1e9
"""Farther than any place of the own area."""


@dataclass(frozen=True)
class TeamPlan:
    """Which teams move where, which are added, and what comes of it."""

    within: float
    """Minutes that count as in time [min]."""
    moves: int
    """Moves that were allowed."""
    add: int
    """Teams that were added at most."""
    sites: tuple[int, ...]
    """Rows of the matrix where teams stand: stations that are kept, and new sites."""
    steps: pd.DataFrame
    """[STEP_COLUMNS], the step that gains most first."""
    total: float
    """All weight."""
    before: float
    """Weight the teams reach in time today."""
    after: float
    """Weight they reach by the plan."""
    bound: float
    """No plan under the same rules reaches more; with a cost per move: gains more, cost taken."""
    is_optimal: bool
    """The plan reaches the bound."""

    @property
    def gap(self) -> float:
        """The most that is missed, as a share of all weight [0-1]."""
        return max(self.bound - self.after, 0.0) / self.total if self.total > 0 else 0.0


@dataclass(frozen=True)
class Rules:
    """What a plan may do."""

    moves: int
    """Teams that may move at most."""
    add: int = 0
    """Teams that may be added."""
    stay: tuple[int, ...] = ()
    """Stations that are kept in any case."""
    move_cost: float = 0.0
    """Weight a move must gain at least."""
    homes: tuple[tuple[Ints, int], ...] = ()
    """Groups of stations, and how many of each are kept at least; no station is in two."""
    areas: Ints | None = None
    """Area of each site, -1 for none: a team moves within its own; None: it may go anywhere."""
    floors: tuple[tuple[NDArray[np.bool_], float], ...] = ()
    """Groups of demand, and the weight of each that must be reached in time."""


def plan_teams(
    minutes: Floats,
    weights: Floats,
    places: Floats,
    *,
    teams: int,
    within: float,
    rules: Rules,
    start: Sequence[int] | None = None,
    time_limit_s: float = 20.0,
) -> TeamPlan:
    """Move and add teams so that most weight is reached in time.

    Parameters
    ----------
    minutes : array, (sites, n demands) [min]
        The first ``teams`` rows are the stations of today, the others where a team could stand.
    weights : array, n
        Not negative.
    places : array, (sites, 2) [m]
        To match those that move with the nearest new sites.
    teams : int
    within : float [min]
    rules : Rules
    start : sequence of int, optional
        A plan to begin with, such as that with fewer moves.
    time_limit_s : float [s]

    Returns
    -------
    TeamPlan
        Moves that gain nothing are taken back.

    Raises
    ------
    UsageError
        The numbers do not fit, or the floors cannot be kept, not even by the teams of today.
    """
    sites, demands = minutes.shape
    _check(sites, demands, weights, places, teams, rules)
    reached = minutes <= within
    today = list(range(teams))
    before = _covered(reached, weights, today)
    k = min(teams + rules.add, sites)
    bonus = np.zeros(sites)
    bonus[:teams] = rules.move_cost
    if not (weights[reached.any(axis=0)] > 0).any():
        steps = _ordered(reached, weights, today, [], before)
        return TeamPlan(
            within, rules.moves, rules.add, tuple(today), steps, float(weights.sum()), before,
            before, before, is_optimal=True,
        )  # fmt: skip
    small, joined, floors = _smaller(reached, weights, rules)
    first = list(start) if start is not None else today
    problem = CoverProblem(
        covers=small,
        weights=joined,
        bonus=bonus,
        fixed=np.array(sorted(set(rules.stay)), dtype=np.int64),
        k=k,
        floors=floors,
        quotas=_quotas(teams, rules),
        crossing=(Quota(np.arange(teams), max(teams - rules.moves, 0)),),
        start=_filled(first, sites, k),
    )
    found = solve_cover(problem, gap=0.0, time_limit_s=time_limit_s)
    if found.sites is None:
        raise UsageError(
            "no plan keeps the floors",
            expected="floors the teams can keep",
            found=f"{len(rules.floors)} floors",
            remedy="lower the floors, or allow more moves or teams",
        )
    chosen = {int(site) for site in found.sites}
    pairs = _matched(chosen, teams, places, rules.areas)
    pairs = _needed(reached, weights, today, pairs, rules)
    steps = _ordered(reached, weights, today, pairs, before)
    stand = _standing(today, pairs)
    after = _covered(reached, weights, stand)
    net = after + rules.move_cost * sum(site < teams for site in stand)
    is_optimal = found.bound - net <= _ROUNDING * max(1.0, abs(found.bound)) + 1e-6
    most = found.bound - rules.move_cost * sum(site < teams for site in stand)
    return TeamPlan(
        within=within,
        moves=rules.moves,
        add=rules.add,
        sites=tuple(stand),
        steps=steps,
        total=float(weights.sum()),
        before=before,
        after=after,
        bound=after if is_optimal else most,
        is_optimal=is_optimal,
    )


def budget_curve(
    minutes: Floats,
    weights: Floats,
    places: Floats,
    *,
    teams: int,
    within: float,
    rules: Rules,
    moves: Sequence[int],
    time_limit_s: float = 20.0,
) -> list[TeamPlan]:
    """Plans for ever more moves, each beginning with the one before; see :func:`plan_teams`."""
    plans: list[TeamPlan] = []
    for number in sorted(moves):
        at = replace(rules, moves=number)
        plans.append(
            plan_teams(
                minutes,
                weights,
                places,
                teams=teams,
                within=within,
                rules=at,
                start=plans[-1].sites if plans else None,
                time_limit_s=time_limit_s,
            )
        )
    return plans


def _check(
    sites: int, demands: int, weights: Floats, places: Floats, teams: int, rules: Rules
) -> None:
    fits = (
        len(weights) == demands
        and len(places) == sites
        and 0 <= teams <= sites
        and min(rules.moves, rules.add, rules.move_cost) >= 0
        and (np.asarray(weights) >= 0).all()
        and all(0 <= one < teams for one in rules.stay)
    )
    if not fits:
        raise UsageError(
            "the plan is ill-posed",
            expected="a weight for each demand, a place for each site, teams among the sites",
            found=f"{sites} sites, {demands} demands, {len(weights)} weights, {teams} teams",
        )


def _quotas(teams: int, rules: Rules) -> tuple[Quota, ...]:
    """Teams kept at home, and in each area as many as there are today."""
    quotas = [Quota(np.asarray(group, dtype=np.int64), number) for group, number in rules.homes]
    if rules.areas is not None:
        for area in np.unique(rules.areas[:teams]):
            mine = np.flatnonzero(rules.areas == area)
            quotas.append(Quota(mine, int((mine < teams).sum())))
    return tuple(quota for quota in quotas if quota.least > 0)


def _smaller(
    reached: NDArray[np.bool_], weights: Floats, rules: Rules
) -> tuple[sparse.csc_matrix, Floats, tuple[Floor, ...]]:
    """Demand with the same sites and the same floors as one."""
    marks = np.array([mark for mark, _ in rules.floors], dtype=bool)
    marks = marks.reshape(len(rules.floors), len(weights))
    extended = sparse.csc_matrix(np.vstack([reached, marks]).T.astype(float))
    rows, joined = join_demand(extended, weights)
    rows = rows.tocsc()
    sites = len(reached)
    floors = [
        Floor(np.unique(rows[:, [sites + number]].nonzero()[0]).astype(np.int64), weight)
        for number, (_, weight) in enumerate(rules.floors)
        if weight > 0
    ]
    return sparse.csc_matrix(rows[:, :sites]), joined, tuple(floors)


def _filled(sites: Sequence[int], count: int, k: int) -> Ints:
    """A choice of k sites that begins with these."""
    held = list(dict.fromkeys(sites))
    rest = [site for site in range(count - 1, -1, -1) if site not in set(held)]
    return np.array(sorted((held + rest)[:k]), dtype=np.int64)


def _covered(reached: NDArray[np.bool_], weights: Floats, sites: Sequence[int]) -> float:
    if not len(sites):
        return 0.0
    return float(weights[reached[list(sites)].any(axis=0)].sum())


def _matched(
    chosen: set[int], teams: int, places: Floats, areas: Ints | None
) -> list[tuple[int, int]]:
    """Pairs of a station that is left and the site its team takes; -1 for a team that is added."""
    left = [station for station in range(teams) if station not in chosen]
    taken = sorted(site for site in chosen if site >= teams)
    if not left:
        return [(-1, site) for site in taken]
    far = np.hypot(*(places[left][:, None, :] - places[taken][None, :, :]).transpose(2, 0, 1))
    if areas is not None:
        far = far + np.where(areas[left][:, None] == areas[taken][None, :], 0.0, _ELSEWHERE_M)
    rows, columns = linear_sum_assignment(far)
    pairs = [(left[row], taken[column]) for row, column in zip(rows, columns, strict=True)]
    placed = {site for _, site in pairs}
    return [*pairs, *((-1, site) for site in taken if site not in placed)]


def _standing(today: Sequence[int], pairs: Sequence[tuple[int, int]]) -> list[int]:
    left = {team for team, _ in pairs}
    return sorted([*(one for one in today if one not in left), *(site for _, site in pairs)])


def _needed(
    reached: NDArray[np.bool_],
    weights: Floats,
    today: Sequence[int],
    pairs: list[tuple[int, int]],
    rules: Rules,
) -> list[tuple[int, int]]:
    """The steps without those that gain nothing."""
    kept = list(pairs)
    for pair in pairs:
        rest = [one for one in kept if one != pair]
        now, then = (_covered(reached, weights, _standing(today, one)) for one in (kept, rest))
        cost = rules.move_cost if pair[0] >= 0 else 0.0
        if then >= now - cost - _ROUNDING * max(1.0, now) and _keeps(
            reached, weights, _standing(today, rest), rules
        ):
            kept = rest
    return kept


def _keeps(reached: NDArray[np.bool_], weights: Floats, sites: Sequence[int], rules: Rules) -> bool:
    covered = np.where(reached[list(sites)].any(axis=0), weights, 0.0)
    return all(covered[mark].sum() >= least * (1 - 1e-9) for mark, least in rules.floors)


def _ordered(
    reached: NDArray[np.bool_],
    weights: Floats,
    today: Sequence[int],
    pairs: list[tuple[int, int]],
    before: float,
) -> pd.DataFrame:
    """The steps, at each the one that gains most."""
    rows: list[dict[str, Any]] = []
    done: list[tuple[int, int]] = []
    covered, open_pairs = before, sorted(pairs)
    while open_pairs:
        values = [
            _covered(reached, weights, _standing(today, [*done, pair])) for pair in open_pairs
        ]
        at = int(np.argmax(values))
        pair = open_pairs.pop(at)
        stand = _standing(today, done)
        without = [site for site in stand if site != pair[0]]
        lost = covered - _covered(reached, weights, without)
        rows.append(
            {
                "step": len(rows) + 1,
                "team": pair[0],
                "site": pair[1],
                "gain": values[at] - covered,
                "lost": lost,
                "covered": values[at],
            }
        )
        covered = values[at]
        done.append(pair)
    return pd.DataFrame(rows, columns=list(STEP_COLUMNS)).astype(STEP_COLUMNS)
