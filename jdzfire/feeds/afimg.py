"""VIIRS active fires of a direct-broadcast station: the text files of CSPP, AFIMG and AFMOD.

Comment lines describe the columns and name the granule; the rows have no time of their own.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.errors import InputError
from jdzfire.feeds.hotspot_rows import (
    checked_degrees,
    hotspot_table,
    reject_future,
    reject_ragged,
)
from jdzfire.feeds.reading import Feed, Reading, RowValidator, source_of
from jdzfire.feeds.text import decode_text, excerpt, frame_of, refuse_page, split_lines
from jdzfire.feeds.values import numbers

_EXPECTED = "CSPP active fire text: # lines that describe the columns and name the granule"
_GRANULE = re.compile(r"AF(?:IMG|MOD|EDR)_([a-z0-9]+)_d(\d{8})_t(\d{6})\d?_", re.IGNORECASE)
_COLUMN = re.compile(r"^#\s*column\s+(\d+):\s*(.+)$", re.IGNORECASE | re.MULTILINE)
_SATELLITES = {"npp": "S-NPP", "j01": "NOAA-20", "j02": "NOAA-21", "n20": "NOAA-20"}
_WORDS = (
    ("latitude", "lat"),
    ("longitude", "lon"),
    ("brightness temperature", "bright_mir"),
    ("along-scan", "scan"),
    ("along-track", "track"),
    ("confidence", "confidence"),
    ("radiative power", "frp"),
)
"""Words of a column's description, and our name for it; the first match counts."""
_NEEDED = ("lat", "lon")
_CLASSES = {7: "low", 8: "nominal", 9: "high"}
"""As stated in the file: [7,8,9] -> [lo,med,hi] [V]."""
_LIMITS = {
    "scan": (0.01, 20.0),
    "track": (0.01, 20.0),
    "frp": (-50.0, 50_000.0),
    "bright_mir": (150.0, 700.0),
}


def read_afimg(raw: bytes, *, source_name: str, received_at: datetime) -> Reading:
    """Hotspots of a CSPP active fire text file.

    Parameters
    ----------
    raw : bytes
    source_name : str
        The granule is read from the ``# source`` line, else from this name.
    received_at : datetime
        Aware.

    Returns
    -------
    Reading
        Table [HOTSPOTS], product RT. The time of every row is the start of the granule, to the
        minute, as in FIRMS [K]: a granule lasts 86 s, so a row may lie in the minute after and
        then stays a hotspot of its own beside its NRT twin. Reasons of rejected rows:
        ``truncated_line``, ``column_count``, ``position_...``, ``future``, ``confidence``,
        ``scan``, ``track``, ``frp``, ``bright_mir``, ``duplicate_row``.

    Raises
    ------
    InputError
        No description of the columns, or no granule with a satellite and a time.
    """
    source = source_of(raw, source_name=source_name, kind="viirs-afimg", received_at=received_at)
    text = decode_text(raw, source_name=source_name, expected=_EXPECTED)
    refuse_page(text, source_name=source_name, expected=_EXPECTED)
    columns = _columns(text)
    granule = _granule(text, source_name)
    missing = [name for name in _NEEDED if name not in columns]
    if missing or granule is None:
        raise InputError(
            f"{excerpt(source_name)} is not a CSPP active fire text",
            expected=_EXPECTED,
            found=f"no {', '.join(missing) or 'granule'} in: {excerpt(text)}",
            remedy="keep the # lines of the file and its own name",
        )
    lines = split_lines(text, has_header=False, comment="#")
    rows, wrong = frame_of(lines, columns)
    validator = RowValidator(rows, source)
    reject_ragged(validator, lines, wrong, len(columns))
    return Reading(_hotspots(validator, *granule), validator.rejected(), "viirs-afimg")


def _columns(text: str) -> list[str]:
    described = sorted((int(number), what.lower()) for number, what in _COLUMN.findall(text))
    names: list[str] = []
    for number, what in described:
        name = next((ours for words, ours in _WORDS if words in what), f"column{number}")
        names.append(name if name not in names else f"column{number}")
    return names


def _granule(text: str, source_name: str) -> tuple[str, datetime] | None:
    head = "\n".join(line for line in text.splitlines()[:40] if line.startswith("#"))
    match = _GRANULE.search(head) or _GRANULE.search(source_name)
    satellite = _SATELLITES.get(match[1].lower()) if match else None
    if match is None or satellite is None:
        return None
    try:
        start = datetime.strptime(f"{match[2]}{match[3]}+0000", "%Y%m%d%H%M%S%z")
    except ValueError:
        return None
    return satellite, start.astimezone(UTC).replace(second=0)


def _hotspots(validator: RowValidator, satellite: str, start: datetime) -> gpd.GeoDataFrame:
    rows = validator.rows
    lon, lat = checked_degrees(validator, lon="lon", lat="lat")
    acquired_at = pd.Series(pd.Timestamp(start), index=rows.index, dtype="datetime64[us, UTC]")
    reject_future(validator, acquired_at)
    values = {
        "satellite": satellite,
        "instrument": "VIIRS",
        "product": "RT",
        "acquired_at": acquired_at,
        "scan_km": _measure(validator, "scan"),
        "track_km": _measure(validator, "track"),
        "frp_mw": _measure(validator, "frp"),
        "bright_mir_k": _measure(validator, "bright_mir"),
        "confidence": _confidence(validator),
    }
    return hotspot_table(validator, values, lon=lon, lat=lat)


def _measure(validator: RowValidator, name: str) -> NDArray[np.float64]:
    if name not in validator.rows:
        return np.full(len(validator.rows), np.nan)
    values, blank = numbers(validator.rows[name])
    low, high = _LIMITS[name]
    wrong = ~blank & ~((values >= low) & (values <= high))
    validator.reject(wrong, name, f"expected a number from {low:g} to {high:g}")
    return values


def _confidence(validator: RowValidator) -> list[Any]:
    if "confidence" not in validator.rows:
        return [None] * len(validator.rows)
    values, blank = numbers(validator.rows["confidence"])
    classes = [_CLASSES.get(value) for value in values]
    wrong = ~blank & np.array([name is None for name in classes], dtype=bool)
    validator.reject(wrong, "confidence", "expected 7, 8 or 9")
    return classes


def recognise_afimg(raw: bytes, source_name: str) -> bool:
    """Whether ``#`` lines describe columns of an active fire granule."""
    del source_name
    head = raw[:4096].decode("utf-8", errors="replace")
    return head.lstrip().startswith("#") and "column 1:" in head and "active fire" in head.lower()


VIIRS_AFIMG = Feed(
    name="viirs-afimg",
    title_zh="VIIRS 直接广播火点（CSPP）",
    title_en="VIIRS direct broadcast active fires (CSPP)",
    instruments=("VIIRS",),
    recognise=recognise_afimg,
    read=read_afimg,
    late_after_h=18.0,
    licence="of the receiving station",
)
