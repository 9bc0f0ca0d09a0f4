"""How a heat source has looked from space so far."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.crs import metric_crs

__all__ = ["SourcePast", "look_up_past", "source_areas", "source_history"]


@dataclass(frozen=True)
class SourcePast:
    """What was known of one source after each look at it; arrays of the same length."""

    times: NDArray[np.int64]
    """Times of observation, sorted [microseconds since 1970, UTC]."""
    dates: NDArray[np.int64]
    """Distinct UTC dates it had been seen on, this look included."""
    frp_p95_mw: NDArray[np.float64]
    """95th percentile of its FRP, this look included; the lower of two neighbours [MW]."""


def source_areas(sources: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Ground each source covers: its geometry widened by its radius.

    Parameters
    ----------
    sources : GeoDataFrame [HEAT_SOURCES, EPSG:4326], n rows

    Returns
    -------
    GeoSeries [EPSG:4326], n rows, index kept
    """
    if sources.empty:
        return gpd.GeoSeries([], index=sources.index, crs=sources.crs)
    west, south, east, north = (float(v) for v in sources.total_bounds)
    metric = sources.geometry.to_crs(metric_crs((west, south, east, north)))
    return metric.buffer(sources["radius_m"], quad_segs=16).to_crs(sources.crs)


def source_history(matched: pd.DataFrame) -> dict[str, SourcePast]:
    """Past of each source, from the hotspots that fell on it.

    Parameters
    ----------
    matched : DataFrame, n rows
        source_id, acquired_at, frp_mw [MW]; one row a hotspot on a source. Rows without FRP
        count as a look but not for the percentile.

    Returns
    -------
    dict of SourcePast by source_id

    Notes
    -----
    About n log n: every look adds one value to a sorted list.
    """
    ordered = matched.sort_values(["acquired_at", "frp_mw"])
    return {str(source_id): _past_of_one(rows) for source_id, rows in ordered.groupby("source_id")}


def _past_of_one(rows: pd.DataFrame) -> SourcePast:
    held: list[float] = []
    p95 = np.full(len(rows), np.nan)
    for position, frp_mw in enumerate(rows["frp_mw"]):
        if not np.isnan(frp_mw):
            insort(held, float(frp_mw))
        if held:
            p95[position] = held[int(0.95 * (len(held) - 1))]
    day = rows["acquired_at"].dt.floor("D")
    return SourcePast(
        times=np.asarray(rows["acquired_at"].astype("int64"), dtype=np.int64),
        dates=(~day.duplicated()).cumsum().to_numpy(dtype=np.int64),
        frp_p95_mw=p95,
    )


def look_up_past(
    past: Mapping[str, SourcePast], source_id: NDArray[np.object_], until: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """What was known of each source before a time.

    Parameters
    ----------
    past : mapping of SourcePast by source_id
    source_id : array of str, n
    until : array of int [microseconds since 1970, UTC], n
        Looks at or after it do not count.

    Returns
    -------
    dates : array of int, n
        0 where nothing is known.
    frp_p95_mw : array [MW], n
        NaN where nothing is known.
    """
    dates = np.zeros(len(source_id), dtype=np.int64)
    p95 = np.full(len(source_id), np.nan)
    for name in np.unique(source_id.astype(str)):
        known = past.get(name)
        if known is None:
            continue
        mine = np.flatnonzero(source_id == name)
        last = np.searchsorted(known.times, until[mine], side="left") - 1
        seen = last >= 0
        dates[mine[seen]] = known.dates[last[seen]]
        p95[mine[seen]] = known.frp_p95_mw[last[seen]]
    return dates, p95
