"""Tilesets on this computer: MBTiles, PMTiles and folders, as pictures by zoom, column and row.

What belongs here: from a file the operator provides to checked pictures of this place.
Where they are kept is the matter of ``store``; what the page does with them, of ``publish``.
Files are large and are read where they lie; every size in them has a bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jdzfire.errors import InputError
from jdzfire.feeds.tilesets.folder import TileFolder
from jdzfire.feeds.tilesets.mbtiles import MBTILES_MAGIC, open_mbtiles
from jdzfire.feeds.tilesets.pmtiles import PMTILES_MAGIC, open_pmtiles
from jdzfire.feeds.tilesets.tileset import (
    DEEPEST_ZOOM,
    MARGIN_TILES,
    TILE_BYTES_MAX,
    Places,
    Tileset,
    TilesetNote,
    check_picture,
    foreign_datum,
    places_over,
    readable,
)

__all__ = [
    "DEEPEST_ZOOM",
    "MARGIN_TILES",
    "TILE_BYTES_MAX",
    "Places",
    "Tileset",
    "TilesetNote",
    "check_picture",
    "foreign_datum",
    "open_tileset",
    "places_over",
]


@contextmanager
def open_tileset(path: Path, *, from_south: bool = False) -> Iterator[Tileset]:
    """Open a tileset; its content decides the format, not its name.

    Parameters
    ----------
    path : Path
        An MBTiles or PMTiles file, or a folder of tiles.
    from_south : bool
        Of a folder: its rows count from the south.

    Raises
    ------
    InputError
        It is none of these, damaged, or holds no raster tiles.
    """
    with readable(path.name):
        folder = TileFolder(path, from_south=from_south) if path.is_dir() else None
        begins = b"" if folder else _first_bytes(path)
    if folder:
        yield folder
        return
    for magic, opened in ((MBTILES_MAGIC, open_mbtiles), (PMTILES_MAGIC, open_pmtiles)):
        if begins.startswith(magic):
            with opened(path) as tileset:
                yield tileset
            return
    raise InputError(
        f"{path.name} is no tileset",
        expected="an MBTiles file, a PMTiles file of version 3, or a folder {z}/{x}/{y}.png",
        found=f"a file that begins with {begins[:8].hex(' ') or 'nothing'}",
    )


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)
