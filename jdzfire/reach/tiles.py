"""The first two teams of every cell of a large area, tile by tile: a province in bounded memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from jdzfire.arrays import Ints
from jdzfire.reach.coverage import Soonest, soonest
from jdzfire.reach.cube import road_exits, spread_on_foot
from jdzfire.reach.drive import DriveTimes, minutes_at
from jdzfire.reach.network import RoadNetwork
from jdzfire.reach.walk import FASTEST_KMH, WalkGrid, step_minutes

Bounds = tuple[float, float, float, float]

TILE_M = 40_000.0
"""Side of a tile [m]."""


@dataclass(frozen=True)
class Tile:
    """A part of the area, and who comes first there."""

    grid: WalkGrid
    """Ground of the tile, without its margin."""
    reached: Soonest
    """Arrays of the tile; ``team`` is the number of a team among all."""
    teams: Ints
    """Teams that may come to it."""


def reach_tiles(
    network: RoadNetwork,
    times: DriveTimes,
    ground: Callable[[Bounds], WalkGrid],
    bounds: Bounds,
    *,
    turn_out_min: float,
    limit_min: float = 60.0,
    tile_m: float = TILE_M,
    workers: int = 2,
) -> Iterator[Tile]:
    """Who comes first and second to every cell, a tile at a time.

    Parameters
    ----------
    network : RoadNetwork
    times : DriveTimes
        Of all teams; with ``limit_min`` as their limit they are quickest.
    ground : callable
        Makes the ground within bounds [m, in the CRS of the network].
    bounds : west, south, east, north [m]
        Whole cells.
    turn_out_min, limit_min : float [min]
    tile_m : float [m]
        Whole cells.
    workers : int
        Threads.

    Yields
    ------
    Tile
        From the south-west, row by row. The same as of the whole area at once: each tile is
        reckoned with a margin as wide as anybody can walk within the limit. Cost teams that come x
        cells of a tile; a tile at a time is in memory.
    """
    west, south, east, north = bounds
    for bottom in np.arange(south, north, tile_m):
        for left in np.arange(west, east, tile_m):
            inner = (left, bottom, min(left + tile_m, east), min(bottom + tile_m, north))
            yield _tile(network, times, ground, inner, turn_out_min, limit_min, workers)


def _tile(
    network: RoadNetwork,
    times: DriveTimes,
    ground: Callable[[Bounds], WalkGrid],
    inner: Bounds,
    turn_out_min: float,
    limit_min: float,
    workers: int,
) -> Tile:
    walk_m = max(limit_min - turn_out_min, 0.0) / 60 * FASTEST_KMH * 1000
    west, south, east, north = inner
    grid = ground((west - walk_m, south - walk_m, east + walk_m, north + walk_m))
    exits = road_exits(network, grid)
    comes = _teams_near(network, times, np.unique(exits.places.link), limit_min)
    by_road = minutes_at(network, times.of(comes), exits.places) + turn_out_min
    top = round((grid.north - north) / grid.cell_m)
    first = round((west - grid.west) / grid.cell_m)
    rows = slice(top, top + round((north - south) / grid.cell_m))
    columns = slice(first, first + round((east - west) / grid.cell_m))
    part = grid.window(rows, columns)
    reached = _soonest(grid, exits.cell, by_road, comes, (rows, columns), limit_min, workers)
    return Tile(part, reached, comes)


def _teams_near(network: RoadNetwork, times: DriveTimes, links: Ints, limit_min: float) -> Ints:
    """Teams that come to an end of some links in time, or stand on one."""
    nodes = np.unique(np.concatenate([network.start[links], network.end[links]]))
    comes = (times.minutes[:, nodes] <= limit_min).any(axis=1)
    return np.flatnonzero(comes | np.isin(times.stations.link, links))


_AT_ONCE = 16


def _soonest(
    grid: WalkGrid,
    cell: Ints,
    by_road: np.ndarray,
    teams: Ints,
    window: tuple[slice, slice],
    limit_min: float,
    workers: int,
) -> Soonest:
    """The first two of some teams, a few of them in memory at a time."""
    shape = grid.height_m[window].shape
    first = np.full(shape, np.inf, dtype=np.float32)
    second, team = first.copy(), np.full(shape, -1, dtype=np.int64)
    steps = step_minutes(grid)
    for begin in range(0, len(teams), _AT_ONCE):
        some = teams[begin : begin + _AT_ONCE]
        minutes, _ = spread_on_foot(
            grid,
            cell,
            by_road[begin : begin + _AT_ONCE],
            limit_min=limit_min,
            steps=steps,
            workers=workers,
        )
        held = minutes[(slice(None), *window)]
        ordered = soonest(np.concatenate([first[None], second[None], held]))
        is_new = ordered.team >= 2
        team[is_new] = some[ordered.team[is_new] - 2]
        first, second = ordered.first, ordered.second
    return Soonest(first, second, team)
