"""Areas and places as cells of the ground."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from jdzfire.arrays import Floats, Ints
from jdzfire.reach.walk import WalkGrid


def areas_on(grid: WalkGrid, areas: gpd.GeoSeries) -> Ints:
    """Position of the area the middle of each cell lies in.

    Parameters
    ----------
    grid : WalkGrid
    areas : GeoSeries [any CRS, polygons], n rows

    Returns
    -------
    array, (rows, columns)
        -1 in none; where areas overlap the first.
    """
    from affine import Affine
    from rasterio.features import rasterize

    shapes = areas.to_crs(grid.crs).to_numpy()
    burnt = [
        (shape, position + 1)
        for position, shape in reversed(list(enumerate(shapes)))
        if shape is not None and not shapely.is_empty(shape)
    ]
    if not burnt:
        return np.full(grid.shape, -1, dtype=np.int64)
    transform = Affine(grid.cell_m, 0, grid.west, 0, -grid.cell_m, grid.north)
    found = rasterize(burnt, out_shape=grid.shape, transform=transform, fill=0, dtype="int32")
    return np.asarray(found, dtype=np.int64) - 1


def sums_on(grid: WalkGrid, places: gpd.GeoSeries, values: Floats) -> Floats:
    """What lies in each cell, such as people of villages.

    Parameters
    ----------
    grid : WalkGrid
    places : GeoSeries [any CRS, points], n rows
    values : array, n
        NaN counts for nothing.

    Returns
    -------
    array, (rows, columns)
        What lies on closed ground, such as a village by a river, counts in the nearest open cell.
    """
    from scipy.ndimage import distance_transform_edt

    points = places.to_crs(grid.crs).representative_point()
    row, column = grid.cells_of(points.x.to_numpy(float), points.y.to_numpy(float))
    inside = (row >= 0) & ~np.isnan(values)
    row, column, amount = row[inside], column[inside], values[inside]
    is_open = grid.factor > 0
    if is_open.any():
        nearest = distance_transform_edt(~is_open, return_distances=False, return_indices=True)
        row, column = nearest[0][row, column], nearest[1][row, column]
    total = np.zeros(grid.shape)
    np.add.at(total, (row, column), amount)
    return total
