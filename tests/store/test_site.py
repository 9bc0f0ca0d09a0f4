"""The published site: dated runs, the newest one, what is kept; killed and doubled publishers."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jdzfire.errors import StoreError
from jdzfire.store import atomic, staging
from jdzfire.store.atomic import verify_folder
from jdzfire.store.site import load_runs, lock_site, prune_runs, publish_run
from tests.store.site_writer import EDITIONS, START, put_up, run_files

SCRIPT = Path(__file__).with_name("site_writer.py")
KILLS = 20


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def stamp(number: int) -> str:
    return (START + timedelta(minutes=30 * number)).strftime("%Y%m%dT%H%M%SZ")


def kept(site: Path, edition: str = "internal") -> list[str]:
    return sorted(path.name for path in (site / "runs" / edition).iterdir())


def number_of(folder: Path) -> int:
    """Number of the run a folder shows; every file stated must be there with its sha256."""
    assert verify_folder(folder) == []
    status = json.loads((folder / "status.json").read_bytes())
    for name, sha256 in status["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
    return int(status["number"])


def check_whole(site: Path) -> None:
    """Whatever is seen is whole, and what the front page names is there."""
    for edition in EDITIONS:
        if (site / edition).exists():
            number_of(site / edition)
        for folder in (site / "runs" / edition).glob("[!.]*"):
            assert folder.name == stamp(number_of(folder))
    front = site / "index.html"
    for folder in front.read_text().split() if front.exists() else ():
        number_of(site / folder)


def test_a_run_stays_in_its_dated_folder_and_under_the_edition(tmp_path: Path) -> None:
    for number in range(3):
        assert put_up(tmp_path, number, 48)
    assert kept(tmp_path) == [stamp(0), stamp(1), stamp(2)]
    assert number_of(tmp_path / "internal") == 2
    check_whole(tmp_path)
    runs = load_runs(tmp_path)
    assert [run.folder for run in runs[:3]] == [
        f"runs/internal/{stamp(2)}",
        f"runs/public/{stamp(2)}",
        f"runs/internal/{stamp(1)}",
    ]
    assert runs[0].status["number"] == 2
    assert runs[0].data_at == START + timedelta(hours=1)


@pytest.mark.parametrize(("keep", "left"), [(0, 2), (1, 2), (2, 2), (3, 3), (5, 5), (9, 5)])
def test_the_last_runs_are_kept_and_never_less_than_two(
    tmp_path: Path, keep: int, left: int
) -> None:
    for number in range(5):
        put_up(tmp_path, number, 48)
    assert prune_runs(tmp_path, keep=keep) == 2 * (5 - left)  # both editions
    assert kept(tmp_path) == [stamp(number) for number in range(5 - left, 5)]
    assert kept(tmp_path, "public") == kept(tmp_path)


def test_runs_hold_no_more_bytes_than_told_and_shared_files_count_once(tmp_path: Path) -> None:
    # five runs of 1,000 bytes of their own and 5,000 they share: 6,000, 7,000, 8,000 ... together
    for number in range(5):
        folder = tmp_path / "runs" / "internal" / stamp(number)
        folder.mkdir(parents=True)
        (folder / "own.bin").write_bytes(bytes(1000))
        if number:
            os.link(folder.parent / stamp(0) / "shared.bin", folder / "shared.bin")
        else:
            (folder / "shared.bin").write_bytes(bytes(5000))
    assert prune_runs(tmp_path, keep=5, keep_bytes=10_000) == 0
    assert prune_runs(tmp_path, keep=5, keep_bytes=8_999) == 2
    assert kept(tmp_path) == [stamp(2), stamp(3), stamp(4)]
    assert prune_runs(tmp_path, keep=5, keep_bytes=1) == 1  # two stay in any case
    assert kept(tmp_path) == [stamp(3), stamp(4)]


def test_the_run_that_is_shown_stays_also_when_newer_ones_lie_there(tmp_path: Path) -> None:
    put_up(tmp_path, 0, 48)
    for number in (1, 2, 3):  # kept, and killed before the edition swapped
        at = START + timedelta(minutes=30 * number)
        folder = tmp_path / "runs" / "internal" / stamp(number)
        atomic.keep_folder(folder, run_files(number, "internal"), data_at=at)
    prune_runs(tmp_path, keep=2)
    assert kept(tmp_path) == [stamp(0), stamp(2), stamp(3)]


def test_older_data_change_nothing_and_data_of_the_same_time_replace(tmp_path: Path) -> None:
    put_up(tmp_path, 5, 48)
    assert put_up(tmp_path, 4, 48) is False
    assert kept(tmp_path) == [stamp(5)]
    at = START + timedelta(minutes=150)
    with lock_site(tmp_path):
        assert publish_run(tmp_path, "internal", {"index.html": b"again"}, data_at=at)
    assert (tmp_path / "runs/internal" / stamp(5) / "index.html").read_bytes() == b"again"
    assert (tmp_path / "internal" / "index.html").read_bytes() == b"again"
    assert kept(tmp_path) == [stamp(5)]


def test_the_same_run_again_writes_nothing(tmp_path: Path) -> None:
    put_up(tmp_path, 1, 48)
    files = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    before = [(path, path.stat().st_ino, path.stat().st_mtime_ns) for path in files]
    put_up(tmp_path, 1, 48)
    assert [(path, path.stat().st_ino, path.stat().st_mtime_ns) for path in files] == before


def test_what_was_harmed_is_repaired_by_the_same_run(tmp_path: Path) -> None:
    put_up(tmp_path, 1, 48)
    (tmp_path / "runs/internal" / stamp(1) / "index.html").write_bytes(b"harm")
    (tmp_path / "internal" / "index.html").unlink()
    put_up(tmp_path, 1, 48)
    check_whole(tmp_path)
    assert number_of(tmp_path / "internal") == 1


def test_a_full_disk_leaves_the_last_good_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_up(tmp_path, 1, 48)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(staging, "write_file", full)
    with pytest.raises(StoreError, match="No space left"):
        put_up(tmp_path, 2, 48)
    monkeypatch.undo()
    assert number_of(tmp_path / "internal") == 1
    assert kept(tmp_path) == [stamp(1)]


def test_without_exchange_of_folders_runs_are_put_up_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomic, "_exchange", lambda one, other: False)  # a stick, another system
    for number in (0, 1, 1, 2):
        assert put_up(tmp_path, number, 2)
    check_whole(tmp_path)
    assert kept(tmp_path) == [stamp(1), stamp(2)]
    assert number_of(tmp_path / "internal") == 2


def test_a_file_lies_on_the_disk_once_and_what_did_not_change_is_shared(tmp_path: Path) -> None:
    for number in range(3):
        at = START + timedelta(minutes=30 * number)
        files = {"a/same.xml": b"same", "index.html": b"page %d" % number}
        with lock_site(tmp_path):
            publish_run(tmp_path, "internal", files, data_at=at)
    runs = [tmp_path / "runs/internal" / stamp(number) for number in range(3)]
    same = {(run / "a/same.xml").stat().st_ino for run in runs}
    assert len(same) == 1
    assert len({(run / "index.html").stat().st_ino for run in runs}) == 3
    for name in ("a/same.xml", "index.html", "manifest.json"):
        assert (tmp_path / "internal" / name).samefile(runs[2] / name)
    for number, run in enumerate(runs):
        assert verify_folder(run) == []
        assert (run / "index.html").read_bytes() == b"page %d" % number


def test_where_links_are_refused_the_files_are_copies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", refuse_links)
    for number in range(3):
        assert put_up(tmp_path, number, 2)
    check_whole(tmp_path)
    page, kept_page = (
        tmp_path / folder / "index.html" for folder in ("internal", f"runs/internal/{stamp(2)}")
    )
    assert page.read_bytes() == kept_page.read_bytes()
    assert not page.samefile(kept_page)


def test_what_was_harmed_is_not_handed_on_to_the_next_run(tmp_path: Path) -> None:
    files = {"a.xml": b"same", "b.xml": b"same"}
    with lock_site(tmp_path):
        publish_run(tmp_path, "internal", files, data_at=START)
        (tmp_path / "internal" / "a.xml").write_bytes(b"harm")  # also of the run it is linked to
        (tmp_path / "internal" / "b.xml").unlink()
        publish_run(tmp_path, "internal", files, data_at=START + timedelta(minutes=30))
    for folder in (tmp_path / "internal", tmp_path / "runs/internal" / stamp(1)):
        assert verify_folder(folder) == []
        assert (folder / "a.xml").read_bytes() == (folder / "b.xml").read_bytes() == b"same"


@pytest.mark.skipif(os.name != "posix", reason="folders are forced to the disk on POSIX only")
@pytest.mark.parametrize("has_links", [True, False])
def test_nothing_is_put_up_before_it_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    synced: set[int] = set()
    moved: list[str] = []

    def is_synced(folder: Path) -> bool:
        return all(path.stat().st_ino in synced for path in (folder, *folder.rglob("*")))

    def watch(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def step(staged: Path, *rest: Any) -> Any:
            if ".staging-" in staged.name and ".staging-old" not in staged.name:
                moved.append(staged.name)
                assert is_synced(staged)
            return real(staged, *rest)

        monkeypatch.setattr(owner, name, step)

    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.add(os.fstat(descriptor).st_ino))
    if not has_links:
        monkeypatch.setattr(os, "link", refuse_links)
    watch(atomic, "_exchange")
    watch(Path, "rename")
    for number in range(3):
        put_up(tmp_path, number, 3)
    # each run of both editions, and the edition each time
    assert len(moved) >= 3 * 2 * 2


def test_no_link_is_in_the_site(tmp_path: Path) -> None:
    put_up(tmp_path, 0, 48)
    assert [path for path in tmp_path.rglob("*") if path.is_symlink()] == []


class Killed(BaseException):
    """The process ends here: nothing after it runs, not even tidying up."""


class Steps:
    """Lets the first ``last`` steps through; the next dies half-way, and all after it die too."""

    def __init__(self, last: int) -> None:
        self.left = last

    def wrap(self, patch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def step(*args: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left == -1 and name == "rmtree":  # half of the folder is gone
                files = [path for path in Path(args[0]).rglob("*") if path.is_file()]
                for path in files[: len(files) // 2]:
                    path.unlink()
            if self.left < 0:
                raise Killed
            return real(*args, **options)

        patch.setattr(owner, name, step)


PLACES_TO_DIE = (
    (staging, "write_file"),
    (staging, "sync_files"),
    (staging, "sync_folder"),
    (atomic, "write_file"),
    (atomic, "sync_files"),
    (atomic, "_exchange"),
    (os, "link"),
    (Path, "rename"),
    (Path, "replace"),
    (shutil, "rmtree"),
)


def refuse_links(*_: object, **__: object) -> None:
    raise OSError(1, "Operation not permitted")  # what a stick says


@pytest.mark.slow
@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize("has_exchange", [True, False])
def test_killed_at_any_step_what_is_seen_is_whole_and_the_next_run_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_exchange: bool, has_links: bool
) -> None:
    kills = 0
    for last in range(200):
        site, steps = tmp_path / str(last), Steps(last)
        with monkeypatch.context() as patch:
            if not has_exchange:
                patch.setattr(atomic, "_exchange", lambda one, other: False)
            if not has_links:
                patch.setattr(os, "link", refuse_links)
            for number in range(3):
                put_up(site, number, 3)
            for owner, name in PLACES_TO_DIE:
                steps.wrap(patch, owner, name)
            try:
                put_up(site, 3, 3)
            except Killed:
                kills += 1
        check_whole(site)
        assert put_up(site, 3, 3)
        check_whole(site)
        assert number_of(site / "internal") == number_of(site / "public") == 3
        assert kept(site) == kept(site, "public") == [stamp(1), stamp(2), stamp(3)]
        if steps.left >= 0:
            break
    assert kills == last  # every step was a place to die
    # six files of a run and its edition, written or linked, twice; what is forced and moved
    assert kills >= 40


def start(site: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(site), "3"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def order(writers: subprocess.Popen[str], first: int, last: int) -> int:
    """Let a process published some runs, and return its id."""
    assert writers.stdin is not None
    assert writers.stdout is not None
    writers.stdin.write(f"{first} {last}\n")
    writers.stdin.flush()
    return int(writers.stdout.readline())


@pytest.mark.slow
def test_killed_at_random_moments_what_is_seen_is_whole_and_the_next_run_tidies(
    tmp_path: Path,
) -> None:
    chance = random.Random(4)  # noqa: S311  (places to die, no secret)
    first, shown = 0, -1
    with start(tmp_path) as writers:
        assert writers.stdout is not None
        for _ in range(KILLS):
            publisher = order(writers, first, first + 10_000)
            up = int(writers.stdout.readline())
            time.sleep(chance.uniform(0.0, 0.03))  # a run takes about as long
            os.kill(publisher, signal.SIGKILL)
            while not (line := writers.stdout.readline()).startswith("ended"):
                up = int(line)
            assert line.split() == ["ended", "-9"]  # it died at work
            check_whole(tmp_path)
            shown, before = number_of(tmp_path / "internal"), shown
            assert shown in (up, up + 1)
            assert shown > before
            first = shown + 1
    assert put_up(tmp_path, first, 3)
    check_whole(tmp_path)
    for edition in EDITIONS:
        assert number_of(tmp_path / edition) == first
        names = kept(tmp_path, edition)  # hidden ones would be seen here
        assert len(names) == 3
        assert names[-1] == stamp(first)
    assert list(tmp_path.rglob("*.staging-*")) == []


def test_two_publishers_at_once_are_both_whole_and_the_newest_is_up(tmp_path: Path) -> None:
    with start(tmp_path) as one, start(tmp_path) as other:
        order(one, 0, 12)
        order(other, 5, 15)
        stated = [writers.communicate(timeout=120)[0].split("\n") for writers in (one, other)]
    assert [lines[-2] for lines in stated] == ["ended 0", "ended 0"]
    check_whole(tmp_path)
    assert number_of(tmp_path / "internal") == number_of(tmp_path / "public") == 14
    assert kept(tmp_path) == [stamp(12), stamp(13), stamp(14)]
