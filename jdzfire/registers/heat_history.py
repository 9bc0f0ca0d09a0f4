"""The observed past of a heat source."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Floats
from jdzfire.crs import metric_crs

STEADY_PASSES = 5
"""Passes in a row that were all usual: some two days of three VIIRS over industrial sites always
hot [K]."""
_US_PER_DAY = 86_400_000_000
_KEPT_FACTOR = 2.0
"""What a source outlived is believed of it up to this times the limit it broke [K]."""


@dataclass(frozen=True)
class SourceHistory:
    """State of one source after each observation of it; arrays of the same length."""

    times: NDArray[np.int64]
    """Times of observation, sorted [microseconds since 1970, UTC]."""
    dates: NDArray[np.int64]
    """Distinct UTC dates it had been seen on, this observation included."""
    frp_p95_mw: Floats
    """95th percentile of its FRP, this observation included; the lower of two neighbours [MW]."""
    pixels_p95: Floats
    """95th percentile of its pixels in one pass of one satellite, passes before this one; NaN
    before the first."""
    east_m: Floats
    """Mean place, this observation included [m, east in the CRS of the register]."""
    north_m: Floats
    """The same to the north."""
    spread_m: Floats
    """Root mean square distance from that place so far [m]."""
    steady_us: Floats
    """Time of the first of the last ``steady_passes`` passes before this one, when all of them were
    usual [microseconds since 1970, UTC]; NaN when not."""
    frp_outlived_mw: Floats
    """Brightest of the unusual passes that a steady run had followed before this pass [MW]; NaN
    without one."""
    pixels_outlived: Floats
    """The same of their pixels."""
    x_m: Floats
    """Place of this observation [m, east in the CRS of the register]."""
    y_m: Floats
    """The same to the north."""
    is_usual: NDArray[np.bool_]
    """Whether its pass was usual then."""


@dataclass(frozen=True)
class PastState:
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
    steady_us: Floats
    """Since when it has gone on as usual."""
    frp_outlived_mw: Floats
    """Brightest unusual pass it went on after."""
    pixels_outlived: Floats
    """Widest of them."""


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


def source_history(
    matched: pd.DataFrame, *, steady_passes: int = STEADY_PASSES
) -> dict[str, SourceHistory]:
    """Past of each source, from the hotspots that fell on it.

    Parameters
    ----------
    matched : DataFrame, n rows
        source_id, acquired_at, frp_mw [MW]; satellite, and east_m, north_m [m] where it lies, in
        any CRS of metres; ``passing`` number of its pass, by default of its satellite and time;
        ``pixels`` of its pass, by default its rows; ``is_usual`` as it was measured against the
        past before it, by default true, and then ``frp_limit_mw`` and ``pixels_limit`` as well.
        One row a hotspot on a source. Rows without FRP count as an observation but not for the
        percentile.
    steady_passes : int
        Passes in a row, all usual, after which a source has gone on as usual.

    Returns
    -------
    dict of SourceHistory by source_id

    Notes
    -----
    About n log n: every observation adds one value to a sorted list. Of an unusual pass no more
    than twice the limit it broke is kept: what is far beyond is asked about each time.
    """
    if "passing" not in matched:
        observations = matched[["acquired_at", "satellite"]]
        matched = matched.assign(passing=pd.factorize(pd.MultiIndex.from_frame(observations))[0])
    if "pixels" not in matched:
        each = matched.groupby(["source_id", "passing"])["satellite"]
        matched = matched.assign(pixels=each.transform("size"))
    ordered = matched.sort_values(["acquired_at", "satellite", "frp_mw"])
    return {
        str(source_id): _past_of_one(rows, steady_passes)
        for source_id, rows in ordered.groupby("source_id")
    }


def _past_of_one(rows: pd.DataFrame, steady_passes: int) -> SourceHistory:
    passes = pd.factorize(rows["passing"])[0]
    steady_us, frp_mw, pixels = _outlived(rows, passes, steady_passes)
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
    return SourceHistory(
        times=np.asarray(rows["acquired_at"].astype("int64"), dtype=np.int64),
        dates=(~day.duplicated()).cumsum().to_numpy(dtype=np.int64),
        frp_p95_mw=_running_p95(rows["frp_mw"].tolist()),
        pixels_p95=_before(_running_p95(_of_pass(rows["pixels"], passes).tolist()), passes),
        east_m=mean_east,
        north_m=mean_north,
        spread_m=spread,
        steady_us=steady_us,
        frp_outlived_mw=frp_mw,
        pixels_outlived=pixels,
        x_m=east,
        y_m=north,
        is_usual=~_is_odd(rows, passes)[passes],
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


def _before(of_pass: Floats, passes: NDArray[np.int64]) -> Floats:
    """Of each row what was known before its own pass, NaN at the first."""
    return np.concatenate([[np.nan], of_pass])[passes]


def _of_pass(values: pd.Series, passes: NDArray[np.int64]) -> Floats:
    """The largest value of each pass; NaN counts for none."""
    largest = np.full(int(passes.max(initial=-1)) + 1, np.nan)
    np.fmax.at(largest, passes, values.to_numpy(dtype=float))
    return largest


def _is_odd(rows: pd.DataFrame, passes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Of each pass whether anything in it was unusual."""
    is_odd = np.zeros(int(passes.max(initial=-1)) + 1, dtype=bool)
    if "is_usual" in rows:
        is_odd[passes[~rows["is_usual"].to_numpy(dtype=bool)]] = True
    return is_odd


