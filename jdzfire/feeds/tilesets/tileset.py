"""Metadata of every tileset, which of its tiles lie over an area, and whether one is a picture.

What belongs here: the words all forms of tilesets share. Tiles are named as on the web: column
from the west, row from the north, web Mercator (EPSG:3857).
"""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Protocol

import numpy as np
from PIL import Image

from jdzfire.crs.belts import metres_per_degree
from jdzfire.errors import InputError

DEEPEST_ZOOM = 30
"""No tileset is deeper: MBTiles and PMTiles files that claim more are damaged [K]."""

MARGIN_TILES = 4
"""Tiles beyond the area on each side, so that the page is filled at the border:
half of a 1920 px wall is 1920 / 2 / 256 = 3.75 tiles [C]."""

TILE_BYTES_MAX = 2 << 20
"""Largest tile that is taken: 512 px pictures weigh some hundred kB [K]."""

TILE_SIDE_MAX_PX = 1024
"""Longest side of a tile: 256 is usual, 512 for fine screens [K]."""

VECTOR_FORMATS = ("pbf", "mvt", "mlt")
"""Formats that need a drawing programme in the page; this page shows pictures."""

_LATITUDE_MAX = 85.0511287798
"""Where web Mercator ends, atan(sinh(pi)) [C]."""

_EXTENSIONS = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "webp": "webp"}
_TEXT_MAX = 300

_FOREIGN = re.compile(
    r"gcj|amap|autonavi|gaode|高德|火星坐标|tencent|腾讯|soso|baidu|百度|bd-?09|mapabc|google.*\bcn\b",
    re.IGNORECASE,
)
"""Words of makers whose tiles are in GCJ-02 or BD-09 [V, field notes on datums]."""


@dataclass(frozen=True)
class TilesetNote:
    """Metadata of a tileset."""

    name: str
    """Plain text, may be empty."""
    attribution: str
    """Who must be named, plain text, may be empty."""
    extension: str
    """``png``, ``jpg`` or ``webp``; empty when it is not stated."""
    min_zoom: int
    """Shallowest zoom."""
    max_zoom: int
    """Deepest zoom."""
    described: str = ""
    """All its texts together, for :func:`foreign_datum`."""


@dataclass(frozen=True)
class Places:
    """A rectangle of tiles of one zoom."""

    zoom: int
    columns: range
    """From the west."""
    rows: range
    """From the north."""

    def __len__(self) -> int:
        return len(self.columns) * len(self.rows)

    def __contains__(self, place: tuple[int, int]) -> bool:
        return place[0] in self.columns and place[1] in self.rows

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return ((x, y) for x in self.columns for y in self.rows)


class Tileset(Protocol):
    """An opened tileset."""

    note: TilesetNote

    def present(self, places: Places) -> set[tuple[int, int]]:
        """Columns and rows of the tiles that are there."""
        ...

    def pictures(self, places: Places) -> Iterator[tuple[int, int, bytes]]:
        """Column, row and bytes of each tile that is there, as the file holds them."""
        ...


def places_over(
    bbox: tuple[float, float, float, float],
    zoom: int,
    *,
    margin_km: float = 0.0,
    margin_tiles: int = 0,
) -> Places:
    """The tiles of a zoom that lie over an area.

    Parameters
    ----------
    bbox : tuple of float [degree, EPSG:4326]
        West, south, east, north.
    zoom : int
    margin_km : float [km]
        Added on each side of the area.
    margin_tiles : int
        Tiles added beyond that.

    Returns
    -------
    Places
        Never empty; cut at the edge of the world.

    Notes
    -----
    Column = (lon + 180) / 360 * 2^z, row = (1 - asinh(tan(lat)) / pi) / 2 * 2^z [K].

    Examples
    --------
    >>> places = places_over((117.2, 29.25, 117.21, 29.26), 11)
    >>> (list(places.columns), list(places.rows))
    ([1690], [849])
    """
    west, south, east, north = bbox
    dx_m, dy_m = (float(v[0]) for v in metres_per_degree(np.array([(south + north) / 2])))
    dx, dy = margin_km * 1000.0 / dx_m, margin_km * 1000.0 / dy_m
    count = 1 << zoom
    columns = [(lon + 180.0) / 360.0 * count for lon in (west - dx, east + dx)]
    rows = [_row(lat, count) for lat in (north + dy, south - dy)]
    return Places(zoom, _cut(columns, margin_tiles, count), _cut(rows, margin_tiles, count))


