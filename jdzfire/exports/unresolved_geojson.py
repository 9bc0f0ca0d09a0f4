"""Open events as GeoJSON, for other map programs."""

from __future__ import annotations

import json
from typing import Any

from jdzfire.board.board import Board
from jdzfire.board.geometries import bounds, geojson_geometry
from jdzfire.board.labels import Lang
from jdzfire.board.summary import EventSummary, data_time, summarise_events
from jdzfire.board.text import clean
from jdzfire.board.wording import iso_utc


def unresolved_geojson(board: Board, *, lang: Lang = "zh") -> str:
    """Footprints of the events somebody still has to answer for.

    Parameters
    ----------
    board : Board
    lang : {"zh", "en"}

    Returns
    -------
    str
        RFC 7946 FeatureCollection (WGS84, no ``crs``), most urgent first; outer rings against
        the clock, corners of 6 decimals; times ISO UTC with Z. The same board gives the same
        text.
    """
    shapes = dict(zip(board.events["event_id"], board.events.geometry, strict=True))
    summaries = [summary for summary in summarise_events(board, lang=lang) if summary.is_open]
    features = [
        {
            "type": "Feature",
            "id": summary.event_id,
            "geometry": geojson_geometry(shapes[summary.event_id]),
            "properties": _properties(summary),
        }
        for summary in summaries
    ]
    bbox = bounds([shapes[summary.event_id] for summary in summaries])
    document = {
        "type": "FeatureCollection",
        **({} if bbox is None else {"bbox": bbox}),
        "generated_at": iso_utc(board.now),
        "data_at": iso_utc(data_time(board)),
        "features": features,
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1)


def _properties(summary: EventSummary) -> dict[str, Any]:
    row = summary.row
    case = row["case"] or {}
    return {
        "event_id": summary.event_id,
        "verdict": summary.verdict,
        "verdict_name": row["verdict_name"],
        "priority": summary.priority,
        **{name: clean(row[name]) or None for name in ("place", "county", "township")},
        "first_seen_at": iso_utc(summary.first_seen_at),
        "last_seen_at": iso_utc(summary.last_seen_at),
        "satellites": [clean(name) for name in row["satellites"]],
        "hotspot_count": row["count"],
        "frp_max_mw": row["frp"],
        "lon": row["lon"],
        "lat": row["lat"],
        "reasons": [clean(reason["text"]) for reason in row["reasons"]],
        "case_status": case.get("status"),
        "nearest_team": clean(row["nearest"][0]["name"]) or None if row["nearest"] else None,
    }
