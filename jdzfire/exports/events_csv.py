"""Events as CSV that Excel opens by a double click: UTF-8 with its mark, Beijing time."""

from __future__ import annotations

import csv
import io
from typing import Any

from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import Lang
from jdzfire.board.text import cell_text
from jdzfire.board.wording import beijing
from jdzfire.exports.table import event_columns, event_rows


def events_csv(board: Board, *, edition: Edition = "internal", lang: Lang = "zh") -> bytes:
    """Every event of the board as CSV.

    Parameters
    ----------
    board : Board
        Already cut to its edition.
    edition : {"internal", "public"}
    lang : {"zh", "en"}

    Returns
    -------
    bytes
        RFC 4180 lines, UTF-8 with a byte order mark; every text is quoted, so that a list
        separator of another country splits none, and one that a spreadsheet would run begins
        with an apostrophe.
    """
    columns = event_columns(edition)
    target = io.StringIO(newline="")
    writer = csv.writer(target, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([column.title(lang) for column in columns])
    for row in event_rows(board, lang=lang):
        writer.writerow([_cell(row.values[column.name], column.kind) for column in columns])
    return b"\xef\xbb\xbf" + target.getvalue().encode("utf-8")


def _cell(value: Any, kind: str) -> Any:
    if value is None:
        return ""
    if kind == "time":
        return beijing(value, "%Y-%m-%d %H:%M")
    return cell_text(value) if kind == "text" else value
