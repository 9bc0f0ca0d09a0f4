"""MBTiles: a SQLite file of tiles.

Written after the MBTiles specification 1.3 (mapbox/mbtiles-spec) [V]: tables or views
``metadata(name, value)`` and ``tiles(zoom_level, tile_column, tile_row, tile_data)``; rows count
from the south (TMS), so row = 2^z - 1 - tile_row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import pathname2url

from jdzfire.errors import InputError
from jdzfire.feeds.tilesets.tileset import (
    DEEPEST_ZOOM,
    TILE_BYTES_MAX,
    Places,
    TilesetNote,
    extension_of,
    note_of,
)

MBTILES_MAGIC = b"SQLite format 3\x00"

_STEPS_MAX = 2_000_000_000
"""Steps of SQLite's machine until a query is given up: a view may be an endless loop. Reading a
million tiles takes some ten million [C]."""
_STEPS_AT_ONCE = 100_000

_IMPOSSIBLE = (
    "SELECT zoom_level, tile_column, tile_row FROM tiles WHERE "
    "typeof(zoom_level) != 'integer' OR typeof(tile_column) != 'integer' "
    "OR typeof(tile_row) != 'integer' OR zoom_level NOT BETWEEN 0 AND ? "
    "OR tile_column < 0 OR tile_row < 0 OR tile_column >= (1 << zoom_level) "
    "OR tile_row >= (1 << zoom_level) LIMIT 1"
)
_WITHIN = "zoom_level = ? AND tile_column BETWEEN ? AND ? AND tile_row BETWEEN ? AND ?"


class MBTiles:
    """An opened MBTiles file; see :class:`~jdzfire.feeds.tilesets.Tileset`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        metadata: dict[str, Any] = dict(self._rows("SELECT name, value FROM metadata LIMIT 1000"))
        self._from_north = str(metadata.get("scheme", "tms")).lower() == "xyz"
        extension = extension_of(str(metadata.get("format") or ""))
        self._refuse_impossible()
        (shallowest, deepest), *_ = self._rows("SELECT min(zoom_level), max(zoom_level) FROM tiles")
        if deepest is None:
            raise InputError("the tileset holds no tiles", expected="rows in its table tiles")
        self.note: TilesetNote = note_of(
            metadata, extension=extension, min_zoom=shallowest, max_zoom=deepest
        )

    def present(self, places: Places) -> set[tuple[int, int]]:
        """Columns and rows of the tiles that are there."""
        asked = f"SELECT tile_column, tile_row FROM tiles WHERE {_WITHIN}"  # noqa: S608
        found = [(x, self._turn(y, places.zoom)) for x, y in self._ask(asked, places)]
        if len(set(found)) < len(found):
            raise InputError(
                "the tileset holds a tile twice",
                expected="one row a tile",
                found=f"{len(found) - len(set(found))} too many at zoom {places.zoom}",
                remedy="export it again",
            )
        return set(found)

    def pictures(self, places: Places) -> Iterator[tuple[int, int, bytes]]:
        """Column, row and bytes of each tile that is there."""
        asked = f"SELECT tile_column, tile_row, tile_data FROM tiles WHERE {_WITHIN}"  # noqa: S608
        for column, row, data in self._ask(asked, places):
            yield column, self._turn(row, places.zoom), data

    def _ask(self, asked: str, places: Places) -> Iterator[tuple[Any, ...]]:
        ends = sorted(self._turn(y, places.zoom) for y in (places.rows[0], places.rows[-1]))
        return self._rows(asked, places.zoom, places.columns[0], places.columns[-1], *ends)

    def _turn(self, row: int, zoom: int) -> int:
        """A row counted from the other side."""
        return row if self._from_north else (1 << zoom) - 1 - row

    def _refuse_impossible(self) -> None:
        for zoom, column, row in self._rows(_IMPOSSIBLE, DEEPEST_ZOOM):
            raise InputError(
                "the tileset holds a tile that cannot be",
                expected=f"zoom 0 to {DEEPEST_ZOOM}, column and row from 0 to 2^zoom - 1",
                found=f"zoom {str(zoom)[:20]}, column {str(column)[:20]}, row {str(row)[:20]}",
                remedy="export it again",
            )

    def _rows(self, asked: str, *values: int) -> Iterator[tuple[Any, ...]]:
        left = _STEPS_MAX // _STEPS_AT_ONCE

        def stop() -> int:
            nonlocal left
            left -= 1
            return int(left < 0)

        self._db.set_progress_handler(stop, _STEPS_AT_ONCE)
        try:
            yield from self._db.execute(asked, values)
        except (sqlite3.Error, UnicodeError) as error:  # damaged names are no UTF-8
            raise InputError(
                "the MBTiles file cannot be read",
                expected="a whole SQLite file with the tables metadata and tiles",
                found=str(error),
                remedy="copy or export it again",
            ) from error


@contextmanager
def open_mbtiles(path: Path) -> Iterator[MBTiles]:
    """Open an MBTiles file for reading; nothing in it can write or load anything.

    Raises
    ------
    InputError
        It is damaged, holds no raster tiles, or tiles that cannot be.
    """
    address = f"file:{pathname2url(str(path.absolute()))}?mode=ro&immutable=1"
    connection = sqlite3.connect(address, uri=True)
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * TILE_BYTES_MAX)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        for pragma in ("trusted_schema = OFF", "query_only = ON", "cell_size_check = ON"):
            connection.execute(f"PRAGMA {pragma}")
        yield MBTiles(connection)
    finally:
        connection.close()
