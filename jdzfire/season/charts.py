"""Charts of the tidy tables of a season: bars with whiskers, dots with intervals, danger by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from jdzfire.season.agreement import INDICES
from jdzfire.season.calendar import FESTIVALS
from jdzfire.season.counts import MEASURES
from jdzfire.season.durations import STEPS
from jdzfire.season.scorecard import SCORED
from jdzfire.season.style import (
    COLOURS,
    GRID,
    INK,
    QUIET,
    add_legend,
    finish,
    label_counts,
    plain,
    start_figure,
)
from jdzfire.season.trend import Trend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WORDS = {
    "zh": {
        "count": "起", "years": "历年情况（误差线：95%区间）", "hour": "发现时刻（北京时间，时）",
        "weekday": "星期", "month": "月份", "per_day": "每日起数（95%区间）",
        "minutes": "自首次发现起的分钟数", "rate": "每千公顷林地起数（收缩估计，95%区间）",
        "share": "比例（收缩估计，95%区间）",
        "rank": "名次区间 {low:.0f}–{high:.0f}", "auc": "受试者曲线下面积（0.5为无区分力）",
        "grade": "火险等级", "grades": "每千乡镇·日起火数（95%区间）", "day": "日期",
        "fwi": "全市平均FWI", "band": "常年同期10–90%", "fire": "起火日",
        "trend": "{satellite}热点：每年{change:+.1%}（{level:.0%}区间{low:+.1%}至{high:+.1%}）",
        "no_trend": "{satellite}热点：资料不足，不作趋势", "hotspots": "热点（个）",
        "raw": "原始率",
    },
    "en": {
        "count": "count", "years": "Years (whiskers: 95 % interval)",
        "hour": "Hour first seen (Beijing)", "weekday": "Day of the week", "month": "Month",
        "per_day": "Per day (95 % interval)", "minutes": "Minutes since first seen",
        "rate": "Per 1,000 ha of forest (shrunken, 95 % interval)",
        "share": "Share (shrunken, 95 % interval)", "rank": "rank {low:.0f}-{high:.0f}",
        "auc": "Area under the ROC curve (0.5: no knowledge)", "grade": "Danger grade",
        "grades": "Fires per 1,000 township-days (95 % interval)", "day": "day",
        "fwi": "FWI, mean of the city", "band": "10-90 % of that time of year",
        "fire": "day of a fire",
        "trend": "{satellite}: {change:+.1%} a year ({level:.0%}: {low:+.1%} to {high:+.1%})",
        "no_trend": "{satellite}: {reason}", "hotspots": "hotspots", "raw": "raw rate",
    },
}  # fmt: skip


def _words(lang: str) -> dict[str, str]:
    return _WORDS["zh" if lang == "zh" else "en"]


def _named(names: Mapping[str, tuple[str, ...]], key: str, lang: str) -> str:
    """Chinese or English, the last two of the words of a key."""
    zh, en = names[key][-2:]
    return zh if lang == "zh" else en


def draw_years(table: pd.DataFrame, *, lang: str = "zh") -> Figure:
    """Years side by side, from :func:`jdzfire.season.counts.count_by_year`."""
    words = _words(lang)
    figure, font = start_figure(height=3.6)
    axes = figure.subplots()
    years = sorted(table["year"].unique())
    width = 0.8 / len(MEASURES)
    for number, measure in enumerate(MEASURES):
        mine = table[table["measure"] == measure].set_index("year").reindex(years)
        place = np.arange(len(years)) + (number - (len(MEASURES) - 1) / 2) * width
        axes.bar(
            place, mine["count"], 0.9 * width, color=COLOURS[measure],
            label=_named(MEASURES, measure, lang),
            yerr=[mine["count"] - mine["low"], mine["high"] - mine["count"]],
            error_kw={"ecolor": INK, "elinewidth": 0.8},
        )  # fmt: skip
    axes.set_xticks(np.arange(len(years)), years)
    label_counts(axes, words["count"], font)
    add_legend(axes, font, columns=5)
    return finish(figure, words["years"], font)


def draw_slots(table: pd.DataFrame, slot: str, *, lang: str = "zh", title: str = "") -> Figure:
    """Counts by hour, weekday or month, from :func:`jdzfire.season.counts.count_by_slot`."""
    words = _words(lang)
    figure, font = start_figure(height=2.8)
    axes = figure.subplots()
    axes.bar(
        table["slot"], table["count"], 0.75, color=COLOURS["handled"],
        yerr=[table["count"] - table["low"], table["high"] - table["count"]],
        error_kw={"ecolor": INK, "elinewidth": 0.8},
    )  # fmt: skip
    axes.set_xticks(table["slot"][:: 2 if len(table) > 12 else 1])
    label_counts(axes, words["count"], font)
    return finish(figure, title or words[slot], font)


def draw_festivals(table: pd.DataFrame, *, lang: str = "zh") -> Figure:
    """Rates in special times, from :func:`jdzfire.season.counts.count_by_festival`."""
    names = [_named(FESTIVALS, name, lang) for name in table["festival"]]
    ends = (table["per_day"], table["per_day_low"], table["per_day_high"])
    return draw_intervals(names, *ends, title=_words(lang)["per_day"])


def draw_times(table: pd.DataFrame, *, lang: str = "zh") -> Figure:
    """Minutes to each step, from :func:`jdzfire.season.durations.step_times`."""
    known = table[table["minutes"].notna()]
    names = [
        f"{_named(STEPS, step, lang)} {share:.0%}"
        for step, share in zip(known["step"], known["quantile"], strict=True)
    ]
    ends = (known["minutes"], known["low"], known["high"])
    return draw_intervals(names, *ends, title=_words(lang)["minutes"], is_log=True)


def draw_agreement(table: pd.DataFrame, *, lang: str = "zh") -> Figure:
    """Area under the curve of each index, from ``danger_agreement``."""
    known = table[table["auc"].notna()]
    ends = (known["auc"], known["low"], known["high"])
    names = [_named(INDICES, index, lang) for index in known["index"]]
    return draw_intervals(names, *ends, title=_words(lang)["auc"], mark=0.5)


def draw_grades(table: pd.DataFrame, *, lang: str = "zh") -> Figure:
    """Fires by danger grade, from :func:`jdzfire.season.agreement.fires_by_grade`."""
    known = table[table["area_days"] > 0]
    word = _words(lang)["grade"]
    names = [
        f"{word} {grade} (n={count})"
        for grade, count in zip(known["danger_grade"], known["count"], strict=True)
    ]
    ends = (known["per_1000_days"], known["per_1000_days_low"], known["per_1000_days_high"])
    return draw_intervals(names, *ends, title=_words(lang)["grades"])


def draw_scorecard(card: pd.DataFrame, measure: str, *, lang: str = "zh", most: int = 15) -> Figure:
    """Townships by the mean of their rank, from ``township_scorecard``.

    Names of townships are outside text.
    """
    words = _words(lang)
    mine = card[(card["measure"] == measure) & card["rank"].notna()].nsmallest(most, "rank")
    names = [
        f"{row.township}（{words['rank'].format(low=row.rank_low, high=row.rank_high)}）"
        for row in mine.itertuples()
    ]
    kind = "share" if measure == "broken_permits" else "rate"
    colon = "：" if lang == "zh" else ": "
    title = f"{_named(SCORED, measure, lang)}{colon}{words[kind]}"
    ends = (mine["shrunk"], mine["low"], mine["high"])
    return draw_intervals(names, *ends, title=title, crosses=mine["rate"], cross_name=words["raw"])


def draw_intervals(
    names: Sequence[str],
    values: pd.Series,
    low: pd.Series,
    high: pd.Series,
    *,
    title: str,
    is_log: bool = False,
    mark: float | None = None,
    crosses: pd.Series | None = None,
    cross_name: str = "",
) -> Figure:
    """Dots with whiskers, one line each, the first on top.

    Parameters
    ----------
    names : sequence of str, n
    values, low, high : Series, n
        An end that is null is not drawn.
    title : str
    is_log : bool
        Logarithmic axis.
    mark : float, optional
        A line for comparison.
    crosses : Series, optional, n
        A second value of each, with its name.
    """
    figure, font = start_figure(height=1.0 + 0.28 * max(len(names), 2))
    axes = figure.subplots()
    place = np.arange(len(names))[::-1]
    middle = values.to_numpy(float)
    down, up = (np.nan_to_num(end.to_numpy(float), nan=0.0) for end in (low, high))
    down = np.where(low.isna(), middle, down)
    up = np.where(high.isna(), middle, up)
    axes.hlines(place, down, up, color=QUIET, linewidth=2.2)
    axes.plot(middle, place, "o", color=COLOURS["handled"], markersize=6)
    if crosses is not None:
        most = 1.3 * float(np.nanmax(up, initial=0.0)) or 1.0
        axes.plot(np.minimum(crosses, most), place, "x", color=INK, label=plain(cross_name))
        for at, value in zip(place, crosses, strict=True):
            if value > most:  # a raw rate of a small township must not squeeze the others
                axes.text(most, at, f"  → {value:.0f}", fontsize=8, fontname=font, color=INK)
        add_legend(axes, font)
    if mark is not None:
        axes.axvline(mark, color=INK, linewidth=0.8, linestyle="--")
    if is_log and (middle > 0).any():
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    axes.set_yticks(place, [plain(str(name)) for name in names])
    axes.set_ylim(-0.6, len(names) - 0.4)
    return finish(figure, title, font)


def draw_trend(counts: pd.DataFrame, trend: Trend, *, satellite: str, lang: str = "zh") -> Figure:
    """Hotspots of one sensor by year with the fitted trend.

    Parameters
    ----------
    counts : DataFrame
        From :func:`jdzfire.season.counts.count_hotspots`; years that are not whole are drawn pale.
    trend : Trend
    satellite : str
    """
    words = _words(lang)
    figure, font = start_figure(height=3.2)
    axes = figure.subplots()
    year = counts["year"].astype(int).to_numpy()
    whole = counts["is_whole"].to_numpy(bool)
    axes.bar(year, counts["count"], 0.7, color=np.where(whole, COLOURS["hotspots"], GRID))
    known = np.isfinite(trend.per_year) and whole.any()
    if known:
        at = year[whole]
        middle = counts["count"].to_numpy(float)[whole].mean()
        axes.plot(at, middle * (1 + trend.per_year) ** (at - at.mean()), color=INK)
        ends = {"change": trend.per_year, "low": trend.low, "high": trend.high}
        told = words["trend"].format(satellite=satellite, level=trend.level, **ends)
    else:
        told = words["no_trend"].format(satellite=satellite, reason=trend.reason)
    axes.set_xticks(year)
    label_counts(axes, words["hotspots"], font)
    return finish(figure, told, font)


def draw_danger(days: pd.DataFrame, fires: pd.DataFrame, *, year: int, lang: str = "zh") -> Figure:
    """FWI of the city through a year, against other years, with the days of fires.

    Parameters
    ----------
    days : DataFrame
        From :func:`jdzfire.weather.areas.danger_of_areas`, all years.
    fires : DataFrame
        From :func:`jdzfire.season.agreement.burnt_area_days`.
    year : int
    """
    words = _words(lang)
    figure, font = start_figure(height=3.2)
    axes = figure.subplots()
    city = days.groupby("day")["fwi"].mean()
    every = pd.DatetimeIndex(city.index)
    mine, others = city[every.year == year], city[every.year != year]
    if len(others):
        of_year = others.groupby(pd.DatetimeIndex(others.index).day_of_year)
        ends = [of_year.quantile(share) for share in (0.1, 0.9)]
        low, high = (end.rolling(15, center=True, min_periods=1).mean() for end in ends)
        at = pd.Timestamp(year, 1, 1) + pd.to_timedelta(low.index - 1, unit="D")
        axes.fill_between(at, low, high, color=GRID, label=words["band"])
    axes.plot(mine.index, mine, color=COLOURS["hotspots"], linewidth=1.0, label=words["fwi"])
    burnt = mine[mine.index.isin(fires["day"])]
    axes.plot(burnt.index, burnt, "o", color=COLOURS["fires"], markersize=4, label=words["fire"])
    add_legend(axes, font)
    return finish(figure, f"{year}", font)
