"""Events as the page gets them: columns of numbers and names that hold in any language.

The page's script makes sentences of them, joins them with hotspots, zones and observations, and
shows the reasons as triage wrote them.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.board.board import Board
from jdzfire.board.event_frame import first_teams, growth_of, join_events
from jdzfire.board.wording import minutes_before
from jdzfire.crs import from_wgs84
from jdzfire.maps import shapes
from jdzfire.maps.packed import JsonTexts, pool_column, round_column

_NAMES = (
    "verdict", "group", "county", "township", "place", "explained_by", "satellites", "zone_id",
    "escalation", "case_status", "case_category", "case_team_id",
)  # fmt: skip
_NOT_JSON = ("NaN", "Infinity")

_ROUTE_TOLERANCE_DEG = 5e-5
"""Ways are drawn to about 5 m [degree]."""

MOST_PASSES = 8
"""Newest passes of an event that the card shows [K]: two satellites' passes of two days."""


def event_columns(board: Board, satellites: list[str]) -> dict[str, Any]:
    """What is known of each event, in the order of ``join_events``.

    Parameters
    ----------
    board : Board
    satellites : list of str
        Names that passes point into.

    Returns
    -------
    dict
        ``n``, the count; ``columns``, see ``columns``: id, names and codes, ``first`` and
        ``last`` [minutes before the board's moment], ``x``, ``y`` [1e-5 degree, WGS84] and what
        GCJ-02 (``gx``, ``gy``) and BD-09 (``bx``, ``by``) add to them, ``ha``, ``frp`` [MW],
        ``answer`` and ``result`` [minutes until due], ``grade`` of fire danger on its ground
        and day; ``nearest`` teams, their ``routes``, ``passes`` and ``shape``, each with ``n`` an
        event; ``parts`` of the priority and ``reasons``, as triage wrote them.
    """
    table = join_events(board)
    ids = table["event_id"]
    x, y = (np.rint(table[k].to_numpy() * shapes.STEPS_PER_DEGREE) for k in ("lon", "lat"))
    shifts = {}
    for letter, datum in (("g", "gcj02"), ("b", "bd09")):
        lon, lat = from_wgs84(table["lon"].to_numpy(), table["lat"].to_numpy(), datum)
        shifts[f"{letter}x"] = _ints(np.rint(lon * shapes.STEPS_PER_DEGREE) - x)
        shifts[f"{letter}y"] = _ints(np.rint(lat * shapes.STEPS_PER_DEGREE) - y)
    columns = {
        "id": ids.tolist(),
        **{name: pool_column(table[name]) for name in _NAMES},
        "provisional": pool_column(table["is_provisional"].astype("object")),
        "level": table["level"].to_numpy(),
        "priority": table["priority"].to_numpy(),
        "first": minutes_before(table["first_seen_at"], board.now),
        "last": minutes_before(table["last_seen_at"], board.now),
        "count": table["hotspot_count"].to_numpy(),
        "frp": round_column(table["frp_max_mw"]),
        "forest_pct": round_column(100 * table["forest_share"].astype("float64"), 0),
        "ha": round_column(table["footprint_ha"]),
        "affected_ha": round_column(table["case_affected_forest_ha"], 2),
        "answer": _minutes_until(table["case_answer_due_at"], board),
        "result": _minutes_until(table["case_result_due_at"], board),
        "grade": _grades(board, ids),
        "x": _ints(x),
        "y": _ints(y),
        **shifts,
    }
    return {
        "n": len(table),
        "columns": columns,
        "nearest": _nearest(board, ids),
        "routes": _routes(board, ids),
        "nearby": _nearby(board, ids),
        "outlooks": _outlooks(board, ids),
        "send": _to_send(board, table),
        "passes": _pass_columns(board, ids, satellites),
        "shape": shapes.flat_polygons(table["geometry"]),
        "parts": [json.loads(text) for text in _as_json(table["priority_parts"], "{}")],
        "reasons": JsonTexts(_as_json(table["reasons"], "[]")),
    }


def _as_json(column: pd.Series, empty: str) -> list[str]:
    """The JSON triage wrote, with null for what Python writes and no browser reads."""
    texts: list[str] = column.fillna(empty).tolist()
    together = ",".join(texts)
    if not any(word in together for word in _NOT_JSON):
        return texts
    values = (json.loads(text, parse_constant=lambda _: None) for text in texts)
    return [json.dumps(value, ensure_ascii=False) for value in values]


def _whole_or_null(values: pd.Series) -> list[int | None]:
    return [None if np.isnan(value) else round(value) for value in values.tolist()]


_PARTS_OF_MINUTES = {
    "quick": "quick_min",
    "late": "late_min",
    "out": "turn_out_min",
    "drive": "drive_min",
    "walk": "walk_min",
}


def _nearest(board: Board, ids: pd.Series) -> dict[str, Any]:
    """First teams of each event in their rank: which, how far [km], where to, how soon [min].

    By road and on foot the minutes have a range and their parts; else they are estimated.
    """
    event = pd.Index(ids).get_indexer(pd.Index(board.nearest["event_id"]))
    order = np.lexsort((board.nearest["rank"].to_numpy(), event))
    order = order[event[order] >= 0]
    table = board.nearest.iloc[order]
    metres = table["distance_m"].to_numpy(dtype=np.float64)
    km = metres / 1000.0
    estimated = pd.Series(board.travel.minutes_at(metres), table.index)
    return {
        "n": np.bincount(event[order], minlength=len(ids)),
        "team": pool_column(table["team_id"]),
        "km": np.where(km < 100, km.round(1), km.round()).tolist(),
        "deg": _ints(np.rint(table["bearing_deg"].to_numpy(dtype=np.float64)) % 360),
        "min": _ints(np.rint(table["minutes"].fillna(estimated).to_numpy(dtype=np.float64))),
        **{name: _whole_or_null(table[column]) for name, column in _PARTS_OF_MINUTES.items()},
        "method": pool_column(table["method"]),
        "busy": pool_column(table["busy_with"]),
        "leave": _leave_points(table),
    }


