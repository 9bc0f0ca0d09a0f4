"""Slope of the ground by Horn's method, on geographic and on projected grids."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from pyproj import CRS

from jdzfire.arrays import Floats
from jdzfire.errors import CrsError
from jdzfire.terrain.grid import Grid, read_layout


def slope_deg(dem: xr.DataArray) -> xr.DataArray:
    """Slope of each cell of an elevation grid.

    Horn's weighted differences over the 3 x 3 neighbours. On a geographic grid a degree is
    turned into metres at the latitude of each row.

    Parameters
    ----------
    dem : DataArray, (y, x) [m]
        Elevation; CRS and nodata on ``.rio``; geographic or projected in metres.

    Returns
    -------
    DataArray, (y, x) [degree, 0 level - 90 upright]
        Same coordinates as ``dem``; NaN on the outermost cells and beside missing cells.

    Raises
    ------
    CrsError
        No CRS, or one in neither degrees nor metres.
    InputError
        Not a regular single-layer grid.

    Notes
    -----
    Horn (1981) weights 1-2-1 [K]; length of a degree on the WGS84 ellipsoid [K].
    """
    grid = read_layout(dem, name="dem")
    height_m = grid.values
    padded = np.pad(height_m, 1, constant_values=np.nan)
    rows, cols = height_m.shape
    window = np.stack(
        [padded[i : i + rows, j : j + cols] for i in range(3) for j in range(3)], axis=0
    )
    width_m, depth_m = cell_size_m(grid)
    slope = horn_slope_deg(window, width_m[:, None], depth_m[:, None])
    dims = (str(dem.rio.y_dim), str(dem.rio.x_dim))
    coords: dict[str, Any] = {dims[0]: grid.y, dims[1]: grid.x}
    result = xr.DataArray(slope, dims=dims, coords=coords, name="slope_deg")
    result.attrs.update(units="degree", long_name="slope of the ground, Horn's method")
    located: xr.DataArray = result.rio.write_crs(grid.crs.to_wkt())
    return located


def horn_slope_deg(window: Floats, width_m: Floats, depth_m: Floats) -> Floats:
    """Slope from the nine heights of 3 x 3 windows.

    Parameters
    ----------
    window : ndarray, (9, ...) [m]
        Heights row by row, the cell itself is number 4.
    width_m, depth_m : ndarray, broadcastable to ``window[0]`` [m]
        Size of a cell along the row and across the rows.

    Returns
    -------
    ndarray, shape of ``window[0]`` [degree]
        NaN where any of the nine is missing.
    """
    a, b, c, d, centre, f, g, h, i = window
    along = ((c + 2 * f + i) - (a + 2 * d + g)) / (8 * width_m)
    across = ((g + 2 * h + i) - (a + 2 * b + c)) / (8 * depth_m)
    slope = np.degrees(np.arctan(np.hypot(along, across)))
    return np.where(np.isnan(centre), np.nan, slope)


def cell_size_m(grid: Grid) -> tuple[Floats, Floats]:
    """Width and depth of the cells of each row [m].

    Raises
    ------
    CrsError
        The CRS counts in neither degrees nor a length.
    """
    if grid.crs.is_geographic:
        per_lon, per_lat = _metres_per_degree(grid.y)
        return per_lon * abs(grid.step_x), per_lat * abs(grid.step_y)
    factor = _unit_m(grid.crs)
    ones = np.ones(len(grid.y))
    return ones * abs(grid.step_x) * factor, ones * abs(grid.step_y) * factor


def _metres_per_degree(lat: Floats) -> tuple[Floats, Floats]:
    """Length of a degree of longitude and of latitude on the WGS84 ellipsoid [m]."""
    a, e2 = 6_378_137.0, 0.006_694_379_990_14
    phi = np.radians(lat)
    w2 = 1 - e2 * np.sin(phi) ** 2
    per_lon = np.radians(1) * a * np.cos(phi) / np.sqrt(w2)
    per_lat = np.radians(1) * a * (1 - e2) / w2**1.5
    return per_lon, per_lat


def _unit_m(crs: CRS) -> float:
    factors = {axis.unit_conversion_factor for axis in crs.axis_info[:2]}
    if not crs.is_projected or len(factors) != 1:
        raise CrsError(
            "slope needs a grid in degrees or metres",
            expected="a geographic or projected CRS",
            found=str(crs.name),
        )
    return float(factors.pop())
