"""Prefect's database of a workspace is begun anew beyond its bound, and never under a server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.history import clear_history
from flows.server import own_server


def make_history(folder: Path) -> None:
    """A database of 600 bytes with a log of 400, and a file that is not Prefect's history."""
    folder.mkdir(exist_ok=True)
    (folder / "prefect.db").write_bytes(bytes(600))
    (folder / "prefect.db-wal").write_bytes(bytes(400))
    (folder / "profiles.toml").write_bytes(bytes(2_000))


def ended_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize(("max_bytes", "is_cleared"), [(1_000, False), (999, True)])
def test_the_history_is_begun_anew_beyond_its_bound(
    tmp_path: Path, max_bytes: int, is_cleared: bool
) -> None:
    make_history(tmp_path)
    assert clear_history(tmp_path, server_pid=None, max_bytes=max_bytes) is is_cleared
    left = sorted(path.name for path in tmp_path.iterdir())
    history = [] if is_cleared else ["prefect.db", "prefect.db-wal"]
    assert left == [*history, "profiles.toml"]


def test_a_server_that_lives_keeps_its_history_and_one_that_ended_does_not(tmp_path: Path) -> None:
    make_history(tmp_path)
    assert clear_history(tmp_path, server_pid=os.getpid(), max_bytes=1) is False
    assert (tmp_path / "prefect.db").stat().st_size == 600
    assert clear_history(tmp_path, server_pid=ended_pid(), max_bytes=1) is True


def test_a_workspace_without_history_has_nothing_to_clear(tmp_path: Path) -> None:
    assert clear_history(tmp_path, server_pid=None, max_bytes=1) is False


@pytest.mark.parametrize(("note", "is_cleared"), [("{}", True), ('{"pid": %d}', False)])
def test_a_run_clears_before_its_server_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, note: str, is_cleared: bool
) -> None:
    make_history(tmp_path)
    (tmp_path / "server.json").write_text(note.replace("%d", str(os.getpid())), encoding="ascii")
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setattr("flows.history.HISTORY_MAX_BYTES", 999)

    class Started(Exception):
        pass

    def start(prefect_home: Path, port: int | None, has_page: bool) -> None:
        raise Started

    monkeypatch.setattr("flows.server._started", start)
    with pytest.raises(Started), own_server(tmp_path):
        pass
    assert (tmp_path / "prefect.db").exists() is not is_cleared
