"""Figures of a season, in one style."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from jdzfire.season.fonts import choose_font
from jdzfire.season.report import SeasonReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _GRID = "#33383d", "#dfe3e6"
_COLOURS = {
    "cases": "#9aa5b1",
    "handled": "#d1495b",
    "fires": "#7a1f2b",
    "permits": "#3f7d58",
    "hotspots": "#e08e45",
}
_VERDICT_COLOURS = ("#d1495b", "#e08e45", "#3f7d58", "#5b6c7d", "#b8c0c7")
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
    figure, words, font = _start(lang, height=5.2)
    upper, lower = figure.subplots(2, 1, height_ratios=[1, 2], sharex=True)
    months = report.by_month
    hotspots = months["hotspots"].astype("float64").fillna(0.0).to_numpy()
    upper.bar(months["month"], hotspots, color=_COLOURS["hotspots"], width=0.7)
    _label(upper, words["sensor"].format(satellite=report.reference_satellite), font)
    for shift, name in ((-0.27, "handled"), (0.0, "fires"), (0.27, "permits")):
        lower.bar(
            months["month"] + shift, months[name], 0.26, color=_COLOURS[name], label=words[name]
        )
    _label(lower, words["count"], font)
    lower.set_xticks(range(1, 13))
    lower.set_xlabel(words["month"], fontname=font)
    _legend(lower, font)
    _title(figure, words["months"].format(year=report.year), font)
    return figure


def draw_verdicts(report: SeasonReport, *, lang: str = "zh") -> Figure:
    """Events of the season by verdict, as bars with their numbers."""
    figure, words, font = _start(lang, height=3.0)
    axes = figure.subplots()
    table = report.by_verdict
    names = table["verdict_zh"] if words is _LABELS["zh"] else table["verdict"].map(_VERDICTS_EN)
    place = np.arange(len(table))[::-1]
    bars = axes.barh(place, table["count"], color=_VERDICT_COLOURS[: len(table)])
    axes.bar_label(bars, padding=3, color=_INK)
    axes.set_yticks(place, names.tolist(), fontname=font)
    axes.margins(x=0.1)
    total = int(table["count"].sum())
    _title(figure, words["verdicts"].format(year=report.year, n=total), font)
    return figure


def draw_counties(report: SeasonReport, *, lang: str = "zh") -> Figure:
    """Cases, handled cases, fires and registered burns by county.

    County names are outside text.
    """
    figure, words, font = _start(lang, height=3.4)
    axes = figure.subplots()
    table = report.by_county
    place = np.arange(len(table))
    for shift, name in ((-0.3, "cases"), (-0.1, "handled"), (0.1, "fires"), (0.3, "permits")):
        axes.bar(place + shift, table[name], 0.19, color=_COLOURS[name], label=words[name])
    axes.set_xticks(place, [_plain(str(name)) for name in table["county"]], fontname=font)
    _label(axes, words["count"], font)
    _legend(axes, font)
    _title(figure, words["counties"].format(year=report.year), font)
    return figure


FIGURES = {"months": draw_months, "verdicts": draw_verdicts, "counties": draw_counties}
"""Name of a figure → function that draws it from a report."""


def render_png(figure: Figure, *, dpi: int = 120) -> bytes:
    """A figure as PNG bytes, the same for the same figure and fonts."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def render_svg(figure: Figure) -> bytes:
    """A figure as SVG bytes, the same for the same figure and fonts; text stays text."""
    import matplotlib

    buffer = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "jdzfire", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _start(lang: str, *, height: float) -> tuple[Figure, dict[str, str], str]:
    """An empty figure without pyplot's state, the words and the font to write them in."""
    from matplotlib.figure import Figure

    font = choose_font()
    words = _LABELS["zh" if lang == "zh" else "en"]
    figure = Figure(figsize=(8.0, height), layout="constrained", facecolor="white")
    return figure, words, font


def _plain(text: str) -> str:
    """Text that matplotlib draws as it is: a dollar sign would start a formula."""
    return text.replace("$", r"\$")


def _title(figure: Figure, text: str, font: str) -> None:
    figure.suptitle(text, fontname=font, color=_INK, fontsize=13)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="both", color=_GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(colors=_INK, length=0)


def _label(axes: Axes, text: str, font: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_ylabel(text, fontname=font, color=_INK)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def _legend(axes: Axes, font: str) -> None:
    axes.legend(
        prop={"family": font},
        frameon=False,
        ncols=4,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        borderpad=0,
    )
