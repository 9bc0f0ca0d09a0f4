"""Office sheets: CSV and Excel tables with titles above the header, in Chinese or English.

A sheet is read into rows of cells under our own column names; what a cell means is for the
reader of its kind. Values keep the type Excel gave them (numbers, times), CSV gives text.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from jdzfire.errors import InputError
from jdzfire.feeds.text import (
    decode_text,
    excerpt,
    refuse_page,
    split_lines,
    undo_decimal_commas,
)
from jdzfire.feeds.values import is_blank, parse_number
from jdzfire.feeds.workbooks import BadCell, Grid, workbook_grids

Columns = Mapping[str, Sequence[str]]
"""Our column names, each with the ways headers write it."""

Fault = tuple[int | None, str, str, str]
"""Line, reason, detail and text of a line that is not a row."""

_HEADER_ROWS = 15
"""Titles, dates and filling-in notes above the header are no longer than this [K]."""
_SPAN_MAX = 20
"""A quoted cell over more lines than this is a stray quote, not a long remark."""
_TIMES = frozenset(
    ("valid_from", "valid_to", "period", "begins_at", "ends_at", "revoked_at", "time", "date")
)
"""Our columns of days and times, in which a bare number is a day of the workbook's system."""
_NO_DATA = re.compile(
    r"作废|样表|样例|示例|范例|模板|说明|字典|代码表|^(example|template|instructions|readme)$", re.I
)
"""Names of sheets that hold no rows to register."""
_REMARK = re.compile(
    r"^(备注|注|附注|说明|填表|填报|制表|审核人|经办人|note|remark)s?[:：]", re.IGNORECASE
)
_LISTED_NAMES = 60
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
    """Lines that are no rows: totals, remarks, repeated headers, lines of another length, rows
    hidden or struck out."""
    titles: tuple[str, ...] = ()
    """Texts above the header."""
    notes: tuple[str, ...] = ()
    """Sheets and columns that were not used, formulas without a value."""


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


def match_columns(
    header: Sequence[object], columns: Columns, *, is_cut: bool = False
) -> dict[int, str]:
    """Position in the header of each of our columns; the first match of a column counts.

    ``is_cut`` is for shapefiles, whose names end after ten bytes: a name of eight to ten bytes
    that begins the names of one column only, and of no other, is matched to it.
    """
    ways = {header_key(way): name for name, all_ways in columns.items() for way in all_ways}
    keys = [None if is_blank(cell) else header_key(cell) for cell in header]
    matched: dict[int, str] = {}
    for position, key in enumerate(keys):
        name = None if key is None else ways.get(key)
        if name is not None and name not in matched.values():
            matched[position] = name
    for position, key in enumerate(keys if is_cut else ()):
        if position in matched or key is None:
            continue
        meant = {name for way, name in ways.items() if way.startswith(key) and _is_cut(key)}
        if len(meant) == 1 and not meant & set(matched.values()):
            matched[position] = meant.pop()
    return matched


def _is_cut(name: str) -> bool:
    return any(8 <= len(name.encode(code, "ignore")) <= 10 for code in ("utf-8", "gb18030"))


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
    grids = _grids(raw, source_name, expected)
    used = [grid for grid in grids if not grid.is_hidden and not _NO_DATA.search(grid.title)]
    sheets = [sheet for grid in used if (sheet := _sheet_of(grid, columns)) is not None]
    if not sheets:
        raise _no_header(grids, used, source_name, expected)
    first = sheets[0]
    rows = [first.rows, *(_in_units_of(first, sheet).rows for sheet in sheets[1:])]
    read = {sheet.title for sheet in sheets}
    notes = _notes_on_grids(grids, read)
    return Sheet(
        rows=pd.concat(rows) if len(rows) > 1 else rows[0],
        found=frozenset().union(*(sheet.found for sheet in sheets)),
        units=first.units,
        faults=[fault for sheet in sheets for fault in sheet.faults],
        titles=tuple(title for sheet in sheets for title in sheet.titles),
        notes=(*notes, *dict.fromkeys(note for sheet in sheets for note in sheet.notes)),
    )


