"""The season map: all hotspots of a season, in a browser with all network blocked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from jdzfire.board.board import Board
from jdzfire.maps.packed import unpack_document
from jdzfire.maps.season_map import draw_season_map
from jdzfire.schemas import HOTSPOTS, empty_table
from tests.maps.browser import BROWSER_MARKS, PHONE, WALL

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")


def document_of(page: str) -> dict[str, Any]:
    return unpack_document(page, "season-data")


def test_places_and_times_come_back(board: Board) -> None:
    found = document_of(draw_season_map(board.hotspots, now=board.now))
    table = board.hotspots.sort_values(["acquired_at", "hotspot_id"], ignore_index=True)
    back = pd.Series(found["t"]).cumsum()
    assert back.is_monotonic_decreasing
    # the first of all is 012-1, of an event 30 h ago, 50 min before its last: 1,850 min
    assert back[0] == 1850
    assert [x + found["corner"][0] for x in found["x"]] == [
        round(100_000 * lon) for lon in table.geometry.x
    ]


def test_remarks_do_not_come_along_and_bytes_are_the_same(board: Board) -> None:
    page = draw_season_map(board.hotspots, now=board.now, admin=board.admin)
    assert "王小明" not in str(document_of(page))
    assert page == draw_season_map(board.hotspots.iloc[::-1], now=board.now, admin=board.admin)


def test_an_empty_season_draws() -> None:
    now = pd.Timestamp("2024-03-16T08:10Z").to_pydatetime()
    found = document_of(draw_season_map(empty_table(HOTSPOTS), now=now, lang="en"))
    assert (found["x"], found["t"], found["corner"]) == ([], [], [0, 0])
    assert (found["k"], found["counties"], found["satellites"]) == ([], [], [])


def test_each_hotspot_is_counted_in_its_county(board: Board) -> None:
    found = document_of(draw_season_map(board.hotspots, now=board.now, admin=board.admin))
    counties = board.admin[board.admin["level"] == "county"].sort_values("admin_id")
    assert found["counties"] == list(counties["name"])
    table = board.hotspots.sort_values(["acquired_at", "hotspot_id"], ignore_index=True)
    for place, k in zip(table.geometry, found["k"], strict=True):
        holding = [i for i, area in enumerate(counties.geometry) if area.intersects(place)]
        assert k == (holding[0] if holding else -1)
    assert len(set(found["k"])) > 2


def test_satellites_come_before_people_and_the_public_edition_has_no_people(
    board: Board,
) -> None:
    people = board.hotspots.assign(satellite="call-12119", instrument="PERSON").iloc[:9]
    people = people.assign(hotspot_id=[f"p{k}" for k in range(9)])
    both = pd.concat([board.hotspots, people], ignore_index=True)
    found = document_of(draw_season_map(both, now=board.now))
    assert found["satellites"][-1] == "12119电话"
    counts = pd.Series(found["s"]).value_counts()
    seen = [int(counts[k]) for k in range(len(found["satellites"]) - 1)]
    assert seen == sorted(seen, reverse=True)
    public = document_of(draw_season_map(both, now=board.now, edition="public"))
    assert public["satellites"] == found["satellites"][:-1]
    assert len(public["x"]) == len(board.hotspots)
    assert (found["edition"], public["edition"]) == ("内部版", "公开版")


def test_what_came_later_is_left_out_and_the_title_tells_city_and_year(board: Board) -> None:
    now = board.hotspots["acquired_at"].sort_values().iloc[4].to_pydatetime()
    page = draw_season_map(board.hotspots, now=now, year=2024, city="景德镇市<b>")
    found = document_of(page)
    assert len(found["x"]) == int((board.hotspots["acquired_at"] <= now).sum())
    assert found["title"] == "景德镇市<b>2024年卫星热点图"
    assert "<title>景德镇市&lt;b&gt;2024年卫星热点图</title>" in page


class TestInBrowser:
    """Needs Chromium."""

    pytestmark = BROWSER_MARKS

    @pytest.mark.slow
    def test_the_slider_and_a_click(self, see: Callable[..., Any], board: Board) -> None:
        seen = see(board, size=WALL, draw=lambda b: draw_season_map(b.hotspots, now=b.now))
        page = seen.page
        stated = page.locator(".season-head output")
        assert stated.inner_text() == "28 个热点 · 截至 2024-03-16"
        page.get_by_label("时间轴").fill("-1")
        # a day before: 012 (30 h) with its two hotspots; 007 was seen 22 h before
        assert stated.inner_text() == "2 个热点 · 截至 2024-03-15"
        page.get_by_label("时间轴").press("ArrowRight")
        page.get_by_label("时段长度").select_option("1")
        assert stated.inner_text() == "26 个热点 · 截至 2024-03-16"
        spot = page.evaluate(
            "() => { const m = Object.values(window).find((v) => v && v.flyTo && v.getZoom);"
            " m.setView([29.71, 117.78], 12, { animate: false });"
            " return m.latLngToContainerPoint([29.71, 117.78]); }"
        )
        box = page.locator(".leaflet-container").bounding_box()
        page.mouse.click(box["x"] + spot["x"], box["y"] + spot["y"])
        popup = page.locator(".leaflet-popup", has_text="117.78000, 29.71000")
        popup.wait_for()
        assert popup.locator("h2").inner_text() == "NOAA-20"
        assert popup.locator("dt").all_inner_texts()[0] == "时间"
        assert "object" not in popup.inner_text()
        seen.assert_quiet()

    @pytest.mark.slow
    @pytest.mark.parametrize("size", [WALL, PHONE], ids=["wall", "phone"])
    def test_legend_counts_and_hides_and_the_counties_are_named(
        self, see: Callable[..., Any], board: Board, size: tuple[int, int]
    ) -> None:
        seen = see(
            board,
            size=size,
            draw=lambda b: draw_season_map(b.hotspots, now=b.now, admin=b.admin, dem=b.dem),
        )
        page = seen.page
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert "浮梁县" in page.locator(".season-name.county").all_inner_texts()
        if size == PHONE:
            page.locator(".season-box summary").click()
        rows = page.locator(".season-box .season-row")
        # by age: within a day of 08:10 all but the two of 012, which are of the last week
        assert [rows.nth(k).inner_text().split() for k in range(4)] == [
            ["当天", "26"],
            ["7", "天内", "2"],
            ["30", "天内", "0"],
            ["更早", "0"],
        ]
        page.get_by_label("颜色").select_option("satellite")
        stated = page.locator(".season-head output b")
        buttons = page.locator(".season-row[aria-pressed]")
        first = int(buttons.first.locator("b").inner_text())
        buttons.first.focus()
        page.keyboard.press("Enter")
        assert stated.inner_text() == str(28 - first)
        assert buttons.first.get_attribute("aria-pressed") == "false"
        page.keyboard.press("Enter")
        assert stated.inner_text() == "28"
        counted = page.locator(".season-box .season-row", has_text="浮梁县").locator("b")
        assert int(counted.inner_text()) > 5
        page.get_by_label("昼夜切换").click()
        day = page.locator(".season-head").evaluate("e => getComputedStyle(e).backgroundColor")
        assert day == "rgb(255, 255, 255)"
        seen.assert_quiet()

    @pytest.mark.slow
    def test_playing_runs_to_the_end_and_stops(self, see: Callable[..., Any], board: Board) -> None:
        seen = see(board, draw=lambda b: draw_season_map(b.hotspots, now=b.now))
        page = seen.page
        page.get_by_label("播放").click()
        assert page.locator(".season-time .tool.on").count() == 1
        page.clock.run_for(120 * 4)
        assert page.get_by_label("时间轴").input_value() == "0"
        assert page.locator(".season-time .tool.on").count() == 0
        seen.assert_quiet()