def _outlived(
    rows: pd.DataFrame, passes: NDArray[np.int64], steady_passes: int
) -> tuple[Floats, Floats, Floats]:
    """Before each row's pass: since when it is steady, and what it was steady again after."""
    count = int(passes.max(initial=-1)) + 1
    is_odd = _is_odd(rows, passes)
    begins = -_of_pass(-rows["acquired_at"].astype("int64"), passes)
    number = np.arange(count)
    last_odd = np.maximum.accumulate(np.where(is_odd, number, -1))
    is_steady = number - last_odd >= steady_passes
    first = np.maximum(number - steady_passes + 1, 0)
    found = [np.where(is_steady, begins[first], np.nan)]
    for name, limit in (("frp_mw", "frp_limit_mw"), ("pixels", "pixels_limit")):
        worst = np.full(count, -np.inf)
        if is_odd.any():
            held = rows[name].astype("float64").clip(upper=_KEPT_FACTOR * rows[limit])
            worst = np.where(is_odd, np.nan_to_num(_of_pass(held, passes), nan=-np.inf), worst)
        borne = np.where(is_steady, np.maximum.accumulate(worst), -np.inf)
        borne = np.maximum.accumulate(borne)
        found.append(np.where(np.isfinite(borne), borne, np.nan))
    steady_us, frp_mw, pixels = (_before(values, passes) for values in found)
    return steady_us, frp_mw, pixels


def past_states(
    past: Mapping[str, SourceHistory], source_id: NDArray[np.object_], until: NDArray[np.int64]
) -> PastState:
    """What was known of each source before a time.

    Parameters
    ----------
    past : mapping of SourceHistory by source_id
    source_id : array of str, n
    until : array of int [microseconds since 1970, UTC], n
        Observations at or after it do not count.

    Returns
    -------
    PastState
    """
    count = len(source_id)
    names = [one.name for one in fields(PastState)]
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
    return PastState(**found)


def count_dates_near(
    past: SourceHistory, until: int, place: tuple[float, float], within_m: float
) -> int:
    """On how many dates before a time a source was hot about a place, as far as that is usual.

    Parameters
    ----------
    past : SourceHistory
    until : int [microseconds since 1970, UTC]
        Observations at or after it do not count.
    place : tuple of float [m, in the CRS of the register]
        East, north.
    within_m : float

    Returns
    -------
    int
        Distinct UTC dates of observations that were usual, or after which it had gone on as usual.
    """
    last = int(np.searchsorted(past.times, until, side="left"))
    if not last:
        return 0
    counts = past.is_usual[:last] | (past.times[:last] < past.steady_us[last - 1])
    off_m = np.hypot(past.x_m[:last] - place[0], past.y_m[:last] - place[1])
    times = past.times[:last][counts & (off_m <= within_m)]
    return len(np.unique(times // _US_PER_DAY))
