"""Events as an Excel workbook: real dates and numbers."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import Lang
from jdzfire.board.wording import BEIJING
from jdzfire.exports.table import ExportColumn, event_columns, event_rows
from jdzfire.exports.workbook import put_text, settle, text_width

TIME_FORMAT = "yyyy-mm-dd hh:mm"
_FORMATS = {"lon": "0.00000", "lat": "0.00000", "lon_gcj02": "0.00000", "lat_gcj02": "0.00000"}
_SHEET = {"zh": "热点事件", "en": "Events"}
_HEAD_PT = 30.0
"""Height of the head line, two lines of text."""
_TOP, _WRAPPED = Alignment(vertical="top"), Alignment(vertical="top", wrap_text=True)
_LONG = ("reasons", "place", "satellites", "remark")
"""Columns whose texts are shown in several lines."""
_LINE_PT, _MOST_LINES = 14.0, 6
"""Height of a line [point], and lines of a row; what is longer is read in the cell."""
_A4 = 9  # paperSize of SpreadsheetML
_ACROSS = 190
"""Characters across a sheet of A4 that can still be read."""


def events_xlsx(board: Board, *, edition: Edition = "internal", lang: Lang = "zh") -> bytes:
    """Every event of the board as a workbook; the same board gives the same bytes.

    Parameters
    ----------
    board : Board
        Already cut to its edition.
    edition : {"internal", "public"}
    lang : {"zh", "en"}

    Returns
    -------
    bytes
        Times are Excel dates in Beijing local time. A text stays a text whatever it begins with.
    """
    rows = event_rows(board, lang=lang)
    book = Workbook()
    book.remove(book.worksheets[0])
    _write_table(
        book.create_sheet(_SHEET[lang]), event_columns(edition), [row.values for row in rows], lang
    )
    made_at = pd.Timestamp(board.now).tz_convert("UTC").tz_localize(None).floor("s")
    book.properties.creator = "jdzfire"
    book.properties.created = made_at.to_pydatetime()
    target = io.BytesIO()
    book.save(target)
    return settle(target.getvalue(), made_at)


def _write_table(
    sheet: Worksheet, columns: tuple[ExportColumn, ...], rows: list[dict[str, Any]], lang: Lang
) -> None:
    head, fill = Font(bold=True), PatternFill("solid", fgColor="FFDCE6F1")
    wrap = Alignment(wrap_text=True, vertical="center")
    for number, column in enumerate(columns, 1):
        cell = sheet.cell(1, number, column.title(lang))
        cell.font, cell.fill, cell.alignment = head, fill, wrap
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    for line, values in enumerate(rows, 2):
        for number, column in enumerate(columns, 1):
            value = values.get(column.name)
            if value is not None:
                _write_cell(sheet, line, number, value, column)
        sheet.row_dimensions[line].height = _LINE_PT * _lines_of(values, columns)
    sheet.row_dimensions[1].height = _HEAD_PT
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(rows) + 1}"
    set_page(sheet, sheets_across=-(-sum(column.width for column in columns) // _ACROSS))


def _lines_of(values: dict[str, Any], columns: tuple[ExportColumn, ...]) -> int:
    """Lines a row needs: programs do not find it out for rows they did not write themselves."""
    most = 1
    for column in columns:
        if column.name in _LONG and values.get(column.name):
            texts = str(values[column.name]).split("\n")
            most = max(most, sum(max(1, -(-text_width(text) // column.width)) for text in texts))
    return min(most, _MOST_LINES)


def set_page(sheet: Worksheet, *, sheets_across: int) -> None:
    """Print on A4 across, head line and event on every page, pages numbered."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = sheets_across, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.6
    sheet.print_title_rows, sheet.print_title_cols = "1:1", "A:A"
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(center=_HeaderFooterPart("&P / &N"))


def _write_cell(sheet: Worksheet, line: int, number: int, value: Any, column: ExportColumn) -> None:
    cell = sheet.cell(line, number)
    cell.alignment = _WRAPPED if column.name in _LONG else _TOP
    if column.kind == "time":
        local = pd.Timestamp(value).tz_convert(BEIJING).tz_localize(None).round("s")
        cell.value = local.to_pydatetime()
        cell.number_format = TIME_FORMAT
    elif column.kind == "text":
        put_text(cell, value)
    else:
        cell.value = value
        if column.name in _FORMATS:
            cell.number_format = _FORMATS[column.name]
