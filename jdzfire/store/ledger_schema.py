"""The ledger's tables, made from the table contracts, and what may never be changed in them.

Columns and null rules come from :mod:`jdzfire.schemas`; here are only keys, links and the
triggers that make the logs and ``verdict_history`` append-only. Written for SQLite and
PostgreSQL alike.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from jdzfire.schemas import (
    ALERT_KINDS,
    ALERT_STATES,
    ALERTS,
    ATTACHMENTS,
    BURN_ACTION_ZH,
    BURN_LOG,
    CASE_LOG,
    CASE_STATUSES,
    CASES,
    COVERAGE,
    EVENT_ACTIONS,
    EVENT_LOG,
    EVENTS,
    FEED_STATES,
    FETCH_STATES,
    FETCHES,
    MEMBERS,
    TIME_DTYPE,
    VERDICT_NAMES,
    VERDICTS,
    Contract,
)
from jdzfire.schemas.contract import column, contract

LEDGER_SCHEMA = 6
"""Version of the ledger's tables. A ledger of a higher one is not touched."""


INPUTS = contract(
    "inputs",
    {
        "sha256": column("str", "sha256 of the raw bytes"),
        "kind": column("str", "feed name or register kind"),
        "source_name": column("str", "file name as given the first time"),
        "received_at": column(TIME_DTYPE, "when it was first received", unit="UTC"),
        "rows": column("int64", "rows used at the last reading"),
        "rejected": column("int64", "rows rejected at the last reading"),
        "state": column("str", "outcome of the last reading"),
        "detail": column("str", "more about the outcome"),
        "batch": column("int64", "inputs that came together; 0 before batches were noted"),
        "options": column("str", "JSON: what else reading it needs"),
    },
    description="one row a raw file and kind it was read as",
)

REQUESTS = contract(
    "requests",
    {
        "token": column("str", "made by whoever sends a step, the same each time it is sent"),
        "case_id": column("str", "case the step was taken on"),
        "at": column(TIME_DTYPE, "when it was taken", unit="UTC"),
    },
    description="steps that were taken, so that one sent again is taken once",
)

FEED_RUNS = contract(
    "feed_runs",
    {
        "feed": column("str", "name of the feed", unique=True),
        "state": column("str", ", ".join(FEED_STATES)),
        "last_ok_at": column(TIME_DTYPE, "last time it was ok", unit="UTC", nullable=True),
        "last_data_at": column(TIME_DTYPE, "newest observation it gave", unit="UTC", nullable=True),
        "detail": column("str", "more about the state"),
    },
    description="one row a feed: how it does",
)

VERDICT_HISTORY = contract(
    "verdict_history",
    {
        "seq": column("int64", "running number", unique=True),
        **{
            name: column(spec.dtype, spec.description or "", nullable=spec.nullable)
            for name, spec in VERDICTS.columns.items()
        },
    },
    description="append-only: each verdict an event ever had, the current one last",
)


class UtcTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC times; where the database has no zones they are stored as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Aware time to UTC, without zone where the database keeps none."""
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Stored time as aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _sql_type(dtype: str) -> sa.types.TypeEngine[Any]:
    if dtype.startswith("datetime64"):
        return UtcTime()
    known: dict[str, sa.types.TypeEngine[Any]] = {
        "str": sa.Text(),
        "float64": sa.Double(),
        "int64": _WHOLE,
        "bool": sa.Boolean(),
        "geometry": sa.LargeBinary(),
    }
    return known[dtype]


def _columns(
    table_contract: Contract, key: tuple[str, ...], *, links: dict[str, str] | None = None
) -> list[sa.Column[Any]]:
    """Columns of a contract, with its primary key and links to other tables."""
    return [
        sa.Column(
            name,
            _sql_type(spec.dtype),
            *([sa.ForeignKey(links[name])] if links and name in links else []),
            primary_key=name in key,
            nullable=bool(spec.nullable),
        )
        for name, spec in table_contract.columns.items()
    ]


def _one_of(name: str, allowed: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in allowed)
    return sa.CheckConstraint(f"{name} IN ({listed})")


METADATA = sa.MetaData()

_EVENT = {"event_id": "events.event_id"}
_CASE = {"case_id": "cases.case_id"}

meta = sa.Table(
    "meta",
    METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
events = sa.Table("events", METADATA, *_columns(EVENTS, ("event_id",)))
members = sa.Table("members", METADATA, *_columns(MEMBERS, ("hotspot_id",), links=_EVENT))
event_log = sa.Table(
    "event_log",
    METADATA,
    *_columns(EVENT_LOG, ("seq",), links=_EVENT),
    _one_of("action", EVENT_ACTIONS),
    sqlite_autoincrement=True,
)
verdicts = sa.Table(
    "verdicts",
    METADATA,
    *_columns(VERDICTS, ("event_id",), links=_EVENT),
    _one_of("verdict", VERDICT_NAMES),
)
verdict_history = sa.Table(
    "verdict_history",
    METADATA,
    *_columns(VERDICT_HISTORY, ("seq",), links=_EVENT),
    sqlite_autoincrement=True,
)
cases = sa.Table(
    "cases",
    METADATA,
    *_columns(CASES, ("case_id",), links=_EVENT),
    sa.UniqueConstraint("event_id"),
    _one_of("status", CASE_STATUSES),
)
case_log = sa.Table(
    "case_log",
    METADATA,
    *_columns(CASE_LOG, ("seq",), links=_CASE),
    sqlite_autoincrement=True,
)
attachments = sa.Table(
    "attachments", METADATA, *_columns(ATTACHMENTS, ("sha256", "case_id"), links=_CASE)
)
requests = sa.Table("requests", METADATA, *_columns(REQUESTS, ("token",), links=_CASE))
inputs = sa.Table("inputs", METADATA, *_columns(INPUTS, ("sha256", "kind")))
feed_runs = sa.Table(
    "feed_runs", METADATA, *_columns(FEED_RUNS, ("feed",)), _one_of("state", FEED_STATES)
)
coverage = sa.Table(
    "coverage", METADATA, *_columns(COVERAGE, ("sha256", "kind", "satellite", "instrument"))
)
fetches = sa.Table(
    "fetches", METADATA, *_columns(FETCHES, ("source", "slot")), _one_of("state", FETCH_STATES)
)
alerts = sa.Table(
    "alerts",
    METADATA,
    *_columns(ALERTS, ("alert_id",), links=_CASE),
    _one_of("kind", ALERT_KINDS),
    _one_of("state", ALERT_STATES),
)
burn_log = sa.Table(
    "burn_log",
    METADATA,
    *_columns(BURN_LOG, ("seq",)),
    sa.UniqueConstraint("token"),
    _one_of("action", tuple(BURN_ACTION_ZH)),
    sqlite_autoincrement=True,
)
sa.Index("alerts_by_state", alerts.c.state, alerts.c.channel)
sa.Index("alerts_by_case", alerts.c.case_id)
sa.Index("members_by_event", members.c.event_id)
sa.Index("verdict_history_by_event", verdict_history.c.event_id)
sa.Index("event_log_by_event", event_log.c.event_id)
sa.Index("case_log_by_case", case_log.c.case_id)


def _layout() -> str:
    parts = [
        f"{table.name}.{col.name} {col.type!r} {col.nullable} {col.primary_key}"
        for table in METADATA.sorted_tables
        for col in table.columns
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


LAYOUT = _layout()
"""Fingerprint of tables and columns: a ledger made from other contracts is refused, not bent."""

_PG_FUNCTION = (
    "CREATE OR REPLACE FUNCTION jdzfire_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END; $$"
)


def make_append_only(table: sa.Table) -> None:
    """Triggers that refuse UPDATE, DELETE and, on SQLite, INSERT OR REPLACE of an old row."""
    name = table.name
    refuse = f"BEGIN SELECT RAISE(ABORT, '{name} is append-only'); END"
    taken = f"WHEN EXISTS (SELECT 1 FROM {name} WHERE seq = NEW.seq)"  # noqa: S608 our own names
    for statement in (
        f"CREATE TRIGGER {name}_no_update BEFORE UPDATE ON {name} {refuse}",
        f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} {refuse}",
        f"CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} {taken} {refuse}",
    ):
        _after_create(table, statement, "sqlite")
    _after_create(table, _PG_FUNCTION, "postgresql")
    for kind, when in (("row", "UPDATE OR DELETE"), ("statement", "TRUNCATE")):
        trigger = (
            f"CREATE TRIGGER {name}_append_only_{kind} BEFORE {when} ON {name} "
            f"FOR EACH {kind.upper()} EXECUTE FUNCTION jdzfire_refuse_change()"
        )
        _after_create(table, trigger, "postgresql")


def _after_create(table: sa.Table, statement: str, dialect: str) -> None:
    ddl: sa.DDL = sa.DDL(statement)  # type: ignore[no-untyped-call]
    sa.event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


make_append_only(event_log)
make_append_only(verdict_history)
make_append_only(case_log)
make_append_only(burn_log)
