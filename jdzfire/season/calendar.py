"""Years and special times of a fire season, by the Beijing clock and the lunar calendar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import pandas as pd

YearKind = Literal["calendar", "season"]
"""A calendar year, or the fire season from 1 October to 30 April, named ``2023/24``."""

_TZ = "Asia/Shanghai"
_SEASON_BEGINS, _SEASON_ENDS = 10, 4

FESTIVALS = {
    "spring_festival": ("春节至元宵", "Spring Festival to Lantern Festival"),
    "qingming": ("清明前后", "around Qingming"),
    "zhongyuan": ("中元前后", "around Zhongyuan"),
    "winter_solstice": ("冬至前后", "around the winter solstice"),
    "other": ("平日", "other days"),
}
"""Times at which graves are visited and fireworks lit [V, provincial rules Art. 19]."""


def beijing_days(times: pd.Series) -> pd.Series:
    """The Beijing day of aware times, naive; null for null."""
    local: pd.Series = times.dt.tz_convert(_TZ).dt.tz_localize(None).dt.normalize()
    return local


def label_years(times: pd.Series, kind: YearKind = "calendar") -> pd.Series:
    """The year each time belongs to.

    Parameters
    ----------
    times : Series [datetime64, UTC], n
    kind : {"calendar", "season"}

    Returns
    -------
    Series of str, n
        ``"2024"``, or ``"2023/24"`` for a season; null for null and between seasons.

    Examples
    --------
    >>> times = pd.Series(pd.to_datetime(["2023-12-31T15:59Z", "2024-04-30T16:00Z"]))
    >>> label_years(times).tolist(), label_years(times, "season").fillna("-").tolist()
    (['2023', '2024'], ['2023/24', '-'])
    """
    days = beijing_days(times)
    if kind == "calendar":
        named: pd.Series = days.dt.strftime("%Y").astype("str")
        return named
    begun = days.dt.year.where(days.dt.month >= _SEASON_BEGINS, days.dt.year - 1).astype("Int64")
    named = begun.map(lambda y: f"{y}/{(y + 1) % 100:02d}", na_action="ignore").astype("str")
    is_season = (days.dt.month >= _SEASON_BEGINS) | (days.dt.month <= _SEASON_ENDS)
    inside: pd.Series = named.where(is_season & days.notna())
    return inside


def qingming(year: int) -> date:
    """Day of Qingming, of the years 2000 to 2099.

    By the rule for solar terms of that century, day = [0.2422 y + 4.81] - [y / 4] of April, y the
    last two digits of the year [V: against the almanacs of 2000 to 2026].

    Examples
    --------
    >>> qingming(2023), qingming(2024)
    (datetime.date(2023, 4, 5), datetime.date(2024, 4, 4))
    """
    short = year % 100
    return date(year, 4, int(short * 0.2422 + 4.81) - short // 4)


def spring_festival(year: int) -> date:
    """First day of the lunar year that begins in a calendar year."""
    from lunardate import LunarDate

    found: date = LunarDate(year, 1, 1).to_solar_date()
    return found


def festival_of_days(days: pd.Series) -> pd.Series:
    """The special time each day lies in.

    Spring Festival from its eve to the Lantern Festival on the 15th day, Qingming with the seven
    days before and three after, Zhongyuan (15th of the seventh month) and the winter solstice
    with the two days around them.

    Parameters
    ----------
    days : Series [datetime64, naive], n

    Returns
    -------
    Series of str, n
        A key of :data:`FESTIVALS`; null for null.
    """
    years = sorted({int(year) for year in days.dropna().dt.year})
    named = {day: name for year in years for name, span in _spans(year) for day in span}
    found = days.dt.date.map(lambda day: named.get(day, "other"), na_action="ignore")
    names: pd.Series = found.astype("str").where(days.notna())
    return names


def days_of_festivals(first: date, last: date) -> dict[str, int]:
    """How many days of a span lie in each special time; both ends counted."""
    every = pd.Series(pd.date_range(first, last))
    counts = festival_of_days(every).value_counts()
    return {name: int(counts.get(name, 0)) for name in FESTIVALS}


def _spans(year: int) -> list[tuple[str, list[date]]]:
    from lunardate import LunarDate

    def around(day: date, before: int, after: int) -> list[date]:
        return [day + timedelta(days=step) for step in range(-before, after + 1)]

    return [
        ("winter_solstice", around(date(year, 12, 21), 1, 2)),
        ("zhongyuan", around(LunarDate(year, 7, 15).to_solar_date(), 2, 2)),
        ("qingming", around(qingming(year), 7, 3)),
        ("spring_festival", around(spring_festival(year), 1, 14)),
    ]
