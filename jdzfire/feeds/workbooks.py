"""Excel workbooks, old and new, as grids of cells: what a cell holds, and which rows are no rows.

Values keep the type Excel gave them. Rows hidden or struck out are reported, a value merged over
rows is in each, and a formula without its value is not blank.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from jdzfire.errors import InputError
from jdzfire.feeds.text import excerpt
from jdzfire.feeds.values import is_blank

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_UNPACKED_MAX = 300_000_000
_ROWS_MAX = 200_000
_SPANNED_MAX = 5_000_000
"""Cells from the first to the last one of a worksheet: 200,000 rows of 25 columns [K]."""
_DAYS_1904 = 1462


class BadCell(str):
    """What a cell shows instead of a value: a formula never worked out, or an error."""


@dataclass
class Grid:
    """Cells of one worksheet, or of a CSV."""

    title: str
    cells: list[list[Any]]
    numbers: list[int]
    """Row of the sheet of each line of cells."""
    quarantine: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Row of the sheet -> reason and detail why it is no row."""
    wide: list[tuple[int, int, int]] = field(default_factory=list)
    """Merged over columns: row of the sheet, first and last position."""
    is_hidden: bool = False
    days_on: int = 0
    """Days a bare number of a day lies later: 1462 in a workbook of the 1904 system."""


def is_workbook(raw: bytes) -> bool:
    """Whether bytes begin as an Excel workbook, old or new; never raises."""
    if raw.startswith(_OLD_EXCEL):
        return True
    if not raw.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except Exception:
        return False


def workbook_grids(raw: bytes, *, source_name: str, expected: str) -> list[Grid]:
    """Worksheets of a workbook, hidden ones too, in order.

    Raises
    ------
    InputError
        Damaged, with a password, or larger than a register can be.
    """
    if raw.startswith(_OLD_EXCEL):
        return _old_tables(raw, source_name, expected)
    return _new_tables(raw, source_name, expected)


