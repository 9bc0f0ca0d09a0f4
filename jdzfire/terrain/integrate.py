"""Exact integrals of a grid over polygons, for many small polygons at once.

A polygon's integral of a grid is that of its border: with F(x, y) the sum of the values west of x
in the row of y, the integral over the area is that of F dy along the rings (Green). Within one
cell F is linear, so each border is cut at the lines of the grid and F taken at the middle of each
piece; nothing is sampled and no cell inside an area is visited.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import shapely

from jdzfire.arrays import Floats, Ints
from jdzfire.terrain.grid import Grid

_PIECES_AT_ONCE = 2_000_000
"""Pieces of border held at once: some 200 MB [C]."""


def integrate_layers(
    shapes: npt.NDArray[np.object_], grid: Grid, layers: Sequence[Floats]
) -> Floats:
    """Integrals of layers over polygons, in cells.

    Parameters
    ----------
    shapes : array of polygons or multipolygons in the CRS of the grid, n
        Missing and empty ones give 0.
    grid : Grid
        Where the cells are.
    layers : sequence of m arrays, (rows, columns)
        Without missing values. Outside the grid all are 0.

    Returns
    -------
    array, (m, n)
        Sum over the cells of the layer's value times the share of the cell that is covered.
    """
    sums = [_sums_from_the_left(layer) for layer in layers]
    totals = np.zeros((len(layers), len(shapes)))
    shape, ring, x, y = _corners(shapes)
    u = (x - grid.x[0]) / grid.step_x + 0.5
    v = (y - grid.y[0]) / grid.step_y + 0.5
    is_edge = ring[1:] == ring[:-1]
    edges = np.stack([v[:-1], u[:-1], v[1:], u[1:]])[:, is_edge]
    shape = shape[:-1][is_edge]
    for begin, end in _portions(edges):
        piece, row, col, height = _pieces(edges[:, begin:end])
        of_shape = shape[begin:end][piece]
        for total, west_sum in zip(totals, sums, strict=True):
            inflow = height * _sum_west_of(west_sum, row, col)
            total += np.bincount(of_shape, inflow, minlength=len(shapes))
    return np.asarray(totals * np.sign(grid.step_x * grid.step_y), dtype=np.float64)


def _sums_from_the_left(layer: Floats) -> Floats:
    sums = np.zeros((layer.shape[0], layer.shape[1] + 1))
    np.cumsum(layer, axis=1, out=sums[:, 1:])
    return sums


def _corners(shapes: npt.NDArray[np.object_]) -> tuple[Ints, Ints, Floats, Floats]:
    """Of each corner: the shape, the ring, x, y; outer rings one way round, holes the other."""
    parts, of_shape = shapely.get_parts(shapes, return_index=True)
    rings, of_part = shapely.get_rings(
        shapely.orient_polygons(parts, exterior_cw=False), return_index=True
    )
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    return of_shape[of_part[ring]], ring, corners[:, 0], corners[:, 1]


def _portions(edges: Floats) -> Iterator[tuple[int, int]]:
    """Runs of edges that fall into a bearable number of pieces."""
    lines = np.abs(edges[2] - edges[0]) + np.abs(edges[3] - edges[1]) + 3.0
    number = (np.cumsum(lines) // _PIECES_AT_ONCE).astype(np.int64)
    cuts = [0, *(np.flatnonzero(np.diff(number)) + 1).tolist(), edges.shape[1]]
    yield from ((a, b) for a, b in itertools.pairwise(cuts) if b > a)


def _pieces(edges: Floats) -> tuple[Ints, Ints, Floats, Floats]:
    """Edges cut at the lines of the grid.

    Returns the edge of each piece, its row, the column coordinate of its middle, and the rows it
    runs through, signed.
    """
    edge, v0, u0, v1, u1 = _cut(*edges)
    piece, u0, v0, u1, v1 = _cut(u0, v0, u1, v1)
    middle = np.floor((v0 + v1) / 2.0).astype(np.int64)
    return edge[piece], middle, (u0 + u1) / 2.0, v1 - v0


def _cut(
    a0: Floats, b0: Floats, a1: Floats, b1: Floats
) -> tuple[Ints, Floats, Floats, Floats, Floats]:
    """Segments cut where their first coordinate is a whole number, with their number."""
    low, high = np.minimum(a0, a1), np.maximum(a0, a1)
    first = np.floor(low) + 1.0
    lines = np.maximum(np.ceil(high) - first, 0.0).astype(np.int64)
    count = lines + 1
    origin = np.repeat(np.arange(len(a0)), count)
    step = np.arange(len(origin)) - np.repeat(np.cumsum(count) - count, count)
    # lines in the order the segment crosses them
    rising = (a1 >= a0)[origin]
    last = (first + lines - 1.0)[origin]
    at = np.where(rising, first[origin] + step - 1.0, last - step + 1.0)
    following = np.where(rising, at + 1.0, at - 1.0)
    begin = np.where(step == 0, a0[origin], at)
    end = np.where(step == lines[origin], a1[origin], following)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(a1 != a0, (b1 - b0) / (a1 - a0), 0.0)[origin]
    other_begin = np.where(step == 0, b0[origin], b0[origin] + slope * (begin - a0[origin]))
    other_end = np.where(step == lines[origin], b1[origin], b0[origin] + slope * (end - a0[origin]))
    return origin, begin, other_begin, end, other_end


def _sum_west_of(sums: Floats, row: Ints, col: Floats) -> Floats:
    """Sum of a row's values up to a column coordinate; 0 in rows outside."""
    rows, cols = sums.shape[0], sums.shape[1] - 1
    col = np.clip(col, 0.0, cols)
    whole = np.minimum(col.astype(np.int64), cols - 1)
    inside = (row >= 0) & (row < rows)
    line = np.where(inside, row, 0)
    left = sums[line, whole]
    return np.where(inside, left + (col - whole) * (sums[line, whole + 1] - left), 0.0)
