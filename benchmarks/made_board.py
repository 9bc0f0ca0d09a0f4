"""A board of any size with everything a card shows, made up the same each time."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from jdzfire.board.board import FEED_COLUMNS, Board
from jdzfire.events.growth import trace_growth
from jdzfire.reach import nearest_teams
from jdzfire.schemas import (
    ADMIN,
    CASES,
    EVENTS,
    HOTSPOTS,
    MEMBERS,
    TEAMS,
    VERDICTS,
    Reason,
    encode_reasons,
    validate,
)

NOW = pd.Timestamp("2024-04-04T08:00:00Z").as_unit("us")
PIXELS = 3
COUNTIES = ("浮梁县", "乐平市", "昌江区", "珠山区")
WEST, SOUTH, EAST, NORTH = 116.9, 28.7, 117.9, 30.0


def made_board(count: int) -> Board:
    """Events of three hotspots each over 30 days, half of them to be checked, with 30 teams."""
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(WEST, EAST, count), rng.uniform(SOUTH, NORTH, count)
    last = NOW - pd.to_timedelta(np.sort(rng.integers(5, 30 * 1440, count)), unit="min")
    ids = [f"JDZ-202404-{i:05d}" for i in range(count)]
    hotspots, owner = _hotspots(rng, lon, lat, last, ids)
    x, y = hotspots.geometry.x.to_numpy(), hotspots.geometry.y.to_numpy()
    squares = shapely.box(x - 0.002, y - 0.0018, x + 0.002, y + 0.0018)
    areas = np.array([shapely.union_all(three) for three in squares.reshape(count, PIXELS)])
    events = pd.DataFrame(
        {
            "event_id": ids,
            "first_seen_at": last - pd.Timedelta(minutes=100),
            "last_seen_at": last,
            "hotspot_count": PIXELS,
            "satellites": "NOAA-20,NOAA-21",
            "instruments": "VIIRS",
            "frp_max_mw": rng.gamma(1, 9, count).round(1),
            "frp_sum_mw": rng.gamma(1, 20, count).round(1),
            "footprint_ha": rng.uniform(15, 60, count).round(1),
            "lon": lon,
            "lat": lat,
            "state": "active",
            "merged_into": None,
        }
    )
    teams = _teams(rng)
    table = validate(gpd.GeoDataFrame(events, geometry=areas, crs="EPSG:4326"), EVENTS)
    return Board(
        now=NOW.to_pydatetime(),
        events=table,
        verdicts=_verdicts(rng, ids),
        hotspots=hotspots,
        members=validate(
            pd.DataFrame({"hotspot_id": hotspots["hotspot_id"], "event_id": owner}), MEMBERS
        ),
        cases=_cases(ids, last),
        teams=teams,
        nearest=nearest_teams(table, teams),
        growth=trace_growth(hotspots, owner),
        admin=_admin(),
        feeds=pd.DataFrame(
            [{"feed": "firms", "state": "ok", "last_ok_at": NOW, "last_data_at": NOW, "detail": ""}]
        ).astype(FEED_COLUMNS),
        danger={"danger_grade": 4, "wind_force": 3, "rh_pct": 38.0},
    )


def made_hotspots(count: int) -> gpd.GeoDataFrame:
    """A season of hotspots of no event."""
    rng = np.random.default_rng(8)
    seen = NOW - pd.to_timedelta(np.sort(rng.integers(0, 180 * 1440, count)), unit="min")
    return _dots(rng, rng.uniform(WEST, EAST, count), rng.uniform(SOUTH, NORTH, count), seen)


def _hotspots(
    rng: Any, lon: Any, lat: Any, last: pd.DatetimeIndex, ids: list[str]
) -> tuple[gpd.GeoDataFrame, pd.Series]:
    step = np.tile(np.arange(PIXELS), len(ids))
    back = pd.to_timedelta(50 * step, unit="min")
    x = np.repeat(lon, PIXELS) + 0.004 * step
    y = np.repeat(lat, PIXELS) + rng.uniform(-0.001, 0.001, len(step))
    table = _dots(rng, x, y, last.repeat(PIXELS) - back)
    return table, pd.Series(np.repeat(ids, PIXELS), dtype="str")


def _dots(rng: Any, x: Any, y: Any, seen: pd.DatetimeIndex) -> gpd.GeoDataFrame:
    count = len(x)
    table = pd.DataFrame(
        {
            "hotspot_id": [f"h{i:06d}" for i in range(count)],
            "feed": "firms",
            "satellite": rng.choice(["NOAA-20", "NOAA-21"], count),
            "instrument": "VIIRS",
            "product": "NRT",
            "version": "2.0NRT",
            "acquired_at": seen,
            "received_at": seen,
            "scan_km": rng.uniform(0.32, 0.8, count).round(2),
            "track_km": rng.uniform(0.36, 0.8, count).round(2),
            "location_error_m": np.nan,
            "frp_mw": rng.gamma(1, 8, count).round(1),
            "bright_mir_k": rng.uniform(300, 367, count).round(1),
            "bright_tir_k": 295.0,
            "confidence": rng.choice(["low", "nominal", "high"], count, p=[0.1, 0.8, 0.1]),
            "confidence_pct": np.nan,
            "is_day": True,
            "source_type": None,
            "detection_level": None,
            "quality_flag": None,
            "remark": None,
            "raw_sha256": "0" * 64,
            "raw_line": 2,
        }
    )
    places = gpd.points_from_xy(x, y)
    return validate(gpd.GeoDataFrame(table, geometry=places, crs="EPSG:4326"), HOTSPOTS)


def _verdicts(rng: Any, ids: list[str]) -> pd.DataFrame:
    kinds = ("unresolved", "permitted", "heat_source", "outside_forest", "permit_violation")
    rows = []
    for i, event_id in enumerate(ids):
        verdict = str(rng.choice(kinds, p=[0.45, 0.2, 0.1, 0.2, 0.05]))
        km, share = round(rng.uniform(0.6, 20), 1), round(rng.uniform(0.1, 1), 2)
        rows.append(
            {
                "event_id": event_id,
                "verdict": verdict,
                "explained_by": None,
                "reasons": _reasons(km, share),
                "priority": int(rng.integers(0, 100)),
                "priority_parts": json.dumps({"base": 20, "forest": 18, "danger": 12, "frp": 3}),
                "forest_share": share,
                "zone_id": None,
                "county": COUNTIES[i % 4],
                "township": f"第{i % 40}镇",
                "place": f"{COUNTIES[i % 4]}第{i % 40}镇第{i}村东北{km}公里",
                "is_provisional": False,
                "score": None,
                "escalation": "pixels" if i % 9 == 0 else None,
                "rules_version": "r1",
                "decided_at": NOW,
            }
        )
    return validate(pd.DataFrame(rows), VERDICTS)


def _reasons(km: float, share: float) -> str:
    def stated(rule: str, zh: str, en: str, outcome: str = "failed", **measured: float) -> Reason:
        return Reason(rule, outcome, zh, en, measured, dict.fromkeys(measured, 0.5))

    return encode_reasons(
        [
            stated(
                "heat.place",
                f"最近的固定热源在 {km} 公里外，不能说明。",
                f"The nearest heat source is {km} km away and explains nothing.",
                distance_m=1000 * km,
            ),
            stated("permit.place", "2 公里内没有有效报备。", "No valid permit within 2 km."),
            stated("ban.day", "当日没有禁火令。", "No fire ban that day.", "unknown"),
            stated(
                "forest.share",
                f"林地占比 {100 * share:.0f}%。",
                f"{100 * share:.0f}% of it is forest.",
                "met",
                forest_share=share,
            ),
        ]
    )


def _cases(ids: list[str], last: pd.DatetimeIndex) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "case_id": [name.replace("JDZ", "CASE") for name in ids],
            "event_id": ids,
            "status": "open",
            "category": None,
            "team_id": None,
            "affected_forest_ha": np.nan,
            "opened_at": last,
            "answer_due_at": last + pd.Timedelta(hours=1),
            "result_due_at": last + pd.Timedelta(hours=4),
            "dispatched_at": pd.NaT,
            "answered_at": pd.NaT,
            "closed_at": pd.NaT,
        }
    )
    return validate(table.iloc[::2].reset_index(drop=True), CASES)


def _teams(rng: Any) -> gpd.GeoDataFrame:
    rows = [
        {
            "team_id": f"T-{i:02d}",
            "name": f"第{i}半专业扑火队",
            "kind": "semi-professional",
            "headcount": 25,
            "vehicles": 3,
            "leader": f"队长{i}",
            "phone": f"1390798{1000 + i}",
            "available": True,
            "county": COUNTIES[i % 4],
            "township": f"第{i}镇",
            "geometry": shapely.Point(rng.uniform(WEST, EAST), rng.uniform(SOUTH, NORTH)),
        }
        for i in range(30)
    ]
    return validate(gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326"), TEAMS)


def _admin() -> gpd.GeoDataFrame:
    rows = [
        {
            "admin_id": "360200",
            "name": "景德镇市",
            "level": "city",
            "parent_id": None,
            "geometry": shapely.box(WEST, SOUTH, EAST, NORTH),
        }
    ]
    return validate(gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326"), ADMIN)
