"""How a heat source has looked from space so far."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.crs import metric_crs

__all__ = ["PastLook", "SourcePast", "look_up_past", "source_areas", "source_history"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SourcePast:
    """What was known of one source after each look at it; arrays of the same length."""

    times: NDArray[np.int64]
    """Times of observation, sorted [microseconds since 1970, UTC]."""
    dates: NDArray[np.int64]
    """Distinct UTC dates it had been seen on, this look included."""
    frp_p95_mw: Floats
    """95th percentile of its FRP, this look included; the lower of two neighbours [MW]."""
    pixels_p95: Floats
    """95th percentile of its pixels in one pass of one satellite, passes before this one; NaN
    before the first."""
    east_m: Floats
    """Mean place so far, this look included [m, east in the CRS of the register]."""
    north_m: Floats
    """The same to the north."""
    spread_m: Floats
    """Root mean square distance from that place so far [m]."""


@dataclass(frozen=True)
class PastLook:
    """What was known of sources before some times; arrays of n."""

    dates: NDArray[np.int64]
    """Distinct dates, 0 where nothing is known."""
    frp_p95_mw: Floats
    """NaN where nothing is known, as all that follow."""
    pixels_p95: Floats
    """Pixels in one pass."""
    east_m: Floats
    """Mean place."""
    north_m: Floats
    """Mean place."""
    spread_m: Floats
    """Scatter around it."""


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
        source_id, acquired_at, frp_mw [MW]; satellite, and east_m, north_m [m] where it lies, in
        any CRS of metres; ``passing`` number of its pass, by default of its satellite and time.
        One row a hotspot on a source. Rows without FRP count as a look but not for the percentile.

    Returns
    -------
    dict of SourcePast by source_id

    Notes
    -----
    About n log n: every look adds one value to a sorted list.
    """
    if "passing" not in matched:
        looks = matched[["acquired_at", "satellite"]]
        matched = matched.assign(passing=pd.factorize(pd.MultiIndex.from_frame(looks))[0])
    ordered = matched.sort_values(["acquired_at", "satellite", "frp_mw"])
    return {str(source_id): _past_of_one(rows) for source_id, rows in ordered.groupby("source_id")}


def _past_of_one(rows: pd.DataFrame) -> SourcePast:
    day = rows["acquired_at"].dt.floor("D")
    count = np.arange(1, len(rows) + 1)
    east, north = (rows[name].to_numpy(dtype=float) for name in ("east_m", "north_m"))
    mean_east, mean_north = np.cumsum(east) / count, np.cumsum(north) / count
    # sums about the first place, so that no digits are lost in large coordinates
    x, y = east - east[0], north - north[0]
    square = np.cumsum(x * x + y * y) / count
    spread = np.sqrt(
        np.maximum(square - (mean_east - east[0]) ** 2 - (mean_north - north[0]) ** 2, 0.0)
    )
    return SourcePast(
        times=np.asarray(rows["acquired_at"].astype("int64"), dtype=np.int64),
        dates=(~day.duplicated()).cumsum().to_numpy(dtype=np.int64),
        frp_p95_mw=_running_p95(rows["frp_mw"].tolist()),
        pixels_p95=_pixels_before(rows),
        east_m=mean_east,
        north_m=mean_north,
        spread_m=spread,
    )


def _running_p95(values: Sequence[float]) -> Floats:
    """95th percentile of the values so far, the lower of two neighbours; NaN counts for none."""
    held: list[float] = []
    result = np.full(len(values), np.nan)
    for position, value in enumerate(values):
        if not np.isnan(value):
            insort(held, float(value))
        if held:
            result[position] = held[int(0.95 * (len(held) - 1))]
    return result


def _pixels_before(rows: pd.DataFrame) -> Floats:
    """Percentile of the pixels of the passes before each row's own."""
    passes = pd.factorize(rows["passing"])[0]
    p95 = _running_p95(np.bincount(passes).astype(float).tolist())
    return np.concatenate([[np.nan], p95])[passes]


def look_up_past(
    past: Mapping[str, SourcePast], source_id: NDArray[np.object_], until: NDArray[np.int64]
) -> PastLook:
    """What was known of each source before a time.

    Parameters
    ----------
    past : mapping of SourcePast by source_id
    source_id : array of str, n
    until : array of int [microseconds since 1970, UTC], n
        Looks at or after it do not count.

    Returns
    -------
    PastLook
    """
    count = len(source_id)
    names = [one.name for one in fields(PastLook)]
    found = {name: np.full(count, np.nan) for name in names}
    found["dates"] = np.zeros(count, dtype=np.int64)
    code, sources = pd.factorize(source_id)
    order = np.argsort(code, kind="stable")
    ends = np.searchsorted(code[order], np.arange(len(sources) + 1))
    for number, name in enumerate(sources):
        known = past.get(str(name))
        if known is None:
            continue
        mine = order[ends[number] : ends[number + 1]]
        last = np.searchsorted(known.times, until[mine], side="left") - 1
        seen = last >= 0
        for column in names:
            found[column][mine[seen]] = getattr(known, column)[last[seen]]
    return PastLook(**found)
