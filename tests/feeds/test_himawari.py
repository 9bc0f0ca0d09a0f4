"""Himawari L2WLF files."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from jdzfire.errors import InputError
from jdzfire.feeds.himawari import read_himawari, recognise_himawari
from jdzfire.feeds.reading import Reading
from tests.feeds.samples import AT, sample

NAME = "H09_20240404_0450_L2WLF010_FLDK.06001_06001.csv"
MARKS = (
    "# 2024  4  4  4 50 UTC  2024  4  4  5 12 UTC\n"
    "# ID,Year,Month,Day,Time(UTC),Lat,Lon,Area(km^2),Volcano,Level,Reliability,"
    "FRP(Wm^-2),QF,Hot(ID)\n"
)
GOOD = ["1", "2024", "4", "4", "0454", "29.40", "117.36", "4.31", "0", "2", "3", ".64", "0", "1"]


def read(*rows: list[str], name: str = NAME) -> Reading:
    text = MARKS + "".join(",".join(row) + "\n" for row in rows)
    return read_himawari(text.encode(), source_name=name, received_at=AT)


def changed(**changes: str) -> list[str]:
    names = ["id", "year", "month", "day", "time", "lat", "lon", "area", "volcano", "level",
             "reliability", "frp", "qf", "hot"]  # fmt: skip
    return [changes.get(name, value) for name, value in zip(names, GOOD, strict=True)]


def test_a_row_comes_through_whole() -> None:
    row = read(GOOD).table.iloc[0]
    assert (row.geometry.x, row.geometry.y) == (117.36, 29.40)
    assert row.acquired_at == datetime(2024, 4, 4, 4, 54, tzinfo=UTC)
    assert (row.satellite, row.instrument, row["product"]) == ("Himawari-9", "AHI", "NRT")
    assert (row.version, row.raw_line) == ("010", 3)
    assert row.frp_mw == pytest.approx(2.7584)  # 4.31 km2 x 0.64 W m-2
    assert np.isnan(row.scan_km)


def test_reliability_is_a_class() -> None:
    rows = [changed(reliability=value, time=str(i)) for i, value in enumerate("135")]
    assert read(*rows).table["confidence"].tolist() == ["low", "nominal", "high"]
    odd = read(changed(reliability="2"))
    assert odd.rejected["reason"].tolist() == ["confidence"]


def test_the_name_tells_satellite_and_version() -> None:
    old = read(GOOD, name="H08_20220404_0450_L2WLF009_FLDK.06001_06001.csv").table.iloc[0]
    assert (old.satellite, old.version) == ("Himawari-8", "009")
    other = read(GOOD, name="wlf.csv").table.iloc[0]
    assert other.satellite == "Himawari-9"
    assert other[["version"]].isna().all()


def test_a_day_of_scans_in_one_file_keeps_every_scan() -> None:
    table = read_himawari(sample(NAME), source_name=NAME, received_at=AT).table
    assert table["acquired_at"].dt.strftime("%H%M").tolist() == ["0454", "0454", "0504"]
    assert table["raw_line"].tolist() == [3, 4, 7]  # lines 1, 2, 5, 6 are marks
    # 4.31 km2 x 9.41, 0.72, 16.05 W m-2
    assert table["frp_mw"].round(4).tolist() == [40.5571, 3.1032, 69.1755]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"lat": "95"}, "position_range"),
        ({"lon": ""}, "position_missing"),
        ({"lat": "0", "lon": "0"}, "position_zero"),
        ({"month": "13"}, "date"),
        ({"year": "1924"}, "date"),
        ({"year": ""}, "date"),
        ({"time": "2460"}, "time"),
        ({"year": "2025"}, "future"),
        ({"frp": "-1"}, "frp"),
        ({"frp": "x"}, "frp"),
        ({"area": "0"}, "area"),
        ({"area": "1000"}, "area"),
    ],
)
def test_a_bad_row_is_set_aside(changes: dict[str, str], reason: str) -> None:
    reading = read(GOOD, changed(**changes))
    assert len(reading.table) == 1
    assert reading.rejected["reason"].tolist() == [reason]
    assert reading.rejected["line"].tolist() == [4]


def test_blank_frp_is_null_and_the_same_cell_twice_is_one() -> None:
    assert np.isnan(read(changed(frp="")).table["frp_mw"].iloc[0])
    twice = read(GOOD, changed(frp="2.0"))
    assert twice.table["frp_mw"].round(4).tolist() == [8.62]  # the larger: 4.31 x 2.0
    assert twice.rejected["reason"].tolist() == ["duplicate_row"]


def test_a_scan_without_fires_is_normal_and_a_cut_one_loses_a_line() -> None:
    assert read().table.empty
    raw = (MARKS + ",".join(GOOD) + "\n" + ",".join(GOOD)[:20]).encode()
    reading = read_himawari(raw, source_name=NAME, received_at=AT)
    assert len(reading.table) == 1
    assert reading.rejected["reason"].tolist() == ["truncated_line"]


@pytest.mark.parametrize("raw", [b"", b"<html>", b"a,b\n1,2\n", b"530 Login incorrect.\n"])
def test_what_is_no_table_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError):
        read_himawari(raw, source_name=NAME, received_at=AT)


def test_recognised_by_marks_or_name() -> None:
    assert recognise_himawari(MARKS.encode(), "x.csv")
    assert recognise_himawari(b"1,2024,4,4\n", NAME)
    assert not recognise_himawari(b"<html>", NAME)
    assert not recognise_himawari(b"latitude,longitude,acq_date\n", "x.csv")


def test_a_flag_too_large_to_be_one_is_no_flag() -> None:
    row = read(changed(qf="1" * 60)).table.iloc[0]
    assert row.quality_flag is pd.NA
