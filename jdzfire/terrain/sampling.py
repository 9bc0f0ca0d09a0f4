"""Elevation, slope and land cover at places: the value of the cell a place lies in."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from jdzfire.arrays import Floats
from jdzfire.errors import CrsError
from jdzfire.terrain.grid import Grid, read_layout
from jdzfire.terrain.slope import cell_size_m, horn_slope_deg


def sample_terrain(
    points: gpd.GeoSeries,
    *,
    dem: xr.DataArray | None = None,
    landcover: xr.DataArray | None = None,
) -> pd.DataFrame:
    """Elevation, slope and land cover at places.

    Each place takes the value of the cell it lies in; nothing is interpolated. A geometry
    that is not a point counts at its centroid. Only the 3 x 3 cells around a place are
    used for its slope.

    Parameters
    ----------
    points : GeoSeries [any CRS], n rows, may be empty
        Missing and empty geometries give nulls.
    dem : DataArray, (y, x) [m], optional
        Elevation, CRS on ``.rio``.
    landcover : DataArray, (y, x) [ESA WorldCover codes], optional
        Land cover, CRS on ``.rio``.

    Returns
    -------
    DataFrame, n rows, index of ``points``
        ``elevation_m`` [m], ``slope_deg`` [degree], ``landcover`` [code, Int64],
        ``landcover_zh``; null outside the grid, on nodata, and where no grid was given.

    Raises
    ------
    CrsError
        Points or grid have no CRS.
    InputError
        A grid is not a regular single layer.
    """
    elevation = np.full(len(points), np.nan)
    slope = elevation.copy()
    cover = elevation.copy()
    if dem is not None:
        elevation, slope = _elevation_and_slope(points, read_layout(dem, name="dem"))
    if landcover is not None:
        grid = read_layout(landcover, name="landcover")
        cover = grid.at(*grid.locate(*_coordinates(points, grid)))
    codes = pd.Series(cover, index=points.index).astype("Int64")
    return pd.DataFrame(
        {
            "elevation_m": elevation,
            "slope_deg": slope,
            "landcover": codes,
            "landcover_zh": codes.map(LANDCOVER_ZH).astype("str"),
        },
        index=points.index,
    )


def sample_grid(points: gpd.GeoSeries, grid: xr.DataArray, *, name: str = "grid") -> pd.Series:
    """Value of the cell each place lies in, NaN outside; index of ``points``."""
    layout = read_layout(grid, name=name)
    values = layout.at(*layout.locate(*_coordinates(points, layout)))
    return pd.Series(values, index=points.index, name=name)


def _coordinates(points: gpd.GeoSeries, grid: Grid) -> tuple[Floats, Floats]:
    """Coordinates of the places in the grid's CRS; NaN where there is no place."""
    if points.crs is None:
        raise CrsError("points have no CRS", remedy="declare it where they are read")
    placed = shapely.get_num_coordinates(points.to_numpy()) > 0
    x, y = np.full(len(points), np.nan), np.full(len(points), np.nan)
    kept = points[placed]
    at = gpd.GeoSeries(kept.to_numpy(), crs=points.crs)
    if not at.geom_type.eq("Point").all():
        at = at.to_crs(at.estimate_utm_crs()).centroid
    at = at.to_crs(grid.crs)
    x[placed], y[placed] = at.x.to_numpy(), at.y.to_numpy()
    return x, y


def _elevation_and_slope(points: gpd.GeoSeries, grid: Grid) -> tuple[Floats, Floats]:
    row, col = grid.locate(*_coordinates(points, grid))
    outside = row < 0
    around = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    window = np.stack([grid.at(row + i, col + j) for i, j in around], axis=0)
    window[:, outside] = np.nan
    width_m, depth_m = cell_size_m(grid)
    slope = horn_slope_deg(window, width_m[row], depth_m[row])
    return window[4], slope


TREE_COVER = 10
"""Code of tree cover."""

LANDCOVER_ZH = {
    10: "林地",
    20: "灌木",
    30: "草地",
    40: "耕地",
    50: "建设用地",
    60: "裸地",
    70: "冰雪",
    80: "水体",
    90: "湿地",
    95: "红树林",
    100: "苔藓地衣",
}
"""Codes of ESA WorldCover v200 [K] and what duty staff read."""
