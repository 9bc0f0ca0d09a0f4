"""Demand: the forest, as cells of a metric grid weighted by the forest in them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import xarray as xr

from jdzfire.crs import metric_crs
from jdzfire.errors import UsageError
from jdzfire.terrain.sampling import TREE_COVER, sample_grid

CELL_COLUMNS = {
    "cell_id": "str",
    "county": "str",
    "township": "str",
    "forest_ha": "float64",
    "lon": "float64",
    "lat": "float64",
}
"""Columns of forest cells beside ``geometry``; lon, lat is the middle of the forest in it."""


def forest_cells(
    zones: gpd.GeoDataFrame,
    *,
    cell_m: float = 1000.0,
    samples: int = 5,
    landcover: xr.DataArray | None = None,
) -> gpd.GeoDataFrame:
    """Forest land as cells of a metric grid.

    Each cell is probed at ``samples`` x ``samples`` points; a point is forest when it lies in
    a zone (overlapping zones count once) and, where land cover is known, on tree cover. The
    cell's area goes in by the share of its points. County and township are those of most of
    its forest points, equal numbers by name; a point in several zones takes the first
    ``zone_id``.

    Parameters
    ----------
    zones : GeoDataFrame [ZONES, EPSG:4326], n rows, may be empty
    cell_m : float [m]
        Side of a cell.
    samples : int
        Points along a side.
    landcover : DataArray [ESA WorldCover codes], optional
        Where it is null the zone alone decides.

    Returns
    -------
    GeoDataFrame [CELL_COLUMNS, EPSG:4326 squares]
        One row a cell with forest, ordered by row from the south, then column.

    Raises
    ------
    UsageError
        ``cell_m`` or ``samples`` is not positive.

    Notes
    -----
    Area error of one cell is about one sample in ``samples`` squared; over a city the errors
    cancel. Cost about the number of sample points times log n.
    """
    if cell_m <= 0 or samples < 1:
        raise UsageError("forest cells need a positive size", expected="cell_m > 0, samples >= 1")
    land = zones.loc[shapely.get_num_coordinates(zones.geometry.to_numpy()) > 0]
    if land.empty:
        return _as_cells(pd.DataFrame(columns=list(CELL_COLUMNS)), [])
    land = land.sort_values("zone_id", kind="stable")
    crs = metric_crs(tuple(land.total_bounds))
    points = _forest_points(land.to_crs(crs), cell_m / samples)
    if landcover is not None:
        points = _on_trees(points, crs, landcover)
    return _cells_of_points(points, land, crs, cell_m=cell_m, samples=samples)


def _forest_points(land: gpd.GeoDataFrame, step_m: float) -> pd.DataFrame:
    """Sample points in zones: x, y [m] and the position of the first zone they lie in."""
    west, south, east, north = land.total_bounds
    across = np.arange(np.floor(west / step_m), np.ceil(east / step_m)) * step_m + step_m / 2
    up = np.arange(np.floor(south / step_m), np.ceil(north / step_m)) * step_m + step_m / 2
    x, y = (axis.ravel() for axis in np.meshgrid(across, up))
    tree = shapely.STRtree(land.geometry.to_numpy())
    at, zone = tree.query(shapely.points(x, y), predicate="intersects")
    hits = pd.DataFrame({"at": at, "zone": zone}).groupby("at", sort=True)["zone"].min()
    kept = hits.index.to_numpy()
    return pd.DataFrame({"x": x[kept], "y": y[kept], "zone": hits.to_numpy()})


def _on_trees(points: pd.DataFrame, crs: object, landcover: xr.DataArray) -> pd.DataFrame:
    places = gpd.GeoSeries(gpd.points_from_xy(points["x"], points["y"]), crs=crs)
    code = sample_grid(places, landcover, name="landcover").to_numpy()
    kept: pd.DataFrame = points.loc[np.isnan(code) | (code == TREE_COVER)]
    return kept


def _cells_of_points(
    points: pd.DataFrame, land: gpd.GeoDataFrame, crs: object, *, cell_m: float, samples: int
) -> gpd.GeoDataFrame:
    labelled = points.assign(
        col=np.floor(points["x"] / cell_m).astype(int),
        row=np.floor(points["y"] / cell_m).astype(int),
        county=land["county"].to_numpy()[points["zone"]],
        township=land["township"].to_numpy()[points["zone"]],
    )
    keys = ["row", "col"]
    grouped = labelled.groupby(keys, sort=True)
    cells = grouped.agg(x=("x", "mean"), y=("y", "mean"), count=("x", "size")).reset_index()
    middle = gpd.GeoSeries(gpd.points_from_xy(cells["x"], cells["y"]), crs=crs).to_crs(4326)
    place = _most_frequent(labelled, keys, ["county", "township"])
    table = pd.DataFrame(
        {
            "cell_id": [
                f"R{row}C{col}" for row, col in zip(cells["row"], cells["col"], strict=True)
            ],
            "county": place["county"].to_numpy(),
            "township": place["township"].to_numpy(),
            "forest_ha": cells["count"] * (cell_m / samples) ** 2 / 1e4,
            "lon": middle.x,
            "lat": middle.y,
        }
    )
    corner = cells[["col", "row"]].to_numpy(float) * cell_m
    squares = shapely.box(corner[:, 0], corner[:, 1], corner[:, 0] + cell_m, corner[:, 1] + cell_m)
    return _as_cells(table, gpd.GeoSeries(squares, crs=crs).to_crs(4326).to_numpy())


def _most_frequent(points: pd.DataFrame, keys: list[str], names: list[str]) -> pd.DataFrame:
    """The pair of names most points of each cell have, in the order of the sorted keys."""
    counts = points.groupby([*keys, *names], sort=True, dropna=False).size().reset_index(name="n")
    ordered = counts.sort_values(
        [*keys, "n"], ascending=[True] * len(keys) + [False], kind="stable"
    )
    return ordered.drop_duplicates(keys)


def _as_cells(table: pd.DataFrame, squares: npt.ArrayLike) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table.astype(CELL_COLUMNS), geometry=squares, crs="EPSG:4326")
