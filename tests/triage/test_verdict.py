from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from shapely.geometry import Point, box

from jdzfire.triage.context import prepare_context
from jdzfire.triage.rules import TriageRules
from tests.tables import register_table, utc
from tests.triage.scenes import (
    FIELDS,
    LAT,
    LON,
    LOT,
    M_EAST,
    SOURCE,
    context,
    danger,
    past,
    rules_of,
    trees,
    verdict,
)


def test_nothing_registered_is_unresolved_with_every_rung_shown():
    row = verdict([{}], context())
    assert row["verdict"] == "unresolved"
    assert rules_of(row) == {
        ("heat_source.place", "failed"),
        ("permit.place", "failed"),
        ("forest.share", "failed"),
        ("verdict.unresolved", "met"),
    }
    assert row["county"] == "浮梁县"
    # 0.02 degree of latitude is 2.2 km, the village lies north, so the event is south of it
    assert row["place"] == "浮梁县高岭村南2.2公里"


def test_without_any_register_it_is_unresolved_too():
    nothing = prepare_context(
        permits=register_table("permits", []),
        zones=register_table("zones", []),
        heat_sources=register_table("heat-sources", []),
        admin=register_table("admin", []),
        settlements=register_table("settlements", []),
    )
    row = verdict([{}], nothing)
    assert row["verdict"] == "unresolved"
    assert ("forest.share", "unknown") in rules_of(row)
    assert row["place"] == "117.2000°E 29.4000°N"


def test_a_permit_in_place_and_time_explains():
    row = verdict([{}], context(permits=[LOT]))
    assert row["verdict"] == "permitted"
    assert row["explained_by"] == "P1"
    assert ("permit.weather", "unknown") in rules_of(row)


@pytest.mark.parametrize("status", ["pending", "rejected", "withdrawn", "void"])
def test_only_an_approval_that_stands_explains(status):
    assert verdict([{}], context(permits=[LOT | {"status": status}]))["verdict"] == "unresolved"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("at", "expected", "rule"),
    [
        # permitted 00:00-10:00 UTC, grace 12 h: explained until 22:00
        ("2024-04-04T00:00", "permitted", "permit.place"),
        ("2024-04-04T22:00", "permitted", "permit.place"),
        ("2024-04-04T22:01", "permit_violation", "permit.late"),
        ("2024-04-03T23:59", "permit_violation", "permit.early"),
        ("2024-04-01T00:00", "permit_violation", "permit.early"),
        ("2024-03-31T23:59", "unresolved", "permit.place"),  # 72 h and a minute early
    ],
)
def test_both_sides_of_the_permitted_time(at, expected, rule):
    row = verdict([{"at": at}], context(permits=[LOT]))
    assert row["verdict"] == expected
    assert rule in {name for name, _ in rules_of(row)}


def test_an_expired_permit_on_the_spot_does_not_hide_a_valid_one_further_off():
    old = LOT | {
        "permit_id": "OLD",
        "valid_from": utc("2024-03-01"),
        "valid_to": utc("2024-03-02"),
    }
    stale = LOT | {
        "permit_id": "STALE",
        "valid_from": utc("2024-04-02"),
        "valid_to": utc("2024-04-03"),
    }
    live = {"permit_id": "LIVE", "geometry": Point(LON + 450 * M_EAST, LAT)}
    row = verdict([{}], context(permits=[old, stale, live]))
    assert (row["verdict"], row["explained_by"]) == ("permitted", "LIVE")


@pytest.mark.parametrize(
    ("east_m", "expected"),
    [
        # pixel reaches 200 m across its axis, lot radius sqrt(10 ha / pi) = 178 m, errors
        # of sensor and permit sqrt(200^2 + 50^2) = 206 m: (200 + 178 + 206) / cos 13.4 in all
        (580, "permitted"),
        (605, "unresolved"),
    ],
)
def test_both_sides_of_the_place(east_m, expected):
    lot = {"geometry": Point(LON + east_m * M_EAST, LAT)}
    assert verdict([{}], context(permits=[lot]))["verdict"] == expected


def test_a_burn_that_leaves_its_lot_is_a_violation():
    row = verdict([{}, {"lon": LON + 1200 * M_EAST}], context(permits=[LOT]))
    assert row["verdict"] == "permit_violation"
    assert ("permit.drift", "failed") in rules_of(row)


def test_more_pixels_than_the_lot_can_touch_is_a_violation():
    # 1 ha: width 113 m; (0.113 / 0.4 + 1)^2 = 1.64, so two pixels are allowed, not three
    small = LOT | {"area_ha": 1.0}
    three = [{}, {"lon": LON + 380 * M_EAST}, {"lon": LON - 380 * M_EAST}]
    row = verdict(three, context(permits=[small]))
    assert row["verdict"] == "permit_violation"
    assert ("permit.oversize", "failed") in rules_of(row)
    assert verdict(three[:2], context(permits=[small]))["verdict"] == "permitted"


@pytest.mark.parametrize(
    ("grade", "wind", "expected"),
    [(3, 3, "permitted"), (4, 3, "permit_violation"), (3, 4, "permit_violation")],
)
def test_both_sides_of_the_weather(grade, wind, expected):
    row = verdict([{}], context(permits=[LOT], danger=danger(grade, wind)))
    assert row["verdict"] == expected


