"""The files of a month: parts added and replaced, and few parts made of many, in one step."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from jdzfire.errors import StoreError
from jdzfire.schemas import Contract
from jdzfire.store.atomic import swap_folder, write_atomic
from jdzfire.store.home import Home
from jdzfire.store.kept import changing_kept, verify_kept
from jdzfire.store.parquet import count_rows, encode_table, read_tables

PARTS_MAX = 16
"""More parts than this are made fewer: each costs a reader some milliseconds [K]."""

_ROWS_BIG = 500_000
"""A part of this many rows is left as it is, so that compacting needs no more memory than a few
of them, however large the month."""

_TRIES = 20
"""How often a reader starts again before it reports what it meets."""

_PART = re.compile(r"part-(\d+)-([0-9a-f]{12})\.parquet")


def part_files(folder: Path) -> list[Path]:
    """Files of a month, by name; what a killed writer left is hidden and not among them."""
    return sorted(path for path in folder.glob("*.parquet") if not path.name.startswith("."))


T = TypeVar("T")


def read_settled(list_files: Callable[[], list[Path]], read: Callable[[list[Path]], T]) -> T:
    """What is read from files whose folder another process may exchange at any moment.

    Parameters
    ----------
    list_files : callable
        The files as they are now.
    read : callable
        Reads them all, or raises StoreError.

    Raises
    ------
    StoreError
        A file cannot be read, and it was not that another took its place.

    Notes
    -----
    A folder that is emptied while it is listed shows some of its files or none, so a listing
    counts when the next one is like it. What was read counts when no file of it has gone.
    Files that were added meanwhile belong to the next reading.
    """
    tries = 0
    while True:
        tries += 1
        files = list_files()
        if files != list_files() and tries < _TRIES:
            continue
        try:
            found = read(files)
        except StoreError:
            if tries < _TRIES and not set(files) <= set(list_files()):
                continue
            raise
        if tries >= _TRIES or set(files) <= set(list_files()):
            return found


def rewrite_month(
    home: Home, folder: Path, *, gone: Collection[Path], new: Sequence[bytes]
) -> None:
    """Let a month consist of other files, in one step.

    Parameters
    ----------
    home : Home
    folder : Path
        Of the month; made when it is missing.
    gone : collection of Path
        Files that are not in it any more.
    new : sequence of bytes
        Files that are added, named by a running number and the sha256 of what they hold.

    Notes
    -----
    A single new file is written beside the others. Where files go, the new folder is staged outside
    the archive's tables, with what stays as hard links, and exchanged with the old one: a reader
    sees every row once at any moment. Both are announced in the list of what is kept.
    """
    held = part_files(folder)
    staying = [path for path in held if path not in gone]
    named = _named(held, new)
    after: dict[Path, bytes | None] = {folder / name: data for name, data in named.items()}
    with changing_kept(home, {**dict.fromkeys(gone), **after}):
        if not gone and len(named) == 1:
            ((name, data),) = named.items()
            write_atomic(folder / name, data)
            return
        _exchange(home, folder, staying, named)


def compact_month(
    home: Home, folder: Path, contract: Contract, ordered: Callable[[Any], Any]
) -> bool:
    """Make one part of all small ones, and put the new folder in place in one step.

    Parameters
    ----------
    home : Home
    folder : Path
    contract : Contract
        Of the tables in it.
    ordered : callable
        Puts the rows of a table in their order.

    Returns
    -------
    bool
        False when there was nothing to do.
    """
    small = [path for path in part_files(folder) if count_rows(path) < _ROWS_BIG]
    if len(small) < 2:
        return False
    verify_kept(home, small)
    merged = encode_table(ordered(read_tables(small, contract)))
    rewrite_month(home, folder, gone=small, new=[merged])
    return True


def part_digest(path: Path) -> str:
    """The first digits of the sha256 a part's name states; "" when the name states none."""
    match = _PART.fullmatch(path.name)
    return match[2] if match else ""


def _exchange(home: Home, folder: Path, staying: Sequence[Path], new: Mapping[str, bytes]) -> None:
    staged = home.archive_dir / f".staging-{folder.name}-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        staged.mkdir()
        for path in staying:
            os.link(path, staged / path.name)
        for name, data in new.items():
            write_atomic(staged / name, data)
        swap_folder(staged, folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _named(held: Sequence[Path], new: Sequence[bytes]) -> dict[str, bytes]:
    """The new files by name: a running number and what they hold."""
    taken = [int(match[1]) for path in held if (match := _PART.fullmatch(path.name))]
    first = max(taken, default=0) + 1
    return {
        f"part-{number:04d}-{hashlib.sha256(data).hexdigest()[:12]}.parquet": data
        for number, data in enumerate(new, start=first)
    }
