"""Observing: what the feeds are known to have delivered, and when each township was last seen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import geopandas as gpd
import pandas as pd

from jdzfire.feeds.fetch import FIRMS_SOURCES
from jdzfire.hotspots import last_looks, phase_shift_s
from jdzfire.schemas import TIME_DTYPE
from jdzfire.stages.house import House
from jdzfire.stages.receiving import ARCHIVED, DONE
from jdzfire.store import load_hotspots

__all__ = ["coverage_in_hand", "looks_at", "scans_in_hand", "spans_of", "wider"]

LOOK_BACK = timedelta(days=16)
"""Looks are told this far back: after it "long ago" is all that matters [K]; one repeat cycle."""

_NEAR_DEG = 15.0
"""About half a VIIRS swath (1,530 km): a row this near was seen from an orbit over the area [C]."""

_SCAN = re.compile(r"H(\d{2})_(\d{8})_(\d{4})_L2WLF", re.IGNORECASE)


def looks_at(house: House, admin: gpd.GeoDataFrame, *, at: datetime) -> pd.DataFrame:
    """Last look of each feed at each township, and when the next one is expected.

    Parameters
    ----------
    house : House
    admin : GeoDataFrame [ADMIN]
    at : datetime

    Returns
    -------
    DataFrame [LOOKS]
    """
    level = "township" if (admin["level"] == "township").any() else "county"
    areas = admin[admin["level"] == level].reset_index(drop=True)
    west, south, east, north = (float(v) for v in areas.total_bounds) if len(areas) else (0.0,) * 4
    around = (west - _NEAR_DEG, south - _NEAR_DEG, east + _NEAR_DEG, north + _NEAR_DEG)
    recent = load_hotspots(house.home, since=at - LOOK_BACK, until=at, bbox=around)
    return last_looks(
        areas,
        coverage_in_hand(house, at=at),
        scans_in_hand(house, at=at),
        at=at,
        shifts=phase_shift_s(recent),
    )


def coverage_in_hand(house: House, *, at: datetime) -> pd.DataFrame:
    """Spans for which the data of a polar orbiter are in hand.

    A span comes from a good answer of a live feed (each day up to where it is covered), or from
    a file: between its first and last row of a satellite near the watched area.

    Returns
    -------
    DataFrame
        feed, satellite, begins_at, ends_at (UTC), one row a span, none after ``at``.
    """
    rows = [*_spans_of_fetches(house, at), *_spans_of_files(house, at, "span")]
    return _spans(rows)


def scans_in_hand(house: House, *, at: datetime) -> pd.DataFrame:
    """Scans of geostationary sensors that are in hand: feed, satellite, scanned_at (UTC).

    The last scan of each span is enough; a scan without fires is known by its file.
    """
    found = _spans([*_spans_of_files(house, at, "scans"), *_scans_by_name(house, at)])
    return found.rename(columns={"ends_at": "scanned_at"}).drop(columns="begins_at")


Row = tuple[str, str, datetime, datetime]


def _spans(rows: list[Row]) -> pd.DataFrame:
    columns = ["feed", "satellite", "begins_at", "ends_at"]
    table = pd.DataFrame(rows, columns=columns).drop_duplicates(ignore_index=True)
    dtypes = {"feed": "str", "satellite": "str", "begins_at": TIME_DTYPE, "ends_at": TIME_DTYPE}
    aware = {name: pd.to_datetime(table[name], utc=True) for name in columns[2:]}
    return table.assign(**aware).astype(dtypes)


def _spans_of_fetches(house: House, at: datetime) -> Iterator[Row]:
    held = house.ledger.load_fetches()
    held = held[held["covered_to"].notna()]
    for source, slot, feed, covered in zip(
        held["source"], held["slot"], held["feed"], held["covered_to"], strict=True
    ):
        begin = datetime.fromisoformat(f"{slot}T00:00:00+00:00")
        if begin <= at and begin >= at - LOOK_BACK:
            for satellite in _satellites_of(source):
                yield feed, satellite, begin, min(covered, at)


def _satellites_of(source: str) -> tuple[str, ...]:
    known = FIRMS_SOURCES.get(source)
    return () if known is None else tuple(known.satellites)


def _spans_of_files(house: House, at: datetime, key: str) -> Iterator[Row]:
    inputs = house.ledger.load_inputs()
    kept = inputs[inputs["state"].isin([ARCHIVED, DONE]) & inputs["options"].str.contains(key)]
    for feed, options in zip(kept["kind"], kept["options"], strict=True):
        for satellite, (first, last) in json.loads(options).get(key, {}).items():
            begin, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
            if begin <= at and end >= at - LOOK_BACK:
                yield feed, satellite, begin, min(end, _slot(at) if key == "scans" else at)


def _scans_by_name(house: House, at: datetime) -> Iterator[Row]:
    inputs = house.ledger.load_inputs()
    kept = inputs[inputs["state"].isin([ARCHIVED, DONE])]
    for feed, name in zip(kept["kind"], kept["source_name"], strict=True):
        match = _SCAN.match(name)
        if match is None:
            continue
        try:
            slot = datetime.strptime(match[2] + match[3], "%Y%m%d%H%M").replace(tzinfo=UTC)
        except ValueError:
            continue
        if at - LOOK_BACK <= slot <= at:
            yield feed, f"Himawari-{int(match[1])}", slot, slot


def _slot(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute % 10, seconds=at.second, microseconds=at.microsecond)


def spans_of(table: gpd.GeoDataFrame, centre: tuple[float, float]) -> dict[str, Any]:
    """What a reading says of when it saw the watched area: spans of polar orbiters, and scans.

    Parameters
    ----------
    table : GeoDataFrame [HOTSPOTS]
    centre : (lon, lat) of the watched area [degree]

    Returns
    -------
    dict
        ``span`` and ``scans``: satellite -> first and last time, ISO text. A polar orbiter
        counts by its rows within half a swath of the area; a full-disk scan by any row.
    """
    lon, lat = centre
    near = (
        (table.geometry.x - lon).abs().le(_NEAR_DEG) & (table.geometry.y - lat).abs().le(_NEAR_DEG)
    ).to_numpy()
    polar = table["instrument"].isin(["VIIRS", "MODIS"]).to_numpy() & near
    disk = table["instrument"].eq("AHI").to_numpy()
    found = {"span": _extent(table[polar]), "scans": _extent(table[disk])}
    return {key: value for key, value in found.items() if value}


def _extent(rows: gpd.GeoDataFrame) -> dict[str, tuple[str, str]]:
    times = rows.groupby("satellite")["acquired_at"].agg(["min", "max"])
    return {
        str(name): (first.isoformat(), last.isoformat()) for name, first, last in times.itertuples()
    }


def wider(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Both spans together, satellite by satellite."""
    result: dict[str, Any] = {}
    for key in {*one, *other}:
        left, right = one.get(key, {}), other.get(key, {})
        result[key] = {
            name: (
                min(span[0] for span in (left.get(name), right.get(name)) if span),
                max(span[1] for span in (left.get(name), right.get(name)) if span),
            )
            for name in sorted({*left, *right})
        }
    return result
