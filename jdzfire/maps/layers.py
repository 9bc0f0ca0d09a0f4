"""Registers, hotspots and the base map as plain values for the page.

What belongs here: one function a layer, table in, JSON-ready rows out. Texts are passed on raw;
the page sets them as text, never as markup.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.board import labels, wording
from jdzfire.board.board import Board
from jdzfire.board.event_frame import join_events
from jdzfire.board.labels import Lang
from jdzfire.board.wording import minutes_before, records
from jdzfire.maps import shapes
from jdzfire.maps.packed import round_column
from jdzfire.schemas import REPORTERS_ZH

AREA_TOLERANCE_DEG = 0.0003
ROAD_TOLERANCE_DEG = 0.0002
"""Simplification for drawing, about 30 m and 20 m."""

_ACTIVE_PERMITS = ("approved", "executed")


def _texts(row: Mapping[str, Any], *names: str) -> dict[str, str | None]:
    return {name: wording.text_or_none(row[name]) for name in names}


def hotspot_columns(board: Board) -> dict[str, Any]:
    """Hotspots as columns, oldest first, so that the newest are drawn on top.

    ``x``, ``y`` are whole 1e-5 degrees; ``t`` minutes before the board's moment; ``s``, ``c`` and
    ``f`` index ``satellites``, ``confidences`` and ``feeds``; ``e`` is the place of its event
    in ``join_events`` (-1: none); ``note`` holds the remarks of ground reports by position.
    """
    table = board.hotspots.sort_values(["acquired_at", "hotspot_id"], ignore_index=True)
    satellites, s = _coded(table["satellite"])
    confidences, c = _coded(table["confidence"])
    feeds, f = _coded(table["feed"])
    member = pd.Index(board.members["hotspot_id"]).get_indexer(pd.Index(table["hotspot_id"]))
    events = pd.Index(join_events(board)["event_id"])
    of_member = events.get_indexer(pd.Index(board.members["event_id"]))
    own = np.where(member < 0, -1, np.append(of_member, -1)[member])
    points = table.geometry.representative_point() if len(table) else table.geometry
    at = np.rint(shapely.get_coordinates(points) * shapes.STEPS_PER_DEGREE).astype(np.int64)
    return {
        "satellites": satellites,
        "confidences": confidences,
        "feeds": feeds,
        "x": at[:, 0],
        "y": at[:, 1],
        "t": minutes_before(table["acquired_at"], board.now),
        "s": s,
        "c": c,
        "f": f,
        "e": own,
        "frp": round_column(table["frp_mw"]),
        "k": round_column(table["bright_mir_k"]),
        "pct": round_column(table["confidence_pct"]),
        "scan": round_column(table["scan_km"], 2),
        "track": round_column(table["track_km"], 2),
        "note": {str(i): str(v) for i, v in table["remark"].dropna().items()},
    }


def _coded(values: pd.Series) -> tuple[list[str], NDArray[np.int64]]:
    """Values in order, and the place of each row's among them (-1: missing)."""
    codes, names = pd.factorize(values, sort=True)
    return [str(name) for name in names], codes


def permit_rows(permits: gpd.GeoDataFrame, now: datetime) -> list[dict[str, Any]]:
    """Permits; a point becomes a circle of the lot's area (``radius_m``)."""
    ordered = permits.sort_values("permit_id")
    drawn = shapes.polygons_of(ordered.geometry)
    return [_permit(*pair, now) for pair in zip(records(ordered), drawn, strict=True)]


def _permit(row: dict[str, Any], polygons: list[Any], now: datetime) -> dict[str, Any]:
    area_ha = wording.number_or_none(row["area_ha"], digits=2)
    return {
        "id": str(row["permit_id"]),
        **_texts(row, "applicant", "purpose", "county", "township", "place", "contact", "phone"),
        "ha": area_ha,
        "mu": None if area_ha is None else wording.mu(area_ha),
        "from": wording.beijing(row["valid_from"], "%Y-%m-%d %H:%M"),
        "to": wording.beijing(row["valid_to"], "%Y-%m-%d %H:%M"),
        "status": str(row["status"]),
        "phase": _phase(row, now),
        "at": shapes.point(row["geometry"]),
        "shape": polygons,
        "radius_m": None if polygons else _circle_m(area_ha),
    }


def _phase(row: Mapping[str, Any], now: datetime) -> str:
    if row["status"] not in _ACTIVE_PERMITS:
        return "off"
    if now < row["valid_from"]:
        return "future"
    return "past" if now > row["valid_to"] else "now"


def _circle_m(area_ha: float | None) -> int:
    """Radius [m] of a circle of this area; 100 m when the area is unknown."""
    return 100 if area_ha is None else round(math.sqrt(area_ha * 10_000 / math.pi))


