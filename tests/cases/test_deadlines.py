"""Late cases, and the grade of a fire."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from jdzfire.cases.deadlines import OVERDUE_COLUMNS, overdue_cases
from jdzfire.cases.grade import fire_grade
from jdzfire.cases.opening import CaseRules, case_of
from jdzfire.schemas import CASES, empty_table, validate
from tests.tables import utc

AT = utc("2024-04-04T12:00")
IDS = [f"JDZ-20240404-00{number}" for number in range(1, 6)]


def cases(**status: str) -> pd.DataFrame:
    table = case_of(IDS[: len(status)], at=AT)
    return validate(table.assign(status=list(status.values())), CASES)


def test_the_answer_is_awaited_first_then_the_result_and_nothing_of_an_ended_case() -> None:
    held = cases(a="open", b="on_scene", c="answered", d="city_reviewed", e="closed")
    late = overdue_cases(held, at=AT + timedelta(minutes=95))
    assert list(late.columns) == list(OVERDUE_COLUMNS)
    assert late[["case_id", "due", "late_min", "level"]].to_numpy().tolist() == [
        ["CASE-20240404-001", "answer", 35.0, 2],
        ["CASE-20240404-002", "answer", 35.0, 2],
    ]
    late = overdue_cases(held, at=AT + timedelta(minutes=125))
    assert late.set_index("case_id")["due"].tolist() == ["answer", "answer", "result", "result"]
    assert late["level"].tolist() == [3, 3, 1, 1]


def test_a_deadline_that_just_comes_is_not_late_and_an_empty_day_has_nobody_late() -> None:
    assert overdue_cases(cases(a="open"), at=AT + timedelta(minutes=60)).empty
    rules = CaseRules(escalate_min=(15.0,))
    assert overdue_cases(cases(a="open"), at=AT + timedelta(minutes=75), rules=rules).empty
    assert len(overdue_cases(cases(a="open"), at=AT + timedelta(minutes=76), rules=rules)) == 1
    assert overdue_cases(empty_table(CASES), at=AT).empty


@pytest.mark.parametrize(
    ("area", "dead", "injured", "grade"),
    [
        (0.0, None, None, "ordinary"),
        (0.999, 2, 9, "ordinary"),
        (1.0, 0, 0, "serious"),
        (99.9, 0, 0, "serious"),
        (0.1, 3, 0, "serious"),
        (0.1, 0, 10, "serious"),
        (100.0, 0, 0, "major"),
        (0.1, 10, 0, "major"),
        (0.1, 0, 50, "major"),
        (1000.0, 0, 0, "extreme"),
        (0.1, 30, 0, "extreme"),
        (0.1, 0, 100, "extreme"),
        (None, 1, None, "ordinary"),
        (float("nan"), None, float("nan"), None),
    ],
)
def test_the_grade_at_every_boundary(area, dead, injured, grade) -> None:
    assert fire_grade(area, dead, injured) == grade
