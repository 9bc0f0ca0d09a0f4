"""The fire surface keeps the number of fires, its edge, and chooses its width by the fires."""

from __future__ import annotations

import numpy as np
import pytest

from jdzfire.errors import UsageError
from jdzfire.siting.occurrence import fire_surface

SIZE = 80


def counts_at(*cells):
    counts = np.zeros((SIZE, SIZE))
    for row, column in cells:
        counts[row, column] += 1
    return counts


@pytest.mark.parametrize("cell", [(40, 40), (0, 0), (79, 3)])
@pytest.mark.parametrize("bandwidth", [500.0, 3_000.0, 20_000.0])
def test_every_fire_counts_once_even_at_the_edge(cell, bandwidth):
    inside = np.ones((SIZE, SIZE), dtype=bool)
    inside[:, 60:] = False
    found = fire_surface(counts_at(cell), inside, cell_m=500.0, bandwidths_m=[bandwidth])
    assert found.fires.sum() == pytest.approx(1.0, rel=1e-6)
    assert (found.fires[:, 60:] == 0).all()
    assert found.fires.max() == found.fires[cell]


def test_clustered_fires_are_spread_less_than_scattered_ones():
    draw = np.random.default_rng(2)
    inside = np.ones((SIZE, SIZE), dtype=bool)
    near = counts_at(*(draw.normal(40, 3, (60, 2)).astype(int)))
    wide = counts_at(*draw.integers(0, SIZE, (60, 2)))
    narrow, broad = (fire_surface(one, inside, cell_m=500.0) for one in (near, wide))
    assert narrow.bandwidth_m < broad.bandwidth_m
    assert narrow.count == 60
    # where there were many more are to be expected than where there were none
    assert narrow.fires[40, 40] > 100 * narrow.fires[5, 5]


def test_no_fire_and_fires_outside_are_no_fires():
    inside = np.zeros((SIZE, SIZE), dtype=bool)
    inside[:10] = True
    assert fire_surface(counts_at(), inside, cell_m=500.0).fires.sum() == 0
    outside = fire_surface(counts_at((50, 50)), inside, cell_m=500.0)
    assert (outside.count, outside.fires.sum()) == (0, 0)
    with pytest.raises(UsageError, match="ill-posed"):
        fire_surface(counts_at(), inside[:5], cell_m=500.0)
