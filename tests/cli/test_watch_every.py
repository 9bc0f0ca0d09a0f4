"""The watch that stays: what it says, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from jdzfire.cli.output import parse_interval
from jdzfire.errors import UsageError

JDZFIRE = [sys.executable, "-m", "jdzfire"]
WITHIN_S = 120.0


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("600s", 600), ("10m", 600), ("1h", 3600), (" 24h ", 86400)]
)
def test_an_interval_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parse_interval(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "10", "m", "0m", "-5m", "1.5h", "25h", "10 min", "٣m", "9" * 9 + "s"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no interval"):
        parse_interval(text)


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--once", "--every", "10m"],
        ["--every", "soon"],
        ["--every", "10m", "--now", "2024-04-04T05:40Z"],
        ["--every", "10m", "--hotspots", "viirs.csv"],
    ],
)
def test_words_that_do_not_go_together_are_refused(words: list[str], tmp_path: Path) -> None:
    ended = subprocess.run(
        [*JDZFIRE, "watch", *words, "--home", str(tmp_path)], capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert "--every" in ended.stderr or "interval" in ended.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_it_goes_on_after_a_cycle_that_fails_and_ends_on_sigterm(tmp_path: Path) -> None:
    home = tmp_path / "home"
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "JDZFIRE_"))}
    watch = subprocess.Popen(
        [*JDZFIRE, "watch", "--every", "1s", "--lang", "en", "--home", str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=kept,
    )
    guard = threading.Timer(WITHIN_S, watch.kill)
    guard.start()
    assert watch.stdout is not None
    lines = iter(watch.stdout.readline, "")
    try:
        assert any("next cycle at" in line for line in lines)
        assert (home / "published" / "internal" / "index.html").is_file()
        ledger = home / "ledger.sqlite"
        ledger.rename(home / "away.sqlite")
        assert any("cycle failed" in line for line in lines)
        (home / "away.sqlite").replace(ledger)
        assert any("rows read" in line for line in lines)
        watch.send_signal(signal.SIGTERM)
        rest, _ = watch.communicate()
    finally:
        guard.cancel()
        watch.kill()
        watch.wait()
        watch.stdout.close()
    assert watch.returncode == 143
    assert "Traceback" not in rest
