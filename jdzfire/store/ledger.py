"""The ledger: events, verdicts, cases, inputs and feeds in one SQL database.

SQLite in the working folder by default (WAL, so that readers never wait for the writer);
PostgreSQL by URL. Each method is one transaction: all of it or nothing, also when the process is
killed. The methods are in ``ledger_events``, ``ledger_cases``, ``ledger_alerts``, ``ledger_burns``,
``ledger_inputs`` and ``ledger_marks``.
"""

from __future__ import annotations

from jdzfire.store.home import (
    Home,
    has_data,
    home_layout,
    home_ledger_id,
    lock_home,
    mark_home,
)
from jdzfire.store.kept import adopt_kept
from jdzfire.store.ledger_alerts import AlertTables
from jdzfire.store.ledger_burns import BurnTables
from jdzfire.store.ledger_cases import CaseTables
from jdzfire.store.ledger_engine import is_current, make_engine, make_tables, read_meta
from jdzfire.store.ledger_events import EventTables
from jdzfire.store.ledger_file import check_ledger_file, damaged_ledger
from jdzfire.store.ledger_inputs import InputTables
from jdzfire.store.ledger_marks import MarkTables


class Ledger(EventTables, CaseTables, AlertTables, BurnTables, InputTables, MarkTables):
    """The ledger of a workspace. Make one with ``open_ledger``; a ``with`` block closes it."""


def open_ledger(home: Home, url: str | None = None, *, is_new: bool = False) -> Ledger:
    """Open the ledger, made on first use.

    Parameters
    ----------
    home : Home
    url : str, optional
        SQLAlchemy URL of another database, for example ``postgresql+psycopg://...``; default is
        the SQLite file of the home.
    is_new : bool
        Begin a new ledger in a workspace that holds data: its old one is lost.

    Raises
    ------
    DamagedStore
        It is missing, empty or damaged though the workspace holds data, or it belongs to another
        workspace.
    StoreError
        The ledger cannot be reached, is no ledger, or is of another version.
    """
    if not url and not is_new:
        check_ledger_file(home)
    engine = make_engine(home, url)
    ledger = Ledger(engine, None if url else home)
    try:
        with ledger._reading() as connection:
            found = read_meta(connection)
        is_lost = home_ledger_id(home) is not None or has_data(home)
        if not found and is_lost and not is_new:
            raise damaged_ledger("a database without a ledger in it")
        ledger_id = found.get("ledger_id", "")
        if not is_current(found):
            with lock_home(home), ledger._writing() as connection:
                ledger_id = make_tables(connection)
        _check_belongs(home, ledger_id, is_new=is_new)
    except BaseException:
        ledger.close()
        raise
    return ledger


def _check_belongs(home: Home, ledger_id: str, *, is_new: bool) -> None:
    """Whether the ledger is that of this workspace; the first one is noted in its marker."""
    noted = home_ledger_id(home)
    if noted is None or is_new:
        with lock_home(home):
            if home_layout(home) == 1:
                adopt_kept(home)
            mark_home(home, ledger_id=ledger_id)
    elif noted != ledger_id:
        raise damaged_ledger(f"the ledger {ledger_id}; this workspace belongs to {noted}")
