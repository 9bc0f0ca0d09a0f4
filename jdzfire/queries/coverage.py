"""Observing: what the feeds are known to have delivered, and when each township was last seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import geopandas as gpd
import pandas as pd

from jdzfire.feeds.fetch import FIRMS_SOURCES
from jdzfire.hotspots.observations import last_observations
from jdzfire.hotspots.passes import phase_shift_s
from jdzfire.schemas import TIME_DTYPE
from jdzfire.store.archive import load_hotspots
from jdzfire.workspace import Workspace

LOOKBACK = timedelta(days=16)
"""Observations are listed this far back: older is "long ago" [K]; one repeat
cycle."""

_NEAR_DEG = 15.0
"""About half a VIIRS swath (1,530 km): a row this near was seen from an orbit over the area [C]."""


def observations_at(workspace: Workspace, admin: gpd.GeoDataFrame, *, at: datetime) -> pd.DataFrame:
    """Last observation of each feed at each township, and when the next one is expected.

    Parameters
    ----------
    workspace : Workspace
    admin : GeoDataFrame [ADMIN]
    at : datetime

    Returns
    -------
    DataFrame [OBSERVATIONS]
    """
    level = "township" if (admin["level"] == "township").any() else "county"
    areas = admin[admin["level"] == level].reset_index(drop=True)
    west, south, east, north = (float(v) for v in areas.total_bounds) if len(areas) else (0.0,) * 4
    around = (west - _NEAR_DEG, south - _NEAR_DEG, east + _NEAR_DEG, north + _NEAR_DEG)
    recent = load_hotspots(workspace.home, since=at - LOOKBACK, until=at, bbox=around)
    return last_observations(
        areas,
        coverage_in_hand(workspace, at=at),
        scans_in_hand(workspace, at=at),
        at=at,
        shifts=phase_shift_s(recent),
    )


def coverage_in_hand(workspace: Workspace, *, at: datetime) -> pd.DataFrame:
    """Spans for which the data of a polar orbiter are in hand.

    A span comes from a good answer of a live feed (each day up to where it is covered), or from
    a file: between its first and last row of a satellite near the watched area.

    Returns
    -------
    DataFrame
        feed, satellite, begins_at, ends_at (UTC), one row a span, none after ``at``.
    """
    rows = list(_spans_of_fetches(workspace, at))
    held = _coverage(workspace, at)
    swath = held[held["instrument"] != "AHI"]
    ends_at = _at_most(swath["ends_at"], at)
    columns = ["feed", "satellite", "begins_at", "ends_at"]
    return _spans([*rows, *swath.assign(ends_at=ends_at)[columns].itertuples(index=False)])


def scans_in_hand(workspace: Workspace, *, at: datetime) -> pd.DataFrame:
    """Scans of geostationary sensors that are in hand: feed, satellite, scanned_at (UTC).

    The last scan of each span is enough; a scan without fires is known by its file.
    """
    held = _coverage(workspace, at)
    disk = held[held["instrument"] == "AHI"]
    scanned_at = _at_most(disk["ends_at"], _slot(at))
    rows = disk.assign(scanned_at=scanned_at)[["feed", "satellite", "scanned_at"]]
    return rows.drop_duplicates(ignore_index=True)


def _coverage(workspace: Workspace, at: datetime) -> pd.DataFrame:
    """[COVERAGE] with ``kind`` as ``feed``, of spans that began by ``at`` and are not too old."""
    held = workspace.ledger.load_coverage(since=at - LOOKBACK).rename(columns={"kind": "feed"})
    return held[held["begins_at"] <= at]


Row = tuple[str, str, datetime, datetime]


def _spans(rows: Sequence[Row]) -> pd.DataFrame:
    columns = ["feed", "satellite", "begins_at", "ends_at"]
    table = pd.DataFrame(rows, columns=columns).drop_duplicates(ignore_index=True)
    dtypes = {"feed": "str", "satellite": "str", "begins_at": TIME_DTYPE, "ends_at": TIME_DTYPE}
    aware = {name: pd.to_datetime(table[name], utc=True) for name in columns[2:]}
    return table.assign(**aware).astype(dtypes)


def _spans_of_fetches(workspace: Workspace, at: datetime) -> Iterator[Row]:
    held = workspace.ledger.load_fetches(since=at - LOOKBACK)
    held = held[held["covered_to"].notna()]
    for source, slot, feed, covered in zip(
        held["source"], held["slot"], held["feed"], held["covered_to"], strict=True
    ):
        begin = datetime.fromisoformat(f"{slot}T00:00:00+00:00")
        if begin <= at and begin >= at - LOOKBACK:
            for satellite in _satellites_of(source):
                yield feed, satellite, begin, min(covered, at)


def _satellites_of(source: str) -> tuple[str, ...]:
    known = FIRMS_SOURCES.get(source)
    return () if known is None else tuple(known.satellites)


def _at_most(times: pd.Series, at: datetime) -> pd.Series:
    latest = pd.Timestamp(at)
    capped: pd.Series = times.where(times <= latest, latest)
    return capped


def _slot(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute % 10, seconds=at.second, microseconds=at.microsecond)
