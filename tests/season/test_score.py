from __future__ import annotations

import pandas as pd
import pytest

from jdzfire.season.replay import Replay, replay_cycles
from jdzfire.season.score import score_replay
from jdzfire.triage import empty_standing, prepare_ground
from tests.tables import hotspot_table, register_table, utc

T1, T2, T3 = utc("2024-04-04T06:00"), utc("2024-04-04T09:00"), utc("2024-04-05T06:00")


def table(rows, *columns):
    """Rows as told; a verdict with a question mark is a provisional one."""
    made = pd.DataFrame(rows, columns=list(columns)).astype({"cycle_at": "datetime64[us, UTC]"})
    told = made["verdict"].astype("str")
    return made.assign(
        verdict=told.str.rstrip("?"), is_provisional=told.str.endswith("?"), reasons=None
    )


def score(arrivals, judged, hotspots, fires, **more):
    replay = Replay(
        table(arrivals, "hotspot_id", "cycle_at", "event_id", "verdict"),
        table(judged, "event_id", "verdict", "explained_by", "cycle_at"),
        empty_standing(),
        2,
    )
    truth = pd.DataFrame(
        hotspots,
        columns=["hotspot_id", "instrument", "origin", "fire_id", "source_id", "is_registered"],
    )
    truth["acquired_at"] = [SEEN_AT.get(one, T1) for one in truth["hotspot_id"]]
    truth = truth.assign(lon_true=117.2, lat_true=29.4).astype(
        {"acquired_at": "datetime64[us, UTC]"}
    )
    told = pd.DataFrame(fires, columns=["fire_id", "kind", "fault", "in_forest"])
    told["permit_id"] = [PERMIT_OF.get(fire_id) for fire_id in told["fire_id"]]
    return score_replay(replay, truth, told, **more)


PERMIT_OF = {"F3": "P2"}
SEEN_AT = {}


def fire(hotspot_id, fire_id, instrument="VIIRS"):
    return (hotspot_id, instrument, "fire", fire_id, None, False)


def test_shown_at_once_later_and_never():
    result = score(
        [
            ("h1", T1, "E1", "unresolved"),
            ("h2", T1, "E2", "permitted"),
            ("h3", T1, "E3", "permitted"),
        ],
        [
            ("E1", "unresolved", None, T1),
            ("E2", "permitted", "P1", T1),
            ("E3", "permitted", "P2", T1),
            ("E3", "permit_violation", "P2", T2),
        ],
        [fire("h1", "F1"), fire("h2", "F2"), fire("h3", "F3")],
        [
            ("F1", "wildfire", None, True),
            ("F2", "wildfire", None, True),
            ("F3", "burn", "late", True),
        ],
    )
    assert result.counts["fires_to_show"] == 3
    assert result.counts["fires_shown_at_once"] == 1
    assert result.counts["fires_shown_later"] == 1
    assert result.counts["wildfires_never_shown"] == 1
    assert result.rates["delay_h_of_later_mean"] == 3.0  # 06:00 to 09:00
    assert result.counts["silenced_by_own_permit"] == 1
    assert result.counts["silenced_otherwise"] == 1
    missed = result.missed.set_index("fire_id")
    assert missed.loc["F2", "explained_by"] == "P1"
    assert result.rates["violations_called_violation"] == 1.0


def test_a_fire_himawari_told_of_before_was_shown_but_not_by_an_older_showing():
    judged = [("E1", "unresolved", None, T1), ("E1", "outside_forest", None, T2)]
    arrivals = [("a1", T1, "E1", "unresolved"), ("h1", T2, "E1", "outside_forest")]
    told = [("F1", "wildfire", None, True)]
    seen = score(arrivals, judged, [fire("a1", "F1", "AHI"), fire("h1", "F1")], told)
    assert seen.counts["fires_shown_at_once"] == 1
    # the same showing was of something else: the fire was heard of only at the second cycle
    other = score(arrivals, judged, [fire("a1", None, "AHI"), fire("h1", "F1")], told)
    assert other.counts["fires_never_shown"] == 1


def test_what_is_explained_only_provisionally_is_on_the_map():
    result = score(
        [("h1", T1, "E1", "permitted?")],
        [("E1", "permitted?", "P1", T1)],
        [fire("h1", "F1")],
        [("F1", "burn", "escaped", True)],
    )
    assert result.counts["fires_shown_at_once"] == 1
    assert result.missed.empty


def test_explained_shares():
    result = score(
        [
            ("h1", T1, "E1", "permitted?"),
            ("h2", T1, "E2", "unresolved"),
            ("h3", T1, "E3", "heat_source"),
            ("h4", T1, "E3", "unresolved"),
            ("h5", T1, "E4", "outside_forest"),
        ],
        [
            ("E1", "permitted?", "P1", T1),
            ("E1", "permitted", "P1", T2),
            ("E2", "unresolved", None, T1),
        ],
        [
            fire("h1", "F1"),
            fire("h2", "F2"),
            ("h3", "VIIRS", "heat_source", None, "S1", True),
            ("h4", "VIIRS", "heat_source", None, "S1", True),
            fire("h5", "F5"),
        ],
        [("F1", "burn", None, True), ("F2", "burn", None, True), ("F5", "farm_fire", None, False)],
    )
    assert result.rates["burns_explained"] == 0.5
    assert result.rates["burns_explained_for_certain"] == 0.5
    assert result.counts["events_ever_provisional"] == 1
    assert result.rates["heat_source_hotspots_explained"] == 0.5
    assert result.rates["farm_fires_outside_explained"] == 1.0
    assert result.rates["new_unresolved_per_day_max"] == 1.0


def test_nothing_to_score():
    result = score([], [], [], [])
    assert result.counts["fires_to_show"] == 0
    assert result.rates["shown_at_once"] is None
    assert result.missed.empty


@pytest.fixture
def ground():
    return prepare_ground(
        permits=register_table("permits", []),
        zones=register_table("zones", []),
        heat_sources=register_table("heat-sources", []),
        admin=register_table("admin", []),
        settlements=register_table("settlements", []),
    )


def test_a_replay_knows_only_what_had_arrived(ground):
    rows = hotspot_table(
        [
            {"lon": 117.2, "lat": 29.4, "at": "2024-04-04T05:00", "received_at": T1},
            {"lon": 117.4, "lat": 29.4, "at": "2024-04-04T04:00", "received_at": T3},
            {
                "lon": 117.2003,
                "lat": 29.4,
                "at": "2024-04-04T05:00",
                "received_at": T3,
                "product": "SP",
                "version": "2",
            },
        ]
    )
    replay = replay_cycles(rows, ground)
    assert replay.cycles == 2
    assert replay.arrivals["cycle_at"].tolist() == [T1, T3]
    # the one seen earlier came later, so it has the second number; the SP row is no new hotspot
    assert replay.arrivals["event_id"].tolist() == ["JDZ-20240404-001", "JDZ-20240404-002"]
    assert len(replay.standing.hotspots) == 2
    assert set(replay.standing.hotspots["product"]) == {"NRT", "SP"}
