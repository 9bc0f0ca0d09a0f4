"""Figures of a season, in one style."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from jdzfire.season.report import SeasonReport
from jdzfire.season.style import (
    COLOURS,
    INK,
    VERDICT_COLOURS,
    add_legend,
    finish,
    label_counts,
    plain,
    render_png,
    start_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "draw_counties", "draw_months", "draw_verdicts", "render_png", "render_svg"]

_LABELS = {
    "zh": {
        "cases": "立案",
        "handled": "调度处置",
        "fires": "核查为火情",
        "permits": "报备炼山",
        "hotspots": "热点",
        "month": "月份",
        "count": "起",
        "months": "{year}年逐月情况",
        "verdicts": "{year}年火情事件研判（{n}起）",
        "counties": "{year}年分县（市、区）情况",
        "sensor": "{satellite} 热点（个）",
    },
    "en": {
        "cases": "cases",
        "handled": "handled",
        "fires": "fires",
        "permits": "burns registered",
        "hotspots": "hotspots",
        "month": "month",
        "count": "count",
        "months": "{year} by month",
        "verdicts": "Events of {year} by verdict ({n})",
        "counties": "{year} by county",
        "sensor": "{satellite} hotspots",
    },
}
_VERDICTS_EN = {
    "unresolved": "unresolved",
    "permit_violation": "permit violation",
    "permitted": "permitted burn",
    "heat_source": "heat source",
    "outside_forest": "outside forest",
}


def draw_months(report: SeasonReport, *, lang: str = "zh") -> Figure:
    """Handled cases, fires and registered burns by month, hotspots of one sensor above."""
    figure, font = start_figure(height=5.2)
    words = _LABELS["zh" if lang == "zh" else "en"]
    upper, lower = figure.subplots(2, 1, height_ratios=[1, 2], sharex=True)
    months = report.by_month
    hotspots = months["hotspots"].astype("float64").fillna(0.0).to_numpy()
    upper.bar(months["month"], hotspots, color=COLOURS["hotspots"], width=0.7)
    label_counts(upper, words["sensor"].format(satellite=report.reference_satellite), font)
    for shift, name in ((-0.27, "handled"), (0.0, "fires"), (0.27, "permits")):
        lower.bar(
            months["month"] + shift, months[name], 0.26, color=COLOURS[name], label=words[name]
        )
    label_counts(lower, words["count"], font)
    lower.set_xticks(range(1, 13))
    lower.set_xlabel(words["month"], fontname=font)
    add_legend(lower, font)
    return finish(figure, words["months"].format(year=report.year), font)


def draw_verdicts(report: SeasonReport, *, lang: str = "zh") -> Figure:
    """Events of the season by verdict, as bars with their numbers."""
    figure, font = start_figure(height=3.0)
    words = _LABELS["zh" if lang == "zh" else "en"]
    axes = figure.subplots()
    table = report.by_verdict
    names = table["verdict_zh"] if words is _LABELS["zh"] else table["verdict"].map(_VERDICTS_EN)
    place = np.arange(len(table))[::-1]
    bars = axes.barh(place, table["count"], color=VERDICT_COLOURS[: len(table)])
    axes.bar_label(bars, padding=3, color=INK)
    axes.set_yticks(place, names.tolist(), fontname=font)
    axes.margins(x=0.1)
    total = int(table["count"].sum())
    return finish(figure, words["verdicts"].format(year=report.year, n=total), font)


def draw_counties(report: SeasonReport, *, lang: str = "zh") -> Figure:
    """Cases, handled cases, fires and registered burns by county.

    County names are outside text.
    """
    figure, font = start_figure(height=3.4)
    words = _LABELS["zh" if lang == "zh" else "en"]
    axes = figure.subplots()
    table = report.by_county
    place = np.arange(len(table))
    for shift, name in ((-0.3, "cases"), (-0.1, "handled"), (0.1, "fires"), (0.3, "permits")):
        axes.bar(place + shift, table[name], 0.19, color=COLOURS[name], label=words[name])
    axes.set_xticks(place, [plain(str(name)) for name in table["county"]], fontname=font)
    label_counts(axes, words["count"], font)
    add_legend(axes, font)
    return finish(figure, words["counties"].format(year=report.year), font)


FIGURES = {"months": draw_months, "verdicts": draw_verdicts, "counties": draw_counties}
"""Name of a figure → function that draws it from a report."""


def render_svg(figure: Figure) -> bytes:
    """A figure as SVG bytes, the same for the same figure and fonts; text stays text."""
    import matplotlib

    buffer = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "jdzfire", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
