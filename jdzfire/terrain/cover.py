"""Share of an area under one land cover, and the height of the ground within an area."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr
from pyproj import CRS

from jdzfire.arrays import Floats
from jdzfire.terrain.grid import Grid, read_layout
from jdzfire.terrain.integrate import integrate_layers
from jdzfire.terrain.sampling import TREE_COVER

_LEAST_CELLS = 1e-9
"""Areas over less of known cells than this touch none: what is left is rounding."""


def cover_shares(
    areas: gpd.GeoSeries, landcover: xr.DataArray, *, code: int = TREE_COVER
) -> pd.Series:
    """How much of each area has this land cover.

    Each cell counts by the share of it that is covered, so an area smaller than a cell has a
    share too.

    Parameters
    ----------
    areas : GeoSeries [any CRS, polygons], n rows
    landcover : DataArray (y, x)
        Codes of ESA WorldCover, CRS on ``.rio``.
    code : int

    Returns
    -------
    Series of float [0-1], n rows, index kept
        Of the part whose cover is known; null where no known cell is touched.

    Notes
    -----
    Exact, up to rounding: the tests hold it against cells cut one by one, and turned pixels against
    exactextract 0.3.0, with which it agrees to 1e-8 on 100,000 footprints. That one takes 2.4 times
    as long (34 against 14 us a VIIRS footprint on 250 m cells), is some per cent off where an edge
    runs through corners of cells, and brings the process down on coordinates a rounding error
    beside the grid's edge; so it is not the tool. Cost is that of the cells the borders cross,
    :mod:`jdzfire.terrain.integrate`.
    """
    window, shapes = _window(areas, landcover, name="landcover")
    if window is None:
        return pd.Series(np.nan, index=areas.index, dtype="float64")
    known = ~np.isnan(window.values)
    layers = [(window.values == code).astype(float), known.astype(float)]
    covered, cells = integrate_layers(shapes, window, layers)
    shares = np.clip(_ratio(covered, cells), 0.0, 1.0) + 0.0  # no -0.0in sentences
    return pd.Series(shares, index=areas.index)


def area_heights(areas: gpd.GeoSeries, elevation: xr.DataArray) -> pd.DataFrame:
    """Mean height of the ground within each area, and how much it varies there.

    Parameters
    ----------
    areas : GeoSeries [any CRS, polygons], n rows
    elevation : DataArray (y, x) [m]
        CRS on ``.rio``.

    Returns
    -------
    DataFrame, n rows, index kept
        ``elevation_m`` and its standard deviation ``relief_m`` [m], each cell weighted by the
        share of it that is covered; null where no known cell is touched.
    """
    window, shapes = _window(areas, elevation, name="elevation")
    if window is None:
        return pd.DataFrame(np.nan, index=areas.index, columns=["elevation_m", "relief_m"])
    known = ~np.isnan(window.values)
    middle = float(window.values[known].mean()) if known.any() else 0.0
    height = np.where(known, window.values - middle, 0.0)  # so that squares lose no digits
    total, squares, cells = integrate_layers(
        shapes, window, [height, height * height, known.astype(float)]
    )
    mean = _ratio(total, cells)
    spread = np.sqrt(np.maximum(_ratio(squares, cells) - mean * mean, 0.0))
    return pd.DataFrame({"elevation_m": mean + middle, "relief_m": spread}, index=areas.index)


def _ratio(part: Floats, whole: Floats) -> Floats:
    is_known = whole > _LEAST_CELLS
    return np.where(is_known, part / np.where(is_known, whole, 1.0), np.nan)


def _window(
    areas: gpd.GeoSeries, array: xr.DataArray, *, name: str
) -> tuple[Grid | None, npt.NDArray[np.object_]]:
    """The cells around the areas, None where there are none; and the areas in their CRS.

    A grid of a province is not read for one fire.
    """
    if array.rio.crs is None:
        read_layout(array, name=name)  # names what is missing
    shapes = areas.to_crs(CRS.from_wkt(array.rio.crs.to_wkt())).to_numpy()
    if not len(shapes) or shapely.is_empty(shapes).all():
        return None, shapes
    west, south, east, north = (float(v) for v in shapely.total_bounds(shapes))
    x_name, y_name = str(array.rio.x_dim), str(array.rio.y_dim)
    cols = _range_around(array[x_name].to_numpy(), west, east)
    rows = _range_around(array[y_name].to_numpy(), south, north)
    if cols is None or rows is None:
        return None, shapes
    return read_layout(array.isel({x_name: cols, y_name: rows}), name=name), shapes


def _range_around(centres: Floats, low: float, high: float) -> slice | None:
    """Positions of the cells that may touch a range, with a cell to spare on each side."""
    if len(centres) < 2:
        return slice(None)
    step = abs(float(centres[-1] - centres[0])) / (len(centres) - 1)
    near = np.flatnonzero((centres >= low - 2 * step) & (centres <= high + 2 * step))
    if not len(near):
        return None
    # two cells at least, so that their spacing can be determined
    begin = min(int(near[0]), len(centres) - 2)
    return slice(begin, max(int(near[-1]) + 1, begin + 2))
