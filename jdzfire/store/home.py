"""The working folder: where each thing lies, and who may write now."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from jdzfire.errors import DamagedStore, StoreError
from jdzfire.store.atomic import clear_leftovers, write_atomic

HOME_SCHEMA = 2
"""Version of the folder's layout. A folder of a higher one is not touched. Since 2 the marker names
the ledger that belongs to the folder, and ``kept.json`` lists what is kept."""

_LOCK_WAIT_S = 120.0


@dataclass(frozen=True)
class Home:
    """A working folder and the places in it. Make one with :func:`open_home`."""

    root: Path
    """The folder itself, absolute."""

    @property
    def raw_dir(self) -> Path:
        """Every byte that was received, named by its sha256."""
        return self.root / "raw"

    @property
    def archive_dir(self) -> Path:
        """Hotspots and rejected rows as GeoParquet and Parquet."""
        return self.root / "archive"

    @property
    def registers_dir(self) -> Path:
        """Registers as GeoParquet with their dated versions, and the grids."""
        return self.root / "registers"

    @property
    def published_dir(self) -> Path:
        """What is shown: one folder an edition."""
        return self.root / "published"

    @property
    def derived_dir(self) -> Path:
        """What was computed from kept files; may be removed at any time."""
        return self.root / "derived"

    @property
    def ledger_path(self) -> Path:
        """The SQLite ledger: events, verdicts, cases, inputs, feeds."""
        return self.root / "ledger.sqlite"

    @property
    def prefect_dir(self) -> Path:
        """Home of Prefect, so that nothing is written outside the working folder."""
        return self.root / "prefect"

    @property
    def marker_path(self) -> Path:
        """The file that makes a folder a home, with its schema version."""
        return self.root / "jdzfire-home.json"

    @property
    def ledger_seal_path(self) -> Path:
        """The sha256 of the ledger file, there while nobody writes in it."""
        return self.root / "ledger.sha256"

    @property
    def kept_path(self) -> Path:
        """The list of what is kept: paths, sha256, sizes."""
        return self.root / "kept.json"

    @property
    def lock_path(self) -> Path:
        """The lock file of :func:`lock_home`."""
        return self.root / ".lock"


def open_home(root: Path | str) -> Home:
    """Open a working folder, made on first use.

    Parameters
    ----------
    root : Path or str
        ``~`` is the user's folder.

    Returns
    -------
    Home

    Raises
    ------
    DamagedStore
        The folder holds data, and its marker is missing or damaged.
    StoreError
        The folder is of a newer version, or it cannot be written.
    """
    home = Home(Path(root).expanduser().absolute())
    try:
        home.root.mkdir(parents=True, exist_ok=True)
        if not home.marker_path.exists():
            _make(home)
        _check_layout(home)
        for folder in _folders(home):
            folder.mkdir(exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{home.root} cannot be used as a working folder",
            found=str(error.strerror or error),
            remedy="choose another folder with --home or JDZFIRE_HOME",
        ) from error
    return home


def _check_layout(home: Home) -> None:
    version = home_layout(home)
    if version not in (1, HOME_SCHEMA):
        raise StoreError(
            "the working folder belongs to another version of jdzfire",
            expected=f"layout {HOME_SCHEMA}",
            found=f"layout {version}",
            remedy="use the version that wrote it, or choose another folder; nothing was changed",
        )


def home_layout(home: Home) -> int:
    """Version of the layout the marker states."""
    return int(_read_marker(home)["jdzfire_home"])


def home_ledger_id(home: Home) -> str | None:
    """The ledger that belongs to this folder; None before the first one was made."""
    found = _read_marker(home).get("ledger")
    return None if found is None else str(found)


def mark_home(home: Home, *, ledger_id: str) -> None:
    """Write the marker: this layout, and the ledger that belongs to the folder."""
    _write_marker(home, ledger_id)


def has_data(home: Home) -> bool:
    """Whether files were ever kept here, except the ledger."""
    folders = (home.raw_dir, home.archive_dir, home.registers_dir)
    return any(any(folder.iterdir()) for folder in folders if folder.is_dir())


def _folders(home: Home) -> tuple[Path, ...]:
    return (
        home.raw_dir,
        home.archive_dir,
        home.registers_dir,
        home.published_dir,
        home.prefect_dir,
    )


def _make(home: Home) -> None:
    """Marker and list of an empty workspace; refused where data lie without a marker."""
    with lock_home(home):
        if home.marker_path.exists():  # another process was quicker
            return
        if home.ledger_path.exists() or has_data(home):
            raise _marker_fault(home, "missing")
        write_atomic(home.kept_path, b'{"files": {}, "changing": {}}\n')
        _write_marker(home, None)


def _write_marker(home: Home, ledger_id: str | None) -> None:
    marker = {"jdzfire_home": HOME_SCHEMA, "ledger": ledger_id}
    write_atomic(home.marker_path, json.dumps(marker).encode() + b"\n")


def _read_marker(home: Home) -> dict[str, Any]:
    try:
        marker = json.loads(home.marker_path.read_bytes())
        int(marker["jdzfire_home"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _marker_fault(home, "damaged") from error
    found: dict[str, Any] = marker
    return found


def _marker_fault(home: Home, state: str) -> DamagedStore:
    return DamagedStore(
        f"the marker {home.marker_path.name} of the working folder is {state}",
        expected='{"jdzfire_home": 2, "ledger": ...}',
        found=str(home.root),
        remedy="jdzfire repair writes it again when the ledger is whole, or choose another folder",
    )


class _HomeLock:
    """The lock of one home in this process: other processes wait, its own threads share it."""

    def __init__(self, path: Path) -> None:
        self.file = FileLock(path, thread_local=False)
        self.counting = threading.Lock()
        self.turn = threading.RLock()


@cache
def _lock_of(path: Path) -> _HomeLock:
    return _HomeLock(path)


@contextmanager
def lock_home(home: Home, *, timeout_s: float = _LOCK_WAIT_S) -> Iterator[None]:
    """Let no other process write in this home while the block runs.

    The lock belongs to the process: it may be taken again inside the block and by its threads
    (tasks of a flow). The system frees it when the process dies, however it dies.

    Parameters
    ----------
    home : Home
    timeout_s : float [s]
        How long to wait for another process.

    Raises
    ------
    StoreError
        The other process did not end in time.
    """
    lock = _lock_of(home.lock_path)
    try:
        with lock.counting:
            lock.file.acquire(timeout=timeout_s)
    except Timeout as error:
        raise StoreError(
            "another process is writing in the working folder",
            expected=f"its end within {timeout_s:g} s",
            found=f"{home.root.name} still locked",
            remedy="wait for it, or end it: the lock goes with the process",
        ) from error
    try:
        yield
    finally:
        with lock.counting:
            lock.file.release()


@contextmanager
def write_turn(home: Home) -> Iterator[None]:
    """One reader-then-writer of the home's files at a time, over processes and threads."""
    with lock_home(home), _lock_of(home.lock_path).turn:
        yield


def sweep_home(home: Home) -> int:
    """Take away the hidden files of killed writers, and return how many."""
    return clear_leftovers(home.root)
