"""The season map: all hotspots of a season, in a browser with all network blocked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from jdzfire.publish import Board
from jdzfire.publish.packed import unpack_document
from jdzfire.publish.season_map import draw_season_map
from jdzfire.schemas import HOTSPOTS, empty_table
from tests.publish.seeing import BROWSER_MARKS, WALL

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


class TestInBrowser:
    """Needs Chromium."""

    pytestmark = BROWSER_MARKS

    def test_the_slider_and_a_click(self, see: Callable[..., Any], board: Board) -> None:
        seen = see(board, size=WALL, draw=lambda b: draw_season_map(b.hotspots, now=b.now))
        page = seen.page
        told = page.locator(".season-bar output")
        assert told.inner_text() == "截至 2024-03-16 · 28 个热点"
        page.get_by_label("时间轴").fill("-1")
        # a day before: 012 (30 h) with its two hotspots; 007 was seen 22 h before
        assert told.inner_text() == "截至 2024-03-15 · 2 个热点"
        page.get_by_label("时间轴").fill("0")
        page.get_by_label("时段长度").select_option("1")
        assert told.inner_text() == "截至 2024-03-16 · 26 个热点"
        spot = page.evaluate(
            "() => { const m = Object.values(window).find((v) => v && v.flyTo && v.getZoom);"
            " m.setView([29.71, 117.78], 12, { animate: false });"
            " return m.latLngToContainerPoint([29.71, 117.78]); }"
        )
        page.mouse.click(spot["x"], spot["y"])
        page.locator(".leaflet-popup", has_text="29.71000").wait_for()
        seen.assert_quiet()
