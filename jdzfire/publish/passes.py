"""What each pass saw of each event, for the card: the growth table as short rows."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jdzfire.events import trace_growth
from jdzfire.publish.board import Board
from jdzfire.publish.rows import minutes_before, rounded
from jdzfire.triage import needs_duty

__all__ = ["list_passes"]

MOST_PASSES = 8
"""Newest passes of an event that the card shows [K]: two satellites' passes of two days."""


def list_passes(board: Board) -> dict[str, list[list[Any]]]:
    """Newest passes of each event, the oldest first.

    Without ``Board.growth`` the passes are traced here, of events somebody still has to answer
    for: about 0.4 ms a pass [C].

    Returns
    -------
    dict of event_id to list
        ``[minutes before the board's moment, place of the satellite among those of the
        hotspots, hotspots, FRP sum [MW], area [ha],
        new ground [ha]]`` of each pass.
    """
    growth = _traced(board) if board.growth is None else board.growth
    table = growth.sort_values(["event_id", "acquired_at", "satellite"])
    satellites = sorted(board.hotspots["satellite"].dropna().unique())
    code = {str(name): place for place, name in enumerate(satellites)}
    columns = (
        minutes_before(table["acquired_at"], board.now),
        [code.get(name, str(name)) for name in table["satellite"].tolist()],
        table["hotspot_count"].tolist(),
        *(rounded(table[name]) for name in ("frp_sum_mw", "area_ha", "new_ha")),
    )
    found: dict[str, list[list[Any]]] = {}
    for event_id, row in zip(table["event_id"].tolist(), zip(*columns, strict=True), strict=True):
        found.setdefault(str(event_id), []).append(list(row))
    return {event_id: rows[-MOST_PASSES:] for event_id, rows in found.items()}


def _traced(board: Board) -> pd.DataFrame:
    settled = board.verdicts.loc[~needs_duty(board.verdicts, board.cases), "event_id"]
    members = board.members[~board.members["event_id"].isin(settled)]
    owner = board.hotspots["hotspot_id"].map(members.set_index("hotspot_id")["event_id"])
    mine = owner.notna()
    return trace_growth(board.hotspots[mine].reset_index(drop=True), owner[mine].astype("str"))
