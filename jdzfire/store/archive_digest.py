"""Content of an archive independent of its files; and replacing an archive by another."""

from __future__ import annotations

import hashlib
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.errors import StoreError
from jdzfire.schemas import HOTSPOT_VERSIONS, HOTSPOTS
from jdzfire.store.archive_parts import part_files
from jdzfire.store.atomic import swap_folder
from jdzfire.store.home import Home, write_turn
from jdzfire.store.kept import KeptFile, changing_kept, kept_file, load_kept, verify_kept
from jdzfire.store.parquet import read_tables

DAMAGED = "damaged"
"""In place of the digest of a month that cannot be read."""

_TABLES = {"hotspots": HOTSPOTS, "versions": HOTSPOT_VERSIONS}


def archive_digest(home: Home, *, despite_damage: bool = False) -> dict[str, str]:
    """A sha256 over the content of each month, ``hotspots/2024-04`` and ``versions/2024-04``.

    Two archives with the same digests hold the same rows, value for value, null for null; parts,
    row groups and the order of rows do not count.

    Parameters
    ----------
    home : Home
    despite_damage : bool
        A month that cannot be read gets the digest :data:`DAMAGED` instead of an error.

    Raises
    ------
    StoreError
        A file is damaged.

    Notes
    -----
    Each row is hashed to 64 bits over all columns, the place as its two coordinates; the sorted
    hashes and their number are the content.
    """
    found: dict[str, str] = {}
    for room, contract in _TABLES.items():
        for folder in sorted((home.archive_dir / room).glob("month=*")):
            name = f"{room}/{folder.name.removeprefix('month=')}"
            try:
                files = part_files(folder)
                verify_kept(home, files)
                rows = read_tables(files, contract)
            except StoreError:
                if not despite_damage:
                    raise
                found[name] = DAMAGED
                continue
            if len(rows):
                found[name] = _digest(rows)
    return found


def replace_archive(home: Home, other: Home) -> None:
    """Let the archive of another home take the place of this one's; each table in one step."""
    with write_turn(home):
        after: dict[Path, KeptFile | None] = {}
        for room in _TABLES:
            after |= dict.fromkeys(_listed(home, room))
            after |= {
                home.root / path.relative_to(other.root): kept_file(path)
                for path in (other.archive_dir / room).rglob("*.parquet")
            }
        with changing_kept(home, after):
            for room in _TABLES:
                staged, target = other.archive_dir / room, home.archive_dir / room
                staged.mkdir(parents=True, exist_ok=True)
                swap_folder(staged, target)


def _listed(home: Home, room: str) -> list[Path]:
    """Files of a table that are in the list of what is kept, there or not."""
    prefix = f"archive/{room}/"
    return [home.root / name for name in load_kept(home).files if name.startswith(prefix)]


def _digest(rows: gpd.GeoDataFrame) -> str:
    plain = pd.DataFrame(rows.drop(columns="geometry"))
    plain = plain.assign(x=rows.geometry.x, y=rows.geometry.y)
    hashes = np.sort(pd.util.hash_pandas_object(plain, index=False).to_numpy())
    return hashlib.sha256(f"{len(hashes)}:".encode() + hashes.tobytes()).hexdigest()
