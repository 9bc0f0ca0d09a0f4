"""What came in and how the feeds do. The caller holds the transaction."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import sqlalchemy as sa

from jdzfire.errors import UsageError
from jdzfire.schemas import COVERAGE, FEED_STATES, FETCH_STATES, FETCHES, storable_text, validate
from jdzfire.store import ledger_schema as sql
from jdzfire.store.ledger_base import LedgerBase
from jdzfire.store.ledger_rows import select_table, table_rows, upsert
from jdzfire.store.ledger_schema import FEED_RUNS, INPUTS

RECEIVED = "received"
"""State of an input that is kept and not read yet."""
ARCHIVED = "archived"
"""State of an input whose hotspots are kept but not judged yet."""
DONE = "done"
"""State of an input that went all the way."""
UNUSABLE = "unusable"
"""State of an input of which nothing could be read."""


class InputTables(LedgerBase):
    """The methods of a ledger on inputs, feeds and answers of services."""

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
            check_time(received_at, "received_at")
            key = (sql.inputs.c.sha256 == sha256) & (sql.inputs.c.kind == kind)
            held = connection.execute(
                sa.select(sql.inputs).where(key).with_for_update()
            ).one_or_none()
            row = {
                "sha256": sha256,
                "kind": kind,
                "source_name": storable_text(source_name) if held is None else held.source_name,
                "received_at": received_at if held is None else min(held.received_at, received_at),
                "rows": int(rows),
                "rejected": int(rejected),
                "state": state,
                "detail": storable_text(detail),
                "batch": int(batch) if held is None or not held.batch else held.batch,
                "options": storable_text(options),
            }
            upsert(connection, sql.inputs, [row])

    def load_inputs(self, state: str | None = None) -> pd.DataFrame:
        """All inputs, or those in a state [INPUTS], in the order of receipt."""
        query = sa.select(sql.inputs)
        if state is not None:
            query = query.where(sql.inputs.c.state == state)
        with self._reading() as connection:
            order = (sql.inputs.c.received_at, sql.inputs.c.sha256, sql.inputs.c.kind)
            return select_table(connection, query.order_by(*order), INPUTS)

    def input_states(self, sha256: str) -> set[str]:
        """States of the inputs of a raw file, one for each kind it was read as."""
        with self._reading() as connection:
            query = sa.select(sql.inputs.c.state).where(sql.inputs.c.sha256 == sha256)
            return set(connection.scalars(query))

    def last_batch(self) -> int:
        """Number of the newest batch of inputs, 0 before the first."""
        with self._reading() as connection:
            return int(connection.scalar(sa.select(sa.func.max(sql.inputs.c.batch))) or 0)

    def empty_received(self, *, until: datetime) -> dict[str, datetime]:
        """When each kind of file came last without a row, of those that could be read."""
        given = sql.inputs.c
        newest = sa.func.max(given.received_at, type_=sql.inputs.c.received_at.type)
        query = sa.select(given.kind, newest).where(
            given.state.not_in([UNUSABLE, RECEIVED])
            & (given.rows == 0)
            & (given.received_at <= until)
        )
        with self._reading() as connection:
            rows = connection.execute(query.group_by(given.kind)).all()
            return {str(row[0]): row[1] for row in rows}

    def save_coverage(self, sha256: str, kind: str, spans: pd.DataFrame) -> None:
        """Keep which spans of satellites a raw file covers; they replace those kept before.

        Parameters
        ----------
        sha256, kind : str
            As of its input.
        spans : DataFrame
            satellite, instrument, begins_at, ends_at; see ``hotspots.coverage``.
        """
        with self._writing() as connection:
            mine = (sql.coverage.c.sha256 == sha256) & (sql.coverage.c.kind == kind)
            connection.execute(sa.delete(sql.coverage).where(mine))
            rows = table_rows(validate(spans.assign(sha256=sha256, kind=kind), COVERAGE))
            upsert(connection, sql.coverage, rows)

    def load_coverage(self, *, since: datetime | None = None) -> pd.DataFrame:
        """Spans for which data are in hand [COVERAGE], by feed, satellite and begin.

        With ``since`` only those that end then or later.
        """
        table = sql.coverage
        query = sa.select(table)
        if since is not None:
            query = query.where(table.c.ends_at >= since)
        with self._reading() as connection:
            order = (table.c.kind, table.c.satellite, table.c.begins_at, table.c.sha256)
            return select_table(connection, query.order_by(*order), COVERAGE)

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
            check_time(at, "at")
            if last_data_at is not None:
                check_time(last_data_at, "last_data_at")
            if state not in FEED_STATES:
                raise UsageError(
                    "no such state of a feed", expected=", ".join(FEED_STATES), found=repr(state)
                )
            query = sa.select(sql.feed_runs).where(sql.feed_runs.c.feed == feed).with_for_update()
            held = connection.execute(query).one_or_none()
            row = {
                "feed": feed,
                "state": state,
                "last_ok_at": _later(
                    None if held is None else held.last_ok_at, at if state == "ok" else None
                ),
                "last_data_at": _later(None if held is None else held.last_data_at, last_data_at),
                "detail": storable_text(detail),
            }
            upsert(connection, sql.feed_runs, [row])

    def load_feeds(self) -> pd.DataFrame:
        """Feeds ever tried [FEED_RUNS: feed, state, last_ok_at, last_data_at, detail], by name."""
        with self._reading() as connection:
            return select_table(
                connection, sa.select(sql.feed_runs).order_by(sql.feed_runs.c.feed), FEED_RUNS
            )

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

        A fault never removes what a good answer gave: ``ok_at`` and ``covered_to`` only
        move on.
        """
        with self._writing() as connection:
            check_time(asked_at, "asked_at")
            if state not in FETCH_STATES:
                raise UsageError(
                    "no such state of an answer",
                    expected=", ".join(FETCH_STATES),
                    found=repr(state),
                )
            key = (sql.fetches.c.source == source) & (sql.fetches.c.slot == slot)
            held = connection.execute(
                sa.select(sql.fetches).where(key).with_for_update()
            ).one_or_none()
            row = {
                "source": storable_text(source),
                "slot": slot,
                "feed": feed,
                "state": state,
                "asked_at": asked_at,
                "ok_at": _later(
                    None if held is None else held.ok_at, asked_at if state == "ok" else None
                ),
                "covered_to": _later(None if held is None else held.covered_to, covered_to),
                "retry_at": retry_at,
                "detail": storable_text(detail),
            }
            upsert(connection, sql.fetches, [row])

    def load_fetches(self, *, since: datetime | None = None) -> pd.DataFrame:
        """How asking went [FETCHES], by source and day; with ``since`` what was asked then."""
        query = sa.select(sql.fetches)
        if since is not None:
            query = query.where(sql.fetches.c.asked_at >= since)
        with self._reading() as connection:
            order = (sql.fetches.c.source, sql.fetches.c.slot)
            return select_table(connection, query.order_by(*order), FETCHES)


def check_time(when: datetime, name: str) -> None:
    """Refuse a time without a zone: the ledger would have to guess."""
    if when.tzinfo is None:
        raise UsageError(f"{name} has no time zone", expected="an aware time", found=str(when))


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [when for when in (one, other) if when is not None]
    return max(known) if known else None
