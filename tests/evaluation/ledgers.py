from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point, box

from jdzfire.cases.steps import FINDINGS
from jdzfire.schemas import CASE_LOG, CASES, EVENTS, TEAMS, VERDICTS, empty_table, validate
from tests.tables import utc

EVENT: dict[str, Any] = {
    "hotspot_count": 1,
    "satellites": "NOAA-20",
    "instruments": "VIIRS",
    "frp_max_mw": 5.0,
    "frp_sum_mw": 5.0,
    "footprint_ha": 16.0,
    "lon": 117.2,
    "lat": 29.3,
    "state": "ended",
    "merged_into": None,
    "geometry": box(117.2, 29.3, 117.21, 29.31),
}
VERDICT: dict[str, Any] = {
    "verdict": "unresolved",
    "explained_by": None,
    "reasons": "[]",
    "priority": 50,
    "priority_parts": "{}",
    "forest_share": 1.0,
    "zone_id": None,
    "county": "浮梁县",
    "township": None,
    "place": None,
    "is_provisional": False,
    "score": None,
    "escalation": None,
    "rules_version": "test",
    "decided_at": utc("2024-04-04T06:00"),
}
CASE: dict[str, Any] = {
    "version": 1,
    "status": "open",
    "category": None,
    "team_id": None,
    **dict.fromkeys(FINDINGS),
    "held_by": None,
    "dispatched_at": None,
    "arrived_at": None,
    "answered_at": None,
    "closed_at": None,
}
TEAM: dict[str, Any] = {
    "name": "测试队",
    "kind": "semi-professional",
    "county": None,
    "township": None,
    "headcount": 30,
    "vehicles": 2,
    "leader": "王五",
    "phone": "13900000000",
    "available": True,
    "geometry": Point(117.2, 29.3),
}


def event_table(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """EVENTS from rows of event_id and first_seen_at."""
    if not rows:
        return empty_table(EVENTS)
    full = [EVENT | {"last_seen_at": row["first_seen_at"]} | row for row in rows]
    return validate(gpd.GeoDataFrame(full, geometry="geometry", crs="EPSG:4326"), EVENTS)


def verdict_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """VERDICTS from rows of event_id and whatever differs."""
    if not rows:
        return empty_table(VERDICTS)
    return validate(pd.DataFrame([VERDICT | row for row in rows]), VERDICTS)


def case_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """CASES from rows of event_id, opened_at and whatever differs; due after 60 and 120 min."""
    if not rows:
        return empty_table(CASES)
    full = [
        CASE
        | {
            "case_id": f"CASE-{row['event_id']}",
            "answer_due_at": row["opened_at"] + pd.Timedelta(minutes=60),
            "result_due_at": row["opened_at"] + pd.Timedelta(minutes=120),
        }
        | row
        for row in rows
    ]
    return validate(pd.DataFrame(full), CASES)


def log_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """CASE_LOG from rows of case_id, action and at."""
    if not rows:
        return empty_table(CASE_LOG)
    base = {"who": "值班员", "before": "{}", "after": "{}", "remark": None, "chain": "-"}
    return validate(pd.DataFrame([{"seq": i} | base | row for i, row in enumerate(rows)]), CASE_LOG)


def team_table(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """TEAMS from rows of team_id and whatever differs."""
    if not rows:
        return empty_table(TEAMS)
    table = gpd.GeoDataFrame([TEAM | row for row in rows], geometry="geometry", crs="EPSG:4326")
    return validate(table, TEAMS)
