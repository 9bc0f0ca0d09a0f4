"""Areas and villages as cells, by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from jdzfire.reach.areas import areas_on, sums_on
from jdzfire.reach.walk import WalkGrid
from tests.reach.test_walk import CELL, METRIC, NORTH, WEST, ground


def box(left: float, top: float, right: float, bottom: float) -> shapely.Polygon:
    """A box in cells from the upper left corner."""
    return shapely.box(
        WEST + left * CELL, NORTH - bottom * CELL, WEST + right * CELL, NORTH - top * CELL
    )


def test_a_cell_is_of_the_first_area_its_middle_lies_in():
    grid = ground(np.zeros((3, 4)))
    areas = gpd.GeoSeries([box(0, 0, 2, 3), box(1, 0, 4, 1), None], crs=METRIC)
    assert areas_on(grid, areas).tolist() == [[0, 0, 1, 1], [0, 0, -1, -1], [0, 0, -1, -1]]
    assert (areas_on(grid, areas.to_crs(4326))[:, 0] == 0).all()
    assert (areas_on(grid, areas.iloc[:0]) == -1).all()


def test_villages_add_up_and_leave_the_water():
    factor = np.ones((3, 4))
    factor[0, :2] = 0.0
    grid = WalkGrid(METRIC, WEST, NORTH, CELL, np.zeros((3, 4)), factor)
    places = gpd.GeoSeries.from_xy(
        WEST + np.array([10.0, 350.0, 350.0, -900.0, 350.0]),
        NORTH - np.array([10.0, 250.0, 250.0, 10.0, 10.0]),
        crs=METRIC,
    )
    found = sums_on(grid, places, np.array([5.0, 1.0, 2.0, 100.0, np.nan]))
    assert found.sum() == 8.0
    assert found[1, 0] == 5.0
    assert found[2, 3] == 3.0
