"""The frame of a picture: its ground, axes, legend, scale bar and arrow to the north.

What belongs here: everything about the sheet. What is drawn on it is in ``picture``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from jdzfire.board.labels import Lang
from jdzfire.crs import metres_per_degree
from jdzfire.reports.document import clean
from jdzfire.season.fonts import choose_font

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#17232b"
PICTURE_DPI = 170
"""Pixels an inch on paper."""

_WORDS = {
    "zh": {
        "level_1": "待核查 紧急",
        "level_2": "待核查 较急",
        "level_3": "待核查 一般",
        "violation": "疑似违规炼山",
        "permitted": "报备炼山",
        "heat_source": "固定热源",
        "outside_forest": "林区外",
        "team": "扑火队",
        "permit": "有效报备",
        "zone": "林区",
        "county": "县（市、区）界",
        "township": "乡镇界",
        "road": "主要道路",
        "hotspot": "热点像元中心",
        "footprint": "像元范围",
        "km": "{n:g} 公里",
        "north": "北",
        "others": "另有 {n} 起待核查未编号",
    },
    "en": {
        "level_1": "to check, urgent",
        "level_2": "to check, soon",
        "level_3": "to check, routine",
        "violation": "suspected violation",
        "permitted": "registered burn",
        "heat_source": "fixed heat source",
        "outside_forest": "outside forest",
        "team": "fire team",
        "permit": "permit in force",
        "zone": "forest",
        "county": "county border",
        "township": "township border",
        "road": "main road",
        "hotspot": "middle of a pixel",
        "footprint": "ground of the pixels",
        "km": "{n:g} km",
        "north": "N",
        "others": "{n} more to check, not numbered",
    },
}

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class MapCanvas:
    """What every part of the drawing needs."""

    axes: Axes
    words: dict[str, str]
    font: str
    handles: list[Any]
    share: float
    """Share of the picture's width the map takes; the rest is the legend."""

    def write(self, x: float, y: float, text: str, **how: Any) -> None:
        """A text of ours or of the outside, never a formula; left out when no font has it."""
        shown = clean(text, most=30)
        from matplotlib.patheffects import withStroke

        halo = [withStroke(linewidth=2.2, foreground="white", alpha=0.85)]
        text = shown.replace("$", r"\$")
        self.axes.text(x, y, text, fontname=self.font, clip_on=True, path_effects=halo, **how)


def bounds_of(*tables: Any) -> Box:
    """Bounds of all tables together [degree]; the city's when they hold nothing."""
    held = [tuple(t.total_bounds) for t in tables if len(t) and np.isfinite(t.total_bounds).all()]
    if not held:
        return (116.9, 28.7, 117.9, 30.0)  # the city [V, field notes section 1]
    west, south, east, north = zip(*held, strict=True)
    return min(west), min(south), max(east), max(north)


def frame_of(bounds: Box, *, share: float, least_m: float = 0.0) -> Box:
    """Bounds with a margin, at least ``least_m`` [m] high and in the shape of the drawing."""
    west, south, east, north = bounds
    x, y = (west + east) / 2, (south + north) / 2
    per_lon, per_lat = (float(one[0]) for one in metres_per_degree(np.array([y])))
    wide = max((east - west) * per_lon * (1 + 2 * share), least_m)
    high = max((north - south) * per_lat * (1 + 2 * share), least_m)
    wide, high = max(wide, 0.6 * high), max(high, 0.8 * wide)
    west, east = x - wide / per_lon / 2, x + wide / per_lon / 2
    return west, y - high / per_lat / 2, east, y + high / per_lat / 2


_HIGH_IN, _LEGEND_IN, _MOST_WIDE_IN = 5.3, 1.5, 4.64
"""Height of the picture, width of its legend and most width of its map [inch]; 156 mm in all."""