@pytest.mark.parametrize(
    ("frp_mw", "days", "past_mw", "expected"),
    [
        (10.0, 0, 0.0, "heat_source"),  # no past: up to 10 MW
        (10.1, 0, 0.0, "unresolved"),
        (10.1, 4, 8.0, "unresolved"),  # four dates are not a past
        (10.1, 5, 8.0, "heat_source"),  # twice 8 MW
        (16.1, 5, 8.0, "unresolved"),
        (5.0, 5, 1.0, "heat_source"),  # never doubted below 5 MW
        (5.1, 5, 1.0, "unresolved"),
        (None, 5, 8.0, "unresolved"),  # FRP not stated: in doubt, unresolved
    ],
)
def test_a_heat_source_explains_its_usual_heat(frp_mw, days, past_mw, expected):
    surroundings = context(sources=[SOURCE], past=past(past_mw, days))
    assert verdict([{"frp_mw": frp_mw}], surroundings)["verdict"] == expected


def test_the_past_of_another_source_says_nothing():
    surroundings = context(sources=[SOURCE], past=past(50.0, 9, source_id="S2"))
    assert verdict([{"frp_mw": 11.0}], surroundings)["verdict"] == "unresolved"


def test_a_heat_source_not_valid_yet_explains_nothing():
    surroundings = context(sources=[SOURCE | {"valid_from": utc("2024-04-05")}])
    assert verdict([{}], surroundings)["verdict"] == "unresolved"


def test_a_fire_beside_a_heat_source_is_not_silenced_by_it():
    row = verdict([{}, {"lon": LON - 1000 * M_EAST}], context(sources=[SOURCE]))
    assert row["verdict"] == "unresolved"
    assert ("heat_source.place", "met") in rules_of(row)


def test_far_from_forest_is_outside():
    row = verdict([{}], context(zones=FIELDS))
    assert row["verdict"] == "outside_forest"
    assert row["forest_share"] == 0


@pytest.mark.parametrize(("share", "expected"), [(0.0, "outside_forest"), (1.0, "unresolved")])
def test_a_wood_too_small_for_the_zones_is_forest_too(share, expected):
    surroundings = replace(context(zones=FIELDS), landcover=trees(share))
    row = verdict([{}], surroundings)
    assert row["verdict"] == expected
    assert "forest.trees" in {name for name, _ in rules_of(row)}


def test_a_fire_himawari_places_in_forest_is_not_outside_it():
    # the zone begins 1,000 m east: out of a VIIRS footprint (411 m), within an AHI one (2,370 m)
    near = [{"geometry": box(LON + 1000 * M_EAST, 29.3, LON + 0.1, 29.5), "edge_buffer_m": 0.0}]
    ahi = {"instrument": "AHI", "satellite": "Himawari-9", "scan_km": None, "track_km": None}
    assert verdict([{}], context(zones=near))["verdict"] == "outside_forest"
    assert verdict([{}, ahi], context(zones=near))["verdict"] == "unresolved"


def test_ahi_alone_never_silences_not_even_outside_forest_or_on_a_lot():
    ahi = {"instrument": "AHI", "satellite": "Himawari-9", "scan_km": None, "track_km": None}
    row = verdict([ahi], context(permits=[LOT], zones=FIELDS, sources=[SOURCE]))
    assert row["verdict"] == "unresolved"
    assert ("sensor.ahi_alone", "met") in rules_of(row)


def test_a_persons_report_is_never_silenced():
    person = {"instrument": "PERSON", "satellite": "12119", "location_error_m": 300.0}
    row = verdict([{}, person], context(permits=[LOT]))
    assert row["verdict"] == "unresolved"
    assert ("report.person", "met") in rules_of(row)


def test_only_hotspots_after_the_answer_are_judged():
    hot = {"at": "2024-04-04T04:00", "frp_mw": 40.0}
    usual = {"at": "2024-04-04T05:00", "frp_mw": 4.0}
    surroundings = context(sources=[SOURCE])
    assert verdict([hot, usual], surroundings)["verdict"] == "unresolved"
    settled = pd.Series({"JDZ-20240404-001": utc("2024-04-04T04:30")})
    assert verdict([hot, usual], surroundings, settled=settled)["verdict"] == "heat_source"
    # nothing later than the answer: all are judged, and the verdict stands
    settled = pd.Series({"JDZ-20240404-001": utc("2024-04-04T06:00")})
    assert verdict([hot, usual], surroundings, settled=settled)["verdict"] == "unresolved"


def test_rules_are_data():
    strict = TriageRules(smoulder_h=0.0)
    late = {"at": "2024-04-04T10:01"}
    assert verdict([late], context(permits=[LOT]))["verdict"] == "permitted"
    row = verdict([late], context(permits=[LOT]), rules=strict)
    assert row["verdict"] == "permit_violation"


def test_priority_shows_its_parts_and_orders():
    small = verdict([{"frp_mw": 3.0}], context())
    large = verdict(
        [{"frp_mw": 60.0}, {"lon": LON + 380 * M_EAST}, {"lon": LON - 380 * M_EAST}], context()
    )
    # base 20 + forest 20; large: + 15 for three pixels + 7 for 70 MW (60 + 5 + 5) in the pass
    assert small["priority"] == 40
    assert large["priority"] == 62
    assert large["priority_parts"] == '{"base": 20, "forest": 20, "frp": 7, "pixels": 15}'


def test_a_fire_over_the_border_is_named_by_the_county_it_burns_in():
    # the county begins at 117 E; the pixel's middle lies 200 m west of it, its footprint reaches in
    row = verdict([{"lon": 117.0 - 200 * M_EAST}], context(zones=BORDER_FOREST))
    assert row["county"] == "浮梁县"
    assert row["place"].startswith("浮梁县")
    away = verdict([{"lon": 117.0 - 700 * M_EAST}], context(zones=BORDER_FOREST))
    assert pd.isna(away["county"])


BORDER_FOREST = [{"geometry": box(116.9, 29.3, 117.3, 29.5)}]
