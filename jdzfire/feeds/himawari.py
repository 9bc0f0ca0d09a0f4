"""Himawari AHI: the JAXA P-Tree wildfire CSV (L2WLF), one scan or a day of scans in one file.

Two ``#`` lines precede the rows; in a file of several scans they precede each. The
columns have no other header and are taken by position.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.errors import InputError
from jdzfire.feeds.hotspot_rows import (
    checked_degrees,
    hotspot_table,
    reject_future,
    reject_ragged,
)
from jdzfire.feeds.reading import Feed, Reading, RowValidator, source_of
from jdzfire.feeds.text import decode_text, excerpt, frame_of, refuse_page, split_lines
from jdzfire.feeds.times import parse_clock
from jdzfire.feeds.values import map_distinct, numbers

_EXPECTED = "JAXA L2WLF CSV: two # lines, then 14 columns from ID to Hot(ID)"
_COLUMNS = (
    "id",
    "year",
    "month",
    "day",
    "time",
    "lat",
    "lon",
    "area_km2",
    "volcano",
    "level",
    "reliability",
    "frp",
    "qf",
    "hot",
)
_RELIABILITY = {1: "low", 3: "nominal", 5: "high"}
"""1 low, 3 normal, 5 high [V, JAXA README of L2WLF]; often-seen places are rated low."""
_NAME = re.compile(r"H(\d{2})_(\d{8}_\d{4})_L2WLF(\d{3})", re.IGNORECASE)
_POWER_MAX_WM2 = 25_000.0  # of 4 km2: 100 GW, beyond any fire
_WHOLE_MAX = 1e9  # levels and flags are small
_CELL_MAX_KM2 = 100.0  # 0.02 degree is 5 km2 at the equator
NOT_CORRECTED = "AHI places are not corrected for terrain: see jdzfire.hotspots.parallax"
"""Note of a reading: 500 m of height moves a pixel 0.46 km at the city [C, field notes]."""
_FIRST_YEAR = 2015


def read_himawari(raw: bytes, *, source_name: str, received_at: datetime) -> Reading:
    """Hotspots of a JAXA Himawari L2WLF file.

    Parameters
    ----------
    raw : bytes
    source_name : str
        ``H09_YYYYMMDD_hhmm_L2WLF010_FLDK.06001_06001.csv``: satellite and version are read
        from it; another name means Himawari-9, version unknown.
    received_at : datetime
        When it was first received; aware.

    Returns
    -------
    Reading
        Table [HOTSPOTS] in the order of the file; a scan without fires gives no rows. The
        place is the middle of the 0.02 degree cell; scan and track size are left null, the
        footprint is the cell. Product NRT. Reasons of rejected rows: ``truncated_line``,
        ``column_count``, ``position_...``, ``date``, ``time``, ``future``, ``confidence``,
        ``frp``, ``area``, ``duplicate_row``.

    Raises
    ------
    InputError
        The file is empty, binary, a web page, or has neither the ``#`` lines nor 14 columns.

    Notes
    -----
    The file gives power per area: its header gives W m-2, and JAXA's README of the product sums
    the power of a cluster as Area x FRP [V]. So ``frp_mw`` is Area [km2] x FRP [W m-2], and null
    where either is blank.
    Time is that of the scan line [V, seen in a real file], UTC.
    """
    source = source_of(raw, source_name=source_name, kind="himawari-wlf", received_at=received_at)
    text = decode_text(raw, source_name=source_name, expected=_EXPECTED)
    refuse_page(text, source_name=source_name, expected=_EXPECTED)
    lines = split_lines(text, has_header=False, comment="#")
    rows, wrong = frame_of(lines, _COLUMNS)
    if rows.empty and not _has_marks(text):
        raise InputError(
            f"{excerpt(source_name)} is not a Himawari wildfire table",
            expected=_EXPECTED,
            found=excerpt(text),
            remedy="fetch the L2WLF CSV again",
        )
    validator = RowValidator(rows, source)
    reject_ragged(validator, lines, wrong, len(_COLUMNS))
    table = _hotspots(validator, source_name)
    notes = (NOT_CORRECTED,) if len(table) else ()
    return Reading(table, validator.rejected(), "himawari-wlf", notes, scans=_scans(source_name))


def _scans(source_name: str) -> tuple[tuple[str, datetime], ...]:
    """The scan a file is of, by its name: a scan without fires has no row to show it."""
    name = _NAME.search(source_name)
    if name is None:
        return ()
    try:
        at = datetime.strptime(name.group(2), "%Y%m%d_%H%M").replace(tzinfo=UTC)
    except ValueError:
        return ()
    return ((f"Himawari-{int(name.group(1))}", at),)


def _hotspots(validator: RowValidator, source_name: str) -> gpd.GeoDataFrame:
    rows = validator.rows
    lon, lat = checked_degrees(validator, lon="lon", lat="lat")
    acquired_at = _acquired_at(validator)
    reject_future(validator, acquired_at)
    reliability, _ = numbers(rows["reliability"])
    classes = [_RELIABILITY.get(value) for value in reliability]
    unknown = np.array([name is None for name in classes], dtype=bool)
    validator.reject(unknown, "confidence", "expected reliability 1, 3 or 5")
    power_wm2, blank = numbers(rows["frp"])
    is_possible = (power_wm2 >= 0) & (power_wm2 <= _POWER_MAX_WM2)
    validator.reject(~blank & ~is_possible, "frp", f"expected 0 to {_POWER_MAX_WM2:g}")
    area_km2, no_area = numbers(rows["area_km2"])
    is_cell = (area_km2 > 0) & (area_km2 <= _CELL_MAX_KM2)
    validator.reject(~no_area & ~is_cell, "area", f"expected 0 to {_CELL_MAX_KM2:g} km2")
    name = _NAME.search(source_name)
    values = {
        "satellite": f"Himawari-{int(name.group(1))}" if name else "Himawari-9",
        "instrument": "AHI",
        "product": "NRT",
        "version": name.group(3) if name else None,
        "acquired_at": acquired_at,
        "frp_mw": power_wm2 * area_km2,
        "confidence": classes,
        "detection_level": _whole(validator, "level"),
        "quality_flag": _whole(validator, "qf"),
    }
    return hotspot_table(validator, values, lon=lon, lat=lat)


def _whole(validator: RowValidator, name: str) -> Any:
    """Whole numbers as the file writes them; null where it writes none."""
    values, _ = numbers(validator.rows[name])
    is_whole = (values == np.floor(values)) & (np.abs(values) < _WHOLE_MAX)
    whole = np.where(is_whole, values, np.nan)
    return pd.array(whole, dtype="Int64")


def _acquired_at(validator: RowValidator) -> pd.Series[Any]:
    rows = validator.rows
    packed = rows["year"].str.zfill(4) + rows["month"].str.zfill(2) + rows["day"].str.zfill(2)
    days = pd.to_datetime(packed, format="%Y%m%d", errors="coerce", utc=True)
    no_day = (days.isna() | (days.dt.year < _FIRST_YEAR)).to_numpy(dtype=bool)
    validator.reject(no_day, "date", f"expected year, month, day from {_FIRST_YEAR} on")
    minutes = map_distinct(rows["time"], parse_clock)
    no_time = np.array([value is None for value in minutes], dtype=bool)
    validator.reject(no_time, "time", "expected HHMM, 0000 to 2359 UTC")
    clock = pd.to_timedelta(np.array([value or 0 for value in minutes]), unit="m")
    acquired: pd.Series[Any] = (days + clock).mask(no_time)
    return acquired


def _has_marks(text: str) -> bool:
    marks = [line for line in text.splitlines()[:4] if line.lstrip().startswith("#")]
    return any("reliab" in line.lower() and "frp" in line.lower() for line in marks)


def recognise_himawari(raw: bytes, source_name: str) -> bool:
    """Whether the ``#`` lines name the L2WLF columns, or the file is named like one."""
    head = raw[:4096].decode("utf-8", errors="replace")
    return _has_marks(head) or (
        bool(_NAME.search(source_name)) and not head.lstrip().startswith("<")
    )


HIMAWARI_WLF = Feed(
    name="himawari-wlf",
    title_zh="葵花卫星火点（AHI，JAXA）",
    title_en="Himawari wildfire (AHI, JAXA)",
    instruments=("AHI",),
    recognise=recognise_himawari,
    read=read_himawari,
    late_after_h=1.0,
    licence="JAXA P-Tree: non-commercial use, cite JAXA",
    header_lines=2,
)
"""Late after 1 h: a scan every 10 minutes [V], and nights of no fire anywhere are rare [K]."""
