"""Forms FIRMS hands its tables on in, each as rows of text under FIRMS' own column names.

CSV, workbook, JSON, GeoJSON, KML and zips of shapefiles or CSV hold the same rows; what
differs is undone here, so that one set of checks reads them all. Of a shapefile only the attribute
table is read: it holds the place as well, with up to fifteen decimals (a float field) [K].
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import partial
from typing import Any

import pandas as pd

from jdzfire.errors import InputError
from jdzfire.feeds.firms_kml import is_firms_kml, kml_records
from jdzfire.feeds.firms_records import EXPECTED, dbf_records, is_dbf, json_records
from jdzfire.feeds.sheets import workbook_tables
from jdzfire.feeds.text import (
    Lines,
    decode_text,
    excerpt,
    frame_of,
    plain_frame,
    refuse_page,
    split_lines,
)
from jdzfire.feeds.workbooks import is_workbook

UNPACKED_MAX_BYTES = 512 << 20
"""Most that an archive may hold unpacked [K]: two years of China are some 60 MB."""

_MEMBERS_MAX = 200
_REQUIRED = ("latitude", "longitude", "acq_date", "acq_time", "satellite")
_ALIASES = {"lat": "latitude", "lon": "longitude", "long": "longitude", "date": "acq_date"}
_MIR = ("bright_ti4", "brightness")
_TIR = ("bright_ti5", "bright_t31")
_TEXT_PARTS = re.compile(r"xl/(sharedStrings|worksheets/sheet\d+)\.xml", re.IGNORECASE)
_PEEK_BYTES = 1 << 20
_PARTS_MAX = 20
_NO_LINES = Lines((), [], [], False)


@dataclass(frozen=True)
class TextRows:
    """Rows of one table."""

    frame: pd.DataFrame
    """Text under FIRMS' names, index = line of the file, or number of the record from 1."""
    lines: Lines = _NO_LINES
    """The lines of a careful reading, for those that have another length."""
    wrong: tuple[int, ...] = ()
    """Positions in ``lines`` of those."""
    again: tuple[tuple[int, str], ...] = ()
    """Number and text of header lines met again where files were put together."""

    @property
    def last_line(self) -> int:
        """Largest line number met, 0 without any."""
        index = self.frame.index
        others = [*self.lines.numbers, *(number for number, _ in self.again)]
        return max(int(index.max()) if len(index) else 0, max(others, default=0))

    def shifted(self, by: int) -> TextRows:
        """The same rows, their lines counted on from ``by``."""
        moved = [number + by for number in self.lines.numbers]
        frame = self.frame.set_axis(self.frame.index + by, axis=0)
        again = tuple((number + by, text) for number, text in self.again)
        return replace(self, frame=frame, lines=replace(self.lines, numbers=moved), again=again)


def text_rows(raw: bytes, *, source_name: str) -> list[TextRows]:
    """Rows of a FIRMS file of any form, one entry for each table in it.

    Parameters
    ----------
    raw : bytes
    source_name : str
        File name, for the messages.

    Returns
    -------
    list of TextRows
        Lines count on from table to table, in the order of the members' names.

    Raises
    ------
    InputError
        Damaged, of another kind, too large unpacked, XML with a DOCTYPE, or without the columns
        that place a row in space and time.
    """
    if is_workbook(raw):
        return _workbook_rows(raw, source_name)
    if not raw.startswith(b"PK\x03\x04"):
        return _one(raw, source_name)
    found: list[TextRows] = []
    shift = 0
    for name, content in _unpacked(raw, source_name):
        rows = [one.shifted(shift) for one in _one(content, name)]
        found += rows
        shift = max((one.last_line for one in rows), default=shift)
    return found


def is_firms(raw: bytes) -> bool:
    """Whether bytes look like a FIRMS table of one of the forms; never raises."""
    if is_workbook(raw):
        return _is_firms_workbook(raw)
    if raw.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                return any(
                    is_firms(_content(archive, item, 65_536)) for item in table_members(archive)
                )
        except Exception:
            return False
    if is_dbf(raw):
        head = raw[:4096].upper()
        return all(name in head for name in (b"LATITUDE", b"LONGITUDE", b"ACQ_DATE"))
    head_text = raw[:4096].replace(b"\x00", b"").decode("utf-8", errors="replace").lower()
    if head_text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return '"acq_date"' in head_text and any(
            word in head_text for word in ('"latitude"', '"coordinates"')
        )
    first = next((line for line in head_text.splitlines() if line.strip()), "")
    return all(name in first for name in _REQUIRED[:3]) or is_firms_kml(raw)


