"""The working folder: made once, refused when newer, written by one process at a time."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jdzfire.errors import StoreError
from jdzfire.store.home import Home, lock_home, open_home, sweep_home, write_turn
from jdzfire.store.ledger import open_ledger

HOLDER = """
import sys, time
from jdzfire.store.home import lock_home, open_home
with lock_home(open_home(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def hold_elsewhere(home: Home) -> subprocess.Popen[str]:
    """Another process that has the lock when this returns."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(home.root)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def end(holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert holder.stdout is not None
    holder.stdout.close()


def test_home_is_made_on_first_use_and_opened_again(tmp_path: Path) -> None:
    home = open_home(tmp_path / "deep" / "home")
    made = {path.name for path in home.root.iterdir()}
    assert made == {
        "jdzfire-home.json",
        "kept.json",
        ".lock",
        "raw",
        "archive",
        "registers",
        "published",
        "prefect",
    }
    assert home.ledger_path.parent == home.root
    marker = home.marker_path.stat().st_mtime_ns
    assert open_home(str(home.root)) == home
    assert home.marker_path.stat().st_mtime_ns == marker


def test_relative_folder_does_not_move_with_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_home("home").root == tmp_path / "home"


def test_home_of_a_newer_version_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "jdzfire-home.json").write_text('{"jdzfire_home": 3}')
    with pytest.raises(StoreError) as stated:
        open_home(tmp_path)
    assert (stated.value.expected, stated.value.found) == ("layout 2", "layout 3")
    assert stated.value.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["jdzfire-home.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null"])
def test_damaged_marker_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "jdzfire-home.json").write_text(text)
    with pytest.raises(StoreError, match="damaged"):
        open_home(tmp_path)


def test_a_file_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("x")
    with pytest.raises(StoreError, match="working folder"):
        open_home(tmp_path / "home")


def test_marker_tells_its_version(home: Home) -> None:
    assert json.loads(home.marker_path.read_text()) == {
        "jdzfire_home": 2,
        "ledger": None,
    }
    with open_ledger(home):
        marker = json.loads(home.marker_path.read_text())
    assert len(marker["ledger"]) == 16


def test_another_process_waits_and_a_killed_one_frees_the_lock(home: Home) -> None:
    holder = hold_elsewhere(home)
    try:
        with (
            pytest.raises(StoreError, match="another process is writing"),
            lock_home(home, timeout_s=0.2),
        ):
            pytest.fail("two processes hold the lock")
    finally:
        end(holder)
    with lock_home(home, timeout_s=5):  # raises when the lock did not go with the process
        pass


def test_lock_is_taken_again_inside_the_block_and_by_threads(home: Home) -> None:
    taken = []

    def task() -> None:
        with write_turn(home):
            taken.append(threading.get_ident())

    with lock_home(home, timeout_s=1), lock_home(home, timeout_s=1):
        thread = threading.Thread(target=task)
        thread.start()
        thread.join(timeout=5)
    assert len(taken) == 1


def test_threads_take_turns_in_writing(home: Home) -> None:
    inside: list[int] = []
    most = []

    def task() -> None:
        for _ in range(50):
            with write_turn(home):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=task) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 200
    assert max(most) == 1


def test_lock_is_given_back_when_the_block_fails(home: Home) -> None:
    with pytest.raises(ValueError, match="inside"), lock_home(home):
        raise ValueError("inside")
    holder = hold_elsewhere(home)  # would not come to hold it
    end(holder)


def test_sweeping_takes_only_old_leftovers(home: Home) -> None:
    import os

    old = home.raw_dir / "ab" / ".x.1-0f.part"
    young = home.raw_dir / "ab" / ".y.1-0f.part"
    old.parent.mkdir()
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert sweep_home(home) == 1
    assert not old.exists()
    assert young.exists()
