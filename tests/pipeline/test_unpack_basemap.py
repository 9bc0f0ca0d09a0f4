"""A tileset becomes the base map of the site, as a whole or not at all."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jdzfire.errors import InputError, StoreError, UsageError
from jdzfire.feeds.tilesets import places_over
from jdzfire.maps.packed import unpack_document
from jdzfire.pipeline import unpack_basemap as stage
from jdzfire.pipeline.examine import examine
from jdzfire.pipeline.publish import publish_editions
from jdzfire.pipeline.unpack_basemap import unpack_basemap
from jdzfire.store.basemap import keep_basemap, load_basemap, remove_basemap
from jdzfire.workspace import open_workspace
from tests.feeds.made_tilesets import (
    home_tiles,
    picture,
    write_folder,
    write_mbtiles,
    write_pmtiles,
)

HOME = (116.9, 28.7, 117.9, 30.0)
"""The watched area of the default settings."""
AT = datetime(2024, 4, 4, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forcing all of the machine's writes out takes as long as other programmes have written."""
    monkeypatch.setattr("os.sync", lambda: None)


def unpack(root: Path, tileset: Path, **options: Any) -> Any:
    with open_workspace(root) as workspace:
        return unpack_basemap(workspace, tileset, **options)


def held_of(root: Path) -> dict[str, bytes]:
    folder = root / "published" / "basemap"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.*")
        if path.name != "basemap.json"
    }


def leftovers(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "published").glob(".basemap.staging*"))


@pytest.mark.parametrize("write", [write_mbtiles, write_pmtiles, write_folder])
def test_the_tiles_over_the_area_are_kept_and_no_others(tmp_path: Path, write: Any) -> None:
    tiles = home_tiles()
    root = tmp_path / "home"
    kept, notes = unpack(root, write(tmp_path / "a", tiles, {"name": "x", "format": "png"}))
    expected = {
        f"{z}/{x}/{y}.png": tiles[z, x, y]
        for z in (6, 7, 8)
        for x, y in places_over(HOME, z, margin_km=10.0, margin_tiles=4)
    }
    assert held_of(root) == expected
    # zoom 8: column 211 and 4 on each side; rows 105 and 106 and 4 on each side
    assert kept.zooms[8] == (207, 215, 101, 110)
    assert kept.tiles == len(expected)
    assert load_basemap(root / "published") == kept
    assert notes == ["the tileset states no datum: compare a road of it with the page's own"]
    assert leftovers(root) == []


def test_a_second_base_map_takes_the_place_of_the_first(tmp_path: Path) -> None:
    root = tmp_path / "home"
    unpack(root, write_mbtiles(tmp_path / "a", home_tiles()))
    later = home_tiles(range(6, 8))
    unpack(root, write_pmtiles(tmp_path / "b", later, {"name": "later"}), datum="cgcs2000")
    kept = load_basemap(root / "published")
    assert kept is not None
    assert (kept.name, kept.datum, list(kept.zooms)) == ("later", "cgcs2000", [6, 7])
    assert {name.split("/")[0] for name in held_of(root)} == {"6", "7"}
    assert remove_basemap(root / "published")
    assert load_basemap(root / "published") is None
    assert not remove_basemap(root / "published")
    assert leftovers(root) == []


def test_a_hole_becomes_a_transparent_picture(tmp_path: Path) -> None:
    tiles = home_tiles()
    del tiles[8, 208, 102]
    unpack(tmp_path, write_mbtiles(tmp_path / "a", tiles))
    with Image.open(io.BytesIO(held_of(tmp_path)["8/208/102.png"])) as blank:
        assert (blank.size, blank.convert("RGBA").getpixel((0, 0))) == ((1, 1), (0, 0, 0, 0))


@pytest.mark.parametrize(("there", "deepest"), [(2, 8), (1, 8), (0, 7)])
def test_a_zoom_that_hardly_fills_the_area_is_left_out(
    tmp_path: Path, there: int, deepest: int
) -> None:
    # the area itself is 1 x 2 tiles at zoom 8: half of them is enough, none is not
    tiles = home_tiles()
    for row in (105, 106)[there:]:
        del tiles[8, 211, row]
    kept, notes = unpack(tmp_path, write_mbtiles(tmp_path / "a", tiles))
    assert max(kept.zooms) == deepest
    said = "zooms left out, too few tiles over the watched area: 8 (0%)"
    assert (said in notes) == (deepest == 7)
    assert any(name.startswith("8/") for name in held_of(tmp_path)) == (deepest == 8)


def test_zooms_the_page_does_not_show_are_not_unpacked(tmp_path: Path) -> None:
    tiles = home_tiles() | {(0, 0, 0): picture(0, 0, 0), (5, 26, 13): picture(5, 0, 0)}
    kept, _ = unpack(tmp_path, write_mbtiles(tmp_path / "a", tiles))
    assert list(kept.zooms) == [6, 7, 8]
    kept, _ = unpack(tmp_path, tmp_path / "a", max_zoom=7)
    assert list(kept.zooms) == [6, 7]
    shallow = {(3, x, y): picture(3, x, y) for x in range(8) for y in range(8)}
    kept, _ = unpack(tmp_path, write_mbtiles(tmp_path / "b", shallow))
    assert list(kept.zooms) == [3]  # stretched, better than none


def test_the_kind_is_told_by_the_pictures_when_the_file_does_not(tmp_path: Path) -> None:
    tiles = {key: picture(*key, kind="JPEG") for key in home_tiles(range(6, 8))}
    kept, _ = unpack(tmp_path, write_mbtiles(tmp_path / "a", tiles, {"name": "x"}))
    assert kept.extension == "jpg"
    assert all(name.endswith(".jpg") for name in held_of(tmp_path))


