"""An outlook of how far a fire may spread until crews arrive: Wang Zhengfei's model on cells.

Rate of spread R = R0 Ks Kw Kp [m/min] (Wang Zhengfei 1983, with the coefficients Mao Xianmin gave):
R0 = 0.03 T + 0.05 W + 0.01 (100 - h) - 0.3 of the day's highest temperature T [degC], wind force W
[Beaufort] and lowest humidity h [%]; Ks by fuel; Kw = exp(0.1783 v cos a) of the wind v [m/s] at an
angle a to the direction of spread; Kp = exp(3.533 tan(p)^1.2) uphill, its inverse downhill.

It is an outlook for the first hours, not a forecast and never an order: fuel moisture, spotting and
crown fire are not in it, and published tests find rates off by a factor of two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from jdzfire.arrays import Floats
from jdzfire.errors import UsageError
from jdzfire.reach.walk import STEPS, WalkGrid, overlap

FUEL: Mapping[int, float] = {10: 1.0, 20: 1.2, 30: 1.6, 40: 1.2, 50: 0.0, 60: 0.0, 70: 0.0, 80: 0.0,
                             90: 0.8, 95: 0.0, 100: 1.0}  # fmt: skip
"""Ks by WorldCover code, 0: does not burn. Pine woods 1.0, litter 1.2, grass 1.6 as published [V];
which cover is which fuel is a judgement [K]."""
UNKNOWN_FUEL = 1.0
RATE_RANGE = (0.5, 2.0)
"""Slow and fast rate as a share of the best value [K]."""
LIMIT_MIN = 480.0
"""Nothing is said beyond so many minutes of burning [K]."""
LEAST_RATE = 0.05
"""R0 of cool and damp days can be below nothing; then it is this [m/min]."""
_STEEPEST = 1.7
"""Tangent of 60 degrees: the model holds up to there."""


@dataclass(frozen=True)
class FireWeather:
    """The day at the fire."""

    tmax_c: float
    """Highest temperature [degC]."""
    wind_ms: float
    """Wind [m/s]."""
    rh_pct: float
    """Lowest humidity [%]."""
    wind_from_deg: float | None = None
    """Where the wind comes from, clockwise from north [degree]; None: not known."""

    @property
    def base_rate(self) -> float:
        """R0 [m/min]."""
        force = (self.wind_ms / 0.836) ** (2 / 3)  # Beaufort's number of a speed (WMO)
        rate = 0.03 * self.tmax_c + 0.05 * force + 0.01 * (100 - self.rh_pct) - 0.3
        return float(max(rate, LEAST_RATE))


@dataclass(frozen=True)
class Outlook:
    """How far a fire may be after some minutes of burning."""

    after_min: float
    """Minutes of burning [min]."""
    area_ha: float
    """Ground it may have burnt, best value [ha]."""
    low_ha: float
    """With the slow rate [ha]."""
    high_ha: float
    """With the fast rate [ha]."""
    shape: shapely.Geometry
    """Cells it may have reached, best value, in the CRS of the grid."""


def spread_outlook(
    grid: WalkGrid,
    cover: Floats,
    x: float,
    y: float,
    weather: FireWeather,
    after_min: Sequence[float],
) -> list[Outlook]:
    """Ground a fire may reach after some minutes of burning.

    Parameters
    ----------
    grid : WalkGrid
        Heights round the fire; cells of some 100 m, finer is better.
    cover : array, (rows, columns)
        WorldCover codes, NaN where not known.
    x, y : float [m]
        Where it began.
    weather : FireWeather
        Where the wind comes from is often not known: then the wind blows in every direction, and
        the area is an envelope.
    after_min : sequence of float [min]
        At most ``LIMIT_MIN``; longer ones count as this.

    Returns
    -------
    list of Outlook, one for each time

    Raises
    ------
    UsageError
        The place is off the grid, or the shapes differ.
    """
    row, column = (int(one[0]) for one in grid.cells_of(np.array([x]), np.array([y])))
    if row < 0 or cover.shape != grid.shape:
        raise UsageError(
            "the outlook is ill-posed",
            expected="a place on the grid, a cover for each cell",
            found=f"({x:.0f}, {y:.0f}), {cover.shape} for {grid.shape}",
        )
    minutes = _burn(grid, fire_steps(grid, cover, weather), row, column)
    cell_ha = grid.cell_m**2 / 1e4
    found = []
    for after in after_min:
        time = min(after, LIMIT_MIN)
        best, low, high = (
            float((minutes <= time * share).sum()) * cell_ha for share in (1.0, *RATE_RANGE)
        )
        found.append(Outlook(after, best, low, high, _shape_of(grid, minutes <= time)))
    return found


def fire_steps(grid: WalkGrid, cover: Floats, weather: FireWeather) -> NDArray[np.float32]:
    """Minutes the fire takes from each cell to its neighbours.

    Returns
    -------
    array, (8, rows, columns) [min]
        In the order of ``STEPS``; infinite off the grid and into what does not burn.
    """
    rows, columns = grid.shape
    fuel = np.full(grid.shape, UNKNOWN_FUEL)
    for code, share in FUEL.items():
        fuel[cover == code] = share
    minutes = np.full((8, rows, columns), np.inf, dtype=np.float32)
    for number, (down, right) in enumerate(STEPS.tolist()):
        here = overlap(rows, columns, down, right)
        there = overlap(rows, columns, -down, -right)
        run_m = grid.cell_m * float(np.hypot(down, right))
        slope = np.clip((grid.height_m[there] - grid.height_m[here]) / run_m, -_STEEPEST, _STEEPEST)
        on_slope = np.exp(np.sign(slope) * 3.533 * np.abs(slope) ** 1.2)
        rate = weather.base_rate * fuel[there] * _on_wind(weather, down, right) * on_slope
        with np.errstate(divide="ignore"):
            minutes[number][here] = run_m / rate
    return minutes


def _on_wind(weather: FireWeather, down: int, right: int) -> float:
    """Kw towards a neighbour; with an unknown direction as if the wind blew there."""
    if weather.wind_from_deg is None:
        return float(np.exp(0.1783 * weather.wind_ms))
    towards = np.radians(weather.wind_from_deg + 180.0)
    going = np.arctan2(right, -down)  # clockwise from north
    return float(np.exp(0.1783 * weather.wind_ms * np.cos(going - towards)))


def _burn(grid: WalkGrid, steps: NDArray[np.float32], row: int, column: int) -> Floats:
    """Minutes until each cell burns, at the fastest rate that is asked about."""
    from jdzfire.reach.cube import spread_on_foot

    limit = LIMIT_MIN * RATE_RANGE[1]
    cell = np.array([row * grid.shape[1] + column])
    minutes, _ = spread_on_foot(
        grid, cell, np.zeros((1, 1)), limit_min=limit, steps=steps, workers=1
    )
    return np.asarray(minutes[0], dtype=float)


def _shape_of(grid: WalkGrid, inside: NDArray[np.bool_]) -> shapely.Geometry:
    row, column = np.nonzero(inside)
    west = grid.west + column * grid.cell_m
    north = grid.north - row * grid.cell_m
    cells = shapely.box(west, north - grid.cell_m, west + grid.cell_m, north)
    return shapely.union_all(cells)
