"""The public edition of a board: what anybody may read, named column by column.

A column that is not named here is blank in the public edition, so a new one is private until
somebody decides (ADR 14). Three things need more than a blank: numbers of offices become numbers of
the edition, places of ground reports become coarse (``public_reports``), and sentences lose names,
numbers and distances (``public_words``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from jdzfire.board.board import Board, PublicBoard
from jdzfire.board.public_reports import coarse_reports, reported_events
from jdzfire.board.public_words import without_words

PUBLIC_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "events": (
        *("event_id", "first_seen_at", "last_seen_at", "hotspot_count", "satellites"),
        *("instruments", "frp_max_mw", "frp_sum_mw", "footprint_ha", "lon", "lat", "state"),
        *("merged_into", "geometry"),
    ),
    "verdicts": (
        *("event_id", "verdict", "explained_by", "reasons", "priority", "priority_parts"),
        *("forest_share", "zone_id", "county", "township", "place", "is_provisional"),
        *("escalation", "rules_version", "decided_at"),
    ),
    "hotspots": (
        *("hotspot_id", "feed", "satellite", "instrument", "product", "version", "acquired_at"),
        *("received_at", "scan_km", "track_km", "location_error_m", "frp_mw", "bright_mir_k"),
        *("bright_tir_k", "confidence", "confidence_pct", "is_day", "source_type"),
        *("detection_level", "quality_flag", "raw_sha256", "raw_line", "geometry"),
    ),
    "members": ("hotspot_id", "event_id"),
    "verdict_history": ("seq", "event_id", "verdict", "is_provisional", "decided_at"),
    "cases": (
        *("case_id", "event_id", "status", "category", "team_id", "affected_forest_ha"),
        *("opened_at", "answer_due_at", "result_due_at", "dispatched_at", "answered_at"),
        "closed_at",
    ),
    "permits": (
        *("permit_id", "purpose", "county", "township", "area_ha", "valid_from", "valid_to"),
        *("status", "revoked_at", "source_datum", "location_error_m"),
    ),
    "zones": (
        *("zone_id", "county", "township", "forest_class", "species", "edge_buffer_m"),
        "geometry",
    ),
    "heat_sources": (
        *("source_id", "name", "kind", "radius_m", "valid_from", "valid_to", "geometry"),
    ),
    "teams": (
        *("team_id", "name", "kind", "county", "township", "headcount", "vehicles"),
        *("available", "geometry"),
    ),
    "nearest": (
        *("event_id", "rank", "team_id", "distance_m", "bearing_deg", "method", "minutes"),
        *("turn_out_min", "drive_min", "walk_min", "quick_min", "late_min"),
    ),
    "admin": ("admin_id", "name", "level", "parent_id", "geometry"),
    "roads": ("road_id", "name", "road_class", "geometry"),
    "settlements": (
        *("settlement_id", "name", "kind", "county", "township", "population", "geometry"),
    ),
    "feeds": (
        *("feed", "state", "last_ok_at", "last_data_at", "late_after_h", "title_zh", "title_en"),
    ),
    "observations": (
        *("township_id", "name", "feed", "satellite", "last_looked_at", "next_expected_at"),
        "is_about",
    ),
    "growth": (
        *("event_id", "satellite", "instrument", "acquired_at", "hotspot_count", "frp_sum_mw"),
        *("area_ha", "total_ha", "new_ha", "front_m", "front_deg"),
    ),
    "special_days": ("day_id", "name", "kind", "begins_at", "ends_at", "county"),
}
"""Columns of each table that anybody may read; ids of permits, zones, heat sources and teams as
numbers of the edition, places of reports as coarse ones. Why: ADR 14."""

PUBLIC_VALUES = frozenset(
    {
        *("now", "dem", "rejected_count", "city", "travel", "renewed_every_min", "danger"),
        *("danger_of_events", "season"),
    }
)
"""What a board holds beside tables that anybody may read: counts and the weather."""

_NUMBERED = {
    "permits": ("permit_id", "P"),
    "zones": ("zone_id", "Z"),
    "heat_sources": ("source_id", "S"),
    "teams": ("team_id", "T"),
}
"""Tables whose ids are offices' own numbers, and the letter of the edition's."""

_REFERENCES = {
    ("verdicts", "zone_id"): ("zones",),
    ("verdicts", "explained_by"): ("permits", "heat_sources"),
    ("cases", "team_id"): ("teams",),
    ("nearest", "team_id"): ("teams",),
}
"""Columns that point into those tables; the first that knows an id counts."""


def public_edition(board: Board) -> PublicBoard:
    """The board as anybody may see it.

    Parameters
    ----------
    board : Board

    Returns
    -------
    Board
        The same rows in the same tables; a board that is public already comes back as it is.
        Columns that are not in :data:`PUBLIC_COLUMNS` are null, shapes among them empty, other
        values that are not in :data:`PUBLIC_VALUES` are None. Ground reports lie at the middle of
        their township, or of a 1 km cell where none is known; an event known only from ground
        reports lies there too, another shows the satellites' footprints alone, and what was
        measured from its place is left out.
    """
    if isinstance(board, PublicBoard):
        return board
    numbers = _numbers(board)
    coarse = coarse_reports(board)
    changes: dict[str, Any] = {}
    for name in (one.name for one in fields(PublicBoard)):
        value = getattr(coarse, name)
        if isinstance(value, pd.DataFrame):
            changes[name] = _only(_numbered(name, value, numbers), PUBLIC_COLUMNS.get(name, ()))
        else:
            changes[name] = value if name in PUBLIC_VALUES else None
    changes["verdicts"] = changes["verdicts"].assign(
        reasons=without_words(
            coarse.verdicts,
            board,
            numbers=_all_numbers(numbers),
            reported=reported_events(board),
        )
    )
    return PublicBoard(**changes)


def _only(table: Any, columns: tuple[str, ...]) -> Any:
    """The table with all other columns blank."""
    main = table.geometry.name if isinstance(table, gpd.GeoDataFrame) else None
    blank = {
        str(name): _blank(table[name])
        for name in table.columns
        if name not in columns and name != main
    }
    shown = table.assign(**blank)
    if main is not None and main not in columns:
        nowhere = gpd.GeoSeries([shapely.Point()] * len(table), table.index, crs=table.crs)
        shown = shown.set_geometry(nowhere)
    return shown


def _blank(values: pd.Series) -> pd.Series:
    """Nulls of the same dtype; where that has none, nulls of a like one."""
    if values.dtype == bool:
        return pd.Series(pd.NA, values.index, dtype="boolean")
    if pd.api.types.is_integer_dtype(values.dtype):
        return pd.Series(pd.NA, values.index, dtype="Int64")
    if pd.api.types.is_string_dtype(values.dtype):
        return pd.Series(pd.NA, values.index, dtype="str")
    return pd.Series([None] * len(values), values.index, dtype=values.dtype)


def _numbers(board: Board) -> dict[str, dict[str, str]]:
    """Table -> office's id -> number of the edition, by the order of the ids."""
    found: dict[str, dict[str, str]] = {}
    for table, (column, letter) in _NUMBERED.items():
        ids = sorted(str(one) for one in getattr(board, table)[column].dropna().unique())
        found[table] = {one: f"{letter}{number}" for number, one in enumerate(ids, start=1)}
    return found


def _all_numbers(numbers: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Those of all tables; a permit's where two offices use the same, as sentences name permits."""
    found: dict[str, str] = {}
    for table in ("permits", "heat_sources", "zones", "teams"):
        found = {**numbers[table], **found}
    return found


def _numbered(name: str, table: pd.DataFrame, numbers: Mapping[str, Mapping[str, str]]) -> Any:
    """The table with the edition's numbers; an id no register has any more becomes null."""
    changed = {}
    for column in table.columns:
        is_own = _NUMBERED.get(name, ("", ""))[0] == column
        known = (name,) if is_own else _REFERENCES.get((name, str(column)), ())
        if known:
            of_column = {k: v for one in reversed(known) for k, v in numbers[one].items()}
            changed[str(column)] = pd.Series(
                [None if pd.isna(one) else of_column.get(str(one)) for one in table[column]],
                table.index,
                dtype="str",
            )
    return table.assign(**changed)
