"""The watch asks FIRMS: faults end as states, and the next healthy run fills what is missing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from jdzfire.errors import SettingsError
from jdzfire.feeds.fetch import Asker, Bounds
from jdzfire.stages import House, check_feeds, fetch_feeds, open_house
from jdzfire.stages import fetching as module
from jdzfire.stages.archiving import archive_received
from jdzfire.stages.feed_health import examine_feeds
from jdzfire.stages.observing import coverage_in_hand
from jdzfire.store import archive_digest, load_hotspots
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
    monkeypatch.setattr(module, "Asker", lambda: Asker(bounds=bounds, sleep=lambda s: None))


@pytest.fixture
def server() -> Iterator[FirmsServer]:
    with firms_server(ROWS) as served:
        yield served


def set_up(monkeypatch: pytest.MonkeyPatch, served: FirmsServer, *, key: str | None = KEY) -> None:
    monkeypatch.setenv("JDZFIRE_FIRMS_URL", served.url)
    monkeypatch.setenv("JDZFIRE_LIVE_FEEDS", '["firms"]')
    if key:
        monkeypatch.setenv("JDZFIRE_FIRMS_MAP_KEY", key)


def cycle(house: House, at) -> tuple[str, ...]:
    fetched = fetch_feeds(house, at=at)
    archive_received(house, fetched.intake)
    return fetched.faults


def test_a_healthy_run_brings_what_the_service_has(tmp_path, monkeypatch, server):
    set_up(monkeypatch, server)
    with open_house(tmp_path / "home", writing=True) as house:
        assert cycle(house, START) == ()
        held = load_hotspots(house.home)
        assert sorted(set(held["acquired_at"].dt.day)) == [4, 5, 6]
        assert len(held) == 3 * 3
        fetches = house.ledger.load_fetches()
        assert set(fetches["state"]) == {"ok"}
        covered = fetches.set_index(["source", "slot"])["covered_to"]
        assert covered["VIIRS_NOAA20_NRT", "2024-04-05"] == utc("2024-04-05T23:00")  # 3 h before
        spans = coverage_in_hand(house, at=START)
        assert set(spans["satellite"]) == {"NOAA-20", "NOAA-21"}
        # again an hour later: nothing new, nothing lost
        before = archive_digest(house.home)
        assert cycle(house, START + timedelta(hours=1)) == ()
        assert archive_digest(house.home) == before
        assert check_feeds(house, at=START) == ()


PASSING = ["429", "429-later", "503", "drip", "cut", "page", "key-200", "key-400", "key-401",
           "length-long", "length-short", "huge", "elsewhere", "nothing", "error"]  # fmt: skip


@pytest.mark.parametrize("fault", PASSING)
def test_the_next_healthy_run_fills_the_gap(tmp_path, monkeypatch, server, fault):
    assert set(PASSING) <= set(FAULTS)
    set_up(monkeypatch, server)
    at = [START + timedelta(days=day) for day in range(4)]
    with open_house(tmp_path / "bad", writing=True) as house:
        cycle(house, at[0])
        for when in at[1:3]:  # two days of nothing but this fault
            server.faults = ["", *[fault] * 12]
            faults = cycle(house, when)
            assert faults
            assert all(KEY not in text for text in faults)
        server.faults = []
        assert cycle(house, at[3]) == ()
        found = archive_digest(house.home)
        states = set(house.ledger.load_fetches()["state"])
        assert states == {"ok"}
    with open_house(tmp_path / "good", writing=True) as house:
        for when in at:
            cycle(house, when)
        rows = load_hotspots(house.home).drop(columns=["received_at", "raw_sha256", "raw_line"])
    with open_house(tmp_path / "bad") as house:
        held = load_hotspots(house.home).drop(columns=["received_at", "raw_sha256", "raw_line"])
    assert held.equals(rows)
    assert found


def test_after_a_week_off_every_day_is_asked_for(tmp_path, monkeypatch, server):
    set_up(monkeypatch, server)
    with open_house(tmp_path / "home", writing=True) as house:
        cycle(house, utc("2024-04-01T06:00"))
        cycle(house, utc("2024-04-09T23:30"))
        assert sorted(set(load_hotspots(house.home)["acquired_at"].dt.day)) == list(range(1, 10))


def test_a_refused_key_shows_everywhere_and_is_nowhere(tmp_path, monkeypatch, server, caplog):
    caplog.set_level(logging.DEBUG)
    set_up(monkeypatch, server, key="f" * 32)
    with open_house(tmp_path / "home", writing=True) as house:
        faults = cycle(house, START)
        assert "refused" in faults[0]
        (sentence,) = check_feeds(house, at=START)
        assert "refuses the MAP_KEY" in sentence
        (health,) = [one for one in examine_feeds(house, at=START) if one.feed == "firms"]
        assert (health.state, health.is_well) == ("refused", False)
        assert house.ledger.load_feeds()["state"].tolist() == ["refused"]
        texts = [repr(house.settings), *faults, sentence, caplog.text]
    for path in (tmp_path / "home").rglob("*"):
        if path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
            texts.append(path.name)
    assert not [text for text in texts if "f" * 32 in text]


def test_without_a_key_the_regional_files_are_taken_not_too_often(tmp_path, monkeypatch, server):
    set_up(monkeypatch, server, key=None)
    with open_house(tmp_path / "home", writing=True) as house:
        cycle(house, utc("2024-04-09T20:00"))
        assert len(load_hotspots(house.home)) > 20
        assert all("_48h.csv" in path for path in server.asked)
        asked = len(server.asked)
        cycle(house, utc("2024-04-09T20:50"))  # not within the hour
        assert len(server.asked) == asked
        cycle(house, utc("2024-04-09T21:01"))
        assert len(server.asked) == asked + 2
        cycle(house, utc("2024-04-14T21:00"))  # five days off: the week's file
        assert server.asked[-1].endswith("_7d.csv")


def test_no_data_yet_is_not_no_fires(tmp_path, monkeypatch):
    with firms_server([], last_day="2024-04-04") as served:
        set_up(monkeypatch, served)
        with open_house(tmp_path / "home", writing=True) as house:
            cycle(house, START)
            states = house.ledger.load_fetches().set_index(["source", "slot"])["state"]
            assert states["VIIRS_NOAA20_NRT", "2024-04-04"] == "ok"
            assert states["VIIRS_NOAA20_NRT", "2024-04-06"] == "no_data"


def test_nothing_is_asked_unless_set(tmp_path, monkeypatch, server):
    monkeypatch.setenv("JDZFIRE_FIRMS_URL", server.url)
    with open_house(tmp_path / "home", writing=True) as house:
        assert cycle(house, START) == ()
        assert server.asked == []
        with pytest.raises(SettingsError, match="cannot be asked"):
            fetch_feeds(house, at=START, feeds=["ground"])
        with pytest.raises(SettingsError, match="himawari_url"):
            fetch_feeds(house, at=START, feeds=["himawari-wlf"])


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
    with open_house(tmp_path / "home", writing=True) as house:
        fetched = fetch_feeds(house, at=at)
        assert [one.state for one in fetched.answers].count("ok") == 2
        assert [one.detail for one in fetched.answers if one.state == "no_data"] == [
            "32 scans are not there", "1 scans are not there", "1 scans are not there"
        ]  # fmt: skip
        archive_received(house, fetched.intake)
        assert len(load_hotspots(house.home)) > 0
        assert fetch_feeds(house, at=at).intake.files == 0  # held already
