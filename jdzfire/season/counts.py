"""Counts of seasons as tidy tables, each with the interval that chance gives it."""

from __future__ import annotations

from datetime import date
from typing import Literal

import pandas as pd

from jdzfire.season.calendar import (
    FESTIVALS,
    YearKind,
    beijing_days,
    days_of_festivals,
    festival_of_days,
    label_years,
)
from jdzfire.season.intervals import with_counts, with_rates, with_shares
from jdzfire.season.statistics import valid_permits

MEASURES = {
    "cases": ("立案", "cases"),
    "handled": ("调度处置", "handled"),
    "fires": ("核查为火情", "fires"),
    "violations": ("违规炼山", "burns against the rules"),
    "permits": ("报备炼山", "burns registered"),
}
"""What is counted by year: what duty staff read, and English."""

_TZ = "Asia/Shanghai"


def count_by_year(
    told: pd.DataFrame,
    permits: pd.DataFrame,
    *,
    kind: YearKind = "calendar",
    until: tuple[int, int] | None = None,
) -> pd.DataFrame:
    """Years side by side.

    Parameters
    ----------
    told : DataFrame [TOLD_COLUMNS]
    permits : DataFrame [PERMITS]
        By the begin of their time; approved and executed ones count.
    kind : {"calendar", "season"}
    until : (month, day), optional
        Count each year up to the end of this Beijing day only, so that a year that is not over is
        held against the same part of the others.

    Returns
    -------
    DataFrame
        ``year``, ``measure`` (a key of :data:`MEASURES`), ``count``, ``low``, ``high`` (95 %), all
        measures of every year in which anything was.
    """
    times = {
        "cases": told["seen_at"],
        "handled": told.loc[told["is_handled"], "seen_at"],
        "fires": told.loc[told["is_fire"], "seen_at"],
        "violations": told.loc[told["category"].eq("permit_violation"), "seen_at"],
        "permits": valid_permits(permits)["valid_from"],
    }
    counts = {}
    for name, held in times.items():
        kept = held if until is None else held[_is_before(held, until, kind)]
        counts[name] = label_years(kept, kind).value_counts()
    years = sorted({str(year) for held in counts.values() for year in held.index})
    rows = [(year, name, int(held.get(year, 0))) for year in years for name, held in counts.items()]
    return with_counts(pd.DataFrame(rows, columns=["year", "measure", "count"]))


def _is_before(times: pd.Series, until: tuple[int, int], kind: YearKind) -> pd.Series:
    """Whether times lie up to a day of their year; a season's year begins in October."""
    days = beijing_days(times)
    shift = 3 if kind == "season" else 0  # October becomes the first month
    month, limit = (days.dt.month - 1 + shift) % 12, (until[0] - 1 + shift) % 12
    is_before: pd.Series = (month < limit) | ((month == limit) & (days.dt.day <= until[1]))
    return is_before


def count_hotspots(
    hotspots: pd.DataFrame, *, satellite: str, instrument: str, kind: YearKind = "calendar"
) -> pd.DataFrame:
    """Hotspots of one sensor by year: sums over sensors are no trend.

    Returns
    -------
    DataFrame
        ``year``, ``count``, ``low``, ``high``, ``first_day`` and ``last_day`` on which
        the sensor saw anything, ``is_whole``: whether these are within 45 days of the ends of the
        calendar year, so that a sensor that came or went during the year shows.
    """
    mine = hotspots[hotspots["satellite"].eq(satellite) & hotspots["instrument"].eq(instrument)]
    days = beijing_days(mine["acquired_at"])
    grouped = pd.DataFrame({"year": label_years(mine["acquired_at"], kind), "day": days}).groupby(
        "year"
    )
    table = grouped["day"].agg(count="size", first_day="min", last_day="max").reset_index()
    if kind == "calendar":
        year = table["year"].astype(int)
        begun = (table["first_day"] - pd.to_datetime(year.astype(str) + "-01-01")).dt.days
        left = (pd.to_datetime(year.astype(str) + "-12-31") - table["last_day"]).dt.days
        table["is_whole"] = (begun <= 45) & (left <= 45)
    return with_counts(table)


def sensors_by_year(hotspots: pd.DataFrame, *, kind: YearKind = "calendar") -> pd.DataFrame:
    """Which satellites saw each year, with their share of the hotspots.

    Returns
    -------
    DataFrame
        ``year``, ``satellite``, ``instrument``, ``count``, ``total``, ``share``, ``low``, ``high``,
        ``is_new``: not seen the year before, ``is_last``: not seen the year after.
    """
    keyed = hotspots[["satellite", "instrument"]].assign(
        year=label_years(hotspots["acquired_at"], kind)
    )
    table = keyed.groupby(["year", "satellite", "instrument"]).size().rename("count").reset_index()
    table["total"] = table.groupby("year")["count"].transform("sum")
    years = sorted(table["year"].unique())
    seen = {
        year: set(map(tuple, t[["satellite", "instrument"]].to_numpy()))
        for year, t in table.groupby("year")
    }
    for name, step in (("is_new", -1), ("is_last", 1)):
        flags = []
        for row in table.itertuples():
            other = years.index(row.year) + step
            known = seen[years[other]] if 0 <= other < len(years) else None
            flags.append(known is not None and (row.satellite, row.instrument) not in known)
        table[name] = flags
    return with_shares(table)


def count_by_slot(times: pd.Series, slot: Literal["hour", "weekday", "month"]) -> pd.DataFrame:
    """Counts by hour (0-23), weekday (1 Monday to 7) or month (1-12) of the Beijing clock.

    Returns
    -------
    DataFrame
        ``slot``, ``count``, ``low``, ``high``; every slot is there.
    """
    local = times.dropna().dt.tz_convert(_TZ)
    values, every = {
        "hour": (local.dt.hour, range(24)),
        "weekday": (local.dt.day_of_week + 1, range(1, 8)),
        "month": (local.dt.month, range(1, 13)),
    }[slot]
    counts = values.value_counts()
    rows = [(place, int(counts.get(place, 0))) for place in every]
    return with_counts(pd.DataFrame(rows, columns=["slot", "count"]))


def count_by_festival(times: pd.Series, *, first: date, last: date) -> pd.DataFrame:
    """Counts in special times and on other days, by day.

    Parameters
    ----------
    times : Series [datetime64, UTC]
    first, last : date
        Beijing days that are counted, both ends.

    Returns
    -------
    DataFrame
        ``festival`` (a key of :data:`~jdzfire.season.calendar.FESTIVALS`), ``count``, ``days``,
        ``per_day``, ``per_day_low``, ``per_day_high``.
    """
    days = beijing_days(times.dropna())
    inside = days[(days >= pd.Timestamp(first)) & (days <= pd.Timestamp(last))]
    counts = festival_of_days(inside).value_counts()
    spans = days_of_festivals(first, last)
    rows = [(name, int(counts.get(name, 0)), spans[name]) for name in FESTIVALS]
    table = pd.DataFrame(rows, columns=["festival", "count", "days"])
    return with_rates(table, table["days"], name="per_day")


def count_crossed(told: pd.DataFrame) -> pd.DataFrame:
    """Verdict against the answer of the field.

    Returns
    -------
    DataFrame
        ``verdict``, ``category`` (``unanswered`` for none), ``count``, ``total`` of the verdict,
        ``share``, ``low``, ``high``.
    """
    keyed = told[["verdict"]].assign(category=told["category"].fillna("unanswered"))
    table = keyed.groupby(["verdict", "category"]).size().rename("count").reset_index()
    table["total"] = table.groupby("verdict")["count"].transform("sum")
    return with_shares(table)
