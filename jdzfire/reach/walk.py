"""On foot: minutes from cell to cell over the terrain, by slope and land cover.

A square grid in metres. A step goes to one of eight neighbours; its speed is Tobler's (1993) for
the slope in that direction, times what the ground of the two cells leaves of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from jdzfire.arrays import Floats, Ints
from jdzfire.reach.speeds import CLIFF_DEG, TravelRules
from jdzfire.terrain.grid import read_layout

STEPS = np.array([(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)])
"""Row and column to the eight neighbours; the opposite of number k is 7 - k."""

FASTEST_KMH = 6.0
_TOBLER_STEEP = 3.5
_TOBLER_EASY = 0.05
"""Tobler's speed is 6 exp(-3.5 |slope + 0.05|) km/h: fastest a little downhill [V]."""


@dataclass(frozen=True)
class WalkGrid:
    """Ground in square cells; row 0 is the northernmost."""

    crs: CRS
    """Metric CRS."""
    west: float
    """Left edge [m]."""
    north: float
    """Upper edge [m]."""
    cell_m: float
    """Side of a cell [m]."""
    height_m: Floats
    """(rows, columns) of the middle of each cell [m]; 0 everywhere when no heights are known."""
    factor: Floats
    """(rows, columns) share of the walking speed that the ground leaves, 0: closed."""
    notes: tuple[str, ...] = ()
    """What was not known."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, columns = self.height_m.shape
        return rows, columns

    def cells_of(self, x: Floats, y: Floats) -> tuple[Ints, Ints]:
        """Row and column of places [m]; -1 outside."""
        column = np.floor((np.asarray(x) - self.west) / self.cell_m)
        row = np.floor((self.north - np.asarray(y)) / self.cell_m)
        rows, columns = self.shape
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        return (
            np.where(inside, row, -1).astype(np.int64),
            np.where(inside, column, -1).astype(np.int64),
        )

    def middles(self) -> tuple[Floats, Floats]:
        """Middles of the cells: x of the columns, y of the rows [m]."""
        rows, columns = self.shape
        x = self.west + (np.arange(columns, dtype=float) + 0.5) * self.cell_m
        y = self.north - (np.arange(rows, dtype=float) + 0.5) * self.cell_m
        return np.asarray(x, dtype=float), np.asarray(y, dtype=float)

    def window(self, rows: slice, columns: slice) -> WalkGrid:
        """A part of the grid."""
        top, left = rows.start or 0, columns.start or 0
        return WalkGrid(
            self.crs,
            self.west + left * self.cell_m,
            self.north - top * self.cell_m,
            self.cell_m,
            self.height_m[rows, columns],
            self.factor[rows, columns],
            self.notes,
        )


def walk_grid(
    bounds: tuple[float, float, float, float],
    crs: CRS,
    *,
    cell_m: float = 100.0,
    dem: xr.DataArray | None = None,
    landcover: xr.DataArray | None = None,
    rules: TravelRules | None = None,
) -> WalkGrid:
    """Ground within bounds, sampled at the middles of its cells.

    Parameters
    ----------
    bounds : west, south, east, north [m, in ``crs``]
        Widened to whole cells.
    crs : CRS
        Metric.
    cell_m : float [m]
    dem : DataArray (y, x) [m], optional
        Without it the ground counts as level, and a note says so.
    landcover : DataArray [ESA WorldCover codes], optional
        Without it, and where it is null, the ground counts as trees: a fire is in them.
    rules : TravelRules, optional

    Returns
    -------
    WalkGrid
    """
    rules = rules or TravelRules()
    west, south = (np.floor(edge / cell_m) * cell_m for edge in bounds[:2])
    east, north = (np.ceil(edge / cell_m) * cell_m for edge in bounds[2:])
    columns = max(round(float((east - west) / cell_m)), 1)
    rows = max(round(float((north - south) / cell_m)), 1)
    x, y = np.meshgrid(
        west + (np.arange(columns) + 0.5) * cell_m, north - (np.arange(rows) + 0.5) * cell_m
    )
    notes: list[str] = []
    height = sample_cells(dem, crs, x, y, name="dem")
    missing = ~np.isfinite(height)
    if missing.all():
        notes.append("no heights are known: the ground counts as level")
    elif missing.any():
        notes.append(f"heights are missing in {missing.mean():.1%} of the cells: level there")
    code = sample_cells(landcover, crs, x, y, name="landcover")
    if not np.isfinite(code).any():
        notes.append("no land cover is known: the ground counts as trees")
    woods = rules.walking.get(10, 0.5)
    factor = np.full(code.shape, woods)
    for number, share in rules.walking.items():
        factor[code == number] = share
    middle = float(np.nanmean(height)) if not missing.all() else 0.0
    return WalkGrid(
        crs=crs,
        west=float(west),
        north=float(north),
        cell_m=cell_m,
        height_m=np.where(missing, middle, height),
        factor=factor * rules.conditions.walking,
        notes=tuple(notes),
    )


def sample_cells(grid: xr.DataArray | None, crs: CRS, x: Floats, y: Floats, *, name: str) -> Floats:
    """Values of the cells of a grid that places lie in, NaN where there are none.

    Parameters
    ----------
    grid : DataArray (y, x), CRS on ``.rio``, optional
    crs : CRS
        Of the places.
    x, y : arrays of one shape
    name : str
        For the messages.

    Returns
    -------
    array of that shape
    """
    if grid is None or 0 in grid.shape:
        return np.full(x.shape, np.nan)
    layout = read_layout(grid, name=name)
    px, py = _between(crs, layout.crs).transform(x, y)
    row, column = layout.locate(np.asarray(px), np.asarray(py))
    return np.where(row >= 0, layout.values[row, column], np.nan)


def tobler_kmh(slope: Floats) -> Floats:
    """Walking speed on a path by slope, rise over run; downhill is below 0 [km/h].

    >>> tobler_kmh(np.array([-0.05, 0.0])).round(2).tolist()
    [6.0, 5.04]
    """
    return np.asarray(FASTEST_KMH * np.exp(-_TOBLER_STEEP * np.abs(slope + _TOBLER_EASY)))


@lru_cache(maxsize=8)
def _between(source: CRS, target: CRS) -> Transformer:
    """Made once: that takes 50 ms [C]."""
    return Transformer.from_crs(source, target, always_xy=True)


def step_minutes(grid: WalkGrid) -> NDArray[np.float32]:
    """Minutes of a step from each cell to each of its eight neighbours.

    Returns
    -------
    array, (8, rows, columns) [min]
        In the order of :data:`STEPS`; infinite off the grid, from and into closed ground, and up or
        down what is steeper than a cliff.
    """
    rows, columns = grid.shape
    minutes = np.full((8, rows, columns), np.inf, dtype=np.float32)
    cliff = np.tan(np.radians(CLIFF_DEG))
    for number, (down, right) in enumerate(STEPS):
        here = overlap(rows, columns, int(down), int(right))
        there = overlap(rows, columns, -int(down), -int(right))
        run_m = grid.cell_m * float(np.hypot(down, right))
        slope = (grid.height_m[there] - grid.height_m[here]) / run_m
        factor = 2 / (_inverse(grid.factor[here]) + _inverse(grid.factor[there]))
        with np.errstate(divide="ignore"):
            taken = run_m / 1000 / (tobler_kmh(slope) * factor) * 60
        taken[np.abs(slope) > cliff] = np.inf
        minutes[number][here] = taken
    return minutes


def overlap(rows: int, columns: int, down: int, right: int) -> tuple[slice, slice]:
    """Cells that have the neighbour so many rows down and columns to the right."""
    return (
        slice(max(0, -down), rows - max(0, down)),
        slice(max(0, -right), columns - max(0, right)),
    )


def _inverse(factor: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(1 / factor)


def walk_graph(grid: WalkGrid) -> sparse.csr_array:
    """Cells as nodes, numbered row by row; minutes of the steps between them."""
    rows, columns = grid.shape
    minutes = step_minutes(grid).astype(float)
    number = np.arange(rows * columns).reshape(rows, columns)
    tails, heads, data = [], [], []
    for step, (down, right) in zip(minutes, STEPS, strict=True):
        here = overlap(rows, columns, int(down), int(right))
        there = overlap(rows, columns, -int(down), -int(right))
        kept = np.isfinite(step[here])
        tails.append(number[here][kept])
        heads.append(number[there][kept])
        data.append(step[here][kept])
    size = rows * columns
    return sparse.csr_array(
        (np.concatenate(data), (np.concatenate(tails), np.concatenate(heads))), shape=(size, size)
    )


def walk_towards(grid: WalkGrid, row: int, column: int, *, limit_min: float) -> tuple[Floats, Ints]:
    """Minutes on foot from every cell to one cell, and the next cell on the way.

    Parameters
    ----------
    grid : WalkGrid
    row, column : int
    limit_min : float [min]

    Returns
    -------
    minutes : array, (rows, columns) [min]
        Infinite where it takes longer or no way leads.
    following : array, (rows, columns)
        Number of the next cell, row by row; below 0 at the place itself and without a way.
    """
    rows, columns = grid.shape
    reverse = sparse.csr_array(walk_graph(grid).T)
    minutes, following = dijkstra(
        reverse, indices=row * columns + column, return_predecessors=True, limit=limit_min
    )
    return minutes.reshape(rows, columns), following.reshape(rows, columns).astype(np.int64)
