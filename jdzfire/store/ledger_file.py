"""The ledger as a file: whether it is there, whole, and the one that belongs to the workspace.

A ledger that was closed has its sha256 beside it, ``ledger.sha256``. The first write of the next
one takes that seal away, inside its transaction; closing puts a new one. So a ledger changed by
anything but jdzfire, cut short, or rolled back by a lost ``-wal`` is noticed. A killed process
leaves no seal: then SQLite's own check is all there is.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from urllib.request import pathname2url

import sqlalchemy as sa

from jdzfire.errors import DamagedStore
from jdzfire.store.atomic import write_atomic
from jdzfire.store.home import Home, has_data, home_ledger_id
from jdzfire.store.kept import kept_file, known_file

CHECK_MAX_BYTES = 64 << 20
"""A larger ledger is not checked each time it is opened: 64 MiB take some 60 ms to hash and some
200 ms for SQLite's quick check [C]; ``doctor`` always checks."""

_TRIES = 5
_SEAL_WAIT_MS = 200


def check_ledger_file(home: Home) -> None:
    """See that the SQLite ledger is there and whole, before it is opened.

    Raises
    ------
    DamagedStore
        It is missing or empty though the workspace holds data, or its content is damaged.
    """
    problem = ledger_problem(home)
    if problem:
        raise damaged_ledger(problem)


def ledger_problem(home: Home, *, deep: bool = False) -> str:
    """What is wrong with the ledger file, "" when nothing is; with ``deep`` whatever its size."""
    path = home.ledger_path
    size = path.stat().st_size if path.exists() else 0
    if not size:
        is_fresh = home_ledger_id(home) is None and not has_data(home)
        state = "empty" if path.exists() else "missing"
        return "" if is_fresh else f"{path.name} is {state}"
    if size > CHECK_MAX_BYTES and not deep:
        return ""
    is_sealed, problem = _seal_problem(home)
    if problem or (is_sealed and not deep):
        return problem
    return _sqlite_problem(home, "integrity_check" if deep else "quick_check")


def damaged_ledger(problem: str) -> DamagedStore:
    """The error for a ledger that cannot be trusted, with the way back."""
    return DamagedStore(
        "the ledger is missing or damaged: without it nobody knows which fires are open",
        expected="the ledger that belongs to this workspace",
        found=problem,
        remedy="jdzfire restore takes it from a backup; without one jdzfire repair --new-ledger "
        "judges the archive anew, without the answers of duty staff; the last map stays",
    )


def break_seal(home: Home) -> None:
    """Take the seal away; call it inside the writer's transaction."""
    home.ledger_seal_path.unlink(missing_ok=True)


def seal_ledger(engine: sa.Engine, home: Home) -> bool:
    """Write the sha256 of the ledger beside it, unless another process is using it.

    Returns
    -------
    bool
        Whether it was sealed.

    Notes
    -----
    The seal is written while the writer's turn is held, so that no other writer comes between.
    """
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {_SEAL_WAIT_MS}")
        (is_busy, *_) = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if is_busy:
            return False
        cursor.execute("BEGIN IMMEDIATE")
        try:
            if _wal_bytes(home):
                return False
            found = kept_file(home.ledger_path)
            write_atomic(home.ledger_seal_path, f"{found.sha256} {found.size}\n".encode())
            return True
        finally:
            cursor.execute("ROLLBACK")
    except sqlite3.Error:  # busy or read-only: the ledger stays without a seal
        return False
    finally:
        connection.close()


def _seal_problem(home: Home) -> tuple[bool, str]:
    """Whether the ledger has a seal that can be compared, and what is wrong with it."""
    for _ in range(_TRIES):
        seal = _read_seal(home)
        if seal is None:
            return False, ""
        found = known_file(home.ledger_path)
        if seal != f"{found.sha256} {found.size}":  # it may have changed within a tick of the clock
            found = kept_file(home.ledger_path)
        if seal == f"{found.sha256} {found.size}" and not _wal_bytes(home):
            return True, ""
        if _read_seal(home) == seal and not _wal_bytes(home):
            return True, f"{home.ledger_path.name} is not as it was closed: {found.size} bytes"
    return False, ""


def _read_seal(home: Home) -> str | None:
    try:
        return home.ledger_seal_path.read_text("ascii", errors="replace").strip()
    except OSError:
        return None


def _wal_bytes(home: Home) -> int:
    path = home.ledger_path
    wal = path.with_name(f"{path.name}-wal")
    return wal.stat().st_size if wal.exists() else 0


def _sqlite_problem(home: Home, check: str) -> str:
    name = home.ledger_path.name
    address = f"file:{pathname2url(str(home.ledger_path))}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=30.0)) as connection:
            connection.execute("PRAGMA cell_size_check = ON")
            (found,) = connection.execute(f"PRAGMA {check}(1)").fetchone()
            if found != "ok":
                return f"{name}: {str(found).splitlines()[0][:200]}"
            return _foreign_problem(connection, home)
    except sqlite3.OperationalError:  # locked or no right: opening it raises
        return ""
    except sqlite3.Error as error:
        return f"{name}: {error}"


def _foreign_problem(connection: sqlite3.Connection, home: Home) -> str:
    """Whether the ledger is another one than the marker names."""
    noted = home_ledger_id(home)
    if noted is None:
        return ""
    query = "SELECT count(*) FROM sqlite_master WHERE name = 'meta'"
    if connection.execute(query).fetchone() == (0,):
        return f"{home.ledger_path.name} holds no tables"
    found = connection.execute("SELECT value FROM meta WHERE key = 'ledger_id'").fetchone()
    if found == (noted,):
        return ""
    return f"{home.ledger_path.name} belongs to another workspace"
