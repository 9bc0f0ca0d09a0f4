"""Events as the page gets them: columns of what holds in any language, and of what is said."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from jdzfire.publish import shapes
from jdzfire.publish.columns import pack_rows
from jdzfire.publish.facts import EventFacts
from jdzfire.publish.rows import minutes_since

__all__ = ["event_columns", "event_texts"]

_AS_THEY_ARE = (
    "id", "verdict", "group", "level", "priority", "provisional", "growing", "causes", "county",
    "township", "place", "zone", "forest_pct", "frp", "count", "confidence", "explained_by",
    "shape", "looked",
)  # fmt: skip


def event_columns(
    facts: list[EventFacts], passes: dict[str, list[list[Any]]], now: datetime
) -> dict[str, Any]:
    """What holds in any language, one row an event, packed.

    Beside the keys of ``EventFacts.row``: ``first`` and ``last`` [minutes before ``now``],
    ``x``, ``y`` [1e-5 degree, WGS84], ``shifts`` (what GCJ-02 and BD-09 add to them), ``ha``,
    ``passes``, ``nearest`` (``[team_id, km, bearing, minutes]``, and the
    method when it is not a straight line) and ``case``
    (``[status, team, affected_ha, answer due, result due]``, minutes after ``now``).
    """
    return pack_rows([_row(f, now) | {"passes": passes.get(f.event_id, [])} for f in facts])


def _row(fact: EventFacts, now: datetime) -> dict[str, Any]:
    row = fact.row
    x, y = _whole(row["lon"]), _whole(row["lat"])
    case = row["case"]
    return {key: row[key] for key in _AS_THEY_ARE} | {
        "first": minutes_since(fact.first_seen_at, now),
        "last": minutes_since(fact.last_seen_at, now),
        "x": x,
        "y": y,
        "shifts": [
            _whole(row["gcj"][0]) - x,
            _whole(row["gcj"][1]) - y,
            _whole(row["bd"][0]) - x,
            _whole(row["bd"][1]) - y,
        ],
        "ha": float(row["ha"]),
        "nearest": [
            [t["id"], t["km"], t["deg"], t["min"], *_method(t["method"])] for t in row["nearest"]
        ],
        "case": case
        and [
            case["status"],
            case["team"],
            case["affected_ha"],
            case["answer_in_min"],
            case["result_in_min"],
        ],
    }


def _method(method: str) -> list[str]:
    return [] if method == "straight_line" else [method]


def _whole(degree: float) -> int:
    return round(degree * shapes.STEPS_PER_DEGREE)


def event_texts(facts: list[EventFacts]) -> dict[str, Any]:
    """What is said of each event in one language, packed; ``reasons`` are places in ``pool``."""
    pool: list[list[Any]] = []
    places: dict[tuple[Any, ...], int] = {}
    rows = []
    for fact in facts:
        row = fact.row
        case = row["case"] or {}
        mine = []
        for reason in row["reasons"]:
            told = [reason[k] for k in ("outcome", "text", "measured", "threshold")]
            name = (told[0], told[1], *told[2], "|", *told[3])
            place = places.setdefault(name, len(pool))
            if place == len(pool):
                pool.append(told)
            mine.append(place)
        rows.append(
            {
                "verdict_name": row["verdict_name"],
                "satellites": row["satellites"],
                "parts": row["parts"],
                "case_label": case.get("label"),
                "case_category": case.get("category"),
                "reasons": mine,
            }
        )
    return {"rows": pack_rows(rows), "reasons": pool}
