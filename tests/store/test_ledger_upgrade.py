"""A ledger of an earlier version is brought up to date on opening, whole or not at all."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from jdzfire.errors import StoreError
from jdzfire.store import Home, open_ledger
from jdzfire.store import ledger_engine as engine

VERSION_1 = Path(__file__).with_name("ledger_version_1.sql")


@pytest.fixture
def old(home: Home) -> Home:
    plain = sqlite3.connect(home.ledger_path)
    plain.executescript(VERSION_1.read_text(encoding="utf-8"))
    plain.close()
    return home


def test_everything_is_found_again(old: Home) -> None:
    with open_ledger(old) as ledger:
        row = ledger.load_inputs().iloc[0]
        assert (row["source_name"], row["rows"], row["batch"], row["options"]) == (
            "a.csv",
            7,
            0,
            "",
        )
        assert row["received_at"] == datetime(2024, 4, 4, 4, tzinfo=UTC)
        assert ledger.load_feeds()["detail"].tolist() == ["slow"]
        assert ledger.load_case_log()["who"].tolist() == ["duty"]
        assert ledger.load_fetches().empty
        for told in (ledger.load_verdicts(), ledger.load_verdict_history("JDZ-20240404-001")):
            row = told.iloc[0]
            assert (row["verdict"], bool(row["is_provisional"])) == ("permitted", False)
            assert pd.isna(row["score"])
            assert pd.isna(row["escalation"])
        ledger.record_feed("firms", datetime(2024, 4, 5, tzinfo=UTC), "refused", None)
        assert ledger.load_feeds()["state"].tolist() == ["refused"]
    with open_ledger(old) as again:
        assert len(again.load_inputs()) == 1


def test_what_people_said_stays_append_only(old: Home) -> None:
    open_ledger(old).close()
    plain = sqlite3.connect(old.ledger_path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        plain.execute("UPDATE case_log SET who = 'other'")
    plain.close()


def test_killed_in_the_middle_it_is_still_the_old_one(
    old: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(engine, "upsert", killed)
        with pytest.raises(KeyboardInterrupt):
            open_ledger(old)
    plain = sqlite3.connect(old.ledger_path)
    assert plain.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone() == ("1",)
    assert plain.execute("SELECT count(*) FROM inputs").fetchone() == (1,)
    plain.close()
    with open_ledger(old) as ledger:
        assert ledger.load_inputs()["source_name"].tolist() == ["a.csv"]


def test_an_unknown_layout_is_still_refused(old: Home) -> None:
    plain = sqlite3.connect(old.ledger_path)
    plain.execute("UPDATE meta SET value = '0123' WHERE key = 'layout'")
    plain.commit()
    plain.close()
    with pytest.raises(StoreError, match="another version"):
        open_ledger(old)
