"""Cases in which a system of this kind silences a fire, or cries wolf."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, box

from jdzfire.crs import from_wgs84
from jdzfire.feeds.registers import read_register
from jdzfire.schemas import CASES, decode_reasons, empty_table
from jdzfire.triage.context import prepare_context
from jdzfire.triage.duty import needs_answer, needs_duty
from tests.tables import register_table, utc
from tests.triage.scenes import (
    FIELDS,
    FOREST,
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

AHI = {"instrument": "AHI", "satellite": "Himawari-9", "scan_km": None, "track_km": None}
NIGHT = "2024-04-04T18:00"
"""02:00 Beijing time of the next day."""


def shown(row):
    return bool(needs_duty(row.to_frame().T, empty_table(CASES)).iloc[0])


# a wildfire beside a permit


def beside(east_m, **more):
    """A pixel whose centre lies so far east of the edge of the lot, whose radius is 178 m."""
    return {"lon": LON + (178 + east_m) * M_EAST} | more


@pytest.mark.slow
def test_one_pixel_400_m_from_a_lot_is_never_silent():
    row = verdict([beside(350)], context(permits=[LOT]))
    assert (row["verdict"], row["is_provisional"]) == ("permitted", True)
    assert shown(row)
    assert ("permit.confirmed", "unknown") in rules_of(row)
    assert verdict([beside(430)], context(permits=[LOT]))["verdict"] == "unresolved"


def test_a_second_pixel_outside_the_lot_opens_it():
    row = verdict([beside(300), beside(700)], context(permits=[LOT]))
    assert row["verdict"] == "permit_violation"
    assert ("permit.drift", "failed") in rules_of(row)


def test_a_fire_beside_the_lot_is_not_confirmed_by_a_second_pass_there():
    later = {"at": "2024-04-04T07:00", "satellite": "NOAA-21"}
    row = verdict([beside(300), beside(300, **later)], context(permits=[LOT]))
    assert row["is_provisional"]


def test_burning_on_after_the_window_opens_it():
    row = verdict([{}, {"at": "2024-04-04T22:30"}], context(permits=[LOT]))
    assert row["verdict"] == "permit_violation"
    assert ("permit.late", "failed") in rules_of(row)


# what confirms a burn


def test_a_single_look_at_a_burn_must_be_confirmed():
    row = verdict([{}], context(permits=[LOT]))
    assert row["is_provisional"]
    assert shown(row)
    assert 0 < row["priority"] <= 30


@pytest.mark.parametrize(("minutes", "expected"), [(29, True), (30, False)])
def test_a_later_pass_on_the_lot_confirms(minutes, expected):
    later = {"at": utc("2024-04-04T05:00") + pd.Timedelta(minutes=minutes), "satellite": "NOAA-21"}
    assert verdict([{}, later], context(permits=[LOT]))["is_provisional"] == expected


def test_the_supervisor_confirms():
    settled = pd.Series({"JDZ-20240404-001": utc("2024-04-04T05:30")})
    row = verdict([{}], context(permits=[LOT]), settled=settled)
    assert not row["is_provisional"]
    assert row["priority"] == 0


def test_what_grows_brighter_in_the_grace_is_not_confirmed():
    before = [{"frp_mw": 5.0}, {"frp_mw": 5.0, "at": "2024-04-04T06:00", "satellite": "NOAA-21"}]
    late = {"at": "2024-04-04T13:00"}
    surroundings = context(permits=[LOT])
    assert not verdict([*before, late | {"frp_mw": 4.0}], surroundings)["is_provisional"]
    assert verdict([*before, late | {"frp_mw": 6.0}], surroundings)["is_provisional"]


def test_three_hours_after_the_end_it_may_smoulder_and_is_shown():
    row = verdict([{"at": "2024-04-04T13:00"}], context(permits=[LOT]))
    assert (row["verdict"], row["is_provisional"]) == ("permitted", True)
    # the score falls with the hours after the end: 1 - 0.5 x 3 / 12, and 1 / (1 + 0.1^2)
    assert row["score"] == pytest.approx(0.875 / 1.01, abs=1e-3)


# permits


def test_a_permit_in_gcj02_is_put_where_it_is():
    lon, lat = from_wgs84(np.array([LON]), np.array([LAT]), "gcj02")
    sheet = (
        "审批编号,经度,纬度,坐标系,计划开始时间,计划结束时间,面积（亩）,审批状态\n"
        f"G-1,{lon[0]:.6f},{lat[0]:.6f},GCJ-02,2024-04-04 08:00,2024-04-04 18:00,150,已批准\n"
    )
    read = read_register("permits", sheet.encode(), source_name="p.csv", received_at=utc("2024"))
    made = context()
    there = prepare_context(
        permits=read.table,
        zones=register_table("zones", FOREST),
        heat_sources=register_table("heat-sources", []),
        admin=register_table("admin", []),
        settlements=register_table("settlements", []),
    )
    assert verdict([{}], there)["explained_by"] == "G-1"
    assert verdict([{}], made)["verdict"] == "unresolved"
    # taken for WGS84 the lot lies half a kilometre off: at best a match to be confirmed
    wrong = LOT | {"geometry": Point(lon[0], lat[0])}
    assert shown(verdict([{}], context(permits=[wrong])))


def test_the_nearer_permit_has_expired():
    old = LOT | {"permit_id": "OLD", "valid_to": utc("2024-04-01"), "valid_from": utc("2024-03-31")}
    live = {"permit_id": "LIVE", "geometry": Point(LON + 400 * M_EAST, LAT)}
    row = verdict([{}], context(permits=[old, live]))
    assert (row["verdict"], row["explained_by"]) == ("permitted", "LIVE")


@pytest.mark.parametrize(
    ("error_m", "at_m", "expected"),
    [(50, 400, "permitted"), (300, 0, "permitted"), (400, 720, "unresolved")],
)
def test_a_vague_place_needs_a_nearer_pixel(error_m, at_m, expected):
    lot = LOT | {"location_error_m": float(error_m), "geometry": Point(LON + at_m * M_EAST, LAT)}
    row = verdict([{}], context(permits=[lot]))
    assert row["verdict"] == expected
    if expected == "unresolved":  # the doubt is reported, with its score
        (near,) = [r for r in decode_reasons(row["reasons"]) if r.rule == "permit.place"]
        assert 0 < near.measured["score"] < near.threshold["score"]
        assert row["score"] == pytest.approx(near.measured["score"], abs=1e-3)


BAN = {"name": "浮梁县禁火令"}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (BAN, "permit_violation"),
        (BAN | {"county": "浮梁县"}, "permit_violation"),
        (BAN | {"county": "乐平市"}, "permitted"),
        (BAN | {"ends_at": utc("2024-04-04T05:00")}, "permitted"),
        (BAN | {"begins_at": utc("2024-04-04T05:00")}, "permit_violation"),
        ({"kind": "warning", "name": "森林火险橙色预警"}, "permit_violation"),
        ({"kind": "warning", "name": "森林火险黄色预警"}, "permitted"),
        ({"kind": "festival", "name": "清明"}, "permitted"),
    ],
)
def test_a_ban_stands_above_a_permit(day, expected):
    row = verdict([{}], context(permits=[LOT], special_days=[day]))
    assert row["verdict"] == expected
    assert (("permit.ban", "failed") in rules_of(row)) == (expected == "permit_violation")


def test_pixels_of_two_events_on_one_lot_count_together():
    row = verdict(
        [{}, {"lon": LON + 380 * M_EAST}, {"lon": LON - 380 * M_EAST}],
        context(permits=[LOT | {"area_ha": 1.0}]),
    )
    assert ("permit.oversize", "failed") in rules_of(row)


def test_himawari_alone_beside_a_permit_is_unresolved():
    assert verdict([AHI], context(permits=[LOT]))["verdict"] == "unresolved"


# heat sources


def test_a_wildfire_beside_a_works_is_not_the_works():
    usual = past(4.0, 30)
    at_works = context(sources=[SOURCE], past=usual)
    assert verdict([{}], at_works)["verdict"] == "heat_source"
    # its footprint still touches the industrial sites, but it lies 480 m from where the industrial
    # sites always was
    moved = verdict([{"lon": LON - 480 * M_EAST}], at_works)
    assert moved["verdict"] == "unresolved"
    near = context(sources=[SOURCE | {"radius_m": 400.0}], past=usual)
    row = verdict([{"lon": LON - 480 * M_EAST}], near)
    assert row["verdict"] == "unresolved"
    assert ("heat_source.usual_place", "failed") in rules_of(row)
    assert verdict([{"lon": LON - 430 * M_EAST}], near)["verdict"] == "heat_source"


def test_a_works_wider_than_ever_is_not_the_works():
    pixels = [{"lat": LAT + k * 0.0015} for k in (-1, 0, 1)]
    at_works = context(sources=[SOURCE], past=past(4.0, 30))
    assert verdict(pixels, at_works)["verdict"] == "heat_source"
    wider = [*pixels, {"lon": LON + 150 * M_EAST}]  # one more than ever is a pass like others
    assert verdict(wider, at_works)["verdict"] == "heat_source"
    row = verdict([*wider, {"lon": LON - 150 * M_EAST}], at_works)
    assert row["verdict"] == "unresolved"
    assert ("heat_source.usual_extent", "failed") in rules_of(row)


# forest


def edge(share_m):
    """A forest that begins so far east of the pixel's centre; its footprint reaches 411 m."""
    start = LON + share_m * M_EAST
    return [{"geometry": box(start, 29.3, 117.3, 29.5), "edge_buffer_m": 0.0}]


