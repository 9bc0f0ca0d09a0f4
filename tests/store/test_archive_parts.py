"""Parts of a month: every hotspot in one of them, few of them, and versions beside them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask_geopandas
import duckdb
import geopandas as gpd
import pyarrow.dataset as ds
import pyogrio
import pytest

from jdzfire.errors import StoreError
from jdzfire.schemas import HOTSPOT_VERSIONS, validate
from jdzfire.store import archive_parts
from jdzfire.store.archive import (
    append_hotspots,
    compact_archive,
    load_hotspots,
    load_versions,
    newest_of_feeds,
)
from jdzfire.store.archive_digest import archive_digest, replace_archive
from jdzfire.store.home import Home, open_home
from jdzfire.store.parquet import encode_table
from tests.store.conftest import NOON, hotspots

Make = Callable[..., Any]


def folder(home: Home, room: str = "hotspots") -> Path:
    return home.archive_dir / room / "month=2024-04"


def parts(home: Home, room: str = "hotspots") -> list[Path]:
    return sorted(folder(home, room).glob("*.parquet"))


def fill(home: Home, count: int, *, each: int = 3) -> None:
    """``count`` appends of a few hotspots each."""
    for step in range(count):
        rows = [
            {"hotspot_id": f"P{step:03d}-{k}", "lon": 117 + step / 100, "lat": 29 + k / 10}
            for k in range(each)
        ]
        append_hotspots(home, hotspots(*rows))


def test_each_append_is_a_file_and_a_change_touches_only_its_own(home: Home) -> None:
    fill(home, 3)
    before = {path: path.stat().st_ino for path in parts(home)}
    assert len(before) == 3
    new_or_updated = hotspots({"hotspot_id": "P001-2", "product": "SP", "frp_mw": 9.0})
    assert append_hotspots(home, new_or_updated) == 1
    after = {path: path.stat().st_ino for path in parts(home)}
    # the changed part takes a name by what it holds now; the others are the same files
    assert sorted(set(before) - set(after)) == [sorted(before)[1]]
    assert len(set(after) - set(before)) == 1
    assert all(after[path] == before[path] for path in set(after) & set(before))
    assert load_hotspots(home)["hotspot_id"].is_unique
    assert len(load_hotspots(home)) == 9


@pytest.mark.slow
def test_many_parts_become_one_by_themselves(home: Home) -> None:
    fill(home, archive_parts.PARTS_MAX)
    assert len(parts(home)) == archive_parts.PARTS_MAX
    fill(home, archive_parts.PARTS_MAX + 1)  # the last append makes one too many
    assert len(parts(home)) == 1
    assert len(load_hotspots(home)) == 3 * (archive_parts.PARTS_MAX + 1)


def test_compacting_changes_no_value_and_leaves_big_parts(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(home, 4)
    before = archive_digest(home)
    big = parts(home)[0]
    monkeypatch.setattr(
        archive_parts, "count_rows", lambda path: 10**6 if path.name == big.name else 3
    )
    assert compact_archive(home) == ["2024-04"]
    assert len(parts(home)) == 2
    assert big.exists()
    assert archive_digest(home) == before
    assert compact_archive(home, month="2024-05") == []
    assert [path.name for path in home.archive_dir.iterdir()] == ["hotspots"]


def test_an_archive_of_one_file_a_month_goes_on(home: Home, make: Make) -> None:
    old = make("hotspots", {}, {"lon": 117.5}).drop(columns=["detection_level", "quality_flag"])
    folder(home).mkdir(parents=True)
    (folder(home) / "hotspots.parquet").write_bytes(encode_table(old))
    assert load_hotspots(home)["detection_level"].isna().all()
    append_hotspots(home, hotspots({"hotspot_id": "NEW", "detection_level": 2}))
    assert load_hotspots(home)["detection_level"].dropna().tolist() == [2]
    assert append_hotspots(home, hotspots({"product": "SP"})) == 1  # H000, in the old file
    assert len(load_hotspots(home)) == 3


def lost(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
    return validate(hotspots(*rows), HOTSPOT_VERSIONS)


@pytest.mark.slow
def test_versions_are_remembered_once_each(home: Home) -> None:
    best = hotspots({"product": "SP"})
    twice = lost({"product": "URT", "frp_mw": None}, {"hotspot_id": "H000", "product": "NRT"})
    append_hotspots(home, best, lost=twice)
    append_hotspots(home, best, lost=twice)
    append_hotspots(home, best, lost=lost({"product": "NRT", "raw_sha256": "b" * 64}))
    found = load_versions(home, hotspot_ids=["H000"])
    assert sorted(found["product"]) == ["NRT", "URT"]
    assert load_versions(home, hotspot_ids=["H999"]).empty
    assert len(load_hotspots(home)) == 1
    # another place is another version
    append_hotspots(home, best, lost=lost({"product": "NRT", "lon": 117.2001}))
    assert len(load_versions(home)) == 3


def test_the_newest_of_each_feed(home: Home) -> None:
    early = NOON.replace(day=3)
    append_hotspots(home, hotspots({"acquired_at": early}, {"feed": "ground"}, {"feed": "ground"}))
    assert newest_of_feeds(home).to_dict() == {"firms": early, "ground": NOON}
    assert newest_of_feeds(home, since=NOON).to_dict() == {"ground": NOON}
    assert newest_of_feeds(open_home(home.root / "empty")).empty


def test_another_archive_takes_its_place(home: Home, tmp_path: Path) -> None:
    fill(home, 2)
    other = open_home(tmp_path / "other")
    fill(other, 1)
    wanted = archive_digest(other)
    replace_archive(home, other)
    assert archive_digest(home) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("column", ["frp_mw", "remark", "raw_line"])
def test_the_digest_sees_each_value(home: Home, tmp_path: Path, column: str) -> None:
    other = open_home(tmp_path / "other")
    append_hotspots(home, hotspots({}, {"remark": "x"}))
    append_hotspots(other, hotspots({}, {"remark": "x", column: None}))
    assert archive_digest(home) != archive_digest(other)


def read_often(root: str, ends: Any, wrong: Any) -> None:
    home = open_home(root)
    while not ends.is_set():
        try:
            ids = load_hotspots(home)["hotspot_id"]
        except Exception as error:  # what a reader meets is the finding
            wrong.put(repr(error))
            return
        if len(ids) != 30 or not ids.is_unique:
            wrong.put(f"{len(ids)} rows")
            return


@pytest.mark.slow
def test_a_reader_sees_everything_once_while_it_is_compacted(home: Home) -> None:
    fill(home, 10)
    context = multiprocessing.get_context("spawn")
    ends, wrong = context.Event(), context.Queue()
    reader = context.Process(target=read_often, args=(str(home.root), ends, wrong))
    reader.start()
    time.sleep(2.0)  # it has read some times
    for number in range(5):
        compact_archive(home)
        assert len(parts(home)) == 1
        # the same rows in ten parts again, exchanged in one step too
        other = open_home(home.root / f"other{number}")
        fill(other, 10)
        replace_archive(home, other)
        time.sleep(0.1)
    ends.set()
    reader.join(30)
    assert wrong.empty(), wrong.get()


def paths(*names: str) -> list[Path]:
    return [Path(name) for name in names]


@pytest.mark.parametrize(
    "listings",
    [
        [paths(), paths("b"), paths("b"), paths("b"), paths("b")],  # torn: emptied while listed
        [paths("a"), paths("b"), paths("b"), paths("b"), paths("b")],  # torn the other way
        [paths("a"), paths("a"), paths("b"), paths("b"), paths("b"), paths("b")],  # gone in between
        [paths("b"), paths("b"), paths("b", "c")],  # one was added: belongs to the next reading
    ],
)
def test_reading_starts_again_when_the_folder_was_exchanged(listings: list[list[Path]]) -> None:
    stated = iter(listings)

    def read(files: list[Path]) -> list[Path]:
        if files == paths("a"):
            raise StoreError("gone")
        return files

    assert archive_parts.read_settled(lambda: next(stated), read) == paths("b")
    assert next(stated, None) is None


def test_a_damaged_part_is_told_at_once() -> None:
    reads = []

    def read(files: list[Path]) -> None:
        reads.append(files)
        raise StoreError("damaged")

    with pytest.raises(StoreError, match="damaged"):
        archive_parts.read_settled(lambda: paths("a"), read)
    assert len(reads) == 1


def keep_appending(root: str) -> None:
    fill(open_home(root), 60)


@pytest.mark.slow
def test_killed_while_appending_and_compacting_nothing_is_twice_or_lost(tmp_path: Path) -> None:
    root = tmp_path / "home"
    open_home(root)
    context = multiprocessing.get_context("spawn")
    for wait_s in (1.6, 1.9, 2.3):
        writer = context.Process(target=keep_appending, args=(str(root),))
        writer.start()
        time.sleep(wait_s)
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()
    home = open_home(root)
    assert load_hotspots(home)["hotspot_id"].is_unique
    fill(home, 60)
    whole = open_home(tmp_path / "whole")
    fill(whole, 60)
    assert archive_digest(home) == archive_digest(whole)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of dask-geopandas
def test_others_read_it_without_us(home: Home) -> None:
    fill(home, 3)
    append_hotspots(home, hotspots({"hotspot_id": "MAY", "acquired_at": NOON.replace(month=5)}))
    (folder(home) / ".part-0009-0.parquet.77-ab.part").write_bytes(b"half")
    rooms = home.archive_dir / "hotspots"
    whole = gpd.read_parquet(rooms)
    assert (len(whole), whole.crs.to_epsg()) == (10, 4326)
    assert len(gpd.read_parquet(rooms, bbox=(116.9, 28.9, 117.005, 29.05))) == 1
    assert len(gpd.read_parquet(rooms, filters=[("month", "==", "2024-05")])) == 1
    lazy = dask_geopandas.read_parquet(rooms)
    assert len(lazy.compute()) == 10
    counted = duckdb.execute(
        "SELECT month, count(*) FROM read_parquet(?, hive_partitioning = true)"
        " WHERE bbox.xmin >= 117.0 AND bbox.ymax <= 29.3 GROUP BY month ORDER BY month",
        [f"{rooms}/*/*.parquet"],
    ).fetchall()
    assert counted == [("2024-04", 9), ("2024-05", 1)]
    assert ds.dataset(rooms, partitioning="hive").count_rows() == 10


def test_gdal_reads_a_part(home: Home) -> None:
    if "Parquet" not in pyogrio.list_drivers():
        pytest.skip("this GDAL has no Parquet driver")
    fill(home, 1)
    assert len(pyogrio.read_dataframe(parts(home)[0])) == 3
