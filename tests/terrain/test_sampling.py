from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import Point, box

from jdzfire.errors import CrsError
from jdzfire.terrain.sampling import sample_terrain
from jdzfire.terrain.slope import slope_deg
from tests.terrain.grids import grid

X, Y = 117.0 + 0.01 * np.arange(4), 29.5 - 0.01 * np.arange(3)
HEIGHTS = np.arange(12.0).reshape(3, 4) * 10
CODES = np.array([[10, 20, 30, 40], [50, 60, 80, 0], [255, 10, 10, 10]])


def places(*points: tuple[float, float], crs: str | None = "EPSG:4326") -> gpd.GeoSeries:
    index = [f"p{i}" for i in range(len(points))]
    return gpd.GeoSeries([Point(*p) for p in points], index=index, crs=crs)


def test_a_place_takes_the_cell_it_lies_in() -> None:
    dem = grid(HEIGHTS, x=X, y=Y, crs="EPSG:4326")
    cover = grid(CODES, x=X, y=Y, crs="EPSG:4326", nodata=0)
    # (117.0149, 29.4951): column 1.49 -> 1, row 0.49 -> 0; (117.0151, 29.4949): column 2, row 1
    found = sample_terrain(
        places((117.0149, 29.4951), (117.0151, 29.4949), (117.03, 29.49), (117.0, 29.48)),
        dem=dem,
        landcover=cover,
    )
    assert found["elevation_m"].tolist() == [10.0, 60.0, 70.0, 80.0]
    assert found["landcover"].tolist()[:2] == [20, 80]
    assert found["landcover_zh"].tolist()[:2] == ["灌木", "水体"]
    assert found["landcover"].isna().tolist() == [False, False, True, False]  # 0 is nodata
    assert found.index.tolist() == ["p0", "p1", "p2", "p3"]
    assert found["landcover_zh"].isna().tolist() == [False, False, True, True]  # 255 unknown


@pytest.mark.parametrize(
    ("place", "inside"),
    [
        ((116.9951, 29.5), True),
        ((116.9949, 29.5), False),
        ((117.0349, 29.5), True),
        ((117.0351, 29.5), False),
        ((117.0, 29.5049), True),
        ((117.0, 29.5051), False),
        ((117.0, 29.4749), False),
    ],
)
def test_the_grid_ends_half_a_cell_beyond_its_centres(
    place: tuple[float, float], inside: bool
) -> None:
    dem = grid(HEIGHTS, x=X, y=Y, crs="EPSG:4326")
    assert sample_terrain(places(place), dem=dem)["elevation_m"].notna().tolist() == [inside]


def test_missing_places_and_missing_grids_give_null() -> None:
    points = gpd.GeoSeries([None, Point(), Point(117.01, 29.49)], crs="EPSG:4326")
    found = sample_terrain(points, dem=grid(HEIGHTS, x=X, y=Y, crs="EPSG:4326"))
    assert found["elevation_m"].isna().tolist() == [True, True, False]
    assert found["landcover"].isna().all()
    assert str(found["landcover"].dtype) == "Int64"
    assert len(sample_terrain(points[:0], dem=None)) == 0
    assert list(sample_terrain(points[:0])) == list(found)


def test_an_area_counts_at_its_centroid_and_a_projected_grid_is_met() -> None:
    metres = gpd.GeoSeries([Point(117.01, 29.49)], crs="EPSG:4326").to_crs("EPSG:4548").iloc[0]
    x = metres.x + 1000.0 * np.arange(-1, 2)
    y = metres.y - 1000.0 * np.arange(-1, 2)
    dem = grid(np.arange(9.0).reshape(3, 3), x=x, y=y, crs="EPSG:4548")
    area = gpd.GeoSeries([box(117.009, 29.489, 117.011, 29.491)], crs="EPSG:4326")
    assert sample_terrain(area, dem=dem)["elevation_m"].tolist() == [4.0]


def test_points_need_a_crs() -> None:
    dem = grid(HEIGHTS, x=X, y=Y, crs="EPSG:4326")
    with pytest.raises(CrsError, match="points have no CRS"):
        sample_terrain(places((117.0, 29.5), crs=None), dem=dem)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    lon=st.floats(116.99, 117.08),
    lat=st.floats(29.42, 29.51),
    flipped=st.booleans(),
)
def test_slope_at_a_place_is_that_of_the_whole_grid(
    seed: int, lon: float, lat: float, flipped: bool
) -> None:
    heights = np.random.default_rng(seed).uniform(0, 300, (7, 7))
    x, y = 117.0 + 0.01 * np.arange(7), 29.5 - 0.01 * np.arange(7)
    # on the edge between two cells either may be stated
    assume(min(abs((lon - x[0]) / 0.01 % 1 - 0.5), abs((y[0] - lat) / 0.01 % 1 - 0.5)) > 1e-6)
    dem = grid(heights, x=x, y=y[::-1] if flipped else y, crs="EPSG:4326")
    found = float(sample_terrain(places((lon, lat)), dem=dem)["slope_deg"].iloc[0])
    whole = slope_deg(dem)
    col, row = np.abs(x - lon).argmin(), np.abs(dem["y"].to_numpy() - lat).argmin()
    outside = abs(x[col] - lon) > 0.005 or abs(dem["y"].to_numpy()[row] - lat) > 0.005
    expected = np.nan if outside else float(whole[row, col])
    assert found == pytest.approx(expected, nan_ok=True)
