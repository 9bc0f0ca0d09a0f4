"""Tiles and a moved team give what the whole cube gives."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from jdzfire.errors import UsageError
from jdzfire.reach.coverage import soonest
from jdzfire.reach.cube import move_team, reach_cube
from jdzfire.reach.tiles import reach_tiles
from jdzfire.reach.walk import WalkGrid
from tests.reach.test_events import model_of, teams_at


def ground_of(grid: WalkGrid):
    """The ground within bounds, closed where there is none."""

    def within(bounds):
        west, south, east, north = bounds
        rows = round((north - south) / grid.cell_m)
        columns = round((east - west) / grid.cell_m)
        top = round((grid.north - north) / grid.cell_m)
        left = round((west - grid.west) / grid.cell_m)
        height, factor = np.zeros((rows, columns)), np.zeros((rows, columns))
        own = grid.shape
        into = (
            slice(max(0, -top), min(rows, own[0] - top)),
            slice(max(0, -left), min(columns, own[1] - left)),
        )
        source = tuple(
            slice(part.start + off, part.stop + off)
            for part, off in zip(into, (top, left), strict=True)
        )
        height[into], factor[into] = grid.height_m[source], grid.factor[source]
        return WalkGrid(grid.crs, west, north, grid.cell_m, height, factor)

    return within


@pytest.mark.parametrize("limit", [25.0, 45.0])
def test_tiles_are_parts_of_the_whole(limit):
    teams = teams_at(A=(0, 0), B=(20, 0.1), C=(10, 8), D=(4, 1))
    model = model_of(teams, hills=True)
    grid = model.grid
    cube = reach_cube(
        model.network, model.times, grid, team_ids=list(model.teams["team_id"]),
        turn_out_min=10.0, limit_min=limit,
    )  # fmt: skip
    whole = soonest(cube["minutes"].to_numpy())
    rows, columns = grid.shape
    bounds = (grid.west, grid.north - rows * 100, grid.west + columns * 100, grid.north)
    seen = np.zeros(grid.shape, dtype=int)
    for tile in reach_tiles(
        model.network, model.times, ground_of(grid), bounds, turn_out_min=10.0,
        limit_min=limit, tile_m=9_000.0,
    ):  # fmt: skip
        top = round((grid.north - tile.grid.north) / 100)
        left = round((tile.grid.west - grid.west) / 100)
        part = (
            slice(top, top + tile.grid.shape[0]),
            slice(left, left + tile.grid.shape[1]),
        )
        seen[part] += 1
        np.testing.assert_array_equal(tile.reached.first, whole.first[part])
        np.testing.assert_array_equal(tile.reached.second, whole.second[part])
        np.testing.assert_array_equal(tile.reached.team, whole.team[part])
        named = np.unique(tile.reached.team)
        assert set(named[named >= 0]) <= set(tile.teams)
    assert (seen == 1).all()
    assert np.isfinite(whole.second).any()


def test_a_moved_team_is_as_if_it_had_always_stood_there():
    first, later = teams_at(A=(0, 0), B=(20, 0)), teams_at(A=(0, 0), B=(10, 5))
    before, after = model_of(first, hills=True), model_of(later, hills=True)

    def cube_of(model):
        return reach_cube(
            model.network, model.times, model.grid, team_ids=["A", "B"], turn_out_min=10.0
        )

    cube = cube_of(before)
    kept = cube.copy(deep=True)
    point = later.to_crs(before.network.crs).geometry.iloc[1]
    moved = move_team(cube, before.network, before.grid, "B", point.x, point.y)
    xr.testing.assert_allclose(moved, cube_of(after))
    xr.testing.assert_identical(cube, kept)
    with pytest.raises(UsageError, match="no such team"):
        move_team(cube, before.network, before.grid, "Z", point.x, point.y)
