"""Events, their members and their verdicts in the ledger. The caller holds the transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, cast

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from jdzfire.errors import NotFound, UsageError
from jdzfire.schemas import EVENT_LOG, EVENTS, MEMBERS, VERDICTS, validate
from jdzfire.store.ledger_inputs import check_time
from jdzfire.store.ledger_rows import clean_text, rows_by_id, select_table, table_rows, upsert
from jdzfire.store.ledger_schema import (
    VERDICT_HISTORY,
    event_log,
    events,
    members,
    verdict_history,
    verdicts,
)

__all__ = [
    "load_event_log",
    "load_events",
    "load_members",
    "load_verdict_history",
    "load_verdicts",
    "save_events",
    "save_verdicts",
    "tell_apart",
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
    connection: sa.Connection,
    table: gpd.GeoDataFrame,
    member_table: pd.DataFrame,
    log: pd.DataFrame | None = None,
) -> int:
    """Write the events and members that differ from those held, and return how many events.

    Entries of the log are added only with a change, so that the same join saved twice is told once.
    """
    given = validate(table, EVENTS)
    given_members = validate(member_table, MEMBERS)
    held = rows_by_id(connection, events.c.event_id, given["event_id"])
    changed = [row for row in table_rows(given) if row != held.get(row["event_id"])]
    upsert(connection, events, changed)
    _check_events(connection, given_members["event_id"], "members")
    known = rows_by_id(connection, members.c.hotspot_id, given_members["hotspot_id"])
    moved = [row for row in table_rows(given_members) if row != known.get(row["hotspot_id"])]
    upsert(connection, members, moved)
    if log is not None and len(log) and (changed or moved):
        rows = table_rows(validate(log.assign(seq=range(len(log))), EVENT_LOG))
        connection.execute(sa.insert(event_log), [_unnumbered(row) for row in rows])
    return len(changed)


def load_event_log(connection: sa.Connection, event_id: str | None = None) -> pd.DataFrame:
    """What happened to events, the oldest first; of one event also as the other one."""
    query = sa.select(event_log).order_by(event_log.c.seq)
    if event_id is not None:
        query = query.where(
            sa.or_(event_log.c.event_id == event_id, event_log.c.other_id == event_id)
        )
    return select_table(connection, query, EVENT_LOG)


def tell_apart(
    connection: sa.Connection,
    event_id: str,
    hotspot_ids: Collection[str],
    *,
    who: str,
    at: datetime,
    remark: str | None = None,
) -> None:
    """Write down that these hotspots are not the same fire as the others of the event."""
    check_time(at, "at")
    if not who.strip():
        raise UsageError("who is empty", expected="a name", found=repr(who))
    _check_events(connection, [clean_text(event_id)], "a statement")
    query = sa.select(members.c.hotspot_id).where(members.c.event_id == event_id)
    held = set(connection.scalars(query))
    these = set(hotspot_ids)
    unknown = sorted(these - held)
    if unknown or not these:
        raise NotFound(
            f"not hotspots of {event_id}",
            expected=f"some of its {len(held)} hotspots",
            found=", ".join(unknown[:5]) or "none",
            remedy="see jdzfire event show",
        )
    if these == held:
        raise UsageError(
            f"all {len(held)} hotspots of {event_id} were named",
            expected="some of them: those that are another fire",
            remedy="leave out those that are not",
        )
    row = {
        "event_id": event_id,
        "at": at,
        "action": "apart",
        "other_id": None,
        "hotspot_ids": json.dumps([sorted(these), sorted(held - these)]),
        "who": clean_text(who.strip()),
        "remark": None if remark is None else clean_text(remark),
    }
    connection.execute(sa.insert(event_log), [row])


def _unnumbered(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "seq"}


def load_verdicts(connection: sa.Connection) -> pd.DataFrame:
    """The verdict now standing for each event, by event."""
    return select_table(connection, sa.select(verdicts).order_by(verdicts.c.event_id), VERDICTS)


def save_verdicts(connection: sa.Connection, table: pd.DataFrame) -> int:
    """Write verdicts; those that say something new go into the history. Returns how many did."""
    given = validate(table, VERDICTS)
    _check_events(connection, given["event_id"], "verdicts")
    held = rows_by_id(connection, verdicts.c.event_id, given["event_id"])
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


def load_verdict_history(connection: sa.Connection, event_id: str | None = None) -> pd.DataFrame:
    """Each verdict an event had, or each of all events, the oldest first, the standing one last."""
    query = sa.select(verdict_history).order_by(verdict_history.c.seq)
    if event_id is not None:
        _check_events(connection, [clean_text(event_id)], "a history")
        query = query.where(verdict_history.c.event_id == event_id)
    return select_table(connection, query, VERDICT_HISTORY)


def _check_events(connection: sa.Connection, ids: Iterable[str], what: str) -> None:
    wanted = set(ids)
    unknown = sorted(wanted - set(rows_by_id(connection, events.c.event_id, wanted)))
    if unknown:
        raise NotFound(
            f"{what} of events the ledger does not hold",
            expected="events saved before",
            found=", ".join(unknown[:5]),
            remedy="save the events first; `jdzfire event list` shows those held",
        )
