"""What the board says of each event: order, groups, numbers."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from jdzfire.board.board import Board
from jdzfire.board.summary import data_time, summarise_events
from jdzfire.reports.bulletin import write_bulletin


def by_id(board: Board, number: str) -> dict[str, object]:
    return next(f.row for f in summarise_events(board) if f.event_id.endswith(number))


def test_open_events_come_first_by_priority(board: Board) -> None:
    summaries = summarise_events(board)
    assert [(f.event_id[-3:], f.group) for f in summaries] == [
        ("001", "open"), ("002", "open"), ("003", "open"), ("004", "open"), ("005", "open"),
        ("006", "open"), ("007", "open"), ("008", "explained"), ("009", "explained"),
        ("010", "explained"), ("011", "explained"), ("012", "closed"),
    ]  # fmt: skip
    # 86, 78, 71 are at least 70; 55, 49 at least 40; 31, 22 below
    assert [f.level for f in summaries[:7]] == [1, 1, 1, 2, 2, 3, 3]


def test_equal_priority_is_ordered_by_last_seen_then_id(make_board: Callable[..., Board]) -> None:
    board = make_board()
    same = make_board(verdicts=board.verdicts.assign(priority=50))
    # hours ago: 001, 002 2.6; 003, 004 3.1; 005 14.7; 006 15.2; 007 22.0
    found = [f.event_id[-3:] for f in summarise_events(same) if f.is_open]
    assert found == ["001", "002", "003", "004", "005", "006", "007"]


def test_an_event_without_a_verdict_is_open(make_board: Callable[..., Board]) -> None:
    board = make_board()
    kept = board.verdicts[board.verdicts["event_id"] != "JDZ-20240316-009"]
    summary = next(
        f for f in summarise_events(make_board(verdicts=kept)) if f.event_id.endswith("009")
    )
    assert (summary.group, summary.verdict, summary.row["reasons"]) == ("open", "unresolved", [])


def test_an_explained_event_with_an_open_case_stays_open(make_board: Callable[..., Board]) -> None:
    board = make_board()
    moved = board.cases["event_id"].replace("JDZ-20240316-006", "JDZ-20240316-008")
    found = {
        f.event_id[-3:]: (f.group, f.verdict)
        for f in summarise_events(make_board(cases=board.cases.assign(event_id=moved)))
    }
    assert found["008"] == ("open", "permitted")
    assert found["009"] == ("explained", "heat_source")


def test_a_merged_event_is_not_shown(make_board: Callable[..., Board]) -> None:
    board = make_board()
    merged = board.events.assign(
        state=["merged"] + ["active"] * 11, merged_into=["JDZ-20240316-002"] + [None] * 11
    )
    assert len(summarise_events(make_board(events=merged))) == 11


def test_times_are_beijing_and_ages_from_the_board(board: Board) -> None:
    row = by_id(board, "001")
    # now 08:10Z; last seen 2.6 h before = 05:34Z = 13:34 in Beijing; first 5 x 50 min before that
    assert (row["last"], row["first"], row["age_min"]) == ("03-16 13:34", "03-16 09:24", 156)


def test_gcj02_is_moved_as_amap_moves_it(board: Board) -> None:
    row = by_id(board, "001")
    lon, lat = row["gcj"]  # type: ignore[misc]
    # at Jingdezhen GCJ-02 lies about +513 m east, -268 m north (data/SOURCES.md);
    # one degree is 96.9 km by 111 km there: about +0.0053 and -0.0024
    assert abs((lon - 117.62) - 0.0053) < 0.0006
    assert abs((lat - 29.56) + 0.0024) < 0.0006


def test_a_case_is_overdue_only_while_somebody_waits(board: Board) -> None:
    found = {
        f.event_id[-3:]: bool(f.row["case"] and f.row["case"]["overdue"])
        for f in summarise_events(board)
    }
    # due 3 h after it was last seen; 001 and 002 seen 2.6 h ago, 003, 004 3.1 h, 006 15.2 h;
    # 005 is answered, 012 closed, 007 has no case
    assert {k for k, v in found.items() if v} == {"003", "004", "006"}


def test_confidence_counts_and_area(board: Board) -> None:
    row = by_id(board, "001")
    # pixels 0-5, number 1 is high; 6 x 15.2 ha = 91.2 ha = 1,368 mu
    assert row["confidence"] == {"nominal": 5, "high": 1}
    assert (row["ha"], row["mu"]) == ("91.2", "1368")


def test_nearest_teams_carry_straight_kilometres_and_direction(board: Board) -> None:
    first, second, _ = by_id(board, "001")["nearest"]  # type: ignore[misc]
    # 3,240 m at 40 degrees; 6,040 m at 110 degrees
    assert (first["name"], first["km"], first["wind"]) == ("瑶里镇半专业扑火队", "3.2", "东北")
    assert (second["km"], second["wind"], second["phone"]) == ("6", "东", "13907981001")


def test_last_look_at_the_township_is_told(board: Board) -> None:
    assert by_id(board, "002")["looked"] == ["03-16 07:10", "NOAA-20"]  # 9 h before 16:10
    assert by_id(board, "007")["looked"] is None


def test_data_time_is_the_newest_of_the_feeds_else_of_the_hotspots(
    make_board: Callable[..., Board], empty_board: Board
) -> None:
    board = make_board()
    assert data_time(board) == pd.Timestamp("2024-03-16T05:34Z")
    without = make_board(feeds=board.feeds.iloc[:0])
    assert data_time(without) == board.hotspots["acquired_at"].max()
    assert data_time(empty_board) is None


def test_what_people_report_is_no_pixel(make_board: Callable[..., Board]) -> None:
    board = make_board()
    sources = board.events["satellites"].astype("object")
    sources.iloc[:3] = ["call-12119", "NOAA-20,patrol", "NOAA-20"]
    stated = make_board(events=board.events.assign(satellites=sources.astype("str")))
    units = [by_id(stated, number)["unit"] for number in ("001", "002", "003")]
    assert units == ["reports", "spots", "pixels"]
    text = write_bulletin(stated, lang="zh")
    # 001 has six hotspots, 002 four
    assert "12119电话；6 条报告" in text
    assert "NOAA-20，护林员；4 个热点" in text or "NOAA-20、护林员；4 个热点" in text