def _row(lat: float, count: int) -> float:
    held = math.radians(max(-_LATITUDE_MAX, min(_LATITUDE_MAX, lat)))
    return (1.0 - math.asinh(math.tan(held)) / math.pi) / 2.0 * count


def _cut(edges: list[float], more: int, count: int) -> range:
    first = min(max(math.floor(edges[0]) - more, 0), count - 1)
    last = min(max(math.floor(edges[1]) + more, first), count - 1)
    return range(first, last + 1)


def check_picture(data: Any, where: str) -> str:
    """The kind of a tile's picture: ``png``, ``jpg`` or ``webp``.

    Raises
    ------
    InputError
        No such picture, a damaged one, or one that is far too large for a tile.
    """
    if not isinstance(data, bytes) or len(data) > TILE_BYTES_MAX:
        size = f"{len(data)} bytes" if isinstance(data, bytes) else type(data).__name__
        raise _no_picture(where, size)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
                kind, size_px = str(picture.format), picture.size
                picture.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise _no_picture(where, _first_bytes(data)) from error
    except Image.DecompressionBombWarning as error:
        raise _no_picture(where, "a picture of a hundred million pixels") from error
    if max(size_px) > TILE_SIDE_MAX_PX:
        raise _no_picture(where, f"{size_px[0]} x {size_px[1]} px")
    return _EXTENSIONS[kind.lower()]


def _no_picture(where: str, found: str) -> InputError:
    return InputError(
        f"the tile {where} is no picture",
        expected=f"PNG, JPEG or WebP of at most {TILE_SIDE_MAX_PX} px and {TILE_BYTES_MAX} bytes",
        found=found,
        remedy="export the tileset again; nothing was changed",
    )


def _first_bytes(data: bytes) -> str:
    if data[:2] == b"\x1f\x8b":
        return "gzip, as vector tiles are packed"
    return f"{len(data)} bytes, the first {data[:8].hex(' ') or 'none'}"


@contextmanager
def readable(name: str) -> Iterator[None]:
    """A fault of the disk in the block is one of the file that was brought."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{name} cannot be read",
            found=str(error.strerror or error),
            remedy="copy it again, or give the right to read it",
        ) from error


def extension_of(metadata: str) -> str:
    """File extension of a format name, ``png``, ``image/jpeg`` and the like; "" when unknown.

    Raises
    ------
    InputError
        Vector tiles, or another format this page cannot show.
    """
    name = metadata.strip().lower().removeprefix("image/").removeprefix("application/")
    if not name:
        return ""
    if name in _EXTENSIONS:
        return _EXTENSIONS[name]
    vector = name in VECTOR_FORMATS or "mapbox-vector" in name or "protobuf" in name
    raise InputError(
        "the tileset holds vector tiles" if vector else "the tileset holds no pictures",
        expected="raster tiles: png, jpg or webp",
        found=name[:40],
        remedy="export it as raster tiles, for example with QGIS: Generate XYZ tiles (MBTiles)",
    )


def foreign_datum(note: TilesetNote) -> str:
    """The word of a tileset's texts that speaks of GCJ-02 or BD-09; "" when there is none.

    Examples
    --------
    >>> foreign_datum(TilesetNote("高德矢量", "", "png", 0, 18, "高德矢量"))
    '高德'
    """
    found = _FOREIGN.search(note.described)
    return found[0] if found else ""


class _Text(HTMLParser):
    """Collects what a reader of a piece of HTML sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= tag in ("script", "style") and self.hidden > 0

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.seen.append(data)


def plain_text(metadata: Any) -> str:
    """Text of an attribution, which both formats allow to be HTML; at most 300 characters.

    Examples
    --------
    >>> plain_text('&copy; <a href="https://x.org">OSM</a><script>x()</script>')
    '© OSM'
    """
    if not isinstance(metadata, str):
        return ""
    reader = _Text()
    reader.feed(metadata[: 20 * _TEXT_MAX])
    reader.close()
    shown = "".join(c if c.isprintable() else " " for c in "".join(reader.seen))
    return " ".join(shown.split())[:_TEXT_MAX]


def note_of(
    metadata: Mapping[str, Any], *, extension: str, min_zoom: int, max_zoom: int
) -> TilesetNote:
    """Metadata of a tileset, from its key/value texts."""
    names = ("name", "description", "attribution", "source", "type", "id")
    described = " ".join(str(metadata[key])[:2000] for key in names if key in metadata)
    name, by = plain_text(metadata.get("name")), plain_text(metadata.get("attribution"))
    return TilesetNote(name, by, extension, min_zoom, max_zoom, described)
