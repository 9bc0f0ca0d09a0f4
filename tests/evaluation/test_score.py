from __future__ import annotations

from dataclasses import replace
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from jdzfire.evaluation.compare import compare_scores
from jdzfire.evaluation.replay import Replay, replay_cycles
from jdzfire.evaluation.score import score_proposals, score_replay
from jdzfire.evaluation.shown import inside_permits
from jdzfire.schemas import Reason, encode_reasons
from jdzfire.triage.context import prepare_context
from jdzfire.triage.cycle import empty_triage_state
from tests.tables import hotspot_table, register_table, utc

T1, T2, T3 = utc("2024-04-04T06:00"), utc("2024-04-04T09:00"), utc("2024-04-05T06:00")


def table(rows, *columns):
    """Rows as stated; a verdict with a question mark is a provisional one."""
    made = pd.DataFrame(rows, columns=list(columns)).astype({"cycle_at": "datetime64[us, UTC]"})
    stated = made["verdict"].astype("str")
    return made.assign(verdict=stated.str.rstrip("?"), is_provisional=stated.str.endswith("?"))


def score(arrivals, judged, hotspots, fires, *, reasons=None, seen_at=None, **more):
    replay = Replay(
        table(arrivals, "hotspot_id", "cycle_at", "event_id", "verdict"),
        table(judged, "event_id", "verdict", "explained_by", "cycle_at").assign(
            reasons=reasons,
            answered_at=pd.Series([pd.NaT] * len(judged), dtype="datetime64[us, UTC]"),
        ),
        empty_triage_state(),
        2,
    )
    truth = pd.DataFrame(
        hotspots,
        columns=["hotspot_id", "instrument", "origin", "fire_id", "source_id", "is_registered"],
    )
    truth["acquired_at"] = [(seen_at or {}).get(one, T1) for one in truth["hotspot_id"]]
    truth = truth.assign(lon_true=117.2, lat_true=29.4).astype(
        {"acquired_at": "datetime64[us, UTC]"}
    )
    stated = pd.DataFrame(fires, columns=["fire_id", "kind", "fault", "in_forest"])
    stated["permit_id"] = [PERMIT_OF.get(fire_id) for fire_id in stated["fire_id"]]
    return score_replay(replay, truth, stated, **more)


PERMIT_OF = {"F3": "P2"}


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
    stated = [("F1", "wildfire", None, True)]
    seen = score(arrivals, judged, [fire("a1", "F1", "AHI"), fire("h1", "F1")], stated)
    assert seen.counts["fires_shown_at_once"] == 1
    # the same showing was of something else: the fire was heard of only at the second cycle
    other = score(arrivals, judged, [fire("a1", None, "AHI"), fire("h1", "F1")], stated)
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
def context():
    return prepare_context(
        permits=register_table("permits", []),
        zones=register_table("zones", []),
        heat_sources=register_table("heat-sources", []),
        admin=register_table("admin", []),
        settlements=register_table("settlements", []),
    )


def test_a_replay_knows_only_what_had_arrived(context):
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
    replay = replay_cycles(rows, context)
    assert replay.cycles == 2
    assert replay.arrivals["cycle_at"].tolist() == [T1, T3]
    # the one seen earlier came later, so it has the second number; the SP row is no new hotspot
    assert replay.arrivals["event_id"].tolist() == ["JDZ-20240404-001", "JDZ-20240404-002"]
    assert len(replay.triage_state.hotspots) == 2
    assert set(replay.triage_state.hotspots["product"]) == {"NRT", "SP"}


LOTS = gpd.GeoDataFrame(
    {
        "permit_id": ["P2", "P1"],
        "valid_from": [utc("2024-04-04T00:00"), utc("2024-04-04T06:00")],
        "valid_to": [utc("2024-04-04T05:00"), utc("2024-04-04T10:00")],
    },
    geometry=[box(117.19, 29.39, 117.21, 29.41)] * 2,
    crs="EPSG:4326",
)


@pytest.mark.parametrize(
    ("at", "lon", "permit_id"),
    [
        ("2024-04-04T05:00", 117.2, "P2"),
        ("2024-04-04T05:01", 117.2, None),  # between the two times
        ("2024-04-04T06:00", 117.2, "P1"),
        ("2024-04-04T10:00", 117.2, "P1"),
        ("2024-04-04T10:01", 117.2, None),
        ("2024-04-04T06:00", 117.2101, None),
        ("2024-04-04T06:00", 117.2099, "P1"),
    ],
)
def test_inside_of_a_permit_is_place_and_time(at, lon, permit_id):
    first = pd.DataFrame({"acquired_at": [utc(at)], "lon_true": [lon], "lat_true": [29.4]})
    assert inside_permits(first, LOTS).tolist() == [permit_id]
    assert inside_permits(first, None).tolist() == [None]


def test_wrongly_silenced_fires_are_split_by_where_they_were_and_say_why():
    stated = encode_reasons(
        [
            Reason("permit.place", "met", "中", "in place", {"distance_m": 0.0}, {"error_m": 50.0}),
            Reason("source.match", "failed", "中", "no source", {}, {}),
        ]
    )
    result = score(
        [("h1", T1, "E1", "permitted"), ("h2", T2, "E2", "outside_forest")],
        [("E1", "permitted", "P1", T1), ("E2", "outside_forest", None, T2)],
        [fire("h1", "F1"), fire("h2", "F2")],
        [("F1", "wildfire", None, True), ("F2", "wildfire", None, True)],
        reasons=stated,
        seen_at={"h2": T3},
        lots=LOTS,
    )
    assert result.counts["fires_wrongly_silenced"] == 2
    assert result.counts["silenced_inside_permit"] == 1  # T1 = 06:00, in the time of P1
    assert result.counts["silenced_outside_permits"] == 1  # T3 is the next day
    row = result.document()["missed"][0]
    assert (row["fire_id"], row["inside_of"], row["explained_by"]) == ("F1", "P1", "P1")
    assert [one["rule"] for one in row["reasons"]] == ["permit.place"]
    assert row["reasons"][0]["measured"] == {"distance_m": 0.0}
    assert "permit.place: in place" in result.text()


