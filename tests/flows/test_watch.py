"""The Prefect flow, really run: once without a server, and once by a schedule.

Both would fail with the wrong fastapi or SQLAlchemy, which no import and no pip check shows.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workspaces import different_tables, state_of

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data" / "samples"
WAIT_S = 150
JDZFIRE = Path(sys.executable).with_name("jdzfire")
PREFECT = (sys.executable, "-m", "prefect")


def environment(**more: str) -> dict[str, str]:
    """Nothing of Prefect's leaves the machine or the folder."""
    return {
        **{k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "JDZFIRE_"))},
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "DO_NOT_TRACK": "1",
        "NO_PROXY": "127.0.0.1,localhost",
        **more,
    }


def jdzfire(home: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(JDZFIRE), *map(str, words), "--home", str(home)],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment(),
        check=False,
    )


NOW = "2024-04-04T06:00:00Z"
HOTSPOTS = SAMPLES / "firms_viirs_nrt.csv"
WORDS = ("watch", "--once", "--hotspots", HOTSPOTS, "--json", "--now", NOW)


def cycle(home: Path, *more: str) -> dict[str, Any]:
    """What a command says of one cycle."""
    done = jdzfire(home, *WORDS, *more)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def pages_of(home: Path) -> dict[Path, bytes]:
    return {path.relative_to(home): path.read_bytes() for path in (home / "published").rglob("*.*")}


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder after one cycle without Prefect, and what the command said."""
    home = tmp_path_factory.mktemp("direct") / "home"
    return home, cycle(home)


def assert_same(home: Path, direct: Path) -> None:
    expected = state_of(direct)
    assert len(expected["events"]) > 0
    assert different_tables(expected, state_of(home)) == []
    assert pages_of(home) == pages_of(direct)


@pytest.mark.slow
@pytest.mark.flow
def test_with_and_without_prefect_the_workspace_is_the_same(tmp_path, direct):
    home = tmp_path / "home"
    report = cycle(home, "--prefect")
    assert report["outcome"] == direct[1]["outcome"]
    assert report["outcome"]["unresolved"] > 0
    assert_same(home, direct[0])
    assert not any((direct[0] / "prefect").iterdir())
    drawn = pages_of(home)
    again = cycle(home)  # nothing changes
    assert again["intake"]["known"] == 1
    assert again["outcome"] == report["outcome"] | {"opened": 0, "reopened": 0}
    assert pages_of(home) == drawn


@pytest.mark.slow
def test_a_watch_of_nothing_usable_is_3_and_the_map_stands(tmp_path):
    home = tmp_path / "home"
    bad = tmp_path / "firms.csv"
    bad.write_text("Invalid MAP_KEY.")
    done = jdzfire(home, "watch", "--once", "--hotspots", bad)
    assert done.returncode == 3
    assert "firms.csv" in done.stderr
    assert (home / "published" / "internal" / "index.html").exists()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A Prefect server of our own; its API address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"],
            env=environment(PREFECT_HOME=str(tmp_path)),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_for(lambda: ask(f"{url}/health") is True, process, tmp_path / "server.log")
            yield url
        finally:
            stop(process)


def ask(url: str, body: dict[str, Any] | None = None) -> Any:
    """An answer of the API, None while there is none."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except OSError:
        return None


def wait_for(is_done: Any, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()[-3000:]
        if is_done():
            return
        time.sleep(1)
    pytest.fail(f"nothing happened in {WAIT_S} s: {log.read_text()[-3000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


@pytest.mark.slow
@pytest.mark.flow
def test_a_schedule_fires_and_a_run_of_it_leaves_the_same_workspace(tmp_path, server, direct):
    home, asked = tmp_path / "home", tmp_path / "asked" / "home"
    log = tmp_path / "serve.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "flows.deployments", "--home", home, "--watch-every-s", "10"],
            env=environment(PREFECT_HOME=str(tmp_path), PREFECT_API_URL=server),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=ROOT,
        )
        try:
            wait_for(lambda: scheduled_runs_done(server) > 0, process, log)
            run_of_watch(server, home=str(asked), files=[str(HOTSPOTS)], now=NOW)
            wait_for(lambda: runs_done(server) > scheduled_runs_done(server), process, log)
        finally:
            stop(process)
    assert (home / "published" / "internal" / "index.html").exists()
    assert_same(asked, direct[0])


def run_of_watch(server: str, **parameters: object) -> None:
    """Have the deployment of the watch run with these parameters."""
    found = ask(f"{server}/deployments/filter", {"deployments": {"name": {"any_": ["watch"]}}})
    body = {"state": {"type": "SCHEDULED"}, "parameters": parameters}
    assert ask(f"{server}/deployments/{found[0]['id']}/create_flow_run", body) is not None


def runs_done(server: str, *, is_scheduled: bool = False) -> int:
    runs = ask(
        f"{server}/flow_runs/filter",
        {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}},
    )
    return sum(bool(run["auto_scheduled"]) or not is_scheduled for run in runs or [])


def scheduled_runs_done(server: str) -> int:
    return runs_done(server, is_scheduled=True)
