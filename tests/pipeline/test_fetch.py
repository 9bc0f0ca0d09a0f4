"""The watch asks FIRMS: faults end as states, and the next healthy run fills what is missing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from jdzfire.errors import SettingsError
from jdzfire.feeds.fetch import Bounds, HttpClient
from jdzfire.pipeline import fetch as module
from jdzfire.pipeline.check_feeds import check_feeds, examine_feeds
from jdzfire.pipeline.fetch import fetch_feeds
from jdzfire.pipeline.ingest import archive_received
from jdzfire.queries.coverage import coverage_in_hand
from jdzfire.store.archive import load_hotspots
from jdzfire.store.archive_digest import archive_digest
from jdzfire.workspace import Workspace, open_workspace
from tests.feeds.fetch.firms_server import FAULTS, KEY, FirmsServer, Row, firms_server
from tests.tables import utc

START = utc("2024-04-06T02:00")
ROWS = [
    Row("VIIRS_NOAA20_NRT", f"2024-04-{day:02d}", hhmm, 117.2 + day / 100, 29.4)
    for day in range(1, 10)
    for hhmm in ("503", "1742")
] + [Row("VIIRS_NOAA21_NRT", f"2024-04-{day:02d}", "553", 117.3, 29.1) for day in range(1, 10)]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that does not wait, with small bounds."""
    bounds = Bounds(deadline_s=1.0, quiet_s=1.0, bytes_max=6_000, tries=2, backoff_s=0.01)
    monkeypatch.setattr(
        module, "HttpClient", lambda: HttpClient(bounds=bounds, sleep=lambda s: None)
    )


@pytest.fixture
def server() -> Iterator[FirmsServer]:
    with firms_server(ROWS) as served:
        yield served


def set_up(monkeypatch: pytest.MonkeyPatch, served: FirmsServer, *, key: str | None = KEY) -> None:
    monkeypatch.setenv("JDZFIRE_FIRMS_URL", served.url)
    monkeypatch.setenv("JDZFIRE_LIVE_FEEDS", '["firms"]')
    if key:
        monkeypatch.setenv("JDZFIRE_FIRMS_MAP_KEY", key)


def cycle(workspace: Workspace, at) -> tuple[str, ...]:
    fetched = fetch_feeds(workspace, at=at)
    archive_received(workspace, fetched.intake)
    return fetched.faults


def test_a_healthy_run_brings_what_the_service_has(tmp_path, monkeypatch, server):
    set_up(monkeypatch, server)
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        assert cycle(workspace, START) == ()
        held = load_hotspots(workspace.home)
        assert sorted(set(held["acquired_at"].dt.day)) == [4, 5, 6]
        assert len(held) == 3 * 3
        fetches = workspace.ledger.load_fetches()
        assert set(fetches["state"]) == {"ok"}
        covered = fetches.set_index(["source", "slot"])["covered_to"]
        assert covered["VIIRS_NOAA20_NRT", "2024-04-05"] == utc("2024-04-05T23:00")  # 3 h before
        spans = coverage_in_hand(workspace, at=START)
        assert set(spans["satellite"]) == {"NOAA-20", "NOAA-21"}
        # again an hour later: nothing new, nothing lost
        before = archive_digest(workspace.home)
        assert cycle(workspace, START + timedelta(hours=1)) == ()
        assert archive_digest(workspace.home) == before
        assert check_feeds(workspace, at=START) == ()


PASSING = ["429", "429-later", "503", "drip", "cut", "page", "key-200", "key-400", "key-401",
           "length-long", "length-short", "huge", "elsewhere", "nothing", "error"]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("fault", PASSING)
def test_the_next_healthy_run_fills_the_gap(tmp_path, monkeypatch, server, fault):
    assert set(PASSING) <= set(FAULTS)
    set_up(monkeypatch, server)
    at = [START + timedelta(days=day) for day in range(4)]
    with open_workspace(tmp_path / "bad", writing=True) as workspace:
        cycle(workspace, at[0])
        for when in at[1:3]:  # two days of nothing but this fault
            server.faults = ["", *[fault] * 12]
            faults = cycle(workspace, when)
            assert faults
            assert all(KEY not in text for text in faults)
        server.faults = []
        assert cycle(workspace, at[3]) == ()
        found = archive_digest(workspace.home)
        states = set(workspace.ledger.load_fetches()["state"])
        assert states == {"ok"}
    with open_workspace(tmp_path / "good", writing=True) as workspace:
        for when in at:
            cycle(workspace, when)
        rows = load_hotspots(workspace.home).drop(columns=["received_at", "raw_sha256", "raw_line"])
    with open_workspace(tmp_path / "bad") as workspace:
        held = load_hotspots(workspace.home).drop(columns=["received_at", "raw_sha256", "raw_line"])
    assert held.equals(rows)
    assert found


