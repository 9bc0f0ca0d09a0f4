"""The one style of figures: colours, font, grid."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import TYPE_CHECKING

from jdzfire.season.fonts import choose_font

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, GRID, QUIET = "#33383d", "#dfe3e6", "#9aa5b1"
COLOURS = {
    "cases": "#9aa5b1",
    "handled": "#d1495b",
    "fires": "#7a1f2b",
    "violations": "#b5651d",
    "permits": "#3f7d58",
    "hotspots": "#e08e45",
}
"""Colour of what is counted, the same in every figure."""

VERDICT_COLOURS = ("#d1495b", "#e08e45", "#3f7d58", "#5b6c7d", "#b8c0c7")
"""Colours of the verdicts, the most urgent first."""


def start_figure(*, height: float, width: float = 8.0) -> tuple[Figure, str]:
    """An empty figure without pyplot's state [inch], and the font to write in."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white"), choose_font()


def use_style() -> None:
    """Set pyplot to the style, Chinese included: the first thing a notebook does."""
    import matplotlib.pyplot as plt

    # the shipped font has one weight, which bold titles take too
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    plt.rcParams.update(
        {
            "font.family": [choose_font(), "DejaVu Sans"],
            "axes.unicode_minus": False,
            "axes.edgecolor": INK,
            "axes.labelcolor": INK,
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": GRID,
            "grid.linewidth": 0.6,
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "legend.frameon": False,
        }
    )
    plt.switch_backend(plt.get_backend())  # now, so that a notebook shows figures made without it


def plain(text: str) -> str:
    """Text that matplotlib draws as it is: a dollar sign would start a formula."""
    return text.replace("$", r"\$")


def finish(figure: Figure, title: str, font: str) -> Figure:
    """Title, grid and ticks in the style."""
    figure.suptitle(plain(title), fontname=font, color=INK, fontsize=13)
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="both", color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.tick_params(colors=INK, length=0)
        for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]:
            label.set_fontname(font)
    return figure


def label_counts(axes: Axes, text: str, font: str) -> None:
    """Name a count and give it whole ticks."""
    from matplotlib.ticker import MaxNLocator

    axes.set_ylabel(plain(text), fontname=font, color=INK)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def add_legend(axes: Axes, font: str, *, columns: int = 4) -> None:
    """A legend above the axes."""
    axes.legend(
        prop={"family": font},
        frameon=False,
        ncols=columns,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        borderpad=0,
    )


def render_png(figure: Figure, *, dpi: int = 120) -> bytes:
    """A figure as PNG bytes, the same for the same figure and fonts."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()
