"""Events joined with their verdicts and cases, in the order of the duty list.

What belongs here: which event is to be worked on, how urgent it is drawn, and who comes first.
Nothing is formatted; ``summaries`` makes texts of it, ``event_columns`` numbers for the page.
"""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.board import labels
from jdzfire.board.board import Board, once_per_object
from jdzfire.events.growth import trace_growth
from jdzfire.reach.dispatch import teams_to_send
from jdzfire.schemas import ENDED_STATUSES
from jdzfire.triage.duty import needs_duty

GROUPS = ("open", "explained", "closed")
"""``open``: to be worked on; ``closed``: its case is closed; ``explained``: all others."""


@once_per_object
def join_events(board: Board) -> pd.DataFrame:
    """Every event that was not merged, one row each.

    Open events come first, by priority from high to low, then the last seen first, then by id;
    explained and closed ones follow in the same order. What is open is decided by
    ``triage.needs_duty``; an event without a verdict is unresolved: in doubt it stays on the map.

    Parameters
    ----------
    board : Board

    Returns
    -------
    DataFrame
        Columns of EVENTS and VERDICTS, those of CASES with ``case_`` before them, ``group`` (of
        :data:`GROUPS`) and ``level`` (1 to 3). Made once a board.
    """
    events = pd.DataFrame(board.events[board.events["state"] != "merged"]).reset_index(drop=True)
    settled = ~needs_duty(board.verdicts, board.cases).to_numpy()
    verdicts = board.verdicts.drop(columns="event_id").assign(_settled=settled)
    cases = board.cases.drop(columns="event_id").add_prefix("case_")
    table = pd.concat(
        [
            events,
            _rows_of(verdicts, board.verdicts["event_id"], events["event_id"]),
            _rows_of(cases, board.cases["event_id"], events["event_id"]),
        ],
        axis=1,
    )
    priority = table["priority"].fillna(0).astype("int64")
    is_settled = table["_settled"].fillna(value=False).to_numpy(dtype=bool)
    is_closed = table["case_status"].isin(ENDED_STATUSES).to_numpy()
    group = np.where(~is_settled, 0, np.where(is_closed, 2, 1))
    table = table.drop(columns="_settled").assign(
        verdict=table["verdict"].fillna("unresolved"),
        is_provisional=table["is_provisional"].fillna(value=False).astype(bool),
        priority=priority,
        group=np.array(GROUPS, dtype=object)[group],
        level=_levels(priority),
    )
    by_id = table["event_id"].rank(method="first").to_numpy()
    last = table["last_seen_at"].astype("int64").to_numpy()
    order = np.lexsort((by_id, -last, -priority.to_numpy(), group))
    return table.iloc[order].reset_index(drop=True)


def _rows_of(table: pd.DataFrame, owners: pd.Series, wanted: pd.Series) -> pd.DataFrame:
    """The row of each event, nulls where it has none."""
    place = pd.Index(owners).get_indexer(pd.Index(wanted))
    if (place >= 0).all():
        found: pd.DataFrame = table.iloc[place].reset_index(drop=True)
        return found
    return table.reset_index(drop=True).reindex(place).reset_index(drop=True)


def _levels(priority: pd.Series) -> list[int]:
    of_points = {points: labels.priority_level(points) for points in priority.unique().tolist()}
    return [of_points[points] for points in priority.tolist()]


def growth_of(board: Board) -> pd.DataFrame:
    """``Board.growth``; where it is missing, the passes of events that need the duty room.

    Tracing costs about 0.4 ms a pass [C].
    """
    if board.growth is not None:
        return board.growth
    settled = board.verdicts.loc[~needs_duty(board.verdicts, board.cases), "event_id"]
    owners = board.members["event_id"]
    return trace_events(board.hotspots, board.members, owners[~owners.isin(settled)])


def first_teams(board: Board, events: pd.DataFrame) -> list[tuple[int, tuple[str, ...]]]:
    """How many teams go first to each event, and why; see ``reach.dispatch.teams_to_send``.

    Parameters
    ----------
    board : Board
    events : DataFrame
        As of ``join_events``.
    """
    growth = growth_of(board)
    most = growth.groupby("event_id")["hotspot_count"].max()
    pixels = events["event_id"].map(most).fillna(events["hotspot_count"].clip(upper=1))
    parts = events["priority_parts"].fillna("{}").map(json.loads)
    named = events["escalation"].fillna("").tolist()
    grows = [
        "growth" in str(causes).split(",") or part.get("growth", 0) > 0
        for causes, part in zip(named, parts, strict=True)
    ]
    return [
        teams_to_send(int(count), is_growing=is_growing, grade=board.danger_of_events.get(event_id))
        for event_id, count, is_growing in zip(events["event_id"], pixels, grows, strict=True)
    ]


def trace_events(
    hotspots: gpd.GeoDataFrame, members: pd.DataFrame, event_ids: pd.Series
) -> pd.DataFrame:
    """What each pass saw of these events [GROWTH]."""
    owner = hotspots["hotspot_id"].map(members.set_index("hotspot_id")["event_id"])
    mine = owner.isin(event_ids)
    return trace_growth(hotspots[mine].reset_index(drop=True), owner[mine].astype("str"))
