"""The map picture of a report, drawn without a browser: borders, relief, events, teams, legend.

Colours are those of the duty page by daylight; each kind also has a form of its own, so that a
black-and-white printer and colour-blind eyes can tell them apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.board.board import Board
from jdzfire.board.labels import Lang
from jdzfire.board.summary import EventSummary, summarise_events
from jdzfire.crs import metres_per_degree
from jdzfire.registers.permits import EXPLAINING_STATUSES
from jdzfire.reports.picture_frame import (
    INK,
    Box,
    MapCanvas,
    bounds_of,
    dot,
    finish_picture,
    frame_of,
    line,
    patch,
    start_picture,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BORDER, _TOWNSHIP, _ROAD = "#5d5470", "#b9b3c4", "#c98a2b"
_ZONE, _LAND = "#5aa36f", "#f3f4ee"
_LEVELS = {1: "#d25837", 2: "#ee8901", 3: "#fbd412"}
_LEVEL_SIZES = {1: (104, 1.5), 2: (74, 0.8), 3: (56, 0.4)}
"""Size and edge of a numbered mark [points], so that levels differ on a printer without colours."""
_EXPLAINED = {
    "permitted": ("#177c66", "s"),
    "heat_source": ("#543acd", "^"),
    "outside_forest": ("#506775", "x"),
}
_TEAM, _PERMIT = "#4275a4", "#177c66"
_OPEN_FORM = {"unresolved": "o", "permit_violation": "D"}
_MARGIN_SHARE = 0.04
_CLOSE_M = 8000.0
"""Least height and width of the ground an event is shown on [m]."""

MOST_NUMBERED = 40
"""Events with their number on the map; more would hide each other."""


def draw_city(
    board: Board,
    *,
    lang: Lang = "zh",
    numbers: dict[str, int] | None = None,
    with_permits: bool = False,
) -> bytes:
    """The whole area with every event of the board, teams and the permits in force, as PNG.

    Parameters
    ----------
    board : Board
        The edition is that of the board: hand in a public one for a public picture.
    lang : {"zh", "en"}
    numbers : dict, optional
        Number of an event as the report lists it; default: the rank of the open ones.
    with_permits : bool
        Show where the permits in force lie; for the internal edition only.

    Returns
    -------
    bytes
        The same board and fonts give the same bytes. About 0.2 s.
    """
    summaries = summarise_events(board, lang=lang)
    opened = [summary for summary in summaries if summary.is_open]
    if numbers is None:
        numbers = {summary.event_id: rank for rank, summary in enumerate(opened, start=1)}
    numbers = {one: n for one, n in numbers.items() if n <= MOST_NUMBERED}
    counties = board.admin[board.admin["level"] == "county"]
    frame = frame_of(bounds_of(counties, board.events), share=_MARGIN_SHARE)
    figure, canvas = start_picture(frame, lang)
    _relief(canvas, board, frame)
    _areas(canvas, board, frame)
    if with_permits:
        _permits(canvas, board, frame)
    _teams(canvas, board, frame)
    _events(canvas, summaries, numbers)
    hidden = sum(summary.event_id not in numbers for summary in opened)
    return finish_picture(
        figure, canvas, frame, canvas.words["others"].format(n=hidden) if hidden else ""
    )


def draw_event(
    board: Board, event_id: str, *, lang: Lang = "zh", with_permits: bool = False
) -> bytes:
    """One event close by: the ground of its pixels, their middles, roads, places and teams.

    Parameters
    ----------
    board : Board
        Must hold the event.
    event_id : str
    lang : {"zh", "en"}
    with_permits : bool
        As of :func:`draw_city`.

    Returns
    -------
    bytes
        PNG.
    """
    event = board.events[board.events["event_id"] == event_id]
    frame = frame_of(bounds_of(event), share=0.8, least_m=_CLOSE_M)
    figure, canvas = start_picture(frame, lang)
    _relief(canvas, board, frame)
    _areas(canvas, board, frame, close=True)
    _roads(canvas, board, frame)
    if with_permits:
        _permits(canvas, board, frame)
    _footprint(canvas, board, event_id)
    _teams(canvas, board, frame, named=True)
    _places(canvas, board, frame)
    _locate(figure, canvas, board, frame)
    return finish_picture(figure, canvas, frame, "")


def _relief(canvas: MapCanvas, board: Board, frame: Box) -> None:
    """Hills in a few greys, so that the picture stays small."""
    from matplotlib.colors import LightSource

    if board.dem is None or board.dem.rio.crs is None or not board.dem.rio.crs.is_geographic:
        return
    west, south, east, north = frame
    grid = board.dem.squeeze(drop=True).sortby("y", ascending=False).sortby("x")
    grid = grid.sel(x=slice(west, east), y=slice(north, south))
    if min(grid.shape) < 2:
        return
    thin = max(1, math.ceil(max(grid.shape) / 360))
    height = np.asarray(grid.to_numpy(), dtype=np.float64)[::thin, ::thin]
    x, y = grid["x"].to_numpy()[::thin], grid["y"].to_numpy()[::thin]
    per_lon, per_lat = (float(one[0]) for one in metres_per_degree(np.array([y.mean()])))
    dx, dy = abs(x[1] - x[0]), abs(y[1] - y[0])
    known = np.isfinite(height)
    filled = np.where(known, height, np.nanmin(height) if known.any() else 0.0)
    shade = LightSource(315, 45).hillshade(filled, vert_exag=1.6, dx=dx * per_lon, dy=dy * per_lat)
    grey = np.round((0.76 + 0.22 * shade) * 24) / 24
    canvas.axes.imshow(
        np.dstack([grey, grey, grey * 0.985, known.astype(float)]),
        extent=(x[0] - dx / 2, x[-1] + dx / 2, y[-1] - dy / 2, y[0] + dy / 2),
        interpolation="bilinear" if max(height.shape) < 200 else "nearest",
        aspect=canvas.axes.get_aspect(),
        zorder=0.5,
    )


def _outline(canvas: MapCanvas, geometries: Any, **how: Any) -> None:
    from matplotlib.collections import LineCollection

    lines = []
    for geometry in geometries:
        edge = geometry.boundary if geometry.geom_type.endswith("Polygon") else geometry
        parts = getattr(edge, "geoms", [edge])
        lines += [np.asarray(p.coords)[:, :2] for p in parts if p.geom_type.startswith("Line")]
    canvas.axes.add_collection(LineCollection(lines, **how), autolim=False)


def _fill(canvas: MapCanvas, geometries: Any, **how: Any) -> None:
    """Polygons, all in one collection: one patch each takes 2 ms a polygon in matplotlib [C]."""
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    paths = []
    for geometry in geometries:
        for part in getattr(geometry, "geoms", [geometry]):
            if part.geom_type != "Polygon":
                continue
            rings = [np.asarray(ring.coords)[:, :2] for ring in (part.exterior, *part.interiors)]
            paths.append(Path.make_compound_path(*(Path(ring, closed=True) for ring in rings)))
    canvas.axes.add_collection(PathCollection(paths, **how), autolim=False)


def _in_frame(table: Any, frame: Box) -> Any:
    west, south, east, north = frame
    return table.cx[west:east, south:north] if len(table) else table


def _areas(canvas: MapCanvas, board: Board, frame: Box, *, close: bool = False) -> None:
    tolerance = (frame[2] - frame[0]) / 1500
    seen = _in_frame(board.admin, frame)
    land = seen[seen["level"].isin(("county", "city", "province"))]
    if board.dem is None:
        _fill(
            canvas, land.geometry.simplify(tolerance), facecolor=_LAND, edgecolor="none", zorder=0.4
        )
    zones = _in_frame(board.zones, frame).geometry.simplify(tolerance)
    _fill(canvas, zones, facecolor=_ZONE, edgecolor="none", alpha=0.22, zorder=0.7)
    if len(zones):
        canvas.handles.append(patch(_ZONE, canvas.words["zone"], alpha=0.35))
    townships = seen[seen["level"] == "township"]
    if len(townships) and close:
        edges = townships.geometry.simplify(tolerance)
        _outline(canvas, edges, colors=_TOWNSHIP, linewidths=0.6, linestyles="--", zorder=1)
        canvas.handles.append(line(_TOWNSHIP, canvas.words["township"], "--"))
    counties = seen[seen["level"] == "county"]
    if len(counties):
        _outline(
            canvas,
            counties.geometry.simplify(tolerance),
            colors=_BORDER,
            linewidths=1.1,
            zorder=1.1,
        )
        canvas.handles.append(line(_BORDER, canvas.words["county"], "-"))
    named = townships if close else counties
    for name, place in zip(named["name"], named.geometry.representative_point(), strict=True):
        canvas.write(
            place.x, place.y, str(name), fontsize=8 if not close else 7, color=_BORDER,
            ha="center", va="center", alpha=0.85, zorder=1.2,
        )  # fmt: skip


def _roads(canvas: MapCanvas, board: Board, frame: Box) -> None:
    roads = _in_frame(board.roads, frame)
    if not len(roads):
        return
    wide = np.where(roads["road_class"].isin(("motorway", "trunk", "primary")), 1.4, 0.7)
    _outline(canvas, roads.geometry, colors=_ROAD, linewidths=float(wide.max()), zorder=1.3)
    canvas.handles.append(line(_ROAD, canvas.words["road"], "-"))


def permits_in_force(board: Board) -> gpd.GeoDataFrame:
    """Permits under which somebody may be burning now."""
    permits = board.permits
    is_on = permits["status"].isin(EXPLAINING_STATUSES)
    is_on &= (permits["valid_from"] <= board.now) & (permits["valid_to"] >= board.now)
    return permits[is_on]


def _permits(canvas: MapCanvas, board: Board, frame: Box) -> None:
    held = _in_frame(permits_in_force(board), frame)
    if not len(held):
        return
    _fill(canvas, held.geometry, facecolor="none", edgecolor=_PERMIT, linewidth=1.0, zorder=2)
    places = held.geometry.representative_point()
    marks = canvas.axes.scatter(
        places.x, places.y, s=26, marker="s", facecolors="none", edgecolors=_PERMIT,
        linewidths=1.0, zorder=2, label=canvas.words["permit"],
    )  # fmt: skip
    canvas.handles.append(marks)


def _teams(canvas: MapCanvas, board: Board, frame: Box, *, named: bool = False) -> None:
    teams = _in_frame(board.teams, frame)
    if not len(teams):
        return
    places = teams.geometry.representative_point()
    marks = canvas.axes.scatter(
        places.x, places.y, s=24, marker="P", c=_TEAM, edgecolors="white", linewidths=0.5,
        zorder=3, label=canvas.words["team"],
    )  # fmt: skip
    canvas.handles.append(marks)
    if named:
        for name, place in zip(teams["name"], places, strict=True):
            canvas.write(
                place.x, place.y, f"  {name}", fontsize=6.5, color=_TEAM, va="center", zorder=3
            )


def _events(canvas: MapCanvas, summaries: Sequence[EventSummary], numbers: dict[str, int]) -> None:
    for verdict, (colour, form) in _EXPLAINED.items():
        mine = [f.row for f in summaries if not f.is_open and f.verdict == verdict]
        if mine:
            marks = canvas.axes.scatter(
                [row["lon"] for row in mine], [row["lat"] for row in mine], s=16, marker=form,
                c=colour, linewidths=1.0, zorder=4, label=canvas.words[verdict],
            )  # fmt: skip
            canvas.handles.append(marks)
    opened = [summary for summary in summaries if summary.is_open]
    for summary in reversed(opened):  # the most urgent on top
        form = _OPEN_FORM.get(summary.verdict, "o")
        x, y = summary.row["lon"], summary.row["lat"]
        size, edge = _LEVEL_SIZES[summary.level]
        canvas.axes.scatter(
            [x], [y], s=size if summary.event_id in numbers else 20, marker=form,
            c=_LEVELS[summary.level], edgecolors="#1d0f04", linewidths=edge, zorder=5,
        )  # fmt: skip
        if summary.event_id in numbers:
            canvas.axes.annotate(
                str(numbers[summary.event_id]), (x, y), fontsize=6, ha="center", va="center",
                color="white" if summary.level == 1 else "#1d0f04", weight="bold", zorder=6,
            )  # fmt: skip
    if any(summary.verdict == "permit_violation" for summary in opened):
        canvas.handles.append(dot("white", "D", canvas.words["violation"]))
    for level in sorted({summary.level for summary in opened}, reverse=True):
        size, edge = _LEVEL_SIZES[level]
        name = canvas.words[f"level_{level}"]
        canvas.handles.append(
            dot(_LEVELS[level], "o", name, size_pt=0.75 * size**0.5, edge_pt=edge)
        )


def _footprint(canvas: MapCanvas, board: Board, event_id: str) -> None:
    shape = board.events.loc[board.events["event_id"] == event_id].geometry
    red = _LEVELS[1]
    _fill(canvas, shape, facecolor=red, alpha=0.28, edgecolor="none", zorder=2.1)
    _fill(canvas, shape, facecolor="none", edgecolor=red, linewidth=1.2, zorder=2.2)
    canvas.handles.append(patch(red, canvas.words["footprint"], alpha=0.4))
    mine = board.members.loc[board.members["event_id"] == event_id, "hotspot_id"]
    spots = board.hotspots[board.hotspots["hotspot_id"].isin(mine)]
    if len(spots):
        marks = canvas.axes.scatter(
            spots.geometry.x, spots.geometry.y, s=12, c="#ffe14d", edgecolors="#5b1600",
            linewidths=0.6, zorder=4, label=canvas.words["hotspot"],
        )  # fmt: skip
        canvas.handles.append(marks)


def _places(canvas: MapCanvas, board: Board, frame: Box) -> None:
    places = _in_frame(board.settlements, frame)
    if not len(places):
        return
    order = places.assign(_n=pd.to_numeric(places["population"], errors="coerce").fillna(0))
    chosen = order.sort_values(["_n", "settlement_id"], ascending=[False, True]).head(14)
    for name, at in zip(chosen["name"], chosen.geometry.representative_point(), strict=True):
        canvas.axes.plot([at.x], [at.y], ".", color=INK, markersize=3, zorder=3)
        canvas.write(at.x, at.y, f" {name}", fontsize=6.5, color=INK, va="bottom", zorder=3)


def _locate(figure: Figure, canvas: MapCanvas, board: Board, frame: Box) -> None:
    """Where in the area the close picture lies."""
    counties = board.admin[board.admin["level"] == "county"]
    if not len(counties):
        return
    west, south, east, north = frame_of(bounds_of(counties), share=_MARGIN_SHARE)
    small = figure.add_axes((canvas.share + 0.03, 0.5, 0.94 - canvas.share, 0.32))
    small.set_xlim(west, east)
    small.set_ylim(south, north)
    small.set_aspect(canvas.axes.get_aspect(), anchor="C")
    small.set_axis_off()
    _outline(
        replace(canvas, axes=small), counties.geometry.simplify((east - west) / 300),
        colors=_BORDER, linewidths=0.7,
    )  # fmt: skip
    small.plot(
        [(frame[0] + frame[2]) / 2], [(frame[1] + frame[3]) / 2], "s",
        markersize=6, markerfacecolor="none", markeredgecolor=_LEVELS[1], markeredgewidth=1.4,
    )  # fmt: skip
