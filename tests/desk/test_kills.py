"""Killed at random moments under load: nothing acknowledged is lost, nothing is taken twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workspaces import make_workspace

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_a_desk_that_is_killed_again_and_again_loses_no_answer(tmp_path: Path) -> None:
    make_workspace(tmp_path / "home", tmp_path / "files")
    command = [sys.executable, "-m", "tests.desk.killing", str(tmp_path / "home"), "12", "1"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=300, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    assert (found["lost"], found["twice"], found["unsaid"]) == ([], [], 0)
    assert found["is_whole"]
    assert found["faults"] == []
    assert found["acknowledged"] > 50
    assert found["kills"] == 12