def _is_firms_workbook(raw: bytes) -> bool:
    """Whether the texts of a workbook hold the names of FIRMS' columns; it is not read for that."""
    wanted = [name.encode() for name in _REQUIRED[:3]]
    if not raw.startswith(b"PK\x03\x04"):
        return all(name in raw or name.decode().encode("utf-16-le") in raw for name in wanted)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = [item for item in archive.infolist() if _TEXT_PARTS.match(item.filename)]
            texts = b"".join(_content(archive, item, _PEEK_BYTES) for item in parts[:_PARTS_MAX])
    except Exception:
        return False
    return all(name in texts.lower() for name in wanted)


def _workbook_rows(raw: bytes, name: str) -> list[TextRows]:
    """Rows of the worksheets of a workbook; the lines of the second count on from the first."""
    found: list[TextRows] = []
    shift = 0
    for cells in workbook_tables(raw, source_name=name, expected=EXPECTED):
        texts = [[_cell_text(cell) for cell in row] for row in cells]
        start = next((i for i, row in enumerate(texts) if _is_header(row)), None)
        if start is not None:
            rows = [row for row in texts[start + 1 :] if any(row)]
            numbers = [i + 1 for i in range(start + 1, len(texts)) if any(texts[i])]
            lines = Lines(tuple(texts[start]), rows, numbers, is_cut=False)
            found += [one.shifted(shift) for one in _of_lines(lines, name)]
        shift += len(cells)
    if not found:
        raise InputError(
            f"{excerpt(name)} is a workbook without a FIRMS table",
            expected=EXPECTED,
            remedy="name the columns as FIRMS does, and show a hidden sheet",
        )
    return found


def _cell_text(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ", timespec="minutes")
    if isinstance(cell, time):
        return cell.isoformat(timespec="minutes")
    return "" if cell is None else str(cell).strip()


def _is_header(cells: Iterable[str]) -> bool:
    found = {re.sub(r"[^a-z0-9_]", "", cell.lower()) for cell in cells}
    return {_ALIASES.get(name, name) for name in found} >= set(_REQUIRED)


def _one(raw: bytes, name: str) -> list[TextRows]:
    if is_dbf(raw):
        return [_of_records(dbf_records(raw, name), name)]
    if is_firms_kml(raw):
        return [_of_records(kml_records(raw, source_name=name), name)]
    if raw[:64].lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return [_of_records(json_records(raw, name), name)]
    return _csv_rows(raw, name)


def _csv_rows(raw: bytes, name: str) -> list[TextRows]:
    decoded = decode_text(raw, source_name=name, expected=EXPECTED)
    refuse_page(decoded, source_name=name, expected=EXPECTED)
    head = split_lines(decoded.partition("\n")[0], has_header=True).header
    if head and decoded.isascii() and _is_one_table(decoded):
        frame = plain_frame(raw.removeprefix(b"\xef\xbb\xbf"), _columns(head, name))
        if frame is not None:
            return [TextRows(frame)]
    return _of_lines(split_lines(decoded, has_header=True), name)


def _is_one_table(text: str) -> bool:
    """Whether there is one header, and no cell can hold a decimal comma."""
    body = text.find("\n")
    is_parted_by_comma = "," in text[: max(body, 0)]
    again = any(text.find(word, body) >= 0 for word in ("atitude", "ATITUDE"))
    return not again and (is_parted_by_comma or "," not in text)


def _of_lines(lines: Lines, name: str) -> list[TextRows]:
    """Tables of lines under their header; a repeated header begins a new table."""
    starts = [i for i, row in enumerate(lines.rows) if _is_header(row)]
    found: list[TextRows] = []
    header = lines.header
    again: tuple[tuple[int, str], ...] = ()
    for first, last in zip([0, *(i + 1 for i in starts)], [*starts, len(lines.rows)], strict=True):
        is_cut = lines.is_cut and last == len(lines.rows)
        part = Lines(header, lines.rows[first:last], lines.numbers[first:last], is_cut)
        frame, wrong = frame_of(part, _columns(header, name))
        found.append(TextRows(frame, part, tuple(wrong), again))
        if last < len(lines.rows):
            header = tuple(lines.rows[last])
            again = ((lines.numbers[last], ",".join(header)),)
    return found


def _columns(header: Iterable[str], source_name: str) -> list[str]:
    """FIRMS' names of a header; a name met again gets a number, so that the first is used."""
    found = list(header)
    plain = [re.sub(r"[^a-z0-9_]", "", name.lower()) or name for name in found]
    names = [_ALIASES.get(name, name) for name in plain]
    for ours, theirs in (("bright_mir", _MIR), ("bright_tir", _TIR)):
        present = [name for name in theirs if name in names]
        names = [ours if present and name == present[0] else name for name in names]
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise InputError(
            f"{excerpt(source_name)} is not a FIRMS hotspot table",
            expected=EXPECTED,
            found=f"no {', '.join(missing)} in: {excerpt(','.join(found))}",
            remedy="check the address or the export and fetch again; "
            "an answer in words instead of a table is the service's refusal",
        )
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}__{seen[name]}")
    return result