def start_picture(frame: Box, lang: Lang) -> tuple[Figure, MapCanvas]:
    """An empty picture of this ground, north up, and the pen to draw on it."""
    from matplotlib.figure import Figure

    font = choose_font()
    words = _WORDS[lang]
    west, south, east, north = frame
    per_lon, per_lat = metres_per_degree(np.array([(south + north) / 2]))
    shape = (east - west) * float(per_lon[0]) / ((north - south) * float(per_lat[0]))
    wide = min(_HIGH_IN * shape, _MOST_WIDE_IN)
    size = (wide + _LEGEND_IN, wide / shape)
    figure = Figure(figsize=size, facecolor="white")
    share = wide / size[0]
    axes = figure.add_axes((0.004, 0.004, share - 0.008, 0.992))
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect(float(per_lat[0] / per_lon[0]), adjustable="box", anchor="W")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor("#e8ecee")
    return figure, MapCanvas(axes, words, font, [], share)


def line(colour: str, label: str, style: Literal["-", "--"]) -> Any:
    """A line in the legend."""
    from matplotlib.lines import Line2D

    return Line2D([], [], color=colour, linestyle=style, linewidth=1.2, label=label)


def dot(colour: str, form: str, label: str, *, size_pt: float = 6.0, edge_pt: float = 0.7) -> Any:
    """A mark in the legend."""
    from matplotlib.lines import Line2D

    return Line2D(
        [], [], linestyle="", marker=form, markersize=size_pt, markerfacecolor=colour,
        markeredgecolor="#1d0f04", markeredgewidth=edge_pt, label=label,
    )  # fmt: skip


def patch(colour: str, label: str, *, alpha: float) -> Any:
    """An area in the legend."""
    from matplotlib.patches import Patch

    return Patch(facecolor=colour, alpha=alpha, label=label)


def finish_picture(figure: Figure, canvas: MapCanvas, frame: Box, note: str) -> bytes:
    """Scale bar, arrow and legend, the last drawn first in it; then PNG bytes."""
    _scale_bar(canvas, frame)
    _north(figure, canvas)
    figure.legend(
        handles=canvas.handles[::-1], loc="lower left",
        bbox_to_anchor=(canvas.share + 0.01, 0.01), frameon=False,
        prop={"family": canvas.font, "size": 8},
        handlelength=1.6, labelspacing=0.75, borderpad=0.2, borderaxespad=0.0,
    )  # fmt: skip
    if note:
        figure.text(canvas.share + 0.02, 0.72, note, fontsize=7, fontname=canvas.font, color=INK)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=PICTURE_DPI, metadata={"Software": None})
    return buffer.getvalue()


def _scale_bar(canvas: MapCanvas, frame: Box) -> None:
    """A bar of a round length, a quarter of the width at most, in metres of the ground."""
    west, south, east, north = frame
    per_lon = float(metres_per_degree(np.array([south]))[0][0])
    most_km = (east - west) * per_lon / 4000
    unit = 10 ** math.floor(math.log10(most_km))
    km = max(step * unit for step in (1, 2, 5) if step * unit <= most_km)
    x, y = west + (east - west) * 0.04, south + (north - south) * 0.035
    length, tall = km * 1000 / per_lon, (north - south) * 0.009
    for part, colour in ((0, INK), (1, "white")):
        canvas.axes.add_patch(_bar(x + part * length / 2, y, length / 2, tall, colour))
    canvas.write(
        x + length / 2, y + 1.8 * tall, canvas.words["km"].format(n=km),
        fontsize=7.5, ha="center", va="bottom", color=INK, zorder=9,
    )  # fmt: skip


def _bar(x: float, y: float, width: float, height: float, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, facecolor=colour, edgecolor=INK, lw=0.6, zorder=9)


def _north(figure: Figure, canvas: MapCanvas) -> None:
    """An arrow in the column of the legend; up is north on every picture."""
    x = canvas.share + 0.06
    canvas.axes.annotate(
        "",
        xy=(x, 0.955),
        xytext=(x, 0.86),
        annotation_clip=False,
        xycoords="figure fraction",
        textcoords="figure fraction",
        arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 1.4},
    )
    figure.text(
        x, 0.975, canvas.words["north"], fontname=canvas.font, fontsize=9, color=INK,
        ha="center", va="center",
    )  # fmt: skip