@pytest.mark.parametrize(
    ("start_m", "row", "expected"),
    [
        (500, {}, ("outside_forest", False)),
        (250, {}, ("outside_forest", True)),  # some forest in it, small, by day
        (0, {}, ("unresolved", False)),
        (250, {"at": NIGHT}, ("unresolved", False)),
        (500, {"at": NIGHT}, ("outside_forest", True)),  # nobody burns fields at two
        (250, {"frp_mw": 10.1}, ("unresolved", False)),
        (500, {"frp_mw": 10.1}, ("outside_forest", True)),
    ],
)
def test_both_sides_of_the_edge_of_the_forest(start_m, row, expected):
    found = verdict([row], context(zones=edge(start_m)))
    assert (found["verdict"], found["is_provisional"]) == expected
    assert shown(found) == (expected != ("outside_forest", False))


def test_trees_beside_the_zones_count_as_an_edge():
    wood = replace(context(zones=FIELDS), landcover=trees(0.2))  # it begins at LON
    assert not verdict([{"lon": LON - 500 * M_EAST}], wood)["is_provisional"]
    assert verdict([{"lon": LON - 200 * M_EAST}], wood)["is_provisional"]
    assert verdict([{}], wood)["verdict"] == "unresolved"


# chains, nights and years


def test_a_chain_of_pixels_does_not_hide_behind_one_lot():
    chain = [{"lon": LON + k * 700 * M_EAST} for k in range(5)]
    row = verdict(chain, context(permits=[LOT]))
    assert row["verdict"] == "permit_violation"
    (drift,) = [r for r in decode_reasons(row["reasons"]) if r.rule == "permit.drift"]
    assert drift.measured["hotspots_beyond"] == 4


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [
        ("2024-04-04T15:50", "2024-04-04T16:10", "JDZ-20240404-001"),  # midnight in Beijing
        ("2023-12-31T15:50", "2023-12-31T16:10", "JDZ-20231231-001"),  # New Year
    ],
)
def test_one_fire_over_midnight_keeps_its_day(before, after, named):
    row = verdict([{"at": before}, {"at": after, "satellite": "S-NPP"}], context())
    assert row["event_id"] == named


