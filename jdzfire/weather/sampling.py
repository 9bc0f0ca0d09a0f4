"""Fire danger at places and times."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from jdzfire.errors import UsageError

SAMPLE_COLUMNS = {
    "danger_grade": "Int64",
    "fwi": "float64",
    "wind_force": "Int64",
    "wind_ms": "float64",
    "rh_pct": "float64",
    "tmax_c": "float64",
    "days_since_rain": "Int64",
}
"""Columns and dtypes of :func:`sample_weather`."""

_LONE_CELL_DEG = 0.25
"""Width taken for a grid of a single row or column [degree] [K]."""


def sample_weather(
    danger: xr.Dataset,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    at: pd.Series | pd.DatetimeIndex | datetime,
) -> pd.DataFrame:
    """Danger of the cell and Beijing day of each place and time.

    The day is that of the Beijing clock: 17:00 UTC belongs to the next day there.

    Parameters
    ----------
    danger : Dataset (time, lat, lon)
        From :func:`jdzfire.weather.danger.danger_of_days`.
    lon, lat : array_like, n [degree, EPSG:4326]
    at : Series, DatetimeIndex, or one Timestamp; aware
        n times, or one for all places.

    Returns
    -------
    DataFrame [SAMPLE_COLUMNS], n rows, index 0..n-1
        Null outside the grid (half a cell beyond the last centre) and outside its days.

    Raises
    ------
    UsageError
        Times without a time zone, or another number than places.
    """
    lons = np.atleast_1d(np.asarray(lon, dtype=float))
    lats = np.atleast_1d(np.asarray(lat, dtype=float))
    days = _beijing_days(at, len(lons))
    col = _cell(danger["lon"].to_numpy(), lons)
    row = _cell(danger["lat"].to_numpy(), lats)
    step = _day(danger["time"].to_numpy().astype("datetime64[D]"), days)
    inside = (col >= 0) & (row >= 0) & (step >= 0)
    columns = {}
    for name, dtype in SAMPLE_COLUMNS.items():
        values = np.full(len(lons), np.nan)
        grid = danger[name].transpose("time", "lat", "lon").to_numpy()
        values[inside] = grid[step[inside], row[inside], col[inside]]
        columns[name] = pd.Series(values).astype(dtype)  # type: ignore[call-overload]
    return pd.DataFrame(columns)


def _beijing_days(
    at: pd.Series | pd.DatetimeIndex | datetime, count: int
) -> npt.NDArray[np.datetime64]:
    times = pd.DatetimeIndex([at] if isinstance(at, datetime) else at)
    if times.tz is None:
        raise UsageError(
            "times to sample have no time zone", expected="aware times", remedy="tz_localize"
        )
    if len(times) == 1 and count != 1:
        times = times.repeat(count)
    if len(times) != count:
        raise UsageError(
            "places and times do not match", expected=f"{count} times", found=str(len(times))
        )
    local = times.tz_convert("Asia/Shanghai").tz_localize(None)
    return local.to_numpy().astype("datetime64[D]")


def _cell(
    centres: npt.NDArray[np.float64], places: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Index of the nearest centre, -1 more than half a cell beyond the ends or missing."""
    if len(centres) == 0:
        return np.full(len(places), -1, dtype=np.int64)
    axis = np.asarray(centres, dtype=float)
    half = np.diff(axis) / 2 if len(axis) > 1 else np.array([_LONE_CELL_DEG / 2])
    edges = np.concatenate(
        [[axis[0] - half[0]], axis[:-1] + half[: len(axis) - 1], [axis[-1] + half[-1]]]
    )
    found = np.searchsorted(edges, places, side="right") - 1
    found = np.where(places == edges[-1], len(axis) - 1, found)
    outside = ~((places >= edges[0]) & (places <= edges[-1]))
    return np.where(outside, -1, found).astype(np.int64)


def _day(
    days: npt.NDArray[np.datetime64], wanted: npt.NDArray[np.datetime64]
) -> npt.NDArray[np.int64]:
    if len(days) == 0:
        return np.full(len(wanted), -1, dtype=np.int64)
    found = np.searchsorted(days, wanted).clip(0, len(days) - 1)
    return np.where(days[found] == wanted, found, -1).astype(np.int64)
