"""The files of a month: adding a part, and making few parts of many in one step."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from jdzfire.errors import StoreError
from jdzfire.schemas import Contract
from jdzfire.store.atomic import swap_folder, write_atomic
from jdzfire.store.parquet import count_rows, encode_table, read_tables

__all__ = ["PARTS_MAX", "add_part", "compact_month", "part_files", "read_settled"]

PARTS_MAX = 16
"""More parts than this are made fewer: each costs a reader some milliseconds [K]."""

_ROWS_BIG = 500_000
"""A part of this many rows is left as it is, so that compacting needs no more memory than a few
of them, however large the month."""

_TRIES = 20
"""How often a reader starts again before what it meets is told."""

_PART = re.compile(r"part-(\d+)-[0-9a-f]{12}\.parquet")


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


def add_part(folder: Path, data: bytes) -> Path:
    """Write one more file, named by a running number and what it holds."""
    path = folder / _name(part_files(folder), data)
    write_atomic(path, data)
    return path


def compact_month(folder: Path, contract: Contract, ordered: Callable[[Any], Any]) -> bool:
    """Make one part of all small ones, and let the new folder stand in one step.

    Parameters
    ----------
    folder : Path
    contract : Contract
        Of the tables in it.
    ordered : callable
        Puts the rows of a table in their order.

    Returns
    -------
    bool
        False when there was nothing to do.

    Notes
    -----
    The new folder is staged outside the archive's rooms, big parts as hard links, and exchanged
    with the old one: a reader sees every row once at any moment.
    """
    parts = part_files(folder)
    small = [path for path in parts if count_rows(path) < _ROWS_BIG]
    if len(small) < 2:
        return False
    staged = folder.parents[1] / f".staging-{folder.name}-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        staged.mkdir()
        for path in parts:
            if path not in small:
                os.link(path, staged / path.name)
        merged = encode_table(ordered(read_tables(small, contract)))
        write_atomic(staged / _name(part_files(staged), merged), merged)
        swap_folder(staged, folder)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return True


def _name(others: list[Path], data: bytes) -> str:
    taken = [int(match[1]) for path in others if (match := _PART.fullmatch(path.name))]
    digest = hashlib.sha256(data).hexdigest()[:12]
    return f"part-{max(taken, default=0) + 1:04d}-{digest}.parquet"