def _leave_points(nearest: pd.DataFrame) -> list[list[float] | None]:
    """Where each crew leaves the vehicle: lon, lat in WGS84, in GCJ-02, in BD-09 [degree]."""
    lon, lat = (nearest[f"leave_{name}"].to_numpy(dtype=np.float64) for name in ("lon", "lat"))
    known = ~np.isnan(lon)
    pairs = [(lon, lat)]
    for datum in ("gcj02", "bd09"):
        shifted = np.full((2, len(lon)), np.nan)
        shifted[:, known] = from_wgs84(lon[known], lat[known], datum)
        pairs.append((shifted[0], shifted[1]))
    flat = np.column_stack([axis for pair in pairs for axis in pair]).round(5).tolist()
    return [row if there else None for row, there in zip(flat, known.tolist(), strict=True)]


def _by_event(table: Any, ids: pd.Series) -> tuple[Any, NDArray[np.int64]]:
    """Rows in the order of the events, and how many each event has; others are left out."""
    event = pd.Index(ids).get_indexer(pd.Index(table["event_id"]))
    order = np.argsort(event, kind="stable")
    order = order[event[order] >= 0]
    return table.iloc[order], np.bincount(event[order], minlength=len(ids))


def _nearby(board: Board, ids: pd.Series) -> dict[str, Any]:
    """Water, landing points and officers near each event."""
    table, count = _by_event(board.nearby, ids)
    return {
        "n": count,
        "kind": pool_column(table["kind"]),
        "name": table["name"].tolist(),
        "phone": pool_column(table["phone"]),
        "km": (table["distance_m"] / 1000).round(1).tolist(),
        "deg": _ints(np.rint(table["bearing_deg"].to_numpy(dtype=np.float64)) % 360),
    }


def _outlooks(board: Board, ids: pd.Series) -> dict[str, Any]:
    """How far each event may be when the first team arrives, and later [ha]."""
    table, count = _by_event(board.outlooks, ids)
    return {
        "n": count,
        "later": _whole_or_null(table["later_min"]),
        "ha": _whole_or_null(table["area_ha"]),
        "low": _whole_or_null(table["low_ha"]),
        "high": _whole_or_null(table["high_ha"]),
        "wind": table["is_wind_known"].tolist(),
        "shapes": shapes.polygons_of(table.geometry),
    }


def _to_send(board: Board, events: pd.DataFrame) -> list[list[Any]]:
    """How many teams go first to each event, and why."""
    return [[count, *reasons] for count, reasons in first_teams(board, events)]


def _routes(board: Board, ids: pd.Series) -> dict[str, Any]:
    """Ways of the first teams of each event: whose, by road or on foot, how long, how steep."""
    table, count = _by_event(board.routes, ids)
    drawn = shapes.simpler(table.geometry, tolerance_deg=_ROUTE_TOLERANCE_DEG)
    return {
        "n": count,
        "team": pool_column(table["team_id"]),
        "part": pool_column(table["part"]),
        "m": _whole_or_null(table["length_m"]),
        "climb": _whole_or_null(table["climb_m"]),
        "steep": _whole_or_null(table["steepest_deg"]),
        "lines": [shapes.lines(shape) for shape in drawn],
    }


def _pass_columns(board: Board, event_ids: pd.Series, satellites: list[str]) -> dict[str, Any]:
    """Newest passes of each event, in the order of the events, the oldest of each first.

    Parameters
    ----------
    board : Board
    event_ids : Series of str, n
    satellites : list of str
        Names that ``s`` points into.

    Returns
    -------
    dict
        ``n``, how many passes each event has; of each pass ``t`` [minutes before the board's
        moment], ``s`` (place of its satellite; -1: another), ``count`` of hotspots, ``frp`` sum
        [MW], ``area`` [ha] and ``fresh`` new ground [ha].
    """
    growth = growth_of(board)
    event = pd.Index(event_ids).get_indexer(pd.Index(growth["event_id"]))
    place = pd.Index(satellites).get_indexer(pd.Index(growth["satellite"]))
    order = np.lexsort((place, growth["acquired_at"].astype("int64").to_numpy(), event))
    order = order[event[order] >= 0]
    later = np.cumsum(np.bincount(event[order]))[event[order]] - np.arange(1, len(order) + 1)
    order = order[later < MOST_PASSES]
    table = growth.iloc[order]
    return {
        "n": np.bincount(event[order], minlength=len(event_ids)),
        "t": minutes_before(table["acquired_at"], board.now),
        "s": place[order],
        "count": table["hotspot_count"].to_numpy(),
        "frp": round_column(table["frp_sum_mw"]),
        "area": round_column(table["area_ha"]),
        "fresh": round_column(table["new_ha"]),
    }


def _grades(board: Board, ids: pd.Series) -> Any:
    return pool_column(ids.map(board.danger_of_events).astype("Int64"))


def _minutes_until(due: pd.Series, board: Board) -> Any:
    return round_column((due - pd.Timestamp(board.now)).dt.total_seconds() / 60, 0)


def _ints(values: Any) -> NDArray[np.int64]:
    return np.asarray(values).astype(np.int64)
