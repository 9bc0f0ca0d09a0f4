"""A believable board: the afternoon of :mod:`tests.publish.afternoon`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jdzfire.publish import Board, draw_map
from tests.publish.afternoon import NOW, fires, hills, registers, states


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
    """``draw_map``, each page drawn once a session; boards are told apart by identity."""
    drawn: dict[tuple[Any, ...], tuple[Board, str]] = {}

    def draw(board: Board, **options: Any) -> str:
        key = (id(board), *sorted(options.items()))
        if key not in drawn:
            drawn[key] = (board, draw_map(board, **options))
        return drawn[key][1]

    return draw
