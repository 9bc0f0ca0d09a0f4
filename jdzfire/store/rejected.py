"""Rows that could not be used: one file for each raw file and the reader that read it."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from jdzfire.errors import StoreError, UsageError
from jdzfire.schemas import REJECTED, validate
from jdzfire.store.atomic import write_atomic
from jdzfire.store.home import Home, write_turn
from jdzfire.store.kept import changing_kept, verify_kept
from jdzfire.store.parquet import count_rows, differing_rows, encode_table, read_table, read_tables
from jdzfire.store.raw import raw_path

_KIND = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def keep_rejected(home: Home, table: pd.DataFrame) -> int:
    """Keep rejected rows with their reasons.

    The rows of one raw file and kind are kept together and are those of the last reading of that
    file: a reading that rejects the same rows again changes nothing, not even ``rejected_at``; one
    that rejects others takes their place (the raw file itself is kept in any case).

    Parameters
    ----------
    home : Home
    table : DataFrame [REJECTED], n rows, may be empty
        All rows a reading rejected.

    Returns
    -------
    int
        Rows written, 0 when all was known.

    Raises
    ------
    ContractError
        The table breaks REJECTED.
    UsageError
        ``raw_sha256`` or ``kind`` is none.
    """
    checked = validate(table, REJECTED)
    paths = [
        _path(home, str(sha256), str(kind))
        for sha256, kind in zip(checked["raw_sha256"], checked["kind"], strict=True)
    ]
    written, files = 0, {}
    with write_turn(home):
        for path, rows in checked.groupby(pd.Series(paths, dtype=object), sort=True):
            ordered = rows.sort_values(["line", "reason", "detail", "row"]).reset_index(drop=True)
            if not _same_as_held(home, path, ordered):
                files[path] = encode_table(ordered)
                written += len(ordered)
        if files:
            with changing_kept(home, files):
                for path, data in files.items():
                    write_atomic(path, data)
    return written


def count_rejected(home: Home) -> int:
    """How many rejected rows there are, from the files' footers."""
    return sum(map(count_rows, (home.archive_dir / "rejected").glob("kind=*/[!.]*.parquet")))


def load_rejected(home: Home) -> pd.DataFrame:
    """All rejected rows, in the order of rejected_at, raw_sha256, kind, line.

    Returns
    -------
    DataFrame [REJECTED], may be empty
    """
    folder = home.archive_dir / "rejected"
    files = sorted(folder.glob("kind=*/[!.]*.parquet"))
    verify_kept(home, files)
    rows: pd.DataFrame = read_tables(files, REJECTED)
    order = ["rejected_at", "raw_sha256", "kind", "line", "reason", "detail", "row"]
    return rows.sort_values(order).reset_index(drop=True)


def _same_as_held(home: Home, path: Path, rows: pd.DataFrame) -> bool:
    if not path.exists():
        return False
    try:
        verify_kept(home, [path])
        held = read_table(path, REJECTED)
    except StoreError:  # a reading again is how a damaged file is made again
        return False
    return len(held) == len(rows) and not differing_rows(held, rows, ignore=["rejected_at"]).any()


def _path(home: Home, sha256: str, kind: str) -> Path:
    raw_path(home, sha256)  # refuses what is no sha256
    if not _KIND.fullmatch(kind):
        raise UsageError(
            "not the kind of an input", expected="a feed or register kind", found=repr(kind[:80])
        )
    return home.archive_dir / "rejected" / f"kind={kind}" / f"{sha256}.parquet"
