"""The ledger: events, verdicts, cases, inputs and feeds in one SQL database.

SQLite in the working folder by default (WAL, so that readers never wait for the writer);
PostgreSQL by URL. Each method below is one transaction: all of it or nothing, also when the
process is killed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from jdzfire.store import ledger_cases, ledger_events, ledger_inputs
from jdzfire.store.home import Home
from jdzfire.store.ledger_engine import faults_told
from jdzfire.store.ledger_file import break_seal, seal_ledger

__all__ = ["Ledger"]


class Ledger:
    """The ledger of a home. Make one with ``open_ledger``; a ``with`` block closes it."""

    def __init__(self, engine: sa.Engine, home: Home | None = None) -> None:
        self._engine = engine
        self._home = home  # of the SQLite file that is sealed; None of another database
        self._has_written = False
        self._joined: sa.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connections; the ledger opens new ones when it is used again."""
        if self._has_written and self._home is not None:
            seal_ledger(self._engine, self._home)
            self._has_written = False
        self._engine.dispose()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Let all that the block reads and writes be one transaction: all of it or nothing.

        Not for several threads at once on one ledger: each opens its own.
        """
        with self._writing() as connection:
            self._joined = connection
            try:
                yield
            finally:
                self._joined = None

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        if self._joined is not None:
            yield self._joined
            return
        with faults_told(self._engine), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        if self._joined is not None:
            yield self._joined
            return
        with faults_told(self._engine), self._engine.connect() as connection:
            writer = connection.execution_options(jdzfire_writes=True)
            with writer.begin():
                if self._home is not None:
                    break_seal(self._home)
                    self._has_written = True
                yield writer

    # events and verdicts

    def load_events(self) -> gpd.GeoDataFrame:
        """All events ever [EVENTS, EPSG:4326], merged ones included, by id."""
        with self._reading() as connection:
            return ledger_events.load_events(connection)

    def load_members(self) -> pd.DataFrame:
        """Which hotspot belongs to which event [MEMBERS], by hotspot."""
        with self._reading() as connection:
            return ledger_events.load_members(connection)

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
            return ledger_events.save_events(connection, events, members, log)

    def load_event_log(self, event_id: str | None = None) -> pd.DataFrame:
        """Merges, splits, late and moved hotspots, and what people said [EVENT_LOG], in order."""
        with self._reading() as connection:
            return ledger_events.load_event_log(connection, event_id)

    def tell_apart(
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
            ledger_events.tell_apart(
                connection, event_id, hotspot_ids, who=who, at=at, remark=remark
            )

    def load_verdicts(self) -> pd.DataFrame:
        """The verdict now standing for each event [VERDICTS], by event."""
        with self._reading() as connection:
            return ledger_events.load_verdicts(connection)

    def save_verdicts(self, verdicts: pd.DataFrame) -> int:
        """Write verdicts, by event.

        A verdict that says the same as the standing one (verdict, explained_by, reasons) keeps its
        ``decided_at``; priority, place and rules version are brought up to date. One that says
        something else takes its place and is added to the history.

        Parameters
        ----------
        verdicts : DataFrame [VERDICTS], n rows, may be empty

        Returns
        -------
        int
            Verdicts that say something new.

        Raises
        ------
        ContractError
            The table breaks its contract.
        NotFound
            A verdict is of an event the ledger does not hold.
        """
        with self._writing() as connection:
            return ledger_events.save_verdicts(connection, verdicts)

    def load_verdict_history(self, event_id: str | None = None) -> pd.DataFrame:
        """Each verdict an event had, or all had [VERDICT_HISTORY: seq + VERDICTS], oldest first."""
        with self._reading() as connection:
            return ledger_events.load_verdict_history(connection, event_id)

    # cases

    def load_cases(self) -> pd.DataFrame:
        """All cases [CASES], by id."""
        with self._reading() as connection:
            return ledger_cases.load_cases(connection)

    def load_case_log(self, case_id: str | None = None) -> pd.DataFrame:
        """The log [CASE_LOG] of one case, or of all, the oldest first."""
        with self._reading() as connection:
            return ledger_cases.load_case_log(connection, case_id)

    def open_cases(self, cases: pd.DataFrame) -> int:
        """Open cases for events that have none.

        An event that has a case, open or closed, keeps it as it is: one event, one case.

        Parameters
        ----------
        cases : DataFrame [CASES], n rows, may be empty

        Returns
        -------
        int
            Cases opened.

        Raises
        ------
        ContractError
            The table breaks its contract, or a case id is taken by another event.
        NotFound
            A case is of an event the ledger does not hold.
        """
        with self._writing() as connection:
            return ledger_cases.open_cases(connection, cases)

    def dispatch_case(
        self, case_id: str, team_id: str, *, who: str, at: datetime, remark: str | None = None
    ) -> dict[str, Any]:
        """Send a team to an open or answered case and return the case's row.

        Raises
        ------
        NotFound
            No such case.
        UsageError
            The case is in no state for it, ``at`` has no zone, or ``who`` is empty.
        """
        with self._writing() as connection:
            return ledger_cases.dispatch_case(
                connection, case_id, team_id, who=who, at=at, remark=remark
            )

    def answer_case(
        self,
        case_id: str,
        category: str,
        *,
        who: str,
        at: datetime,
        affected_forest_ha: float | None = None,
        remark: str | None = None,
    ) -> dict[str, Any]:
        """Write the field's answer into an open or dispatched case and return its row.

        Parameters
        ----------
        case_id : str
        category : str
            One of ``schemas.CATEGORY_ZH``.
        who : str
            Stands in the log, internal only.
        at : datetime, aware
        affected_forest_ha : float [ha], optional
            受害森林面积.
        remark : str, optional
            Free text; kept as written, to be escaped where it is shown.

        Raises
        ------
        NotFound
            No such case.
        UsageError
            No such category or area, or the case is in no state for it.
        """
        with self._writing() as connection:
            return ledger_cases.answer_case(
                connection,
                case_id,
                category,
                who=who,
                at=at,
                affected_forest_ha=affected_forest_ha,
                remark=remark,
            )

    def close_case(
        self, case_id: str, *, who: str, at: datetime, remark: str | None = None
    ) -> dict[str, Any]:
        """Close an answered case and return its row. Raises as :meth:`dispatch_case`."""
        with self._writing() as connection:
            return ledger_cases.close_case(connection, case_id, who=who, at=at, remark=remark)

    def merge_case(self, case_id: str, *, into: str, at: datetime) -> dict[str, Any]:
        """Close the case of an event that event ``into`` took over, and return its row."""
        with self._writing() as connection:
            return ledger_cases.merge_case(connection, case_id, into=into, at=at)

    def reopen_case(
        self,
        case_id: str,
        *,
        who: str,
        at: datetime,
        remark: str | None = None,
        answer_due_at: datetime | None = None,
        result_due_at: datetime | None = None,
    ) -> dict[str, Any]:
        """Open a closed case again and return its row.

        Team, answer and area are taken back (the log keeps them); deadlines stay unless given.
        Raises as :meth:`dispatch_case`.
        """
        with self._writing() as connection:
            return ledger_cases.reopen_case(
                connection,
                case_id,
                who=who,
                at=at,
                remark=remark,
                answer_due_at=answer_due_at,
                result_due_at=result_due_at,
            )

    def note_case(self, case_id: str, *, who: str, at: datetime, remark: str) -> dict[str, Any]:
        """Write a remark into the log of a case in any state and return the case's row."""
        with self._writing() as connection:
            return ledger_cases.note_case(connection, case_id, who=who, at=at, remark=remark)

    # inputs and feeds

    def record_input(
        self,
        sha256: str,
        kind: str,
        source_name: str,
        received_at: datetime,
        rows: int,
        rejected: int,
        state: str,
        detail: str = "",
        *,
        batch: int = 0,
        options: str = "",
    ) -> None:
        """Note that a raw file was read as ``kind``; read again, the first receipt stays.

        ``batch`` numbers the inputs that came together, ``options`` is JSON text of what else
        reading it needs and what it covers.
        """
        with self._writing() as connection:
            ledger_inputs.record_input(
                connection,
                sha256,
                kind,
                source_name,
                received_at,
                rows,
                rejected,
                state,
                detail,
                batch=batch,
                options=options,
            )

    def load_inputs(self) -> pd.DataFrame:
        """All inputs [INPUTS], in the order of receipt."""
        with self._reading() as connection:
            return ledger_inputs.load_inputs(connection)

    def record_feed(
        self,
        feed: str,
        at: datetime,
        state: str,
        last_data_at: datetime | None,
        detail: str = "",
    ) -> None:
        """Note how a feed does at ``at``: one of FEED_STATES."""
        with self._writing() as connection:
            ledger_inputs.record_feed(connection, feed, at, state, last_data_at, detail)

    def load_feeds(self) -> pd.DataFrame:
        """Feeds ever tried [FEED_RUNS: feed, state, last_ok_at, last_data_at, detail], by name."""
        with self._reading() as connection:
            return ledger_inputs.load_feeds(connection)

    def record_fetch(
        self,
        source: str,
        slot: str,
        *,
        feed: str,
        state: str,
        asked_at: datetime,
        covered_to: datetime | None = None,
        retry_at: datetime | None = None,
        detail: str = "",
    ) -> None:
        """Note how asking a source for a UTC day went [FETCHES].

        A fault never takes back what a good answer said: ``ok_at`` and ``covered_to`` only
        move on.
        """
        with self._writing() as connection:
            ledger_inputs.record_fetch(
                connection,
                source,
                slot,
                feed=feed,
                state=state,
                asked_at=asked_at,
                covered_to=covered_to,
                retry_at=retry_at,
                detail=detail,
            )

    def load_fetches(self) -> pd.DataFrame:
        """How asking went [FETCHES], by source and day."""
        with self._reading() as connection:
            return ledger_inputs.load_fetches(connection)
