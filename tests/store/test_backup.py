"""Backups: each content once, checked on the way in and out, nothing lost by a damaged one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jdzfire.errors import DamagedStore, NotFound, UsageError
from jdzfire.store.archive import append_hotspots
from jdzfire.store.archive_digest import archive_digest
from jdzfire.store.backup import list_backups, load_backup, restore_file, restore_home, save_backup
from jdzfire.store.home import Home, open_home
from jdzfire.store.kept import check_kept
from jdzfire.store.ledger import open_ledger
from jdzfire.store.raw import keep_raw, load_raw
from tests.store.conftest import NOON

Make = Callable[..., Any]


@pytest.fixture
def filled(home: Home, make: Make) -> Home:
    with open_ledger(home) as ledger:
        keep_raw(home, b"raw bytes")
        append_hotspots(home, make("hotspots", {}))
        ledger.record_feed("firms", NOON, "ok", None)
    (home.root / "jdzfire.toml").write_text('lang = "en"\n')
    return home


def objects(folder: Path) -> list[Path]:
    return sorted((folder / "objects").glob("*/*"))


def test_a_restored_workspace_states_what_the_first_did(filled: Home, tmp_path: Path) -> None:
    made, copied = save_backup(filled, tmp_path / "b", at=NOON)
    assert copied > 0
    assert len(objects(tmp_path / "b")) == len(set(made.files.values()))
    count = restore_home(load_backup(tmp_path / "b"), tmp_path / "new")
    assert count == len(made.files)
    new = open_home(tmp_path / "new")
    check_kept(new)
    assert archive_digest(new) == archive_digest(filled)
    (sha256,) = (path.name for path in filled.raw_dir.glob("*/*"))
    assert load_raw(new, sha256) == b"raw bytes"
    with open_ledger(new) as ledger:
        assert ledger.load_feeds()["feed"].tolist() == ["firms"]
    assert (new.root / "jdzfire.toml").read_text() == 'lang = "en"\n'


def test_the_second_backup_copies_what_changed(filled: Home, make: Make, tmp_path: Path) -> None:
    _, first = save_backup(filled, tmp_path / "b", at=NOON)
    before = set(objects(tmp_path / "b"))
    append_hotspots(filled, make("hotspots", {"hotspot_id": "NEW", "lon": 117.9}))
    made, second = save_backup(filled, tmp_path / "b", at=NOON + timedelta(hours=1))
    fresh = set(objects(tmp_path / "b")) - before
    # a new part, and the list; the ledger of the same content is there already
    assert 1 <= len(fresh) <= 3
    assert 0 < second < first
    assert list_backups(tmp_path / "b") == ["20240404T040000Z", "20240404T050000Z"]
    assert load_backup(tmp_path / "b", "20240404T040000Z").files != made.files


def test_a_damaged_backup_is_never_put_back(filled: Home, tmp_path: Path) -> None:
    folder = tmp_path / "b"
    made, _ = save_backup(filled, folder, at=NOON)
    path = objects(folder)[0]
    whole = path.read_bytes()
    path.write_bytes(bytes(len(whole)))
    with pytest.raises(DamagedStore, match="damaged"):
        restore_home(load_backup(folder), tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert not restore_file(made, path.name, tmp_path / "one")
    save_backup(filled, folder, at=NOON)  # of the same size: not looked at
    assert path.read_bytes() != whole
    save_backup(filled, folder, at=NOON, verify=True)
    assert path.read_bytes() == whole or path.name not in made.files.values()


@pytest.mark.parametrize("name", ["../../etc/x", "/etc/x", "a/../../b", ".hidden"])
def test_an_index_cannot_name_a_place_outside(filled: Home, tmp_path: Path, name: str) -> None:
    save_backup(filled, tmp_path / "b", at=NOON)
    (index,) = (tmp_path / "b" / "backups").iterdir()
    document = json.loads(index.read_text())
    document["files"][name] = "0" * 64
    index.write_text(json.dumps(document))
    with pytest.raises(DamagedStore, match="index"):
        load_backup(tmp_path / "b")


def test_where_a_backup_cannot_be(filled: Home, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="inside the workspace"):
        save_backup(filled, filled.root / "b", at=NOON)
    with pytest.raises(NotFound):
        load_backup(tmp_path / "none")
    save_backup(filled, tmp_path / "b", at=NOON)
    with pytest.raises(NotFound):
        load_backup(tmp_path / "b", "20200101T000000Z")
    with pytest.raises(UsageError, match="not empty"):
        restore_home(load_backup(tmp_path / "b"), filled.root)
