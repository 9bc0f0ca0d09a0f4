"""A believable board: the afternoon of :mod:`tests.board.afternoon`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from jdzfire.board.board import Board
from jdzfire.maps.map_page import draw_map
from tests.board.afternoon import NOW, fires, hills, registers, states
from tests.maps.browser import ARGUMENTS, CHROMIUM, DESK, Seen


@pytest.fixture(scope="session")
def make_board() -> Callable[..., Board]:
    """``make_board(**changes)``: the afternoon's board with some tables replaced."""
    full = {
        "now": NOW.to_pydatetime(),
        **fires(),
        **registers(),
        **states(),
        "rejected_count": 3,
        "danger": {"danger_grade": 4, "wind_force": 3, "rh_pct": 38.0},
    }

    def build(**changes: Any) -> Board:
        return Board(**{**full, **changes})

    return build


@pytest.fixture(scope="session")
def board(make_board: Callable[..., Board]) -> Board:
    return make_board(dem=hills())


@pytest.fixture(scope="session")
def empty_board() -> Board:
    return Board(now=NOW.to_pydatetime())


@pytest.fixture(scope="session")
def page_of() -> Callable[..., str]:
    """``draw_map``, each page drawn once a session; boards are distinguished by identity."""
    drawn: dict[tuple[Any, ...], tuple[Board, str]] = {}

    def draw(board: Board, **options: Any) -> str:
        key = (id(board), *sorted(options.items()))
        if key not in drawn:
            drawn[key] = (board, draw_map(board, **options))
        return drawn[key][1]

    return draw


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def see(
    chromium: Any, tmp_path: Path, page_of: Callable[..., str]
) -> Iterator[Callable[..., Seen]]:
    """``see(board, size=..., lang=...)``: the page of a board, opened; see ``Seen``."""
    contexts = []

    def load(
        board: Board,
        *,
        size: tuple[int, int] = DESK,
        scheme: str = "dark",
        at: str = "2024-03-16T08:20:00Z",
        chosen: str = "",
        served: bool = False,
        before: Seen | None = None,
        draw: Callable[[Board], str] | None = None,
        **options: Any,
    ) -> Seen:
        if before is None:
            phone = size[0] < 800
            context = chromium.new_context(
                viewport={"width": size[0], "height": size[1]},
                has_touch=phone,
                is_mobile=phone,
                reduced_motion="reduce",
                color_scheme=scheme,
            )
            contexts.append(context)
            before = Seen(context.new_page(), tmp_path / "index.html", served)
            before.watch()
            before.page.clock.install(time=at)
        before.file.write_text(draw(board) if draw else page_of(board, **options), "utf-8")
        before.page.goto("about:blank")
        before.page.goto(before.address + chosen)
        before.page.wait_for_selector("html.is-ready", state="attached")
        return before

    yield load
    for context in contexts:
        context.close()