# what is reported at once


@pytest.mark.parametrize(
    ("rows", "made", "expected"),
    [
        ([{}], context(), None),
        ([{"lat": LAT + k * 0.0035} for k in range(3)], context(), "pixels"),
        (
            [
                {},
                {"at": "2024-04-04T06:00", "satellite": "NOAA-21"},
                {"at": "2024-04-04T06:00", "satellite": "NOAA-21", "lat": LAT + 0.0035},
            ],
            context(),
            "growth",
        ),
        ([{"lat": LAT + 0.018}], context(), "settlement"),
        ([{}], context(zones=[FOREST[0] | {"forest_class": "自然保护区"}]), "reserve"),
        (
            [{"lon": 117.008}],  # 0.8 km from 117 E
            context(zones=[{"geometry": box(117.0, 29.3, 117.3, 29.5)}]),
            "border",
        ),
        ([{}], context(special_days=[{"kind": "festival", "name": "清明"}]), "festival"),
        ([{}], context(permits=[LOT], special_days=[{"kind": "festival"}]), None),
    ],
)
def test_what_is_reported_at_once(rows, made, expected):
    row = verdict(rows, made)
    stated = row["escalation"]
    assert (None if pd.isna(stated) else stated) == expected


def test_only_what_is_certain_is_silent():
    row = verdict([{}], context(permits=[LOT], danger=danger(1, 1)))
    assert needs_answer(row.to_frame().T).all()


