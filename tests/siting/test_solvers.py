"""The location models against every choice there is, on problems small enough to try them all."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import sparse

from jdzfire.errors import UsageError
from jdzfire.siting.cover import CoverProblem, Floor, Quota, cover_value, solve_cover
from jdzfire.siting.p_median import solve_p_median
from jdzfire.siting.response import Scenario, solve_bacop2, solve_standard_response
from jdzfire.siting.set_cover import solve_lscp, solve_p_centre

SEEDS = st.integers(0, 10_000)
FEW = settings(max_examples=40, deadline=None)


def test_a_start_does_not_hide_a_better_point():
    """A program HiGHS 1.16 solves in presolve: it gave back the start, worth 96, as optimal."""
    draw = np.random.default_rng(103_882)
    k = int(draw.integers(1, 6))
    draw.random(2), draw.integers(0, 4)
    covers = draw.random((12, 7)) < 0.3
    covers[:, 0] |= ~covers.any(axis=1)
    weights = draw.integers(1, 20, 12).astype(float)
    bonus = draw.integers(0, 6, 7).astype(float)
    floor = Floor(np.arange(4), float(weights[:4].sum() * 0.6))
    problem = CoverProblem(
        sparse.csc_matrix(covers, dtype=float), weights, bonus, np.array([2]), k, (floor,)
    )
    found = solve_cover(problem, gap=0.0, time_limit_s=20)
    assert found.sites is not None
    assert (cover_value(problem, found.sites), found.bound) == (112.0, 112.0)


def choices(sites: int, p: int, fixed: tuple[int, ...] = ()) -> list[list[int]]:
    return [list(one) for one in combinations(range(sites), p) if set(fixed) <= set(one)]


def some_costs(draw: np.random.Generator, *, whole: bool) -> tuple[np.ndarray, np.ndarray]:
    costs = draw.integers(0, 30, (9, 7)).astype(float) if whole else draw.random((9, 7))
    return costs, draw.integers(0, 5, 9).astype(float)


@FEW
@given(SEEDS, st.integers(1, 6), st.booleans(), st.booleans())
def test_p_median_is_the_best_of_all(seed, p, whole, has_fixed):
    draw = np.random.default_rng(seed)
    costs, weights = some_costs(draw, whole=whole)
    fixed = (int(draw.integers(7)),) if has_fixed else ()
    best = min((costs[:, one].min(axis=1) * weights).sum() for one in choices(7, p, fixed))
    found = solve_p_median(costs, weights, p=p, fixed=fixed)
    assert found.is_optimal
    assert found.value == pytest.approx(best, rel=1e-9)
    assert found.bound == found.value
    assert set(fixed) <= set(found.sites)
    assert len(found.sites) == p


def test_p_median_bound_is_below_the_best_when_the_time_runs_out():
    draw = np.random.default_rng(4)
    places = draw.random((60, 2))
    costs = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    best = solve_p_median(costs, p=6)
    hasty = solve_p_median(costs, p=6, time_limit_s=0.0)
    assert best.is_optimal
    assert hasty.bound <= best.value <= hasty.value


def test_p_median_refuses_demand_without_a_way():
    costs = np.array([[1.0, np.inf], [np.inf, 1.0], [np.inf, np.inf]])
    with pytest.raises(UsageError, match="no way"):
        solve_p_median(costs, p=1)
    assert solve_p_median(costs[:2], p=2).value == 2.0


@pytest.mark.parametrize(
    ("costs", "p", "fixed"),
    [([[1.0, -1.0]], 1, ()), ([[1.0, 2.0]], 0, ()), ([[1.0, 2.0]], 1, (0, 1)), ([[1.0]], 1, (3,))],
)
def test_p_median_refuses_what_makes_no_sense(costs, p, fixed):
    with pytest.raises(UsageError, match="ill-posed"):
        solve_p_median(costs, p=p, fixed=fixed)


@FEW
@example(2013, 2, True, True, 0)  # what remains after the bound is no choice at all
@given(SEEDS, st.integers(1, 5), st.booleans(), st.booleans(), st.integers(0, 3))
def test_cover_with_bonus_fixed_sites_floors_and_quotas_is_the_best_of_all(
    seed, k, has_fixed, has_floor, least
):
    draw = np.random.default_rng(seed)
    covers = draw.random((12, 7)) < 0.3
    covers[:, 0] |= ~covers.any(axis=1)
    weights = draw.integers(1, 20, 12).astype(float)
    bonus = draw.integers(0, 6, 7).astype(float)
    fixed = (2,) if has_fixed else ()
    floors = (Floor(np.arange(4), float(weights[:4].sum() * 0.6)),) if has_floor else ()
    least = min(least, k - len(fixed))
    quotas = (Quota(np.array([0, 3, 5]), least), Quota(np.array([0, 3]), least // 2))
    quotas = tuple(quota for quota in quotas if quota.least)
    problem = CoverProblem(
        sparse.csc_matrix(covers, dtype=float), weights, bonus, np.array(fixed, int), k, floors,
        quotas,
    )  # fmt: skip

    def worth(sites: list[int]) -> float:
        covered = covers[:, sites].any(axis=1)
        kept = all(np.isin(sites, quota.sites).sum() >= quota.least for quota in quotas)
        kept = kept and all(
            weights[one.demands][covered[one.demands]].sum() >= one.weight for one in floors
        )
        return float(weights[covered].sum() + bonus[sites].sum()) if kept else -np.inf

    best = max(worth(one) for one in choices(7, k, fixed))
    found = solve_cover(problem, gap=0.0, time_limit_s=20)
    if np.isneginf(best):
        assert found.sites is None
        return
    assert found.sites is not None
    assert cover_value(problem, found.sites) == pytest.approx(best)
    assert worth([int(site) for site in found.sites]) == pytest.approx(best)
    assert found.bound == pytest.approx(best)


@FEW
@given(SEEDS, st.booleans())
def test_lscp_is_the_fewest(seed, has_fixed):
    draw = np.random.default_rng(seed)
    covers = draw.random((12, 8)) < 0.25
    covers[np.arange(12), draw.integers(0, 8, 12)] = True
    fixed = (3,) if has_fixed else ()
    fewest = next(
        p
        for p in range(1, 9)
        if any(covers[:, one].any(axis=1).all() for one in choices(8, p, fixed))
    )
    found = solve_lscp(covers, fixed=fixed)
    assert (found.value, found.bound, found.is_optimal) == (fewest, fewest, True)
    assert covers[:, list(found.sites)].any(axis=1).all()
    assert set(fixed) <= set(found.sites)


def test_lscp_names_demand_that_nothing_covers():
    with pytest.raises(UsageError, match="1 demands without one: 1"):
        solve_lscp(np.array([[True], [False]]))


@FEW
@given(SEEDS, st.integers(1, 5), st.booleans())
def test_p_centre_is_the_best_of_all(seed, p, has_fixed):
    draw = np.random.default_rng(seed)
    costs = draw.integers(0, 40, (10, 7)).astype(float)
    costs[draw.random((10, 7)) < 0.15] = np.inf
    costs[:, 6] = np.where(np.isfinite(costs[:, 6]), costs[:, 6], 50.0)
    fixed = (6,) if has_fixed else ()
    best = min(costs[:, one].min(axis=1).max() for one in choices(7, p, fixed))
    if np.isinf(best):
        with pytest.raises(UsageError):
            solve_p_centre(costs, p=p, fixed=fixed)
        return
    found = solve_p_centre(costs, p=p, fixed=fixed)
    assert (found.value, found.bound, found.is_optimal) == (best, best, True)
    assert len(found.sites) <= p


@FEW
@given(SEEDS, st.integers(1, 4), st.sampled_from([0.0, 0.3, 1.0]))
def test_bacop2_is_the_best_of_all(seed, p, share):
    draw = np.random.default_rng(seed)
    covers = draw.random((10, 6)) < 0.4
    weights = draw.integers(0, 9, 10).astype(float)

    def worth(sites: list[int]) -> float:
        count = covers[:, sites].sum(axis=1)
        once, twice = weights[count >= 1].sum(), weights[count >= 2].sum()
        return float(share * once + (1 - share) * twice)

    found = solve_bacop2(covers, weights, p=p, share_first=share)
    assert found.value == pytest.approx(max(worth(one) for one in choices(6, p)))
    assert found.value == pytest.approx(worth(list(found.sites)))
    assert found.is_optimal


def answered(covers: np.ndarray, fires: list[int], needs: list[int], teams: list[int]) -> int:
    """Most fires of one scenario that get enough teams, trying every set of them."""
    best = 0
    for chosen in product([0, 1], repeat=len(fires)):
        wanted = [
            (place, need) for place, need, is_on in zip(fires, needs, chosen, strict=True) if is_on
        ]
        slots = [place for place, need in wanted for _ in range(need)]
        units = [site for site, count in enumerate(teams) for _ in range(count)]
        graph = sparse.csr_array(
            np.array([[covers[s, u] for u in units] for s in slots], dtype=int)
        )
        if not slots:
            continue
        if not units:
            continue
        match = sparse.csgraph.maximum_bipartite_matching(graph, perm_type="column")
        if (match >= 0).all():
            best = max(best, len(wanted))
    return best


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_standard_response_leaves_the_fewest_fires_without(seed):
    draw = np.random.default_rng(seed)
    covers = draw.random((6, 4)) < 0.6
    scenarios = [
        Scenario(
            float(draw.integers(1, 4)),
            draw.choice(6, size=2, replace=False),
            draw.integers(1, 3, 2),
        )
        for _ in range(3)
    ]
    least = [0, 1, 0, 0]

    def without(teams: list[int]) -> float:
        return sum(
            one.probability
            * (
                2
                - answered(covers, [int(p) for p in one.fires], [int(n) for n in one.needs], teams)
            )
            for one in scenarios
        )

    plans = [list(one) for one in product(range(3), repeat=4) if sum(one) <= 3 and one[1] >= 1]
    found = solve_standard_response(covers, scenarios, teams=3, room=2, least=least)
    assert found.solution.value == pytest.approx(min(without(one) for one in plans))
    assert found.solution.value == pytest.approx(without(list(found.teams)))
    assert found.solution.is_optimal
    assert sum(found.teams) <= 3


def test_more_teams_cannot_stay_than_there_are():
    with pytest.raises(UsageError, match="more teams stay"):
        solve_standard_response(np.ones((1, 2), dtype=bool), [], teams=1, least=[1, 1])
