"""NASA FIRMS: VIIRS, MODIS and Landsat hotspots in every layout and form they are handed on in.

Read here: the area API and the regional 24 h / 48 h / 7 d files, the download tool's NRT and
standard archive, with and without ``instrument`` and ``type``, and what a spreadsheet makes of
them; as CSV, JSON, GeoJSON, KML, KMZ, zipped shapefile or zipped CSV. Not here: fetching,
cutting to the city, joining a pixel's NRT and SP rows.

A row without a usable satellite, time or place is rejected, and so is one whose other values
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

from jdzfire.feeds.firms_forms import TextRows, is_firms, text_rows
from jdzfire.feeds.hotspot_rows import (
    checked_degrees,
    hotspot_table,
    reject_future,
    reject_ragged,
)
from jdzfire.feeds.reading import Feed, Reading, RowValidator, source_of
from jdzfire.feeds.sheets import unused_note
from jdzfire.feeds.times import day_order, parse_clock, parse_date
from jdzfire.feeds.values import is_blank, map_array, numbers

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
_KNOWN = frozenset((*_OPTIONAL, "latitude", "longitude", "acq_date", "acq_time", "satellite"))
"""Columns that are used."""
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
    "l8": "Landsat-8",
    "landsat8": "Landsat-8",
    "l9": "Landsat-9",
    "landsat9": "Landsat-9",
}
"""FIRMS writes N, 1, N20, N21, T, A, Terra, Aqua, L8, L9 [V]; ``2`` for NOAA-21 by analogy [K]."""

_INSTRUMENTS = {"Terra": "MODIS", "Aqua": "MODIS", "Landsat-8": "OLI", "Landsat-9": "OLI"}

_CLASSES = {
    "l": "low",
    "low": "low",
    "n": "nominal",
    "nominal": "nominal",
    "h": "high",
    "high": "high",
    "m": "nominal",
    "medium": "nominal",
}
"""Landsat rows say H, M, L [V]; medium stands for nominal [K]."""
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
    """Hotspots of a FIRMS file.

    Parameters
    ----------
    raw : bytes
        CSV in UTF-8, UTF-16 with mark, or GB18030, any line ends, comma, tab or semicolon; JSON
        or GeoJSON; KML or KMZ; a zip of shapefiles, CSV or JSON files; an Excel workbook.
    source_name : str
        File name, for the messages.
    received_at : datetime
        When it was first received; aware.

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
        The file is empty, binary, damaged, too large unpacked, a web page, a refusal of the
        service, or lacks a column without which no row can be placed in space and time.

    Notes
    -----
    Of rows with one id (satellite, minute, place to four decimals) the best product stays (SP >
    NRT > RT > URT), then the highest version, the largest FRP, the first. The product is read
    from the version: ``2.0NRT`` is NRT, ``61.03`` or ``1`` without letters is SP; without a
    version it is NRT, the only product China gets live (field notes, section 4 [V]). Lines of
    JSON, KML and shapefiles are numbers of records, from 1; in an archive of several files they
    count on from file to file. Scan and track of Landsat rows are pixel numbers, not kilometres
    [V], and become null. A CSV without quotes and odd lines is read at once, any other line by
    line.
    """
    source = source_of(raw, source_name=source_name, kind="firms", received_at=received_at)
    tables = text_rows(raw, source_name=source_name)
    validator = RowValidator(_with_optional(_together(tables)), source)
    for rows in tables:
        reject_ragged(validator, rows.lines, list(rows.wrong), rows.frame.shape[1])
        for number, text in rows.again:
            validator.reject_line(number, "header_again", "the header of another table", text)
    odd = [name for name in validator.rows if name not in _KNOWN]
    if odd:
        validator.note(unused_note(odd))
    table = _hotspots(validator)
    return Reading(table, validator.rejected(), "firms", tuple(validator.notes()))


def _together(tables: list[TextRows]) -> pd.DataFrame:
    frames = [rows.frame for rows in tables]
    return frames[0] if len(frames) == 1 else pd.concat(frames)


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
    """Satellite of a FIRMS abbreviation; None when it is not one jdzfire knows.

    Examples
    --------
    >>> [satellite_of(text) for text in ("N", "1", "1.0", "NOAA-21", "L8", "X")]
    ['S-NPP', 'NOAA-20', 'NOAA-20', 'NOAA-21', 'Landsat-8', None]
    """
    key = re.sub(r"[^a-z0-9]", "", re.sub(r"\.0$", "", str(text).strip().lower()))
    return _SATELLITES.get(key)


def _with_optional(rows: pd.DataFrame) -> pd.DataFrame:
    absent = {
        name: pd.Series(None, index=rows.index, dtype=object)
        for name in _OPTIONAL
        if name not in rows
    }
    return rows.assign(**absent)


def _hotspots(validator: RowValidator) -> gpd.GeoDataFrame:
    rows = validator.rows
    lon, lat = checked_degrees(validator, lon="longitude", lat="latitude")
    acquired_at = _acquired_at(validator)
    reject_future(validator, acquired_at)
    satellite = map_array(rows["satellite"], satellite_of)
    unknown = pd.isna(satellite)
    validator.reject(unknown, "satellite", "not a satellite jdzfire knows")
    instrument = map_array(
        rows["satellite"], lambda text: _INSTRUMENTS.get(str(satellite_of(text)), "VIIRS")
    )
    stated_instrument = map_array(
        rows["instrument"], lambda text: "" if is_blank(text) else str(text).upper()
    )
    odd = (stated_instrument != "") & (stated_instrument != instrument)
    validator.reject(odd, "instrument", "satellite and instrument disagree")
    is_oli = instrument == "OLI"
    measured = {
        name: _measure(validator, name, except_for=is_oli if name in ("scan", "track") else None)
        for name in _LIMITS
    }
    classes, percents = _confidence(validator)
    values = {
        "satellite": satellite,
        "instrument": instrument,
        "product": map_array(rows["version"], product_of),
        "version": map_array(rows["version"], lambda text: None if is_blank(text) else str(text)),
        "acquired_at": acquired_at,
        "scan_km": measured["scan"],
        "track_km": measured["track"],
        "frp_mw": measured["frp"],
        "bright_mir_k": measured["bright_mir"],
        "bright_tir_k": measured["bright_tir"],
        "confidence": classes,
        "confidence_pct": percents,
        "is_day": _is_day(validator),
        "source_type": _source_type(validator),
    }
    return hotspot_table(validator, values, lon=lon, lat=lat)


def _acquired_at(validator: RowValidator) -> pd.Series[Any]:
    """UTC times of date and clock columns, null where the row was rejected for them."""
    rows = validator.rows
    days = rows["acq_date"].unique()
    order = day_order(days)
    if order is None:
        order = day_order(days, by_span=True)
        if order is not None:
            shown = {"dmy": "day before month", "mdy": "month before day"}[order]
            validator.note(f"dates are read {shown}: so they lie within a few days")
    days = map_array(rows["acq_date"], lambda text: _day(text, order), "datetime64[us]")
    no_day = np.isnat(days)
    two_ways = map_array(rows["acq_date"], _is_two_way, np.bool_) if no_day.any() else no_day
    validator.reject(no_day & two_ways, "date_ambiguous", "day and month cannot be distinguished")
    validator.reject(no_day, "date", f"expected a date from {_FIRST_YEAR} on, as 2024-04-04")
    clock = map_array(rows["acq_time"], _minutes, "timedelta64[m]")
    no_time = np.isnat(clock)
    validator.reject(no_time, "time", "expected HHMM, 00:00 to 23:59 UTC")
    return pd.Series(pd.DatetimeIndex(days + clock).tz_localize("UTC"), index=rows.index)


def _day(text: object, order: str | None) -> np.datetime64:
    day = parse_date(text, order=order)
    return np.datetime64("NaT" if day is None or day.year < _FIRST_YEAR else day, "us")


def _minutes(text: object) -> np.timedelta64:
    minutes = parse_clock(text)
    return np.timedelta64("NaT" if minutes is None else minutes, "m")


def _is_two_way(text: object) -> bool:
    readings = [parse_date(text, order=order) for order in ("dmy", "mdy")]
    return parse_date(text) is None and None not in readings


def _measure(
    validator: RowValidator, name: str, *, except_for: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    values, blank = numbers(validator.rows[name])
    if except_for is not None and except_for.any():
        values, blank = np.where(except_for, np.nan, values), blank | except_for
    low, high = _LIMITS[name]
    wrong = ~blank & ~((values >= low) & (values <= high))
    validator.reject(wrong, name, f"expected a number from {low:g} to {high:g}")
    return values


def _confidence(validator: RowValidator) -> tuple[NDArray[np.object_], NDArray[np.float64]]:
    """Class and percent: a row has one of them, or none when it states none."""
    texts = validator.rows["confidence"]
    classes = map_array(texts, lambda text: _CLASSES.get(str(text).strip().lower()))
    is_class = ~pd.isna(classes)
    if is_class.all():
        return classes, np.full(len(texts), np.nan)
    percents, blank = numbers(texts.where(~is_class))
    wrong = ~is_class & ~blank & ~((percents >= 0) & (percents <= 100))
    validator.reject(wrong, "confidence", "expected l, n, h, low, nominal, high, or 0 to 100")
    return classes, percents


def _is_day(validator: RowValidator) -> Any:
    texts = validator.rows["daynight"]
    flags = map_array(texts, lambda text: _DAY.get(str(text).strip().lower()))
    unknown = pd.isna(flags)
    blank = map_array(texts, is_blank, np.bool_)
    validator.reject(unknown & ~blank, "daynight", "expected D or N")
    return pd.array(flags, dtype="boolean")


def _source_type(validator: RowValidator) -> Any:
    values, blank = numbers(validator.rows["type"])
    validator.reject(~blank & ~np.isin(values, [0, 1, 2, 3]), "type", "expected 0, 1, 2 or 3")
    return pd.array(np.where(np.isin(values, [0, 1, 2, 3]), values, np.nan), dtype="Int64")


def recognise_firms(raw: bytes, source_name: str) -> bool:
    """Whether the bytes name the columns only FIRMS has together, in any of its forms."""
    del source_name
    return is_firms(raw)


FIRMS = Feed(
    name="firms",
    title_zh="FIRMS 卫星热点（VIIRS、MODIS、Landsat）",
    title_en="FIRMS satellite hotspots (VIIRS, MODIS, Landsat)",
    instruments=("VIIRS", "MODIS", "OLI"),
    recognise=recognise_firms,
    read=read_firms,
    late_after_h=18.0,
    licence="NASA FIRMS/LANCE: free use with citation and disclaimer",
    header_lines=1,
)
"""Late after 18 h: passes about 12 h apart, up to 3 h to arrive [V], 3 h in hand [K]."""
