"""What is to be reached, as blocks of cells: forest, people and fires of each, and its areas."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.arrays import Floats, Ints
from jdzfire.reach.areas import sums_on
from jdzfire.reach.walk import WalkGrid
from jdzfire.siting.occurrence import FireSurface, fire_surface

BLOCK_CELLS = 5
"""Side of a block in cells: 500 m with cells of 100 m."""

BLOCK_COLUMNS = {
    "cell": "int64",
    "row": "int64",
    "column": "int64",
    "x": "float64",
    "y": "float64",
    "county": "int64",
    "township": "int64",
}
"""Columns of blocks before what is counted: the cell that stands for the block, row, column and
middle [m] of the block, and the number of its county and township, -1 for none."""


def blocks_of(
    grid: WalkGrid, weights: dict[str, Floats], county: Ints, township: Ints
) -> pd.DataFrame:
    """Blocks that hold anything, each with the cell that stands for it.

    That is the open cell nearest to the middle of what the block holds: the minutes of a block
    are those of one cell, and a sum over a block counts all of its cells.

    Parameters
    ----------
    grid : WalkGrid
    weights : dict of arrays, (rows, columns)
        What is counted, not negative.
    county, township : arrays, (rows, columns)
        Number of the area of each cell, -1 for none.

    Returns
    -------
    DataFrame [BLOCK_COLUMNS and the weights]
        By row from the north, then column.
    """
    rows, columns = grid.shape
    row, column = np.divmod(np.arange(rows * columns), columns)
    across = -(-columns // BLOCK_CELLS)
    block = (row // BLOCK_CELLS) * across + column // BLOCK_CELLS
    flat = {name: values.ravel() for name, values in weights.items()}
    held = np.zeros(rows * columns)
    for values in flat.values():
        top = values.max(initial=0.0)
        held += values / top if top > 0 else 0.0
    some = np.flatnonzero(held > 0)
    if not len(some):
        return pd.DataFrame(columns=[*BLOCK_COLUMNS, *weights]).astype(BLOCK_COLUMNS)
    table = pd.DataFrame(
        {
            "block": block[some],
            "cell": some,
            "held": held[some],
            "row_x": row[some] * held[some],
            "column_x": column[some] * held[some],
            **{name: values[some] for name, values in flat.items()},
        }
    )
    sums = table.groupby("block", sort=True)[["held", "row_x", "column_x", *weights]].sum()
    middle = sums.loc[table["block"].to_numpy()]
    off = np.hypot(
        row[some] - (middle["row_x"] / middle["held"]).to_numpy(),
        column[some] - (middle["column_x"] / middle["held"]).to_numpy(),
    )
    is_closed = grid.factor.ravel()[some] <= 0
    order = np.lexsort((some, off, is_closed, table["block"].to_numpy()))
    first = table["block"].to_numpy()[order]
    cell = some[order][np.concatenate([[True], first[1:] != first[:-1]])]
    size = grid.cell_m * BLOCK_CELLS
    found = pd.DataFrame(
        {
            "cell": cell,
            "row": sums.index.to_numpy() // across,
            "column": sums.index.to_numpy() % across,
            "x": grid.west + (sums.index.to_numpy() % across + 0.5) * size,
            "y": grid.north - (sums.index.to_numpy() // across + 0.5) * size,
            "county": county.ravel()[cell],
            "township": township.ravel()[cell],
        }
    )
    return found.astype(BLOCK_COLUMNS).assign(**{name: sums[name].to_numpy() for name in weights})


def block_sums(values: Floats) -> Floats:
    """Sums of the cells of each block, those at the right and lower edge of fewer cells."""
    rows, columns = (-(-side // BLOCK_CELLS) for side in values.shape)
    padded = np.zeros((rows * BLOCK_CELLS, columns * BLOCK_CELLS))
    padded[: values.shape[0], : values.shape[1]] = values
    sums: Floats = padded.reshape(rows, BLOCK_CELLS, columns, BLOCK_CELLS).sum(axis=(1, 3))
    return sums


def fires_on_blocks(
    grid: WalkGrid, blocks: pd.DataFrame, fires: gpd.GeoSeries
) -> tuple[Floats, FireSurface]:
    """Past fires smoothed over the blocks that hold forest.

    Parameters
    ----------
    grid : WalkGrid
    blocks : DataFrame [BLOCK_COLUMNS] with ``forest_ha``, n rows
    fires : GeoSeries [any CRS, points]

    Returns
    -------
    array, n
        Fires to be expected in each block, as many in all as there were.
    FireSurface
    """
    counts = block_sums(sums_on(grid, fires, np.ones(len(fires))))
    inside = np.zeros(counts.shape, dtype=bool)
    wooded = blocks[blocks["forest_ha"] > 0]
    inside[wooded["row"], wooded["column"]] = True
    surface = fire_surface(counts, inside, cell_m=grid.cell_m * BLOCK_CELLS)
    return np.asarray(surface.fires[blocks["row"], blocks["column"]], dtype=float), surface
