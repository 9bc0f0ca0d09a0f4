"""Tilesets: what is read from whole ones, and that broken and hostile ones end as clear faults."""

from __future__ import annotations

import gzip
import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdzfire.errors import InputError
from jdzfire.feeds.tilesets import (
    Places,
    TilesetNote,
    check_picture,
    foreign_datum,
    open_tileset,
    places_over,
)
from jdzfire.feeds.tilesets.pmtiles import tile_id
from jdzfire.feeds.tilesets.tileset import extension_of, plain_text
from tests.feeds.made_tilesets import (
    Tiles,
    directory,
    hilbert_places,
    home_tiles,
    picture,
    write_folder,
    write_mbtiles,
    write_pmtiles,
)

HOME = (116.9, 28.7, 117.9, 30.0)


def read_all(path: Path, places: Places, *, from_south: bool = False) -> Tiles:
    with open_tileset(path, from_south=from_south) as tileset:
        found = {(places.zoom, x, y): data for x, y, data in tileset.pictures(places)}
        assert {(x, y) for _, x, y in found} == tileset.present(places)
    return found


def test_places_on_the_curve_are_those_of_the_specification() -> None:
    # zoom z begins after 1 + 4 + ... + 4^(z-1) tiles
    for zoom, before in ((0, 0), (1, 1), (2, 5), (3, 21), (6, 1365)):
        along = [tile_id(zoom, x, y) for x, y in hilbert_places(zoom)]
        assert along == list(range(before, before + 4**zoom))


def test_places_over_an_area_by_hand() -> None:
    # zoom 8, 256 columns: 116.9 E -> 296.9 / 360 * 256 = 211.13, 117.9 E -> 211.84
    # rows: 30.0 N -> (1 - asinh(tan 30) / pi) / 2 * 256 = 105.62, 28.7 N -> 106.68
    exact = places_over(HOME, 8)
    assert (exact.columns, exact.rows) == (range(211, 212), range(105, 107))
    wide = places_over(HOME, 8, margin_tiles=4)
    assert (wide.columns, wide.rows) == (range(207, 216), range(101, 111))
    assert len(wide) == 9 * 10
    # 100 km at 29.35 N are 1.03 degrees of longitude, 0.73 columns: 210.40 to 212.57
    assert places_over(HOME, 8, margin_km=100.0).columns == range(210, 213)
    assert places_over((-180, -89, 180, 89), 2, margin_tiles=9).columns == range(4)


