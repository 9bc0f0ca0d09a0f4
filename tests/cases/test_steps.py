"""The state machine of a case, without any store."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdzfire.cases import steps
from jdzfire.cases.opening import CaseRules, advance_cases, case_of, closed_at_by_event
from jdzfire.errors import UsageError
from jdzfire.schemas import CASE_LOG, CASE_STATUSES, CASES, EVENTS, VERDICTS, empty_table, validate
from tests.cases.test_opening import verdicts
from tests.tables import utc

AT = utc("2024-04-04T12:00")
LATER = AT + timedelta(minutes=30)


def opened(event: str = "JDZ-20240404-a") -> dict:
    row = case_of([event], at=AT).iloc[0].to_dict()
    return {name: None if pd.isna(value) else value for name, value in row.items()}


ALL_STEPS = {
    "dispatch": steps.dispatch("T-01", who="王五", at=LATER),
    "arrive": steps.arrive(who="王五", at=LATER),
    "answer": steps.answer("farm_fire", who="王五", at=LATER),
    "review_county": steps.review("county", who="赵六", at=LATER),
    "review_city": steps.review("city", who="钱七", at=LATER),
    "send_back": steps.send_back("面积不对", who="赵六", at=LATER),
    "hand_over": steps.hand_over("乐平市", who="王五", at=LATER),
    "cancel": steps.cancel("演练", who="钱七", at=LATER),
    "close": steps.close(who="王五", at=LATER),
    "reopen": steps.reopen(who="王五", at=LATER),
    "merge": steps.merge("JDZ-20240404-b", at=LATER),
}


@pytest.mark.parametrize("status", CASE_STATUSES)
@pytest.mark.parametrize("action", list(ALL_STEPS))
def test_a_step_is_taken_from_its_states_and_refused_from_others(action, status):
    kind = steps.STEPS[action]
    case = opened() | {"status": status}
    if status in kind.starts:
        change = ALL_STEPS[action](case)
        assert change.after["status"] == (kind.end or status)
        assert change.after["version"] == case["version"] + 1
        assert (action in steps.possible_steps(status)) == (action != "merge")
        assert case["status"] == status  # the case given is not changed
    else:
        with pytest.raises(UsageError, match=f"cannot {action.replace('_', ' ')} case") as caught:
            ALL_STEPS[action](case)
        assert all(step in str(caught.value) for step in steps.possible_steps(status))


@pytest.mark.slow
@given(st.lists(st.sampled_from(list(ALL_STEPS)), max_size=12))
def test_the_log_of_any_walk_gives_the_case_again(walk):
    """Each line's ``after`` laid over the fields before is the case; no step is lost in it."""
    case = opened()
    again = dict(case)
    for action in walk:
        if case["status"] not in steps.STEPS[action].starts:
            continue
        change = ALL_STEPS[action](case)
        line = change.log_line
        before, after = json.loads(line["before"]), json.loads(line["after"])
        assert set(after) >= set(before)
        assert {k: _plain(again[k]) for k in before} == before
        again |= change.changed
        assert {k: _plain(again[k]) for k in after} == after
        case = dict(change.after)
    assert again == case


def _plain(value: object) -> object:
    if not isinstance(value, datetime):
        return value
    return pd.Timestamp(value).isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize(
    "make",
    [
        lambda: steps.dispatch(" ", who="w", at=AT),
        lambda: steps.answer("smoke", who="w", at=AT),
        lambda: steps.answer("farm_fire", who="w", at=AT, affected_forest_ha=float("nan")),
        lambda: steps.answer("farm_fire", who="w", at=AT, found=steps.Findings(people=1.5)),
        lambda: steps.answer("farm_fire", who="w", at=AT, found=steps.Findings(cause="aliens")),
        lambda: steps.answer("farm_fire", who="w", at=AT, found=steps.Findings(dead=-1)),
        lambda: steps.send_back(" ", who="w", at=AT),
        lambda: steps.cancel("", who="w", at=AT),
        lambda: steps.note("  ", who="w", at=AT),
        lambda: steps.note("x", who="w", at=AT.replace(tzinfo=None)),
        lambda: steps.close(who="", at=AT)(opened() | {"status": "answered"}),
        lambda: steps.close(who="w", at=AT.replace(tzinfo=None))(opened() | {"status": "answered"}),
    ],
)
def test_a_step_without_a_name_time_or_known_answer_is_refused(make):
    with pytest.raises(UsageError):
        make()