def test_delays_count_from_the_arrival_and_from_the_acquisition():
    """Acquired 04:00, 05:00; arrived 06:00 (T1); shown 06:00 and 09:00 (T2): 0, 3 h and 2, 4 h."""
    result = score(
        [("h1", T1, "E1", "unresolved"), ("h2", T1, "E2", "permitted")],
        [
            ("E1", "unresolved", None, T1),
            ("E2", "permitted", "P1", T1),
            ("E2", "unresolved", None, T2),
        ],
        [fire("h1", "F1"), fire("h2", "F2")],
        [("F1", "wildfire", None, True), ("F2", "wildfire", None, True)],
        seen_at={"h1": utc("2024-04-04T04:00"), "h2": utc("2024-04-04T05:00")},
    )
    assert result.rates["wildfire_h_from_arrival_median"] == 1.5
    assert result.rates["wildfire_h_from_arrival_p90"] == pytest.approx(2.7)  # 0 + 0.9 x 3
    assert result.rates["wildfire_h_from_acquisition_median"] == 3.0
    assert result.rates["burn_h_from_arrival_median"] is None


def test_load_counts_days_without_any():
    """Two events on 4 April and one on 5 April (Beijing), of ten days: 3/10 a day."""
    result = score(
        [("h1", T1, "E1", "unresolved")],
        [
            ("E1", "unresolved", None, T1),
            ("E2", "permit_violation", None, T2),
            ("E1", "unresolved", None, T3),  # not new
            ("E3", "unresolved", None, utc("2024-04-04T16:00")),  # midnight in Beijing
            ("E4", "permitted?", None, T3),
        ],
        [fire("h1", "F1")],
        [("F1", "wildfire", None, True)],
        span=(date(2024, 4, 1), date(2024, 4, 10)),
    )
    assert result.rates["new_unresolved_per_day_mean"] == 1.5  # days with any
    assert result.rates["unresolved_a_day_mean"] == pytest.approx(0.3)
    # sorted 0 x 8, 1, 2: the 95th percentile is at 0.95 x 9 = 8.55, 1 + 0.55
    assert result.rates["unresolved_a_day_p95"] == pytest.approx(1.55)
    assert result.rates["unresolved_a_day_max"] == 2.0
    assert result.rates["shown_a_day_mean"] == pytest.approx(0.4)


def test_a_violation_may_be_shown_and_not_named():
    result = score(
        [("h1", T1, "E1", "permitted?"), ("h2", T1, "E2", "permit_violation")],
        [("E1", "permitted?", "P1", T1), ("E2", "permit_violation", "P2", T1)],
        [fire("h1", "F1"), fire("h2", "F2")],
        [("F1", "burn", "escaped", True), ("F2", "burn", "late", True)],
    )
    assert result.counts["burns_broken_shown"] == 2
    assert result.counts["burns_broken_named"] == 1
    assert result.rates["violations_shown"] == 1.0
    assert result.rates["violations_called_violation"] == 0.5


def test_two_scores_side_by_side_name_what_came_out_otherwise():
    arrivals = [("h1", T1, "E1", "unresolved")]
    hotspots, fires = [fire("h1", "F1")], [("F1", "wildfire", None, True)]
    one = score(arrivals, [("E1", "unresolved", None, T1)], hotspots, fires)
    other = score(
        arrivals,
        [("E1", "outside_forest", None, T1), ("E1", "unresolved", None, T2)],
        hotspots,
        fires,
    )
    same = compare_scores(one, one)
    assert same.differing.empty
    assert (same.figures["difference"].dropna() == 0).all()
    compared = compare_scores(one, other)
    figures = compared.figures.set_index("figure")
    assert figures.loc["fires_shown_at_once", "difference"] == -1.0
    assert compared.document()["differing"] == [
        {
            "kind": "event",
            "what": "E1",
            "one": "unresolved",
            "other": "outside_forest > unresolved",
        },
        {"kind": "wildfire", "what": "F1", "one": "shown at once", "other": "shown later"},
    ]
    assert "wildfire F1: shown at once -> shown later" in compared.text("a", "b")


def test_proposals_are_right_near_a_work_and_found_when_nobody_registered_it():
    """700 m is 0.00629 degree of latitude: 0.006 is near, 0.007 is not."""
    sites = pd.DataFrame(
        {"lon": [117.2, 117.4, 117.6], "lat": [29.4] * 3, "is_registered": [True, False, False]}
    )
    proposed = pd.DataFrame({"lon": [117.2, 117.4, 117.6], "lat": [29.4, 29.406, 29.407]})
    stated = score_proposals(proposed, sites)
    assert stated == {"proposed": 3, "right": 2, "wanted": 2, "found": 1}
    document = replace(score([], [], [], []), proposals=stated).document()
    assert document["proposal_rates"] == {"precision": 2 / 3, "recall": 1 / 2}