def _new_tables(raw: bytes, source_name: str, expected: str) -> list[Grid]:
    from openpyxl import load_workbook

    name = excerpt(source_name)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
        if unpacked > _UNPACKED_MAX:
            raise InputError(
                f"{name} unpacks to more than a sheet can be",
                expected=f"at most {_UNPACKED_MAX / 1e6:.0f} MB",
                found=f"{unpacked / 1e6:.0f} MB",
                remedy="ask for the sheet again",
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and validations openpyxl does not know
            workbook = load_workbook(io.BytesIO(raw), data_only=True)
            formulas = load_workbook(io.BytesIO(raw)) if _has_formulas(raw) else None
    except InputError:
        raise
    except Exception as error:  # openpyxl lets many kinds through on damaged files
        raise InputError(
            f"{name} is not a readable Excel workbook",
            expected=expected,
            found=excerpt(f"{type(error).__name__}: {error}"),
            remedy="save it again as .xlsx, or as CSV",
        ) from error
    for sheet in workbook.worksheets:
        _check_extent(sheet, name)
    struck: dict[int, bool] = {}
    return [
        _excel_table(sheet, None if formulas is None else formulas[sheet.title], struck)
        for sheet in workbook.worksheets
    ]


def _has_formulas(raw: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(re.search(rb"<(\w+:)?f[ >/]", archive.read(name)) for name in sheets)


def _check_extent(sheet: Any, name: str) -> None:
    """Refuse a worksheet that spans, or merges, more cells than a register can have."""
    rows, columns = int(sheet.max_row or 0), int(sheet.max_column or 0)
    merged = sum(
        (area.max_row - area.min_row + 1) * (area.max_col - area.min_col + 1)
        for area in sheet.merged_cells.ranges
    )
    if rows > _ROWS_MAX or rows * columns > _SPANNED_MAX or merged > _SPANNED_MAX:
        raise InputError(
            f"{name} is longer than a register can be",
            expected=f"at most {_ROWS_MAX:,} rows and {_SPANNED_MAX:,} cells",
            found=f"{rows:,} rows, {columns:,} columns, {merged:,} merged cells",
            remedy="delete the formatted blank rows and columns around the table and save it again",
        )


def _old_tables(raw: bytes, source_name: str, expected: str) -> list[Grid]:
    """Worksheets of an .xls workbook (Excel 97 to 2003)."""
    import xlrd

    try:
        # messages of the library go nowhere; formatting distinguishes dates, times and merged cells
        workbook = xlrd.open_workbook(
            file_contents=raw, formatting_info=True, logfile=io.StringIO()
        )
        return [_old_table(workbook, sheet) for sheet in workbook.sheets()]
    except Exception as error:  # xlrd lets many kinds through on damaged files
        raise InputError(
            f"{excerpt(source_name)} is not a readable old Excel workbook",
            expected=expected,
            found=excerpt(f"{type(error).__name__}: {error}"),
            remedy="take its password off, or save it again as .xlsx",
        ) from error


def _old_table(workbook: Any, sheet: Any) -> Grid:
    cells = [[_old_value(workbook, cell) for cell in sheet.row(i)] for i in range(sheet.nrows)]
    struck = [[_is_old_struck(workbook, cell) for cell in sheet.row(i)] for i in range(sheet.nrows)]
    hidden = {number + 1 for number, row in sheet.rowinfo_map.items() if row.hidden}
    areas = [(top, bottom, left, right) for top, bottom, left, right in sheet.merged_cells]
    wide = _unmerge(cells, [(t, b, left, right) for t, b, left, right in areas])
    return Grid(
        str(sheet.name),
        cells,
        list(range(1, len(cells) + 1)),
        _skipped_sheets(cells, struck, hidden),
        wide,
        sheet.visibility != 0,
        _DAYS_1904 * workbook.datemode,
    )


def _is_old_struck(workbook: Any, cell: Any) -> bool:
    if cell.xf_index is None:
        return False
    return bool(workbook.font_list[workbook.xf_list[cell.xf_index].font_index].struck_out)


def _skipped_sheets(
    cells: list[list[Any]], struck: list[list[bool]], hidden: set[int]
) -> dict[int, tuple[str, str]]:
    """Rows of a sheet that are hidden, or have a cell that is struck out."""
    found = {}
    for number, (row, marks) in enumerate(zip(cells, struck, strict=True), start=1):
        marked = [mark for cell, mark in zip(row, marks, strict=True) if not is_blank(cell)]
        if any(marked):
            part = "" if all(marked) else " in part"
            found[number] = "row_struck_out", f"struck out{part}: delete it, or take the line off"
        elif marked and number in hidden:
            found[number] = "row_hidden", "hidden in the sheet: show it, or delete it"
    return found


def _unmerge(
    cells: list[list[Any]], areas: Sequence[tuple[int, int, int, int]]
) -> list[tuple[int, int, int]]:
    """Write a value merged over rows into each of them; give back what is merged over columns.

    Parameters
    ----------
    cells : list of rows, changed in place
    areas : (first row, row after the last, first column, column after the last), from 0
    """
    wide = []
    for top, bottom, left, right in areas:
        if bottom - top > 1:  # one value written once for several rows
            for row in cells[top:bottom]:
                row[left] = cells[top][left]
        if right - left > 1:
            wide.append((top + 1, left, right - 1))
    return wide


def _old_value(workbook: Any, cell: Any) -> Any:
    import xlrd

    value = cell.value
    if cell.ctype == xlrd.XL_CELL_DATE:
        moment = xlrd.xldate_as_datetime(value, workbook.datemode)
        written = workbook.format_map[workbook.xf_list[cell.xf_index].format_key].format_str
        return _day_or_moment(moment, written)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return int(value) if value.is_integer() else value
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return BadCell(xlrd.error_text_from_code.get(value) or "error")
    return str(value).strip() or None if cell.ctype == xlrd.XL_CELL_TEXT else None


def _day_or_moment(moment: datetime, number_format: str) -> date | datetime:
    """A day, when the cell shows no clock time and holds midnight; else the moment it holds.

    A format may carry a locale, a colour or words, which are no clock: ``[$-zh-CN]yyyy"h"``.
    """
    marks = re.sub(r"\[(?!h+\]|m+\]|s+\])[^\]]*\]|\"[^\"]*\"|\\.|_.", "", number_format.lower())
    shows_clock = "h" in marks or "s" in marks
    is_midnight = moment.time() == time(0)
    return moment.date() if is_midnight and not shows_clock else moment


def _excel_table(sheet: Any, formulas: Any, is_struck: dict[int, bool]) -> Grid:
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    cells: list[list[Any]] = []
    struck: list[list[bool]] = []
    for row in sheet.iter_rows():
        cells.append([_excel_value(cell) for cell in row])
        struck.append([_is_struck(cell, is_struck) for cell in row])
    if formulas is not None:
        for row, written in zip(cells, formulas.iter_rows(), strict=True):
            for i, cell in enumerate(written):
                if row[i] is None and cell.data_type == "f":
                    row[i] = BadCell(f"={str(cell.value).removeprefix('=')}")
    hidden = {number for number, row in sheet.row_dimensions.items() if row.hidden}
    areas = [
        (area.min_row - 1, area.max_row, area.min_col - 1, area.max_col)
        for area in sheet.merged_cells.ranges
    ]
    quarantine = _skipped_sheets(cells, struck, hidden)
    wide = _unmerge(cells, areas)
    is_hidden = sheet.sheet_state != "visible"
    numbers = list(range(1, len(cells) + 1))
    days_on = _DAYS_1904 if sheet.parent.epoch == CALENDAR_MAC_1904 else 0
    return Grid(str(sheet.title), cells, numbers, quarantine, wide, is_hidden, days_on)


def _is_struck(cell: Any, known: dict[int, bool]) -> bool:
    if cell.value is None or not cell.has_style:
        return False
    if cell.style_id not in known:
        known[cell.style_id] = bool(cell.font.strike)
    return known[cell.style_id]


def _excel_value(cell: Any) -> Any:
    value = cell.value
    if isinstance(value, datetime):
        return _day_or_moment(value, str(cell.number_format))
    if cell.data_type == "e":
        return BadCell(value)
    return value.strip() if isinstance(value, str) else value