def test_a_team_sent_again_keeps_the_first_time_and_a_note_changes_nothing():
    first = steps.dispatch("T-01", who="w", at=AT)(opened()).after
    second = steps.dispatch("T-02", who="w", at=LATER)(first)
    assert second.after["dispatched_at"] == AT
    assert second.changed == {"team_id": "T-02", "version": 3}
    noted = steps.note("路断", who="w", at=LATER)(second.after)
    assert (noted.changed, noted.log_line["remark"]) == ({}, "路断")


LIFE = {
    "open": (
        "dispatch",
        "arrive",
        "answer",
        "cancel",
        "hand_over",
        "acknowledge",
        "note",
        "attach",
    ),
    "dispatched": (
        "dispatch",
        "arrive",
        "answer",
        "cancel",
        "hand_over",
        "acknowledge",
        "note",
        "attach",
    ),
    "on_scene": ("dispatch", "answer", "cancel", "hand_over", "acknowledge", "note", "attach"),
    "answered": (
        *("dispatch", "answer", "review_county", "review_city", "send_back", "close", "cancel"),
        *("hand_over", "acknowledge", "note", "attach"),
    ),
    "county_reviewed": (
        "review_city",
        "send_back",
        "close",
        "cancel",
        "hand_over",
        "acknowledge",
        "note",
        "attach",
    ),
    "city_reviewed": ("send_back", "close", "cancel", "hand_over", "acknowledge", "note", "attach"),
    "closed": ("reopen", "note"),
    "cancelled": ("reopen", "note"),
}
MAY = {
    "viewer": set(),
    "township": {"arrive", "answer", "acknowledge", "note", "attach"},
    "county": {
        *("dispatch", "arrive", "answer", "review_county", "send_back", "hand_over", "note"),
        *("acknowledge", "attach"),
    },
    "city": set(steps.STEPS) - {"merge"},
    "admin": set(steps.STEPS) - {"merge"},
}


@pytest.mark.parametrize("role", steps.ROLES)
@pytest.mark.parametrize("status", CASE_STATUSES)
def test_the_table_of_steps_by_state_and_role(status, role):
    assert steps.possible_steps(status) == LIFE[status]
    mine = tuple(name for name in LIFE[status] if name in MAY[role])
    assert steps.possible_steps(status, role) == mine
    for action in steps.STEPS:
        if action in MAY[role]:
            steps.check_role(role, action)
        else:
            with pytest.raises(UsageError, match=f"a {role} may not"):
                steps.check_role(role, action)


@pytest.mark.parametrize(
    ("needs", "enough"),
    [
        ("none", {"answered", "county_reviewed", "city_reviewed"}),
        ("county", {"county_reviewed", "city_reviewed"}),
        ("city", {"city_reviewed"}),
    ],
)
def test_a_case_is_closed_after_the_review_that_is_asked_for(needs, enough):
    for status in CASE_STATUSES:
        step = steps.close(who="w", at=LATER, needs=needs)
        if status in enough:
            assert step(opened() | {"status": status}).after["status"] == "closed"
        else:
            with pytest.raises(UsageError, match="cannot close"):
                step(opened() | {"status": status})


def test_an_answer_that_is_sent_back_stays_to_be_seen_and_findings_go_when_reopened():
    found = steps.Findings(
        affected_forest_ha=1.5, burned_ha=2.0, cause="straw", people=12, dead=0, injured=1,
        out_at=LATER,
    )  # fmt: skip
    case = steps.arrive(who="w", at=AT)(opened()).after
    assert (case["status"], case["arrived_at"]) == ("on_scene", AT)
    case = steps.answer("forest_fire", who="w", at=LATER, found=found)(case).after
    assert (case["burned_ha"], case["cause"], case["people"]) == (2.0, "straw", 12.0)
    back = steps.send_back("面积不对", who="z", at=LATER)(case).after
    assert (back["status"], back["category"]) == ("open", "forest_fire")
    closed = case | {"status": "closed", "closed_at": LATER}
    again = steps.reopen(who="z", at=LATER)(closed).after
    assert [again[name] for name in steps.FINDINGS] == [None] * len(steps.FINDINGS)
    assert again["category"] is None


