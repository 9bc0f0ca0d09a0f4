"""NASA FIRMS: the CSV of VIIRS and MODIS hotspots in every layout it is handed on in.

Read here: the area API and the regional 24 h / 48 h / 7 d files, the download tool's NRT and
standard archive, with and without ``instrument`` and ``type``, and what a spreadsheet makes of
them. Not here: fetching, cutting to the city, joining a pixel's NRT and SP rows.

A row without a usable satellite, time or place is set aside, and so is one whose other values
are impossible: an impossible value mostly means shifted columns. A value left blank is null.
"""

from __future__ import annotations

import re
from datetime import datetime
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
from jdzfire.feeds.reading import Feed, Reading, Sieve, source_of
from jdzfire.feeds.text import Lines, decode_text, excerpt, frame_of, refuse_page, split_lines
from jdzfire.feeds.values import day_order, is_blank, map_distinct, numbers, parse_clock, parse_date

__all__ = ["FIRMS", "product_of", "read_firms", "recognise_firms", "satellite_of"]

_EXPECTED = "FIRMS CSV with latitude, longitude, acq_date, acq_time, satellite"
_REQUIRED = ("latitude", "longitude", "acq_date", "acq_time", "satellite")
_ALIASES = {"lat": "latitude", "lon": "longitude", "long": "longitude", "date": "acq_date"}
_OPTIONAL = (
    "scan",
    "track",
    "frp",
    "bright_mir",
    "bright_tir",
    "confidence",
    "version",
    "daynight",
    "type",
    "instrument",
)
_MIR = ("bright_ti4", "brightness")
_TIR = ("bright_ti5", "bright_t31")

_SATELLITES = {
    "n": "S-NPP",
    "npp": "S-NPP",
    "snpp": "S-NPP",
    "suominpp": "S-NPP",
    "1": "NOAA-20",
    "n20": "NOAA-20",
    "j1": "NOAA-20",
    "j01": "NOAA-20",
    "noaa20": "NOAA-20",
    "2": "NOAA-21",
    "n21": "NOAA-21",
    "j2": "NOAA-21",
    "j02": "NOAA-21",
    "noaa21": "NOAA-21",
    "t": "Terra",
    "terra": "Terra",
    "a": "Aqua",
    "aqua": "Aqua",
}
"""FIRMS writes N, 1, N20, N21, T, A, Terra, Aqua [V]; ``2`` for NOAA-21 by analogy [K]."""

_CLASSES = {
    "l": "low",
    "low": "low",
    "n": "nominal",
    "nominal": "nominal",
    "h": "high",
    "high": "high",
}
_DAY = {"d": True, "n": False, "day": True, "night": False}
_FIRST_YEAR = 2000

_LIMITS: dict[str, tuple[float, float]] = {
    "scan": (0.01, 20.0),
    "track": (0.01, 20.0),
    "frp": (-50.0, 50_000.0),
    "bright_mir": (150.0, 700.0),
    "bright_tir": (150.0, 700.0),
}
"""What a value can be at all, not what is usual: km, km, MW, K, K [K]. The standard archive has
FRP slightly below zero where the background was warmer than the pixel."""


def read_firms(raw: bytes, *, source_name: str, received_at: datetime) -> Reading:
    """Hotspots of a FIRMS CSV file.

    Parameters
    ----------
    raw : bytes
        UTF-8, UTF-16 with mark, or GB18030; any line ends; comma, tab or semicolon.
    source_name : str
        File name, for the messages.
    received_at : datetime
        When the house got it; aware.

    Returns
    -------
    Reading
        Table [HOTSPOTS] in the order of the file; a file of only a header gives no rows.
        Reasons of rejected rows: ``truncated_line``, ``column_count``, ``position_missing``,
        ``position_unreadable``, ``position_range``, ``position_zero``, ``date``,
        ``date_ambiguous``, ``time``, ``future``, ``satellite``, ``instrument``, ``confidence``,
        ``daynight``, ``type``, ``scan``, ``track``, ``frp``, ``bright_mir``, ``bright_tir``,
        ``duplicate_row``.

    Raises
    ------
    InputError
        The file is empty, binary, a web page, a refusal of the service, or lacks a column
        without which no row can be placed in space and time.

    Notes
    -----
    Of rows with one id (satellite, minute, place to four decimals) the best product stays (SP >
    NRT > RT > URT), then the highest version, the largest FRP, the first. The product is read
    from the version: ``2.0NRT`` is NRT, ``61.03`` or ``1`` without letters is SP; without a
    version it is NRT, the only product China gets live (field notes, section 4 [V]). About 1 s
    for 48,000 rows on one core.
    """
    source = source_of(raw, source_name=source_name, kind="firms", received_at=received_at)
    text = decode_text(raw, source_name=source_name, expected=_EXPECTED)
    refuse_page(text, source_name=source_name, expected=_EXPECTED)
    lines = split_lines(text, has_header=True)
    columns = _columns(lines, source_name)
    rows, wrong = frame_of(lines, columns)
    sieve = Sieve(_with_optional(rows), source)
    reject_ragged(sieve, lines, wrong, len(columns))
    return Reading(_hotspots(sieve), sieve.rejected(), "firms")


