"""Places proposed as industrial sites: many dates over months at one place."""

from __future__ import annotations

from datetime import timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from jdzfire.registers.source_proposals import ProposalRules, propose_sources
from tests.tables import hotspot_table, register_table, utc

LON, LAT = 117.2, 29.4
M_EAST, M_NORTH = 1 / 97_070.0, 1 / 110_860.0
START = utc("2024-01-01T18:00")


def observations(count, every_h, *, lon=LON, lat=LAT, scatter_m=120.0, seed=1, **more):
    """Hotspots at one place, scattered as VIIRS scatters them."""
    rng = np.random.default_rng(seed)
    east, north = rng.normal(0.0, scatter_m, (2, count))
    return [
        {
            "lon": lon + east[k] * M_EAST,
            "lat": lat + north[k] * M_NORTH,
            "at": START + timedelta(hours=every_h * k),
            "frp_mw": float(rng.uniform(1.0, 3.0)),
        }
        | more
        for k in range(count)
    ]


def propose(rows, **options):
    return propose_sources(hotspot_table(rows), **options)


def test_works_seen_over_months_are_proposed_where_they_are():
    found = propose(observations(40, 24 * 5))
    assert len(found) == 1
    row = found.iloc[0]
    assert (row["dates"], row["hotspots"], row["answers"]) == (40, 40, 0)
    assert abs(row["lon"] - LON) < 60 * M_EAST  # 120 m / sqrt(40) = 19 m
    assert abs(row["lat"] - LAT) < 60 * M_NORTH
    assert row["months"] == 7


@pytest.mark.parametrize(
    "rows",
    [
        observations(37, 1.3),  # a kiln, or a fire: 37 hits in two days
        observations(30, 24),  # a month of smouldering peat
        [*observations(20, 6), *observations(4, 24 * 40)],  # one fire and a few later ones
        [
            row | {"at": row["at"] - timedelta(hours=12)} for row in observations(40, 24 * 5)
        ],  # by day only
        [
            row | {"frp_mw": 1.0 if k % 8 else 60.0}
            for k, row in enumerate(observations(40, 24 * 5))
        ],
        observations(40, 24 * 5, instrument="AHI", satellite="Himawari-9"),
        [],
    ],
)
def test_what_is_no_works_is_not_proposed(rows):
    assert propose(rows).empty


def test_order_does_not_matter_and_the_id_stands():
    rows = observations(60, 24 * 4)
    one = propose(rows)
    pd.testing.assert_frame_equal(one, propose(rows[::-1]))
    # next year, with other hotspots
    later = propose(observations(60, 24 * 4, seed=2, scatter_m=60.0))
    assert later["proposal_id"].tolist() == one["proposal_id"].tolist()


def test_registered_works_are_not_proposed_again():
    known = register_table("heat-sources", [{"geometry": Point(LON + 300 * M_EAST, LAT)}])
    assert propose(observations(40, 24 * 5), known=known).empty
    far = register_table("heat-sources", [{"geometry": Point(LON + 3000 * M_EAST, LAT)}])
    assert len(propose(observations(40, 24 * 5), known=far)) == 1


def test_two_works_are_two_and_a_wood_is_none():
    rows = [*observations(40, 24 * 5), *observations(40, 24 * 5, lon=LON + 1500 * M_EAST, seed=3)]
    assert len(propose(rows)) == 2
    assert propose(rows, tree_share=np.ones(80)).empty


def test_people_who_found_works_twice_propose_it():
    rows = observations(3, 24)
    answers = gpd.GeoSeries([Point(LON, LAT), Point(LON + 100 * M_EAST, LAT)], crs="EPSG:4326")
    assert propose(rows, answers=answers.iloc[:1]).empty
    found = propose(rows, answers=answers)
    assert found["answers"].tolist() == [2]


def test_parts_of_one_works_in_one_cell_of_ids_have_two_ids():
    # both at 29.40 N, 117.20 E to two decimals; 760 m apart
    north = 29.4033, 29.4033 - 0.0069
    rows = [row for k, lat in enumerate(north) for row in observations(40, 24 * 5, lat=lat, seed=k)]
    found = propose(rows)
    assert (found["lat"].round(2) == 29.4).all()
    assert len(found) == found["proposal_id"].nunique() == 2


def test_parts_nearer_than_the_rule_are_one():
    rows = [*observations(40, 24 * 5), *observations(40, 24 * 5, lon=LON + 600 * M_EAST, seed=3)]
    assert len(propose(rows)) == 1


@pytest.mark.parametrize(("fires", "count"), [(3, 0), (4, 1)])
def test_a_place_that_burnt_three_times_in_three_years_is_no_works(fires, count):
    # three dates each time, 300 days apart: 9 dates against 12, each burst a third or a quarter
    rows = [
        row | {"at": row["at"] + timedelta(days=300 * k)}
        for k in range(fires)
        for row in observations(6, 12, seed=k)
    ]
    found = propose(rows)
    assert len(found) == count
    assert len(propose(rows, rules=ProposalRules(min_spells=3))) == 1


def test_the_type_told_by_the_product_decides_nothing():
    rows = observations(40, 24 * 5)
    for kind in (0, 2):
        found = propose([row | {"source_type": kind} for row in rows])
        assert found["static_share"].tolist() == [kind / 2]
