"""What came in and how the feeds do. The caller holds the transaction."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import sqlalchemy as sa

from jdzfire.errors import UsageError
from jdzfire.schemas import FEED_STATES, FETCH_STATES, FETCHES
from jdzfire.store.ledger_rows import clean_text, select_table, upsert
from jdzfire.store.ledger_schema import FEED_RUNS, INPUTS, feed_runs, fetches, inputs

__all__ = [
    "check_time",
    "load_feeds",
    "load_fetches",
    "load_inputs",
    "record_feed",
    "record_fetch",
    "record_input",
]


def record_input(
    connection: sa.Connection,
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
    """One row a raw file and kind: first name, receipt and batch stay, the rest is the last."""
    check_time(received_at, "received_at")
    key = (inputs.c.sha256 == sha256) & (inputs.c.kind == kind)
    held = connection.execute(sa.select(inputs).where(key).with_for_update()).one_or_none()
    row = {
        "sha256": sha256,
        "kind": kind,
        "source_name": clean_text(source_name) if held is None else held.source_name,
        "received_at": received_at if held is None else min(held.received_at, received_at),
        "rows": int(rows),
        "rejected": int(rejected),
        "state": state,
        "detail": clean_text(detail),
        "batch": int(batch) if held is None or not held.batch else held.batch,
        "options": clean_text(options),
    }
    upsert(connection, inputs, [row])


def load_inputs(connection: sa.Connection) -> pd.DataFrame:
    """All inputs, in the order of receipt, then sha256, then kind."""
    order = (inputs.c.received_at, inputs.c.sha256, inputs.c.kind)
    return select_table(connection, sa.select(inputs).order_by(*order), INPUTS)


def record_feed(
    connection: sa.Connection,
    feed: str,
    at: datetime,
    state: str,
    last_data_at: datetime | None,
    detail: str = "",
) -> None:
    """How a feed does at ``at``; the newest data and the last good time are never set back."""
    check_time(at, "at")
    if last_data_at is not None:
        check_time(last_data_at, "last_data_at")
    if state not in FEED_STATES:
        raise UsageError(
            "no such state of a feed", expected=", ".join(FEED_STATES), found=repr(state)
        )
    query = sa.select(feed_runs).where(feed_runs.c.feed == feed).with_for_update()
    held = connection.execute(query).one_or_none()
    row = {
        "feed": feed,
        "state": state,
        "last_ok_at": _later(
            None if held is None else held.last_ok_at, at if state == "ok" else None
        ),
        "last_data_at": _later(None if held is None else held.last_data_at, last_data_at),
        "detail": clean_text(detail),
    }
    upsert(connection, feed_runs, [row])


def load_feeds(connection: sa.Connection) -> pd.DataFrame:
    """Feeds that were ever tried, by name."""
    return select_table(connection, sa.select(feed_runs).order_by(feed_runs.c.feed), FEED_RUNS)


def record_fetch(
    connection: sa.Connection,
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
    """One row a source and day: a fault never takes back what a good answer said."""
    check_time(asked_at, "asked_at")
    if state not in FETCH_STATES:
        raise UsageError(
            "no such state of an answer", expected=", ".join(FETCH_STATES), found=repr(state)
        )
    key = (fetches.c.source == source) & (fetches.c.slot == slot)
    held = connection.execute(sa.select(fetches).where(key).with_for_update()).one_or_none()
    row = {
        "source": clean_text(source),
        "slot": slot,
        "feed": feed,
        "state": state,
        "asked_at": asked_at,
        "ok_at": _later(None if held is None else held.ok_at, asked_at if state == "ok" else None),
        "covered_to": _later(None if held is None else held.covered_to, covered_to),
        "retry_at": retry_at,
        "detail": clean_text(detail),
    }
    upsert(connection, fetches, [row])


def load_fetches(connection: sa.Connection) -> pd.DataFrame:
    """All answers, in the order of source and day."""
    order = (fetches.c.source, fetches.c.slot)
    return select_table(connection, sa.select(fetches).order_by(*order), FETCHES)


def check_time(when: datetime, name: str) -> None:
    """Refuse a time without a zone: the ledger would have to guess."""
    if when.tzinfo is None:
        raise UsageError(f"{name} has no time zone", expected="an aware time", found=str(when))


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [when for when in (one, other) if when is not None]
    return max(known) if known else None
