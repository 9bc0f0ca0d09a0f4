"""A PostgreSQL server for the tests: each test gets a schema of its own, dropped afterwards.

``.ci/postgres`` starts one. ``JDZFIRE_TEST_POSTGRES`` names another; without any the tests skip.
"""

from __future__ import annotations

import functools
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

URL = os.environ.get(
    "JDZFIRE_TEST_POSTGRES", "postgresql+psycopg://jdzfire:jdzfire@127.0.0.1:5432/jdzfire_test"
)


@functools.cache
def missing() -> str:
    """Why there is no server; empty when there is one."""
    try:
        engine = sa.create_engine(URL, connect_args={"connect_timeout": 3})
        with engine.connect():
            pass
        engine.dispose()
    except (ImportError, sa.exc.SQLAlchemyError) as error:
        return f"no PostgreSQL server ({type(error).__name__}); .ci/postgres starts one"
    return ""


@contextmanager
def schema() -> Iterator[str]:
    """URL of an empty schema."""
    if missing():
        pytest.skip(missing())
    name = f"t_{secrets.token_hex(6)}"
    engine = sa.create_engine(URL, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {name}")
    engine.dispose()
    try:
        yield f"{URL}?options=-csearch_path%3D{name}"
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP SCHEMA {name} CASCADE")
        engine.dispose()