def product_of(version: object) -> str:
    """URT, RT, NRT or SP of a FIRMS version text.

    Examples
    --------
    >>> [product_of(text) for text in ("2.0NRT", "2.0URT", "6.1RT", "61.03", "1", "")]
    ['NRT', 'URT', 'RT', 'SP', 'SP', 'NRT']
    """
    if is_blank(version):
        return "NRT"
    letters = re.sub(r"[^A-Z]", "", str(version).upper())
    return letters if letters in ("NRT", "URT", "RT") else "SP"


def satellite_of(text: object) -> str | None:
    """Satellite of a FIRMS abbreviation; None when it is not one the house knows.

    Examples
    --------
    >>> [satellite_of(text) for text in ("N", "1", "1.0", "NOAA-21", "L8")]
    ['S-NPP', 'NOAA-20', 'NOAA-20', 'NOAA-21', None]
    """
    key = re.sub(r"[^a-z0-9]", "", re.sub(r"\.0$", "", str(text).strip().lower()))
    return _SATELLITES.get(key)


def _columns(lines: Lines, source_name: str) -> list[str]:
    header = [re.sub(r"[^a-z0-9_]", "", name.lower()) for name in lines.header]
    names = [_ALIASES.get(name, name) for name in header]
    for ours, theirs in (("bright_mir", _MIR), ("bright_tir", _TIR)):
        present = [name for name in theirs if name in names]
        names = [ours if present and name == present[0] else name for name in names]
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise InputError(
            f"{excerpt(source_name)} is not a FIRMS hotspot table",
            expected=_EXPECTED,
            found=f"no {', '.join(missing)} in: {excerpt(','.join(lines.header))}",
            remedy="check the address or the export and fetch again; "
            "an answer in words instead of a table is the service's refusal",
        )
    return _unique(names)