def test_too_many_tiles_end_with_the_zoom_that_fits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_mbtiles(tmp_path / "a", home_tiles())
    counts = [len(places_over(HOME, z, margin_km=10.0, margin_tiles=4)) for z in (6, 7, 8)]
    monkeypatch.setattr(stage, "TILES_MAX", sum(counts))
    assert unpack(tmp_path / "h", path)[0].tiles == sum(counts)
    monkeypatch.setattr(stage, "TILES_MAX", sum(counts) - 1)
    with pytest.raises(InputError, match=r"too many tiles.*--max-zoom 7"):
        unpack(tmp_path / "h", path)
    monkeypatch.setattr(stage, "TILES_MAX", sum(counts[:2]))
    assert list(unpack(tmp_path / "h", path, max_zoom=7)[0].zooms) == [6, 7]


@pytest.mark.parametrize("words", [{"name": "高德卫星"}, {"attribution": "© AutoNavi"}])
def test_tiles_of_a_maker_of_gcj02_need_a_word(tmp_path: Path, words: dict[str, str]) -> None:
    path = write_mbtiles(tmp_path / "a", home_tiles(), {"format": "png", **words})
    with pytest.raises(InputError, match=r"GCJ-02 or BD-09.*--datum wgs84"):
        unpack(tmp_path, path)
    assert unpack(tmp_path, path, datum="wgs84")[1] == []


@pytest.mark.parametrize(
    "options",
    [{"datum": "gcj02"}, {"datum": "bd09"}, {"max_zoom": 19}, {"max_zoom": 5}, {"margin_km": -1}],
)
def test_what_cannot_be_asked_is_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        unpack(tmp_path, write_mbtiles(tmp_path / "a", home_tiles()), **options)


def test_tiles_of_another_place_are_refused(tmp_path: Path) -> None:
    away = {(8, x - 60, y): data for (_, x, y), data in home_tiles(range(8, 9)).items()}
    with pytest.raises(InputError, match="does not show the watched area"):
        unpack(tmp_path, write_mbtiles(tmp_path / "a", away))


def test_whatever_fails_the_base_map_that_stood_stands(tmp_path: Path) -> None:
    root = tmp_path / "home"
    unpack(root, write_mbtiles(tmp_path / "a", home_tiles()))
    before = held_of(root)
    broken = home_tiles()
    broken[8, 215, 110] = b"<script>"  # the last one to be read
    for path in (
        write_mbtiles(tmp_path / "b", broken),
        write_pmtiles(tmp_path / "c", broken),
        write_folder(tmp_path / "d", broken),
    ):
        with pytest.raises(InputError, match="the tile 8/215/110 is no picture"):
            unpack(root, path)
        assert held_of(root) == before
        assert leftovers(root) == []


def test_names_that_are_no_tiles_and_counts_that_differ_are_not_kept(tmp_path: Path) -> None:
    unpack(tmp_path, write_mbtiles(tmp_path / "a", home_tiles()))
    site = tmp_path / "published"
    kept = load_basemap(site)
    assert kept is not None
    for tiles in (
        [("../../x.png", b"x")],
        [("8/1/2.html", b"x")],
        [("8/1/2.png", b"x"), ("8/1/2.png", b"x")],
        [("8/1/2.png", b"x")],
    ):
        with pytest.raises(StoreError):
            keep_basemap(site, kept, tiles)
    assert len(held_of(tmp_path)) == kept.tiles


def test_a_damaged_note_is_no_base_map(tmp_path: Path) -> None:
    unpack(tmp_path, write_mbtiles(tmp_path / "a", home_tiles()))
    note = tmp_path / "published" / "basemap" / "basemap.json"
    whole = json.loads(note.read_text("utf-8"))
    for damage in ({"zooms": {}}, {"zooms": {"8": [1]}}, {"extension": "svg"}, {"more": 1}):
        note.write_text(json.dumps(whole | damage), "utf-8")
        assert load_basemap(tmp_path / "published") is None
    note.write_text("{", "utf-8")
    assert load_basemap(tmp_path / "published") is None


@pytest.mark.slow
def test_the_pages_use_it_when_it_is_set(tmp_path: Path) -> None:
    said = {"name": "x", "format": "png", "attribution": "图源 <b>甲</b>"}
    (tmp_path / "jdzfire.toml").write_text('tile_url = "local"\n')
    with open_workspace(tmp_path) as workspace:
        assert "local base map" in [f.what for f in examine(workspace, at=AT) if not f.is_well]
        shown = publish_editions(workspace, at=AT)
        assert "jdzfireTiles(" not in _tile_script(shown["public"])
        unpack_basemap(workspace, write_mbtiles(tmp_path / "a", home_tiles(), said))
        shown = publish_editions(workspace, at=AT)
        assert "local base map" in [f.what for f in examine(workspace, at=AT) if f.is_well]
    for folder in (
        *shown.values(),
        tmp_path / "published" / "runs" / "public" / f"{AT:%Y%m%dT%H%M%SZ}",
    ):
        page = (folder / "index.html").read_text("utf-8")
        assert 'jdzfireTiles({"path":"basemap/{z}/{x}/{y}.png"' in page
        assert '"maxNativeZoom": 8' in page
        assert unpack_document(page, "board-data")["credit"] == "图源 甲"
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
        assert policy
        assert "img-src data: 'self' file:;" in policy[1]
        assert "connect-src 'self'" in policy[1]


def _tile_script(folder: Path) -> str:
    """What Folium wrote of its layers."""
    return (folder / "index.html").read_text("utf-8").partition("var board = L.map")[2]
