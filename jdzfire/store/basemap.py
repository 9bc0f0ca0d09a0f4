"""The base map of the site: pictures of tiles beside the editions, changed as a whole.

    published/
      basemap/basemap.json             what it is; written before the swap
      basemap/{z}/{x}/{y}.png          the tiles

What belongs here: how a set of thousands of files is written and swapped. It is not published
anew with each run: the editions and every dated run show the same folder.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from jdzfire.errors import StoreError
from jdzfire.store.atomic import swap_folder
from jdzfire.store.staging import sync_folder

BASEMAP = "basemap"
"""Folder of the base map in the site."""

_NOTE = "basemap.json"
_TILE_NAME = re.compile(r"^\d{1,2}/\d{1,9}/\d{1,9}\.(?:png|jpg|webp)$")


@dataclass(frozen=True)
class Basemap:
    """What the base map is."""

    name: str
    """As the tileset calls itself, plain text."""
    attribution: str
    """Who must be named beside the map, plain text."""
    extension: str
    """``png``, ``jpg`` or ``webp``."""
    zooms: dict[int, tuple[int, int, int, int]]
    """Zoom -> first and last column, first and last row; no tile is missing in between. Beyond
    the deepest the page stretches the tiles."""
    tiles: int
    """How many tiles."""
    source: str
    """Name of the file they came from."""
    datum: str
    """``wgs84`` or ``cgcs2000`` when declared, else empty."""


def keep_basemap(site: Path, note: Basemap, tiles: Iterable[tuple[str, bytes]]) -> Path:
    """Write a base map beside the editions; the former one is removed.

    The tiles are written to a hidden folder as they come and forced to the disk together; then
    the two folders swap names. What the iterable raises goes on to the caller, and nothing was
    changed.

    Parameters
    ----------
    site : Path
    note : Basemap
    tiles : iterable of (name, bytes)
        ``"{z}/{x}/{y}.png"`` and the picture, each name once.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    StoreError
        The disk refused, a tile was named twice, fewer came than the note lists, or another
        process is unpacking a base map.
    """
    target = site / BASEMAP
    staging = site / f".{BASEMAP}.staging-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        site.mkdir(parents=True, exist_ok=True)
        with FileLock(site / f".{BASEMAP}.lock", timeout=0):
            _clear_leftovers(site)
            try:
                _stage(staging, note, tiles)
                swap_folder(staging, target)
            finally:
                shutil.rmtree(staging, ignore_errors=True)
    except Timeout as error:
        raise StoreError(
            "another base map is being unpacked", remedy="run again when it is done"
        ) from error
    except OSError as error:
        raise StoreError(
            "the base map could not be kept",
            found=str(error.strerror or error),
            remedy="free space on the disk or allow writing; the last one is still in place",
        ) from error
    return target


def load_basemap(site: Path) -> Basemap | None:
    """What the base map of a site is; None when there is none that can be used."""
    try:
        stored = json.loads((site / BASEMAP / _NOTE).read_bytes())
        zooms = {int(zoom): _four(ends) for zoom, ends in stored["zooms"].items()}
        note = Basemap(**{**stored, "zooms": zooms})
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return note if zooms and note.extension in ("png", "jpg", "webp") else None


def remove_basemap(site: Path) -> bool:
    """Take the base map away; False when there was none."""
    target = site / BASEMAP
    if not target.exists():
        return False
    target.rename(site / f".{BASEMAP}.staging-{secrets.token_hex(4)}")
    sync_folder(site)
    _clear_leftovers(site)
    return True


def _four(ends: list[int]) -> tuple[int, int, int, int]:
    first_column, last_column, first_row, last_row = map(int, ends)
    return first_column, last_column, first_row, last_row


def _stage(staging: Path, note: Basemap, tiles: Iterable[tuple[str, bytes]]) -> None:
    staging.mkdir()
    count = 0
    made: set[Path] = set()
    for name, data in tiles:
        if not _TILE_NAME.match(name):
            raise StoreError("a tile has no such name", expected="{z}/{x}/{y}.png", found=name)
        path = staging / name
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        with path.open("xb") as file:  # a name twice is a fault
            file.write(data)
        count += 1
    if count != note.tiles:
        raise StoreError("tiles went missing", expected=str(note.tiles), found=str(count))
    text = json.dumps(asdict(note), ensure_ascii=False, indent=1) + "\n"
    (staging / _NOTE).write_text(text, encoding="utf-8")
    if hasattr(os, "sync"):
        os.sync()  # once for all: a call a tile would take minutes


def _clear_leftovers(site: Path) -> None:
    for leftover in site.glob(f".{BASEMAP}.staging-*"):
        shutil.rmtree(leftover, ignore_errors=True)