def _of_records(records: list[dict[str, str]], name: str) -> TextRows:
    """Records under whatever names they have, as text under FIRMS' names."""
    keys = list(dict.fromkeys(key for record in records for key in record))
    columns = _columns(keys, name) if records else list(_REQUIRED)
    frame = pd.DataFrame(
        {
            column: pd.Series([record.get(key, "") for record in records], dtype=object)
            for column, key in zip(columns, keys or columns, strict=True)
        }
    )
    frame.index = pd.RangeIndex(1, len(records) + 1, name="line")
    return TextRows(frame)


def table_members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Tables in an archive by name; of a shapefile the .dbf, and nothing else beside it."""
    wanted = (".csv", ".txt", ".json", ".geojson", ".kml", ".dbf")
    found = sorted(archive.infolist(), key=lambda item: item.filename)[:_MEMBERS_MAX]
    tables = [
        item
        for item in found
        if item.filename.lower().endswith(wanted) and not item.filename.startswith("__MACOSX")
    ]
    shapes = [item for item in tables if item.filename.lower().endswith(".dbf")]
    readme = re.compile(r"readme|licen[cs]e", re.IGNORECASE)
    return shapes or [item for item in tables if not readme.search(item.filename)]


def _unpacked(raw: bytes, source_name: str) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the tables in an archive, bounded whatever its directory declares."""
    name = excerpt(source_name)
    left = UNPACKED_MAX_BYTES
    archive = _opened(lambda: zipfile.ZipFile(io.BytesIO(raw)), name)
    with archive:
        members = table_members(archive)
        if not members:
            raise InputError(
                f"{name} is a zip archive or Excel workbook without a FIRMS table",
                expected="CSV, JSON, KML or a shapefile inside",
                found=excerpt(", ".join(archive.namelist())) or "no file",
                remedy="download it again, or export it as CSV text",
            )
        for item in members:
            content = _opened(partial(_content, archive, item, left + 1), name)
            left -= len(content)
            if left < 0:
                raise InputError(
                    f"{name} is too large unpacked",
                    expected=f"at most {UNPACKED_MAX_BYTES >> 20} MB",
                    found=f"{excerpt(item.filename)} goes beyond",
                    remedy="unpack it and hand the CSV over",
                )
            yield item.filename, content


def _content(archive: zipfile.ZipFile, item: zipfile.ZipInfo, at_most: int) -> bytes:
    with archive.open(item) as file:
        return file.read(at_most)


def _opened(step: Callable[[], Any], name: str) -> Any:
    try:
        return step()
    except Exception as error:  # damaged archives fail in many ways
        raise InputError(
            f"{name} is a damaged zip archive or Excel workbook",
            expected=EXPECTED,
            found=excerpt(f"{type(error).__name__}: {error}"),
            remedy="download it again, or export it as CSV text",
        ) from error
