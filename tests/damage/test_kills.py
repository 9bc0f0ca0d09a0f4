"""Killed at any moment, the next run gives what the first would have given: all tables compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
QUICK = ("ingest", "triage", "registers undo", "case", "compaction", "migration")


def kill_again_and_again(folder: Path, kills: int, *names: str) -> list[dict[str, Any]]:
    """Kills of each command that writes, and the tables that differed afterwards."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.damage.killing", str(folder), str(kills), "1", *names],
        capture_output=True,
        text=True,
        timeout=2400,
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
def test_a_few_kills_of_the_quick_commands_change_nothing(tmp_path: Path) -> None:
    found = kill_again_and_again(tmp_path, 3, *QUICK)
    assert [one["name"] for one in found] == list(QUICK)
    assert sum(one["kills"] for one in found) >= 9
    assert {one["name"]: one["differ"] for one in found if one["differ"]} == {}


@pytest.mark.slow
def test_two_hundred_kills_of_every_command_that_writes_change_nothing(tmp_path: Path) -> None:
    found = kill_again_and_again(tmp_path, 16)
    assert len(found) >= 17
    assert sum(one["kills"] for one in found) >= 200
    assert {one["name"]: one["differ"] for one in found if one["differ"]} == {}
