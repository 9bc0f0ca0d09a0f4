"""The one document a page is drawn from."""

from __future__ import annotations

import math
from typing import Any

from jdzfire.board import coverage, wording
from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import Lang
from jdzfire.board.words import words
from jdzfire.maps import layers
from jdzfire.maps.event_columns import event_columns
from jdzfire.maps.shells import Bounds

HOME_BOUNDS = (116.9, 28.7, 117.9, 30.0)
"""Jingdezhen, west, south, east, north [degree, WGS84]; shown when the board holds no place."""


def page_data(
    board: Board,
    *,
    edition: Edition,
    lang: Lang,
    relief: Bounds | None,
    has_tiles: bool,
    credit: str = "",
) -> dict[str, Any]:
    """What the page shows beside its ``renewed_part``, for ``packed.pack_document``.

    Parameters
    ----------
    board : Board
        Already the public edition when ``edition`` is ``public``.
    edition : {"internal", "public"}
    lang : {"zh", "en"}
        What the page speaks at first; it can speak both.
    relief : (west, south, east, north) [degree], optional
        Where the relief lies.
    has_tiles : bool
        Whether the page has a base map of tiles.
    credit : str
        Who made those tiles.

    Returns
    -------
    dict
        The same board gives the same document.
    """
    hotspots = layers.hotspot_columns(board)
    spoken: tuple[Lang, ...] = ("en", "zh")
    return {
        "lang": lang,
        "edition": edition,
        "texts": {one: _texts(board, one) for one in spoken},
        "city": board.city,
        "now": wording.iso_utc(board.now),
        "renewed_every_min": board.renewed_every_min,
        "rejected": int(board.rejected_count),
        "danger": _danger(board),
        "events": event_columns(board, hotspots["satellites"]),
        "hotspots": hotspots,
        "permits": layers.permit_rows(board.permits, board.now),
        "zones": layers.zone_rows(board.zones),
        "sources": layers.source_rows(board.heat_sources, board.now, private=edition == "internal"),
        "teams": layers.team_rows(board.teams),
        "admin": layers.admin_rows(board.admin),
        "roads": layers.road_rows(board.roads),
        "places": layers.place_rows(board.settlements),
        "bounds": _bounds(board, relief),
        "relief": None if relief is None else {"bounds": list(relief)},
        "tiles": has_tiles,
        "credit": credit,
    }


def _texts(board: Board, lang: Lang) -> dict[str, Any]:
    """Texts of the page in one language."""
    text = words(lang)
    return {
        "words": text,
        "title": text["title"].replace("{city}", board.city),
        "feeds": coverage.feed_titles(board, lang),
        "codes": layers.code_names(board, lang),
        "measures": wording.measure_names(lang),
    }


def _danger(board: Board) -> dict[str, Any] | None:
    if not board.danger:
        return None
    numbers = ("danger_grade", "fwi", "wind_force", "wind_ms", "rh_pct", "tmax_c")
    found = {k: wording.number_or_none(board.danger.get(k), digits=1) for k in numbers}
    return found if any(v is not None for v in found.values()) else None


def _bounds(board: Board, relief: Bounds | None) -> list[float]:
    """What the page opens on: the areas, else the relief, else the fires, else home."""
    areas = board.admin[board.admin["level"].isin(["city", "county"])]
    if len(areas):
        return [round(float(v), 5) for v in areas.total_bounds]
    if relief is not None:
        return list(relief)
    for table in (board.events, board.hotspots):
        bounds = [float(v) for v in table.total_bounds] if len(table) else []
        if bounds and all(math.isfinite(v) for v in bounds):
            return [round(v, 5) for v in bounds]
    return list(HOME_BOUNDS)
