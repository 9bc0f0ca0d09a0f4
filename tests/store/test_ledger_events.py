"""Events, members and verdicts: whole tables by id, history only for what says something new."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from jdzfire.errors import ContractError, NotFound, StoreError
from jdzfire.schemas import EVENTS, MEMBERS, VERDICTS, empty_table
from jdzfire.store.home import Home, open_home
from jdzfire.store.ledger import Ledger, open_ledger

Make = Callable[..., Any]
NOON = datetime(2024, 4, 4, 4, 0, tzinfo=UTC)
ONE, TWO = "JDZ-20240404-001", "JDZ-20240404-002"


@pytest.fixture
def ledger(home: Home, database: str | None) -> Iterator[Ledger]:
    with open_ledger(home, database) as ledger:
        yield ledger


@pytest.fixture
def held(ledger: Ledger, make: Make) -> Ledger:
    """A ledger that holds two events with a hotspot each."""
    ledger.save_events(make("events", ONE, TWO), make("members", H1=ONE, H2=TWO))
    return ledger


def test_events_and_members_come_back(ledger: Ledger, make: Make) -> None:
    table = make("events", ONE, TWO, frp_max_mw=None, satellites="NOAA-20,'<b>")
    joined = make("members", H1=ONE, H2=TWO)
    assert ledger.save_events(table, joined) == 2
    assert_geodataframe_equal(ledger.load_events(), table)
    assert_frame_equal(ledger.load_members(), joined)


def test_saving_again_changes_nothing(held: Ledger, make: Make) -> None:
    assert held.save_events(make("events", ONE, TWO), make("members", H1=ONE, H2=TWO)) == 0


def test_events_that_are_not_given_are_left_alone(held: Ledger, make: Make) -> None:
    grown = make("events", ONE, hotspot_count=2, last_seen_at=NOON + timedelta(hours=1))
    assert held.save_events(grown, make("members", H3=ONE)) == 1
    found = held.load_events().set_index("event_id")
    assert found["hotspot_count"].to_dict() == {ONE: 2, TWO: 1}
    assert held.load_members()["hotspot_id"].tolist() == ["H1", "H2", "H3"]


def test_a_merged_event_stays_and_its_hotspots_move(held: Ledger, make: Make) -> None:
    merged = make("events", TWO, state="merged", merged_into=ONE)
    held.save_events(merged, make("members", H2=ONE))
    assert held.load_events()["merged_into"].tolist()[1] == ONE
    assert held.load_members()["event_id"].tolist() == [ONE, ONE]


def test_a_member_of_an_unknown_event_leaves_the_ledger_as_it_was(held: Ledger, make: Make) -> None:
    with pytest.raises(NotFound, match="members of events") as stated:
        held.save_events(make("events", ONE, hotspot_count=9), make("members", H9="JDZ-X"))
    assert stated.value.found == "JDZ-X"
    assert held.load_events()["hotspot_count"].tolist() == [1, 1]


def test_what_breaks_the_contract_is_not_saved(held: Ledger, make: Make) -> None:
    with pytest.raises(ContractError):
        held.save_events(make("events", ONE).assign(state="gone"), make("members", H1=ONE))
    with pytest.raises(ContractError):
        held.save_verdicts(make("verdict", ONE).assign(verdict="fine"))


def test_empty_tables_in_and_out(ledger: Ledger) -> None:
    assert ledger.save_events(empty_table(EVENTS), empty_table(MEMBERS)) == 0
    assert ledger.save_verdicts(empty_table(VERDICTS)) == 0
    assert_geodataframe_equal(ledger.load_events(), empty_table(EVENTS))
    assert_frame_equal(ledger.load_members(), empty_table(MEMBERS))
    assert_frame_equal(ledger.load_verdicts(), empty_table(VERDICTS))


def test_an_unchanged_verdict_keeps_its_time_and_makes_no_history(held: Ledger, make: Make) -> None:
    assert held.save_verdicts(make("verdict", ONE)) == 1
    later = {"decided_at": NOON + timedelta(hours=1), "priority": 70, "rules_version": "r2"}
    assert held.save_verdicts(make("verdict", ONE, **later)) == 0
    row = held.load_verdicts().iloc[0]
    assert (row["decided_at"], row["priority"], row["rules_version"]) == (NOON, 70, "r2")
    assert len(held.load_verdict_history(ONE)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "permitted", "explained_by": "景炼2024-01"},
        {"explained_by": "S1"},
        {"reasons": '[{"rule": "permit.window"}]'},
    ],
)
def test_what_says_something_new_is_added_to_the_history(
    held: Ledger, make: Make, change: dict[str, Any]
) -> None:
    hour = timedelta(hours=1)
    held.save_verdicts(make("verdict", ONE))
    assert held.save_verdicts(make("verdict", ONE, decided_at=NOON + hour, **change)) == 1
    assert held.save_verdicts(make("verdict", ONE, decided_at=NOON + 2 * hour)) == 1
    history = held.load_verdict_history(ONE)
    assert history["decided_at"].tolist() == [NOON, NOON + hour, NOON + 2 * hour]
    for name, value in change.items():
        assert history[name][1] == value
    assert history["seq"].is_monotonic_increasing
    assert_frame_equal(
        history.iloc[[2]][list(VERDICTS.columns)].reset_index(drop=True), held.load_verdicts()
    )
    held.save_verdicts(make("verdict", TWO))
    assert held.load_verdict_history()["event_id"].tolist() == [ONE, ONE, ONE, TWO]


def test_verdicts_and_histories_of_unknown_events_are_refused(held: Ledger, make: Make) -> None:
    with pytest.raises(NotFound, match="verdicts of events"):
        held.save_verdicts(make("verdict", "JDZ-X"))
    with pytest.raises(NotFound, match="a history of events"):
        held.load_verdict_history("JDZ-X")
    assert held.load_verdict_history(TWO).empty
    assert held.load_verdicts().empty


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE verdict_history SET verdict = 'permitted'",
        "DELETE FROM verdict_history",
        "INSERT OR REPLACE INTO verdict_history SELECT * FROM verdict_history",
    ],
)
def test_the_database_itself_refuses_to_change_history(
    home: Home, held: Ledger, make: Make, statement: str
) -> None:
    held.save_verdicts(make("verdict", ONE))
    plain = sqlite3.connect(home.ledger_path)
    with pytest.raises(sqlite3.IntegrityError, match="verdict_history is append-only"):
        plain.execute(statement)
    plain.close()
    assert held.load_verdict_history(ONE)["verdict"].tolist() == ["unresolved"]


def test_the_database_itself_knows_the_words(home: Home, held: Ledger) -> None:
    with pytest.raises(StoreError, match="refused"), held._writing() as connection:
        connection.exec_driver_sql("INSERT INTO feed_runs VALUES ('x', 'fine', NULL, NULL, '')")


@pytest.mark.slow
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_events_and_verdicts_come_back(
    tmp_path_factory: pytest.TempPathFactory, make: Make, data: st.DataObject
) -> None:
    table = data.draw(make("tables_of", EVENTS))
    decided = data.draw(make("tables_of", VERDICTS))
    decided = decided.iloc[: len(table)].assign(event_id=table["event_id"].iloc[: len(decided)])
    with open_ledger(open_home(tmp_path_factory.mktemp("home"))) as ledger:
        assert ledger.save_events(table, empty_table(MEMBERS)) == len(table)
        assert ledger.save_events(table, empty_table(MEMBERS)) == 0
        by_id = table.sort_values("event_id", key=_bytes).reset_index(drop=True)
        assert_geodataframe_equal(ledger.load_events(), by_id)
        assert ledger.save_verdicts(decided) == len(decided)
        assert ledger.save_verdicts(decided) == 0
        by_id = decided.sort_values("event_id", key=_bytes).reset_index(drop=True)
        assert_frame_equal(ledger.load_verdicts(), by_id)


def _bytes(ids: pd.Series) -> pd.Series:
    """SQLite sorts text by its bytes."""
    return pd.Series([text.encode() for text in ids], index=ids.index, dtype=object)
