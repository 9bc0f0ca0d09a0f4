from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.events.join import apply_join, join_events, refresh_states
from jdzfire.events.rules import EventRules
from jdzfire.hotspots.footprints import footprints
from jdzfire.schemas import EVENTS, MEMBERS, empty_table
from tests.tables import hotspot_table, utc

START = utc("2024-04-04T05:00")
RULES = EventRules()
LON, LAT = 117.2, 29.4
# one degree at 29.4 N: 97.1 km east, 110.9 km north
M_EAST = 1 / 97_070.0


def joined(hotspots, *, batches=None, at=START, rules=RULES):
    """All events and members after the hotspots arrived batch by batch."""
    events, members = empty_table(EVENTS), empty_table(MEMBERS)
    batches = batches if batches is not None else [np.arange(len(hotspots))]
    arrived = []
    for batch in batches:
        arrived.extend(batch)
        seen = hotspots.iloc[sorted(arrived)]
        done = join_events(
            seen, footprints(seen), events=events, members=members, at=at, rules=rules
        )
        events, members = apply_join(events, members, done)
    return refresh_states(events, at=at, rules=rules), members


def partition(members):
    groups = members.groupby("event_id")["hotspot_id"].apply(frozenset)
    return set(groups)


def brute_force(hotspots, rules=RULES):
    """Ten lines: every pair is asked, and sets are joined until nothing changes."""
    metric = footprints(hotspots).to_crs("EPSG:4548")
    ids = hotspots["hotspot_id"].tolist()
    sets = [{i} for i in ids]
    for a, b in combinations(range(len(ids)), 2):
        hours = abs(hotspots.acquired_at[a] - hotspots.acquired_at[b]) / timedelta(hours=1)
        gap = metric[a].distance(metric[b])
        has_ahi = "AHI" in (hotspots.instrument[a], hotspots.instrument[b])
        near = hours <= rules.link_h and gap <= (0 if has_ahi else rules.gap_m)
        if near or (hours <= rules.end_h and gap == 0 and not has_ahi):
            one = next(s for s in sets if ids[a] in s)
            two = next(s for s in sets if ids[b] in s)
            if one is not two:
                one |= two
                sets.remove(two)
    return {frozenset(s) for s in sets}


@st.composite
def scenes(draw):
    count = draw(st.integers(1, 12))
    rows = []
    for k in range(count):
        ahi = draw(st.booleans()) and draw(st.booleans())
        rows.append(
            {
                "lon": LON + draw(st.integers(0, 40)) * 120 * M_EAST,
                "lat": LAT + draw(st.integers(0, 3)) * 0.004,
                "at": START + timedelta(hours=draw(st.integers(0, 200))),
                "satellite": "Himawari-9" if ahi else "NOAA-20",
                "instrument": "AHI" if ahi else "VIIRS",
                "hotspot_id": f"h{k:02d}",
            }
        )
    order = draw(st.permutations(range(count)))
    cut = draw(st.integers(0, count))
    return hotspot_table(rows), [list(order[:cut]), list(order[cut:])]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(scenes())
def test_any_order_of_arrival_gives_the_components_of_brute_force(scene):
    hotspots, batches = scene
    _, members = joined(hotspots, batches=[b for b in batches if b])
    assert partition(members) == brute_force(hotspots)
    assert len(members) == len(hotspots)


@pytest.mark.parametrize(
    ("gap_m", "count"),
    [
        # footprint half width = 0.4 km / 2 + 200 m error = 400 m, turned by some 13 degrees;
        # along the same latitude two of them reach 2 x 400 / cos(13.4) = 822 m
        (822 + 490, 1),
        (822 + 520, 2),
    ],
)
def test_both_sides_of_the_gap(gap_m, count):
    pair = hotspot_table(
        [
            {"lon": LON, "lat": LAT, "at": START},
            {"lon": LON + gap_m * M_EAST, "lat": LAT, "at": START},
        ]
    )
    # the nearest points of two turned rectangles lie a little closer than along the latitude
    metric = footprints(pair).to_crs("EPSG:4548")
    assert (metric[0].distance(metric[1]) <= 500) == (count == 1)
    events, _ = joined(pair)
    assert len(events) == count


@pytest.mark.parametrize(("hours", "count"), [(24, 1), (24.1, 2)])
def test_both_sides_of_the_time_across_a_gap(hours, count):
    pair = hotspot_table(
        [
            {"lon": LON, "lat": LAT, "at": START},
            {"lon": LON + 1100 * M_EAST, "lat": LAT, "at": START + timedelta(hours=hours)},
        ]
    )
    assert len(joined(pair)[0]) == count


