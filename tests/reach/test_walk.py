"""Minutes on foot against what can be reckoned by hand, and against a plain search."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
import rioxarray  # noqa: F401  (gives arrays their CRS)
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from jdzfire.reach.cube import spread_on_foot
from jdzfire.reach.speeds import Conditions, TravelRules
from jdzfire.reach.walk import (
    STEPS,
    WalkGrid,
    step_minutes,
    tobler_kmh,
    walk_graph,
    walk_grid,
    walk_towards,
)

METRIC = CRS.from_epsg(4549)
WEST, NORTH, CELL = 500_000.0, 3_250_000.0, 100.0


def ground(height: np.ndarray, factor: np.ndarray | float = 1.0) -> WalkGrid:
    share = np.broadcast_to(np.asarray(factor, dtype=float), height.shape)
    return WalkGrid(METRIC, WEST, NORTH, CELL, np.asarray(height, dtype=float), share)


def spread(grid: WalkGrid, cells: list[int], begin: list[float], limit: float = 1e4):
    found, walk = spread_on_foot(grid, np.array(cells), np.array([begin]), limit_min=limit)
    return found[0].astype(float), walk[0].astype(float)


def plain_search(grid: WalkGrid, cells: list[int], begin: list[float]) -> np.ndarray:
    """Least minutes to every cell, cell by cell."""
    rows, columns = grid.shape
    steps = step_minutes(grid)
    found = np.full((rows, columns), np.inf)
    heap = [(when, divmod(cell, columns)) for cell, when in zip(cells, begin, strict=True)]
    heapq.heapify(heap)
    while heap:
        now, (row, column) = heapq.heappop(heap)
        if now >= found[row, column]:
            continue
        found[row, column] = now
        for number, (down, right) in enumerate(STEPS):
            there = (row + int(down), column + int(right))
            taken = float(steps[number, row, column])
            if np.isfinite(taken) and now + taken < found[there]:
                heapq.heappush(heap, (now + taken, there))
    return found


def test_tobler_on_the_level_and_at_its_fastest():
    assert tobler_kmh(np.array([0.0]))[0] == pytest.approx(6 * np.exp(-0.175))
    assert tobler_kmh(np.array([-0.05]))[0] == 6.0


@pytest.mark.parametrize("slope", [-0.2, 0.0, 0.3])
def test_a_plane_takes_what_tobler_says_in_each_direction(slope):
    height = np.tile(np.arange(21) * CELL * slope, (5, 1))
    minutes, _ = spread(ground(height, 0.5), [2 * 21], [0.0])
    km = 20 * CELL / 1000
    assert minutes[2, 20] == pytest.approx(km / (tobler_kmh(np.array([slope]))[0] * 0.5) * 60)
    back, _ = spread(ground(height, 0.5), [2 * 21 + 20], [0.0])
    assert back[2, 0] == pytest.approx(km / (tobler_kmh(np.array([-slope]))[0] * 0.5) * 60)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_both_searches_are_the_plain_one(seed):
    draw = np.random.default_rng(seed)
    grid = ground(draw.random((7, 9)) * 120, draw.choice([0.0, 0.3, 0.5, 1.0], (7, 9)))
    cells = draw.choice(63, size=3, replace=False).tolist()
    begin = (draw.random(3) * 20).tolist()
    expected = plain_search(grid, cells, begin)
    found, walk = spread(grid, cells, begin)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert (walk[np.isfinite(walk)] >= 0).all()
    assert np.isfinite(walk).tolist() == np.isfinite(expected).tolist()
    # towards a cell: as from every cell to it
    row, column = divmod(cells[0], 9)
    towards, _ = walk_towards(grid, row, column, limit_min=1e4)
    for place in (5, 31, 60):
        alone = plain_search(grid, [place], [0.0])[row, column]
        assert towards[divmod(place, 9)] == pytest.approx(alone, rel=1e-5)


def test_water_and_cliffs_are_walked_round():
    factor = np.ones((5, 7))
    factor[:4, 3] = 0.0  # a lake with one way round it
    minutes, _ = spread(ground(np.zeros((5, 7)), factor), [0], [0.0])
    straight, _ = spread(ground(np.zeros((5, 7))), [0], [0.0])
    assert np.isinf(minutes[:4, 3]).all()
    assert minutes[0, 6] > straight[0, 6]
    wall = np.zeros((5, 7))
    wall[:, 3:] = 500.0
    high, _ = spread(ground(wall), [0], [0.0])
    assert np.isinf(high[:, 3:]).all()


def test_what_takes_longer_than_the_limit_is_infinite():
    minutes, walk = spread(ground(np.zeros((1, 50))), [0], [5.0], limit=20.0)
    assert minutes[0, 0] == 5.0
    assert walk[0, 0] == 0.0
    assert minutes[np.isfinite(minutes)].max() <= 20.0
    assert np.isinf(minutes[0, -1])
    late, _ = spread(ground(np.zeros((1, 5))), [0], [np.inf])
    assert np.isinf(late).all()


def test_the_graph_has_no_step_off_the_grid_or_into_water():
    factor = np.ones((3, 3))
    factor[1, 1] = 0.0
    graph = walk_graph(ground(np.zeros((3, 3)), factor))
    assert graph[:, [4]].nnz == 0
    assert graph[[4], :].nnz == 0
    assert graph.nnz == 2 * (8 + 4)  # round the ring, and across its four corners


def raster(values: np.ndarray) -> xr.DataArray:
    rows, columns = values.shape
    x = WEST + (np.arange(columns) + 0.5) * CELL
    y = NORTH - (np.arange(rows) + 0.5) * CELL
    return xr.DataArray(values, coords={"y": y, "x": x}, dims=("y", "x")).rio.write_crs(METRIC)


def test_a_grid_takes_heights_and_covers_of_its_cells():
    bounds = (WEST, NORTH - 400, WEST + 300, NORTH)
    height = np.arange(12, dtype=float).reshape(4, 3)
    cover = np.array([[10, 80, 50], [10, 10, 40], [30, 10, 10], [10, 10, 0]], dtype=float)
    grid = walk_grid(bounds, METRIC, dem=raster(height), landcover=raster(cover))
    np.testing.assert_array_equal(grid.height_m, height)
    assert grid.factor[0].tolist() == [0.5, 0.0, 1.0]
    assert grid.factor[3, 2] == 0.5  # unknown counts as trees
    assert grid.notes == ()
    row, column = grid.cells_of(np.array([WEST + 250, WEST - 1]), np.array([NORTH - 150, NORTH]))
    assert (row.tolist(), column.tolist()) == ([1, -1], [2, -1])


def test_missing_rasters_are_told():
    bounds = (WEST, NORTH - 400, WEST + 300, NORTH)
    grid = walk_grid(bounds, METRIC)
    assert grid.notes == (
        "no heights are known: the ground counts as level",
        "no land cover is known: the ground counts as trees",
    )
    empty = walk_grid(bounds, METRIC, dem=raster(np.full((4, 3), np.nan)))
    assert "no heights" in empty.notes[0]
    half = raster(np.where(np.arange(12).reshape(4, 3) < 6, np.nan, 5.0))
    assert "missing in 50.0%" in walk_grid(bounds, METRIC, dem=half).notes[0]


def test_night_and_rain_slow_the_crew():
    bounds = (WEST, NORTH - 400, WEST + 300, NORTH)
    slow = TravelRules(conditions=Conditions(is_night=True, is_rain=True))
    ratio = walk_grid(bounds, METRIC, rules=slow).factor / walk_grid(bounds, METRIC).factor
    assert ratio == pytest.approx(0.85 * 0.8)
