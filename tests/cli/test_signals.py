"""A command that is stopped or killed leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.hostile.eaters import many_strings
from tests.workspaces import SAMPLES

JDZFIRE = [sys.executable, "-m", "jdzfire"]
WITHIN_S = 8.0  # children look for their parent twice a second


def processes_of(home: Path) -> dict[int, str]:
    """Processes whose command line or environment names a folder, by pid."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if str(home).encode() in words + environment and int(folder.name) != os.getpid():
            found[int(folder.name)] = words.replace(b"\0", b" ").decode(errors="replace")
    return found


def children_of(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def start(home: Path, *words: object) -> subprocess.Popen[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PREFECT_", "JDZFIRE_"))}
    return subprocess.Popen(
        [*JDZFIRE, "--home", str(home), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # the mark goes to every child through the environment
        env={**kept, "TEST_OF": str(home), "PREFECT_SERVER_ANALYTICS_ENABLED": "false"},
    )


def wait_for(what: object, process: subprocess.Popen[str], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    assert callable(what)
    while not what():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.02)


def check_nothing_is_left(home: Path) -> None:
    end = time.monotonic() + WITHIN_S
    while left := processes_of(home):
        assert time.monotonic() < end, left
        time.sleep(0.1)


def stop(process: subprocess.Popen[str], number: int, *, may_be_done: bool = False) -> str:
    """Signal a command; its number is its exit code, unless it was just done by itself."""
    process.send_signal(number)
    _, output = process.communicate(timeout=60)
    expected = -9 if number == signal.SIGKILL else 128 + number
    assert process.returncode == expected or (may_be_done and process.returncode == 0)
    return output


SIGNALS = [
    signal.SIGKILL,
    signal.SIGTERM,
    pytest.param(signal.SIGINT, marks=pytest.mark.slow),
    pytest.param(signal.SIGHUP, marks=pytest.mark.slow),
]
MOMENTS = [0.0, *(pytest.param(delay, marks=pytest.mark.slow) for delay in (2.0, 5.0, 8.0))]


@pytest.mark.slow
@pytest.mark.flow
@pytest.mark.parametrize("delay_s", MOMENTS)
@pytest.mark.parametrize("number", SIGNALS)
def test_a_flow_leaves_no_server(number: int, delay_s: float, tmp_path: Path) -> None:
    home = tmp_path / "home"
    words = ["watch", "--once", "--prefect", "--hotspots", SAMPLES / "firms_viirs_nrt.csv"]
    process = start(home, *words, "--now", "2024-04-04T06:00Z")
    wait_for(lambda: len(processes_of(home)) > 1, process)  # its server is there
    time.sleep(delay_s)
    if process.poll() is None:
        output = stop(process, number, may_be_done=delay_s > 4)
        assert "Traceback" not in output or number == signal.SIGKILL
    else:
        process.communicate()
    check_nothing_is_left(home)


@pytest.mark.slow
def test_the_next_run_ends_what_an_older_one_left(tmp_path: Path) -> None:
    """A server of before, whose parent is gone and which does not look after itself."""
    home = tmp_path / "home"
    (home / "prefect").mkdir(parents=True)
    # in its own session, begun by a shell that ends at once: nobody's child
    environment = {**os.environ, "PREFECT_HOME": str(home / "prefect"), "TEST_OF": str(home)}
    command = f"setsid {sys.executable} -c 'import time; time.sleep(300)' create_app"
    subprocess.run(
        ["sh", "-c", f"{command} > /dev/null 2>&1 &"], env=environment, timeout=20, check=True
    )
    time.sleep(1.0)
    assert len(processes_of(home)) == 1
    process = start(home, "watch", "--once", "--hotspots", SAMPLES / "firms_viirs_nrt.csv")
    process.communicate(timeout=120)
    assert process.returncode in (0, 4)
    check_nothing_is_left(home)


@pytest.mark.slow
@pytest.mark.parametrize("number", SIGNALS)
def test_a_register_leaves_no_reader(number: int, tmp_path: Path) -> None:
    home = tmp_path / "home"
    book = tmp_path / "long.xlsx"
    book.write_bytes(many_strings())  # some 25 s of reading
    process = start(home, "register", "teams", book)
    wait_for(lambda: children_of(process.pid), process)
    time.sleep(2.0)
    (reader,) = children_of(process.pid)
    output = stop(process, number)
    assert "Traceback" not in output
    end = time.monotonic() + WITHIN_S
    while Path(f"/proc/{reader}").exists() and time.monotonic() < end:
        time.sleep(0.1)
    state = Path(f"/proc/{reader}/stat")
    assert not state.exists() or " Z " in state.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_direct_watch_ends_with_the_number_of_its_signal(number: int, tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = start(home, "watch", "--once", "--hotspots", SAMPLES / "firms_viirs_nrt.csv")
    wait_for(lambda: (home / "ledger.sqlite").exists(), process)
    assert "Traceback" not in stop(process, number)
    check_nothing_is_left(home)


DROPPED = """
import os, signal, sys, time
from jdzfire.signals import end_on_signals

class PrefectsSignal(BaseException):
    signal = signal.SIGTERM

def as_prefect_does(number, frame):
    signal.signal(number, ours)
    raise PrefectsSignal

class Last:
    def __del__(self):
        os.kill(os.getpid(), {number})
        for _ in range(1000):
            pass

end_on_signals()
ours = signal.getsignal(signal.SIGTERM)
if {like_prefect}:
    signal.signal(signal.SIGTERM, as_prefect_does)
try:
    Last()
    time.sleep(20)
finally:
    print("cleaned up")
"""


@pytest.mark.parametrize(
    ("number", "like_prefect"),
    [(signal.SIGTERM, False), (signal.SIGINT, False), (signal.SIGHUP, False), (15, True)],
)
def test_a_signal_inside_a_finaliser_is_not_lost(number: int, like_prefect: bool) -> None:
    """Python drops what is raised there; sqlalchemy's and Prefect's own callbacks are such."""
    code = DROPPED.format(number=int(number), like_prefect=like_prefect)
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=15, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (128 + number, "cleaned up\n", "")


def test_clean_up_that_hangs_ends_all_the_same() -> None:
    hang = (
        "import time, jdzfire.signals as signals\n"
        "signals.CLEAN_UP_S = 0.5\n"
        "signals.end_on_signals()\n"
        "print('ready', flush=True)\n"
        "try:\n    time.sleep(60)\nfinally:\n    time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", hang], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 128 + signal.SIGTERM
