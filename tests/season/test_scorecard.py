"""Shrunken rates and ranks, against rates that are known."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from shapely.geometry import box

from jdzfire.schemas import ADMIN, ZONES, empty_table
from jdzfire.season.scorecard import (
    forest_by_township,
    shrink_rates,
    township_scorecard,
    township_times,
)


def test_shrunken_ranks_beat_raw_ranks_and_intervals_hold() -> None:
    draw = np.random.default_rng(4)
    raw_off, shrunk_off, held, ranks_held = [], [], [], []
    for _ in range(40):
        forest = draw.lognormal(1.0, 1.0, 48)
        truth = draw.gamma(2.0, 0.5, 48)
        found = shrink_rates(draw.poisson(truth * forest), forest, level=0.9)
        rank = stats.rankdata(-truth)
        raw_off.append(np.abs(stats.rankdata(-found["rate"]) - rank).mean())
        shrunk_off.append(np.abs(found["rank"] - rank).mean())
        held.append(found["low"].le(truth) & found["high"].ge(truth))
        ranks_held.append(found["rank_low"].le(rank) & found["rank_high"].ge(rank))
    assert np.mean(shrunk_off) < 0.93 * np.mean(raw_off)
    assert np.mean(held) == pytest.approx(0.9, abs=0.04)
    assert np.mean(ranks_held) > 0.86


def test_a_small_township_is_not_shamed_by_one_fire() -> None:
    counts, forest = [1, 0, 6, 8, 5, 7], [0.05, 0.1, 6.0, 7.0, 5.5, 6.5]
    found = shrink_rates(counts, forest)
    assert found["rate"].idxmax() == 0
    assert found["shrunk"][0] < 2.0
    assert found["rank_high"][0] == 6.0
    none = shrink_rates([0, 0, 0], [1.0, 2.0, 0.0])
    assert none["shrunk"][:2].max() < 0.5
    assert none.loc[2].isna().all()
    assert shrink_rates([1.0], [0.0]).isna().all().all()


def test_forest_is_cut_by_townships_and_named_by_their_county() -> None:
    zones = gpd.GeoDataFrame(
        {"county": ["甲县", "乙县"], "township": ["西乡", None]},
        geometry=[box(117.0, 29.0, 117.1, 29.1), box(117.1, 29.0, 117.15, 29.1)], crs=4326,
    )  # fmt: skip
    admin = gpd.GeoDataFrame(
        {"level": ["township", "township", "county"], "name": ["西乡", "东乡", "甲县"]},
        geometry=[box(117.0, 29.0, 117.05, 29.2), box(117.05, 29.0, 117.2, 29.2),
                  box(116.9, 28.9, 117.3, 29.3)], crs=4326,
    )  # fmt: skip
    found = forest_by_township(zones, admin).set_index("township")
    assert found["county"].tolist() == ["甲县", "甲县"]
    assert found.loc["东乡", "forest_ha"] == pytest.approx(
        2 * found.loc["西乡", "forest_ha"], rel=0.01
    )
    named = forest_by_township(zones, admin[admin["level"] == "county"])
    assert named["township"].tolist() == ["西乡"]
    assert forest_by_township(empty_table(ZONES), empty_table(ADMIN)).empty


def test_the_card_counts_what_it_says() -> None:
    told = pd.DataFrame(
        {
            "case_id": list("abcd"),
            "township": ["西乡", "西乡", "东乡", None],
            "category": ["permit_violation", "heat_source", None, "forest_fire"],
            "verdict": ["unresolved", "unresolved", "unresolved", "unresolved"],
            "opened_at": pd.to_datetime(["2024-03-01T00:00Z"] * 4),
            "answered_at": pd.to_datetime(["2024-03-01T01:00Z", "2024-03-01T02:00Z", None, None]),
        }
    )
    outcomes = pd.DataFrame(
        {"township": ["西乡", "东乡", "东乡"], "outcome": ["kept", "broken", "kept"]}
    )
    forest = pd.DataFrame(
        {"county": "甲县", "township": ["东乡", "西乡"], "forest_ha": [2000.0, 500.0]}
    )
    card = township_scorecard(told, outcomes, forest).set_index(["measure", "township"])
    assert card.loc[("illegal_burns", "西乡"), "count"] == 1
    assert card.loc[("unexplained", "西乡"), "count"] == 1  # a site with heat is no fault of theirs
    assert card.loc[("unexplained", "东乡"), "rate"] == pytest.approx(0.5)
    assert card.loc[("broken_permits", "东乡"), "exposure"] == 2
    times = township_times(told).set_index("township")
    assert times.loc["西乡"].tolist() == [2, 2, 90.0]
