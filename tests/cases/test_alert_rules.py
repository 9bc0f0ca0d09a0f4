"""Which alerts a case asks for, by rule, and that each is asked for once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from jdzfire.cases.alert_rules import (
    AlertChannel,
    AlertRule,
    Subject,
    alerts_to_drop,
    alerts_to_queue,
    backoff,
    in_hours,
    recipients_of,
)
from jdzfire.schemas import ALERTS, empty_table, validate

NOON = datetime(2024, 4, 4, 4, 0, tzinfo=UTC)  # 12:00 in Beijing
DUTY = AlertChannel(name="duty", kind="wecom", url="https://example.cn/x")
CHIEF = AlertChannel(name="chief", kind="sms", url="https://example.cn/y", to=("1", "2"))
OPEN = Subject(
    case_id="C1", event_id="E1", status="open", county="浮梁县", verdict="unresolved", level=2,
    opened_at=NOON, openings=1, is_acknowledged=False, due="answer", escalation=0,
    line="瑶里镇 待核查", text="…",
)  # fmt: skip


def ask(
    subject: Subject, queued: Any = None, *rules: AlertRule, minutes: float = 1.0, **more: Any
) -> pd.DataFrame:
    table = empty_table(ALERTS) if queued is None else queued
    made = alerts_to_queue(
        [subject], table, more.get("channels", [DUTY]), rules, at=NOON + timedelta(minutes=minutes)
    )
    return validate(made, ALERTS)


def sent(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(state="sent", sent_at=table["made_at"])


def both(*tables: pd.DataFrame) -> pd.DataFrame:
    return validate(pd.concat(tables, ignore_index=True), ALERTS)


def test_a_new_case_rings_once_at_each_receiver() -> None:
    made = ask(OPEN, channels=[DUTY, CHIEF])
    assert sorted(made["channel"]) == ["chief", "chief", "duty"]
    assert made["is_loud"].all()
    assert made["title"].iloc[0] == "【新火情】瑶里镇 待核查"
    assert made["token"].is_unique
    assert "1" not in recipients_of(CHIEF)  # a number is not kept
    for again in (made, sent(made)):
        assert ask(OPEN, again, channels=[DUTY, CHIEF], minutes=30).empty
    assert len(ask(replace(OPEN, openings=2), sent(made), channels=[DUTY, CHIEF])) == 3


def test_a_change_is_told_quietly_and_loudly_when_it_is_more_urgent() -> None:
    first = ask(OPEN)
    assert ask(replace(OPEN, level=1), first).empty  # the first still waits
    first = sent(first)
    same = ask(OPEN, first)
    assert same.empty
    worse = ask(replace(OPEN, level=1), first)
    assert worse[["kind", "is_loud"]].values.tolist() == [["update", True]]
    better = ask(replace(OPEN, level=3), first)
    assert better[["kind", "is_loud"]].values.tolist() == [["update", False]]
    two = both(first, sent(worse.assign(made_at=NOON + timedelta(minutes=2))))
    assert ask(replace(OPEN, level=1), two).empty
    back = ask(OPEN, two)
    assert back["subject"].tolist() == ["update/C1/1/2"]
    assert not back["is_loud"].any()


def test_nobody_who_heard_is_told_to_others_in_time_and_once() -> None:
    rules = (
        AlertRule(channel="duty"),
        AlertRule(channel="chief", kinds=("unacknowledged",), after_min=10),
    )
    first = sent(ask(OPEN, None, *rules, channels=[DUTY, CHIEF]))
    assert first["channel"].tolist() == ["duty"]
    assert ask(OPEN, first, *rules, channels=[DUTY, CHIEF], minutes=9).empty
    more = ask(OPEN, first, *rules, channels=[DUTY, CHIEF], minutes=10)
    assert more[["channel", "kind"]].values.tolist() == [["chief", "unacknowledged"]] * 2
    assert ask(OPEN, both(first, more), *rules, channels=[DUTY, CHIEF], minutes=40).empty
    known = replace(OPEN, is_acknowledged=True)
    assert ask(known, first, *rules, channels=[DUTY, CHIEF], minutes=20).empty
    assert alerts_to_drop(more, {"C1": known}) == more["alert_id"].tolist()
    assert alerts_to_drop(more, {"C1": OPEN}) == []


def test_lateness_is_told_by_level() -> None:
    chief = AlertRule(channel="duty", kinds=("overdue",), escalation=2)
    assert ask(replace(OPEN, escalation=1), None, chief).empty
    made = ask(replace(OPEN, escalation=2), None, chief)
    assert made[["kind", "is_loud"]].values.tolist() == [["overdue", True]]
    assert ask(replace(OPEN, escalation=2), sent(made), chief).empty
    third = ask(replace(OPEN, escalation=3), sent(made), chief)
    assert third["subject"].tolist() == ["overdue/C1/1/answer/3"]
    quiet = ask(replace(OPEN, escalation=2, due="result", status="answered"), None, chief)
    assert not quiet["is_loud"].any()


def test_the_end_is_told_to_who_was_told_of_the_begin() -> None:
    closed = replace(OPEN, status="closed")
    assert ask(closed).empty
    first = ask(OPEN)
    assert ask(closed, first).empty
    assert alerts_to_drop(first, {"C1": closed}) == first["alert_id"].tolist()
    end = ask(closed, sent(first))
    assert end[["kind", "is_loud"]].values.tolist() == [["ended", False]]
    assert ask(closed, both(sent(first), end)).empty


@pytest.mark.parametrize(
    ("rule", "is_told"),
    [
        ({"counties": ("浮梁县",)}, True),
        ({"counties": ("乐平市",)}, False),
        ({"verdicts": ("permit_violation",)}, False),
        ({"level": 2}, True),
        ({"level": 1}, False),
        ({"hours": "08:00-20:00"}, True),
        ({"hours": "20:00-08:00"}, False),
        ({"kinds": ("overdue",)}, False),
    ],
)
def test_a_rule_holds_when_all_it_states_holds(rule: dict[str, Any], is_told: bool) -> None:
    assert len(ask(OPEN, None, AlertRule(channel="duty", **rule))) == is_told


def test_what_lies_outside_the_hours_is_told_when_they_begin() -> None:
    night = AlertRule(channel="duty", hours="20:00-08:00")
    assert ask(OPEN, None, night, minutes=7 * 60).empty  # 19:00
    assert len(ask(OPEN, None, night, minutes=8 * 60)) == 1  # 20:00
    assert ask(OPEN, None, night, minutes=25 * 60).empty  # news of yesterday


def test_who_was_told_hears_of_the_end_of_the_alarm_too() -> None:
    rule = AlertRule(channel="duty", verdicts=("unresolved",), level=2, counties=("浮梁县",))
    first = sent(ask(OPEN, None, rule))
    calm = replace(OPEN, verdict="permitted", level=3, county="乐平市")
    assert ask(calm, None, rule).empty
    update = ask(calm, first, rule)
    assert update[["kind", "is_loud"]].values.tolist() == [["update", False]]
    assert ask(replace(calm, status="closed"), first, rule)["kind"].tolist() == ["ended"]


def test_hours_over_midnight() -> None:
    at = {hour: datetime(2024, 4, 4, hour, tzinfo=UTC) - timedelta(hours=8) for hour in range(24)}
    night = [hour for hour, when in at.items() if in_hours("22:00-06:00", when)]
    assert night == [0, 1, 2, 3, 4, 5, 22, 23]


def test_the_wait_doubles_to_half_an_hour() -> None:
    assert [backoff(n).total_seconds() for n in (1, 2, 3, 7, 50)] == [30, 60, 120, 1800, 1800]


@pytest.mark.parametrize(
    "wrong",
    [{"hours": "8-20"}, {"hours": "25:00-08:00"}, {"level": 0}, {"kinds": ("all",)},
     {"verdicts": ("fire",)}, {"county": "浮梁县"}],
)  # fmt: skip
def test_a_rule_that_cannot_hold_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        AlertRule(channel="duty", **wrong)
