"""Danger of townships, zones or any other areas, day by day."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from scipy.sparse import csr_array

from jdzfire.errors import UsageError

AREA_LAYERS = ("fwi", "danger_index", "wind_ms", "rh_pct", "tmax_c", "rain_mm")
"""Layers whose mean over an area is taken; the grade is the highest of its cells too."""


def danger_of_areas(
    danger: xr.Dataset, areas: gpd.GeoDataFrame, *, name: str, layers: Sequence[str] = AREA_LAYERS
) -> pd.DataFrame:
    """Danger of each area and day.

    Parameters
    ----------
    danger : Dataset (time, lat, lon)
        From :func:`jdzfire.weather.danger.danger_of_days`; regular axes, ascending.
    areas : GeoDataFrame [EPSG:4326]
        Polygons; parts outside the grid do not count.
    name : str
        Column that names the areas; rows of one name are taken together.
    layers : sequence of str
        Layers to average, weighted by the share of each cell within the area.

    Returns
    -------
    DataFrame
        ``name``, ``day`` (naive, of the Beijing clock), the layers as means,
        ``danger_grade`` (Int64), the highest grade in a cell of which the area has 1 % or more,
        ``grade_share_4`` [0-1], share of the area with grade 4 or 5. Null where
        nothing is known. By name and day.

    Raises
    ------
    UsageError
        The areas are not in EPSG:4326 or lack the column.
    """
    if areas.crs is None or areas.crs.to_epsg() != 4326 or name not in areas:
        raise UsageError(
            "areas cannot be put on the weather",
            expected=f"polygons in EPSG:4326 with the column {name}",
            found=f"{areas.crs}, {', '.join(areas.columns)}",
        )
    codes, names = pd.factorize(areas[name], sort=True)
    shares = _shares(areas.geometry.to_numpy(), codes, len(names), danger)
    table = pd.MultiIndex.from_product(
        [names, pd.DatetimeIndex(danger["time"].to_numpy())], names=[name, "day"]
    ).to_frame(index=False)
    for layer in layers:
        table[layer] = _means(shares, _cells(danger[layer]))
    grades = _cells(danger["danger_grade"])
    highest = np.full((len(names), grades.shape[0]), np.nan)
    for row in range(len(names)):
        mine = shares.indices[shares.indptr[row] : shares.indptr[row + 1]]
        weight = shares.data[shares.indptr[row] : shares.indptr[row + 1]]
        highest[row] = np.fmax.reduce(grades[:, mine[weight >= 0.01]], axis=1, initial=np.nan)
    table["danger_grade"] = pd.array(highest.ravel(), dtype="Float64").astype("Int64")
    table["grade_share_4"] = _means(shares, np.where(np.isfinite(grades), grades >= 4, np.nan))
    return table


def _cells(layer: xr.DataArray) -> np.ndarray:
    values = layer.transpose("time", "lat", "lon").to_numpy().astype(float)
    return values.reshape(len(values), -1)


def _means(shares: csr_array, values: np.ndarray) -> np.ndarray:
    """Weighted means (area, time), flat, over the cells that are known."""
    known = np.isfinite(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        means: np.ndarray = (shares @ np.where(known, values, 0.0).T) / (
            shares @ known.T.astype(float)
        )
    return means.ravel()


def _shares(shapes: np.ndarray, codes: np.ndarray, count: int, danger: xr.Dataset) -> csr_array:
    """Share of each area in each cell (areas, cells); rows add up to 1 where there is any."""
    lat, lon = (danger[axis].to_numpy().astype(float) for axis in ("lat", "lon"))
    south, north = _edges(lat)
    west, east = _edges(lon)
    row, col = np.divmod(np.arange(len(lat) * len(lon)), len(lon))
    boxes = shapely.box(west[col], south[row], east[col], north[row])
    tree = shapely.STRtree(boxes)
    shape, cell = tree.query(shapes, predicate="intersects")
    cut = shapely.area(shapely.intersection(shapes[shape], boxes[cell]))
    cut *= np.cos(np.radians(lat[row[cell]]))
    table = csr_array((cut, (codes[shape], cell)), shape=(count, len(boxes)))
    total = table.sum(axis=1)
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    return csr_array(table.multiply(scale[:, None]))


def _edges(axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    half = (axis[1] - axis[0]) / 2 if len(axis) > 1 else 0.125
    return axis - half, axis + half
