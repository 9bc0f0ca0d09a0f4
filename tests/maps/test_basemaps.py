"""What the one setting of the base map means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jdzfire.board.board import Board
from jdzfire.errors import SettingsError
from jdzfire.maps.basemaps import base_layers, local_tile_url, picture_sources
from tests.feeds.made_tilesets import home_tiles, write_folder
from tests.maps.browser import BROWSER_MARKS, WALL, Seen

ZOOMS = {6: (50, 55, 24, 29), 7: (103, 108, 51, 56), 8: (207, 215, 101, 110)}
LOCAL_URL = local_tile_url(ZOOMS, "png", "图源 <b>甲</b></script>")


@pytest.mark.parametrize(
    ("setting", "hosts"),
    [
        (None, ()),
        ("osm", ("https://tile.openstreetmap.org",)),
        ("tianditu-img:abc1", ("https://*.tianditu.gov.cn",)),
        ("tiles/{z}/{x}/{y}.png", ("'self'", "file:")),
        ("../tiles/{z}/{x}/{y}.webp", ("'self'", "file:")),
        (LOCAL_URL, ("'self'", "file:")),
        ("https://maps.office/{z}/{x}/{y}", ("https://maps.office",)),
    ],
)
def test_pictures_come_from_there_and_nowhere_else(
    setting: str | None, hosts: tuple[str, ...]
) -> None:
    assert picture_sources(base_layers(setting)) == hosts


def test_labels_of_tianditu_are_asked_with_the_same_key() -> None:
    ground, names = base_layers("tianditu-img:abc1")
    assert ("LAYER=img&" in ground.url, "LAYER=cia&" in names.url) == (True, True)
    assert ground.url.endswith("tk=abc1")
    assert names.url.endswith("tk=abc1")
    assert ground.subdomains == "01234567"


@pytest.mark.parametrize(
    "setting",
    [
        "city.mbtiles",
        "local",
        "local:",
        "local:{}",
        'local:{"zooms":{},"extension":"png"}',
        "local:[]",
        'local:{"zooms":{"8":[1,2]},"extension":"png"}',
        'local:{"zooms":{"8":[1,2,1,2]},"extension":"html"}',
        "tiles/{z}/{x}.png",
        "tianditu:",
        "file:///tiles/{z}/{x}/{y}.png",
        'x"{z}',
    ],
)
def test_what_cannot_be_drawn_is_refused(setting: str) -> None:
    with pytest.raises(SettingsError):
        base_layers(setting)


def test_the_unpacked_base_map_is_stretched_beyond_its_own_deepest_zoom() -> None:
    (layer,) = base_layers(LOCAL_URL)
    assert (layer.min_zoom, layer.max_native_zoom) == (6, 8)
    assert layer.zooms == ZOOMS


@pytest.fixture
def open_site(chromium: Any, tmp_path: Path, board: Board, page_of: Callable[..., str]) -> Any:
    """``open_site(folder)``: the page of a site with a base map, opened from that folder."""
    site = tmp_path / "published"
    tiles = {
        (z, x, y): data
        for (z, x, y), data in home_tiles().items()
        if ZOOMS[z][0] <= x <= ZOOMS[z][1] and ZOOMS[z][2] <= y <= ZOOMS[z][3]
    }
    write_folder(site / "basemap", tiles)
    context = chromium.new_context(
        viewport={"width": WALL[0], "height": WALL[1]}, reduced_motion="reduce"
    )

    def load(folder: str) -> Seen:
        file = site / folder / "index.html"
        file.parent.mkdir(parents=True)
        file.write_text(page_of(board, tile_url=LOCAL_URL), "utf-8")
        seen = Seen(context.new_page(), file, site=site)
        seen.watch()
        seen.page.clock.install(time="2024-03-16T08:20:00Z")
        seen.page.goto(seen.address)
        seen.page.wait_for_selector("html.is-ready", state="attached")
        return seen

    yield load
    context.close()


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["internal", "runs/internal/20240316T081000Z"])
@pytest.mark.browser
@pytest.mark.skipif(BROWSER_MARKS[1].args[0], reason="no /usr/bin/chromium")
def test_tiles_of_this_computer_are_drawn_from_any_depth_of_the_site(
    open_site: Callable[[str], Seen], folder: str
) -> None:
    seen = open_site(folder)
    page = seen.page
    page.locator("img.leaflet-tile-loaded").nth(3).wait_for(state="attached")
    tiles = page.locator(".leaflet-tile-pane img").evaluate_all(
        "all => all.map(i => [i.src, i.naturalWidth]).filter(([src]) => src.startsWith('file:'))"
    )
    site = (seen.site or Path()).as_uri()
    assert len(tiles) > 3
    for source, width in tiles:
        assert source.startswith(f"{site}/basemap/8/")  # the page opens at zoom 9 and more
        assert width == 256
    assert page.locator(".leaflet-control-layers label", has_text="本地底图").count() == 1
    assert "图源 <b>甲</b></script> 本地底图" in page.locator("#foot").inner_text()
    far = page.locator(".leaflet-tile-pane img[src*='/basemap/6/']")
    for _ in range(30):  # a step asked for while another is drawn is not taken
        if far.count() > 3:
            break
        page.get_by_label("缩小").click()
        page.wait_for_timeout(300)
    assert far.count() > 3
    page.wait_for_timeout(300)
    seen.assert_quiet()
