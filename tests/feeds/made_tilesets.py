"""Tilesets written by hand, each number after its specification and not after our reader."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import struct
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

Tiles = dict[tuple[int, int, int], bytes]
"""(zoom, column from the west, row from the north) -> picture."""


@cache
def picture(z: int, x: int, y: int, *, kind: str = "PNG", side: int = 256) -> bytes:
    """A tile whose colour states its place."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), (40 + 20 * z, x % 256, y % 256)).save(out, kind)
    return out.getvalue()


def home_tiles(zooms: range = range(6, 9)) -> Tiles:
    """14 x 14 tiles a zoom about Jingdezhen, at zoom 8 from 107.6 to 127.3 E.

    Column of 117.4 E at zoom 8: (117.4 + 180) / 360 * 256 = 211.48; row of 29.35 N: 106.0.
    """
    found: Tiles = {}
    for z in zooms:
        x, y = 211 >> (8 - z), 106 >> (8 - z)
        for dx in range(-6, 8):
            for dy in range(-6, 8):
                found[z, x + dx, y + dy] = picture(z, x + dx, y + dy)
    return found


def write_mbtiles(
    path: Path, tiles: Tiles, metadata: dict[str, str] | None = None, *, unique: bool = True
) -> Path:
    """An MBTiles file; rows count from the south: 2^z - 1 - y."""
    stated = {"name": "made", "format": "png"} if metadata is None else metadata
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE metadata (name text, value text)")
        db.execute(
            "CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, "
            "tile_data blob)"
        )
        if unique:
            db.execute("CREATE UNIQUE INDEX i ON tiles (zoom_level, tile_column, tile_row)")
        db.executemany("INSERT INTO metadata VALUES (?, ?)", stated.items())
        db.executemany(
            "INSERT INTO tiles VALUES (?, ?, ?, ?)",
            [(z, x, (1 << z) - 1 - y, data) for (z, x, y), data in tiles.items()],
        )
    db.close()
    return path


@cache
def hilbert_places(zoom: int) -> list[tuple[int, int]]:
    """Columns and rows along the curve: four turned copies of the curve half as wide."""
    if zoom == 0:
        return [(0, 0)]
    half, side = hilbert_places(zoom - 1), 1 << (zoom - 1)
    return [
        *((y, x) for x, y in half),
        *((x, y + side) for x, y in half),
        *((x + side, y + side) for x, y in half),
        *((2 * side - 1 - y, side - 1 - x) for x, y in half),
    ]


@cache
def _ids(zoom: int) -> dict[tuple[int, int], int]:
    before = sum(4**z for z in range(zoom))
    return {place: before + k for k, place in enumerate(hilbert_places(zoom))}


def varints(numbers: list[int]) -> bytes:
    out = bytearray()
    for number in numbers:
        while number > 127:
            out.append(number % 128 + 128)
            number //= 128
        out.append(number)
    return bytes(out)


Entry = tuple[int, int, int, int]
"""Tile id, run length, length, offset."""


def directory(entries: list[Entry]) -> bytes:
    """Columns: number of entries, steps of the ids, runs, lengths, offsets plus one or 0."""
    ids = [entry[0] for entry in entries]
    steps = [b - a for a, b in zip([0, *ids], ids, strict=False)]
    offsets = []
    for k, (_, _, _, offset) in enumerate(entries):
        follows = k > 0 and offset == entries[k - 1][3] + entries[k - 1][2]
        offsets.append(0 if follows else offset + 1)
    runs, lengths = [e[1] for e in entries], [e[2] for e in entries]
    return varints([len(entries), *steps, *runs, *lengths, *offsets])


def entries_of(tiles: Tiles) -> tuple[list[Entry], bytes]:
    """Entries in order of their ids, equal neighbours as one run, and the tile section."""
    data = bytearray()
    where: dict[bytes, int] = {}
    entries: list[Entry] = []
    for number, picture_ in sorted((_ids(z)[x, y], t) for (z, x, y), t in tiles.items()):
        if picture_ not in where:
            where[picture_] = len(data)
            data += picture_
        if entries and sum(entries[-1][:2]) == number and entries[-1][3] == where[picture_]:
            first, run, length, offset = entries[-1]
            entries[-1] = (first, run + 1, length, offset)
        else:
            entries.append((number, 1, len(picture_), where[picture_]))
    return entries, bytes(data)


def write_pmtiles(
    path: Path,
    tiles: Tiles,
    metadata: Any = None,
    *,
    leaf: int = 0,
    packed: bool = True,
    **header: Any,
) -> Path:
    """A PMTiles file of version 3; ``leaf`` entries a leaf directory, none when 0."""
    fold = (lambda raw: gzip.compress(raw, mtime=0)) if packed else bytes
    entries, data = entries_of(tiles)
    leaves = b""
    if leaf:
        root = []
        for k in range(0, len(entries), leaf):
            one = fold(directory(entries[k : k + leaf]))
            root.append((entries[k][0], 0, len(one), len(leaves)))
            leaves += one
        entries = root
    folded_root = fold(directory(entries))
    stated = fold(json.dumps({"name": "made"} if metadata is None else metadata).encode())
    zooms = [z for z, _, _ in tiles] or [0]
    sections = [folded_root, stated, leaves, data]
    begins, places = 127, []
    for section in sections:
        places += [begins, len(section)]
        begins += len(section)
    fixed = {"inner": 2 if packed else 1, "outer": 1, "type": 2, "min": min(zooms),
             "max": max(zooms), "version": 3, "places": places} | header  # fmt: skip
    raw = b"PMTiles" + bytes([fixed["version"]])
    raw += struct.pack("<8Q", *fixed["places"]) + struct.pack("<3Q", 0, 0, 0)
    raw += bytes([1, fixed["inner"], fixed["outer"], fixed["type"], fixed["min"], fixed["max"]])
    raw += struct.pack("<4i", -1800000000, -850000000, 1800000000, 850000000)
    raw += bytes([0]) + struct.pack("<2i", 0, 0)
    assert len(raw) == 127
    path.write_bytes(raw + b"".join(sections))
    return path


def write_folder(
    path: Path, tiles: Tiles, metadata: Any = None, *, from_south: bool = False
) -> Path:
    """A folder ``{z}/{x}/{y}.png``."""
    for (z, x, y), data in tiles.items():
        row = (1 << z) - 1 - y if from_south else y
        file = path / str(z) / str(x) / f"{row}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    if metadata is not None:
        (path / "metadata.json").write_text(json.dumps(metadata), "utf-8")
    return path
