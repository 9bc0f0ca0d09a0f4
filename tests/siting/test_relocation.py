"""Plans that move and add teams: the best of all, by the rules, and what each step gains."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.errors import UsageError
from jdzfire.siting.relocation import Rules, budget_curve, plan_teams

FEW = settings(max_examples=60, deadline=None)
TEAMS = 4


def drawn(seed: int, sites: int = 9, demands: int = 14):
    draw = np.random.default_rng(seed)
    minutes = draw.uniform(5, 80, (sites, demands))
    return minutes, draw.integers(0, 9, demands).astype(float), draw.uniform(0, 9e3, (sites, 2))


def covered(minutes, weights, sites, within=30.0):
    return float(weights[(minutes[list(sites)] <= within).any(axis=0)].sum())


@FEW
@given(
    st.integers(0, 10_000), st.integers(0, 3), st.integers(0, 2), st.booleans(), st.booleans(),
    st.booleans(), st.integers(0, 3),
)  # fmt: skip
def test_a_plan_is_the_best_of_all_that_keep_the_rules(
    seed, moves, add, has_areas, has_floor, has_stay, move_cost
):
    minutes, weights, places = drawn(seed)
    areas = np.array([0, 0, 1, 1, 0, 0, 1, 1, 1]) if has_areas else None
    stay = (1,) if has_stay else ()
    group = np.arange(14) < 5
    floor = covered(minutes, np.where(group, weights, 0.0), range(TEAMS))
    rules = Rules(
        moves=moves, add=add, stay=stay, move_cost=float(move_cost), areas=areas,
        floors=((group, floor),) if has_floor and floor > 0 else (),
    )  # fmt: skip

    def is_allowed(chosen):
        if sum(site < TEAMS for site in chosen) < TEAMS - moves or not set(stay) <= set(chosen):
            return False
        if areas is not None and any(
            (areas[list(chosen)] == area).sum() < (areas[:TEAMS] == area).sum() for area in (0, 1)
        ):
            return False
        held = covered(minutes, np.where(group, weights, 0.0), chosen)
        return not rules.floors or held >= floor - 1e-9

    def worth(chosen):
        kept = sum(site < TEAMS for site in chosen)
        return covered(minutes, weights, chosen) + move_cost * kept

    best = max(worth(one) for one in combinations(range(9), TEAMS + add) if is_allowed(one))
    plan = plan_teams(minutes, weights, places, teams=TEAMS, within=30.0, rules=rules)
    kept = sum(site < TEAMS for site in plan.sites)
    assert covered(minutes, weights, plan.sites) == pytest.approx(plan.after)
    assert plan.after + move_cost * kept == pytest.approx(best)
    assert plan.is_optimal
    assert plan.bound == plan.after
    moved = plan.steps[plan.steps["team"] >= 0]
    assert len(moved) <= moves
    assert (plan.steps["team"] < 0).sum() <= add
    assert plan.steps["gain"].sum() == pytest.approx(plan.after - plan.before)
    if areas is not None and not add:
        assert (areas[moved["team"]] == areas[moved["site"]]).all()


def test_moves_that_gain_nothing_are_not_made():
    minutes = np.array([[10.0, 90.0], [90.0, 10.0], [10.0, 10.0]])
    plan = plan_teams(
        minutes, np.ones(2), np.zeros((3, 2)), teams=2, within=30, rules=Rules(moves=2)
    )
    assert plan.steps.empty
    assert plan.sites == (0, 1)
    assert (plan.before, plan.after, plan.gap) == (2.0, 2.0, 0.0)


def test_the_step_that_gains_most_comes_first_and_tells_what_is_lost():
    # the first team covers demand 0; from site 2 it would cover 1 and 2, from site 3 the second
    # covers the heavy 3
    minutes = np.full((4, 4), 90.0)
    minutes[0, 0], minutes[2, [1, 2]], minutes[3, 3] = 10.0, 10.0, 10.0
    places = np.array([[0, 0], [9, 0], [1, 0], [8, 0]], dtype=float)
    weights = np.array([1.0, 1.0, 1.0, 5.0])
    plan = plan_teams(minutes, weights, places, teams=2, within=30, rules=Rules(moves=2))
    assert plan.steps[["team", "site", "gain", "lost"]].to_numpy().tolist() == [
        [1.0, 3.0, 5.0, 0.0],
        [0.0, 2.0, 1.0, 1.0],
    ]


def test_more_moves_never_reach_less_and_crews_at_home_stay():
    minutes, weights, places = drawn(5, sites=30, demands=200)
    homes = ((np.array([0, 1]), 1), (np.array([2, 3]), 2))
    plans = budget_curve(
        minutes, weights, places, teams=TEAMS, within=30.0, rules=Rules(moves=0, homes=homes),
        moves=(3, 0, 1, 2),
    )  # fmt: skip
    assert [plan.moves for plan in plans] == [0, 1, 2, 3]
    assert np.diff([plan.after for plan in plans]).min() >= 0
    assert set(plans[-1].steps["team"]) <= {0, 1}
    assert len(plans[-1].steps) == 1


def test_what_cannot_be_planned_is_refused():
    minutes, weights, places = drawn(1)
    group = np.ones(14, dtype=bool)
    with pytest.raises(UsageError, match="no plan keeps the floors"):
        plan_teams(
            minutes, weights, places, teams=TEAMS, within=30.0,
            rules=Rules(moves=1, floors=((group, 1e6),)),
        )  # fmt: skip
    for bad in (
        {"weights": weights[:3]}, {"places": places[:3]}, {"rules": Rules(moves=-1)},
        {"teams": 99}, {"rules": Rules(moves=1, stay=(7,))}, {"weights": -weights - 1},
    ):  # fmt: skip
        given_values = {
            "weights": weights, "places": places, "teams": TEAMS, "rules": Rules(moves=1)
        } | bad  # fmt: skip
        with pytest.raises(UsageError, match="ill-posed"):
            plan_teams(minutes, within=30.0, **given_values)
    empty = plan_teams(
        np.empty((TEAMS, 0)), np.empty(0), places[:TEAMS], teams=TEAMS, within=30.0,
        rules=Rules(moves=1),
    )  # fmt: skip
    assert (empty.after, empty.gap, empty.steps.empty) == (0.0, 0.0, True)
