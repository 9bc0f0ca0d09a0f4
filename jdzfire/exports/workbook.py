"""Plain tables as a workbook: texts stay texts, the same tables give the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from jdzfire.board.text import clean, is_formula

_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_WIDE_FROM = 0x1100  # the first letters that East Asian fonts draw wide
_MOST_WIDE = 60


def tables_xlsx(tables: Mapping[str, pd.DataFrame], *, made_at: pd.Timestamp) -> bytes:
    """A workbook with a sheet for each table.

    Parameters
    ----------
    tables : mapping of DataFrame
        By the name of the sheet; heads are the names of the columns. Columns whose name ends
        with ``%`` hold shares [0-1].
    made_at : Timestamp, aware
        Moment kept in the file.

    Returns
    -------
    bytes
        Nulls are empty cells.
    """
    book = Workbook()
    for first in book.worksheets:
        book.remove(first)
    book.properties.created = book.properties.modified = made_at.tz_convert(None).to_pydatetime()
    for name, table in tables.items():
        sheet = book.create_sheet(name)
        widths = [text_width(str(head)) + 2 for head in table.columns]
        for number, head in enumerate(table.columns, 1):
            cell = sheet.cell(1, number, str(head))
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="FFDCE6F1")
        for line, row in enumerate(table.itertuples(index=False), 2):
            for number, value in enumerate(row, 1):
                if pd.isna(value):
                    continue
                cell = sheet.cell(line, number)
                _put(cell, value, is_share=str(table.columns[number - 1]).endswith("%"))
                widths[number - 1] = max(widths[number - 1], text_width(str(cell.value)) + 2)
        for number, width in enumerate(widths, 1):
            letter = get_column_letter(number)
            sheet.column_dimensions[letter].width = min(width, _MOST_WIDE)
        sheet.freeze_panes = "A2"
    target = io.BytesIO()
    book.save(target)
    return settle(target.getvalue(), made_at)


def _put(cell: Cell | MergedCell, value: Any, *, is_share: bool) -> None:
    if isinstance(value, str):
        put_text(cell, value)
    else:
        cell.value = round(float(value), 4) if float(value) % 1 else int(value)
        if is_share:
            cell.value = round(float(value), 4)
            cell.number_format = "0.0%"


def put_text(cell: Cell | MergedCell, value: object) -> None:
    """Text from outside as text: openpyxl takes "=1" for a formula and "#N/A" for an error."""
    text = clean(value)
    cell.value = text
    cell.data_type = "s"
    if is_formula(text):
        cell.quotePrefix = True


def text_width(text: str) -> int:
    """Width in characters of the sheet; Han characters take two."""
    return sum(1 if ord(letter) < _WIDE_FROM else 2 for letter in text)


def settle(content: bytes, made_at: pd.Timestamp) -> bytes:
    """The same workbook without the moment it was saved at: openpyxl reads the clock."""
    stamp = made_at.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as settled,
    ):
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(
                    rb"(<dcterms:modified[^>]*>)[^<]*", lambda m: m.group(1) + stamp, data
                )
            settled.writestr(
                zipfile.ZipInfo(name, _ZIP_TIME), data, compress_type=zipfile.ZIP_DEFLATED
            )
    return target.getvalue()
