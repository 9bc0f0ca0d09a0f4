"""Blocks: nothing is lost in their sums, and an open cell stands for each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from pyproj import CRS

from jdzfire.reach.walk import WalkGrid
from jdzfire.siting.blocks import BLOCK_CELLS, blocks_of
from jdzfire.siting.sites import spaced_sites


def grid_of(factor):
    return WalkGrid(CRS(32650), 500_000.0, 3_200_000.0, 100.0, np.zeros(factor.shape), factor)


def test_blocks_hold_all_and_stand_on_open_ground():
    draw = np.random.default_rng(4)
    shape = (23, 31)
    forest = np.where(draw.random(shape) < 0.4, 1.0, 0.0)
    people = np.where(draw.random(shape) < 0.02, draw.integers(1, 500, shape), 0.0)
    factor = np.where(draw.random(shape) < 0.2, 0.0, 0.5)
    area = np.where(np.arange(31)[None, :] < 15, 0, 1) * np.ones((23, 1), dtype=int)
    grid = grid_of(factor)
    found = blocks_of(grid, {"forest_ha": forest, "people": people}, area, area * 0 - 1)
    assert found["forest_ha"].sum() == forest.sum()
    assert found["people"].sum() == people.sum()
    row, column = np.divmod(found["cell"].to_numpy(), 31)
    assert (row // BLOCK_CELLS == found["row"]).all()
    assert (column // BLOCK_CELLS == found["column"]).all()
    assert (forest[row, column] + people[row, column] > 0).all()
    assert (found["county"] == area[row, column]).all()
    held = (forest + people > 0) & (factor > 0)
    for place, block_row, block_column in zip(
        found.index, found["row"], found["column"], strict=True
    ):
        rows = slice(block_row * BLOCK_CELLS, (block_row + 1) * BLOCK_CELLS)
        columns = slice(block_column * BLOCK_CELLS, (block_column + 1) * BLOCK_CELLS)
        if held[rows, columns].any():
            assert factor[row[place], column[place]] > 0
    assert found["x"].tolist() == (500_250.0 + found["column"] * 500).tolist()
    assert found["y"].tolist() == (3_199_750.0 - found["row"] * 500).tolist()


def test_nothing_to_reach_gives_no_block():
    nothing = np.zeros((10, 10))
    found = blocks_of(
        grid_of(nothing + 1), {"forest_ha": nothing}, nothing.astype(int), nothing.astype(int)
    )
    assert found.empty
    assert "forest_ha" in found


def test_sites_are_apart_and_towns_are_preferred():
    sites = pd.DataFrame({"site_id": list("abcd"), "kind": ["road", "town", "village", "farm"]})
    x, y = np.array([0.0, 900.0, 1_800.0, 9_000.0]), np.zeros(4)
    assert spaced_sites(sites, x, y, spacing_m=1_000.0).tolist() == [1, 3]
    assert spaced_sites(sites, x, y, spacing_m=500.0).tolist() == [0, 1, 2, 3]
    assert spaced_sites(sites.head(0), x[:0], y[:0], spacing_m=500.0).tolist() == []
    with pytest.raises(IndexError):
        spaced_sites(sites, x[:2], y[:2], spacing_m=500.0)
