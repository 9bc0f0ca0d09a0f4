"""Days since the last rain and how much it was, for the rain term of the danger index."""

from __future__ import annotations

import numpy as np
import xarray as xr

__all__ = ["RAIN_FROM_MM", "rain_history"]

RAIN_FROM_MM = 0.3
"""Least rain that counts as a day with rain [mm] ([K], first class of the rain table)."""


def rain_history(
    pr: xr.DataArray, *, rain_from_mm: float = RAIN_FROM_MM
) -> tuple[xr.DataArray, xr.DataArray]:
    """Days since the last day with rain, and the rain of that day.

    The rain before the first day is not known. Until it rains, days are counted from the
    first day on, which is the least they can be, and the rain is null. A missing day
    counts as one without rain: it neither resets the count nor stops it. A gap in the days
    counts in full, by calendar.

    Parameters
    ----------
    pr : DataArray (time, ...) [mm/day]
        Days ascending.
    rain_from_mm : float [mm]
        Least rain that counts.

    Returns
    -------
    days : DataArray [day]
        0 on a day with rain, 1 on the next; the first day without rain before it is 1.
    last_mm : DataArray [mm/day]
        Rain of the last day with rain; NaN before there was one.
    """
    days = pr["time"].to_numpy().astype("datetime64[D]").astype(np.int64)
    shape = (len(days),) + (1,) * (pr.ndim - 1)
    calendar = days.reshape(shape).astype(float)
    amounts = pr.transpose("time", ...)
    values = amounts.to_numpy()
    rained = values >= rain_from_mm
    last_day = np.where(rained, calendar, np.nan)
    last_mm = np.where(rained, values, np.nan)
    for step in range(1, len(days)):
        carry = np.isnan(last_day[step])
        last_day[step] = np.where(carry, last_day[step - 1], last_day[step])
        last_mm[step] = np.where(carry, last_mm[step - 1], last_mm[step])
    unknown = calendar[:1] - 1 if len(days) else calendar
    since = calendar - np.where(np.isnan(last_day), unknown, last_day)
    return amounts.copy(data=since), amounts.copy(data=last_mm)