FORMS: dict[str, Callable[[Path, Tiles], Path]] = {
    "mbtiles": lambda path, tiles: write_mbtiles(path / "a.mbtiles", tiles),
    "mbtiles-xyz": lambda path, tiles: write_mbtiles(
        path / "a.db",
        {(z, x, (1 << z) - 1 - y): data for (z, x, y), data in tiles.items()},
        {"name": "made", "scheme": "xyz", "format": "image/png"},
    ),
    "pmtiles": lambda path, tiles: write_pmtiles(path / "a.pmtiles", tiles),
    "pmtiles-leaves": lambda path, tiles: write_pmtiles(path / "a.pmtiles", tiles, leaf=40),
    "pmtiles-plain": lambda path, tiles: write_pmtiles(
        path / "a.pmtiles", tiles, packed=False, leaf=90
    ),
    "folder": lambda path, tiles: write_folder(path / "a", tiles),
    "folder-tms": lambda path, tiles: write_folder(
        path / "a", tiles, {"scheme": "tms", "format": "png"}, from_south=True
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_tiles_back(form: str, tmp_path: Path) -> None:
    tiles = home_tiles()
    path = FORMS[form](tmp_path, tiles)
    for zoom in (6, 7, 8):
        places = places_over(HOME, zoom, margin_tiles=7)  # beyond what is there
        held = {key: data for key, data in tiles.items() if key[0] == zoom and key[1:] in places}
        assert read_all(path, places) == held
        assert len(held) > 100
    assert read_all(path, Places(5, range(32), range(32))) == {}


def test_the_row_of_the_specification_is_turned(tmp_path: Path) -> None:
    # "11/327/791 is inserted as tile_row 1256, since 1256 is 2^11 - 1 - 791"
    path = write_mbtiles(tmp_path / "a.mbtiles", {(11, 327, 791): picture(11, 327, 791)})
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT tile_row FROM tiles").fetchall() == [(1256,)]
    db.close()
    places = Places(11, range(320, 330), range(790, 800))
    assert list(read_all(path, places)) == [(11, 327, 791)]


def test_a_run_of_equal_tiles_is_found_everywhere_and_not_beyond(tmp_path: Path) -> None:
    sea = picture(0, 1, 2)
    along = hilbert_places(4)
    tiles = {(4, *place): sea for place in along[3:9]} | {(4, *along[20]): picture(4, 0, 0)}
    path = write_pmtiles(tmp_path / "a.pmtiles", tiles)
    assert read_all(path, Places(4, range(16), range(16))) == tiles


def test_packed_tiles_are_unpacked(tmp_path: Path) -> None:
    one = {(3, 1, 1): picture(3, 1, 1)}
    packed = {key: gzip.compress(data) for key, data in one.items()}
    path = write_pmtiles(tmp_path / "a.pmtiles", packed, outer=2)
    assert read_all(path, Places(3, range(8), range(8))) == one


def test_what_a_tileset_says_of_itself(tmp_path: Path) -> None:
    stated = {
        "name": "Office <b>map</b>",
        "attribution": '<a href="https://x.org">&copy; OSM</a><script>alert(1)</script>\u202e',
        "format": "png",
    }
    for path in (
        write_mbtiles(tmp_path / "a.mbtiles", home_tiles(range(6, 7)), stated),
        write_pmtiles(tmp_path / "a.pmtiles", home_tiles(range(6, 7)), stated),
        write_folder(tmp_path / "a", home_tiles(range(6, 7)), stated),
    ):
        with open_tileset(path) as tileset:
            note = tileset.note
        assert (note.name, note.attribution) == ("Office map", "© OSM")
        assert (note.extension, note.min_zoom, note.max_zoom) == ("png", 6, 6)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("高德街道图 z3-18", "高德"),
        ("AMAP roads", "AMAP"),
        ("Baidu", "Baidu"),
        ("bd-09 tiles", "bd-09"),
        ("tiles in GCJ02", "GCJ"),
        ("© OpenStreetMap contributors", ""),
        ("天地图 CGCS2000", ""),
    ],
)
def test_makers_of_shifted_tiles_are_known_by_name(text: str, word: str) -> None:
    assert foreign_datum(TilesetNote("", "", "png", 0, 1, text)) == word


def test_formats() -> None:
    assert [extension_of(word) for word in ("PNG", "image/jpeg", "webp", "")] == [
        "png",
        "jpg",
        "webp",
        "",
    ]
    for word in ("pbf", "mvt", "mlt", "application/vnd.mapbox-vector-tile"):
        with pytest.raises(InputError, match="vector tiles"):
            extension_of(word)
    with pytest.raises(InputError, match="no pictures"):
        extension_of("avif")


def test_plain_text_is_short_and_of_one_line() -> None:
    assert plain_text("a\nb\x00<br>c" + "x" * 9000).startswith("a b cx")
    assert len(plain_text("x" * 9000)) == 300
    assert plain_text(None) == plain_text(3) == ""


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_known_by_its_bytes(kind: str) -> None:
    data = picture(1, 2, 3, kind=kind)
    assert check_picture(data, "1/2/3") == {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}[kind]


def _bomb() -> bytes:
    """A PNG whose header states of 60,000 x 60,000 px."""
    raw = bytearray(picture(0, 0, 0))
    raw[16:24] = struct.pack(">2I", 60_000, 60_000)
    return bytes(raw)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg onload='alert(1)'/>",
        b"<html>",
        gzip.compress(b"vector"),
        picture(0, 0, 0)[:90],
        _bomb(),
        picture(0, 0, 0, side=1025),
        b"\x89PNG\r\n\x1a\n" + bytes(3 << 20),
        "text",
        None,
    ],
    ids=["empty", "svg", "html", "gzip", "cut", "bomb", "wide", "heavy", "text", "null"],
)
def test_what_is_no_picture_is_refused(data: object) -> None:
    with pytest.raises(InputError, match="the tile 8/1/2 is no picture"):
        check_picture(data, "8/1/2")


def test_a_tile_of_the_largest_side_is_taken() -> None:
    assert check_picture(picture(0, 0, 0, side=1024), "0/0/0") == "png"


def _sql(path: Path, *lines: str) -> Path:
    write_mbtiles(path, {(3, 1, 1): picture(3, 1, 1)}, unique=False)
    with sqlite3.connect(path) as db:
        for line in lines:
            db.execute(line)
    db.close()
    return path