@pytest.mark.slow
def test_after_a_week_off_every_day_is_asked_for(tmp_path, monkeypatch, server):
    set_up(monkeypatch, server)
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        cycle(workspace, utc("2024-04-01T06:00"))
        cycle(workspace, utc("2024-04-09T23:30"))
        assert sorted(set(load_hotspots(workspace.home)["acquired_at"].dt.day)) == list(
            range(1, 10)
        )


def test_a_refused_key_shows_everywhere_and_is_nowhere(tmp_path, monkeypatch, server, caplog):
    caplog.set_level(logging.DEBUG)
    set_up(monkeypatch, server, key="f" * 32)
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        faults = cycle(workspace, START)
        assert "refused" in faults[0]
        (sentence,) = check_feeds(workspace, at=START)
        assert "refuses the MAP_KEY" in sentence
        (health,) = [one for one in examine_feeds(workspace, at=START) if one.feed == "firms"]
        assert (health.state, health.is_well) == ("refused", False)
        assert workspace.ledger.load_feeds()["state"].tolist() == ["refused"]
        texts = [repr(workspace.settings), *faults, sentence, caplog.text]
    for path in (tmp_path / "home").rglob("*"):
        if path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
            texts.append(path.name)
    assert not [text for text in texts if "f" * 32 in text]


@pytest.mark.slow
def test_without_a_key_the_regional_files_are_taken_not_too_often(tmp_path, monkeypatch, server):
    set_up(monkeypatch, server, key=None)
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        cycle(workspace, utc("2024-04-09T20:00"))
        assert len(load_hotspots(workspace.home)) > 20
        assert all("_48h.csv" in path for path in server.asked)
        asked = len(server.asked)
        cycle(workspace, utc("2024-04-09T20:50"))  # not within the hour
        assert len(server.asked) == asked
        cycle(workspace, utc("2024-04-09T21:01"))
        assert len(server.asked) == asked + 2
        cycle(workspace, utc("2024-04-14T21:00"))  # five days off: the week's file
        assert server.asked[-1].endswith("_7d.csv")


@pytest.mark.slow
def test_no_data_yet_is_not_no_fires(tmp_path, monkeypatch):
    with firms_server([], last_day="2024-04-04") as served:
        set_up(monkeypatch, served)
        with open_workspace(tmp_path / "home", writing=True) as workspace:
            cycle(workspace, START)
            states = workspace.ledger.load_fetches().set_index(["source", "slot"])["state"]
            assert states["VIIRS_NOAA20_NRT", "2024-04-04"] == "ok"
            assert states["VIIRS_NOAA20_NRT", "2024-04-06"] == "no_data"


def test_nothing_is_asked_unless_set(tmp_path, monkeypatch, server):
    monkeypatch.setenv("JDZFIRE_FIRMS_URL", server.url)
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        assert cycle(workspace, START) == ()
        assert server.asked == []
        with pytest.raises(SettingsError, match="cannot be asked"):
            fetch_feeds(workspace, at=START, feeds=["ground"])
        with pytest.raises(SettingsError, match="himawari_url"):
            fetch_feeds(workspace, at=START, feeds=["himawari-wlf"])


def test_scans_come_from_a_folder(tmp_path, monkeypatch):
    folder: Path = tmp_path / "scans"
    folder.mkdir()
    sample = Path(__file__).parents[2] / "data" / "samples"
    text = (sample / "H09_20240404_0450_L2WLF010_FLDK.06001_06001.csv").read_text()
    for slot in ("0450", "0510"):
        name = f"H09_20240404_{slot}_L2WLF010_FLDK.06001_06001.csv"
        (folder / name).write_text(text.replace("# 2024", f"# {slot} 2024", 1))
    monkeypatch.setenv("JDZFIRE_LIVE_FEEDS", '["himawari-wlf"]')
    monkeypatch.setenv("JDZFIRE_HIMAWARI_URL", str(folder))
    at = utc("2024-04-04T05:25")
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        fetched = fetch_feeds(workspace, at=at)
        assert [one.state for one in fetched.answers].count("ok") == 2
        assert [one.detail for one in fetched.answers if one.state == "no_data"] == [
            "32 scans are not there", "1 scans are not there", "1 scans are not there"
        ]  # fmt: skip
        archive_received(workspace, fetched.intake)
        assert len(load_hotspots(workspace.home)) > 0
        assert fetch_feeds(workspace, at=at).intake.files == 0  # held already