# people's reports


CAMERA = {"instrument": "PERSON", "satellite": "camera", "scan_km": None, "track_km": None}


@pytest.mark.parametrize(
    ("start_m", "rows", "expected"),
    [
        (900, [{}, CAMERA], ("outside_forest", True)),  # both far from the forest
        (400, [{}, CAMERA], ("unresolved", False)),  # the report's 500 m reach it
        (900, [CAMERA], ("unresolved", False)),  # no satellite saw it
        (900, [{}, CAMERA, {"lon": LON + 1000 * M_EAST}], ("unresolved", False)),
    ],
)
def test_a_report_far_from_forest_is_to_be_confirmed(start_m, rows, expected):
    found = verdict(rows, context(zones=edge(start_m)))
    assert (found["verdict"], found["is_provisional"]) == expected
    assert shown(found)
    assert ("report.person", "met") in rules_of(found)


def test_a_report_on_works_or_on_a_lot_is_unresolved():
    far_off = verdict([{}, CAMERA], context(sources=[SOURCE], past=past(4.0, 30), zones=edge(900)))
    assert (far_off["verdict"], far_off["is_provisional"]) == ("heat_source", True)
    assert shown(far_off)
    at_works = context(sources=[SOURCE], past=past(4.0, 30))
    assert verdict([{}, CAMERA], at_works)["verdict"] == "unresolved"
    assert verdict([{}, CAMERA], context(permits=[LOT]))["verdict"] == "unresolved"


def test_what_was_reported_is_not_ranked_low():
    quiet = verdict([{"frp_mw": 60.0}], context(zones=edge(900)))
    stated = verdict([{"frp_mw": 60.0}, CAMERA], context(zones=edge(900)))
    assert quiet["is_provisional"]
    assert stated["is_provisional"]
    assert quiet["priority"] <= 30 < stated["priority"]


def test_an_answer_does_not_settle_a_later_report():
    settled = pd.Series({"JDZ-20240404-001": utc("2024-04-04T05:30")})
    later = CAMERA | {"at": "2024-04-04T06:00"}
    assert shown(verdict([{}, later], context(zones=edge(900)), settled=settled))


def test_the_usual_heat_of_works_is_no_growth_of_a_fire():
    at_works = context(sources=[SOURCE], past=past(4.0, 30))
    usual = [{"lat": LAT + k * 0.0015} for k in (-1, 0, 1)]  # three pixels, as ever
    later = {"at": "2024-04-04T06:40", "satellite": "NOAA-21"}
    row = verdict([*usual, later | {"frp_mw": 9.0}], at_works)  # one brighter than ever
    assert row["verdict"] == "unresolved"
    assert pd.isna(row["escalation"])
    wide = [later | {"lon": LON + k * 380 * M_EAST, "frp_mw": 9.0} for k in range(3)]
    assert verdict([*usual, *wide], at_works)["escalation"] == "pixels"
