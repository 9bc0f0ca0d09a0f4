"""Events joined with their verdicts and cases, in the order people read them.

What belongs here: which event is to be worked on, how urgent it is drawn, and who comes first.
Nothing is formatted; ``facts`` makes texts of it, ``event_columns`` numbers for the page.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from jdzfire.publish import labels
from jdzfire.publish.board import Board
from jdzfire.triage import needs_duty

__all__ = ["GROUPS", "join_events"]

GROUPS = ("open", "explained", "closed")
"""``open``: to be worked on; ``closed``: its case is closed; ``explained``: all others."""


def join_events(board: Board) -> pd.DataFrame:
    """Every event that was not merged, one row each.

    Open events come first, by priority from high to low, then the last seen first, then by id;
    explained and closed ones follow in the same order. What is open is told by
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
    return board.remember("join_events", lambda: _joined(board))


def _joined(board: Board) -> pd.DataFrame:
    events = pd.DataFrame(board.events[board.events["state"] != "merged"])
    cases = board.cases.add_prefix("case_").rename(columns={"case_event_id": "event_id"})
    table = events.merge(board.verdicts, on="event_id", how="left")
    table = table.merge(cases, on="event_id", how="left")
    priority = table["priority"].fillna(0).astype("int64")
    settled = board.verdicts.loc[~needs_duty(board.verdicts, board.cases), "event_id"]
    is_open = ~table["event_id"].isin(settled)
    is_closed = (table["case_status"] == "closed").fillna(False)
    group = np.where(is_open, 0, np.where(is_closed, 2, 1))
    table = table.assign(
        verdict=table["verdict"].fillna("unresolved"),
        is_provisional=(table["is_provisional"] == True).fillna(False),  # noqa: E712
        priority=priority,
        group=np.array(GROUPS, dtype=object)[group],
        level=_levels(priority),
        _group=group,
        _urgent=-priority,
        _seen=-table["last_seen_at"].astype("int64"),
    )
    order = ["_group", "_urgent", "_seen", "event_id"]
    ordered = table.sort_values(order, kind="stable", ignore_index=True)
    return ordered.drop(columns=order[:3])


def _levels(priority: pd.Series) -> list[int]:
    of_points = {points: labels.priority_level(points) for points in priority.unique().tolist()}
    return [of_points[points] for points in priority.tolist()]
