"""Last observed: "no hotspot" means something only where and when a sensor observed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.hotspots.passes import PREDICTED, PassRules, passes_over
from jdzfire.schemas import OBSERVATIONS, TIME_DTYPE, conform, empty_table

AHEAD = timedelta(hours=36)
"""How far ahead the next pass is searched; every place is passed within it [C]."""
LOOKBACK = timedelta(days=4)
"""First stretch searched for a last observation; each one further back is twice as long."""
SCAN_STEP = timedelta(minutes=10)
"""Time between two full-disk scans [V, field notes section 4]."""
DEAD_AFTER = timedelta(hours=1)
"""A geostationary feed silent for longer has no next scan to expect [K]."""


def last_observations(
    areas: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
    scans: pd.DataFrame,
    *,
    at: datetime,
    shifts: Mapping[str, float] | None = None,
    rules: PassRules | None = None,
) -> pd.DataFrame:
    """When each area was last observed, and when the next observation is expected.

    An orbiter observed an area in a pass whose swath held the area's middle and which lies in a
    span for which its data are in hand; what was in hand but not passed, and what was passed but
    is not in hand, is no observation. A geostationary sensor observes all areas in each scan in
    hand.

    Parameters
    ----------
    areas : GeoDataFrame [ADMIN], n rows
    coverage : DataFrame
        feed, satellite, begins_at, ends_at (UTC, both inside): data in hand.
    scans : DataFrame
        feed, satellite, scanned_at (UTC): geostationary scans in hand.
    at : datetime
        Now; later observations are not known yet.
    shifts : mapping of float [s], optional
        Corrections of the orbits, from :func:`jdzfire.hotspots.passes.phase_shift_s`.
    rules : PassRules, optional

    Returns
    -------
    DataFrame [OBSERVATIONS]
        One row an area, feed and satellite that has a span or a scan; by township_id, feed,
        satellite. An area never observed has null in ``last_looked_at``.
    """
    if areas.empty or (coverage.empty and scans.empty):
        none: pd.DataFrame = empty_table(OBSERVATIONS)
        return none
    parts = [*_polar(areas, coverage, at, shifts or {}, rules), *_scanned(areas, scans, at)]
    if not parts:
        return pd.DataFrame(empty_table(OBSERVATIONS))
    table = pd.concat(parts, ignore_index=True)
    ordered = table.sort_values(["township_id", "feed", "satellite"])
    return conform(ordered, OBSERVATIONS)


def _polar(
    areas: gpd.GeoDataFrame,
    coverage: pd.DataFrame,
    at: datetime,
    shifts: Mapping[str, float],
    rules: PassRules | None,
) -> list[pd.DataFrame]:
    known = coverage[coverage["satellite"].isin(list(PREDICTED)) & (coverage["begins_at"] <= at)]
    if known.empty:
        return []
    middles = gpd.GeoSeries(areas.geometry.representative_point(), crs=areas.crs)
    middles = middles.set_axis(areas["admin_id"])
    satellites = set(known["satellite"])
    coming = passes_over(middles, at, at + AHEAD, satellites=satellites, shifts=shifts, rules=rules)
    coming = coming[coming["at"] > at]
    parts = []
    for names, spans in known.groupby(["feed", "satellite"]):
        feed, satellite = map(str, cast(tuple[str, str], names))
        is_about = PREDICTED[satellite][2] and satellite not in shifts
        last = _last_passes(middles, satellite, spans, at, shifts, rules)
        following = coming[coming["satellite"] == satellite].groupby("place")["at"].min()
        parts.append(_rows(areas, feed, satellite, last, following, is_about))
    return parts


def _last_passes(
    middles: gpd.GeoSeries,
    satellite: str,
    spans: pd.DataFrame,
    at: datetime,
    shifts: Mapping[str, float],
    rules: PassRules | None,
) -> pd.Series:
    """Newest pass in hand over each place, searched backwards until every place has one.

    A year in hand is 1,000 passes of a satellite and more, and the last days hold the answer.
    """
    first = spans["begins_at"].min().to_pydatetime()
    end = min(at, spans["ends_at"].max().to_pydatetime()) + timedelta(microseconds=1)
    found = pd.Series(index=middles.index[:0], dtype=TIME_DTYPE)
    back = LOOKBACK
    while first < end and len(found) < len(middles):
        begin = max(first, end - back)
        passes = passes_over(
            middles, begin, end, satellites=[satellite], shifts=shifts, rules=rules
        )
        held = passes[_in_spans(passes["at"], spans)].groupby("place")["at"].max()
        held = held[~held.index.isin(found.index)]
        found = pd.concat([found, held]) if len(found) else held
        end, back = begin, 2 * back
    return found


def _in_spans(times: pd.Series, spans: pd.DataFrame) -> pd.Series:
    inside = pd.Series(False, index=times.index)
    for begin, end in zip(spans["begins_at"], spans["ends_at"], strict=True):
        inside |= times.between(begin, end)
    return inside


def _scanned(areas: gpd.GeoDataFrame, scans: pd.DataFrame, at: datetime) -> list[pd.DataFrame]:
    parts = []
    done = scans[scans["scanned_at"] <= at]
    for names, rows in done.groupby(["feed", "satellite"]):
        feed, satellite = map(str, cast(tuple[str, str], names))
        newest = rows["scanned_at"].max()
        is_alive = at - newest <= DEAD_AFTER
        every = pd.Series(newest, index=areas["admin_id"])
        following = every + SCAN_STEP if is_alive else every.iloc[:0]
        parts.append(_rows(areas, feed, satellite, every, following, False))
    return parts


def _rows(
    areas: gpd.GeoDataFrame,
    feed: str,
    satellite: str,
    last: pd.Series,
    following: pd.Series,
    is_about: bool,
) -> pd.DataFrame:
    ids = areas["admin_id"].to_numpy()
    return pd.DataFrame(
        {
            "township_id": ids,
            "name": areas["name"].to_numpy(),
            "feed": feed,
            "satellite": satellite,
            "last_looked_at": pd.to_datetime(last.reindex(ids).array, utc=True),
            "next_expected_at": pd.to_datetime(following.reindex(ids).array, utc=True),
            "is_about": is_about,
            "cloud_pct": np.nan,
        }
    ).astype({"last_looked_at": TIME_DTYPE, "next_expected_at": TIME_DTYPE})
