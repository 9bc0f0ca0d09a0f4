"""The map picture of a paper, drawn without a browser: borders, relief, events, teams, legend.

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

from jdzfire.crs import metres_per_degree
from jdzfire.permits import EXPLAINING_STATUSES
from jdzfire.publish.board import Board
from jdzfire.publish.facts import EventFacts, event_facts
from jdzfire.publish.labels import Lang
from jdzfire.publish.papers.picture_frame import (
    INK,
    Box,
    Pen,
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

__all__ = ["MOST_NUMBERED", "draw_city", "draw_event", "permits_in_force"]

_BORDER, _TOWNSHIP, _ROAD = "#5d5470", "#b9b3c4", "#c98a2b"
_ZONE, _LAND = "#5aa36f", "#f3f4ee"
_LEVELS = {1: "#d25837", 2: "#ee8901", 3: "#fbd412"}
_LEVEL_SIZES = {1: (104, 1.5), 2: (74, 0.8), 3: (56, 0.4)}
"""Size and edge of a numbered mark [points], so that a printer without colours tells levels."""
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
        Without a Chinese font the picture is in English and outside names are left out.
    numbers : dict, optional
        Number of an event as the paper lists it; default: the rank of the open ones.
    with_permits : bool
        Show where the permits in force lie; for the internal edition only.

    Returns
    -------
    bytes
        The same board and fonts give the same bytes. About 0.2 s.
    """
    facts = event_facts(board, lang=lang)
    opened = [fact for fact in facts if fact.is_open]
    if numbers is None:
        numbers = {fact.event_id: rank for rank, fact in enumerate(opened, start=1)}
    numbers = {one: n for one, n in numbers.items() if n <= MOST_NUMBERED}
    counties = board.admin[board.admin["level"] == "county"]
    frame = frame_of(bounds_of(counties, board.events), share=_MARGIN_SHARE)
    figure, pen = start_picture(frame, lang)
    _relief(pen, board, frame)
    _areas(pen, board, frame)
    if with_permits:
        _permits(pen, board, frame)
    _teams(pen, board, frame)
    _events(pen, facts, numbers)
    hidden = sum(fact.event_id not in numbers for fact in opened)
    return finish_picture(
        figure, pen, frame, pen.words["others"].format(n=hidden) if hidden else ""
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
    figure, pen = start_picture(frame, lang)
    _relief(pen, board, frame)
    _areas(pen, board, frame, close=True)
    _roads(pen, board, frame)
    if with_permits:
        _permits(pen, board, frame)
    _footprint(pen, board, event_id)
    _teams(pen, board, frame, named=True)
    _places(pen, board, frame)
    _locate(figure, pen, board, frame)
    return finish_picture(figure, pen, frame, "")


def _relief(pen: Pen, board: Board, frame: Box) -> None:
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
    pen.axes.imshow(
        np.dstack([grey, grey, grey * 0.985, known.astype(float)]),
        extent=(x[0] - dx / 2, x[-1] + dx / 2, y[-1] - dy / 2, y[0] + dy / 2),
        interpolation="bilinear" if max(height.shape) < 200 else "nearest",
        aspect=pen.axes.get_aspect(),
        zorder=0.5,
    )


def _outline(pen: Pen, geometries: Any, **how: Any) -> None:
    from matplotlib.collections import LineCollection

    lines = []
    for geometry in geometries:
        edge = geometry.boundary if geometry.geom_type.endswith("Polygon") else geometry
        parts = getattr(edge, "geoms", [edge])
        lines += [np.asarray(p.coords)[:, :2] for p in parts if p.geom_type.startswith("Line")]
    pen.axes.add_collection(LineCollection(lines, **how), autolim=False)


def _fill(pen: Pen, geometries: Any, **how: Any) -> None:
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
    pen.axes.add_collection(PathCollection(paths, **how), autolim=False)


def _in_frame(table: Any, frame: Box) -> Any:
    west, south, east, north = frame
    return table.cx[west:east, south:north] if len(table) else table


def _areas(pen: Pen, board: Board, frame: Box, *, close: bool = False) -> None:
    tolerance = (frame[2] - frame[0]) / 1500
    seen = _in_frame(board.admin, frame)
    land = seen[seen["level"].isin(("county", "city", "province"))]
    if board.dem is None:
        _fill(pen, land.geometry.simplify(tolerance), facecolor=_LAND, edgecolor="none", zorder=0.4)
    zones = _in_frame(board.zones, frame).geometry.simplify(tolerance)
    _fill(pen, zones, facecolor=_ZONE, edgecolor="none", alpha=0.22, zorder=0.7)
    if len(zones):
        pen.handles.append(patch(_ZONE, pen.words["zone"], alpha=0.35))
    townships = seen[seen["level"] == "township"]
    if len(townships) and close:
        edges = townships.geometry.simplify(tolerance)
        _outline(pen, edges, colors=_TOWNSHIP, linewidths=0.6, linestyles="--", zorder=1)
        pen.handles.append(line(_TOWNSHIP, pen.words["township"], "--"))
    counties = seen[seen["level"] == "county"]
    if len(counties):
        _outline(
            pen, counties.geometry.simplify(tolerance), colors=_BORDER, linewidths=1.1, zorder=1.1
        )
        pen.handles.append(line(_BORDER, pen.words["county"], "-"))
    named = townships if close else counties
    for name, place in zip(named["name"], named.geometry.representative_point(), strict=True):
        pen.say(
            place.x, place.y, str(name), fontsize=8 if not close else 7, color=_BORDER,
            ha="center", va="center", alpha=0.85, zorder=1.2,
        )  # fmt: skip


def _roads(pen: Pen, board: Board, frame: Box) -> None:
    roads = _in_frame(board.roads, frame)
    if not len(roads):
        return
    wide = np.where(roads["road_class"].isin(("motorway", "trunk", "primary")), 1.4, 0.7)
    _outline(pen, roads.geometry, colors=_ROAD, linewidths=float(wide.max()), zorder=1.3)
    pen.handles.append(line(_ROAD, pen.words["road"], "-"))


def permits_in_force(board: Board) -> gpd.GeoDataFrame:
    """Permits under which somebody may be burning now."""
    permits = board.permits
    is_on = permits["status"].isin(EXPLAINING_STATUSES)
    is_on &= (permits["valid_from"] <= board.now) & (permits["valid_to"] >= board.now)
    return permits[is_on]


def _permits(pen: Pen, board: Board, frame: Box) -> None:
    held = _in_frame(permits_in_force(board), frame)
    if not len(held):
        return
    _fill(pen, held.geometry, facecolor="none", edgecolor=_PERMIT, linewidth=1.0, zorder=2)
    places = held.geometry.representative_point()
    marks = pen.axes.scatter(
        places.x, places.y, s=26, marker="s", facecolors="none", edgecolors=_PERMIT,
        linewidths=1.0, zorder=2, label=pen.words["permit"],
    )  # fmt: skip
    pen.handles.append(marks)


def _teams(pen: Pen, board: Board, frame: Box, *, named: bool = False) -> None:
    teams = _in_frame(board.teams, frame)
    if not len(teams):
        return
    places = teams.geometry.representative_point()
    marks = pen.axes.scatter(
        places.x, places.y, s=24, marker="P", c=_TEAM, edgecolors="white", linewidths=0.5,
        zorder=3, label=pen.words["team"],
    )  # fmt: skip
    pen.handles.append(marks)
    if named:
        for name, place in zip(teams["name"], places, strict=True):
            pen.say(place.x, place.y, f"  {name}", fontsize=6.5, color=_TEAM, va="center", zorder=3)


def _events(pen: Pen, facts: Sequence[EventFacts], numbers: dict[str, int]) -> None:
    for verdict, (colour, form) in _EXPLAINED.items():
        mine = [f.row for f in facts if not f.is_open and f.verdict == verdict]
        if mine:
            marks = pen.axes.scatter(
                [row["lon"] for row in mine], [row["lat"] for row in mine], s=16, marker=form,
                c=colour, linewidths=1.0, zorder=4, label=pen.words[verdict],
            )  # fmt: skip
            pen.handles.append(marks)
    opened = [fact for fact in facts if fact.is_open]
    for fact in reversed(opened):  # the most urgent on top
        form = _OPEN_FORM.get(fact.verdict, "o")
        x, y = fact.row["lon"], fact.row["lat"]
        size, edge = _LEVEL_SIZES[fact.level]
        pen.axes.scatter(
            [x], [y], s=size if fact.event_id in numbers else 20, marker=form,
            c=_LEVELS[fact.level], edgecolors="#1d0f04", linewidths=edge, zorder=5,
        )  # fmt: skip
        if fact.event_id in numbers:
            pen.axes.annotate(
                str(numbers[fact.event_id]), (x, y), fontsize=6, ha="center", va="center",
                color="white" if fact.level == 1 else "#1d0f04", weight="bold", zorder=6,
            )  # fmt: skip
    if any(fact.verdict == "permit_violation" for fact in opened):
        pen.handles.append(dot("white", "D", pen.words["violation"]))
    for level in sorted({fact.level for fact in opened}, reverse=True):
        size, edge = _LEVEL_SIZES[level]
        name = pen.words[f"level_{level}"]
        pen.handles.append(dot(_LEVELS[level], "o", name, size_pt=0.75 * size**0.5, edge_pt=edge))


def _footprint(pen: Pen, board: Board, event_id: str) -> None:
    shape = board.events.loc[board.events["event_id"] == event_id].geometry
    red = _LEVELS[1]
    _fill(pen, shape, facecolor=red, alpha=0.28, edgecolor="none", zorder=2.1)
    _fill(pen, shape, facecolor="none", edgecolor=red, linewidth=1.2, zorder=2.2)
    pen.handles.append(patch(red, pen.words["footprint"], alpha=0.4))
    mine = board.members.loc[board.members["event_id"] == event_id, "hotspot_id"]
    spots = board.hotspots[board.hotspots["hotspot_id"].isin(mine)]
    if len(spots):
        marks = pen.axes.scatter(
            spots.geometry.x, spots.geometry.y, s=12, c="#ffe14d", edgecolors="#5b1600",
            linewidths=0.6, zorder=4, label=pen.words["hotspot"],
        )  # fmt: skip
        pen.handles.append(marks)


def _places(pen: Pen, board: Board, frame: Box) -> None:
    places = _in_frame(board.settlements, frame)
    if not len(places):
        return
    order = places.assign(_n=pd.to_numeric(places["population"], errors="coerce").fillna(0))
    chosen = order.sort_values(["_n", "settlement_id"], ascending=[False, True]).head(14)
    for name, at in zip(chosen["name"], chosen.geometry.representative_point(), strict=True):
        pen.axes.plot([at.x], [at.y], ".", color=INK, markersize=3, zorder=3)
        pen.say(at.x, at.y, f" {name}", fontsize=6.5, color=INK, va="bottom", zorder=3)


def _locate(figure: Figure, pen: Pen, board: Board, frame: Box) -> None:
    """Where in the area the close picture lies."""
    counties = board.admin[board.admin["level"] == "county"]
    if not len(counties):
        return
    west, south, east, north = frame_of(bounds_of(counties), share=_MARGIN_SHARE)
    small = figure.add_axes((pen.share + 0.03, 0.5, 0.94 - pen.share, 0.32))
    small.set_xlim(west, east)
    small.set_ylim(south, north)
    small.set_aspect(pen.axes.get_aspect(), anchor="C")
    small.set_axis_off()
    _outline(
        replace(pen, axes=small), counties.geometry.simplify((east - west) / 300),
        colors=_BORDER, linewidths=0.7,
    )  # fmt: skip
    small.plot(
        [(frame[0] + frame[2]) / 2], [(frame[1] + frame[3]) / 2], "s",
        markersize=6, markerfacecolor="none", markeredgecolor=_LEVELS[1], markeredgewidth=1.4,
    )  # fmt: skip
