"""Writers that are killed with SIGKILL, and writers that write at once: nothing is lost."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from geopandas.testing import assert_geodataframe_equal
from pandas.testing import assert_frame_equal

from jdzfire.store.archive import load_hotspots
from jdzfire.store.archive_digest import archive_digest
from jdzfire.store.atomic import verify_folder
from jdzfire.store.home import Home, open_home
from jdzfire.store.ledger import open_ledger
from jdzfire.store.raw import load_raw
from jdzfire.store.registers import load_register
from jdzfire.store.rejected import load_rejected

SCRIPT = Path(__file__).with_name("writers.py")
STEPS = 5
# after this many steps, and so many milliseconds into the next: other places to die each time
KILLS = ((1, 0.0), (1, 0.061), (2, 0.13))


def start(home: Home, first: int, last: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(home.root), str(first), str(last)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(*writers: subprocess.Popen[str]) -> None:
    stated = [writer.communicate(timeout=120)[1] for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * len(writers)
    assert "".join(stated) == ""


def kill_after(writer: subprocess.Popen[str], steps: int, delay_s: float) -> None:
    assert writer.stdout is not None
    for _ in range(steps):
        assert writer.stdout.readline()
    time.sleep(delay_s)
    writer.send_signal(signal.SIGKILL)
    writer.communicate(timeout=60)
    assert writer.returncode == -signal.SIGKILL  # it died at work, it had not ended


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which nobody was ever killed, written in this process."""
    spec = importlib.util.spec_from_file_location("writers", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    writers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(writers)
    home = open_home(tmp_path_factory.mktemp("expected") / "home")
    with open_ledger(home) as ledger:
        for step in range(STEPS):
            writers.store_step(home, ledger, step)
    return home


def files(home: Home, *folders: Path) -> dict[str, bytes]:
    return {
        path.relative_to(home.root).as_posix(): path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def check_whole(home: Home) -> None:
    """What a killed writer leaves is what some number of whole writes leaves."""
    load_rejected(home)
    load_register(home, "teams")
    for path in home.raw_dir.glob("*/[!.]*"):
        load_raw(home, path.name)  # raises when the bytes are not those of the name
    assert load_hotspots(home)["hotspot_id"].is_unique
    shown = home.published_dir / "internal"
    if shown.exists():
        assert verify_folder(shown) == []
    with open_ledger(home) as ledger:
        cases, log = ledger.load_cases(), ledger.load_case_log()
        assert log["case_id"].tolist() == cases["case_id"].tolist()
        assert set(cases["event_id"]) <= set(ledger.load_verdicts()["event_id"])
        count = ledger.load_events()["hotspot_count"].sum()
        assert len(ledger.load_members()) == count


def rejected(home: Home) -> list[Path]:
    """Where rejected rows lie; hotspots are compared by what they say, not by their files."""
    return [home.archive_dir / "rejected"]


def tables(home: Home) -> dict[str, Any]:
    with open_ledger(home) as ledger:
        return {
            "members": ledger.load_members(),
            "verdicts": ledger.load_verdicts(),
            "cases": ledger.load_cases(),
            "inputs": ledger.load_inputs(),
            "log": ledger.load_case_log(),
        }


@pytest.mark.slow
def test_killed_again_and_again_the_last_run_gives_what_the_first_would_have(
    home: Home, expected: Home
) -> None:
    for steps, delay_s in KILLS:
        kill_after(start(home, 0, STEPS), steps, delay_s)
        check_whole(home)
    finish(start(home, 0, STEPS))
    check_whole(home)
    assert files(home, home.raw_dir, *rejected(home), home.published_dir / "internal") == files(
        expected, expected.raw_dir, *rejected(expected), expected.published_dir / "internal"
    )
    assert archive_digest(home) == archive_digest(expected)
    assert_geodataframe_equal(load_register(home, "teams"), load_register(expected, "teams"))
    found, wanted = tables(home), tables(expected)
    for name, table in wanted.items():
        assert_frame_equal(found[name], table)


@pytest.mark.slow
def test_two_writers_at_once_lose_nothing(home: Home, expected: Home) -> None:
    half = STEPS // 2
    finish(start(home, 0, half), start(home, half, STEPS))
    assert files(home, home.raw_dir, *rejected(home)) == files(
        expected, expected.raw_dir, *rejected(expected)
    )
    assert archive_digest(home) == archive_digest(expected)
    assert_geodataframe_equal(load_register(home, "teams"), load_register(expected, "teams"))
    found, wanted = tables(home), tables(expected)
    for name in ("members", "verdicts", "cases", "inputs"):
        assert_frame_equal(found[name], wanted[name])
    assert sorted(found["log"]["case_id"]) == sorted(wanted["log"]["case_id"])
    shown = home.published_dir / "internal"
    assert verify_folder(shown) == []
    assert (shown / "data/points.json").read_bytes() == b"%06d" % (STEPS - 1)
