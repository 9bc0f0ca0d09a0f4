"""The ledger's database: how it is reached, made and recognised."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from jdzfire.errors import StoreError
from jdzfire.store.home import Home
from jdzfire.store.ledger_file import damaged_ledger
from jdzfire.store.ledger_rows import upsert
from jdzfire.store.ledger_schema import LAYOUT, LEDGER_SCHEMA, METADATA, meta

_BUSY_MS = 30_000
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
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
    """A writer takes its turn at once, so that what it reads is valid until it writes."""
    writes = connection.get_execution_options().get("jdzfire_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def read_meta(connection: sa.Connection) -> dict[str, str]:
    """The ledger's own record: schema_version, layout, ledger_id; empty without tables."""
    if not sa.inspect(connection).has_table("meta"):
        return {}
    return {row.key: row.value for row in connection.execute(sa.select(meta))}


def is_current(found: dict[str, str]) -> bool:
    """Whether the tables are those of this version and the ledger has an id."""
    return "ledger_id" in found and _without_id(found) == _CURRENT


def make_tables(connection: sa.Connection) -> str:
    """Make the tables when there are none, upgrade older ones, refuse others; the ledger's id."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATION_LOCK)))
    found = read_meta(connection)
    if not found:
        METADATA.create_all(connection)
        upsert(connection, meta, [{"key": key, "value": value} for key, value in _CURRENT.items()])
    elif _without_id(found) != _CURRENT and _is_earlier(found):
        from jdzfire.store.ledger_migrations import migrate

        migrate(connection, found["schema_version"])
        upsert(connection, meta, [{"key": key, "value": value} for key, value in _CURRENT.items()])
    found = read_meta(connection)
    if _without_id(found) != _CURRENT:
        raise StoreError(
            "the ledger belongs to another version of jdzfire",
            expected=", ".join(f"{key} {value}" for key, value in _CURRENT.items()),
            found=", ".join(f"{key} {value}" for key, value in sorted(found.items())),
            remedy="use the version that wrote it, or another folder; nothing was changed",
        )
    if "ledger_id" not in found:
        found["ledger_id"] = secrets.token_hex(8)
        upsert(connection, meta, [{"key": "ledger_id", "value": found["ledger_id"]}])
    return found["ledger_id"]


def _is_earlier(found: dict[str, str]) -> bool:
    """Whether the ledger is of a version that can be brought up to date."""
    from jdzfire.store.ledger_migrations import VERSIONS

    version = found.get("schema_version", "")
    return version in VERSIONS and VERSIONS[version][0] == found.get("layout")


def _without_id(found: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in found.items() if key != "ledger_id"}


_CURRENT = {"schema_version": str(LEDGER_SCHEMA), "layout": LAYOUT}


@contextmanager
def translate_faults(engine: sa.Engine) -> Iterator[None]:
    """Faults of the database as faults of the store, without values (they may be names)."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "sqlite_errorcode", None) in _DAMAGED:
            raise damaged_ledger(str(error.orig).splitlines()[0]) from error
        raise StoreError(
            "the ledger refused",
            found=f"{_shown(engine)}: {str(error.orig).splitlines()[0]}",
            remedy="see that no other program holds it, and that the disk has room",
        ) from error


def _shown(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=True)
