"""The archive on a file system that others reach."""

from __future__ import annotations

import json

import fsspec
import pytest

from jdzfire.errors import DamagedStore, StoreError
from jdzfire.store.archive import append_hotspots, load_hotspots
from jdzfire.store.shared_archive import pull_archive, push_archive
from jdzfire.workspace import open_workspace
from tests.tables import hotspot_table


def rows(count, month="04"):
    return hotspot_table(
        [
            {"lon": 117.2 + k / 100, "lat": 29.4, "at": f"2024-{month}-04T05:03"}
            for k in range(count)
        ]
    )


@pytest.fixture(params=["file", "memory"])
def address(request, tmp_path):
    if request.param == "file":
        yield f"file://{tmp_path}/share/archive"
        return
    files = fsspec.filesystem("memory")
    yield "memory://share/archive"
    if files.exists("/share"):
        files.rm("/share", recursive=True)


@pytest.fixture
def home(tmp_path):
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        append_hotspots(workspace.home, rows(3))
        yield workspace.home


def test_a_copy_holds_the_same_and_only_what_is_new_is_sent(home, address, tmp_path):
    assert push_archive(home, address) == 1
    assert push_archive(home, address) == 0
    copy = tmp_path / "copy"
    assert pull_archive(address, copy) == 1
    append_hotspots(home, rows(2, "05"))
    assert push_archive(home, address) == 1
    assert pull_archive(address, copy) == 1
    assert pull_archive(address, copy) == 0
    with open_workspace(copy) as workspace:
        assert load_hotspots(workspace.home).equals(load_hotspots(home))


def test_a_part_that_goes_is_taken_out(home, address, tmp_path):
    push_archive(home, address)
    changed = rows(3).assign(frp_mw=99.0)
    append_hotspots(home, changed)  # the part is written anew under another name
    push_archive(home, address)
    copy = tmp_path / "copy"
    pull_archive(address, copy)
    files, top = fsspec.url_to_fs(address)
    assert len(files.glob(f"{top}/archive/hotspots/*/*.parquet")) == 1
    with open_workspace(copy) as workspace:
        assert load_hotspots(workspace.home)["frp_mw"].tolist() == [99.0] * 3


def test_damage_there_is_told_and_nothing_is_kept(home, address, tmp_path):
    push_archive(home, address)
    files, top = fsspec.url_to_fs(address)
    (name,) = json.loads(files.cat_file(f"{top}/kept.json"))["files"]
    files.pipe_file(f"{top}/{name}", b"turned")
    with pytest.raises(DamagedStore, match="damaged"):
        pull_archive(address, tmp_path / "copy")
    with open_workspace(tmp_path / "copy") as workspace:
        assert load_hotspots(workspace.home).empty


def test_nothing_pushed_and_no_such_file_system_are_told(home, tmp_path):
    with pytest.raises(StoreError, match="no archive to pull"):
        pull_archive(f"file://{tmp_path}/nothing", tmp_path / "copy")
    with pytest.raises(StoreError, match="no such file system"):
        push_archive(home, "nosuch://host/folder")
