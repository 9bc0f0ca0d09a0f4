from __future__ import annotations

import pandas as pd
import pytest
from shapely.geometry import Point

from jdzfire.season.statistics import (
    answer_times,
    beijing_month,
    count_by_county,
    date_cases,
    grade_fires,
    in_beijing_year,
    is_handled,
    is_waiting,
)
from tests.evaluation.ledgers import case_table, event_table, log_table, verdict_table
from tests.tables import register_table, utc

OPENED = utc("2024-04-04T06:00")


@pytest.mark.parametrize(
    ("at", "year", "month"),
    [
        ("2023-12-31T15:59:59", 2023, 12),
        ("2023-12-31T16:00:00", 2024, 1),
        ("2024-12-31T15:59:59", 2024, 12),
        ("2024-12-31T16:00:00", 2025, 1),
        ("2024-02-29T16:00:00", 2024, 3),
    ],
)
def test_years_and_months_turn_at_midnight_in_beijing(at: str, year: int, month: int) -> None:
    times = pd.Series([utc(at)])
    assert in_beijing_year(times, year).tolist() == [True]
    assert in_beijing_year(times, year - 1).tolist() == [False]
    assert beijing_month(times).tolist() == [month]


def test_no_time_is_in_no_year() -> None:
    times = pd.Series([pd.NaT], dtype="datetime64[us, UTC]")
    assert in_beijing_year(times, 2024).tolist() == [False]


def test_a_case_is_dated_by_its_event_not_by_its_paper() -> None:
    events = event_table([{"event_id": "E1", "first_seen_at": utc("2024-04-04T05:00")}])
    cases = case_table(
        [
            {"event_id": "E1", "opened_at": utc("2026-11-23T00:00")},
            {"event_id": "lost", "opened_at": utc("2025-01-02T00:00")},
        ]
    )
    seen = date_cases(cases, events)["seen_at"]
    assert seen.tolist() == [utc("2024-04-04T05:00"), utc("2025-01-02T00:00")]


def test_handled_means_a_team_was_sent() -> None:
    cases = case_table(
        [
            {"event_id": "waiting", "opened_at": OPENED},
            {"event_id": "sent", "opened_at": OPENED, "dispatched_at": OPENED},
            {"event_id": "stated", "opened_at": OPENED, "answered_at": OPENED},
            {"event_id": "shut", "opened_at": OPENED, "closed_at": OPENED},
        ]
    )
    assert is_handled(cases).tolist() == [False, True, False, False]
    assert is_waiting(cases).tolist() == [True, False, False, False]


def test_answer_times_take_the_first_answer_of_the_log() -> None:
    minute = pd.Timedelta(minutes=1)
    cases = case_table(
        [
            {"event_id": "A", "opened_at": OPENED, "answered_at": OPENED + 300 * minute},
            {"event_id": "B", "opened_at": OPENED, "answered_at": OPENED + 61 * minute},
            {"event_id": "C", "opened_at": OPENED, "answered_at": OPENED - 5 * minute},
            {"event_id": "D", "opened_at": OPENED},
        ]
    )
    log = log_table(
        [
            {"case_id": "CASE-A", "action": "answer", "at": OPENED + 300 * minute},
            {"case_id": "CASE-A", "action": "answer", "at": OPENED + 40 * minute},
            {"case_id": "CASE-A", "action": "dispatch", "at": OPENED + 5 * minute},
        ]
    )
    stated = answer_times(cases, log)
    # A 40 min by the log, B 61 min by the case; C before its opening and D are left out;
    # 90 % lies at 40 + 0.9 * 21 = 58.9; due after 60 min: one of two
    assert (stated.count, stated.median_min, stated.in_time_share) == (2, 50.5, 0.5)
    assert stated.p90_min == pytest.approx(58.9)
    assert answer_times(cases).median_min == pytest.approx((300 + 61) / 2)


@pytest.mark.parametrize(("after_min", "share"), [(60, 1.0), (60.1, 0.0)])
def test_the_deadline_itself_is_in_time(after_min: float, share: float) -> None:
    answered = OPENED + pd.Timedelta(minutes=after_min)
    cases = case_table([{"event_id": "A", "opened_at": OPENED, "answered_at": answered}])
    assert answer_times(cases).in_time_share == share


def test_no_answers_no_times() -> None:
    stated = answer_times(case_table([]), log_table([]))
    assert (stated.count, stated.median_min, stated.in_time_share) == (0, None, None)


@pytest.mark.parametrize(
    ("area_ha", "grade"),
    [(0.99, "一般"), (1.0, "较大"), (99.9, "较大"), (100.0, "重大"), (999.9, "重大"),
     (1000.0, "特别重大")],
)  # fmt: skip
def test_fires_are_graded_by_affected_forest(area_ha: float, grade: str) -> None:
    graded = grade_fires(pd.Series([area_ha]))
    assert [name for name, count in graded.items() if count] == [grade]


def test_counties_come_from_the_verdict_and_the_unknown_last() -> None:
    table = count_by_county(
        cases=case_table(
            [
                {"event_id": "E1", "opened_at": OPENED, "category": "forest_fire",
                 "dispatched_at": OPENED,
                 "answered_at": OPENED},
                {"event_id": "lost", "opened_at": OPENED},
            ]
        ),
        verdicts=verdict_table(
            [{"event_id": "E1", "county": "浮梁县"}, {"event_id": "E2", "county": None}]
        ),
        permits=register_table("permits", [{"county": "乐平市", "geometry": Point(117.2, 29.3)}]),
    )  # fmt: skip
    assert table["county"].tolist() == ["乐平市", "浮梁县", "未知"]
    assert table.set_index("county").loc["浮梁县"].tolist() == [1, 1, 1, 1, 0]
    assert table.set_index("county").loc["未知"].tolist() == [1, 1, 0, 0, 0]
    assert table.set_index("county").loc["乐平市"].tolist() == [0, 0, 0, 0, 1]
