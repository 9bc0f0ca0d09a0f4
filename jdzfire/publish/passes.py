"""What each pass saw of each event, for the card: the growth table as columns."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.events import trace_growth
from jdzfire.publish.board import Board
from jdzfire.publish.packed import round_column
from jdzfire.publish.rows import minutes_before
from jdzfire.triage import needs_duty

__all__ = ["pass_columns", "trace_events"]

MOST_PASSES = 8
"""Newest passes of an event that the card shows [K]: two satellites' passes of two days."""


def pass_columns(board: Board, event_ids: pd.Series, satellites: list[str]) -> dict[str, Any]:
    """Newest passes of each event, in the order of the events, the oldest of each first.

    Without ``Board.growth`` the passes are traced here, of events somebody still has to answer
    for: about 0.4 ms a pass [C].

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
    growth = board.remember("traced", lambda: _traced(board), is_open=True)
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


def trace_events(
    hotspots: gpd.GeoDataFrame, members: pd.DataFrame, event_ids: pd.Series
) -> pd.DataFrame:
    """What each pass saw of these events [GROWTH]."""
    owner = hotspots["hotspot_id"].map(members.set_index("hotspot_id")["event_id"])
    mine = owner.isin(event_ids)
    return trace_growth(hotspots[mine].reset_index(drop=True), owner[mine].astype("str"))


def _traced(board: Board) -> pd.DataFrame:
    if board.growth is not None:
        return board.growth
    settled = board.verdicts.loc[~needs_duty(board.verdicts, board.cases), "event_id"]
    owners = board.members["event_id"]
    return trace_events(board.hotspots, board.members, owners[~owners.isin(settled)])
