"""Until when a board shows what a later one would show."""

from __future__ import annotations

import pandas as pd
import pytest

from jdzfire.board.board import Board
from jdzfire.board.moments import next_moment
from tests.tables import register_table, utc

NOON = utc("2024-04-04T04:10")  # 12:10 in Beijing


def permit(begin: str, end: str) -> dict[str, object]:
    from shapely import Point

    return {
        "valid_from": utc(begin),
        "valid_to": utc(end),
        "geometry": Point(117.2, 29.3),
    }


def moment(**tables: object) -> str:
    return f"{pd.Timestamp(next_moment(Board(now=tables.pop('now', NOON), **tables))):%m-%d %H:%M}"


def test_an_hour_at_the_most():
    assert moment() == "04-04 05:10"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2024-04-04T11:30", "04-04 12:00"),  # 20:00 in Beijing: the day shift ends
        ("2024-04-04T23:59", "04-05 00:00"),  # 08:00: the night shift ends
        ("2024-04-04T15:40", "04-04 16:00"),  # midnight: another day
        ("2024-04-04T16:00", "04-04 17:00"),
    ],
)
def test_the_turn_of_a_day_or_shift(now, expected):
    assert moment(now=utc(now)) == expected


def test_the_begin_and_end_of_a_permit():
    begins = register_table("permits", [permit("2024-04-04T04:30", "2024-04-04T10:00")])
    ends = register_table("permits", [permit("2024-04-04T00:00", "2024-04-04T04:20")])
    past = register_table("permits", [permit("2024-04-04T00:00", "2024-04-04T04:10")])
    assert moment(permits=begins) == "04-04 04:30"
    assert moment(permits=ends) == "04-04 04:20"
    assert moment(permits=past) == "04-04 05:10"


def test_a_deadline():
    from jdzfire.cases.opening import case_of

    cases = case_of(["JDZ-20240404-001"], at=utc("2024-04-04T03:30"))
    assert moment(cases=cases) == "04-04 04:30"
