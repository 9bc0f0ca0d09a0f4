"""PMTiles version 3: one file of tiles along a Hilbert curve, found by directories.

Written after the PMTiles specification 3 (protomaps/PMTiles, spec/v3/spec.md) [V]. The package
``pmtiles`` reads them too, but unfolds whatever a file holds; here every size has a bound.
"""

from __future__ import annotations

import json
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

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

PMTILES_MAGIC = b"PMTiles"

HEADER_BYTES = 127
"""[V, spec section Header Design]."""
ROOT_ENDS = 16_384
"""Header and root directory lie before this byte [V, spec section File structure]."""

_NONE, _GZIP = 1, 2
_COMPRESSION = {0: "unknown", 1: "none", 2: "gzip", 3: "brotli", 4: "zstd"}
_TYPES = {0: "", 1: "mvt", 2: "png", 3: "jpeg", 4: "webp", 5: "avif", 6: "mlt"}
"""Tile type of the header -> its name; 0: not stated [V, spec]."""

_DEPTH_MAX = 4
"""Root and three levels of leaves; writers make one level [K]."""
_DIRECTORY_BYTES_MAX = 16 << 20
"""One directory unfolded: a million entries; writers keep to some ten thousand [K]."""
_UNFOLDED_BYTES_MAX = 512 << 20
"""All directories unfolded in one reading [K]."""
_METADATA_BYTES_MAX = 4 << 20
_KEPT_DIRECTORIES = 64


@dataclass(frozen=True)
class _Header:
    root: tuple[int, int]
    metadata: tuple[int, int]
    leaves: tuple[int, int]
    tiles: tuple[int, int]
    inner: int
    outer: int
    tile_type: int
    min_zoom: int
    max_zoom: int


@dataclass(frozen=True)
class _Directory:
    ids: list[int]
    runs: list[int]
    lengths: list[int]
    offsets: list[int]


