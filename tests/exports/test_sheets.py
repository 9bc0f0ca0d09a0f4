"""CSV and XLSX: opened by openpyxl and the csv module, by LibreOffice where it is installed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from jdzfire.board.board import Board
from jdzfire.board.text import clean, is_formula
from jdzfire.exports.events_csv import events_csv
from jdzfire.exports.events_xlsx import events_xlsx
from jdzfire.exports.feedback_xlsx import board_feedback_xlsx
from jdzfire.schemas import CATEGORY_ZH
from tests.exports.fixtures import HOSTILE_TEXTS


def opened(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def lines(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def titled(book: Workbook, sheet: str, title: str) -> list[Any]:
    """Cells of a column below its title."""
    for column in book[sheet].iter_cols():
        if column[0].value == title:
            return list(column[1:])
    raise AssertionError(title)


def test_dates_and_numbers_are_real(make_board: Callable[..., Board]) -> None:
    book = opened(events_xlsx(make_board()))
    assert book.sheetnames == ["热点事件"]
    seen = titled(book, "热点事件", "最近观测（北京时间）")[0]
    # 05:34Z is 13:34 in Beijing
    assert seen.value == datetime(2024, 3, 16, 13, 34)  # noqa: DTZ001 - Excel knows no zone
    assert seen.is_date
    assert seen.number_format == "yyyy-mm-dd hh:mm"
    # 6 pixels of 15.2 ha are 91.2 ha; 1 ha = 15 mu
    assert titled(book, "热点事件", "像元面积（公顷）")[0].value == 91.2
    assert titled(book, "热点事件", "像元面积（亩）")[0].value == 1368
    assert titled(book, "热点事件", "优先级")[0].value == 86
    # the event without FRP has an empty cell, not a text and not 0
    ids = [cell.value for cell in titled(book, "热点事件", "事件编号")]
    power = titled(book, "热点事件", "最大火强（MW）")[ids.index("JDZ-20240316-007")]
    assert power.value is None


def test_the_sheet_is_ready_for_work(make_board: Callable[..., Board]) -> None:
    sheet = opened(events_xlsx(make_board()))["热点事件"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:AC13"  # 29 columns, a head line and 12 events
    assert sheet.column_dimensions["H"].width == 34


def test_feedback_has_drop_downs_from_a_hidden_sheet(make_board: Callable[..., Board]) -> None:
    board = make_board()
    book = opened(board_feedback_xlsx(board))
    assert book["列表"].sheet_state == "hidden"
    sheet = book["核查反馈"]
    alive = board.cases[board.cases["status"] != "closed"]
    last = 1 + len(alive)
    shown = [cell.value for cell in titled(book, "核查反馈", "案件编号")]
    assert sorted(shown) == sorted(alive["case_id"])
    heads = {cell.value: cell.column_letter for cell in sheet[1]}
    checks = {
        str(place): check.formula1 or check.type
        for check in sheet.data_validations.dataValidation
        for place in check.sqref.ranges
    }

    def check_of(head: str) -> str:
        return str(checks[f"{heads[head]}2:{heads[head]}{last}"])

    assert check_of("核查类别") == "'列表'!$B$1:$B$12"
    assert check_of("县级审核") == check_of("市级审核") == "'列表'!$D$1:$D$2"
    assert check_of("受害森林面积（亩）") == check_of("出动人数") == "0"
    assert [cell.value for cell in book["列表"]["B"][:12]] == list(CATEGORY_ZH.values())
    assert board_feedback_xlsx(board) == board_feedback_xlsx(board)


def test_the_workbook_prints_on_a4_with_its_head_on_each_page(
    make_board: Callable[..., Board],
) -> None:
    board = make_board()
    for made, name, across in (
        (events_xlsx(board), "热点事件", 3),
        (board_feedback_xlsx(board), "核查反馈", 2),
    ):
        sheet = opened(made)[name]
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (across, 0)
        assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$1", "$A:$A")


def test_all_reasons_can_be_seen(make_board: Callable[..., Board]) -> None:
    board = make_board()
    sheet = opened(events_xlsx(board))["热点事件"]
    cell = titled(opened(events_xlsx(board)), "热点事件", "判定依据")[0]
    assert cell.value == (
        "最近的固定热源在 8.4 公里外，不能说明；2 公里内没有有效报备；林地占比 94%。"
    )
    assert cell.alignment.wrap_text
    assert cell.alignment.vertical == "top"
    # 34 characters of the place at most two a Han: 1 line; 20 of "NOAA-20、NOAA-21", 16: 1 line
    assert sheet.row_dimensions[2].height == 14
    long = board.verdicts.assign(place="山" * 40)  # 80 in a column of 34: 3 lines
    sheet = opened(events_xlsx(make_board(verdicts=long)))["热点事件"]
    assert sheet.row_dimensions[2].height == 42
    endless = board.verdicts.assign(place="山" * 2000)
    sheet = opened(events_xlsx(make_board(verdicts=endless)))["热点事件"]
    assert sheet.row_dimensions[2].height == 84  # six lines, the rest is read in the cell


def test_public_workbook_has_events_only(make_board: Callable[..., Board]) -> None:
    book = opened(events_xlsx(make_board(), edition="public"))
    assert book.sheetnames == ["热点事件"]
    titles = [cell.value for cell in book["热点事件"][1]]
    assert not {"队伍电话", "队伍负责人", "报备或热源编号"} & set(titles)


def test_csv_and_workbook_tell_the_same(make_board: Callable[..., Board]) -> None:
    board = make_board()
    rows = lines(events_csv(board))
    book = opened(events_xlsx(board))
    assert [row["事件编号"] for row in rows] == [
        cell.value for cell in titled(book, "热点事件", "事件编号")
    ]
    assert rows[0]["最近观测（北京时间）"] == "2024-03-16 13:34"
    assert rows[0]["像元面积（亩）"] == "1368"
    assert rows[0]["队伍电话"] == "13907981000"


def test_english(make_board: Callable[..., Board]) -> None:
    rows = lines(events_csv(make_board(), lang="en"))
    assert rows[0]["Verdict"] == "To be checked"
    assert opened(events_xlsx(make_board(), lang="en")).sheetnames == ["Events"]
    assert opened(board_feedback_xlsx(make_board(), lang="en")).sheetnames == ["Feedback", "Lists"]


@pytest.mark.parametrize("write", [events_xlsx, board_feedback_xlsx])
def test_no_text_is_a_formula(hostile_board: Board, write: Callable[[Board], bytes]) -> None:
    book = opened(write(hostile_board))
    texts = [cell for sheet in book for row in sheet for cell in row if isinstance(cell.value, str)]
    assert all(cell.data_type == "s" for cell in texts)
    risky = [cell for cell in texts if is_formula(str(cell.value))]
    assert all(cell.quotePrefix for cell in risky)
    if write is events_xlsx:  # the feedback sheet shows no remark: only its place may be risky
        assert any(cell.value == "=cmd|' /C calc'!A0" for cell in risky)


def test_no_csv_cell_can_run(hostile_board: Board) -> None:
    cells = [cell for row in lines(events_csv(hostile_board)) for cell in row.values()]
    assert "'=cmd|' /C calc'!A0" in cells
    for cell in cells:
        assert not is_formula(cell)


@pytest.mark.parametrize("text", HOSTILE_TEXTS)
def test_clean_text_can_be_written_anywhere(text: str) -> None:
    found = clean(text)
    found.encode("utf-8")
    assert len(found) <= 2000
    assert "\x00" not in found
    assert clean(found) == found


@pytest.mark.parametrize("mark", ["\u061c", "\u200b", "\u2060", "\ufeff", "\u00ad", "\U000e0041"])
def test_what_nobody_can_see_goes_and_hides_no_formula(mark: str) -> None:
    assert clean(f"瑶{mark}里镇") == "瑶里镇"
    assert is_formula(clean(f"{mark}=1+1"))


@pytest.mark.parametrize("letter", ["\U00031350", "\U00030ede", "\ue815", "〇", "·"])
def test_rare_letters_of_names_stay(letter: str) -> None:
    assert clean(f"王{letter}") == f"王{letter}"


@pytest.mark.parametrize("start", list("=+-@＝＋－＠﹦﹢﹣﹫\t\r\n"))
def test_every_start_of_a_formula_is_known(start: str) -> None:
    assert is_formula(f"{start}1+1")
    assert not is_formula(f"1{start}1")


def test_an_empty_board_has_its_head_lines(empty_board: Board) -> None:
    assert lines(events_csv(empty_board)) == []
    assert opened(events_xlsx(empty_board))["热点事件"].max_row == 1
