"""May a permitted burn be lit on a day: its weather, fire bans, special times; and was it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import xarray as xr

from jdzfire.registers.permits import explaining_permits
from jdzfire.triage.context import ban_days, banned
from jdzfire.triage.rules import TriageRules
from jdzfire.weather.contract import FORECAST_FROM
from jdzfire.weather.sampling import sample_weather

ADVICE = {
    "stop": ("禁止用火", "not to be lit"),
    "ask": ("须请示", "ask first"),
    "unknown": ("气象不明", "weather unknown"),
    "go": ("可以用火", "may be lit"),
}
"""Advice for a burn on a day, the strictest first: what duty staff read, and English."""

BURN_DAY_COLUMNS = (
    "permit_id",
    "county",
    "township",
    "day",
    "valid_from",
    "valid_to",
    "area_ha",
    "advice",
    "reasons_zh",
    "reasons_en",
    "danger_grade",
    "wind_force",
    "rh_pct",
    "days_since_rain",
    "is_forecast",
    "banned_by",
    "special_time",
)
"""Columns of :func:`burn_days`: no name and no phone."""

_TZ = "Asia/Shanghai"
_SPECIAL_KINDS = ("festival", "key_period")


def burn_days(
    permits: gpd.GeoDataFrame,
    danger: xr.Dataset | None,
    special_days: pd.DataFrame,
    *,
    first: date,
    last: date,
    rules: TriageRules,
) -> pd.DataFrame:
    """Every day on which a permit lets somebody burn, with advice and why.

    Parameters
    ----------
    permits : GeoDataFrame [PERMITS, EPSG:4326]
        Those whose approval is or was valid count.
    danger : Dataset (time, lat, lon), optional
        From :func:`jdzfire.weather.danger.danger_of_days`; None when no weather is registered.
    special_days : DataFrame [SPECIAL_DAYS]
    first, last : date
        Beijing days, both counted.
    rules : TriageRules
        ``permit_max_danger_grade`` and ``permit_max_wind_force`` are the limits, as for verdicts.

    Returns
    -------
    DataFrame [BURN_DAY_COLUMNS], by day, begin of the permit and id
        ``day`` naive. ``advice``: ``stop`` when a ban holds or a limit is passed; ``ask`` on a
        festival or in a key period; ``unknown`` when there is no weather of the day; else ``go``.
        ``is_forecast`` says that the weather is a forecast's, null where there is none.
    """
    table = _days_of(explaining_permits(permits), first, last)
    noon = table["day"].dt.tz_localize(_TZ) + pd.Timedelta(hours=12)
    weather = _weather(table, danger, noon)
    table = table.assign(**weather)
    bans, special = ban_days(special_days), special_days[special_days["kind"].isin(_SPECIAL_KINDS)]
    by_day = {
        name: [banned(days, [at], county) for at, county in zip(noon, table["county"], strict=True)]
        for name, days in (("banned_by", bans), ("special_time", special))
    }
    table = table.assign(
        **{name: pd.Series(found, table.index, dtype="object") for name, found in by_day.items()}
    )
    told = [_advise(row, rules) for row in table.to_dict("records")]
    for place, name in enumerate(("advice", "reasons_zh", "reasons_en")):
        table[name] = pd.Series([one[place] for one in told], table.index, dtype="str")
    return table[list(BURN_DAY_COLUMNS)]


def burned_against_advice(days: pd.DataFrame, burnt: pd.DataFrame) -> pd.DataFrame:
    """Days on which a permit's burn was seen although it was not to be lit.

    Parameters
    ----------
    days : DataFrame [BURN_DAY_COLUMNS]
        From :func:`burn_days`, of a past year.
    burnt : DataFrame
        ``permit_id`` and ``acquired_at`` (UTC) of the hotspots that a permit explains or that lie
        on its lot.

    Returns
    -------
    DataFrame [BURN_DAY_COLUMNS], ``hotspot_count``
        Rows of ``days`` with advice ``stop`` on which a hotspot was seen.
    """
    seen = burnt.assign(day=_local(burnt["acquired_at"]).dt.normalize())
    counts = seen.groupby(["permit_id", "day"]).size().rename("hotspot_count").reset_index()
    joined = days.merge(counts, on=["permit_id", "day"])
    return joined[joined["advice"] == "stop"].reset_index(drop=True)


def _days_of(permits: gpd.GeoDataFrame, first: date, last: date) -> pd.DataFrame:
    """A row for each permit and day of its time between two days."""
    end = _local(permits["valid_to"])
    end = end.where(permits["revoked_at"].isna(), _local(permits["revoked_at"]))
    begins = _local(permits["valid_from"]).dt.normalize()
    ends = (end - pd.Timedelta(seconds=1)).dt.normalize()
    spans = [
        pd.date_range(max(begin, pd.Timestamp(first)), min(end, pd.Timestamp(last)))
        for begin, end in zip(begins, ends, strict=True)
    ]
    middle = permits.geometry.representative_point()
    table = pd.DataFrame(permits.drop(columns="geometry")).assign(
        lon=middle.x, lat=middle.y, day=pd.Series(spans, permits.index, dtype="object")
    )
    table = table.explode("day").dropna(subset="day")
    table["day"] = pd.to_datetime(table["day"])
    return table.sort_values(["day", "valid_from", "permit_id"]).reset_index(drop=True)


def _local(times: pd.Series) -> pd.Series:
    local: pd.Series = times.dt.tz_convert(_TZ).dt.tz_localize(None)
    return local


def _weather(table: pd.DataFrame, danger: xr.Dataset | None, noon: pd.Series) -> dict[str, Any]:
    names = ("danger_grade", "wind_force", "rh_pct", "days_since_rain")
    if danger is None or table.empty:
        return {
            name: pd.array([pd.NA] * len(table), dtype="Int64") for name in (*names, "is_forecast")
        }
    found = sample_weather(danger, table["lon"], table["lat"], noon)
    is_forecast = np.zeros(danger.sizes["time"], dtype=bool)
    if FORECAST_FROM in danger.coords:
        is_forecast = danger[FORECAST_FROM].notnull().to_numpy()
    by_day = pd.Series(is_forecast, pd.DatetimeIndex(danger["time"].to_numpy()))
    told = by_day.reindex(table["day"]).astype("boolean").set_axis(table.index)
    return {**{name: found[name].array for name in names}, "is_forecast": told}


def _advise(row: Mapping[Hashable, Any], rules: TriageRules) -> tuple[str, str, str]:
    """Advice and its reasons in Chinese and English."""
    grade, force = row["danger_grade"], row["wind_force"]
    stop: list[tuple[str, str]] = []
    if row["banned_by"] is not None:
        stop.append((f"禁火：{row['banned_by']}", f"fire ban: {row['banned_by']}"))
    if not pd.isna(grade) and int(grade) > rules.permit_max_danger_grade:
        limit = rules.permit_max_danger_grade
        stop.append((f"火险{grade}级（限{limit}级）", f"danger grade {grade} (limit {limit})"))
    if not pd.isna(force) and int(force) > rules.permit_max_wind_force:
        limit = rules.permit_max_wind_force
        stop.append((f"风力{force}级（限{limit}级）", f"wind force {force} (limit {limit})"))
    if stop:
        return "stop", "；".join(zh for zh, _ in stop), "; ".join(en for _, en in stop)
    if row["special_time"] is not None:
        return "ask", f"特殊时段：{row['special_time']}", f"special time: {row['special_time']}"
    if pd.isna(grade) or pd.isna(force):
        return "unknown", "无当日气象资料", "no weather of that day"
    return "go", f"火险{grade}级、风力{force}级", f"danger grade {grade}, wind force {force}"