def _unique(names: list[str]) -> list[str]:
    """Later columns of the same name get a number; the first is used."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}__{seen[name]}")
    return result


def _with_optional(rows: pd.DataFrame) -> pd.DataFrame:
    absent = {
        name: pd.Series(None, index=rows.index, dtype=object)
        for name in _OPTIONAL
        if name not in rows
    }
    return rows.assign(**absent)


def _hotspots(sieve: Sieve) -> gpd.GeoDataFrame:
    rows = sieve.rows
    lon, lat = checked_degrees(sieve, lon="longitude", lat="latitude")
    acquired_at = _acquired_at(sieve)
    reject_future(sieve, acquired_at)
    satellite = np.array(map_distinct(rows["satellite"], satellite_of), dtype=object)
    unknown = np.array([name is None for name in satellite], dtype=bool)
    sieve.reject(unknown, "satellite", "not a satellite the house knows")
    instrument = np.where(np.isin(satellite.astype(str), ["Terra", "Aqua"]), "MODIS", "VIIRS")
    told = np.array(["" if is_blank(v) else str(v).upper() for v in rows["instrument"]])
    odd = (told != "") & (told != instrument)
    sieve.reject(odd, "instrument", "satellite and instrument disagree")
    measured = {name: _measure(sieve, name) for name in _LIMITS}
    classes, percents = _confidence(sieve)
    values = {
        "satellite": satellite,
        "instrument": instrument,
        "product": map_distinct(rows["version"], product_of),
        "version": [None if is_blank(v) else str(v) for v in rows["version"]],
        "acquired_at": acquired_at,
        "scan_km": measured["scan"],
        "track_km": measured["track"],
        "frp_mw": measured["frp"],
        "bright_mir_k": measured["bright_mir"],
        "bright_tir_k": measured["bright_tir"],
        "confidence": classes,
        "confidence_pct": percents,
        "is_day": _is_day(sieve),
        "source_type": _source_type(sieve),
    }
    return hotspot_table(sieve, values, lon=lon, lat=lat)


def _acquired_at(sieve: Sieve) -> pd.Series[Any]:
    """UTC times of date and clock columns, null where the row was set aside for them."""
    rows = sieve.rows
    order = day_order(rows["acq_date"].unique())
    days = map_distinct(rows["acq_date"], lambda text: parse_date(text, order=order))
    minutes = map_distinct(rows["acq_time"], parse_clock)
    no_day = np.array([day is None or day.year < _FIRST_YEAR for day in days], dtype=bool)
    two_ways = [no and _is_two_way(text) for no, text in zip(no_day, rows["acq_date"], strict=True)]
    sieve.reject(two_ways, "date_ambiguous", "day and month cannot be told apart")
    sieve.reject(no_day, "date", f"expected a date from {_FIRST_YEAR} on, as 2024-04-04")
    no_time = np.array([value is None for value in minutes], dtype=bool)
    sieve.reject(no_time, "time", "expected HHMM, 00:00 to 23:59 UTC")
    whole = np.array(
        [
            np.datetime64("NaT") if no else np.datetime64(day, "us")
            for no, day in zip(no_day, days, strict=True)
        ],
        dtype="datetime64[us]",
    )
    clock = np.array([value or 0 for value in minutes], dtype="timedelta64[m]")
    whole[no_time] = np.datetime64("NaT")
    return pd.Series(pd.DatetimeIndex(whole + clock).tz_localize("UTC"), index=rows.index)


def _is_two_way(text: object) -> bool:
    readings = [parse_date(text, order=order) for order in ("dmy", "mdy")]
    return parse_date(text) is None and None not in readings


def _measure(sieve: Sieve, name: str) -> NDArray[np.float64]:
    values, blank = numbers(sieve.rows[name])
    low, high = _LIMITS[name]
    wrong = ~blank & ~((values >= low) & (values <= high))
    sieve.reject(wrong, name, f"expected a number from {low:g} to {high:g}")
    return values


def _confidence(sieve: Sieve) -> tuple[list[str | None], NDArray[np.float64]]:
    """Class and percent: a row has one of them, or none when it tells none."""
    texts = sieve.rows["confidence"]
    classes = map_distinct(texts, lambda text: _CLASSES.get(str(text).strip().lower()))
    is_class = np.array([value is not None for value in classes], dtype=bool)
    percents, blank = numbers(texts.where(~is_class))
    wrong = ~is_class & ~blank & ~((percents >= 0) & (percents <= 100))
    sieve.reject(wrong, "confidence", "expected l, n, h, low, nominal, high, or 0 to 100")
    return classes, percents


def _is_day(sieve: Sieve) -> Any:
    texts = sieve.rows["daynight"]
    blank = np.array(map_distinct(texts, is_blank), dtype=bool)
    flags = map_distinct(texts, lambda text: _DAY.get(str(text).strip().lower()))
    unknown = np.array([flag is None for flag in flags], dtype=bool)
    sieve.reject(unknown & ~blank, "daynight", "expected D or N")
    return pd.array(flags, dtype="boolean")


def _source_type(sieve: Sieve) -> Any:
    values, blank = numbers(sieve.rows["type"])
    sieve.reject(~blank & ~np.isin(values, [0, 1, 2, 3]), "type", "expected 0, 1, 2 or 3")
    return pd.array(np.where(np.isin(values, [0, 1, 2, 3]), values, np.nan), dtype="Int64")


def recognise_firms(raw: bytes, source_name: str) -> bool:
    """Whether the first line names the columns only FIRMS has together."""
    del source_name
    head = raw[:4096].replace(b"\x00", b"").decode("utf-8", errors="replace").lower()
    first = next((line for line in head.splitlines() if line.strip()), "")
    return all(name in first for name in ("latitude", "longitude", "acq_date"))


FIRMS = Feed(
    name="firms",
    title_zh="FIRMS 卫星热点（VIIRS、MODIS）",
    title_en="FIRMS satellite hotspots (VIIRS, MODIS)",
    instruments=("VIIRS", "MODIS"),
    recognise=recognise_firms,
    read=read_firms,
    late_after_h=18.0,
    licence="NASA FIRMS/LANCE: free use with citation and disclaimer",
    header_lines=1,
)
"""Late after 18 h: passes about 12 h apart, up to 3 h to arrive [V], 3 h in hand [K]."""
