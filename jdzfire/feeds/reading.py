"""What every reader returns, and how a row that cannot be used is rejected.

A reader takes raw bytes and gives a :class:`Reading`: the rows it could use, validated against
their contract, and the rows it could not, each with a reason code, its line and its own text.
Every data line is in exactly one of the two.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.errors import UsageError
from jdzfire.feeds.text import excerpt
from jdzfire.schemas import REJECTED, TIME_DTYPE, empty_table, validate

_LISTED_CELLS = 5
NOT_ROWS = ("total_line", "header_again", "remark_line")
"""Reasons of lines that are not rows: they are reported and do not count as faults."""


@dataclass(frozen=True)
class Reading:
    """What one file gave."""

    table: gpd.GeoDataFrame
    """Usable rows, validated against the contract of their kind, in the order of the file."""
    rejected: pd.DataFrame
    """[REJECTED] rows that could not be used."""
    kind: str
    """Name of the feed, or register kind."""
    notes: tuple[str, ...] = ()
    """What was repaired, assumed or not used, one sentence each."""
    scans: tuple[tuple[str, datetime], ...] = ()
    """Satellite and time (UTC) of the geostationary scans the file is of, without fires too."""

    @property
    def faulty(self) -> int:
        """Rejected rows that are a fault of the file."""
        return int((~self.rejected["reason"].isin(NOT_ROWS)).sum())

    @property
    def is_useless(self) -> bool:
        """Whether there are rows, and not one of them could be used."""
        return not len(self.table) and self.faulty > 0

    def count_reasons(self) -> str:
        """How many rows were rejected for what, the most frequent reason first."""
        counts = self.rejected["reason"].value_counts()
        return ", ".join(f"{count} {reason}" for reason, count in counts.items())


@dataclass(frozen=True)
class Feed:
    """A source of hotspots jdzfire can read."""

    name: str
    """Key in ``FEEDS``."""
    title_zh: str
    """What duty staff read."""
    title_en: str
    """The same in English."""
    instruments: tuple[str, ...]
    """Instruments of :data:`jdzfire.schemas.INSTRUMENTS` it brings."""
    recognise: Callable[[bytes, str], bool]
    """Whether raw bytes with this source name look like this feed; never raises."""
    read: Callable[..., Reading]
    """``read(raw, *, source_name, received_at) -> Reading``."""
    late_after_h: float
    """Hours without newer data after which the feed counts as late."""
    licence: str
    """Terms under which the data may be used and shown."""
    header_lines: int | None = None
    """Lines of the header of a file of lines, so that a large one can be read in parts; null
    when the feed's files are read as a whole."""


@dataclass(frozen=True)
class Source:
    """Where the rows of one reading come from."""

    sha256: str
    """Of the raw bytes."""
    name: str
    """File name as given."""
    kind: str
    """Feed name or register kind."""
    received_at: datetime
    """When the bytes were first received, UTC."""
    time_zone: str = "Asia/Shanghai"
    """Zone of the times in it that carry none."""
    holds_from: datetime | None = None
    """Start of validity of rows without one; null: always valid."""


def source_of(raw: bytes, *, source_name: str, kind: str, received_at: datetime) -> Source:
    """Describe raw bytes before they are parsed.

    Raises
    ------
    UsageError
        ``received_at`` has no time zone.
    """
    if received_at.tzinfo is None:
        raise UsageError(
            "received_at has no time zone", expected="aware UTC", found=str(received_at)
        )
    return Source(hashlib.sha256(raw).hexdigest(), source_name, kind, received_at)


