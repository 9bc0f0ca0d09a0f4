"""Ground reports."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from jdzfire.crs import to_wgs84
from jdzfire.errors import InputError
from jdzfire.feeds.ground import read_ground, recognise_ground
from jdzfire.feeds.reading import Reading
from jdzfire.schemas import REPORTERS_ZH
from tests.feeds.samples import AT, sample

HEADER = "报告编号,报告时间,来源,经度,纬度,坐标系,位置误差(米),描述"


def read(*rows: str, header: str = HEADER) -> Reading:
    return read_ground("\n".join([header, *rows, ""]).encode(), source_name="g", received_at=AT)


def test_a_report_comes_through_whole() -> None:
    row = read("7,2024-04-04 13:20,12119电话,117.3527,29.4019,WGS84,800,后山冒烟").table.iloc[0]
    assert row.acquired_at == datetime(2024, 4, 4, 5, 20, tzinfo=UTC)  # 13:20 - 8 h
    assert (row.geometry.x, row.geometry.y) == (117.3527, 29.4019)
    assert (row.satellite, row.instrument, row["product"]) == ("call-12119", "PERSON", "REPORT")
    assert (row.location_error_m, row.remark, row.raw_line) == (800.0, "后山冒烟", 2)
    assert np.isnan(row.frp_mw)


def test_the_datum_of_each_row_counts_and_blank_is_cgcs2000() -> None:
    rows = [f"1,2024-04-04 13:2{i},塔,117.2,29.3,{name},,x" for i, name in enumerate(
        ["WGS84", "GCJ-02", "BD-09", ""])]  # fmt: skip
    table = read(*rows).table
    for i, datum in enumerate(["wgs84", "gcj02", "bd09", "cgcs2000"]):
        lon, lat = to_wgs84(117.2, 29.3, datum)
        assert table.geometry.x[i] == pytest.approx(float(lon), abs=1e-9)
        assert table.geometry.y[i] == pytest.approx(float(lat), abs=1e-9)
    assert (table["location_error_m"] == 1500.0).all()  # that of a tower


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("12119", "call-12119"),
        ("群众电话", "call-12119"),
        ("瞭望塔", "watchtower"),
        ("视频监控", "camera"),
        ("无人机", "drone"),
        ("灾害信息员电话", "officer"),
        ("护林员", "patrol"),
        ("drone", "drone"),
        ("<script>", "reporter"),
        ("", "reporter"),
    ],
)
def test_reporters_are_a_closed_list(text: str, key: str) -> None:
    table = read(f"1,2024-04-04 13:20,{text},117.2,29.3,,,x").table
    assert table["satellite"].tolist() == [key]
    assert key in REPORTERS_ZH


def test_hostile_words_are_kept_as_they_are() -> None:
    words = "<img src=x onerror=alert(1)>"
    table = read(f"1,2024-04-04 13:20,塔,117.2,29.3,,,{words}").table
    assert table["remark"].tolist() == [words]
    formula = read("1,2024-04-04 13:20,塔,117.2,29.3,,,=cmd|'/c calc'!A0").table
    assert formula["remark"].tolist() == ["=cmd|'/c calc'!A0"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,,塔,117.2,29.3,,,x", "time"),
        ("1,下午,塔,117.2,29.3,,,x", "time"),
        ("1,2025-04-04 13:20,塔,117.2,29.3,,,x", "future"),
        ("1,2024-04-04 13:20,塔,,29.3,,,x", "position_missing"),
        ("1,2024-04-04 13:20,塔,银坑村,29.3,,,x", "position_unreadable"),
        ("1,2024-04-04 13:20,塔,117.2,95,,,x", "position_range"),
        ("1,2024-04-04 13:20,塔,0,0,,,x", "position_zero"),
        ("1,2024-04-04 13:20,塔,117.2,29.3,JGD,,x", "datum"),
        ("1,2024-04-04 13:20,塔,117.2,29.3,,-5,x", "location_error"),
        ("1,2024-04-04 13:20,塔", "column_count"),
    ],
)
def test_a_bad_row_is_set_aside(row: str, reason: str) -> None:
    reading = read("1,2024-04-04 13:20,塔,117.2,29.3,,,x", row)
    assert len(reading.table) == 1
    assert reading.rejected["reason"].tolist() == [reason]
    assert reading.rejected["line"].tolist() == [3]


def test_english_headers_and_an_offset() -> None:
    header = "report_id,reported_at,source,lon,lat,datum,location_error_m,description"
    row = "1,2024-04-04T05:20:00Z,camera,117.2,29.3,wgs84,100,smoke"
    table = read(row, header=header).table
    assert table["acquired_at"].iloc[0] == datetime(2024, 4, 4, 5, 20, tzinfo=UTC)
    assert table["location_error_m"].tolist() == [100.0]


def test_remarks_may_run_over_lines_and_gb18030_is_read() -> None:
    first = '1,2024-04-04 13:20,塔,117.2,29.3,,,"第一行\n第二行"'
    text = "\r\n".join([HEADER, first, "2,2024-04-04 13:21,塔,117.2,29.3,,,x", ""])
    table = read_ground(text.encode("gb18030"), source_name="g", received_at=AT).table
    assert table["remark"].tolist() == ["第一行\n第二行", "x"]
    assert table["raw_line"].tolist() == [2, 4]
    assert recognise_ground(text.encode("gb18030"), "g")


def test_the_sample_and_what_is_no_report() -> None:
    assert len(read_ground(sample("ground.csv"), source_name="g", received_at=AT).table) == 3
    with pytest.raises(InputError, match="lacks columns"):
        read("1,塔,x", header="报告编号,来源,描述")
    with pytest.raises(InputError, match="no header"):
        read("1,2", header="a,b")
    assert read().table.empty
