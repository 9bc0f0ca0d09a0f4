"""Share of an area under one land cover, by counting cells."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from jdzfire.terrain.grid import Grid, read_layout
from jdzfire.terrain.landcover import TREE_COVER

__all__ = ["cover_shares"]


def cover_shares(
    areas: gpd.GeoSeries, landcover: xr.DataArray, *, code: int = TREE_COVER
) -> pd.Series:
    """How much of each area has this land cover.

    Parameters
    ----------
    areas : GeoSeries [any CRS, polygons], n rows
    landcover : DataArray (y, x)
        Codes of ESA WorldCover, CRS on ``.rio``.
    code : int

    Returns
    -------
    Series of float [0-1], n rows, index kept
        Of the cells whose centre lies in the area and whose cover is known; null where there is
        no such cell.

    Notes
    -----
    Exact only for areas much larger than a cell; a VIIRS footprint holds some ten cells of
    250 m. Cost is that of the cells in the areas' bounding boxes.
    """
    grid = read_layout(landcover, name="landcover")
    shapes = areas.to_crs(grid.crs).to_numpy()
    shares = [_share(shape, grid, code) for shape in shapes]
    return pd.Series(shares, index=areas.index, dtype="float64")


def _share(shape: shapely.Geometry, grid: Grid, code: int) -> float:
    west, south, east, north = shapely.bounds(shape)
    cols = np.flatnonzero((grid.x >= west) & (grid.x <= east))
    rows = np.flatnonzero((grid.y >= south) & (grid.y <= north))
    if not len(cols) or not len(rows):
        return float("nan")
    x, y = np.meshgrid(grid.x[cols], grid.y[rows])
    values = grid.values[np.ix_(rows, cols)][shapely.contains_xy(shape, x, y)]
    known = values[~np.isnan(values)]
    return float((known == code).mean()) if len(known) else float("nan")
