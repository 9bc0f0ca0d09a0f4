"""Workbooks as offices keep them: several sheets, crossed-out rows, headers of two lines."""

# ruff: noqa: DTZ001  (Excel cells have no zone)

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from jdzfire.errors import InputError
from jdzfire.feeds.reading import Reading
from jdzfire.feeds.registers import read_register

AT = datetime(2024, 5, 1, tzinfo=UTC)
HEADER = ("审批编号", "用火地点", "经度", "纬度", "面积(亩)", "开始时间", "结束时间", "状态")


def lot(number: str, area: Any = 20, day: Any = "2024-03-05") -> tuple[Any, ...]:
    return (number, "村后山", 117.35, 29.41, area, day, day, "已批准")


def read(change: Callable[[Workbook, Any], object], *rows: tuple[Any, ...]) -> Reading:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADER, *(rows or (lot("P1"), lot("P2")))):
        sheet.append(row)
    change(book, sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return read_register("permits", buffer.getvalue(), source_name="p.xlsx", received_at=AT)


def another(title: str, state: str = "visible") -> Callable[[Workbook, Any], object]:
    def change(book: Workbook, sheet: Any) -> None:
        other = book.create_sheet(title)
        other.sheet_state = state
        for row in (HEADER, lot("P9")):
            other.append(row)

    return change


@pytest.mark.parametrize(
    ("title", "state", "why"),
    [
        ("2024年秋", "hidden", "is hidden"),
        ("Sheet3", "veryHidden", "is hidden"),
        ("作废", "visible", "named as no data"),
        ("样表", "visible", "named as no data"),
        ("填表说明", "visible", "named as no data"),
    ],
)
def test_a_sheet_that_is_no_data_is_not_read_and_named(title: str, state: str, why: str) -> None:
    reading = read(another(title, state))
    assert reading.table["permit_id"].tolist() == ["P1", "P2"]
    (note,) = [note for note in reading.notes if "sheet" in note]
    assert title in note
    assert why in note
    assert "2 lines" in note


def test_a_second_sheet_of_rows_is_read_in_its_own_unit() -> None:
    def change(book: Workbook, sheet: Any) -> None:
        other = book.create_sheet("乐平")
        other.append([name.replace("亩", "公顷") for name in HEADER])
        other.append(lot("P9", area=2))
        other.append(lot("P8", area="30亩"))

    table = read(change).table.set_index("permit_id")
    assert table.loc["P9", "area_ha"] == 2.0
    assert table.loc["P8", "area_ha"] == 2.0
    assert table.loc["P1", "area_ha"] == pytest.approx(20 / 15)


def test_a_sheet_without_a_header_of_these_columns_is_named() -> None:
    def change(book: Workbook, sheet: Any) -> None:
        book.create_sheet("通讯录").append(["姓名", "电话"])

    assert any("'通讯录' not used, 1 lines" in note for note in read(change).notes)


def test_only_hidden_sheets_are_no_register() -> None:
    def change(book: Workbook, sheet: Any) -> None:
        sheet.sheet_state = "hidden"
        book.create_sheet("封面")

    with pytest.raises(InputError, match="show a hidden sheet"):
        read(change)


def test_rows_struck_out_or_hidden_are_set_aside() -> None:
    def change(book: Workbook, sheet: Any) -> None:
        for cell in sheet[2]:
            cell.font = Font(strike=True)
        sheet["F4"].font = Font(strike=True)
        sheet.row_dimensions[5].hidden = True

    reading = read(change, lot("P1"), lot("P2"), lot("P3"), lot("P4"))
    assert reading.table["permit_id"].tolist() == ["P2"]
    stated = reading.rejected.set_index("line")["reason"].to_dict()
    assert stated == {2: "row_struck_out", 4: "row_struck_out", 5: "row_hidden"}
    assert "in part" in reading.rejected["detail"].iloc[1]


@pytest.mark.parametrize("is_merged", [True, False])
def test_a_header_of_two_lines(is_merged: bool) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["景德镇市炼山审批表"])
    sheet.append(["审批编号", "用火地点", "坐标", None, "面积(亩)", "用火时间", None, "状态"])
    sheet.append([None, None, "经度", "纬度", None, "开始时间", "结束时间", None])
    if is_merged:
        for area in ("A1:H1", "C2:D2", "F2:G2", "A2:A3", "B2:B3", "E2:E3", "H2:H3"):
            sheet.merge_cells(area)
    sheet.append(lot("P1"))
    buffer = io.BytesIO()
    book.save(buffer)
    reading = read_register("permits", buffer.getvalue(), source_name="p.xlsx", received_at=AT)
    assert reading.table["permit_id"].tolist() == ["P1"]
    assert reading.table["area_ha"].tolist() == [pytest.approx(20 / 15)]
    assert reading.table.geometry.x.tolist() == [117.35]
    assert not len(reading.rejected)


