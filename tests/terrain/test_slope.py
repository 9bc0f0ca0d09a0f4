from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from jdzfire.errors import CrsError, InputError
from jdzfire.terrain.grid import read_layout
from jdzfire.terrain.slope import cell_size_m, slope_deg
from tests.terrain.grids import grid

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
RASTERS = SHARED / "terrain_landcover_roads"


def test_a_plane_has_one_slope() -> None:
    # 30 m cells rising 3 m to the east and 4 m to the north: gradient sqrt(0.1^2 + (4/30)^2)
    # = sqrt(0.01 + 0.017778) = 0.166667, atan = 9.46232 degree
    x, y = 500_000 + 30.0 * np.arange(5), 3_200_000 - 30.0 * np.arange(5)
    height = 3.0 * np.arange(5)[None, :] - 4.0 * np.arange(5)[:, None]
    slope = slope_deg(grid(height, x=x, y=y, crs="EPSG:4548"))
    inner = slope.to_numpy()[1:-1, 1:-1]
    assert inner == pytest.approx(np.full((3, 3), 9.46232), abs=1e-5)
    rim = slope.to_numpy().copy()
    rim[1:-1, 1:-1] = np.nan
    assert np.isnan(rim).all()
    assert slope.rio.crs.to_epsg() == 4548


def test_horn_weighs_the_straight_neighbours_double() -> None:
    # only the eastern neighbour is 8 m higher, cells of 10 m: (2 * 8) / (8 * 10) = 0.2,
    # atan 0.2 = 11.30993 degree; a corner neighbour would give 8 / 80 both ways: 8.04947
    east = np.zeros((3, 3))
    east[1, 2] = 8.0
    corner = np.zeros((3, 3))
    corner[0, 2] = 8.0
    axis = 10.0 * np.arange(3)
    for height, expected in ((east, 11.30993), (corner, 8.04947)):
        slope = slope_deg(grid(height, x=axis, y=axis[::-1], crs="EPSG:4548"))
        assert float(slope[1, 1]) == pytest.approx(expected, abs=1e-5)


def test_degrees_become_metres_at_their_latitude() -> None:
    # at 29.5 N a degree of longitude is 111412.84 cos 29.5 - 93.5 cos 88.5 + 0.118 cos 147.5
    # = 96969.0 - 2.4 - 0.1 = 96966.5 m; 0.01 degree is 969.665 m; 50 m a cell: atan 0.051564
    # = 2.95180 degree. To the north a cell is 1108.441 m: atan 0.045108 = 2.58275
    x, y = 117.0 + 0.01 * np.arange(3), 29.51 - 0.01 * np.arange(3)
    eastward = np.tile(50.0 * np.arange(3), (3, 1))
    slope = slope_deg(grid(eastward, x=x, y=y, crs="EPSG:4326"))
    assert float(slope[1, 1]) == pytest.approx(2.95180, abs=2e-4)
    slope = slope_deg(grid(eastward.T, x=x, y=y, crs="EPSG:4326"))
    assert float(slope[1, 1]) == pytest.approx(2.58275, abs=2e-4)


def test_missing_heights_spread_one_cell_and_no_further() -> None:
    height = np.zeros((7, 7))
    height[3, 3] = -9999.0
    axis = 30.0 * np.arange(7)
    slope = slope_deg(grid(height, x=axis, y=axis[::-1], crs="EPSG:4548", nodata=-9999.0))
    missing = np.isnan(slope.to_numpy())
    assert missing[2:5, 2:5].all()
    assert not missing[1, 1:6].any()
    assert not missing[1:6, 1].any()


def test_faults_are_named() -> None:
    axis = 30.0 * np.arange(4)
    flat = np.zeros((4, 4))
    with pytest.raises(CrsError, match="no CRS"):
        slope_deg(grid(flat, x=axis, y=axis, crs=None))
    with pytest.raises(InputError, match="unevenly"):
        slope_deg(grid(flat, x=[0.0, 30.0, 90.0, 95.0], y=axis, crs="EPSG:4548"))
    with pytest.raises(InputError, match="too small"):
        slope_deg(grid(flat[:1], x=axis, y=[0.0], crs="EPSG:4548"))
    with pytest.raises(InputError, match="single layer"):
        slope_deg(xr.concat([grid(flat, x=axis, y=axis, crs="EPSG:4548")] * 2, "band"))


@pytest.mark.real
@pytest.mark.skipif(not RASTERS.is_dir(), reason="../shared/data is not here")
@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")
def test_agrees_with_a_published_slope_grid() -> None:
    import rioxarray

    dem = rioxarray.open_rasterio(RASTERS / "dem_smoke_grid_epsg4326_0p01deg.tif")
    stated = rioxarray.open_rasterio(RASTERS / "slope_smoke_grid_epsg4326_0p01deg.tif")
    published = stated.squeeze("band").to_numpy()
    ours = slope_deg(dem).to_numpy()
    # theirs is a central difference of 4 neighbours, ours Horn's of 8: alike, not equal
    inner = (slice(1, -1), slice(1, -1))
    assert np.corrcoef(ours[inner].ravel(), published[inner].ravel())[0, 1] > 0.98
    assert np.median(np.abs(ours[inner] - published[inner])) < 0.15
    # with their differences and our cell sizes the two must meet (they take 111,320 m a degree)
    layout = read_layout(dem, name="dem")
    width_m, depth_m = cell_size_m(layout)
    down, across = np.gradient(layout.values)
    central = np.degrees(np.arctan(np.hypot(across / width_m[:, None], down / depth_m[:, None])))
    assert np.abs(central - published).max() < 0.05


@pytest.mark.real
@pytest.mark.skipif(not RASTERS.is_dir(), reason="../shared/data is not here")
@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")
def test_a_zone_prefixed_projected_dem_is_read() -> None:
    import rioxarray

    dem = rioxarray.open_rasterio(RASTERS / "youwuzhen" / "ywzdem30m.tif")
    slope = slope_deg(dem)
    # a hilly catchment of 270 m relief: level ground and 30 degree slopes, nothing beyond 45
    assert 5 < float(slope.median()) < 20
    assert 25 < float(slope.max()) < 45
