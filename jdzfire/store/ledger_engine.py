"""The ledger's database: how it is reached, made, and told apart from others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from jdzfire.errors import StoreError
from jdzfire.store.home import Home
from jdzfire.store.ledger_rows import upsert
from jdzfire.store.ledger_schema import (
    LAYOUT,
    LEDGER_SCHEMA,
    METADATA,
    feed_runs,
    fetches,
    inputs,
    meta,
    verdict_history,
    verdicts,
)

__all__ = ["faults_told", "make_engine", "make_tables"]

_BUSY_MS = 30_000
_CREATION_LOCK = 4548_0117  # any number, the same for all who open one PostgreSQL ledger


def make_engine(home: Home, url: str | None) -> sa.Engine:
    """The database of a URL, or the SQLite file of the home."""
    engine = _create_engine(home, url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _create_engine(home: Home, url: str | None) -> sa.Engine:
    shown = "the URL given"
    try:
        address = sa.URL.create("sqlite", database=str(home.ledger_path))
        if url:
            address = sa.make_url(url)
            shown = address.render_as_string(hide_password=True)
        return sa.create_engine(address, hide_parameters=True)  # values may be names
    except (ImportError, ValueError, sa.exc.ArgumentError) as error:
        raise StoreError(
            "the ledger's database cannot be used",
            expected="a URL SQLAlchemy knows, with its driver installed",
            found=f"{shown}: {type(error).__name__}",
            remedy="install the driver or correct the URL",
        ) from error


def _prepare_sqlite(connection: Any, record: object) -> None:
    """WAL: readers never wait. FULL: an answer that was confirmed survives a power cut."""
    connection.isolation_level = None  # transactions are begun by _begin_sqlite alone
    for pragma in (
        f"busy_timeout = {_BUSY_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "recursive_triggers = ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    """A writer takes its turn at once, so that what it reads stands until it writes."""
    writes = connection.get_execution_options().get("jdzfire_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def make_tables(connection: sa.Connection) -> None:
    """Make the tables when there are none, and refuse those of another version."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATION_LOCK)))
    if not sa.inspect(connection).has_table("meta"):
        METADATA.create_all(connection)
        rows = [
            {"key": "schema_version", "value": str(LEDGER_SCHEMA)},
            {"key": "layout", "value": LAYOUT},
        ]
        upsert(connection, meta, rows)
    told = {row.key: row.value for row in connection.execute(sa.select(meta))}
    if told == _VERSION_1:
        _upgrade_from_1(connection)
    if told in (_VERSION_1, _VERSION_2):
        _upgrade_from_2(connection)
        told = {row.key: row.value for row in connection.execute(sa.select(meta))}
    expected = {"schema_version": str(LEDGER_SCHEMA), "layout": LAYOUT}
    if told != expected:
        raise StoreError(
            "the ledger belongs to another version of jdzfire",
            expected=", ".join(f"{key} {value}" for key, value in expected.items()),
            found=", ".join(f"{key} {value}" for key, value in sorted(told.items())),
            remedy="use the version that wrote it, or another folder; nothing was changed",
        )


_VERSION_1 = {"schema_version": "1", "layout": "3a7133b58eb32b88"}
"""Before batches and answers of services were noted."""
_VERSION_2 = {"schema_version": "2", "layout": "abecee1d675034cc"}
"""Before provisional verdicts and the log of events."""


def _upgrade_from_1(connection: sa.Connection) -> None:
    """Two tables made anew around their rows, one more added; what people said is not touched."""
    more: dict[str, dict[str, Any]] = {"inputs": {"batch": 0, "options": ""}, "feed_runs": {}}
    held: dict[str, list[dict[str, Any]]] = {}
    for table in (inputs, feed_runs):
        old = [column for column in table.columns if column.name not in more[table.name]]
        rows = connection.execute(sa.select(*old)).mappings().all()
        held[table.name] = [{**row, **more[table.name]} for row in rows]
        table.drop(connection)
    METADATA.create_all(connection, tables=[inputs, feed_runs, fetches])
    for table in (inputs, feed_runs):
        upsert(connection, table, held[table.name])


def _upgrade_from_2(connection: sa.Connection) -> None:
    """Columns added to the verdicts, one table more."""
    inspector = sa.inspect(connection)
    for table in (verdicts, verdict_history):
        if not inspector.has_table(table.name):
            continue
        held = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in held:
                kind = column.type.compile(connection.dialect)
                default = "" if column.nullable else " NOT NULL DEFAULT FALSE"
                connection.exec_driver_sql(
                    f"ALTER TABLE {table.name} ADD COLUMN {column.name} {kind}{default}"
                )
    METADATA.create_all(connection)
    version = {"schema_version": str(LEDGER_SCHEMA), "layout": LAYOUT}
    upsert(connection, meta, [{"key": key, "value": value} for key, value in version.items()])


@contextmanager
def faults_told(engine: sa.Engine) -> Iterator[None]:
    """Faults of the database as faults of the store, without values (they may be names)."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise StoreError(
            "the ledger refused",
            found=f"{_shown(engine)}: {str(error.orig).splitlines()[0]}",
            remedy="see that no other program holds it, and that the disk has room",
        ) from error


def _shown(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