def zone_rows(zones: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Forest zones, simplified for drawing."""
    ordered = zones.sort_values("zone_id")
    drawn = shapes.polygons_of(shapes.simpler(ordered.geometry, tolerance_deg=AREA_TOLERANCE_DEG))
    return [
        {
            "id": str(row["zone_id"]),
            **_texts(row, "name", "forest_farm", "forest_class", "species", "township"),
            "at": shapes.point(row["geometry"]),
            "shape": shape,
        }
        for row, shape in zip(records(ordered), drawn, strict=True)
    ]


def source_rows(sources: gpd.GeoDataFrame, now: datetime, *, private: bool) -> list[dict[str, Any]]:
    """Fixed heat sources; those not valid at ``now`` are marked so."""
    ordered = sources.sort_values("source_id")
    drawn = shapes.polygons_of(ordered.geometry)
    rows = []
    for row, shape in zip(records(ordered), drawn, strict=True):
        begun = wording.missing(row["valid_from"]) or row["valid_from"] <= now
        ended = not wording.missing(row["valid_to"]) and row["valid_to"] < now
        rows.append(
            {
                "id": str(row["source_id"]),
                **_texts(row, "name", "kind", *(("evidence", "approved_by") if private else ())),
                "radius_m": round(float(row["radius_m"])),
                "valid": bool(begun and not ended),
                "at": shapes.point(row["geometry"]),
                "shape": shape,
            }
        )
    return rows


def team_rows(teams: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Fire teams with a place."""
    return [
        {
            "id": str(row["team_id"]),
            **_texts(row, "name", "county", "township", "leader", "phone"),
            **_texts(row, "duty_hours", "equipment"),
            "kind": str(row["kind"]),
            "people": wording.number_or_none(row["headcount"], digits=0),
            "vehicles": wording.number_or_none(row["vehicles"], digits=0),
            "available": bool(row["available"]),
            "at": shapes.point(row["geometry"]),
        }
        for row in records(teams.sort_values("team_id"))
        if shapes.point(row["geometry"]) is not None
    ]


def admin_rows(admin: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Administrative areas, simplified for drawing, large levels first."""
    levels = {"province": 0, "city": 1, "county": 2, "township": 3}
    ordered = admin.assign(_order=admin["level"].map(levels)).sort_values(["_order", "admin_id"])
    drawn = shapes.polygons_of(shapes.simpler(ordered.geometry, tolerance_deg=AREA_TOLERANCE_DEG))
    return [
        {
            "id": str(row["admin_id"]),
            "name": str(row["name"]),
            "level": str(row["level"]),
            "at": shapes.point(row["geometry"]),
            "shape": shape,
        }
        for row, shape in zip(records(ordered), drawn, strict=True)
    ]


def road_rows(roads: gpd.GeoDataFrame) -> dict[str, list[list[int]]]:
    """Lines of the roads by class."""
    found: dict[str, list[list[int]]] = {}
    ordered = roads.sort_values("road_id")
    drawn = shapes.simpler(ordered.geometry, tolerance_deg=ROAD_TOLERANCE_DEG)
    for road_class, shape in zip(ordered["road_class"], drawn, strict=True):
        found.setdefault(str(road_class), []).extend(shapes.lines(shape))
    return found


def place_rows(settlements: gpd.GeoDataFrame) -> list[list[Any]]:
    """Places ``[name, kind, lon, lat, township]``, the largest first, for labels and search."""
    rank = {"city": 0, "town": 1}
    order = settlements.assign(
        _rank=settlements["kind"].map(rank).fillna(2), _people=settlements["population"].fillna(0)
    ).sort_values(["_rank", "_people", "settlement_id"], ascending=[True, False, True])
    return [
        [str(row["name"]), str(row["kind"]), *at, wording.text_or_none(row["township"])]
        for row in records(order)
        if (at := shapes.point(row["geometry"])) is not None
    ]


def code_names(board: Board, lang: Lang) -> dict[str, dict[str, str]]:
    """What the codes in registers, events and hotspots are called."""
    of_events = {name for text in board.events["satellites"].unique() for name in text.split(",")}
    satellites = sorted({*board.hotspots["satellite"].dropna().unique(), *of_events})
    return {
        "verdict": {name: labels.verdict_name(name, lang) for name in labels.VERDICT_EN},
        "part": {name: labels.part_name(name, lang) for name in labels.PRIORITY_PARTS},
        "case": {name: labels.case_status(name, lang) for name in labels.CASE_STATUS_EN},
        "category": {name: labels.category(name, lang) for name in labels.CATEGORY_EN},
        "reporter": {name: labels.satellite_name(name, lang) for name in REPORTERS_ZH},
        "satellite": {name: labels.satellite_name(name, lang) for name in satellites},
        "permit": {name: labels.permit_status(name, lang) for name in labels.PERMIT_STATUS},
        "team": {name: labels.team_kind(name, lang) for name in labels.TEAM_KIND},
    }
