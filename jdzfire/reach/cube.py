"""Minutes from every team to every cell: by road as far as it helps, then on foot."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import xarray as xr
from numpy.typing import NDArray

from jdzfire.arrays import Floats, Ints
from jdzfire.errors import UsageError
from jdzfire.reach.drive import DriveTimes, OnRoad, drive_times, minutes_at, put_on_road
from jdzfire.reach.network import RoadNetwork
from jdzfire.reach.walk import STEPS, WalkGrid, step_minutes

_STEP_ALONG_ROAD = 0.5
"""Distance between the points of a road a crew may leave it at, in cells."""


_PLACES_AT_ONCE = 16
"""Places whose cells are held at once: two arrays of 4 bytes a cell each."""


@dataclass(frozen=True)
class Exits:
    """Where a crew may leave the vehicle: points along the roads, one a cell and link."""

    places: OnRoad
    """Each point on its link."""
    cell: Ints
    """Cell each point lies in, row by row."""
    x: Floats
    """Of each point [m]."""
    y: Floats
    """Of each point [m]."""


def road_exits(network: RoadNetwork, grid: WalkGrid) -> Exits:
    """Points along the roads within the grid, at most half a cell apart.

    Nobody leaves a motorway between its junctions, but its ends count.
    """
    shapes = network.shapes
    near = _links_near(network, grid)  # of a province most lie elsewhere
    steps = np.ceil(network.length_m[near] / (grid.cell_m * _STEP_ALONG_ROAD))
    count = np.maximum(steps, 1).astype(int)
    begin = np.repeat(np.cumsum(count + 1) - (count + 1), count + 1)
    link = np.repeat(near, count + 1)
    share = (np.arange(len(link)) - begin) / np.repeat(count, count + 1)
    points = (
        shapely.line_interpolate_point(shapes[link], share * network.length_m[link])
        if len(link)
        else np.array([], dtype=object)
    )
    x, y = shapely.get_x(points), shapely.get_y(points)
    row, column = grid.cells_of(x, y)
    inside = row >= 0
    cell = row * grid.shape[1] + column
    # of the points of a link in one cell the one nearest its middle is enough
    centre_x, centre_y = grid.middles()
    off = np.full(len(x), np.inf)
    off[inside] = np.hypot(x[inside] - centre_x[column[inside]], y[inside] - centre_y[row[inside]])
    order = np.lexsort((off, cell, link))
    order = order[inside[order]]
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (link[order][1:] != link[order][:-1]) | (cell[order][1:] != cell[order][:-1])
    kept = np.sort(order[is_first])
    return Exits(
        places=OnRoad(link[kept], share[kept], np.zeros(len(kept))),
        cell=cell[kept],
        x=x[kept],
        y=y[kept],
    )


def _links_near(network: RoadNetwork, grid: WalkGrid) -> Ints:
    """Links whose extent meets that of the grid."""
    if not len(network.shapes):
        return np.array([], dtype=np.int64)
    west, south, east, north = shapely.bounds(network.shapes).T
    rows, columns = grid.shape
    meets = (
        (west <= grid.west + columns * grid.cell_m)
        & (east >= grid.west)
        & (south <= grid.north)
        & (north >= grid.north - rows * grid.cell_m)
    )
    return np.flatnonzero(meets)


def reach_cube(
    network: RoadNetwork,
    times: DriveTimes,
    grid: WalkGrid,
    *,
    team_ids: list[str],
    turn_out_min: float,
    limit_min: float = 120.0,
    workers: int = 2,
) -> xr.Dataset:
    """Minutes from the alarm until each team stands on each cell.

    Parameters
    ----------
    network : RoadNetwork
    times : DriveTimes
        Of the stations of the teams, in their order.
    grid : WalkGrid
    team_ids : list of str
    turn_out_min : float [min]
        From the alarm to wheels turning.
    limit_min : float [min]
        What takes longer is infinite.
    workers : int
        Threads.

    Returns
    -------
    Dataset (team, y, x)
        ``minutes`` and ``walk_min`` float32 [min], infinite where a team does not come in time;
        ``y`` and ``x`` are the middles of the cells [m], the CRS is in ``attrs["crs"]``.

    Notes
    -----
    Every cell is settled once a team: cost teams x cells x log cells.
    """
    exits = road_exits(network, grid)
    by_road = minutes_at(network, times, exits.places) + turn_out_min
    minutes, walk = spread_on_foot(grid, exits.cell, by_road, limit_min=limit_min, workers=workers)
    x, y = grid.middles()
    dims = ("team", "y", "x")
    return xr.Dataset(
        {"minutes": (dims, minutes), "walk_min": (dims, walk)},
        coords={"team": team_ids, "y": y, "x": x},
        attrs={"crs": grid.crs.to_wkt(), "turn_out_min": turn_out_min, "limit_min": limit_min},
    )


def spread_on_foot(
    grid: WalkGrid,
    cell: Ints,
    start_min: Floats,
    *,
    limit_min: float,
    steps: NDArray[np.float32] | None = None,
    workers: int = 2,
) -> tuple[Any, Any]:
    """Minutes on every cell when crews set out on foot from some cells.

    Parameters
    ----------
    grid : WalkGrid
    cell : array, n
        Cells to set out from, row by row.
    start_min : array, (teams, n) [min]
        When each team is there; infinite when it does not come.
    limit_min : float [min]
    steps : array, (8, rows, columns) [min], optional
        Minutes of the steps; default: those of the grid.
    workers : int

    Returns
    -------
    minutes, walk_min : float32 arrays, (teams, rows, columns) [min]
    """
    rows, columns = grid.shape
    steps = step_minutes(grid) if steps is None else steps
    padded = np.full((rows + 2, columns + 2, 8), np.inf, dtype=np.float32)
    padded[1:-1, 1:-1] = np.moveaxis(steps, 0, -1)
    flat = padded.reshape(-1, 8)
    offsets = (STEPS[:, 0] * (columns + 2) + STEPS[:, 1]).astype(np.int64)
    inner = (cell // columns + 1) * (columns + 2) + cell % columns + 1
    shape = (len(start_min), rows, columns)
    minutes, walk = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.float32)
    from jdzfire.reach.search import settle  # numba takes half a second

    def one(team: int) -> None:
        on_foot = settle(flat, offsets, inner, start_min[team].astype(np.float32), limit_min)
        for target, found in zip((minutes, walk), on_foot, strict=True):
            target[team] = found.reshape(rows + 2, columns + 2)[1:-1, 1:-1]

    with ThreadPoolExecutor(max(workers, 1)) as pool:
        list(pool.map(one, range(len(start_min))))
    return minutes, walk


def reach_matrix(
    network: RoadNetwork,
    times: DriveTimes,
    grid: WalkGrid,
    cells: Ints,
    *,
    turn_out_min: float,
    limit_min: float = 90.0,
    steps: NDArray[np.float32] | None = None,
    workers: int = 2,
) -> Any:
    """Minutes from the alarm until a team of each place stands on each of some cells.

    As :func:`reach_cube`, for many places and few cells: what lies between is not kept.

    Parameters
    ----------
    network : RoadNetwork
    times : DriveTimes
        Of n places.
    grid : WalkGrid
    cells : array, m
        Cells, row by row.
    turn_out_min, limit_min : float [min]
    steps : array, (8, rows, columns) [min], optional
        Minutes of the steps; default: those of the grid.
    workers : int
        Threads.

    Returns
    -------
    float32 array, (n, m) [min]
        Infinite where nobody comes in time.
    """
    exits = road_exits(network, grid)
    count = len(times.minutes)
    found = np.full((count, len(cells)), np.inf, dtype=np.float32)
    for begin in range(0, count, _PLACES_AT_ONCE):
        part = slice(begin, begin + _PLACES_AT_ONCE)
        some = times.of(part)
        by_road = minutes_at(network, some, exits.places) + turn_out_min
        minutes, _ = spread_on_foot(
            grid, exits.cell, by_road, limit_min=limit_min, steps=steps, workers=workers
        )
        found[part] = minutes.reshape(len(minutes), -1)[:, cells]
    return found


def move_team(
    cube: xr.Dataset,
    network: RoadNetwork,
    grid: WalkGrid,
    team_id: str,
    x: float,
    y: float,
) -> xr.Dataset:
    """The cube with one team at another place: only its cells are reckoned again.

    Parameters
    ----------
    cube : Dataset
        From :func:`reach_cube`, of the same roads and ground.
    network : RoadNetwork
    grid : WalkGrid
    team_id : str
    x, y : float [m]
        The new place.

    Returns
    -------
    Dataset
        Another one; that given is as it was.

    Raises
    ------
    UsageError
        The cube has no such team.
    """
    ids = [str(one) for one in cube["team"].to_numpy()]
    if team_id not in ids:
        raise UsageError("no such team in the cube", expected="one of its teams", found=team_id)
    times = drive_times(network, put_on_road(network, np.array([x]), np.array([y])))
    one = reach_cube(
        network,
        times,
        grid,
        team_ids=[team_id],
        turn_out_min=float(cube.attrs["turn_out_min"]),
        limit_min=float(cube.attrs["limit_min"]),
        workers=1,
    )
    moved = cube.copy(deep=True)
    place = ids.index(team_id)
    for name in ("minutes", "walk_min"):
        moved[name][place] = one[name][0]
    return moved
