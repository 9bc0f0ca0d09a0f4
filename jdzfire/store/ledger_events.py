"""Events, their members and their verdicts in the ledger. The caller holds the transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from jdzfire.errors import NotFound
from jdzfire.schemas import EVENTS, MEMBERS, VERDICTS, validate
from jdzfire.store.ledger_rows import clean_text, select_table, table_rows, upsert
from jdzfire.store.ledger_schema import (
    VERDICT_HISTORY,
    events,
    members,
    verdict_history,
    verdicts,
)

__all__ = [
    "load_events",
    "load_members",
    "load_verdict_history",
    "load_verdicts",
    "save_events",
    "save_verdicts",
]

_SAYS = ("verdict", "explained_by", "reasons")
"""What makes a verdict another verdict; priority and place may move without a new decision."""


def load_events(connection: sa.Connection) -> gpd.GeoDataFrame:
    """All events ever, merged ones included, by id."""
    query = sa.select(events).order_by(events.c.event_id)
    return cast("gpd.GeoDataFrame", select_table(connection, query, EVENTS))


def load_members(connection: sa.Connection) -> pd.DataFrame:
    """Which hotspot belongs to which event, by hotspot."""
    return select_table(connection, sa.select(members).order_by(members.c.hotspot_id), MEMBERS)


def save_events(
    connection: sa.Connection, table: gpd.GeoDataFrame, member_table: pd.DataFrame
) -> int:
    """Write the events and members that differ from those held, and return how many events."""
    given = validate(table, EVENTS)
    given_members = validate(member_table, MEMBERS)
    changed = _changed_events(connection, table_rows(given))
    upsert(connection, events, changed)
    _check_events(connection, given_members["event_id"], "members")
    held = load_members(connection).set_index("hotspot_id")["event_id"]
    moved = given_members["event_id"].to_numpy(dtype=object) != held.reindex(
        given_members["hotspot_id"]
    ).to_numpy(dtype=object)
    upsert(connection, members, table_rows(given_members[moved]))
    return len(changed)


def load_verdicts(connection: sa.Connection) -> pd.DataFrame:
    """The verdict now standing for each event, by event."""
    return select_table(connection, sa.select(verdicts).order_by(verdicts.c.event_id), VERDICTS)


def save_verdicts(connection: sa.Connection, table: pd.DataFrame) -> int:
    """Write verdicts; those that say something new go into the history. Returns how many did."""
    given = validate(table, VERDICTS)
    _check_events(connection, given["event_id"], "verdicts")
    held = {row.event_id: row._asdict() for row in connection.execute(sa.select(verdicts)).all()}
    new, rows = [], []
    for row in table_rows(given):
        before = held.get(row["event_id"])
        if before is None or any(before[name] != row[name] for name in _SAYS):
            new.append(row)
        else:
            row = {**row, "decided_at": before["decided_at"]}
        if row != before:
            rows.append(row)
    upsert(connection, verdicts, rows)
    if new:
        connection.execute(sa.insert(verdict_history), new)
    return len(new)


def load_verdict_history(connection: sa.Connection, event_id: str) -> pd.DataFrame:
    """Each verdict an event had, the oldest first, the standing one last."""
    _check_events(connection, [clean_text(event_id)], "a history")
    query = (
        sa.select(verdict_history)
        .where(verdict_history.c.event_id == event_id)
        .order_by(verdict_history.c.seq)
    )
    return select_table(connection, query, VERDICT_HISTORY)


def _changed_events(connection: sa.Connection, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    held = {row.event_id: row._asdict() for row in connection.execute(sa.select(events)).all()}
    return [row for row in rows if row != held.get(row["event_id"])]


def _check_events(connection: sa.Connection, ids: Iterable[str], what: str) -> None:
    known = set(connection.scalars(sa.select(events.c.event_id)))
    unknown = sorted(set(ids) - known)
    if unknown:
        raise NotFound(
            f"{what} of events the ledger does not hold",
            expected="events saved before",
            found=", ".join(unknown[:5]),
            remedy="save the events first; `jdzfire event list` shows those held",
        )
