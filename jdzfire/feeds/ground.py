"""Ground reports: 12119 calls, watchtowers, cameras, drones and information officers, as CSV.

People are a sensor too, with their own position error. Their words are kept as they are, in
``remark``: untrusted text, possibly with names and phone numbers, for the internal edition only.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.errors import InputError
from jdzfire.feeds.hotspot_rows import hotspot_table, reject_future
from jdzfire.feeds.places import place_rows
from jdzfire.feeds.reading import Feed, Reading, RowValidator, source_of
from jdzfire.feeds.sheets import read_sheet
from jdzfire.feeds.text import excerpt
from jdzfire.feeds.times import day_order, parse_time, utc_series
from jdzfire.feeds.values import is_blank, map_distinct, numbers

_EXPECTED = "CSV with 报告时间, 来源, 经度, 纬度 (reported_at, source, lon, lat)"
COLUMNS = {
    "report_id": ("报告编号", "编号", "报告号", "report_id", "id"),
    "reported_at": ("报告时间", "时间", "接报时间", "reported_at", "time"),
    "source": ("来源", "报告来源", "source", "reporter"),
    "lon": ("经度", "lon", "longitude", "x"),
    "lat": ("纬度", "lat", "latitude", "y"),
    "datum": ("坐标系", "坐标系统", "datum", "crs"),
    "error_m": ("位置误差", "位置误差米", "误差", "location_error_m", "error_m"),
    "remark": ("描述", "备注", "情况描述", "description", "remark"),
}
"""Our names of the columns and how they are written; units in brackets are left out."""


_REPORTER_WORDS = (
    ("watchtower", ("瞭望", "塔", "tower")),
    ("camera", ("摄像", "视频", "监控", "探头", "camera")),
    ("drone", ("无人机", "航拍", "drone", "uav")),
    ("officer", ("信息员", "officer")),
    ("patrol", ("护林", "巡护", "巡查", "patrol", "ranger")),
    ("call-12119", ("12119", "119", "110", "电话", "群众", "call", "phone")),
)
REPORTER_ERROR_M = {
    "call-12119": 1000.0,
    "watchtower": 1500.0,
    "camera": 500.0,
    "drone": 100.0,
    "officer": 500.0,
    "patrol": 300.0,
    "reporter": 1000.0,
}
"""Position error of a report that states none [m], all [K]: a tower sees a direction and guesses
the distance, a caller names a hill, a drone hovers above the place."""
_ERROR_MAX_M = 50_000.0
_FIRST_YEAR = 2000


def read_ground(raw: bytes, *, source_name: str, received_at: datetime) -> Reading:
    """Ground reports of a CSV or Excel sheet.

    Parameters
    ----------
    raw : bytes
        Chinese or English headers; times are Beijing time unless they carry an offset; the
        datum of each row in its own column, CGCS2000 where blank.
    source_name : str
    received_at : datetime
        When it was first received; aware.

    Returns
    -------
    Reading
        Table [HOTSPOTS] with instrument PERSON, product REPORT, the reporter in ``satellite``
        (keys of :data:`REPORTERS_ZH`), the words in ``remark``. Reasons of rejected rows:
        ``column_count``, ``position_...``, ``datum``, ``time``, ``future``,
        ``location_error``, ``duplicate_row``.

    Raises
    ------
    InputError
        The file cannot be read as a sheet, or has no column for time or place.
    """
    source = source_of(raw, source_name=source_name, kind="ground", received_at=received_at)
    sheet = read_sheet(raw, source_name=source_name, columns=COLUMNS, expected=_EXPECTED)
    missing = [name for name in ("reported_at", "lon", "lat") if name not in sheet.found]
    if missing:
        raise InputError(
            f"{excerpt(source_name)} lacks columns of a ground report",
            expected=_EXPECTED,
            found="no " + ", ".join(COLUMNS[name][0] for name in missing),
            remedy="name the columns as in data/README.md",
        )
    validator = RowValidator(sheet.rows, source)
    for fault in sheet.faults:
        validator.reject_line(*fault)
    table = _reports(validator)
    return Reading(table, validator.rejected(), "ground", (*sheet.notes, *validator.notes()))


def _reports(validator: RowValidator) -> gpd.GeoDataFrame:
    rows = validator.rows
    reported_at = _reported_at(validator)
    reject_future(validator, reported_at)
    placed = place_rows(validator, default_datum="cgcs2000")
    error_m, blank = numbers(rows["error_m"])
    wrong = ~blank & ~((error_m >= 0) & (error_m <= _ERROR_MAX_M))
    validator.reject(wrong, "location_error", f"expected 0 to {_ERROR_MAX_M:g} m")
    reporters = map_distinct(rows["source"], _reporter)
    usual_m = np.array([REPORTER_ERROR_M[name] for name in reporters], dtype=np.float64)
    values = {
        "satellite": reporters,
        "instrument": "PERSON",
        "product": "REPORT",
        "acquired_at": reported_at,
        "location_error_m": np.where(blank, usual_m, error_m),
        "remark": [None if is_blank(text) else str(text) for text in rows["remark"]],
    }
    return hotspot_table(validator, values, lon=placed.lon, lat=placed.lat)


def _reported_at(validator: RowValidator) -> pd.Series[Any]:
    texts = validator.rows["reported_at"]
    order = day_order(texts)
    moments = [parse_time(text, order=order) for text in texts]
    known = [m if m is not None and m.year >= _FIRST_YEAR else None for m in moments]
    no_time = np.array([moment is None for moment in known], dtype=bool)
    validator.reject(no_time, "time", "expected a Beijing time, as 2024-04-04 16:20")
    return utc_series(known, texts.index)


def _reporter(text: object) -> str:
    low = str(text).lower()
    return next((key for key, words in _REPORTER_WORDS if any(w in low for w in words)), "reporter")


@dataclass(frozen=True)
class GroundReport:
    """One ground report, as it came in."""

    reported_at: datetime
    """When it was seen; aware."""
    source: str
    """Who reported, in a word."""
    lon: float | str
    """Degrees, also as text: 117°12′30″."""
    lat: float | str
    """Degrees."""
    datum: str = "cgcs2000"
    """Datum of the place."""
    error_m: float | None = None
    """Position error [m]; by the reporter when it is not stated."""
    remark: str = ""
    """Text of the report."""
    report_id: str = ""
    """Number of the report."""


def ground_sheet(reports: Sequence[GroundReport]) -> bytes:
    """Reports as the CSV :func:`read_ground` reads, so that a report is kept like any file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([names[0] for names in COLUMNS.values()])
    for one in reports:
        writer.writerow(
            [
                one.report_id,
                one.reported_at.astimezone(UTC).isoformat(timespec="seconds"),
                one.source,
                one.lon,
                one.lat,
                one.datum,
                "" if one.error_m is None else f"{one.error_m:g}",
                " ".join(one.remark.split()),
            ]
        )
    return text.getvalue().encode("utf-8", errors="replace")


def recognise_ground(raw: bytes, source_name: str) -> bool:
    """Whether the beginning names a report time and a longitude."""
    del source_name
    for encoding in ("utf-8", "gb18030"):
        head = raw[:4096].decode(encoding, errors="ignore").lower()
        if "报告时间" in head and "经度" in head:
            return True
        if "reported_at" in head and "lon" in head:
            return True
    return False


GROUND = Feed(
    name="ground",
    title_zh="地面报告（12119、瞭望塔、监控、无人机、信息员）",
    title_en="Ground reports (calls, towers, cameras, drones, officers)",
    instruments=("PERSON",),
    recognise=recognise_ground,
    read=read_ground,
    late_after_h=8760.0,
    licence="internal: may hold names and phone numbers",
)
"""People report when there is something: silence is not lateness, so a year."""
