"""Chance levels: times dealt anew, places kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jdzfire.evaluation.chance import Chance, chance_level, shuffle_within


def permits(days):
    start = pd.Timestamp("2022-03-01", tz="UTC") + pd.to_timedelta(days, unit="D")
    return pd.DataFrame(
        {
            "place": np.arange(len(days)),
            "valid_from": start,
            "valid_to": start + pd.Timedelta(hours=9),
        }
    )


def count_right_days(table):
    """Hotspots at place k on day k: matches are permits whose day is their place."""
    days = (table["valid_from"] - pd.Timestamp("2022-03-01", tz="UTC")).dt.days
    return int((days == table["place"]).sum())


def test_a_true_match_stands_out_of_chance():
    # of n numbers dealt at random, one on average falls on its own place; its variance is 1
    chance = chance_level(permits(range(50)), count_right_days, shuffles=400, seed=1)
    assert chance.observed == 50
    assert chance.mean == pytest.approx(1.0, abs=0.2)  # 4 sigma: 4 / sqrt(400)
    assert chance.lift == pytest.approx(50 / chance.mean)
    assert chance.p_value == pytest.approx(1 / 401)


def test_no_match_but_by_chance_has_a_lift_near_one():
    moved = chance_level(permits(np.random.default_rng(5).permutation(50)), count_right_days)
    assert moved.observed <= moved.interval[1]


def test_seeds_repeat_and_the_table_stays():
    table = permits(range(20))
    before = table.copy(deep=True)
    one, two = (chance_level(table, count_right_days, seed=7) for _ in range(2))
    assert one.shuffled.tolist() == two.shuffled.tolist()
    assert one.shuffled.tolist() != chance_level(table, count_right_days, seed=8).shuffled.tolist()
    pd.testing.assert_frame_equal(table, before)


def test_start_and_end_are_dealt_together_and_every_time_once():
    table = permits(range(20))
    seen = []
    chance_level(table, lambda one: seen.append(one) or 0, shuffles=3)
    for one in seen:
        assert (one["valid_to"] - one["valid_from"] == pd.Timedelta(hours=9)).all()
        assert sorted(one["valid_from"]) == sorted(table["valid_from"])
        assert one["place"].tolist() == list(range(20))


def test_groups_keep_their_times():
    groups = np.array(["b", "a", "b", "a", "b", "c"])
    rng = np.random.default_rng(0)
    orders = [shuffle_within(groups, rng) for _ in range(60)]
    assert all((groups[order] == groups).all() for order in orders)
    assert all(sorted(order.tolist()) == list(range(6)) for order in orders)
    assert len({tuple(order.tolist()) for order in orders}) == 12  # 3! times 2!


def test_chance_of_nothing():
    none = chance_level(permits([]), count_right_days, shuffles=2)
    assert (none.observed, none.mean) == (0, 0.0)
    assert np.isnan(none.lift)
    assert Chance(3, np.zeros(4, dtype=np.int64)).lift == np.inf