def test_a_cancelled_case_settles_its_event_as_a_closed_one_does():
    case = steps.cancel("演练", who="钱七", at=LATER)(opened())
    log = pd.DataFrame(
        [{"seq": 1, "case_id": case.after["case_id"], "at": LATER, "action": "cancel"}]
    )
    assert closed_at_by_event(table(case.after), log).to_dict() == {"JDZ-20240404-a": LATER}


def events(**merged_into):
    ids = [f"JDZ-20240404-{k}" for k in merged_into]
    into = [None if v is None else f"JDZ-20240404-{v}" for v in merged_into.values()]
    return pd.DataFrame({"event_id": ids, "merged_into": into, "last_seen_at": LATER})


def table(*rows):
    return validate(pd.DataFrame(list(rows)), CASES)


def test_merged_work_goes_on_under_the_last_successor():
    """a was merged into b, that into c: c has no verdict that asks, but a was unanswered."""
    changes = advance_cases(
        table(opened()),
        events(a="b", b="c", c=None),
        verdicts(c="permitted"),
        at=LATER,
        rules=CaseRules(answer_min=15, result_min=45),
    )
    assert [(c.action, c.after["event_id"][-1], c.after["status"]) for c in changes] == [
        ("open", "c", "open"),
        ("merge", "a", "closed"),
    ]
    assert changes[0].after["answer_due_at"] == LATER + timedelta(minutes=15)
    assert changes[1].remark == "event merged into JDZ-20240404-c"


def test_a_closed_successor_is_reopened_before_the_work_is_handed_over():
    closed = opened("JDZ-20240404-b") | {"status": "closed", "closed_at": LATER}
    changes = advance_cases(
        table(opened(), closed), events(a="b", b=None), verdicts(b="permitted"), at=LATER
    )
    assert [(c.action, c.after["event_id"][-1]) for c in changes] == [
        ("reopen", "b"),
        ("merge", "a"),
    ]
    assert changes[0].remark == "an unanswered event joined it"
    assert changes[0].who == steps.PROGRAM


def test_a_calm_round_takes_no_step():
    assert (
        advance_cases(empty_table(CASES), empty_table(EVENTS), empty_table(VERDICTS), at=AT) == []
    )
    case = opened() | {"status": "dispatched", "team_id": "T-01", "dispatched_at": AT}
    assert advance_cases(table(case), events(a=None), verdicts(a="unresolved"), at=AT) == []


def test_only_a_closing_by_duty_staff_settles_an_event():
    case = opened()
    log = pd.DataFrame(
        [
            {"seq": 1, "case_id": case["case_id"], "at": AT, "action": "merge"},
            {"seq": 2, "case_id": case["case_id"], "at": LATER, "action": "close"},
        ]
    )
    assert closed_at_by_event(table(case), log).to_dict() == {"JDZ-20240404-a": LATER}
    assert closed_at_by_event(table(case), log.head(1)).empty
    assert closed_at_by_event(empty_table(CASES), empty_table(CASE_LOG)).empty


def test_a_team_is_out_from_its_dispatch_until_its_case_is_closed():
    calm = opened("JDZ-20240404-1")
    sent = steps.dispatch("T-01", who="w", at=AT)(opened("JDZ-20240404-2")).after
    later = steps.dispatch("T-01", who="w", at=LATER)(opened("JDZ-20240404-3")).after
    done = {
        **steps.dispatch("T-02", who="w", at=AT)(opened("JDZ-20240404-4")).after,
        "closed_at": LATER,
    }
    assert steps.teams_out(table(calm, sent, later, done)) == {"T-01": "JDZ-20240404-3"}
    assert steps.teams_out(table(calm)) == {}
    assert steps.teams_out(table(calm).head(0)) == {}
