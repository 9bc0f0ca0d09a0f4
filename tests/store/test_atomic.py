"""Files and folders are the old ones or the new ones, wherever a writer is killed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jdzfire.errors import StoreError, UsageError
from jdzfire.store import atomic, staging
from jdzfire.store.atomic import (
    MANIFEST,
    clear_leftovers,
    publish_folder,
    verify_folder,
    write_atomic,
)

NOON = datetime(2024, 4, 4, 4, 0, tzinfo=UTC)
OLD = {"index.html": b"old", "tiles/a.png": b"old tile"}
NEW = {"index.html": b"new", "tiles/b.png": b"new tile"}


def seen(target: Path) -> dict[str, bytes]:
    """What a reader of the folder sees, the manifest aside."""
    return {
        path.relative_to(target).as_posix(): path.read_bytes()
        for path in target.rglob("*")
        if path.is_file() and path.name != MANIFEST
    }


def beside(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir() if path.name != target.name)


def test_file_is_written_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.bin"
    write_atomic(path, b"one")
    write_atomic(path, b"two")
    assert path.read_bytes() == b"two"
    assert list(path.parent.iterdir()) == [path]


def test_file_can_be_read_by_others_as_the_umask_allows(tmp_path: Path) -> None:
    path, plain = tmp_path / "page.html", tmp_path / "plain.html"
    write_atomic(path, b"x")
    plain.write_bytes(b"x")
    assert path.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_failed_write_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "b.bin"
    write_atomic(path, b"one")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, full)
    with pytest.raises(StoreError, match="No space left"):
        write_atomic(path, b"two")
    monkeypatch.undo()
    assert path.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [path]


def test_leftovers_go_when_old_and_stay_when_a_writer_may_be_at_work(tmp_path: Path) -> None:
    old, young = tmp_path / ".a.bin.1-0f.part", tmp_path / ".b.bin.1-0f.part"
    for path in (old, young, tmp_path / "c.part"):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert clear_leftovers(tmp_path) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [young.name, "c.part"]


def test_folder_shows_all_files_and_tells_their_hashes(tmp_path: Path) -> None:
    target = tmp_path / "internal"
    assert publish_folder(target, {**OLD, MANIFEST: b'{"edition": "internal"}'}, data_at=NOON)
    assert seen(target) == OLD
    stated = json.loads((target / MANIFEST).read_bytes())
    assert stated == {
        "edition": "internal",
        "data_at": "2024-04-04T04:00:00Z",
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in OLD.items()},
    }
    assert verify_folder(target) == []


def test_data_time_of_the_manifest_is_used_when_none_is_given(tmp_path: Path) -> None:
    target = tmp_path / "internal"
    publish_folder(target, {MANIFEST: b'{"data_at": "2024-04-04T12:00:00+08:00"}'})
    assert json.loads((target / MANIFEST).read_bytes())["data_at"] == "2024-04-04T04:00:00Z"


def test_newer_and_equal_data_replace_and_older_data_do_not(tmp_path: Path) -> None:
    target = tmp_path / "internal"
    publish_folder(target, OLD, data_at=NOON)
    assert publish_folder(target, NEW, data_at=NOON - timedelta(seconds=1)) is False
    assert seen(target) == OLD
    assert publish_folder(target, NEW, data_at=NOON) is True
    assert seen(target) == NEW
    assert publish_folder(target, OLD, data_at=NOON + timedelta(seconds=1)) is True
    assert seen(target) == OLD
    assert seen(tmp_path / ".internal.previous") == NEW


def test_the_same_files_again_write_nothing(tmp_path: Path) -> None:
    target = tmp_path / "internal"
    publish_folder(target, OLD, data_at=NOON)
    before = (target.stat().st_ino, (target / "index.html").stat().st_mtime_ns)
    assert publish_folder(target, OLD, data_at=NOON) is True
    assert (target.stat().st_ino, (target / "index.html").stat().st_mtime_ns) == before
    assert beside(target) == [".internal.lock"]


@pytest.mark.parametrize("harm", ["damaged", "missing", "extra", "no manifest"])
def test_harm_is_seen_and_repaired_by_publishing_again(tmp_path: Path, harm: str) -> None:
    target = tmp_path / "internal"
    publish_folder(target, OLD, data_at=NOON)
    if harm == "damaged":
        (target / "index.html").write_bytes(b"0ld")
    elif harm == "missing":
        (target / "index.html").unlink()
    elif harm == "extra":
        (target / "index.html.bak").write_bytes(b"x")
    else:
        (target / MANIFEST).write_bytes(b"{")
    wrong = {"extra": "index.html.bak", "no manifest": MANIFEST}.get(harm, "index.html")
    assert verify_folder(target) == [wrong]
    publish_folder(target, OLD, data_at=NOON)
    assert seen(target) == OLD
    assert verify_folder(target) == []


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../x", "a/../../x", "", "a\\b", "C:x", ".internal", "a/.b"]
)
def test_names_that_leave_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="inside its folder"):
        publish_folder(tmp_path / "internal", {name: b"x"}, data_at=NOON)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("files", "data_at"),
    [
        ({}, None),
        ({MANIFEST: b"{}"}, None),
        ({MANIFEST: b'{"data_at": "yesterday"}'}, None),
        ({MANIFEST: b'{"data_at": "2024-04-04T04:00:00"}'}, None),
        ({}, NOON.replace(tzinfo=None)),
        ({MANIFEST: b"[]"}, NOON),
        ({MANIFEST: b"{"}, NOON),
    ],
)
def test_a_folder_without_a_data_time_is_refused(
    tmp_path: Path, files: dict[str, bytes], data_at: datetime | None
) -> None:
    with pytest.raises(UsageError):
        publish_folder(tmp_path / "internal", {"a": b"x", **files}, data_at=data_at)


def test_full_disk_leaves_the_last_good_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "internal"
    publish_folder(target, OLD, data_at=NOON)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(staging, "write_file", full)
    with pytest.raises(StoreError, match="No space left"):
        publish_folder(target, NEW, data_at=NOON)
    assert seen(target) == OLD
    assert beside(target) == [".internal.lock"]


def test_files_that_read_back_differently_are_not_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "internal"
    publish_folder(target, OLD, data_at=NOON)
    real = staging.write_file
    monkeypatch.setattr(staging, "write_file", lambda path, data: real(path, data[:-1]))
    with pytest.raises(StoreError, match="read back differently"):
        publish_folder(target, NEW, data_at=NOON)
    assert seen(target) == OLD


def test_killed_between_two_renames_the_last_good_folder_is_put_back(tmp_path: Path) -> None:
    target = tmp_path / "internal"
    publish_folder(target, OLD, data_at=NOON)
    target.rename(tmp_path / ".internal.previous")  # where a system without exchange may be killed
    assert publish_folder(target, NEW, data_at=NOON - timedelta(hours=1)) is False
    assert seen(target) == OLD
    assert beside(target) == [".internal.lock"]


class Killed(BaseException):
    """The process ends here: nothing after it runs, not even tidying up."""


class Steps:
    """Lets the first ``last`` steps through; from then on every step raises Killed."""

    def __init__(self, last: int) -> None:
        self.left = last
        self.is_killed = False

    def wrap(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def step(*args: Any, **options: Any) -> Any:
            if self.left == 0:
                self.is_killed = True
                raise Killed
            self.left -= 1
            return real(*args, **options)

        monkeypatch.setattr(owner, name, step)


@pytest.mark.parametrize("has_exchange", [True, False])
@pytest.mark.parametrize("held", [[], [OLD], [{"index.html": b"older"}, OLD]])
def test_killed_at_any_step_the_folder_is_whole_and_the_next_run_ends_the_same(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    has_exchange: bool,
    held: list[dict[str, bytes]],
) -> None:
    if has_exchange and not atomic.sys.platform.startswith("linux"):
        pytest.skip("renameat2 is of Linux")
    kills = 0
    for last in range(100):
        target = tmp_path / str(last) / "internal"
        with monkeypatch.context() as patch:
            if not has_exchange:
                patch.setattr(atomic, "_exchange", lambda one, other: False)
            for files in held:
                publish_folder(target, files, data_at=NOON)
            steps = Steps(last)
            for owner, name in (
                (staging, "write_file"),
                (staging, "sync_files"),
                (staging, "sync_folder"),
                (atomic, "sync_folder"),
                (atomic, "_exchange"),
                (Path, "rename"),
                (shutil, "rmtree"),
            ):
                steps.wrap(patch, owner, name)
            try:
                publish_folder(target, NEW, data_at=NOON)
            except Killed:
                kills += 1
        is_there = target.exists()
        if is_there:
            assert verify_folder(target) == []
            assert seen(target) in ([NEW, OLD] if held else [NEW])
        else:
            assert not has_exchange or not held  # only two renames leave a gap
        if not is_there and held:
            assert seen(tmp_path / str(last) / ".internal.previous") == OLD
        publish_folder(target, NEW, data_at=NOON)
        assert seen(target) == NEW
        assert set(beside(target)) <= {".internal.lock", ".internal.previous"}
        if not steps.is_killed:
            break
    assert kills >= 9  # 3 files, all of them, 2 folders, and the renames: each a place to die
    assert kills == last