@pytest.mark.parametrize("area", ["B2:B4", "B2:C4"])
def test_a_value_merged_over_rows_holds_for_each(area: str) -> None:
    header = ("队伍名称", "乡镇", "备用", "队伍类型", "经度", "纬度")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(header)
    for i in range(3):
        sheet.append((f"队{i}", None if i else "瑶里镇", None, "专业", 117.3 + i / 100, 29.4))
    sheet.merge_cells(area)
    buffer = io.BytesIO()
    book.save(buffer)
    table = read_register("teams", buffer.getvalue(), source_name="t.xlsx", received_at=AT).table
    assert table["township"].tolist() == ["瑶里镇"] * 3


def test_a_formula_without_its_value_is_told_and_not_taken_as_blank() -> None:
    reading = read(lambda book, sheet: None, lot("P1"), lot("P2", area="=10*2"))
    assert reading.table["permit_id"].tolist() == ["P1"]
    assert reading.rejected["reason"].tolist() == ["area"]
    assert any("1 cells hold a formula without a value" in note for note in reading.notes)


def test_an_error_in_a_cell_nobody_needs_costs_the_cell() -> None:
    def change(book: Workbook, sheet: Any) -> None:
        sheet["B2"] = "#REF!"
        sheet["B2"].data_type = "e"

    reading = read(change)
    assert reading.table["permit_id"].tolist() == ["P1", "P2"]
    assert reading.table["place"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    "number_format",
    [
        "yyyy-mm-dd", "m/d/yy", "[$-zh-CN]yyyy年m月d日", "[$-804]yyyy\"年\"m\"月\"d\"日\"",
        "[DBNum1][$-zh-CN]yyyy年m月d日", "[$-F800]dddd, mmmm dd, yyyy", "[$-ja-JP]ggge年m月d日",
        "[$-zh-CN,101]yyyy/m/d", "yyyy\\-mm\\-dd",
    ],
)  # fmt: skip
def test_a_day_in_any_format_is_the_whole_day(number_format: str) -> None:
    def change(book: Workbook, sheet: Any) -> None:
        for cell in (sheet["F2"], sheet["G2"]):
            cell.value, cell.number_format = datetime(2024, 3, 5), number_format

    table = read(change).table
    assert table["valid_from"][0] == datetime(2024, 3, 4, 16, tzinfo=UTC)
    assert table["valid_to"][0] == datetime(2024, 3, 5, 16, tzinfo=UTC)


@pytest.mark.parametrize("number_format", ["yyyy-mm-dd", "yyyy-mm-dd hh:mm", "[$-zh-CN]m月d日"])
def test_a_clock_time_that_a_cell_does_not_show_holds(number_format: str) -> None:
    def change(book: Workbook, sheet: Any) -> None:
        for name, hour in (("F2", 8), ("G2", 11)):
            sheet[name].value = datetime(2024, 3, 5, hour, 30)
            sheet[name].number_format = number_format

    table = read(change).table
    assert table["valid_from"][0] == datetime(2024, 3, 5, 0, 30, tzinfo=UTC)
    assert table["valid_to"][0] == datetime(2024, 3, 5, 3, 30, tzinfo=UTC)


def test_a_workbook_of_the_1904_system() -> None:
    def change(book: Workbook, sheet: Any) -> None:
        book.epoch = CALENDAR_MAC_1904
        sheet["F2"], sheet["G2"] = 43894, 43895  # 2024-03-05 and 06 counted from 1904
        for cell in (sheet["F3"], sheet["G3"]):
            cell.value, cell.number_format = datetime(2024, 3, 5), "yyyy-mm-dd"

    table = read(change).table
    assert table["valid_from"].tolist() == [datetime(2024, 3, 4, 16, tzinfo=UTC)] * 2
    assert table["valid_to"].tolist() == [
        datetime(2024, 3, 6, 16, tzinfo=UTC), datetime(2024, 3, 5, 16, tzinfo=UTC)]  # fmt: skip


def test_totals_and_remarks_are_told_and_are_no_fault() -> None:
    reading = read(
        lambda book, sheet: None,
        lot("P1"),
        ("合计", None, None, None, 20, None, None, None),
        HEADER,
        ("备注：以上均需现场监护", *[None] * 7),
    )
    assert reading.rejected["reason"].tolist() == ["total_line", "header_again", "remark_line"]
    assert reading.faulty == 0


def test_columns_not_used_are_named() -> None:
    def change(book: Workbook, sheet: Any) -> None:
        sheet["I1"], sheet["I2"] = "安全措施", "开设隔离带"
        sheet["J1"] = "审批人"

    assert "columns not used: 安全措施, 审批人" in read(change).notes
