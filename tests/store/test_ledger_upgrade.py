"""A ledger of an earlier version is brought up to date on opening, whole or not at all."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from jdzfire.errors import StoreError
from jdzfire.store import ledger_engine as engine
from jdzfire.store.home import Home, open_home
from jdzfire.store.ledger import open_ledger
from jdzfire.store.ledger_migrations import VERSIONS

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
        assert ledger.check_case_log().is_whole
        assert ledger.check_case_log().lines == 1
        assert ledger.load_fetches().empty
        for stated in (ledger.load_verdicts(), ledger.load_verdict_history("JDZ-20240404-001")):
            row = stated.iloc[0]
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


SCAN = "H09_20240404_0450_L2WLF010_FLDK.06001_06001.csv"
FIRST, LAST = "2024-04-04T05:03:00+00:00", "2024-04-04T05:05:00+00:00"


@pytest.fixture
def version_3(home: Home) -> Home:
    """A ledger as version 3 left it: what a file covers is noted in the options of its input."""
    at = datetime(2024, 4, 4, 6, tzinfo=UTC)
    noted = {
        "a": ("done", "viirs.csv", {"span": {"NOAA-20": [FIRST, LAST]}, "mapping_sha256": "c"}),
        "b": ("archived", SCAN, {"scans": {"Himawari-9": [FIRST, LAST]}}),
        "d": ("done", "H09_20249904_0450_L2WLF010_FLDK.06001_06001.csv", {}),
        "e": ("received", SCAN, {}),
        "f": ("done", "modis.csv", {"span": {"Terra": [FIRST, FIRST]}}),
    }
    with open_ledger(home) as ledger:
        for key, (state, name, options) in noted.items():
            text = json.dumps(options) if options else ""
            ledger.record_input(key * 64, "firms", name, at, 0, 0, state, options=text)
    plain = sqlite3.connect(home.ledger_path)
    plain.execute("DROP TABLE coverage")
    for key, value in (("schema_version", "3"), ("layout", VERSIONS["3"][0])):
        plain.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))
    plain.commit()
    plain.close()
    home.ledger_seal_path.unlink()
    return home


def test_what_a_file_covers_becomes_a_table(version_3: Home) -> None:
    with open_ledger(version_3) as ledger:
        table = ledger.load_coverage()
        rows = [
            (
                row.sha256[0],
                row.satellite,
                row.instrument,
                f"{row.begins_at:%H%M}",
                f"{row.ends_at:%H%M}",
            )
            for row in table.itertuples()
        ]
        assert sorted(rows) == [
            ("a", "NOAA-20", "VIIRS", "0503", "0505"),
            ("b", "Himawari-9", "AHI", "0450", "0505"),
            ("f", "Terra", "MODIS", "0503", "0503"),
        ]
        options = ledger.load_inputs().set_index("sha256")["options"]
        assert options["a" * 64] == '{"mapping_sha256": "c"}'
        assert (options.drop("a" * 64) == "").all()


@pytest.mark.parametrize("earlier", ["old", "version_3"])
def test_an_upgraded_ledger_has_the_columns_of_a_new_one(
    earlier: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    upgraded = request.getfixturevalue(earlier)
    open_ledger(upgraded).close()
    new = open_home(tmp_path / "new")
    open_ledger(new).close()
    assert columns_of(upgraded) == columns_of(new)


def columns_of(home: Home) -> dict[str, dict[str, tuple[str, bool, bool]]]:
    """Table -> column -> type, whether null is refused, whether it is of the key."""
    plain = sqlite3.connect(home.ledger_path)
    tables = [
        name
        for (name,) in plain.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not name.startswith("sqlite_")
    ]
    found = {
        table: {
            name: (kind, bool(not_null), bool(key))
            for _, name, kind, not_null, _, key in plain.execute(f"PRAGMA table_info({table})")
        }
        for table in tables
    }
    plain.close()
    return found


LATER = """
import sys
import sqlalchemy as sa
from jdzfire.store import ledger_schema as sql
from jdzfire.store.ledger_migrations import migrate

for table in (sql.inputs, sql.feed_runs, sql.fetches, sql.verdicts, sql.event_log, sql.coverage):
    table.append_column(sa.Column("later", sa.Text()))
engine = sa.create_engine(sa.URL.create("sqlite", database=sys.argv[1]))
with engine.begin() as connection:
    migrate(connection, "1")
"""


def test_a_column_added_later_changes_no_earlier_step(old: Home, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", LATER, str(old.ledger_path)], check=True, timeout=60)
    new = open_home(tmp_path / "new")
    open_ledger(new).close()
    upgraded, expected = columns_of(old), columns_of(new)
    for table in ("inputs", "feed_runs", "fetches", "verdicts", "event_log", "coverage"):
        assert upgraded[table] == expected[table]
    assert triggers_of(old, "event_log") == triggers_of(new, "event_log") != []


def triggers_of(home: Home, table: str) -> list[tuple[str, str]]:
    plain = sqlite3.connect(home.ledger_path)
    query = (
        "SELECT name, sql FROM sqlite_master WHERE tbl_name = ? AND type != 'table' ORDER BY name"
    )
    found = sorted(plain.execute(query, (table,)).fetchall())
    plain.close()
    return found


def test_version_5_gets_the_tables_it_did_not_have(home: Home) -> None:
    open_ledger(home).close()
    plain = sqlite3.connect(home.ledger_path)
    plain.execute("DROP TABLE alerts")
    plain.execute("DROP TABLE burn_log")
    for key, value in (("schema_version", "5"), ("layout", VERSIONS["5"][0])):
        plain.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))
    plain.commit()
    plain.close()
    home.ledger_seal_path.unlink()
    line = {
        "permit_id": "P-1", "at": datetime(2024, 4, 4, tzinfo=UTC), "action": "in", "who": "王五",
        "people": 4.0, "remark": None, "token": "t1",
    }  # fmt: skip
    with open_ledger(home) as ledger:
        assert ledger.load_alerts().empty
        assert ledger.note_burn(line)
        assert not ledger.note_burn(line)
        assert ledger.load_burn_log()["permit_id"].tolist() == ["P-1"]
    plain = sqlite3.connect(home.ledger_path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        plain.execute("UPDATE burn_log SET who = 'other'")
    plain.close()
