"""Seconds since 1970 inside the simulator, jdzfire's time type at its edge."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from jdzfire.schemas import TIME_DTYPE

DAY_S = 86400.0
BEIJING_S = 8 * 3600.0
"""Beijing time is UTC + 8 h all year."""


def midnight_s(day: date) -> float:
    """The start of this Beijing day, seconds since 1970 UTC.

    Examples
    --------
    >>> midnight_s(date(1970, 1, 1))
    -28800.0
    """
    return (day - date(1970, 1, 1)).days * DAY_S - BEIJING_S


def year_days(year: int) -> int:
    """Days of the year."""
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def day_number(at_s: ArrayLike, year: int) -> NDArray[np.int64]:
    """Beijing day of the year, 0 for the first of January; may fall outside the year."""
    start = midnight_s(date(year, 1, 1))
    return np.asarray(np.floor((np.asarray(at_s, dtype=float) - start) / DAY_S).astype(np.int64))


def to_times(at_s: ArrayLike) -> pd.Series[Any]:
    """Whole seconds since 1970 as a Series of aware UTC times; NaN becomes null."""
    seconds = np.asarray(at_s, dtype=float)
    known = np.isfinite(seconds)
    micros = np.where(known, np.round(np.where(known, seconds, 0.0)), 0.0).astype("int64") * 10**6
    stamps = pd.Series(pd.DatetimeIndex(micros.astype("datetime64[us]")).tz_localize("UTC"))
    times: pd.Series[Any] = stamps.where(pd.Series(known)).astype(TIME_DTYPE)  # type: ignore[call-overload]
    return times
