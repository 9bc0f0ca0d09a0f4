"""How fast crews truly travel in a simulated land: other speeds than the planner reckons with.

The planner's tables are in ``reach/speeds.py``. Here every road has a speed of its own, drawn round
a mean that is lower than the planner's, junctions cost time, crews turn out sooner or later, and
walking follows another function over rougher ground. Nothing that plans reads this.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

TRUE_KMH = {
    "motorway": 72.0,
    "trunk": 50.0,
    "primary": 43.0,
    "secondary": 36.0,
    "tertiary": 26.0,
    "unclassified": 20.0,
    "residential": 17.0,
    "service": 12.0,
    "track": 9.0,
}
"""Mean of what is driven by class [km/h]; invented, some sixth below what is planned with."""
ROAD_SPREAD = 0.3
"""Standard deviation of the logarithm of a road's own speed."""
JUNCTION_MIN = 0.1
"""Lost at each end of a link [min]."""
TURN_OUT_MIN, TURN_OUT_SPREAD = 11.0, 0.4
"""Median of the time to wheels turning, and the spread of its logarithm."""
GROUND_SPREAD = 0.35
"""Standard deviation of the logarithm of a cell's own share of the walking speed."""
TREES_SHARE, WATER = 0.6, 80
"""Share of the speed among trees; the code of water, which is closed."""
TREES = 10


def true_link_minutes(length_m: Floats, road_class: Sequence[str], seed: int) -> Floats:
    """Minutes along each link, the same both ways (n)."""
    draw = np.random.default_rng([seed, 71])
    mean = np.array([TRUE_KMH.get(str(one), TRUE_KMH["track"]) for one in road_class])
    speed = mean * np.exp(draw.normal(-(ROAD_SPREAD**2) / 2, ROAD_SPREAD, len(mean)))
    return np.asarray(length_m / 1000 / speed * 60 + 2 * JUNCTION_MIN, dtype=float)


def true_turn_out(shape: tuple[int, ...], seed: int) -> Floats:
    """Minutes from the alarm to wheels turning, drawn for each call."""
    draw = np.random.default_rng([seed, 72])
    return np.asarray(TURN_OUT_MIN * np.exp(draw.normal(0, TURN_OUT_SPREAD, shape)), dtype=float)


def true_step_minutes(
    height_m: Floats, cover: Floats, cell_m: float, offsets: NDArray[np.int64], seed: int
) -> NDArray[np.float32]:
    """Minutes of a step from each cell to its neighbours.

    Speed on rough ground by Irmischer & Clarke (2018): 0.11 + 0.67 exp(-(s + 2)^2 / 1800) m/s with
    the slope s in percent, times a share that each cell has of its own.

    Parameters
    ----------
    height_m, cover : arrays, (rows, columns)
        Height [m] and WorldCover code, NaN where it is not known.
    cell_m : float [m]
    offsets : array, (8, 2)
        Row and column to each neighbour.
    seed : int

    Returns
    -------
    array, (8, rows, columns) [min]
        Infinite off the grid and on water.
    """
    rows, columns = height_m.shape
    draw = np.random.default_rng([seed, 73])
    share = np.exp(draw.normal(-(GROUND_SPREAD**2) / 2, GROUND_SPREAD, height_m.shape))
    share = np.where((cover == TREES) | np.isnan(cover), TREES_SHARE, 1.0) * share
    share = np.where(cover == WATER, 0.0, share)
    minutes = np.full((len(offsets), rows, columns), np.inf, dtype=np.float32)
    for number, (down, right) in enumerate(offsets.tolist()):
        here = (
            slice(max(0, -down), rows - max(0, down)),
            slice(max(0, -right), columns - max(0, right)),
        )
        there = (
            slice(max(0, down), rows - max(0, -down)),
            slice(max(0, right), columns - max(0, -right)),
        )
        run_m = cell_m * float(np.hypot(down, right))
        percent = (height_m[there] - height_m[here]) / run_m * 100
        speed = 0.11 + 0.67 * np.exp(-((percent + 2) ** 2) / 1800)
        speed = speed * np.sqrt(share[here] * share[there])
        with np.errstate(divide="ignore"):
            minutes[number][here] = run_m / speed / 60
    return minutes
