from __future__ import annotations

import pandas as pd

from jdzfire.cases.opening import cases_to_open, cases_to_reopen
from jdzfire.schemas import CASES, EVENTS, VERDICTS, empty_table, validate
from jdzfire.triage.duty import needs_duty
from tests.tables import utc

AT = utc("2024-04-04T12:00")


def verdicts(**by_event):
    base = {
        "explained_by": None,
        "reasons": "[]",
        "priority": 0,
        "priority_parts": "{}",
        "forest_share": None,
        "zone_id": None,
        "county": None,
        "township": None,
        "place": None,
        "is_provisional": False,
        "score": None,
        "escalation": None,
        "rules_version": "x",
        "decided_at": AT,
    }
    rows = [base | {"event_id": f"JDZ-20240404-{k}", "verdict": v} for k, v in by_event.items()]
    return validate(pd.DataFrame(rows), VERDICTS)


ALL = verdicts(
    a="unresolved", b="permit_violation", c="permitted", d="heat_source", e="outside_forest"
)


def test_cases_are_opened_for_what_asks_for_a_person():
    opened = cases_to_open(ALL, empty_table(CASES), at=AT)
    assert opened["case_id"].tolist() == ["CASE-20240404-a", "CASE-20240404-b"]
    assert (opened["answer_due_at"] - AT).dt.total_seconds().tolist() == [3600.0, 3600.0]
    assert cases_to_open(ALL, opened, at=AT).empty


def test_an_open_case_stays_in_sight_when_its_event_is_explained_later():
    cases = cases_to_open(ALL, empty_table(CASES), at=AT)
    later = verdicts(a="permitted", b="permit_violation")
    assert needs_duty(later, cases).tolist() == [True, True]
    closed = cases.assign(status="closed", closed_at=AT)
    assert needs_duty(later, closed).tolist() == [False, False]
    assert needs_duty(ALL, empty_table(CASES)).tolist() == [True, True, False, False, False]


def test_a_closed_case_comes_back_when_its_event_is_seen_again():
    cases = cases_to_open(ALL, empty_table(CASES), at=AT).assign(status="closed", closed_at=AT)
    events = pd.DataFrame(
        {
            "event_id": ["JDZ-20240404-a", "JDZ-20240404-b"],
            "last_seen_at": [utc("2024-04-04T12:01"), AT],
        }
    )
    assert cases_to_reopen(cases, events, ALL)["event_id"].tolist() == ["JDZ-20240404-a"]
    calm = verdicts(a="heat_source", b="heat_source")
    assert cases_to_reopen(cases, events, calm).empty
    assert cases_to_reopen(empty_table(CASES), empty_table(EVENTS), ALL).empty
