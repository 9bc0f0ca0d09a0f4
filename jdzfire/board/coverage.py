"""How the feeds do, and when each township was last observed: rows that pages and reports share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from jdzfire.board import labels, wording
from jdzfire.board.board import Board
from jdzfire.board.labels import Lang
from jdzfire.board.wording import minutes_since, records


def _feeds_in_order(board: Board) -> list[dict[str, Any]]:
    order = {"refused": 0, "failed": 1, "never": 2, "no_data": 3, "late": 4, "ok": 5}
    found = sorted(
        records(board.feeds), key=lambda r: (order.get(str(r["state"]), 0), str(r["feed"]))
    )
    return [r if r["state"] in order else r | {"state": "failed"} for r in found]


def feed_rows(board: Board, lang: Lang) -> list[dict[str, Any]]:
    """State of each feed, the worst first, then by name; a state not known counts as failed."""
    return [
        {
            "feed": str(row["feed"]),
            "title": _feed_title(row, lang),
            "state": str(row["state"]),
            "last_data": wording.beijing(row["last_data_at"]),
            "age_min": minutes_since(row["last_data_at"], board.now),
            "last_ok": wording.beijing(row["last_ok_at"]),
            "detail": wording.text_or_none(row["detail"]),
        }
        for row in _feeds_in_order(board)
    ]


def feed_titles(board: Board, lang: Lang) -> dict[str, str]:
    """What each feed is called that has a state or a hotspot."""
    names = [str(name) for name in board.hotspots["feed"].unique()]
    seen = {name: labels.feed_title(name, lang) for name in names}
    title = {str(row["feed"]): _feed_title(row, lang) for row in records(board.feeds)}
    return dict(sorted((seen | title).items()))


def _feed_title(row: dict[str, Any], lang: Lang) -> str:
    title = wording.text_or_none(row.get(f"title_{lang}"))
    return title or labels.feed_title(str(row["feed"]), lang)


_VIIRS = ("S-NPP", "NOAA-20", "NOAA-21")


def next_viirs_pass(board: Board) -> tuple[pd.Timestamp, bool] | None:
    """Next expected VIIRS pass over any township, and whether only about; None when unknown."""
    observations = board.observations
    if not {"satellite", "next_expected_at", "is_about"} <= set(observations.columns):
        return None
    coming = observations[
        observations["satellite"].isin(_VIIRS) & (observations["next_expected_at"] > board.now)
    ]
    if coming.empty:
        return None
    first = coming.sort_values(["next_expected_at", "satellite"]).iloc[0]
    return first["next_expected_at"], bool(first["is_about"])


def next_pass_text(board: Board, text: Mapping[str, str]) -> str:
    """The next expected VIIRS pass in words; empty when it is not known."""
    coming = next_viirs_pass(board)
    if coming is None:
        return ""
    at, is_about = coming
    about = text["next_about"] if is_about else text["next_at"]
    return text["next_pass"].format(about=about, at=wording.beijing(at))


def observation_rows(board: Board) -> list[dict[str, Any]]:
    """Newest observation of each township of any feed, the longest ago first, then by id."""
    names = dict(zip(board.admin["admin_id"], board.admin["name"], strict=True))
    newest: dict[str, dict[str, Any]] = {}
    observations = board.observations.sort_values(["last_looked_at", "feed"], na_position="first")
    for row in records(observations):
        newest[str(row["township_id"])] = row
    rows = [
        {
            "id": township_id,
            "name": wording.text_or_none(row.get("name")) or names.get(township_id, township_id),
            "feed": wording.text_or_none(row.get("satellite")) or str(row["feed"]),
            "at": wording.beijing(row["last_looked_at"]),
            "age_min": minutes_since(row["last_looked_at"], board.now),
        }
        for township_id, row in newest.items()
    ]
    return sorted(
        rows, key=lambda r: (-(math.inf if r["age_min"] is None else r["age_min"]), r["id"])
    )
