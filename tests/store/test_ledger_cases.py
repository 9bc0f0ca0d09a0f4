"""Cases: the legal steps and no others, each in a log that nobody can change."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from jdzfire.cases import steps
from jdzfire.errors import Conflict, ContractError, NotFound, StoreError, UsageError
from jdzfire.schemas import CASE_LOG, CASES, MEMBERS, empty_table
from jdzfire.store.home import Home, open_home
from jdzfire.store.ledger import Ledger, open_ledger

Make = Callable[..., Any]
NOON = datetime(2024, 4, 4, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ONE, TWO = "JDZ-20240404-001", "JDZ-20240404-002"
CASE = "CASE-20240404-001"
HOSTILE = "<img src=x onerror=alert(1)>'; DROP TABLE cases; --"

# the table of jdzfire: from where each step may go, and where it leads
LEGAL = {
    ("open", "dispatch"): "dispatched",
    ("open", "answer"): "answered",
    ("dispatched", "dispatch"): "dispatched",
    ("dispatched", "answer"): "answered",
    ("answered", "answer"): "answered",
    ("answered", "dispatch"): "dispatched",
    ("answered", "close"): "closed",
    ("closed", "reopen"): "open",
}
WAYS: dict[str, list[str]] = {
    "open": [],
    "dispatched": ["dispatch"],
    "answered": ["answer"],
    "closed": ["answer", "close"],
}


@pytest.fixture
def ledger(home: Home, make: Make, database: str | None) -> Iterator[Ledger]:
    """A ledger with two events and an open case of the first."""
    ledger = open_ledger(home, database)
    ledger.save_events(make("events", ONE, TWO), empty_table(MEMBERS))
    ledger.open_cases(make("case", ONE))
    yield ledger
    ledger.close()


def take(ledger: Ledger, step: str, at: datetime = NOON, **more: Any) -> dict[str, Any]:
    given = {"dispatch": ("T07",), "answer": ("no_fire",)}.get(step, ())
    make_step = getattr(steps, step)
    return ledger.change_case(CASE, make_step(*given, who="张三", at=at, **more))


def status(ledger: Ledger) -> str:
    return str(ledger.load_cases()["status"][0])


@pytest.mark.parametrize(
    ("state", "step"), list(itertools.product(WAYS, ["dispatch", "answer", "close", "reopen"]))
)
def test_only_the_legal_steps_can_be_taken(ledger: Ledger, state: str, step: str) -> None:
    for way in WAYS[state]:
        take(ledger, way)
    assert status(ledger) == state
    lines = len(ledger.load_case_log(CASE))
    if (state, step) in LEGAL:
        assert take(ledger, step)["status"] == LEGAL[state, step] == status(ledger)
        assert len(ledger.load_case_log(CASE)) == lines + 1
    else:
        with pytest.raises(UsageError, match=f"cannot {step} case {CASE} now") as stated:
            take(ledger, step)
        assert stated.value.found == f"status {state}"
        assert stated.value.expected.startswith("status ")
        assert stated.value.remedy.startswith("from here one can ")
        assert status(ledger) == state
        assert len(ledger.load_case_log(CASE)) == lines


def test_a_case_from_first_to_last(ledger: Ledger) -> None:
    take(ledger, "dispatch", NOON + MINUTE, remark=HOSTILE)
    ledger.change_case(
        CASE, steps.answer("forest_fire", who="李四", at=NOON + 40 * MINUTE, affected_forest_ha=0.5)
    )
    take(ledger, "close", NOON + 90 * MINUTE)
    row = ledger.load_cases().iloc[0]
    assert (row["category"], row["affected_forest_ha"], row["team_id"]) == (
        "forest_fire",
        0.5,
        "T07",
    )
    assert row["dispatched_at"] == NOON + MINUTE
    assert row["answered_at"] == NOON + 40 * MINUTE
    assert row["closed_at"] == NOON + 90 * MINUTE
    log = ledger.load_case_log(CASE)
    assert log["action"].tolist() == ["open", "dispatch", "answer", "close"]
    assert log["who"].tolist() == ["jdzfire", "张三", "李四", "张三"]
    assert log["remark"].tolist()[1] == HOSTILE
    assert json.loads(log["before"][2]) == {
        "affected_forest_ha": None,
        "answered_at": None,
        "category": None,
        "status": "dispatched",
        "version": 2,
    }
    assert json.loads(log["after"][2]) == {
        "affected_forest_ha": 0.5,
        "answered_at": "2024-04-04T04:40:00Z",
        "category": "forest_fire",
        "status": "answered",
        "version": 3,
    }


def test_the_second_team_does_not_move_the_first_dispatch(ledger: Ledger) -> None:
    take(ledger, "dispatch", NOON + MINUTE)
    take(ledger, "answer", NOON + 2 * MINUTE)
    ledger.change_case(CASE, steps.dispatch("T09", who="张三", at=NOON + 3 * MINUTE))
    row = ledger.load_cases().iloc[0]
    assert (row["team_id"], row["dispatched_at"]) == ("T09", NOON + MINUTE)


def test_an_answer_replaces_the_one_before_it_as_a_whole(ledger: Ledger) -> None:
    ledger.change_case(
        CASE, steps.answer("forest_fire", who="张三", at=NOON, affected_forest_ha=2.0)
    )
    take(ledger, "dispatch")
    ledger.change_case(CASE, steps.answer("no_fire", who="张三", at=NOON + MINUTE))
    row = ledger.load_cases().iloc[0]
    assert row["category"] == "no_fire"
    assert pd.isna(row["affected_forest_ha"])
    assert row["answered_at"] == NOON + MINUTE


def test_reopening_takes_back_the_answer_and_the_log_keeps_it(ledger: Ledger) -> None:
    ledger.change_case(
        CASE, steps.answer("forest_fire", who="张三", at=NOON, affected_forest_ha=2.0)
    )
    take(ledger, "close")
    take(ledger, "reopen", answer_due_at=NOON + 200 * MINUTE)
    row = ledger.load_cases().iloc[0]
    assert row["status"] == "open"
    assert row[["category", "team_id", "affected_forest_ha", "closed_at"]].isna().all()
    assert row["answer_due_at"] == NOON + 200 * MINUTE
    assert row["result_due_at"] == NOON + 120 * MINUTE
    before = json.loads(ledger.load_case_log(CASE)["before"].iloc[-1])
    assert (before["category"], before["affected_forest_ha"]) == ("forest_fire", 2.0)


def test_a_note_is_written_in_any_state_and_changes_nothing(ledger: Ledger) -> None:
    for step in [None, "dispatch", "answer", "close"]:
        if step:
            take(ledger, step)
        before = ledger.load_cases()
        ledger.change_case(CASE, steps.note("看到烟", who="张三", at=NOON))
        assert_frame_equal(ledger.load_cases(), before)
    assert ledger.load_case_log(CASE)["action"].tolist().count("note") == 4
    with pytest.raises(UsageError, match="remark is empty"):
        ledger.change_case(CASE, steps.note(" ", who="张三", at=NOON))


def test_opening_again_opens_nothing_and_keeps_the_work(ledger: Ledger, make: Make) -> None:
    take(ledger, "dispatch")
    both = pd.concat([make("case", ONE), make("case", TWO)])
    assert ledger.open_cases(both) == 1
    assert ledger.open_cases(both) == 0
    assert ledger.load_cases()["status"].tolist() == ["dispatched", "open"]
    assert ledger.load_case_log()["action"].tolist() == ["open", "dispatch", "open"]


def test_an_event_has_one_case_whatever_it_is_called(ledger: Ledger, make: Make) -> None:
    assert ledger.open_cases(make("case", ONE, case_id="CASE-OTHER")) == 0
    assert ledger.load_cases()["case_id"].tolist() == [CASE]


def test_a_case_id_of_another_event_is_never_swallowed(ledger: Ledger, make: Make) -> None:
    with pytest.raises(ContractError, match="taken by another event"):
        ledger.open_cases(make("case", TWO, case_id=CASE))
    assert ledger.load_cases()["event_id"].tolist() == [ONE]


def test_unknown_events_cases_words_and_areas_are_refused(ledger: Ledger, make: Make) -> None:
    with pytest.raises(NotFound, match="cases of events"):
        ledger.open_cases(make("case", "JDZ-X"))
    with pytest.raises(NotFound, match="no such case"):
        ledger.change_case("CASE-X", steps.close(who="张三", at=NOON))
    with pytest.raises(NotFound, match="no such case"):
        ledger.load_case_log("CASE-X")
    with pytest.raises(UsageError, match="no such answer"):
        ledger.change_case(CASE, steps.answer(HOSTILE, who="张三", at=NOON))
    for area in (-0.1, float("nan"), float("inf")):
        with pytest.raises(UsageError, match="not an area"):
            ledger.change_case(
                CASE, steps.answer("no_fire", who="张三", at=NOON, affected_forest_ha=area)
            )
    with pytest.raises(UsageError, match="at has no time zone"):
        take(ledger, "dispatch", NOON.replace(tzinfo=None))
    with pytest.raises(UsageError, match="who is empty"):
        ledger.change_case(CASE, steps.dispatch("T07", who="  ", at=NOON))
    with pytest.raises(UsageError, match="team_id is empty"):
        ledger.change_case(CASE, steps.dispatch("", who="张三", at=NOON))
    assert status(ledger) == "open"
    assert len(ledger.load_case_log()) == 1


def test_hostile_text_is_only_text(ledger: Ledger) -> None:
    ledger.change_case(CASE, steps.dispatch(HOSTILE, who=HOSTILE, at=NOON, remark="a\x00b\udfff"))
    line = ledger.load_case_log(CASE).iloc[-1]
    assert (line["who"], line["remark"]) == (HOSTILE, "a\ufffdb?")
    assert ledger.load_cases()["team_id"].tolist() == [HOSTILE]
    for name in ("' OR 1=1 --", "\ud800", "\x00"):
        with pytest.raises(NotFound):
            ledger.load_case_log(name)


def test_faults_tell_no_names(ledger: Ledger) -> None:
    with pytest.raises(UsageError) as stated:
        ledger.change_case(CASE, steps.close(who="张三", at=NOON, remark="13800000000"))
    assert "张三" not in str(stated.value)
    assert "138" not in str(stated.value)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE case_log SET who = 'nobody'",
        "DELETE FROM case_log",
        "REPLACE INTO case_log SELECT seq, case_id, at, 'nobody', action, before, after, remark,"
        " chain FROM case_log",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(
    home: Home, ledger: Ledger, statement: str
) -> None:
    before = ledger.load_case_log()
    plain = sqlite3.connect(home.ledger_path)
    with pytest.raises(sqlite3.IntegrityError, match="case_log is append-only"):
        plain.execute(statement)
    plain.close()
    assert_frame_equal(ledger.load_case_log(), before)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "statement", ["UPDATE case_log SET who = 'x'", "DELETE FROM case_log", "TRUNCATE case_log"]
)
def test_postgresql_refuses_to_change_the_log(ledger: Ledger, statement: str) -> None:
    before = ledger.load_case_log()
    with pytest.raises(StoreError, match="append-only"), ledger._writing() as connection:
        connection.exec_driver_sql(statement)
    assert_frame_equal(ledger.load_case_log(), before)


def test_a_step_of_somebody_who_has_not_seen_the_last_change_is_refused(ledger: Ledger) -> None:
    ledger.change_case(CASE, steps.dispatch("T07", who="张三", at=NOON), seen=1)
    ledger.change_case(CASE, steps.note("路断", who="李四", at=NOON), seen=2)
    with pytest.raises(Conflict, match="version 2: dispatch by 张三"):
        ledger.change_case(CASE, steps.dispatch("T08", who="王五", at=NOON), seen=1)
    assert ledger.load_case(CASE)["team_id"] == "T07"
    assert len(ledger.load_case_log(CASE)) == 3


def test_writers_at_once_lose_nothing_and_the_chain_holds(
    home: Home, ledger: Ledger, database: str | None
) -> None:
    def write(number: int) -> int:
        with open_ledger(home, database) as mine:
            for turn in range(5):
                mine.change_case(CASE, steps.note(f"{number} {turn}", who="w", at=NOON))
            try:
                mine.change_case(CASE, steps.dispatch(f"T{number}", who="w", at=NOON), seen=1)
            except Conflict:
                return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 1  # one of those who saw version 1
    state = ledger.check_case_log()
    assert (state.is_whole, state.lines) == (True, 1 + 8 * 5 + 1)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whoever_gets_past_the_triggers_is_seen(home: Home, ledger: Ledger) -> None:
    for minute in range(4):
        at = NOON + minute * MINUTE
        ledger.change_case(CASE, steps.note(f"n{minute}", who="王五", at=at))
    whole = ledger.check_case_log()
    assert whole.is_whole
    assert whole.lines == 5
    ledger.close()
    plain = sqlite3.connect(home.ledger_path)
    for what in ("update", "delete", "replace"):
        plain.execute(f"DROP TRIGGER case_log_no_{what}")
    plain.execute("UPDATE case_log SET remark = 'other' WHERE seq = 3")
    plain.commit()
    assert open_ledger(home).check_case_log().broken_at == 3
    plain.execute("UPDATE case_log SET remark = 'n1' WHERE seq = 3")
    plain.execute("DELETE FROM case_log WHERE seq = 5")
    plain.commit()
    plain.close()
    cut = open_ledger(home).check_case_log()
    assert cut.is_whole  # nothing after it: only the hash noted before tells
    assert cut.head != whole.head


def test_no_cases_are_empty_tables(home: Home, database: str | None) -> None:
    with open_ledger(home, database) as ledger:
        assert ledger.open_cases(empty_table(CASES)) == 0
        assert_frame_equal(ledger.load_cases(), empty_table(CASES))
        assert_frame_equal(ledger.load_case_log(), empty_table(CASE_LOG))


@pytest.mark.slow
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_cases_come_back(
    tmp_path_factory: pytest.TempPathFactory, make: Make, data: st.DataObject
) -> None:
    table = data.draw(make("tables_of", CASES))
    with open_ledger(open_home(tmp_path_factory.mktemp("home"))) as ledger:
        if len(table):
            ledger.save_events(make("events", *table["event_id"]), empty_table(MEMBERS))
        assert ledger.open_cases(table) == len(table)
        assert ledger.open_cases(table) == 0
        key = "case_id"
        found = ledger.load_cases()
        assert_frame_equal(
            found.sort_values(key).reset_index(drop=True),
            table.sort_values(key).reset_index(drop=True),
        )
        assert len(ledger.load_case_log()) == len(table)
