"""What an archive says, whatever files it lies in; and letting another archive stand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.schemas import HOTSPOT_VERSIONS, HOTSPOTS
from jdzfire.store.archive_parts import part_files
from jdzfire.store.atomic import swap_folder
from jdzfire.store.home import Home, write_turn
from jdzfire.store.parquet import read_tables

__all__ = ["archive_digest", "replace_archive"]

_ROOMS = {"hotspots": HOTSPOTS, "versions": HOTSPOT_VERSIONS}


def archive_digest(home: Home) -> dict[str, str]:
    """A sha256 over the content of each month, ``hotspots/2024-04`` and ``versions/2024-04``.

    Two archives with the same digests hold the same rows, value for value, null for null; parts,
    row groups and the order of rows do not count.

    Notes
    -----
    Each row is hashed to 64 bits over all columns, the place as its two coordinates; the sorted
    hashes and their number are the content.
    """
    return dict(_digests(home))


def replace_archive(home: Home, other: Home) -> None:
    """Let the archive of another home stand in this one; each room in one step."""
    with write_turn(home):
        for room in _ROOMS:
            staged, target = other.archive_dir / room, home.archive_dir / room
            staged.mkdir(parents=True, exist_ok=True)
            swap_folder(staged, target)


def _digests(home: Home) -> Iterator[tuple[str, str]]:
    for room, contract in _ROOMS.items():
        for folder in sorted((home.archive_dir / room).glob("month=*")):
            rows = read_tables(part_files(folder), contract)
            if len(rows):
                yield f"{room}/{folder.name.removeprefix('month=')}", _digest(rows)


def _digest(rows: gpd.GeoDataFrame) -> str:
    plain = pd.DataFrame(rows.drop(columns="geometry"))
    plain = plain.assign(x=rows.geometry.x, y=rows.geometry.y)
    hashes = np.sort(pd.util.hash_pandas_object(plain, index=False).to_numpy())
    return hashlib.sha256(f"{len(hashes)}:".encode() + hashes.tobytes()).hexdigest()
