"""Shaded relief: light side, unknown cells, corners."""

from __future__ import annotations

import base64

import numpy as np
import pytest
import rioxarray  # noqa: F401
import xarray as xr
from numpy.typing import NDArray
from rasterio.io import MemoryFile

from jdzfire.errors import CrsError
from jdzfire.maps.relief import Relief, shade_relief

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")


def grid(z: NDArray[np.float64], crs: str | None = "EPSG:4326") -> xr.DataArray:
    rows, columns = z.shape
    dem = xr.DataArray(
        z,
        dims=("y", "x"),
        coords={"y": np.linspace(30.0, 29.0, rows), "x": np.linspace(117.0, 118.0, columns)},
    )
    return dem if crs is None else dem.rio.write_crs(crs)


def picture(relief: Relief | None) -> NDArray[np.uint8]:
    assert relief is not None
    raw = base64.b64decode(relief.data_uri.partition(",")[2])
    with (
        pytest.warns(match="geotransform"),
        MemoryFile(raw) as memory,
        memory.open() as source,
    ):
        return np.asarray(source.read())


def test_no_grid_and_an_unknown_grid_give_no_picture() -> None:
    assert shade_relief(None) is None
    assert shade_relief(grid(np.full((20, 20), np.nan))) is None


def test_the_side_towards_the_north_west_is_brighter() -> None:
    # cells of about 1 km, 300 m down a cell on both sides of the middle
    ridge = 15_000.0 - np.abs(np.arange(100) - 50.0)[None, :].repeat(100, 0) * 300
    bands = picture(shade_relief(grid(ridge))).astype(float)
    half = bands.shape[2] // 2
    west, east = bands[0, 20:-20, 20 : half - 20], bands[0, 20:-20, half + 20 : -20]
    assert west.mean() > east.mean() + 20


def test_unknown_cells_are_transparent() -> None:
    z = np.full((100, 100), 200.0)
    z[:, :30] = np.nan
    alpha = picture(shade_relief(grid(z)))[3]
    assert alpha[:, : alpha.shape[1] // 4].max() == 0
    assert alpha[5:-5, alpha.shape[1] // 2 : -5].min() == 255


def test_nodata_is_unknown() -> None:
    z = np.full((100, 100), 200.0)
    z[:, :30] = -9999.0
    dem = grid(z).rio.write_nodata(-9999.0)
    alpha = picture(shade_relief(dem))[3]
    assert alpha[:, : alpha.shape[1] // 4].max() == 0


def test_corners_are_those_of_the_grid() -> None:
    relief = shade_relief(grid(np.random.default_rng(1).random((60, 60))))
    assert relief is not None
    # cells of 1/59 degree, their edges half a cell beyond the centres
    assert relief.bounds == pytest.approx((116.9915, 28.9915, 118.0085, 30.0085), abs=0.005)


def test_a_projected_grid_lands_at_its_place() -> None:
    dem = grid(np.random.default_rng(1).random((60, 60))).rio.reproject("EPSG:4548")
    relief = shade_relief(dem)
    assert relief is not None
    assert relief.bounds == pytest.approx((116.99, 28.99, 118.01, 30.01), abs=0.03)


def test_no_crs_is_an_error() -> None:
    with pytest.raises(CrsError):
        shade_relief(grid(np.zeros((5, 5)), crs=None))