def workbook_tables(raw: bytes, *, source_name: str, expected: str) -> list[list[list[Any]]]:
    """Cells of each worksheet that may hold data, row by row, as Excel typed them.

    Raises
    ------
    InputError
        No readable workbook.
    """
    grids = _grids(raw, source_name, expected)
    return [g.cells for g in grids if not g.is_hidden and not _NO_DATA.search(g.title)]


def _grids(raw: bytes, source_name: str, expected: str) -> list[Grid]:
    if raw.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return workbook_grids(raw, source_name=source_name, expected=expected)
    text = decode_text(raw, source_name=source_name, expected=expected)
    refuse_page(text, source_name=source_name, expected=expected)
    return [Grid("", *_csv_table(text))]


def _no_header(grids: list[Grid], used: list[Grid], source_name: str, expected: str) -> InputError:
    first = next((row for grid in used or grids for row in grid.cells), [])
    passed = ", ".join(grid.title for grid in grids if grid not in used)
    more = f"; sheets not read: {excerpt(passed)}" if passed else ""
    return InputError(
        f"{excerpt(source_name)} has no header row",
        expected=expected,
        found=excerpt(",".join(str(cell) for cell in first if not is_blank(cell))) + more,
        remedy="name the columns as in data/README.md"
        + ("; show a hidden sheet and name it by its data" if passed else ""),
    )


def _notes_on_grids(grids: list[Grid], read: set[str]) -> list[str]:
    """What worksheets were not used, and why; an empty one is no news."""
    notes = []
    for grid in grids:
        lines = sum(not all(map(is_blank, row)) for row in grid.cells)
        if not lines or (grid.title in read and not grid.is_hidden):
            continue
        why = "has no header of these columns"
        if grid.is_hidden:
            why = "is hidden"
        elif _NO_DATA.search(grid.title):
            why = "is named as no data"
        notes.append(f"sheet {excerpt(grid.title)!r} not used, {lines} lines: it {why}")
    return notes


@dataclass(frozen=True)
class _OneSheet:
    title: str
    rows: pd.DataFrame
    found: frozenset[str]
    units: Mapping[str, str]
    faults: list[Fault]
    titles: tuple[str, ...]
    notes: tuple[str, ...]


def _in_units_of(first: _OneSheet, other: _OneSheet) -> _OneSheet:
    """The other sheet with the unit of its own header written into cells that state none."""
    rows = other.rows
    for name, header in other.units.items():
        own, theirs = (_UNIT.search(text) for text in (header, first.units.get(name, header)))
        unit = own[1] if own else ""
        if unit and unit != (theirs[1] if theirs else ""):
            stated = [
                cell if parse_number(cell) is None else f"{cell}{unit}" for cell in rows[name]
            ]
            rows = rows.assign(**{name: pd.Series(stated, index=rows.index, dtype=object)})
    return replace(other, rows=rows)


def _sheet_of(grid: Grid, columns: Columns) -> _OneSheet | None:
    best = _header_of(grid, columns)
    if best is None:
        return None
    matched, header, above, start = best
    width = 1 + max(i for i, cell in enumerate(header) if not is_blank(cell))
    rows: list[dict[str, Any]] = []
    lines: list[int] = []
    faults: list[Fault] = []
    for number, row in zip(grid.numbers[start:], grid.cells[start:], strict=True):
        if all(is_blank(cell) for cell in row):
            continue
        fault = _fault_of(row, header, width) or grid.quarantine.get(number)
        if fault is None:
            stated = {name: _dated(name, row[i], grid.days_on) for i, name in matched.items()}
            rows.append(stated | {"_sheet": grid.title or None})
            lines.append(number)
        else:
            shown = ", ".join(str(cell) for cell in row if not is_blank(cell))
            faults.append((number, *fault, shown))
    index = pd.Index(lines, dtype="int64", name="line")
    names = (*columns, "_sheet")
    frame = pd.DataFrame({name: _cells([row.get(name) for row in rows], index) for name in names})
    units = {name: str(header[i]) for i, name in matched.items()}
    bad = sum(isinstance(cell, BadCell) for row in rows for cell in row.values())
    notes = [unused_note([cell for i, cell in enumerate(header) if i not in matched])]
    notes += (
        [
            f"{bad} cells hold a formula without a value, or an error: "
            "open the file in its programme and save it again"
        ]
        if bad
        else []
    )
    titles = tuple(str(cell) for row in above for cell in row if not is_blank(cell))
    return _OneSheet(
        grid.title,
        frame,
        frozenset(matched.values()),
        units,
        faults,
        titles,
        tuple(filter(None, notes)),
    )


