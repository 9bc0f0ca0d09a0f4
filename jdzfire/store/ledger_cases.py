"""Cases and their log in the ledger. Which step is legal and what it changes: ``cases.steps``.

The database itself refuses to change a line of ``case_log``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from jdzfire.cases.chain import START, ChainState, chained, check_chain
from jdzfire.cases.steps import UNCHANGING, Case, CaseChange, CaseStep, attach, open_case
from jdzfire.errors import Conflict, ContractError, NotFound
from jdzfire.schemas import (
    ATTACHMENTS,
    CASE_LOG,
    CASES,
    ENDED_STATUSES,
    storable_text,
    validate,
)
from jdzfire.store import ledger_schema as sql
from jdzfire.store.ledger_base import LedgerBase
from jdzfire.store.ledger_rows import select_some, select_table, table_rows

_CHAIN_LOCK = 0x6A647A63
"""Advisory lock under which lines are added to the log."""


class CaseTables(LedgerBase):
    """The methods of a ledger on cases."""

    def load_cases(self, event_ids: Iterable[str] | None = None) -> pd.DataFrame:
        """Cases [CASES], of these events or all, by id."""
        with self._reading() as connection:
            query, key = sa.select(sql.cases), sql.cases.c.event_id
            return select_some(connection, query, CASES, key, event_ids, ["case_id"])

    def load_case_logs(self, case_ids: Iterable[str]) -> pd.DataFrame:
        """The log [CASE_LOG] of some cases, the oldest first; unknown ones have none."""
        with self._reading() as connection:
            query, key = sa.select(sql.case_log), sql.case_log.c.case_id
            return select_some(connection, query, CASE_LOG, key, case_ids, ["seq"])

    def load_case_log(self, case_id: str | None = None) -> pd.DataFrame:
        """The log [CASE_LOG] of one case, or of all, the oldest first."""
        with self._reading() as connection:
            query = sa.select(sql.case_log).order_by(sql.case_log.c.seq)
            if case_id is not None:
                _case(connection, case_id)
                query = query.where(sql.case_log.c.case_id == case_id)
            return select_table(connection, query, CASE_LOG)

    def change_mark(self) -> str:
        """What differs after every change of a case, a verdict or an event: to look at often."""
        with self._reading() as connection:
            last = [
                connection.scalar(sa.select(sa.func.max(table.c.seq)))
                for table in (sql.case_log, sql.verdict_history, sql.event_log)
            ]
            return "-".join(str(one or 0) for one in last)

    def last_step_at(self, case_id: str | None = None) -> datetime | None:
        """When the last line of the case log was written, of one case or of all."""
        with self._reading() as connection:
            log = sql.case_log.c
            query = sa.select(log.at).order_by(log.seq.desc()).limit(1)
            if case_id is not None:
                query = query.where(log.case_id == storable_text(case_id))
            return connection.scalar(query)

    def load_open_cases(self) -> pd.DataFrame:
        """Cases [CASES] that have not ended, by id."""
        with self._reading() as connection:
            alive = sql.cases.c.status.not_in(ENDED_STATUSES)
            query = sa.select(sql.cases).where(alive).order_by(sql.cases.c.case_id)
            return select_table(connection, query, CASES)

    def load_case(self, case_id: str) -> dict[str, Any]:
        """One case as plain values: times aware, missing is None. Raises NotFound."""
        with self._reading() as connection:
            return dict(_case(connection, case_id))

    def check_case_log(self) -> ChainState:
        """Hold every line of the case log against the chain; see :mod:`jdzfire.cases.chain`."""
        with self._reading() as connection:
            query = sa.select(sql.case_log).order_by(sql.case_log.c.seq)
            return check_chain(row._asdict() for row in connection.execute(query))

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
        given = validate(cases, CASES)
        with self._writing() as connection:
            query = sa.select(sql.cases.c.case_id, sql.cases.c.event_id)
            held = {row.case_id: row.event_id for row in connection.execute(query)}
            _check_ids(given, held)
            missing = given[~given["event_id"].isin(list(held.values()))]
            _check_events(connection, missing)
            _keep(connection, [open_case(row) for row in table_rows(missing)])
            return len(missing)

    def change_case(
        self, case_id: str, step: CaseStep, *, seen: int | None = None, token: str | None = None
    ) -> dict[str, Any]:
        """Take a step on a case: change its row and write the log, both or neither.

        Parameters
        ----------
        case_id : str
        step : CaseStep
            One of ``cases.steps``, for example ``close(who="王五", at=now)``.
        seen : int, optional
            Version of the case that whoever takes the step has seen. When somebody else changed the
            case since, nothing is done.
        token : str, optional
            Made by whoever sends the step, the same each time it is sent: a token that was taken
            before changes nothing, whatever the step. So what is sent again over a bad line is
            taken once.

        Returns
        -------
        dict
            The case after it.

        Raises
        ------
        NotFound
            No such case.
        UsageError
            The case is in no state for the step.
        Conflict
            The case was changed since ``seen``.
        """
        with self._writing() as connection:
            case = _case(connection, case_id)
            if token is not None and not _take_token(connection, token, case_id):
                return dict(case)
            if seen is not None:
                _check_seen(connection, case, seen)
            change = step(case)
            _keep(connection, [change])
            return dict(change.after)

    def attach(self, attachment: Mapping[str, Any], *, token: str | None = None) -> bool:
        """Add a photo, whose bytes are kept already, to a case that has not ended.

        Parameters
        ----------
        attachment : mapping
            A row of [ATTACHMENTS].
        token : str, optional
            As in :meth:`change_case`.

        Returns
        -------
        bool
            False when the case has it already.
        """
        sha256, case_id = attachment["sha256"], attachment["case_id"]
        with self._writing() as connection:
            case = _case(connection, case_id)
            table = sql.attachments
            mine = (table.c.sha256 == sha256) & (table.c.case_id == case_id)
            if connection.execute(sa.select(table).where(mine)).one_or_none() is not None:
                return False
            if token is not None and not _take_token(connection, token, case_id):
                return False
            row = {**attachment, "name": storable_text(attachment["name"])}
            step = attach(sha256, row["name"], who=row["who"], at=row["at"])
            _keep(connection, [step(case)])
            connection.execute(sa.insert(table), row)
            return True

    def load_attachments(self, case_ids: Iterable[str] | None = None) -> pd.DataFrame:
        """Photos [ATTACHMENTS] of some cases or all, the oldest first."""
        with self._reading() as connection:
            query, key = sa.select(sql.attachments), sql.attachments.c.case_id
            return select_some(connection, query, ATTACHMENTS, key, case_ids, ["at", "sha256"])

    def keep_case_changes(self, changes: Iterable[CaseChange]) -> None:
        """Keep steps that were taken on the cases as the ledger holds them, in order."""
        with self._writing() as connection:
            _keep(connection, list(changes))


def _case(connection: sa.Connection, case_id: str) -> Case:
    """The row of a case, locked until the transaction ends where the database locks rows."""
    found = storable_text(case_id)
    query = sa.select(sql.cases).where(sql.cases.c.case_id == found).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(
            "no such case",
            found=repr(case_id[:80]),
            remedy="`jdzfire case list` shows the cases",
        )
    return row._asdict()


def _take_token(connection: sa.Connection, token: str, case_id: str) -> bool:
    """Note a token; False when it was taken before."""
    known = sql.requests.c.token == storable_text(token)
    if connection.execute(sa.select(sql.requests).where(known)).one_or_none() is not None:
        return False
    row = {"token": storable_text(token), "case_id": case_id, "at": datetime.now(UTC)}
    connection.execute(sa.insert(sql.requests), row)
    return True


def _check_seen(connection: sa.Connection, case: Case, seen: int) -> None:
    """Refuse a step of somebody who has not seen the last change of the case."""
    if case["version"] == seen:
        return
    log = sql.case_log.c
    mine = (log.case_id == case["case_id"]) & (log.action.not_in(UNCHANGING))
    query = sa.select(sql.case_log).where(mine).order_by(log.seq.desc()).limit(1)
    last = connection.execute(query).one()
    raise Conflict(
        f"case {case['case_id']} was changed meanwhile",
        expected=f"version {seen}",
        found=f"version {case['version']}: {last.action} by {last.who}, {last.at:%Y-%m-%dT%H:%MZ}",
        remedy="look at the case as it is now and decide again; nothing was changed",
    )


def _keep(connection: sa.Connection, changes: Sequence[CaseChange]) -> None:
    """New cases at once, then what changes in others in order, then the lines of the log."""
    if not changes:
        return
    opened = [dict(change.after) for change in changes if not change.before]
    if opened:
        connection.execute(sa.insert(sql.cases), opened)
    for change in changes:
        if change.before and change.changed:
            mine = sql.cases.c.case_id == change.after["case_id"]
            same = sql.cases.c.version == change.before["version"]
            query = sa.update(sql.cases).where(mine & same).values(change.changed)
            if connection.execute(query).rowcount != 1:
                raise Conflict(
                    f"case {change.after['case_id']} was changed meanwhile",
                    expected=f"version {change.before['version']}",
                    remedy="run again; nothing was changed",
                )
    lines = chained([change.log_line for change in changes], _last_link(connection))
    connection.execute(sa.insert(sql.case_log), lines)


def _last_link(connection: sa.Connection) -> str:
    """Hash of the last line of the log; other writers wait until this transaction ends."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CHAIN_LOCK)))
    query = sa.select(sql.case_log.c.chain).order_by(sql.case_log.c.seq.desc()).limit(1)
    return connection.scalar(query) or START


def _check_ids(cases: pd.DataFrame, held: dict[str, str]) -> None:
    """Refuse a case id that another event has already."""
    for case_id, event_id in zip(cases["case_id"], cases["event_id"], strict=True):
        if held.get(case_id, event_id) != event_id:
            raise ContractError(
                "a case id is taken by another event",
                expected=f"{case_id} of {held[case_id]}",
                found=str(event_id),
                remedy="name each case after its event",
            )


def _check_events(connection: sa.Connection, cases: pd.DataFrame) -> None:
    known = set(connection.scalars(sa.select(sql.events.c.event_id)))
    unknown = sorted(set(cases["event_id"]) - known)
    if unknown:
        raise NotFound(
            "cases of events the ledger does not hold",
            found=", ".join(unknown[:5]),
            remedy="save the events first",
        )
