"""Bytes to rows of text: encodings, delimiters, cut lines, and pages that are no table at all."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from jdzfire.errors import InputError

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_MAGIC = {
    b"PK\x03\x04": "a zip archive or Excel workbook",
    b"\x1f\x8b": "a gzip archive",
    b"\x89PNG": "a picture",
    b"%PDF": "a PDF document",
    b"\x89HDF": "an HDF5 or NetCDF file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"SQLite format 3": "a SQLite or GeoPackage file",
}
_KEY = re.compile(r"[0-9a-fA-F]{24,}")
_DELIMITERS = (",", "\t", ";", "，")
_EXCERPT_CHARS = 120
LINES_MAX = 1_000_000
"""Lines split at once: a part of a large file is 16 MiB, and a row has 17 bytes or more [C]."""
_PLAIN = bytes(code for code in range(0x20, 0x7F) if code != 0x22) + b"\r\n"
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class Lines:
    """Fields of a delimited text, line by line."""

    header: tuple[str, ...]
    """Names as written, stripped; empty when the file has no header of its own."""
    rows: list[list[str]]
    """Fields of each data line, of any number, stripped."""
    numbers: list[int]
    """Line in the file of each row; the first line is 1."""
    is_cut: bool
    """The text does not end with a line end: its last line may be cut off."""


def excerpt(text: str) -> str:
    """The beginning of a foreign text, on one line, with long hexadecimal keys blotted out."""
    flat = " ".join(str(text).split())
    blotted = _KEY.sub("[key]", flat)
    return blotted if len(blotted) <= _EXCERPT_CHARS else blotted[:_EXCERPT_CHARS] + "…"


def decode_text(raw: bytes, *, source_name: str, expected: str) -> str:
    """Text of raw bytes: UTF-8 or UTF-16 with their marks, else UTF-8, else GB18030.

    Raises
    ------
    InputError
        The bytes are empty, or a binary file.
    """
    if not raw.strip():
        raise InputError(
            f"{excerpt(source_name)} is empty",
            expected=expected,
            found=f"{len(raw)} bytes",
            remedy="fetch or export it again; a day without rows still has its header line",
        )
    for magic, name in _MAGIC.items():
        if raw.startswith(magic):
            raise InputError(
                f"{excerpt(source_name)} is {name}",
                expected=expected,
                found=repr(raw[:8]),
                remedy="unpack or export it as CSV text",
            )
    text = _decoded(raw)
    if "\x00" in text:
        raise InputError(
            f"{excerpt(source_name)} is not text",
            expected=expected,
            found=repr(raw[:16]),
            remedy="fetch or export it again",
        )
    return text


def _decoded(raw: bytes) -> str:
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return raw.decode(encoding, errors="replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError as error:
            if encoding == "utf-8" and error.start >= len(raw) - 3:
                return raw[: error.start].decode("utf-8")  # cut within its last character
    return raw.decode("utf-8", errors="replace")


def refuse_page(text: str, *, source_name: str, expected: str) -> None:
    """Raise when the text is a web page or a service's complaint instead of a table.

    Raises
    ------
    InputError
        With the remedy for the complaints FIRMS is known to send.
    """
    head = text.lstrip()[:2000]
    name = excerpt(source_name)
    if head.startswith("<"):
        title = re.search(r"<title[^>]*>(.*?)</title>", head, re.IGNORECASE | re.DOTALL)
        raise InputError(
            f"{name} is a web page, not a table",
            expected=expected,
            found=excerpt(title.group(1) if title else head),
            remedy="the address or a proxy answered with a page: check it and fetch again",
        )
    low = head.lower()
    if "map_key" in low:
        raise InputError(
            f"{name} holds the service's refusal of the MAP_KEY",
            expected=expected,
            found=excerpt(head),
            remedy="check the MAP_KEY in use, or ask FIRMS for a new one",
        )
    if "transaction limit" in low or "rate limit" in low:
        raise InputError(
            f"{name} holds the service's refusal of too many requests",
            expected=expected,
            found=excerpt(head),
            remedy="wait ten minutes and fetch again",
        )


def split_lines(text: str, *, has_header: bool, comment: str = "") -> Lines:
    """Fields of a delimited text; blank lines and comment lines are passed over.

    A quote left open ends with its line, so that one stray quote cannot swallow the fires
    behind it.

    Raises
    ------
    InputError
        More lines than :data:`LINES_MAX`.
    """
    if text.count("\n") + text.count("\r") > LINES_MAX:
        raise InputError(
            "the text is no table",
            expected=f"at most {LINES_MAX:,} lines at once",
            found="more lines",
            remedy="export it again, or in smaller files",
        )
    physical = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    is_cut = bool(physical[-1].strip())
    used = [
        (number, line)
        for number, line in enumerate(physical, start=1)
        if line.strip(" \t,;") and not (comment and line.lstrip().startswith(comment))
    ]
    if not used:
        return Lines((), [], [], is_cut)
    delimiter = max(_DELIMITERS, key=lambda mark: used[0][1].count(mark))
    rows = [_fields(line, delimiter) for _, line in used]
    if delimiter != ",":
        rows = undo_decimal_commas(rows)
    numbers = [number for number, _ in used]
    if not has_header:
        return Lines((), rows, numbers, is_cut)
    header = tuple(name.strip("\ufeff") for name in rows[0])
    return Lines(header, rows[1:], numbers[1:], is_cut)


_ONE_COMMA = re.compile(r"[+-]?\d+,\d+")
DECIMAL_COMMA = re.compile(r"[+-]?(0+,\d+|\d+,(\d{1,2}|\d{4,})|\d{4,},\d+)")
"""A number whose comma can only be the decimal mark: thousands have three digits."""


def undo_decimal_commas(rows: list[list[str]]) -> list[list[str]]:
    """Rows of a text parted by another mark than a comma, with decimal commas as points.

    One number that can only have a decimal comma (``29,40112``, ``0,39``) decides for all; without
    one, a comma parts thousands.
    """
    cells = {cell for row in rows for cell in row if _ONE_COMMA.fullmatch(cell)}
    if not any(DECIMAL_COMMA.fullmatch(cell) for cell in cells):
        return rows
    return [[cell.replace(",", ".") if cell in cells else cell for cell in row] for row in rows]


def _fields(line: str, delimiter: str) -> list[str]:
    if '"' not in line:
        return [field.strip() for field in line.split(delimiter)]
    try:
        return [field.strip() for field in next(csv.reader([line], delimiter=delimiter))]
    except csv.Error:
        return [field.strip() for field in line.split(delimiter)]


def frame_of(lines: Lines, columns: Sequence[str]) -> tuple[pd.DataFrame, list[int]]:
    """Rows of the right length as a frame of text, and the positions of the others.

    Returns
    -------
    DataFrame of str, index = line in the file; and list of positions in ``lines.rows``
        Trailing empty fields beyond the last column are forgiven (Excel adds them).
    """
    width = len(columns)
    whole, numbers, wrong = [], [], []
    for position, row in enumerate(lines.rows):
        extra = row[width:]
        if len(row) < width or any(extra):
            wrong.append(position)
            continue
        whole.append(row[:width] if extra else row)
        numbers.append(lines.numbers[position])
    transposed = zip(*whole, strict=True) if whole else [()] * width
    table = pd.DataFrame(
        {
            name: pd.Series(list(values), dtype=object)
            for name, values in zip(columns, transposed, strict=True)
        }
    )
    table.index = pd.Index(numbers, dtype="int64", name="line")
    return table, wrong


def plain_frame(raw: bytes, columns: Sequence[str]) -> pd.DataFrame | None:
    """Rows of a delimited text that needs no care, read at once; None when it may need some.

    Plain is: ASCII without quotes, control characters and lone carriage returns, a header in the
    first line, no blank line, and the same number of fields in every line. Then the
    result equals that of :func:`split_lines` and :func:`frame_of`, some ten times faster.

    Parameters
    ----------
    raw : bytes
    columns : sequence of str
        Names instead of those of the first line.

    Returns
    -------
    DataFrame of str, index = line in the file; or None
    """
    head, _, body = raw.partition(b"\n")
    lines = body.count(b"\n") + bool(body and not body.endswith(b"\n"))
    if not lines or len(set(columns)) != len(columns) or not _is_plain(raw):
        return None
    text = head.decode("ascii")
    delimiter = max(_DELIMITERS[:3], key=text.count)
    try:
        found = arrow_csv.read_csv(
            pa.BufferReader(raw),
            read_options=arrow_csv.ReadOptions(
                column_names=list(columns), skip_rows=1, block_size=_BLOCK_BYTES
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, quote_char=False, ignore_empty_lines=False
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.large_string()),
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if found.num_rows != lines or len(columns) < 2:
        return None
    table: pd.DataFrame = found.to_pandas()
    if b" " in body:
        table = table.apply(lambda column: column.str.strip(" "))
    if (table.iloc[:, 0].str.strip(" ,;") == "").any():
        return None  # may be a line of delimiters only, which is passed over
    table.index = pd.RangeIndex(2, 2 + lines, name="line")
    return table


def _is_plain(raw: bytes) -> bool:
    return not raw.translate(None, _PLAIN) and raw.count(b"\r") == raw.count(b"\r\n")
