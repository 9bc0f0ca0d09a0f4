"""Forest fire weather grade after LY/T 1172-95: index = A + B + C + D - E, five grades.

A comes from the highest temperature, B from the lowest humidity, C from the last rain and the
days since, D from the highest wind force, E corrects for green plants or snow.

Source of the numbers. The form of the index and its classes (<= 25, 26-50, 51-72, 73-90,
>= 91 for grades 1 to 5) are [V]. The steps of E (0, 5, 10, 15, 20 at no, 20 %, 50 %, 75 % and
full green cover) are [V] from a county office's public danger form. D (5 points a wind force)
is [V] in a paper that uses the standard (doi 10.12677/wjf.2020.93016). A, B and C are [K]:
remembered, not read in the text of the standard; that paper uses other steps for A and B
(0, 4, 8, 12, 16, 20). Whoever holds the standard should check them and set a
:class:`GradeTables` of their own. Nothing else in jdzfire depends on the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from jdzfire.arrays import Floats
from jdzfire.errors import SettingsError


@dataclass(frozen=True)
class GradeTables:
    """The component tables and classes of a danger index; a setting, never a constant."""

    tmax_up_to_c: tuple[float, ...] = (5.0, 10.0, 15.0, 20.0, 25.0)
    """Upper ends of the classes of the highest temperature [degC]."""
    tmax_points: tuple[float, ...] = (0, 4, 6, 9, 13, 15)
    """A for each class, one more than the ends."""
    rhmin_up_to_pct: tuple[float, ...] = (30.0, 40.0, 50.0, 60.0, 70.0)
    """Upper ends of the classes of the lowest humidity [%]."""
    rhmin_points: tuple[float, ...] = (15, 13, 9, 6, 4, 0)
    """B for each class, driest first."""
    rain_up_to_mm: tuple[float, ...] = (2.0, 5.0, 10.0)
    """Upper ends of the classes of the last rain [mm]."""
    rain_lag_days: tuple[float, ...] = (-2.0, -1.0, 0.0, 1.0)
    """Days of drying each rain class must pay before C leaves 0: C = step * (days - lag)."""
    rain_points_per_day: float = 5.0
    """Points of C a dry day."""
    rain_points_max: float = 50.0
    """Most points of C."""
    wind_points: tuple[float, ...] = (0, 5, 10, 15, 20, 25, 30, 35, 40)
    """D for wind force 0, 1, ...; the last one counts for all stronger winds."""
    green_points_by_month: tuple[float, ...] = (0, 0, 0, 5, 10, 20, 20, 20, 15, 5, 0, 0)
    """E for January to December [K]: low in the fire season, so that in doubt danger is high."""
    grade_up_to: tuple[float, ...] = (25.0, 50.0, 72.0, 90.0)
    """Highest index of grades 1 to 4."""

    def __post_init__(self) -> None:
        checks = {
            "tmax_points": (self.tmax_points, len(self.tmax_up_to_c) + 1),
            "rhmin_points": (self.rhmin_points, len(self.rhmin_up_to_pct) + 1),
            "rain_lag_days": (self.rain_lag_days, len(self.rain_up_to_mm) + 1),
            "green_points_by_month": (self.green_points_by_month, 12),
            "grade_up_to": (self.grade_up_to, 4),
        }
        wrong = {
            name: (len(held), wanted)
            for name, (held, wanted) in checks.items()
            if len(held) != wanted
        }
        if wrong:
            raise SettingsError(
                "danger tables do not fit together",
                expected="; ".join(
                    f"{wanted} values of {name}" for name, (_, wanted) in wrong.items()
                ),
                found="; ".join(f"{held} of {name}" for name, (held, _) in wrong.items()),
            )


LYT_1172_95 = GradeTables()
"""The default tables; see the module on what is verified in them."""


def danger_index(
    tmax_c: npt.ArrayLike,
    rhmin_pct: npt.ArrayLike,
    days_since_rain: npt.ArrayLike,
    last_rain_mm: npt.ArrayLike,
    wind_max_ms: npt.ArrayLike,
    month: npt.ArrayLike,
    *,
    tables: GradeTables = LYT_1172_95,
) -> Floats:
    """Danger index A + B + C + D - E.

    Values are rounded to the decimals the tables are written in (temperature and rain 0.1,
    humidity 1, wind 0.1), so that none falls between two classes. Where no rain is known yet
    the driest rain class is taken: in doubt, danger is high.

    Parameters
    ----------
    tmax_c : array_like [degC]
    rhmin_pct : array_like [%]
    days_since_rain : array_like [day]
        0 on a day with rain.
    last_rain_mm : array_like [mm]
        Rain of the last day with rain, NaN when unknown.
    wind_max_ms : array_like [m s-1]
    month : array_like of int [1-12]
    tables : GradeTables

    Returns
    -------
    ndarray of float
        Broadcast shape; NaN where any value but the last rain is missing; may be negative.

    Examples
    --------
    26.0 degC: A 15; 28 %: B 15; 3 days after 4 mm: C 5 * (3 + 1) = 20; 6.0 m/s is
    force 4: D 20; March: E 0.

    >>> float(danger_index(26.0, 28, 3, 4.0, 6.0, 3))
    70.0
    """
    temperature = _classed(np.round(np.asarray(tmax_c, float), 1), tables.tmax_up_to_c)
    humidity = _classed(np.round(np.asarray(rhmin_pct, float)), tables.rhmin_up_to_pct)
    rain = np.nan_to_num(np.round(np.asarray(last_rain_mm, float), 1), nan=0.0)
    lag = np.asarray(tables.rain_lag_days)[_classed(rain, tables.rain_up_to_mm)]
    dry = np.asarray(days_since_rain, float) - lag
    force = np.nan_to_num(beaufort_force(wind_max_ms)).astype(int)
    index = (
        np.asarray(tables.tmax_points, float)[temperature]
        + np.asarray(tables.rhmin_points, float)[humidity]
        + np.clip(dry * tables.rain_points_per_day, 0.0, tables.rain_points_max)
        + np.asarray(tables.wind_points, float)[np.minimum(force, len(tables.wind_points) - 1)]
        - np.asarray(tables.green_points_by_month, float)[np.asarray(month, int) - 1]
    )
    known = (
        np.isfinite(np.asarray(tmax_c, float))
        & np.isfinite(np.asarray(rhmin_pct, float))
        & np.isfinite(np.asarray(days_since_rain, float))
        & np.isfinite(np.asarray(wind_max_ms, float))
    )
    return np.where(known, index, np.nan)


def grade_of_index(index: npt.ArrayLike, *, tables: GradeTables = LYT_1172_95) -> Floats:
    """Grade 1 to 5 of a danger index; NaN stays NaN.

    Examples
    --------
    >>> grade_of_index([-5, 25, 26, 50, 51, 72, 73, 90, 91]).tolist()
    [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0, 5.0]
    """
    values = np.asarray(index, dtype=float)
    return np.where(np.isnan(values), np.nan, _classed(values, tables.grade_up_to) + 1.0)


def _classed(values: Floats, up_to: tuple[float, ...]) -> npt.NDArray[np.int64]:
    """Number of the class, where each class includes its upper end."""
    return np.searchsorted(np.asarray(up_to, float), values, side="left").clip(0, len(up_to))


BEAUFORT_FROM_MS = (0.3, 1.6, 3.4, 5.5, 8.0, 10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7)
"""Lowest wind of force 1, 2, ..., 12 [m/s at 10 m] ([V] for 0-8: doi 10.12677/wjf.2020.93016
table 9; [K] above)."""


def beaufort_force(wind_ms: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Beaufort force of a wind speed.

    Speeds are rounded to 0.1 m/s first, as the scale is written (force 3 is 3.4-5.4), so that
    no speed falls between two forces.

    Parameters
    ----------
    wind_ms : array_like [m s-1]
        Wind at 10 m; NaN is allowed.

    Returns
    -------
    ndarray of float, same shape [0-12]
        NaN where the wind is missing.

    Examples
    --------
    >>> beaufort_force([0.2, 3.3, 3.4, 5.4, 5.5, 40.0]).tolist()
    [0.0, 2.0, 3.0, 3.0, 4.0, 12.0]
    """
    speed = np.round(np.asarray(wind_ms, dtype=float), 1)
    force = np.searchsorted(BEAUFORT_FROM_MS, speed, side="right").astype(float)
    return np.where(np.isnan(speed), np.nan, force)


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