def _raw(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


_ONE = {(3, 1, 1): picture(3, 1, 1)}
_ENDLESS = (
    "CREATE VIEW tiles AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) "
    "SELECT 3 AS zoom_level, 1 AS tile_column, 1 AS tile_row, i AS tile_data FROM n"
)
_BOMB = gzip.compress(bytes(40 << 20))

BROKEN: dict[str, tuple[Callable[[Path], Path], str]] = {
    "empty file": (lambda p: _raw(p, b""), "no tileset"),
    "another file": (lambda p: _raw(p, b"PK\x03\x04"), "no tileset"),
    "missing": (lambda p: p, "cannot be read"),
    "empty folder": (lambda p: (p.mkdir(), p)[1], "no folder of tiles"),
    "half a database": (
        lambda p: _raw(p, write_mbtiles(p.with_name("b"), home_tiles()).read_bytes()[:9000]),
        "MBTiles file cannot be read",
    ),
    "no tables": (
        lambda p: _raw(p, b"SQLite format 3\x00" + bytes(84)),
        "MBTiles file cannot be read",
    ),
    "no tiles": (lambda p: _sql(p, "DELETE FROM tiles"), "holds no tiles"),
    "vector": (
        lambda p: write_mbtiles(p, _ONE, {"name": "x", "format": "pbf"}),
        "holds vector tiles",
    ),
    "huge zoom": (lambda p: _sql(p, "INSERT INTO tiles VALUES (99, 0, 0, x'00')"), "cannot be"),
    "row beyond": (lambda p: _sql(p, "INSERT INTO tiles VALUES (3, 0, 8, x'00')"), "cannot be"),
    "row below": (lambda p: _sql(p, "INSERT INTO tiles VALUES (3, 0, -1, x'00')"), "cannot be"),
    "text as zoom": (
        lambda p: _sql(p, "INSERT INTO tiles VALUES ('../../x', 0, 0, x'00')"),
        "cannot be",
    ),
    "twice": (lambda p: _sql(p, "INSERT INTO tiles SELECT * FROM tiles"), "a tile twice"),
    "too heavy": (
        lambda p: _sql(p, "UPDATE tiles SET tile_data = zeroblob(9000000)"),
        "MBTiles file cannot be read",
    ),
    "version 2": (lambda p: write_pmtiles(p, _ONE, version=2), "another version"),
    "pm vector": (lambda p: write_pmtiles(p, _ONE, type=1), "holds vector tiles"),
    "brotli": (lambda p: write_pmtiles(p, _ONE, inner=3), "packed in a way"),
    "zooms": (lambda p: write_pmtiles(p, _ONE, max=31), "zooms cannot be"),
    "zooms turned": (lambda p: write_pmtiles(p, _ONE, min=5, max=4), "zooms cannot be"),
    "root outside": (
        lambda p: write_pmtiles(p, _ONE, places=[200_000, 9, 0, 0, 0, 0, 0, 0]),
        "beyond its end",
    ),
    "far away": (
        lambda p: write_pmtiles(p, _ONE, places=[127, 20, 0, 0, 0, 0, 2**63, 2**63]),
        "beyond its end",
    ),
    "header only": (lambda p: _raw(p, b"PMTiles\x03" + bytes(20)), "ends too early"),
    "no root": (lambda p: write_pmtiles(p, _ONE, places=[127, *[0] * 7]), "out of place"),
    "metadata": (lambda p: write_pmtiles(p, _ONE, ["no object"]), "no JSON object"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_tileset_is_refused_with_a_reason(what: str, tmp_path: Path) -> None:
    make, words = BROKEN[what]
    path = make(tmp_path / "a")
    with pytest.raises(InputError, match=words):
        read_all(path, Places(3, range(8), range(8)))


def test_an_endless_view_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jdzfire.feeds.tilesets.mbtiles._STEPS_MAX", 1_000_000)
    path = _sql(tmp_path / "a", "DROP TABLE tiles", _ENDLESS)
    with pytest.raises(InputError, match="interrupted"), open_tileset(path):
        pass


def _with_directory(path: Path, raw: bytes, leaves: bytes = b"") -> Path:
    tail = picture(0, 0, 0)
    at = 127 + len(raw)
    places = [127, len(raw), 0, 0, at, len(leaves), at + len(leaves), len(tail)]
    made = write_pmtiles(path, _ONE, inner=1, places=places)
    return _raw(path, made.read_bytes()[:127] + raw + leaves + tail)


DIRECTORIES: dict[str, tuple[bytes, bytes, str]] = {
    "no entries": (b"\x00", b"", "no entries"),
    "a million entries stated": (b"\xc0\x84\x3d", b"", "no entries"),
    "cut off": (directory([(22, 1, 9, 0)])[:-1], b"", "cut off"),
    "number cut off": (b"\x01\x80", b"", "a number is cut off"),
    "number too long": (b"\x01" + b"\x80" * 11 + b"\x01", b"", "a number is too long"),
    "the same id twice": (directory([(22, 1, 9, 0), (22, 1, 9, 9)]), b"", "out of order"),
    "no length": (directory([(22, 1, 0, 0)]), b"", "out of order"),
    "begins nowhere": (b"\x01\x16\x01\x09\x00", b"", "begins nowhere"),
    "tile outside": (directory([(21, 64, 1 << 40, 0)]), b"", "outside its section"),
    "leaf outside": (directory([(21, 0, 99, 0)]), b"", "outside its section"),
    "leaf of itself": (
        directory([(21, 0, len(directory([(21, 0, 9, 0)])), 0)]),
        directory([(21, 0, len(directory([(21, 0, 9, 0)])), 0)]),
        "lead nowhere",
    ),
}


@pytest.mark.parametrize("what", DIRECTORIES)
def test_a_broken_directory_is_refused(what: str, tmp_path: Path) -> None:
    raw, leaves, words = DIRECTORIES[what]
    path = _with_directory(tmp_path / "a", raw, leaves)
    with pytest.raises(InputError, match=words), open_tileset(path) as tileset:
        tileset.present(Places(3, range(8), range(8)))


def test_directories_that_unfold_without_end_are_refused(tmp_path: Path) -> None:
    path = write_pmtiles(tmp_path / "a", _ONE)
    head = path.read_bytes()[:127]
    places = struct.pack("<8Q", 127, len(_BOMB), 0, 0, 0, 0, 0, 0)
    assert len(_BOMB) > 16_384  # a root of that size is out of place
    with (
        pytest.raises(InputError, match="out of place"),
        open_tileset(_raw(path, head[:8] + places + head[72:] + _BOMB)),
    ):
        pass
    root = gzip.compress(directory([(0, 0, len(_BOMB), 0)]))
    places = struct.pack("<8Q", 127, len(root), 0, 0, 127 + len(root), len(_BOMB), 0, 0)
    path = _raw(path, head[:8] + places + head[72:] + root + _BOMB)
    with open_tileset(path) as tileset, pytest.raises(InputError, match="unfolds too large"):
        tileset.present(Places(3, range(8), range(8)))


def test_a_damaged_name_in_the_database_ends_in_our_own_fault(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its schema is quoted in the message of SQLite, and is no UTF-8."""
    raw = bytearray(_whole(tmp_path_factory)["mbtiles"])
    ended = 0
    for at in range(100, 4096):
        if raw[at] < 0x80 and chr(raw[at]).isalpha():
            path = tmp_path / "damaged.mbtiles"
            path.write_bytes(bytes(raw[:at]) + b"\x80" + bytes(raw[at + 1 :]))
            try:
                with open_tileset(path) as tileset:
                    tileset.present(Places(2, range(4), range(4)))
            except InputError:
                ended += 1
    assert ended > 100


@given(st.data())
def test_any_damage_to_a_file_ends_in_our_own_fault(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = _whole(tmp_path_factory)[data.draw(st.sampled_from(["mbtiles", "pmtiles"]))]
    raw = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(raw[: cut if data.draw(st.booleans()) else None])
    try:
        with open_tileset(path) as tileset:
            for zoom in (2, 3):
                places = Places(zoom, range(1 << zoom), range(1 << zoom))
                found = {(x, y) for x, y, _ in tileset.pictures(places)}
                assert found <= set(places)
    except InputError:
        pass


_MADE: dict[str, bytes] = {}


def _whole(factory: pytest.TempPathFactory) -> dict[str, bytes]:
    if not _MADE:
        folder = factory.mktemp("whole")
        tiles = {(z, x, y): picture(z, x, y, side=8) for z in (2, 3) for x, y in hilbert_places(z)}
        _MADE["mbtiles"] = write_mbtiles(folder / "a.mbtiles", tiles).read_bytes()
        _MADE["pmtiles"] = write_pmtiles(folder / "a.pmtiles", tiles, leaf=16).read_bytes()
    return _MADE
