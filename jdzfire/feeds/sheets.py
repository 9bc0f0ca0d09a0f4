"""Office sheets: CSV and Excel tables with titles above the header, in Chinese or English.

A sheet is read into rows of cells under our own column names; what a cell means is for the
reader of its kind. Values keep the type Excel gave them (numbers, times), CSV gives text.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from jdzfire.errors import InputError
from jdzfire.feeds.text import decode_text, excerpt, refuse_page, split_lines
from jdzfire.feeds.values import is_blank

__all__ = ["Columns", "Fault", "Sheet", "header_key", "match_columns", "read_sheet"]

Columns = Mapping[str, Sequence[str]]
"""Our column names, each with the ways headers write it."""

Fault = tuple[int | None, str, str, str]
"""Line, reason, detail and text of a line that is not a row."""

_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_HEADER_ROWS = 15
"""Titles, dates and filling-in notes above the header are no longer than this [K]."""
_SPAN_MAX = 20
"""A quoted cell over more lines than this is a stray quote, not a long remark."""
_UNPACKED_MAX = 300_000_000
_ROWS_MAX = 200_000
_TOTAL = re.compile(r"^(合计|总计|小计|共计|累计|total|sum)[:：]?$", re.IGNORECASE)
_UNIT = re.compile(r"[(（\[【](.*?)[)）\]】]")


@dataclass(frozen=True)
class Sheet:
    """Rows of a sheet under our column names."""

    rows: pd.DataFrame
    """All columns asked for, cells as found, null where the sheet has no such column;
    index = row of the sheet, the first is 1."""
    found: frozenset[str]
    """Columns the sheet has."""
    units: Mapping[str, str]
    """Header text of each found column, as written, for the unit in it."""
    faults: list[Fault]
    """Lines that are no rows: totals, repeated headers, lines of another length."""


def header_key(name: object) -> str:
    """A header cell without units in brackets, spaces and case, for matching.

    Examples
    --------
    >>> header_key("县（市、区）"), header_key(" 面积 (亩)"), header_key("Valid From")
    ('县', '面积', 'valid_from')
    """
    text = _UNIT.sub("", str(name)).strip().lower()
    text = re.sub(r"[\s_\-]+", "_" if re.search(r"[a-z]", text) else "", text)
    return text.strip("_:：*")


def match_columns(header: Sequence[object], columns: Columns) -> dict[int, str]:
    """Position in the header of each of our columns; the first match of a column counts."""
    ways = {header_key(way): name for name, all_ways in columns.items() for way in all_ways}
    matched: dict[int, str] = {}
    for position, cell in enumerate(header):
        name = None if is_blank(cell) else ways.get(header_key(cell))
        if name is not None and name not in matched.values():
            matched[position] = name
    return matched


def read_sheet(raw: bytes, *, source_name: str, columns: Columns, expected: str) -> Sheet:
    """Rows of a CSV or Excel file; every worksheet with the header is read, in order.

    Parameters
    ----------
    raw : bytes
    source_name, expected : str
        For the messages.
    columns : mapping
        Our columns and the ways headers write them.

    Raises
    ------
    InputError
        Not a sheet, damaged, or without a row that names at least two of the columns.
    """
    if raw.startswith(b"PK\x03\x04"):
        tables = _excel_tables(raw, source_name, expected)
    elif raw.startswith(_OLD_EXCEL):
        tables = _old_excel_tables(raw, source_name, expected)
    else:
        text = decode_text(raw, source_name=source_name, expected=expected)
        refuse_page(text, source_name=source_name, expected=expected)
        tables = [("", *_csv_table(text))]
    sheets = [
        sheet
        for title, cells, numbers in tables
        if (sheet := _sheet_of(title, cells, numbers, columns)) is not None
    ]
    if not sheets:
        first = next((row for _, cells, _ in tables for row in cells), [])
        raise InputError(
            f"{excerpt(source_name)} has no header row",
            expected=expected,
            found=excerpt(",".join(str(cell) for cell in first if not is_blank(cell))),
            remedy="name the columns as in data/README.md",
        )
    return Sheet(
        rows=pd.concat([sheet.rows for sheet in sheets]) if len(sheets) > 1 else sheets[0].rows,
        found=frozenset().union(*(sheet.found for sheet in sheets)),
        units=sheets[0].units,
        faults=[fault for sheet in sheets for fault in sheet.faults],
    )


def _sheet_of(
    title: str, cells: list[list[Any]], numbers: list[int], columns: Columns
) -> Sheet | None:
    candidates = [match_columns(row, columns) for row in cells[:_HEADER_ROWS]]
    best = max(range(len(candidates)), key=lambda i: len(candidates[i]), default=None)
    if best is None or len(candidates[best]) < 2:
        return None
    matched, header = candidates[best], cells[best]
    width = 1 + max(i for i, cell in enumerate(header) if not is_blank(cell))
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    faults: list[Fault] = []
    for number, row in zip(numbers[best + 1 :], cells[best + 1 :], strict=True):
        if all(is_blank(cell) for cell in row):
            continue
        fault = _fault_of(row, header, width)
        if fault is None:
            rows.append({name: row[i] for i, name in matched.items()} | {"_sheet": title or None})
            lines.append(number)
        else:
            shown = ", ".join(str(cell) for cell in row if not is_blank(cell))
            faults.append((number, *fault, shown))
    index = pd.Index(lines, dtype="int64", name="line")
    names = (*columns, "_sheet")
    frame = pd.DataFrame({name: _cells([row.get(name) for row in rows], index) for name in names})
    units = {name: str(header[i]) for i, name in matched.items()}
    return Sheet(frame, frozenset(matched.values()), units, faults)


def _fault_of(row: list[Any], header: list[Any], width: int) -> tuple[str, str] | None:
    said = [str(cell).replace(" ", "").replace("\u3000", "") for cell in row if not is_blank(cell)]
    if any(_TOTAL.match(cell) for cell in said[:3]):
        return "total_line", "a line of totals, not a row"
    if [header_key(cell) for cell in row[:width]] == [header_key(cell) for cell in header[:width]]:
        return "header_again", "the header repeated"
    if len(row) < width or any(not is_blank(cell) for cell in row[width:]):
        return "column_count", f"expected {width} columns, found {len(row)}"
    return None


def _cells(values: list[Any], index: pd.Index) -> pd.Series[Any]:
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return pd.Series(cells, index=index, dtype=object)


def _csv_table(text: str) -> tuple[list[list[Any]], list[int]]:
    head = "\n".join(text.splitlines()[:_HEADER_ROWS])
    delimiter = max((",", "\t", ";"), key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    cells: list[list[Any]] = []
    numbers: list[int] = []
    before = 0
    try:
        for row in reader:
            if reader.line_num - before > _SPAN_MAX:
                break
            cells.append([cell.strip().removeprefix("\ufeff") for cell in row])
            numbers.append(before + 1)
            before = reader.line_num
        else:
            return cells, numbers
    except csv.Error:
        pass
    lines = split_lines(text, has_header=False)
    return [list(row) for row in lines.rows], lines.numbers


def _excel_tables(
    raw: bytes, source_name: str, expected: str
) -> list[tuple[str, list[list[Any]], list[int]]]:
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
    except InputError:
        raise
    except Exception as error:  # openpyxl lets many kinds through on damaged files
        raise InputError(
            f"{name} is not a readable Excel workbook",
            expected=expected,
            found=excerpt(f"{type(error).__name__}: {error}"),
            remedy="save it again as .xlsx, or as CSV",
        ) from error
    longest = max((sheet.max_row for sheet in workbook.worksheets), default=0)
    if longest > _ROWS_MAX:
        raise InputError(
            f"{name} is longer than a register can be",
            expected=f"at most {_ROWS_MAX:,} rows",
            found=f"{longest:,} rows",
            remedy="delete the formatted blank rows below the table and save it again",
        )
    return [_excel_table(sheet) for sheet in workbook.worksheets]


def _old_excel_tables(
    raw: bytes, source_name: str, expected: str
) -> list[tuple[str, list[list[Any]], list[int]]]:
    """Worksheets of an .xls workbook (Excel 97 to 2003)."""
    import xlrd

    try:
        # messages of the library go nowhere; formatting tells dates from times and merged cells
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


def _old_table(workbook: Any, sheet: Any) -> tuple[str, list[list[Any]], list[int]]:
    cells = [[_old_value(workbook, cell) for cell in sheet.row(i)] for i in range(sheet.nrows)]
    for top, bottom, left, right in sheet.merged_cells:
        if right - left == 1:  # one value written once for several rows
            for row in cells[top:bottom]:
                row[left] = cells[top][left]
    return str(sheet.name), cells, list(range(1, len(cells) + 1))


def _old_value(workbook: Any, cell: Any) -> Any:
    import xlrd

    value = cell.value
    if cell.ctype == xlrd.XL_CELL_DATE:
        moment = xlrd.xldate_as_datetime(value, workbook.datemode)
        written = workbook.format_map[workbook.xf_list[cell.xf_index].format_key].format_str
        return moment if "h" in written.lower() else moment.date()
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return int(value) if value.is_integer() else value
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(value)
    return str(value).strip() or None if cell.ctype == xlrd.XL_CELL_TEXT else None


def _excel_table(sheet: Any) -> tuple[str, list[list[Any]], list[int]]:
    cells = [[_excel_value(cell) for cell in row] for row in sheet.iter_rows()]
    for area in sheet.merged_cells.ranges:
        if area.min_col == area.max_col:  # one value written once for several rows
            value = cells[area.min_row - 1][area.min_col - 1]
            for row in cells[area.min_row - 1 : area.max_row]:
                row[area.min_col - 1] = value
    return str(sheet.title), cells, list(range(1, len(cells) + 1))


def _excel_value(cell: Any) -> Any:
    value = cell.value
    if isinstance(value, datetime) and "h" not in str(cell.number_format).lower():
        return value.date()
    return value.strip() if isinstance(value, str) else value