class PMTiles:
    """An opened PMTiles file; see :class:`~jdzfire.feeds.tilesets.Tileset`."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self._kept: dict[tuple[int, int], _Directory] = {}
        self._unfolded = 0
        self._header = _read_header(self._read(0, HEADER_BYTES), size)
        metadata = self._read_metadata()
        self.note: TilesetNote = note_of(
            metadata,
            extension=extension_of(_TYPES.get(self._header.tile_type, "unknown")),
            min_zoom=self._header.min_zoom,
            max_zoom=self._header.max_zoom,
        )
        self._directory(self._header.root)

    def present(self, places: Places) -> set[tuple[int, int]]:
        """Columns and rows of the tiles that are there."""
        return {place for place, _ in self._found(places)}

    def pictures(self, places: Places) -> Iterator[tuple[int, int, bytes]]:
        """Column, row and bytes of each tile that is there."""
        for (column, row), (offset, length) in self._found(places):
            data = self._read(offset, length)
            if self._header.outer == _GZIP:
                data = _unfold(data, TILE_BYTES_MAX + 1, "tile")
            yield column, row, data

    def _found(self, places: Places) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        """Place, and where its bytes lie, along the curve so that each leaf is read once."""
        asked = sorted((tile_id(places.zoom, x, y), (x, y)) for x, y in places)
        for wanted, place in asked:
            lies = self._seek(wanted)
            if lies is not None:
                yield place, lies

    def _seek(self, wanted: int) -> tuple[int, int] | None:
        lies = self._header.root
        for _ in range(_DEPTH_MAX):
            directory = self._directory(lies)
            at = bisect_right(directory.ids, wanted) - 1
            if at < 0:
                return None
            begins, length, run = directory.offsets[at], directory.lengths[at], directory.runs[at]
            if run:
                if wanted >= directory.ids[at] + run:
                    return None
                return _within(begins, length, self._header.tiles, "a tile")
            lies = _within(begins, length, self._header.leaves, "a leaf directory")
        raise _damaged("its directories lead nowhere", f"at most {_DEPTH_MAX} levels", "more")

    def _directory(self, lies: tuple[int, int]) -> _Directory:
        if lies not in self._kept:
            if len(self._kept) >= _KEPT_DIRECTORIES:
                self._kept.pop(next(key for key in self._kept if key != self._header.root))
            raw = self._read(*lies)
            if self._header.inner == _GZIP:
                raw = _unfold(raw, _DIRECTORY_BYTES_MAX, "directory")
            self._unfolded += len(raw)
            if self._unfolded > _UNFOLDED_BYTES_MAX:
                raise _damaged("its directories are too large", f"{_UNFOLDED_BYTES_MAX} bytes", "")
            self._kept[lies] = _read_directory(raw)
        return self._kept[lies]

    def _read_metadata(self) -> dict[str, Any]:
        begins, length = self._header.metadata
        if not length:
            return {}
        if length > _METADATA_BYTES_MAX:
            raise _damaged(
                "its metadata are too large", f"{_METADATA_BYTES_MAX} bytes", str(length)
            )
        raw = self._read(begins, length)
        if self._header.inner == _GZIP:
            raw = _unfold(raw, _METADATA_BYTES_MAX, "metadata")
        try:
            metadata = json.loads(raw)
        except (ValueError, RecursionError) as error:
            raise _damaged("its metadata are no JSON", "an object", str(error)[:80]) from error
        if not isinstance(metadata, dict):
            raise _damaged("its metadata are no JSON object", "{...}", type(metadata).__name__)
        return metadata

    def _read(self, begins: int, length: int) -> bytes:
        with readable("the PMTiles file"):
            self._file.seek(begins)
            data = self._file.read(length)
        if len(data) < length:
            raise _damaged("it ends too early", f"{length} bytes at {begins}", f"{len(data)}")
        return data


@contextmanager
def open_pmtiles(path: Path) -> Iterator[PMTiles]:
    """Open a PMTiles file for reading.

    Raises
    ------
    InputError
        It is damaged, of another version, packed in a way that is not read, or holds no raster
        tiles.
    """
    with path.open("rb") as file:
        yield PMTiles(file, path.stat().st_size)


def tile_id(zoom: int, column: int, row: int) -> int:
    """Place of a tile on the Hilbert curves of all zooms, one after the other, from 0.

    Zoom z begins after (4^z - 1) / 3 tiles [V, spec section Entries].

    Examples
    --------
    >>> [tile_id(0, 0, 0), *(tile_id(1, x, y) for x, y in [(0, 0), (0, 1), (1, 1), (1, 0)])]
    [0, 1, 2, 3, 4]
    """
    along = 0
    x, y = column, row
    side = 1 << zoom >> 1
    while side:
        right, low = int(bool(x & side)), int(bool(y & side))
        along += side * side * ((3 * right) ^ low)
        if not low:
            if right:
                x, y = side - 1 - (x & (side - 1)), side - 1 - (y & (side - 1))
            x, y = y, x
        side >>= 1
    return ((1 << 2 * zoom) - 1) // 3 + along


def _read_header(raw: bytes, size: int) -> _Header:
    if not raw.startswith(PMTILES_MAGIC) or raw[7] != 3:
        raise _damaged("it is of another version", "version 3", f"version {raw[7]}")
    (*places, _, _, _) = struct.unpack_from("<11Q", raw, 8)
    root, metadata, leaves, tiles = zip(places[::2], places[1::2], strict=True)
    inner, outer, tile_type, min_zoom, max_zoom = raw[97:102]
    for name, (begins, length) in zip(
        ("root directory", "metadata", "leaf directories", "tiles"),
        (root, metadata, leaves, tiles),
        strict=True,
    ):
        if length and begins + length > size:
            raise _damaged(
                f"its {name} lie beyond its end", f"{begins + length} bytes", f"{size} bytes"
            )
    if root[0] < HEADER_BYTES or sum(root) > ROOT_ENDS or not root[1]:
        raise _damaged("its root directory is out of place", f"within {ROOT_ENDS} bytes", f"{root}")
    if inner not in (_NONE, _GZIP) or outer not in (0, _NONE, _GZIP):
        packed = _COMPRESSION.get(outer if inner in (_NONE, _GZIP) else inner, "unknown")
        raise InputError(
            "the PMTiles file is packed in a way that is not read",
            expected="none or gzip",
            found=packed,
            remedy="write it again with gzip, for example with pmtiles convert",
        )
    if not min_zoom <= max_zoom <= DEEPEST_ZOOM:
        raise _damaged("its zooms cannot be", f"0 to {DEEPEST_ZOOM}", f"{min_zoom} to {max_zoom}")
    return _Header(root, metadata, leaves, tiles, inner, outer, tile_type, min_zoom, max_zoom)


def _read_directory(raw: bytes) -> _Directory:
    """Columns of a directory: ids as differences, runs, lengths, offsets plus one."""
    numbers = _varints(raw)
    count = next(numbers, 0)
    if not 0 < count <= len(raw):
        raise _damaged("a directory has no entries", "one or more", str(count))
    metadata = list(numbers)
    if len(metadata) != 4 * count:
        raise _damaged("a directory is cut off", f"{4 * count} numbers", str(len(metadata)))
    ids = list(accumulate(metadata[:count]))
    runs, lengths, offsets = (metadata[k * count : (k + 1) * count] for k in (1, 2, 3))
    if any(step == 0 for step in metadata[1:count]) or 0 in lengths:
        raise _damaged("a directory is out of order", "rising ids, lengths above 0", "others")
    for k, offset in enumerate(offsets):
        if offset == 0 and k == 0:
            raise _damaged("a directory begins nowhere", "an offset", "none")
        offsets[k] = offset - 1 if offset else offsets[k - 1] + lengths[k - 1]
    return _Directory(ids, runs, lengths, offsets)


def _varints(raw: bytes) -> Iterator[int]:
    """Little-endian base 128 numbers of at most 64 bits."""
    value = shift = 0
    for byte in raw:
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            yield value
            value = shift = 0
            continue
        shift += 7
        if shift > 63:
            raise _damaged("a number is too long", "64 bits", "more")
    if shift:
        raise _damaged("a number is cut off", "its last byte", "the end")


def _unfold(raw: bytes, most: int, what: str) -> bytes:
    unfolder = zlib.decompressobj(wbits=31)
    try:
        data = unfolder.decompress(raw, most + 1)
    except zlib.error as error:
        raise _damaged(f"a {what} cannot be unfolded", "gzip", str(error)) from error
    if len(data) > most:
        raise _damaged(f"a {what} unfolds too large", f"at most {most} bytes", "more")
    if not unfolder.eof:
        raise _damaged(f"a {what} is cut off", "whole gzip", f"{len(raw)} bytes")
    return data


def _within(begins: int, length: int, section: tuple[int, int], what: str) -> tuple[int, int]:
    if begins + length > section[1]:
        raise _damaged(
            f"{what} lies outside its section", f"{section[1]} bytes", f"{begins + length}"
        )
    return section[0] + begins, length


def _damaged(what: str, expected: str, found: str) -> InputError:
    return InputError(
        f"the PMTiles file is damaged: {what}",
        expected=expected,
        found=found,
        remedy="copy or export it again; nothing was changed",
    )