class RowValidator:
    """Rows of text on their way in; each may be rejected once, for its first fault.

    Parameters
    ----------
    rows : DataFrame of str, n rows, index = line in the file
    source : Source
    titles : sequence of str
        Texts above the header.
    """

    def __init__(self, rows: pd.DataFrame, source: Source, *, titles: Sequence[str] = ()) -> None:
        self.rows = rows
        self.titles = tuple(titles)
        self.source = source
        self._kept = np.ones(len(rows), dtype=np.bool_)
        self._reason = np.full(len(rows), None, dtype=object)
        self._detail = np.full(len(rows), "", dtype=object)
        self._outside: list[tuple[int | None, str, str, str]] = []
        self._forgone: dict[str, list[str]] = {}
        self._notes: list[str] = []

    def note(self, text: str) -> None:
        """Tell something of the file as a whole."""
        if text not in self._notes:
            self._notes.append(text)

    def forgo(self, faulty: Any, name: str) -> None:
        """Tell of cells that could not be read and are not needed: the row stays without them."""
        for i in np.flatnonzero(np.asarray(faulty, dtype=bool) & self._kept):
            stated = excerpt(str(self.rows[name].iloc[int(i)]))
            self._forgone.setdefault(name, []).append(f"line {self.rows.index[int(i)]} {stated!r}")

    def notes(self) -> list[str]:
        """Notes, and cells left out, counted by column with the first few."""
        cells = [
            f"{len(stated)} cells of {name} could not be read and count as blank: "
            + ", ".join(stated[:_LISTED_CELLS])
            for name, stated in self._forgone.items()
        ]
        return [*self._notes, *cells]

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Mask of the rows without a fault so far, n values."""
        return self._kept.copy()

    def reject(self, faulty: Any, reason: str, detail: str | NDArray[np.object_]) -> None:
        """Reject the rows of the mask that have no fault yet."""
        fresh = np.asarray(faulty, dtype=bool) & self._kept
        if not fresh.any():
            return
        self._kept[fresh] = False
        self._reason[fresh] = reason
        self._detail[fresh] = detail if isinstance(detail, str) else detail[fresh]

    def reject_line(self, line: int | None, reason: str, detail: str, text: str) -> None:
        """Reject a line that never became a row of the table."""
        self._outside.append((line, reason, detail, json.dumps([text], ensure_ascii=False)))

    def rejected(self) -> pd.DataFrame:
        """All that was rejected, by line: a [REJECTED] table."""
        faulty = ~self._kept
        rows = [
            json.dumps(
                {str(key): str(value) for key, value in row.items() if not _is_null(value)},
                ensure_ascii=False,
            )
            for row in self.rows[faulty].to_dict("records")
        ]
        index = [_line(value) for value in self.rows.index[faulty]]
        found = [
            *zip(index, self._reason[faulty], self._detail[faulty], rows, strict=True),
            *self._outside,
        ]
        if not found:
            return _no_rejected().copy()
        found.sort(key=lambda item: (item[0] is None, item[0] or 0))
        lines, reasons, details, texts = zip(*found, strict=True)
        at = pd.Timestamp(self.source.received_at).tz_convert("UTC")
        table = pd.DataFrame(
            {
                "raw_sha256": self.source.sha256,
                "source_name": self.source.name,
                "kind": self.source.kind,
                "line": pd.array(lines, dtype="Int64"),
                "reason": reasons,
                "detail": details,
                "row": texts,
                "rejected_at": pd.Series([at] * len(found), dtype=TIME_DTYPE),
            }
        )
        checked: pd.DataFrame = validate(table, REJECTED)
        return checked


def points(table: pd.DataFrame, lon: Any, lat: Any) -> gpd.GeoDataFrame:
    """The table with points [degree, WGS84] as its geometry."""
    geometry = gpd.points_from_xy(
        np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64), crs="EPSG:4326"
    )
    return gpd.GeoDataFrame(table, geometry=geometry, crs="EPSG:4326")


@cache
def _no_rejected() -> pd.DataFrame:
    """The empty table, checked once: most files have no bad row, and many are small."""
    none: pd.DataFrame = empty_table(REJECTED)
    return none


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))


def _line(value: Any) -> int | None:
    return int(value) if isinstance(value, int | np.integer) else None
