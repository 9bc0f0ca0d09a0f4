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
from jdzfire.schemas import (
    ENDED_STATUSES,
    EVENT_LOG,
    EVENTS,
    MEMBERS,
    VERDICTS,
    storable_text,
    validate,
)
from jdzfire.store import ledger_schema as sql
from jdzfire.store.ledger_base import LedgerBase
from jdzfire.store.ledger_inputs import check_time
from jdzfire.store.ledger_rows import (
    rows_by_id,
    select_some,
    select_table,
    table_rows,
    upsert,
)
from jdzfire.store.ledger_schema import VERDICT_HISTORY

_DECISION = ("verdict", "explained_by", "reasons")
"""What makes a verdict another verdict; priority and place may move without a new decision."""


class EventTables(LedgerBase):
    """The methods of a ledger on events, their members and verdicts."""

    def load_events(
        self,
        event_ids: Collection[str] | None = None,
        *,
        since: datetime | None = None,
        states: Collection[str] | None = None,
    ) -> gpd.GeoDataFrame:
        """Events [EVENTS, EPSG:4326], merged ones included, by id.

        Parameters
        ----------
        event_ids : collection of str, optional
            Only these; default: all that ever were.
        since : datetime, optional
            Only those last seen then or later.
        states : collection of str, optional
            Only those in one of these states.
        """
        query = sa.select(sql.events)
        if since is not None:
            query = query.where(sql.events.c.last_seen_at >= since)
        if states is not None:
            query = query.where(sql.events.c.state.in_(sorted(states)))
        with self._reading() as connection:
            key = sql.events.c.event_id
            found = select_some(connection, query, EVENTS, key, event_ids, ["event_id"])
            return cast("gpd.GeoDataFrame", found)

    def count_events(self) -> int:
        """How many events there are, merged ones excluded."""
        with self._reading() as connection:
            query = sa.select(sa.func.count()).where(sql.events.c.merged_into.is_(None))
            return int(connection.scalar(query) or 0)

    def load_members(
        self,
        hotspot_ids: Collection[str] | None = None,
        *,
        event_ids: Collection[str] | None = None,
    ) -> pd.DataFrame:
        """Which hotspot belongs to which event [MEMBERS], by hotspot; all, or those of some."""
        by_event = hotspot_ids is None
        key = sql.members.c.event_id if by_event else sql.members.c.hotspot_id
        wanted = event_ids if by_event else hotspot_ids
        with self._reading() as connection:
            query = sa.select(sql.members)
            return select_some(connection, query, MEMBERS, key, wanted, ["hotspot_id"])

    def save_events(
        self, events: gpd.GeoDataFrame, members: pd.DataFrame, *, log: pd.DataFrame | None = None
    ) -> int:
        """Write events and members, by id, and what happened to them.

        Events and members that are not in the tables are left alone: an id once given stays.

        Parameters
        ----------
        events : GeoDataFrame [EVENTS, EPSG:4326], n rows, may be empty
        members : DataFrame [MEMBERS], m rows, may be empty
        log : DataFrame [EVENT_LOG] without ``seq``, optional
            Added when anything changed.

        Returns
        -------
        int
            Events added or changed.

        Raises
        ------
        ContractError, CrsError
            A table breaks its contract.
        NotFound
            A member names an event that is neither held nor given.
        """
        with self._writing() as connection:
            given = validate(events, EVENTS)
            given_members = validate(members, MEMBERS)
            held = rows_by_id(connection, sql.events.c.event_id, given["event_id"])
            changed = [row for row in table_rows(given) if row != held.get(row["event_id"])]
            upsert(connection, sql.events, changed)
            _check_events(connection, given_members["event_id"], "members")
            known = rows_by_id(connection, sql.members.c.hotspot_id, given_members["hotspot_id"])
            moved = [
                row for row in table_rows(given_members) if row != known.get(row["hotspot_id"])
            ]
            upsert(connection, sql.members, moved)
            if log is not None and len(log) and (changed or moved):
                rows = table_rows(validate(log.assign(seq=range(len(log))), EVENT_LOG))
                connection.execute(sa.insert(sql.event_log), [_unnumbered(row) for row in rows])
            return len(changed)

    def load_event_log(self, event_id: str | None = None) -> pd.DataFrame:
        """Merges, splits, late and moved hotspots, and statements [EVENT_LOG], in order."""
        with self._reading() as connection:
            query = sa.select(sql.event_log).order_by(sql.event_log.c.seq)
            if event_id is not None:
                query = query.where(
                    sa.or_(
                        sql.event_log.c.event_id == event_id, sql.event_log.c.other_id == event_id
                    )
                )
            return select_table(connection, query, EVENT_LOG)

    def split_event(
        self,
        event_id: str,
        hotspot_ids: Collection[str],
        *,
        who: str,
        at: datetime,
        remark: str | None = None,
    ) -> None:
        """Write down that these hotspots are not the same fire as the others of the event.

        It holds for ever: the next judging puts the event together anew, and no later hotspot
        joins the two again.

        Raises
        ------
        NotFound
            No such event, or a hotspot that is none of its.
        UsageError
            All its hotspots were named, ``at`` has no zone, or ``who`` is empty.
        """
        with self._writing() as connection:
            check_time(at, "at")
            if not who.strip():
                raise UsageError("who is empty", expected="a name", found=repr(who))
            _check_events(connection, [storable_text(event_id)], "a statement")
            query = sa.select(sql.members.c.hotspot_id).where(sql.members.c.event_id == event_id)
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
                "who": storable_text(who.strip()),
                "remark": None if remark is None else storable_text(remark),
            }
            connection.execute(sa.insert(sql.event_log), [row])

    def load_verdicts(self, event_ids: Collection[str] | None = None) -> pd.DataFrame:
        """The verdict in force for each event, or for some [VERDICTS], by event."""
        with self._reading() as connection:
            query, key = sa.select(sql.verdicts), sql.verdicts.c.event_id
            return select_some(connection, query, VERDICTS, key, event_ids, ["event_id"])

    def load_asking_verdicts(self, asking: Collection[str]) -> pd.DataFrame:
        """Verdicts [VERDICTS] that the duty room may still have to answer.

        Those that are one of these or provisional, unless their case has ended, and those whose
        case has not ended, whatever they are.
        """
        mine, cases = sql.verdicts.c, sql.cases.c
        waiting = sa.select(cases.event_id).where(cases.status.not_in(ENDED_STATUSES))
        closed = sa.select(cases.event_id).where(cases.status.in_(ENDED_STATUSES))
        asks = mine.verdict.in_(sorted(asking)) | mine.is_provisional
        query = sa.select(sql.verdicts).where(
            (asks & mine.event_id.not_in(closed)) | mine.event_id.in_(waiting)
        )
        with self._reading() as connection:
            return select_table(connection, query.order_by(mine.event_id), VERDICTS)

    def save_verdicts(self, verdicts: pd.DataFrame) -> int:
        """Write verdicts, by event.

        A verdict that has the same content as the current one (verdict, explained_by, reasons)
        keeps its ``decided_at``; priority, place and rules version are brought up to date. One that
        differs takes its place and is added to the history.

        Parameters
        ----------
        verdicts : DataFrame [VERDICTS], n rows, may be empty

        Returns
        -------
        int
            Verdicts that differ.

        Raises
        ------
        ContractError
            The table breaks its contract.
        NotFound
            A verdict is of an event the ledger does not hold.
        """
        with self._writing() as connection:
            given = validate(verdicts, VERDICTS)
            _check_events(connection, given["event_id"], "verdicts")
            held = rows_by_id(connection, sql.verdicts.c.event_id, given["event_id"])
            new, rows = [], []
            for row in table_rows(given):
                before = held.get(row["event_id"])
                if before is None or any(before[name] != row[name] for name in _DECISION):
                    new.append(row)
                else:
                    row = {**row, "decided_at": before["decided_at"]}
                if row != before:
                    rows.append(row)
            upsert(connection, sql.verdicts, rows)
            if new:
                connection.execute(sa.insert(sql.verdict_history), new)
            return len(new)

    def load_verdict_history(
        self, event_id: str | None = None, *, event_ids: Collection[str] | None = None
    ) -> pd.DataFrame:
        """Verdicts of one, some or all events [VERDICT_HISTORY: seq + VERDICTS], oldest first."""
        with self._reading() as connection:
            if event_id is not None:
                _check_events(connection, [storable_text(event_id)], "a history")
                event_ids = [event_id]
            query, key = sa.select(sql.verdict_history), sql.verdict_history.c.event_id
            return select_some(connection, query, VERDICT_HISTORY, key, event_ids, ["seq"])


def _unnumbered(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "seq"}


def _check_events(connection: sa.Connection, ids: Iterable[str], what: str) -> None:
    wanted = set(ids)
    unknown = sorted(wanted - set(rows_by_id(connection, sql.events.c.event_id, wanted)))
    if unknown:
        raise NotFound(
            f"{what} of events the ledger does not hold",
            expected="events saved before",
            found=", ".join(unknown[:5]),
            remedy="save the events first; `jdzfire event list` shows those held",
        )
