"""Small tables written by hand, for the tests of every package."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point

from jdzfire.hotspots.identity import hotspot_id
from jdzfire.schemas import HOTSPOTS, REGISTERS, empty_table, validate

HOTSPOT_DEFAULTS: dict[str, Any] = {
    "feed": "firms",
    "satellite": "NOAA-20",
    "instrument": "VIIRS",
    "product": "NRT",
    "version": "2.0NRT",
    "scan_km": 0.4,
    "track_km": 0.4,
    "location_error_m": None,
    "frp_mw": 5.0,
    "bright_mir_k": 335.0,
    "bright_tir_k": 295.0,
    "confidence": "nominal",
    "confidence_pct": None,
    "is_day": None,
    "source_type": None,
    "detection_level": None,
    "quality_flag": None,
    "remark": None,
    "raw_sha256": "0" * 64,
    "raw_line": 2,
}


def utc(text: str) -> pd.Timestamp:
    """A time in UTC, microseconds."""
    return pd.Timestamp(text, tz="UTC").as_unit("us")


def hotspot_table(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """HOTSPOTS from rows of lon, lat, at and whatever differs from the defaults."""
    if not rows:
        return empty_table(HOTSPOTS)
    full = []
    for row in rows:
        own = {k: v for k, v in row.items() if k not in ("lon", "lat", "at")}
        at = utc(row["at"]) if isinstance(row["at"], str) else row["at"]
        full.append(
            HOTSPOT_DEFAULTS
            | {"acquired_at": at, "received_at": at, "geometry": Point(row["lon"], row["lat"])}
            | own
        )
    table = gpd.GeoDataFrame(full, geometry="geometry", crs="EPSG:4326")
    if "hotspot_id" not in table:
        lon, lat = table.geometry.x.to_numpy(), table.geometry.y.to_numpy()
        table["hotspot_id"] = hotspot_id(table["satellite"], table["acquired_at"], lon, lat)
    return validate(table, HOTSPOTS)


REGISTER_DEFAULTS: dict[str, dict[str, Any]] = {
    "permits": {
        "permit_id": "P1",
        "applicant": "测试林场",
        "purpose": "炼山造林",
        "county": None,
        "township": None,
        "place": None,
        "area_ha": 10.0,
        "valid_from": utc("2024-04-04T00:00"),
        "valid_to": utc("2024-04-04T10:00"),
        "status": "approved",
        "revoked_at": None,
        "contact": "张三",
        "phone": "13800000000",
        "source_datum": "wgs84",
        "location_error_m": 50.0,
    },
    "zones": {
        "zone_id": "Z1",
        "name": None,
        "county": None,
        "township": None,
        "forest_farm": None,
        "forest_class": None,
        "species": None,
        "edge_buffer_m": 100.0,
    },
    "heat-sources": {
        "source_id": "S1",
        "name": "测试水泥厂",
        "kind": "cement",
        "radius_m": 100.0,
        "valid_from": utc("2020-01-01"),
        "valid_to": None,
        "approved_by": "李四",
        "evidence": None,
    },
    "admin": {"admin_id": "360222", "name": "浮梁县", "level": "county", "parent_id": "360200"},
    "settlements": {
        "settlement_id": "V1",
        "name": "高岭村",
        "kind": "village",
        "county": None,
        "township": None,
        "population": None,
    },
}


REGISTER_DEFAULTS["special-days"] = {
    "day_id": "D1",
    "name": "禁火令",
    "kind": "fire_ban",
    "begins_at": utc("2024-04-03T16:00"),
    "ends_at": utc("2024-04-04T16:00"),
    "county": None,
    "remark": None,
}


def register_table(kind: str, rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    """A register from rows of geometry and whatever differs from the defaults."""
    if not rows:
        return empty_table(REGISTERS[kind])
    full = [REGISTER_DEFAULTS[kind] | row for row in rows]
    if "geometry" not in full[0]:
        return validate(pd.DataFrame(full), REGISTERS[kind])
    table = gpd.GeoDataFrame(full, geometry="geometry", crs="EPSG:4326")
    return validate(table, REGISTERS[kind])
