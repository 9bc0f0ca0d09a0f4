"""How rare a day's danger is, against the same time of year in a reference period.

A grade means little on its own: in a dry autumn most days are of grade 4. The percentile
says what share of the days of that time of year were less dangerous.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from jdzfire.errors import UsageError

_YEAR_DAYS = 366


def danger_percentiles(
    values: xr.DataArray, reference: xr.DataArray, *, window_days: int = 31
) -> xr.DataArray:
    """Share of the days of the reference that lie below each value, cell by cell.

    Parameters
    ----------
    values : DataArray (time, lat, lon)
        One index of danger by day.
    reference : DataArray (time, lat, lon)
        The same index over the reference period, on the same cells; five years or more are worth
        having.
    window_days : int
        Width of the time of year that counts as the same, centred on the day, odd.

    Returns
    -------
    DataArray (time, lat, lon), float64 [%]
        0 to 100; of days equal to the value half are counted as below. NaN where the value is
        missing or the reference has no day of that time of year.

    Raises
    ------
    UsageError
        The window is even, or the cells are not the same.
    """
    if window_days % 2 == 0 or window_days < 1:
        raise UsageError(
            "the window has no middle", expected="an odd number", found=str(window_days)
        )
    if values.shape[1:] != reference.shape[1:]:
        raise UsageError(
            "the reference lies on other cells",
            expected=str(values.shape[1:]),
            found=str(reference.shape[1:]),
        )
    day, wanted = (held["time"].dt.dayofyear.to_numpy() for held in (reference, values))
    known, asked = (held.transpose("time", ...).to_numpy() for held in (reference, values))
    result = np.full(asked.shape, np.nan)
    for of_year in np.unique(wanted):
        away = np.abs(day - of_year)
        near = np.minimum(away, _YEAR_DAYS - away) <= window_days // 2
        mine = wanted == of_year
        result[mine] = _shares(known[near], asked[mine])
    return values.transpose("time", ...).copy(data=result).drop_attrs().assign_attrs(units="%")


def _shares(known: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Percent of ``known`` (n, ...) below each of ``asked`` (m, ...)."""
    count = np.isfinite(known).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        below = np.stack(
            [(known < row).sum(axis=0) + 0.5 * (known == row).sum(axis=0) for row in asked]
        )
        return np.where(np.isfinite(asked) & (count > 0), 100 * below / count, np.nan)
