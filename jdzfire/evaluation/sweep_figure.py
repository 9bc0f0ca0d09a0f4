"""The figure of a sweep: one cell a threshold, three strips in it on one axis of values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_INK, _GRID, _DEFAULT = "#33383d", "#dfe3e6", "#8a949e"
# Okabe and Ito's colours: distinct for any colour vision; markers and dashes repeat them
_STRIPS: tuple[tuple[str, tuple[tuple[str, str, str, str, Literal["-", "--", ":"]], ...]], ...] = (
    (
        "fires",
        (
            ("fires_wrongly_silenced", "not on the map at once", "#d55e00", "o", "-"),
            ("silenced_outside_permits", "of these in no permit", "#000000", "x", "--"),
            ("fires_never_shown", "of these never shown", "#cc79a7", "v", ":"),
        ),
    ),
    (
        "events a day",
        (
            ("unresolved_a_day", "unresolved or violation", "#0072b2", "s", "-"),
            ("shown_a_day", "these and to be confirmed", "#56b4e9", "D", "--"),
        ),
    ),
    (
        "explained, %",
        (
            ("burns_explained", "compliant burns", "#009e73", "o", "-"),
            (
                "heat_source_hotspots_explained",
                "hotspots of industrial sites",
                "#e69f00",
                "s",
                "--",
            ),
            ("farm_fires_outside_explained", "farm fires", "#5b6c7d", "^", ":"),
        ),
    ),
)
_COLUMNS = 4


def draw_sweep(table: pd.DataFrame, *, title: str = "") -> Figure:
    """Trade-off of each threshold: fires lost, events to check, and what is explained.

    Parameters
    ----------
    table : DataFrame
        From :func:`jdzfire.evaluation.sweep.sweep_rules`.
    title : str
        What was replayed.

    Returns
    -------
    Figure
        Values are set at even distances, since they are chosen and not sampled; the present
        value of the rules is marked by a line and a bold number. Shares are on one scale in all
        cells; counts have a scale of their own in each.
    """
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(table["threshold"]))
    columns = max(1, min(_COLUMNS, len(names)))
    rows = max(1, -(-len(names) // columns))
    figure = Figure(
        figsize=(3.9 * columns + 0.4, 3.7 * rows + 1.3), layout="constrained", facecolor="white"
    )
    cells = figure.add_gridspec(rows, columns, hspace=0.12, wspace=0.04)
    shares = table[[column for column, *_ in _STRIPS[-1][1]]]
    least = 0.0 if (shares < 0.5).any(axis=None) else 50.0
    for number, name in enumerate(names):
        cell = cells[number // columns, number % columns].subgridspec(
            3, 1, height_ratios=(0.9, 1, 1.2), hspace=0.03
        )
        strips = cell.subplots(sharex=True)
        mine = table[table["threshold"] == name]
        _draw_cell(strips, mine, is_first=number % columns == 0, least=least)
    if names:
        _add_legend(figure)
    if names:
        note = f"{int(table['fires_to_show'].max())} fires to show"
        figure.suptitle(f"{title} ({note})" if title else note, color=_INK, fontsize=13)
    return figure


def _draw_cell(strips: Any, mine: pd.DataFrame, *, is_first: bool, least: float) -> None:
    place = list(range(len(mine)))
    default = [k for k, holds in enumerate(mine["is_default"]) if holds]
    for axes, (label, series) in zip(strips, _STRIPS, strict=True):
        for k in default:
            axes.axvline(k, color=_DEFAULT, linewidth=5, alpha=0.25, zorder=0)
        scale = 100.0 if label.endswith("%") else 1.0
        for column, _, colour, marker, dash in series:
            axes.plot(
                place,
                scale * mine[column].to_numpy(dtype=float),
                color=colour,
                marker=marker,
                linestyle=dash,
                linewidth=1.4,
                markersize=4.5,
            )
        _dress(axes, label if is_first else "")
        _scale(axes, label, mine, least)
    last = strips[-1]
    last.set_xticks(place, [_number(value) for value in mine["value"]])
    for k in default:
        last.get_xticklabels()[k].set_fontweight("bold")
    unit = str(mine["unit"].iloc[0])
    name = str(mine["threshold"].iloc[0])
    strips[0].set_title(
        f"{name} [{unit}]" if unit else name, loc="left", fontsize=10, color=_INK, weight="bold"
    )


def _scale(axes: Axes, label: str, mine: pd.DataFrame, least_pct: float) -> None:
    """One scale for all shares, from ``least_pct``; counts from 0 to what the cell needs."""
    from matplotlib.ticker import MaxNLocator

    if label.endswith("%"):
        spare = 0.04 * (100.0 - least_pct)
        axes.set_ylim(least_pct - spare, 100.0 + spare)
        axes.set_yticks([least_pct, (least_pct + 100.0) / 2.0, 100.0])
        return
    columns = [column for name, series in _STRIPS if name == label for column, *_ in series]
    most = float(mine[columns].max().max())
    floor = 3.0 if label == "fires" else 0.5
    top = max(floor, 0.0 if pd.isna(most) else most)
    axes.set_ylim(-0.06 * top, 1.12 * top)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=label == "fires"))


def _dress(axes: Axes, label: str) -> None:
    axes.set_ylabel(label, color=_INK, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(colors=_INK, length=0, labelsize=8)
    axes.margins(x=0.06)


def _add_legend(figure: Figure) -> None:
    """One legend for all cells, a column a strip."""
    figure.legend(
        handles=list(_handles()),
        loc="outside lower center",
        ncols=3,
        frameon=False,
        fontsize=9.5,
        labelcolor=_INK,
    )


def _handles() -> Iterator[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    longest = max(len(series) for _, series in _STRIPS)
    for label, series in _STRIPS:
        yield Line2D([], [], linestyle="", label=f"{label}:")
        for _, note, colour, marker, dash in series:
            yield Line2D([], [], color=colour, marker=marker, linestyle=dash, label=note)
        for k in range(longest - len(series)):
            if k == 0:
                yield Patch(color=_DEFAULT, alpha=0.25, label="present value")
            else:
                yield Line2D([], [], linestyle="", label=" ")


def _number(value: float) -> str:
    return f"{value:.4g}"
