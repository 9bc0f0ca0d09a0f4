"""The files of a month: adding a part, and making few parts of many in one step."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jdzfire.schemas import Contract
from jdzfire.store.atomic import swap_folder, write_atomic
from jdzfire.store.parquet import count_rows, encode_table, read_tables

__all__ = ["PARTS_MAX", "add_part", "compact_month", "part_files"]

PARTS_MAX = 16
"""More parts than this are made fewer: each costs a reader some milliseconds [K]."""

_ROWS_BIG = 500_000
"""A part of this many rows is left as it is, so that compacting needs no more memory than a few
of them, however large the month."""

_PART = re.compile(r"part-(\d+)-[0-9a-f]{12}\.parquet")


def part_files(folder: Path) -> list[Path]:
    """Files of a month, by name; what a killed writer left is hidden and not among them."""
    return sorted(path for path in folder.glob("*.parquet") if not path.name.startswith("."))


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
