"""A large file in parts says what it says as a whole: rows, lines, sha256, rejections."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from jdzfire.errors import InputError
from jdzfire.feeds import parts as module
from jdzfire.feeds.parts import read_parts
from jdzfire.feeds.reading import Reading
from jdzfire.feeds.registry import read_hotspots
from tests.feeds.samples import AT, sample

HEADER = sample("firms_viirs_nrt.csv").splitlines()[0]


def rows(count: int) -> list[bytes]:
    line = sample("firms_viirs_nrt.csv").splitlines()[1].split(b",")
    return [b",".join([b"%.5f" % (20 + k / 1000), *line[1:]]) for k in range(count)]


def both(path: Path, part_bytes: int, feed: str = "firms"):
    raw = path.read_bytes()
    whole = read_hotspots(feed, raw, source_name=path.name, received_at=AT)
    parts = list(
        read_parts(feed, path, source_name=path.name, received_at=AT, part_bytes=part_bytes)
    )
    table = pd.concat([part.table for part in parts if len(part.table)], ignore_index=True)
    found = [part.rejected for part in parts if len(part.rejected)]
    rejected = pd.concat(found, ignore_index=True) if found else parts[0].rejected
    return whole, table, rejected, parts


@pytest.mark.slow
@pytest.mark.parametrize("part_bytes", [200, 333, 1000, 3000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_parts_are_the_whole(tmp_path: Path, part_bytes: int, end: bytes) -> None:
    lines = rows(60)
    lines[7] = b"95.0," + lines[7].split(b",", 1)[1]
    lines[31] = b"too,short"
    path = tmp_path / "big.csv"
    path.write_bytes(end.join([HEADER, *lines, b""]))
    whole, table, rejected, parts = both(path, part_bytes)
    assert len(parts) > 1
    assert table.equals(whole.table)
    assert rejected[["line", "reason"]].values.tolist() == [
        [9, "position_range"],
        [33, "column_count"],
    ]
    assert set(table["raw_sha256"]) == {hashlib.sha256(path.read_bytes()).hexdigest()}
    pd.testing.assert_frame_equal(rejected, whole.rejected)


def test_only_the_very_last_line_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes(b"\n".join([HEADER, *rows(40)])[:-40])
    _, table, rejected, _ = both(path, 500)
    assert len(table) == 39
    assert rejected["reason"].tolist() == ["truncated_line"]


def test_scans_too(tmp_path: Path) -> None:
    name = "H09_20240404_0450_L2WLF010_FLDK.06001_06001.csv"
    text = sample(name).decode().splitlines()
    data = [line for line in text if not line.startswith("#")]
    path = tmp_path / name
    path.write_text("\n".join([*text[:2], *data * 50, ""]))
    _, table, rejected, parts = both(path, 900, "himawari-wlf")
    assert len(parts) > 3
    assert len(table) + len(rejected) == 50 * len(data)
    assert table["raw_line"].max() > 50


def test_a_feed_of_whole_files_and_utf_16_have_a_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "g.csv"
    path.write_bytes(sample("ground.csv"))
    (whole,) = read_parts("ground", path, source_name="g.csv", received_at=AT, part_bytes=10)
    assert len(whole.table) == 3
    monkeypatch.setattr(module, "WHOLE_MAX_BYTES", 100)
    wide = tmp_path / "w.csv"
    wide.write_bytes(b"\n".join([HEADER, *rows(9)]).decode().encode("utf-16"))
    for feed, file in (("ground", path), ("firms", wide)):
        with pytest.raises(InputError, match="too large"):
            list(read_parts(feed, file, source_name="x", received_at=AT, part_bytes=10))


def test_a_file_without_a_line_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_bytes(HEADER + b"\n" + b"9" * 3_000_000)
    readings = list(read_parts("firms", path, source_name="x", received_at=AT, part_bytes=500_000))
    assert sum(len(reading.table) for reading in readings) == 0
    assert sum(len(reading.rejected) for reading in readings) >= 1


@pytest.mark.parametrize("ends", ["\n", ""])
def test_a_zip_of_large_tables_is_read_in_parts_as_if_at_once(tmp_path: Path, ends: str) -> None:
    lines = [line.decode() for line in rows(3000)]
    bad = "95.0" + lines[0][lines[0].index(",") :]
    head = HEADER.decode()
    tables = {
        "b.csv": "\n".join([head, *lines[1500:], bad]) + ends,
        "a.csv": "\n".join([head, *lines[:1500]]) + ends,
        "README.txt": "not a table",
    }
    path = tmp_path / "fire.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in tables.items():
            archive.writestr(name, text)
    whole = read_hotspots("firms", path.read_bytes(), source_name="fire.zip", received_at=AT)
    parts = list(
        read_parts("firms", path, source_name="fire.zip", received_at=AT, part_bytes=40_000)
    )
    assert len(parts) > 4
    table = pd.concat([part.table for part in parts], ignore_index=True)
    pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(whole.table))
    rejected = pd.concat([part.rejected for part in parts if len(part.rejected)])
    assert rejected["line"].tolist() == whole.rejected["line"].tolist()
    # 1,501 lines of a, the header of b and its 1,500 rows; the bad one is the next
    assert (table["raw_line"].max(), rejected["line"].tolist()) == (3002, [3003])


def test_a_zip_with_anything_but_text_is_read_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.json", "[" + "0," * 50_000 + "0]")
    called = []

    def whole(raw: bytes) -> Reading:
        called.append(len(raw))
        return read_hotspots("firms", HEADER + b"\n", source_name="x", received_at=AT)

    list(
        read_parts(
            "firms", path, source_name="x", received_at=AT, part_bytes=1000, read_whole=whole
        )
    )
    assert called == [path.stat().st_size]