@pytest.mark.parametrize(("hours", "count"), [(119, 1), (121, 2)])
def test_a_dormant_event_wakes_under_its_id_where_it_is_touched(hours, count):
    pair = hotspot_table(
        [
            {"lon": LON, "lat": LAT, "at": START},
            {"lon": LON + 300 * M_EAST, "lat": LAT, "at": START + timedelta(hours=hours)},
        ]
    )
    events, _ = joined(pair, batches=[[0], [1]])
    assert len(events) == count
    assert events["event_id"][0] == "JDZ-20240404-001"


def test_ids_of_yesterday_stand_and_the_oldest_takes_over():
    # a - b are 2 km apart; c between them links both
    hotspots = hotspot_table(
        [
            {"lon": LON, "lat": LAT, "at": "2024-04-04T05:00", "frp_mw": 4.0},
            {"lon": LON + 2300 * M_EAST, "lat": LAT, "at": "2024-04-04T06:00", "frp_mw": 7.0},
            {"lon": LON + 1150 * M_EAST, "lat": LAT, "at": "2024-04-04T18:00", "frp_mw": 2.0},
        ]
    )
    before, _ = joined(hotspots.iloc[:2])
    assert before["event_id"].tolist() == ["JDZ-20240404-001", "JDZ-20240404-002"]
    events, members = joined(hotspots, batches=[[0, 1], [2]], at=utc("2024-04-04T19:00"))
    assert events["event_id"].tolist() == ["JDZ-20240404-001", "JDZ-20240404-002"]
    assert events["state"].tolist() == ["active", "merged"]
    assert events["merged_into"][1] == "JDZ-20240404-001"
    assert set(members["event_id"]) == {"JDZ-20240404-001"}
    kept = events.iloc[0]
    assert kept["hotspot_count"] == 3
    assert kept["frp_max_mw"] == 7.0


def test_the_id_carries_the_beijing_date():
    # 16:30 UTC on 3 April is 00:30 on 4 April in Beijing
    events, _ = joined(hotspot_table([{"lon": LON, "lat": LAT, "at": "2024-04-03T16:30"}]))
    assert events["event_id"][0] == "JDZ-20240404-001"


def test_numbers_of_a_day_go_on_and_are_never_reused():
    first = hotspot_table([{"lon": LON, "lat": LAT, "at": "2024-04-04T05:00"}])
    both = hotspot_table(
        [
            {"lon": LON, "lat": LAT, "at": "2024-04-04T05:00"},
            {"lon": LON + 0.2, "lat": LAT, "at": "2024-04-04T01:00"},
        ]
    )
    events, members = joined(first)
    done = join_events(both, footprints(both), events=events, members=members, at=START)
    events, _ = apply_join(events, members, done)
    # the second is earlier in the day, yet number 1 stands
    assert (
        events.set_index("event_id")["first_seen_at"]["JDZ-20240404-002"]
        == both["acquired_at"].min()
    )


def test_running_again_changes_nothing():
    hotspots = hotspot_table([{"lon": LON, "lat": LAT, "at": START}])
    events, members = joined(hotspots)
    done = join_events(hotspots, footprints(hotspots), events=events, members=members, at=START)
    assert len(done.events) == len(done.members) == len(done.log) == 0
    assert not done.touched


@pytest.mark.parametrize(
    ("quiet_h", "state"),
    [(71.9, "active"), (72, "dormant"), (119.9, "dormant"), (120, "ended")],
)
def test_states(quiet_h, state):
    events, _ = joined(hotspot_table([{"lon": LON, "lat": LAT, "at": START}]))
    later = refresh_states(events, at=START + timedelta(hours=quiet_h))
    assert later["state"].tolist() == [state]


def test_nothing_in_nothing_out():
    events, members = joined(hotspot_table([]))
    assert isinstance(events, gpd.GeoDataFrame)
    assert len(events) == len(members) == 0
    assert list(events.columns) == list(EVENTS.columns)


def test_footprint_area_of_one_pixel():
    # (400 + 2 x 200 m)^2 = 0.64 km2 = 64 ha
    events, _ = joined(hotspot_table([{"lon": LON, "lat": LAT, "at": START}]))
    assert events["footprint_ha"][0] == pytest.approx(64.0, rel=0.01)
