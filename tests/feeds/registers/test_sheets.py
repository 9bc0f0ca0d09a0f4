"""Permits, teams and other sheets, in CSV and Excel."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook
from pandas.testing import assert_frame_equal

from jdzfire.crs import from_wgs84, to_wgs84
from jdzfire.errors import CrsError, InputError, UsageError
from jdzfire.feeds.reading import Reading
from jdzfire.feeds.registers import Declared, read_register
from jdzfire.schemas import PERMITS, TEAMS, empty_table
from tests.feeds.samples import AT, sample

HEADER = [
    "审批编号", "申请单位", "用火类型", "用火地点", "县（市、区）", "乡镇（街道）", "经度", "纬度",
    "坐标系",
    "计划开始时间", "计划结束时间", "面积（亩）", "负责人", "联系电话", "审批状态",
]  # fmt: skip
GOOD: dict[str, Any] = dict(
    zip(
        HEADER,
        ["P-1", "示例林场", "炼山造林", "后山", "浮梁县", "示例镇", "117.3521", "29.4012", "WGS84",
         "2024-04-04 08:00", "2024-04-04 17:00", "150", "张某", "000-1", "已批准"],
        strict=True,
    )
)  # fmt: skip


def permit(**changes: Any) -> list[Any]:
    return list((GOOD | changes).values())


def read(*rows: list[Any], header: list[str] | None = None, **options: Any) -> Reading:
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    raw = "\n".join([",".join(header or HEADER), *lines, ""]).encode()
    said = Declared(**{name: options.pop(name) for name in ("datum", "crs") if name in options})
    return read_register(
        "permits", raw, source_name="p.csv", received_at=AT, declared=said, **options
    )


def workbook(*rows: list[Any]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def read_excel(*rows: list[Any], kind: str = "permits") -> Reading:
    return read_register(kind, workbook(*rows), source_name="p.xlsx", received_at=AT)


def test_a_permit_comes_through_whole() -> None:
    row = read(permit()).table.iloc[0]
    assert row.permit_id == "P-1"
    assert row.area_ha == pytest.approx(10.0)  # 150 mu / 15
    assert row.valid_from == datetime(2024, 4, 4, 0, 0, tzinfo=UTC)  # 08:00 - 8 h
    assert row.valid_to == datetime(2024, 4, 4, 9, 0, tzinfo=UTC)
    assert (row.geometry.x, row.geometry.y) == (117.3521, 29.4012)
    assert (row.status, row.source_datum, row.location_error_m) == ("approved", "wgs84", 50.0)
    assert (row.county, row.township, row.place) == ("浮梁县", "示例镇", "后山")
    assert (row.contact, row.phone) == ("张某", "000-1")


@pytest.mark.parametrize(
    ("header", "cell", "hectares"),
    [
        ("面积（亩）", "30", 2.0),
        ("面积(公顷)", "30", 30.0),
        ("面积（平方米）", "30000", 3.0),
        ("面积 (ha)", "1.5", 1.5),
        ("area_m2", "5000", 0.5),
        ("面积", "15", 1.0),  # no unit: mu
        ("面积", "2公顷", 2.0),
        ("面积（亩）", "2 ha", 2.0),
    ],
)
def test_area_units(header: str, cell: str, hectares: float) -> None:
    names = [header if name == "面积（亩）" else name for name in HEADER]
    table = read(permit(**{"面积（亩）": cell}), header=names).table
    assert table["area_ha"].tolist() == pytest.approx([hectares])


@pytest.mark.parametrize(
    ("text", "status"),
    [("待审批", "pending"), ("待申请", "pending"), ("", "pending"), ("已批准", "approved"),
     ("已执行", "executed"), ("已驳回", "rejected"), ("已撤回", "withdrawn"), ("已作废", "void"),
     ("Approved", "approved"), ("未批准", "rejected")],
)  # fmt: skip
def test_states(text: str, status: str) -> None:
    assert read(permit(审批状态=text)).table["status"].tolist() == [status]


@pytest.mark.parametrize("text", ["待批准", "拟同意", "批准中", "?"])
def test_a_state_not_in_the_list_never_counts_as_approved(text: str) -> None:
    reading = read(permit(审批状态=text))
    assert reading.table.empty
    assert reading.rejected["reason"].tolist() == ["status"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"经度": ""}, "position_missing"),
        ({"纬度": "95"}, "position_range"),
        ({"经度": "0", "纬度": "0"}, "position_zero"),
        ({"经度": "后山"}, "position_unreadable"),
        ({"坐标系": "东京"}, "datum"),
        ({"计划结束时间": "2024-04-04 07:59"}, "time_order"),
        ({"计划结束时间": "2024-04-04 08:00"}, "time_order"),
        ({"计划开始时间": ""}, "time_missing"),
        ({"计划开始时间": "清明后"}, "valid_from"),
        ({"计划结束时间": "2024-04-31"}, "valid_to"),
        ({"面积（亩）": "-5"}, "area"),
        ({"面积（亩）": "0"}, "area"),
        ({"面积（亩）": "若干"}, "area"),
        ({"审批编号": "P-0"}, "duplicate_id"),
        ({"审批编号": "合 计"}, "total_line"),
    ],
)
def test_a_bad_row_is_set_aside(changes: dict[str, str], reason: str) -> None:
    reading = read(permit(审批编号="P-0"), permit(**changes))
    assert reading.table["permit_id"].tolist() == ["P-0"]
    assert reading.rejected["reason"].tolist() == [reason]
    assert reading.rejected["line"].tolist() == [3]


def test_text_degrees_and_swapped_columns() -> None:
    rows = [
        permit(审批编号="a", 经度="117°12′30″E", 纬度="29°17′05″N"),
        permit(审批编号="b", 经度="29°17′05″N", 纬度="117°12′30″E"),
        permit(审批编号="c", 经度="29.284722", 纬度="117.208333"),
    ]
    reading = read(*rows)
    # 12/60 + 30/3600 = 0.208333; 17/60 + 5/3600 = 0.284722
    assert reading.table.geometry.x.tolist() == pytest.approx([117.208333] * 3, abs=1e-6)
    assert reading.table.geometry.y.tolist() == pytest.approx([29.284722] * 3, abs=1e-6)
    assert reading.notes == ("2 places had longitude and latitude swapped",)


def test_datum_column_then_option_then_cgcs2000() -> None:
    lon, lat = (float(v) for v in from_wgs84(117.3521, 29.4012, "gcj02"))
    stated = read(permit(经度=lon, 纬度=lat, 坐标系="GCJ-02"), datum="bd09").table
    assert stated.geometry.x[0] == pytest.approx(117.3521, abs=1e-9)
    assert stated["source_datum"].tolist() == ["gcj02"]
    option = read(permit(经度=lon, 纬度=lat, 坐标系=""), datum="gcj02").table
    assert option.geometry.y[0] == pytest.approx(29.4012, abs=1e-9)
    silent = read(permit(坐标系="")).table
    assert silent["source_datum"].tolist() == ["cgcs2000"]
    assert silent.geometry.x[0] == 117.3521


def test_coarse_writing_widens_the_error_up_to_the_cap() -> None:
    rows = [
        permit(审批编号="a", 经度="117.35", 纬度="29.4"),  # 0.005 deg * 111 km = 555 m -> 500
        permit(审批编号="b", 经度="117.352", 纬度="29.4"),  # 0.0005 * 111 km = 55.5 m
        permit(审批编号="c", 经度="117°12′30″", 纬度="29°17′5″"),  # half a second is 15 m -> 50
        permit(审批编号="d", 坐标系="北京54"),  # 50 + 150
    ]
    assert read(*rows).table["location_error_m"].tolist() == pytest.approx([500, 55.5, 50, 200])


def test_projected_places() -> None:
    # half a degree east of 117 E at 30 N, see test_crs
    zone = permit(审批编号="a", 经度="39548243.449", 纬度="3320218.651", 坐标系="")
    turned = permit(审批编号="b", 经度="3320218.651", 纬度="39548243.449", 坐标系="")
    table = read(zone, turned).table
    assert table.geometry.x.tolist() == pytest.approx([117.5, 117.5], abs=1e-6)
    assert table.geometry.y.tolist() == pytest.approx([30.0, 30.0], abs=1e-6)
    assert table["location_error_m"].tolist() == [50.0, 50.0]
    bare = permit(经度="548243.449", 纬度="3320218.651", 坐标系="")
    assert read(bare, crs="EPSG:4548").table.geometry.x[0] == pytest.approx(117.5, abs=1e-6)
    with pytest.raises(CrsError, match="without a zone"):
        read(bare)
    with pytest.raises(CrsError, match="different zones"):
        read(zone, crs="EPSG:4547")
    mixed = read(zone, permit(审批编号="c", 经度="548243.4", 纬度="3320218.6", 坐标系=""))
    assert mixed.table["permit_id"].tolist() == ["a"]
    assert mixed.rejected["reason"].tolist() == ["position_crs"]
    degrees = read(zone, permit(审批编号="c"), crs="EPSG:4548")
    assert degrees.rejected["reason"].tolist() == ["position_crs"]


def test_an_end_without_clock_time_is_the_end_of_that_day() -> None:
    table = read(permit(计划开始时间="2024/4/6", 计划结束时间="2024/4/6")).table
    assert table["valid_from"].iloc[0] == datetime(2024, 4, 5, 16, tzinfo=UTC)  # 00:00 Beijing
    assert table["valid_to"].iloc[0] == datetime(2024, 4, 6, 16, tzinfo=UTC)  # 24:00 Beijing


def test_one_column_for_the_whole_period() -> None:
    header = [name for name in HEADER if name != "计划结束时间"]
    header[header.index("计划开始时间")] = "计划时段"
    row = [value for name, value in zip(HEADER, permit(), strict=True) if name != "计划结束时间"]
    for text in ("2024-04-04 08:00至2024-04-04 17:00", "2024年4月4日8时至17时"):
        row[header.index("计划时段")] = text
        table = read(row, header=header).table
        assert table["valid_from"].iloc[0] == datetime(2024, 4, 4, 0, tzinfo=UTC)
        assert table["valid_to"].iloc[0] == datetime(2024, 4, 4, 9, tzinfo=UTC)


def test_rows_without_a_number_are_named_by_what_they_say() -> None:
    blank = [permit(审批编号="", 用火地点=place) for place in ("东坡", "西坡", "东坡")]
    one, two = read(*blank), read(*reversed(blank))
    assert len(one.table) == 2
    assert set(one.table["permit_id"]) == set(two.table["permit_id"])
    assert one.table["permit_id"].str.startswith("PERMIT-").all()
    assert one.rejected["reason"].tolist() == ["duplicate_id"]


def test_excel_title_times_totals_and_merged_cells() -> None:
    rows = [
        ["2024 年审批台账"],
        [],
        HEADER,
        permit(计划开始时间=datetime(2024, 4, 4, 8), 计划结束时间=datetime(2024, 4, 4, 17)),  # noqa: DTZ001
        permit(审批编号="P-2", 经度=117.3521, 计划开始时间=date(2024, 4, 6),
               计划结束时间=date(2024, 4, 6), 联系电话=13800000000),
        [None] * 5,
        ["合计", None, None, None, None, None, None, None, None, None, None, 300],
    ]  # fmt: skip
    reading = read_excel(*rows)
    table = reading.table
    assert table["valid_from"].dt.strftime("%d %H").tolist() == ["04 00", "05 16"]
    assert table["valid_to"].dt.strftime("%d %H").tolist() == ["04 09", "06 16"]
    assert table["phone"].tolist() == ["000-1", "13800000000"]
    assert reading.rejected["reason"].tolist() == ["total_line"]
    assert reading.rejected["line"].tolist() == [7]

    book = Workbook()
    for row in [HEADER, permit(), permit(审批编号="P-2", **{"县（市、区）": None})]:
        book.active.append(row)
    book.active.merge_cells("E2:E3")
    held = io.BytesIO()
    book.save(held)
    merged = read_register("permits", held.getvalue(), source_name="m", received_at=AT)
    assert merged.table["county"].tolist() == ["浮梁县", "浮梁县"]


def test_excel_formula_texts_stay_texts() -> None:
    table = read_excel(HEADER, permit(用火地点="'=cmd|' /C calc'!A0")).table
    assert table["place"].iloc[0].startswith("'=cmd")


def test_every_worksheet_with_the_header_is_read() -> None:
    book = Workbook()
    for sheet, number in ((book.active, "P-1"), (book.create_sheet("乐平市"), "P-2")):
        sheet.append(HEADER)
        sheet.append(permit(审批编号=number))
    book.create_sheet("说明").append(["填表说明"])
    held = io.BytesIO()
    book.save(held)
    table = read_register("permits", held.getvalue(), source_name="b", received_at=AT).table
    assert table["permit_id"].tolist() == ["P-1", "P-2"]


def test_header_only_gives_the_empty_table() -> None:
    for reading in (read(), read_excel(HEADER)):
        assert reading.table.dtypes.equals(empty_table(PERMITS).dtypes)
        assert reading.rejected.empty


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04broken", "not a readable Excel"),
        (b"\xd0\xcf\x11\xe0old", "old Excel workbook"),
        (b"<html>login</html>", "web page"),
        ("审批编号,经度,纬度\nP,117,29\n".encode(), "lacks columns"),
        (b"a,b,c\n1,2,3\n", "no header row"),
    ],
)
def test_what_cannot_be_used_is_refused(raw: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_register("permits", raw, source_name="p.xlsx", received_at=AT)
    assert caught.value.remedy


def test_a_cut_workbook_is_refused() -> None:
    whole = workbook(HEADER, permit())
    with pytest.raises(InputError, match="not a readable Excel"):
        read_register("permits", whole[: len(whole) // 2], source_name="p", received_at=AT)


def test_a_workbook_formatted_to_its_last_row_is_refused() -> None:
    book = Workbook()
    book.active.append(HEADER)
    book.active.cell(row=200_001, column=1, value=" ")
    held = io.BytesIO()
    book.save(held)
    with pytest.raises(InputError, match="longer than a register"):
        read_register("permits", held.getvalue(), source_name="p", received_at=AT)


def test_kinds_that_are_not_tables() -> None:
    with pytest.raises(UsageError, match="grid"):
        read_register("dem", b"x", source_name="d", received_at=AT)
    with pytest.raises(UsageError, match="unknown register kind"):
        read_register("rivers", b"x", source_name="d", received_at=AT)
    with pytest.raises(InputError, match="not a vector file"):
        read_register("zones", "编号,名称\n1,x\n".encode(), source_name="z", received_at=AT)


TEAM_HEADER = ["队伍编号", "队伍名称", "队伍类型", "县（市、区）", "乡镇（街道）", "人数", "车辆数",
               "队长", "联系电话", "经度", "纬度", "坐标系", "是否可用"]  # fmt: skip
TEAM = ["T-1", "示例队", "半专业扑火队", "浮梁县", "示例镇", 30, 3, "张某", "000-2", 117.31, 29.38,
        "WGS84", "是"]  # fmt: skip


def team(**changes: Any) -> list[Any]:
    names = ["id", "name", "kind", "county", "town", "head", "cars", "leader", "phone", "lon",
             "lat", "datum", "ready"]  # fmt: skip
    return [changes.get(name, value) for name, value in zip(names, TEAM, strict=True)]


def test_teams() -> None:
    rows = [
        team(),
        team(id="T-2", kind="专业", head="45人", cars=None, ready="否", phone=13800000000),
        team(id="T-3", kind=None, name="示例志愿救援队", ready=None, leader=None),
        team(id=None, name="无编号队"),
    ]
    table = read_excel(TEAM_HEADER, *rows, kind="teams").table
    assert table["kind"].tolist() == [
        "semi-professional", "professional", "volunteer", "semi-professional"]  # fmt: skip
    assert table["headcount"].tolist() == [30, 45, 30, 30]
    assert table["vehicles"].isna().tolist() == [False, True, False, False]
    assert table["available"].tolist() == [True, False, True, True]
    assert table["phone"].iloc[1] == "13800000000"
    assert table["team_id"].iloc[3].startswith("TEAM-")
    assert table.dtypes.equals(empty_table(TEAMS).dtypes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": None}, "name"),
        ({"kind": "民兵"}, "kind"),
        ({"ready": "也许"}, "available"),
        ({"lon": None}, "position_missing"),
        ({"id": "T-1"}, "duplicate_id"),
        ({"id": "T-1", "head": "31"}, "id_again"),
    ],
)
def test_bad_team_rows(changes: dict[str, Any], reason: str) -> None:
    reading = read_excel(TEAM_HEADER, team(), team(**({"id": "T-9"} | changes)), kind="teams")
    assert len(reading.table) == 1
    assert reading.rejected["reason"].tolist() == [reason]


def test_a_gcj02_team_is_moved_by_the_usual_half_kilometre() -> None:
    table = read_excel(TEAM_HEADER, team(datum="GCJ-02"), kind="teams").table
    lon, lat = to_wgs84(117.31, 29.38, "gcj02")
    assert table.geometry.x[0] == pytest.approx(float(lon), abs=1e-9)
    assert abs(table.geometry.x[0] - 117.31) * 97_000 > 400  # 1 degree of longitude here is 97 km
    assert np.isfinite(table.geometry.y[0])
    assert float(lat) == pytest.approx(table.geometry.y[0], abs=1e-9)


@pytest.mark.parametrize("name", ["permits.xlsx", "permits.xls"])
def test_the_same_sheet_in_excel_old_and_new(name: str) -> None:
    one, two = (
        read_register("permits", sample(file), source_name=file, received_at=AT).table
        for file in ("permits.csv", name)
    )
    assert_frame_equal(pd.DataFrame(one), pd.DataFrame(two))


@pytest.mark.parametrize("cut", [600, 3588, 4000])
def test_a_damaged_old_workbook_is_refused(cut: int) -> None:
    with pytest.raises(InputError, match="old Excel"):
        read_register("permits", sample("permits.xls")[:cut], source_name="p.xls", received_at=AT)
