"""A folder of tiles, ``{z}/{x}/{y}.png``, as QGIS, mb-util and gdal2tiles write them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jdzfire.errors import InputError
from jdzfire.feeds.tilesets.tileset import (
    DEEPEST_ZOOM,
    TILE_BYTES_MAX,
    Places,
    TilesetNote,
    extension_of,
    note_of,
    readable,
)

_NUMBER = re.compile(r"^\d{1,9}$")
_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


class TileFolder:
    """A folder of tiles; see :class:`~jdzfire.feeds.tilesets.Tileset`.

    Parameters
    ----------
    folder : Path
        Holds folders named by zoom, and perhaps ``metadata.json``.
    from_south : bool
        Rows count from the south, as gdal2tiles writes them without ``--xyz``. A
        ``scheme`` ``tms`` in the metadata does the same.

    Raises
    ------
    InputError
        No folder of a zoom, or the metadata cannot be read.
    """

    def __init__(self, folder: Path, *, from_south: bool = False) -> None:
        zooms = sorted(int(path.name) for path in folder.iterdir() if _NUMBER.match(path.name))
        if not zooms or zooms[-1] > DEEPEST_ZOOM:
            raise InputError(
                f"{folder.name} is no folder of tiles",
                expected=f"folders 0 to {DEEPEST_ZOOM} with {{x}}/{{y}}.png in them",
                found=f"deepest {zooms[-1]}" if zooms else "none of them",
            )
        metadata = _read_metadata(folder / "metadata.json")
        self._folder = folder
        self._from_south = from_south or str(metadata.get("scheme", "")).lower() == "tms"
        self.note: TilesetNote = note_of(
            metadata,
            extension=extension_of(str(metadata.get("format") or "")),
            min_zoom=zooms[0],
            max_zoom=zooms[-1],
        )

    def present(self, places: Places) -> set[tuple[int, int]]:
        """Columns and rows of the tiles that are there."""
        return {place for place, _ in self._found(places)}

    def pictures(self, places: Places) -> Iterator[tuple[int, int, bytes]]:
        """Column, row and bytes of each tile that is there."""
        for (column, row), path in self._found(places):
            with readable(str(path)), path.open("rb") as file:
                data = file.read(TILE_BYTES_MAX + 1)
            yield column, row, data

    def _found(self, places: Places) -> Iterator[tuple[tuple[int, int], Path]]:
        last = (1 << places.zoom) - 1
        for column in places.columns:
            held = self._folder / str(places.zoom) / str(column)
            if not held.is_dir():
                continue
            with readable(str(held)):
                files = sorted(held.iterdir())
            for path in files:
                if not _NUMBER.match(path.stem) or path.suffix.lower() not in _SUFFIXES:
                    continue
                row = last - int(path.stem) if self._from_south else int(path.stem)
                if row in places.rows:
                    yield (column, row), path


def _read_metadata(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        metadata = json.loads(path.read_bytes()[: 4 << 20])
    except (ValueError, RecursionError) as error:
        raise InputError(
            "metadata.json of the tiles is no JSON", expected="an object", found=str(error)[:80]
        ) from error
    return metadata if isinstance(metadata, dict) else {}
