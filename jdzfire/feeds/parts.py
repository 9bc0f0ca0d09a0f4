"""Large files read part by part, so that memory is bounded whatever their size."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from jdzfire.errors import InputError
from jdzfire.feeds.firms import FIRMS
from jdzfire.feeds.packed_lines import packed_tables
from jdzfire.feeds.reading import Feed, Reading
from jdzfire.feeds.registry import FEEDS, read_hotspots
from jdzfire.feeds.text import excerpt

PART_BYTES = 16 << 20
"""Text read at once: some 200,000 lines, whose tables take about 300 MB [C]."""

WHOLE_MAX_BYTES = 256 << 20
"""Largest file of a form that can only be read as a whole [K]."""

_LINE_MAX_BYTES = 1 << 20
"""A line longer than this is no line of a table."""


def read_parts(
    feed: str,
    path: Path,
    *,
    source_name: str,
    received_at: datetime,
    sha256: str | None = None,
    feeds: Mapping[str, Feed] = FEEDS,
    part_bytes: int = PART_BYTES,
    read_whole: Callable[[bytes], Reading] | None = None,
) -> Iterator[Reading]:
    """Readings of a file, part by part.

    A small file, and one of a feed whose files are no lines, is one part. A larger one is cut at
    line ends, each part under the header of the file; its rows have the sha256 and the line of
    the whole file, as if it had been read at once. Rows of one id in two parts are distinguished
    later, by identity.

    Parameters
    ----------
    feed : str
        A name in ``feeds``.
    path : Path
    source_name : str
        Name the file was received under.
    received_at : datetime
        Aware.
    sha256 : str, optional
        Of the whole file, when it is known.
    feeds : mapping of Feed
    part_bytes : int
        Size of a part.
    read_whole : callable, optional
        Reads the bytes of a file that is no lines of text, within bounds: such files are parsed by
        libraries that have none of their own. Default: they are read here.

    Yields
    ------
    Reading

    Raises
    ------
    InputError
        The file cannot be used, or is too large for a form that is read as a whole.
    """
    about = feeds.get(feed)
    size = path.stat().st_size
    header_lines = None if about is None else about.header_lines
    if size <= part_bytes or header_lines is None or not is_lines(path):
        if size > WHOLE_MAX_BYTES:
            raise InputError(
                f"{excerpt(source_name)} is too large to be read as a whole",
                expected=f"at most {WHOLE_MAX_BYTES >> 20} MB, or UTF-8 text",
                found=f"{size >> 20} MB",
                remedy="export it as CSV in UTF-8, or in smaller files",
            )
        if feed == FIRMS.name:
            with packed_tables(path, source_name=source_name, at_least=part_bytes) as tables:
                if tables:
                    yield from _of_tables(
                        tables,
                        digest=sha256 or _digest(path),
                        source_name=source_name,
                        received_at=received_at,
                        part_bytes=part_bytes,
                    )
                    return
        raw = path.read_bytes()
        if read_whole is not None and not is_lines(path):
            yield read_whole(raw)
            return
        yield read_hotspots(
            feed, raw, source_name=source_name, received_at=received_at, feeds=feeds
        )
        return
    digest = sha256 or _digest(path)
    for raw, first_line in _cut(path, header_lines, part_bytes):
        reading = read_hotspots(
            feed, raw, source_name=source_name, received_at=received_at, feeds=feeds
        )
        yield _of_whole(reading, digest, first_line - header_lines - 1)


def _of_tables(
    tables: list[Path], *, digest: str, source_name: str, received_at: datetime, part_bytes: int
) -> Iterator[Reading]:
    """Readings of unpacked tables; their lines count on from table to table."""
    shift = 0
    for table in tables:
        for reading in read_parts(
            FIRMS.name,
            table,
            source_name=source_name,
            received_at=received_at,
            part_bytes=part_bytes,
        ):
            yield _of_whole(reading, digest, shift)
        shift += _count_lines(table)


def _count_lines(path: Path) -> int:
    with path.open("rb") as file:
        ends = [chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")]
        file.seek(max(0, path.stat().st_size - 1))
        return sum(ends) + (file.read(1) not in (b"", b"\n"))


def _cut(path: Path, header_lines: int, part_bytes: int) -> Iterator[tuple[bytes, int]]:
    """Parts with the header in front, and the number of the first line after it."""
    with path.open("rb") as file:
        header = b"".join(file.readline(_LINE_MAX_BYTES) for _ in range(header_lines))
        line, rest = header_lines + 1, b""
        while chunk := file.read(part_bytes):
            text = rest + chunk
            end = text.rfind(b"\n") + 1
            if not end and len(text) < part_bytes + _LINE_MAX_BYTES:
                rest = text
                continue
            end = end or len(text)
            yield header + text[:end], line
            line += text.count(b"\n", 0, end)
            rest = text[end:]
        if rest.strip():
            yield header + rest, line


def _of_whole(reading: Reading, sha256: str, shift: int) -> Reading:
    """Rows of a part as rows of the whole file; line 1 of a part is its header."""
    table = reading.table.assign(raw_sha256=sha256)
    table["raw_line"] = table["raw_line"] + shift
    rejected: pd.DataFrame = reading.rejected.assign(raw_sha256=sha256)
    rejected["line"] = rejected["line"] + shift
    return replace(reading, table=table, rejected=rejected)


def is_lines(path: Path) -> bool:
    """Whether a file is text that may be cut at its line ends."""
    with path.open("rb") as file:
        head = file.read(4096)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    # zip, old Excel, UTF-16, JSON, KML
    whole = (b"PK", b"\xd0\xcf", b"\xff\xfe", b"\xfe\xff", b"{", b"[", b"<")
    return b"\x00" not in head and not text.startswith(whole)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
