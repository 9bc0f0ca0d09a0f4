from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import rioxarray  # noqa: F401  # the .rio accessor
import xarray as xr
from shapely.geometry import box

from jdzfire.terrain import cover_shares

CODES = np.array([[10, 10, 40], [10, 40, 40], [40, 40, np.nan]])


@pytest.fixture
def grid():
    centres = [0.5, 1.5, 2.5]
    made = xr.DataArray(CODES, coords={"y": centres[::-1], "x": centres}, dims=("y", "x"))
    return made.rio.write_crs("EPSG:4326")


@pytest.mark.parametrize(
    ("area", "share"),
    [
        (box(0, 2, 3, 3), 2 / 3),  # the top row: 10 10 40
        (box(0, 0, 3, 3), 3 / 8),  # all: three of eight known cells
        (box(0, 1, 2, 3), 3 / 4),
        (box(2, 0, 3, 2), 0.0),  # one field, one unknown
    ],
)
def test_shares_by_counting(grid, area, share):
    assert cover_shares(gpd.GeoSeries([area], crs=4326), grid)[0] == pytest.approx(share)


@pytest.mark.parametrize("area", [box(2, 0, 3, 1), box(8, 8, 9, 9), box(0.6, 0.6, 0.9, 0.9)])
def test_nothing_known_is_null(grid, area):
    assert np.isnan(cover_shares(gpd.GeoSeries([area], crs=4326), grid)[0])


def test_the_grid_may_be_in_metres_and_the_index_is_kept(grid):
    metric = xr.DataArray(
        [[10.0, 40.0], [10.0, 40.0]],
        coords={"y": [3_250_750.0, 3_250_250.0], "x": [500_250.0, 500_750.0]},
        dims=("y", "x"),
    ).rio.write_crs("EPSG:4548")
    area = gpd.GeoSeries([box(500_000, 3_250_000, 501_000, 3_251_000)], index=[7], crs=4548)
    shares = cover_shares(area.to_crs(4326), metric)
    assert shares.index.tolist() == [7]
    assert shares[7] == pytest.approx(0.5)
    assert cover_shares(area.iloc[:0], grid).empty
