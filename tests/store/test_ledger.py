"""The ledger: opened by many, refused when of another version, whole transactions only."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from jdzfire.errors import StoreError, UsageError
from jdzfire.store.home import Home
from jdzfire.store.ledger import Ledger, open_ledger
from jdzfire.store.ledger_schema import METADATA, case_log

Make = Callable[..., Any]
NOON = datetime(2024, 4, 4, 4, 0, tzinfo=UTC)
SHA = "a" * 64

OPENER = """
import sys
from jdzfire.store.home import open_home
from jdzfire.store.ledger import open_ledger
home = open_home(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
from datetime import datetime, UTC
with open_ledger(home) as ledger:
    for number in range(25):
        ledger.record_input(f"{sys.argv[2]}{number:063d}", "firms", "x.csv",
                            datetime(2024, 4, 4, tzinfo=UTC), number, 0, "ok")
"""


@pytest.fixture
def ledger(home: Home) -> Ledger:
    return open_ledger(home)


def change_meta(home: Home, key: str, value: str) -> None:
    with sqlite3.connect(home.ledger_path) as plain:
        plain.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))
    plain.close()
    home.ledger_seal_path.unlink()


def test_ledger_is_a_sqlite_file_in_wal_mode(home: Home, ledger: Ledger) -> None:
    plain = sqlite3.connect(home.ledger_path)
    assert plain.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    names = {row[0] for row in plain.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    plain.close()
    assert {"events", "members", "verdicts", "verdict_history", "cases", "case_log"} <= names


@pytest.mark.parametrize(("key", "value"), [("schema_version", "9"), ("layout", "0123")])
def test_ledger_of_another_version_is_refused(home: Home, key: str, value: str) -> None:
    open_ledger(home).close()
    change_meta(home, key, value)
    with pytest.raises(StoreError, match="another version") as stated:
        open_ledger(home)
    assert f"{key} {value}" in stated.value.found
    assert stated.value.remedy


def test_a_file_that_is_no_database_is_told(home: Home) -> None:
    home.ledger_path.write_bytes(b"<html>" * 1000)
    with pytest.raises(StoreError, match="not a database"):
        open_ledger(home)


@pytest.mark.parametrize("url", ["nosuch://host/db", "not a url"])
def test_a_database_that_cannot_be_used_is_told(home: Home, url: str) -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        open_ledger(home, url)


def test_the_password_of_a_url_is_never_told(home: Home) -> None:
    with pytest.raises(StoreError) as stated:
        open_ledger(home, "nosuch://user:secret@host/db")
    assert "secret" not in str(stated.value)


def test_another_sqlite_file_by_url(home: Home) -> None:
    other = home.root / "other.sqlite"
    with open_ledger(home, f"sqlite:///{other}") as ledger:
        ledger.record_feed("firms", NOON, "ok", None)
    assert other.exists()
    assert not home.ledger_path.exists()


@pytest.mark.slow
def test_processes_open_and_write_at_once_and_nothing_is_lost(home: Home) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, str(home.root), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name in "ab"
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    stated = [writer.communicate("go\n", timeout=60)[1] for writer in writers]
    assert stated == ["", ""]
    found = open_ledger(home).load_inputs()
    assert len(found) == 50
    assert sorted(found["rows"]) == sorted(list(range(25)) * 2)


def test_readers_do_not_wait_for_a_writer(home: Home, ledger: Ledger) -> None:
    ledger.record_feed("firms", NOON, "ok", None)
    plain = sqlite3.connect(home.ledger_path, isolation_level=None)
    plain.execute("BEGIN IMMEDIATE")
    plain.execute("UPDATE feed_runs SET detail = 'half'")
    assert ledger.load_feeds()["detail"].tolist() == [""]
    plain.execute("ROLLBACK")
    plain.close()


def test_killed_while_it_is_made_it_is_made_by_the_next(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("jdzfire.store.ledger_engine.upsert", killed)  # the tables stand by then
    with pytest.raises(KeyboardInterrupt):
        open_ledger(home)
    monkeypatch.undo()
    plain = sqlite3.connect(home.ledger_path)
    assert plain.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    plain.close()
    assert open_ledger(home).load_cases().empty


def test_a_fault_in_the_middle_leaves_nothing_behind(
    ledger: Ledger, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jdzfire.store import ledger_events

    real = ledger_events.upsert

    def killed(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        if table.name == "members":
            raise KeyboardInterrupt
        real(connection, table, rows)

    monkeypatch.setattr(ledger_events, "upsert", killed)
    with pytest.raises(KeyboardInterrupt):
        ledger.save_events(
            make("events", "JDZ-20240404-001"), make("members", H1="JDZ-20240404-001")
        )
    assert ledger.load_events().empty


def test_input_is_one_row_a_file_and_kind(ledger: Ledger) -> None:
    ledger.record_input(SHA, "firms", "a.csv", NOON, 0, 3, "failed", "no column latitude")
    ledger.record_input(SHA, "permits", "a.csv", NOON, 1, 0, "ok")
    ledger.record_input(SHA, "firms", "b.csv", NOON + timedelta(hours=1), 5, 1, "ok")
    found = ledger.load_inputs()
    assert found["kind"].tolist() == ["firms", "permits"]
    row = found.iloc[0]
    assert (row["source_name"], row["received_at"]) == ("a.csv", NOON)
    assert (row["rows"], row["rejected"], row["state"], row["detail"]) == (5, 1, "ok", "")
    assert str(found["received_at"].dtype) == "datetime64[us, UTC]"


def test_feed_keeps_its_last_good_time_and_newest_data(ledger: Ledger) -> None:
    hour = timedelta(hours=1)
    ledger.record_feed("firms", NOON, "ok", NOON - 3 * hour)
    ledger.record_feed("firms", NOON + hour, "failed", None, "Invalid MAP_KEY.")
    ledger.record_feed("firms", NOON + 2 * hour, "late", NOON - 5 * hour)
    ledger.record_feed("himawari-wlf", NOON, "never", None)
    found = ledger.load_feeds()
    assert found["feed"].tolist() == ["firms", "himawari-wlf"]
    assert found["state"].tolist() == ["late", "never"]
    assert found["last_ok_at"][0] == NOON
    assert found["last_data_at"][0] == NOON - 3 * hour
    assert found[["last_ok_at", "last_data_at"]].iloc[1].isna().all()
    with pytest.raises(UsageError, match="no such state"):
        ledger.record_feed("firms", NOON, "fine", None)


def test_times_without_a_zone_are_refused(ledger: Ledger) -> None:
    naive = NOON.replace(tzinfo=None)
    with pytest.raises(UsageError, match="received_at"):
        ledger.record_input(SHA, "firms", "a.csv", naive, 0, 0, "ok")
    with pytest.raises(UsageError, match="last_data_at"):
        ledger.record_feed("firms", NOON, "ok", naive)
    assert ledger.load_inputs().empty
    assert ledger.load_feeds().empty


def test_faults_of_the_database_tell_no_values(ledger: Ledger) -> None:
    row = {"seq": 1, "case_id": "CASE-X", "at": NOON, "who": "张三", "action": "note"}
    row |= {"before": "{}", "after": "{}", "remark": "13800000000", "chain": "0"}
    with pytest.raises(StoreError) as stated, ledger._writing() as connection:
        connection.execute(sa.insert(case_log), row)  # no such case
    assert "FOREIGN KEY" in stated.value.found
    for text in (str(stated.value), str(stated.value.__cause__)):
        assert "张三" not in text
        assert "13800" not in text  # not shorter: the path of the folder has a number too


def test_text_no_database_can_hold_is_replaced_not_refused(ledger: Ledger) -> None:
    ledger.record_input(SHA, "firms", "a\x00b\ud800.csv", NOON, 0, 0, "ok")
    assert ledger.load_inputs()["source_name"].tolist() == ["a\ufffdb?.csv"]


def test_postgresql_gets_the_same_tables_and_refusals() -> None:
    said: list[str] = []
    engine = sa.create_mock_engine(
        "postgresql+psycopg://",
        lambda statement, *_, **__: said.append(
            str(statement.compile(dialect=postgresql.dialect()))
        ),
    )
    METADATA.create_all(engine, checkfirst=False)
    text = "\n".join(said)
    assert "geometry BYTEA NOT NULL" in text
    assert "first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL" in text
    assert "BEFORE UPDATE OR DELETE ON case_log" in text
    assert "BEFORE TRUNCATE ON verdict_history" in text
    assert "TG_TABLE_NAME || ' is append-only'" in text
    assert "RAISE(ABORT" not in text
    log = str(CreateTable(case_log).compile(dialect=postgresql.dialect()))
    assert "seq BIGSERIAL NOT NULL" in log


def test_a_fault_never_takes_back_what_a_good_answer_said(ledger: Ledger) -> None:
    day, hour = "2024-04-04", timedelta(hours=1)
    ledger.record_fetch(
        "VIIRS_NOAA20_NRT", day, feed="firms", state="ok", asked_at=NOON, covered_to=NOON - 3 * hour
    )
    ledger.record_fetch(
        "VIIRS_NOAA20_NRT", day, feed="firms", state="refused", asked_at=NOON + hour, detail="key"
    )
    row = ledger.load_fetches().iloc[0]
    assert (row["state"], row["detail"]) == ("refused", "key")
    assert row["asked_at"] == NOON + hour
    assert row["ok_at"] == NOON
    assert row["covered_to"] == NOON - 3 * hour
    # an answer that covers less does not set the cover back
    ledger.record_fetch(
        "VIIRS_NOAA20_NRT", day, feed="firms", state="ok", asked_at=NOON + 2 * hour,
        covered_to=NOON - 5 * hour,
    )  # fmt: skip
    assert ledger.load_fetches()["covered_to"].tolist() == [NOON - 3 * hour]
    with pytest.raises(UsageError, match="no such state"):
        ledger.record_fetch("X", day, feed="firms", state="fine", asked_at=NOON)


def test_the_batch_of_the_first_receipt_stays(ledger: Ledger) -> None:
    ledger.record_input(SHA, "firms", "a.csv", NOON, 0, 0, "received", batch=3)
    ledger.record_input(SHA, "firms", "a.csv", NOON, 2, 0, "archived", batch=9, options="{}")
    row = ledger.load_inputs().iloc[0]
    assert (row["batch"], row["state"], row["options"]) == (3, "archived", "{}")