def _dated(name: str, cell: Any, days_on: int) -> Any:
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    return cell + days_on if days_on and is_number and name in _TIMES else cell


def unused_note(headers: Sequence[object]) -> str:
    """A sentence that names columns nothing used; empty when there are none."""
    names = [excerpt(str(cell)) for cell in headers if not is_blank(cell)]
    more = f" and {len(names) - _LISTED_NAMES} more" if len(names) > _LISTED_NAMES else ""
    return f"columns not used: {', '.join(names[:_LISTED_NAMES])}{more}" if names else ""


Header = tuple[dict[int, str], list[Any], list[list[Any]], int]


def _header_of(grid: Grid, columns: Columns) -> Header | None:
    """Matched columns, header cells, lines above, and where the rows begin; of one line or two."""
    found: Header | None = None
    lines = grid.cells[:_HEADER_ROWS]
    singles = [match_columns(row, columns) for row in grid.cells[: _HEADER_ROWS + 1]]
    for i, row in enumerate(lines):
        if found is None or len(singles[i]) > len(found[0]):
            found = singles[i], row, grid.cells[:i], i + 1
        if i + 1 < len(grid.cells):
            both = _two_lines(grid, i, columns)
            double = match_columns(both, columns)
            if len(double) > max(len(found[0]), len(singles[i + 1])):
                found = double, both, grid.cells[:i], i + 2
    return found if found is not None and len(found[0]) >= 2 else None


def _two_lines(grid: Grid, i: int, columns: Columns) -> list[Any]:
    """One header of two lines: below a heading of several columns are their own names."""
    top, below = list(grid.cells[i]), list(grid.cells[i + 1])
    width = max(len(top), len(below))
    top, below = (row + [None] * (width - len(row)) for row in (top, below))
    for number, first, last in grid.wide:
        if number == grid.numbers[i]:
            top[first : last + 1] = [top[first]] * (last + 1 - first)
    ways = {header_key(way) for all_ways in columns.values() for way in all_ways}
    result: list[Any] = []
    group = None
    for upper, lower in zip(top, below, strict=True):
        group = upper if not is_blank(upper) else group
        if is_blank(lower) or str(lower) == str(upper):
            result.append(upper)
            continue
        joined = f"{group or ''}{lower}"
        result.append(joined if header_key(joined) in ways else lower)
    return result


def _fault_of(row: list[Any], header: list[Any], width: int) -> tuple[str, str] | None:
    said = [str(cell).replace(" ", "").replace("\u3000", "") for cell in row if not is_blank(cell)]
    if any(_TOTAL.match(cell) for cell in said[:3]):
        return "total_line", "a line of totals, not a row"
    if len(said) <= 3 and _REMARK.match(said[0]):
        return "remark_line", "a remark, not a row"
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
    # strict: a quote that is no cell's must not swallow the rows behind it
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
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
            return undo_decimal_commas(cells) if delimiter != "," else cells, numbers
    except csv.Error:
        pass
    lines = split_lines(text, has_header=False)
    return [list(row) for row in lines.rows], lines.numbers
