"""Which team stands at an event first: turn-out, drive and walk, each apart, and the way there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from jdzfire.arrays import Floats, Ints
from jdzfire.errors import UsageError
from jdzfire.reach.columns import NEAREST_COLUMNS, ROUTE_COLUMNS
from jdzfire.reach.cube import Exits, road_exits
from jdzfire.reach.drive import DriveTimes, OnRoad, drive_times, minutes_at, put_on_road, route_to
from jdzfire.reach.network import RoadNetwork
from jdzfire.reach.speeds import WALKING_RANGE, TravelRules
from jdzfire.reach.straight_line import STRAIGHT_LINE, nearest_teams
from jdzfire.reach.walk import FASTEST_KMH, WalkGrid, walk_towards
from jdzfire.registers.teams import stations

ROAD_AND_FOOT = "road_and_foot"
"""The value of ``method``: by road, then on foot over the terrain."""

_WALK_LIMIT_MIN = 180.0
"""Nobody is sent on a longer walk [min] [K]."""
_WINDOWS_M = (2_000.0, 6_000.0, 15_000.0)
"""How far round an event a road is looked for, step by step [m]."""


@dataclass(frozen=True)
class ReachModel:
    """The roads, the ground and where the teams stand: made once, asked for many events."""

    network: RoadNetwork
    """Roads."""
    grid: WalkGrid
    """Ground, in the CRS of the network."""
    exits: Exits
    """Where a crew may leave the vehicle."""
    teams: pd.DataFrame
    """``team_id``, ``lon``, ``lat`` of the teams that can be sent."""
    times: DriveTimes
    """By road, of these teams."""
    rules: TravelRules
    """What minutes are reckoned from."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is odd or missing, for the reader of the minutes."""
        far = self.times.stations.off_m > self.rules.far_from_road_m
        named = ", ".join(self.teams["team_id"][far].head(5))
        warned = (
            (f"{int(far.sum())} teams stand far from every road: {named}",) if far.any() else ()
        )
        return (*self.network.notes, *self.grid.notes, *warned)


def reach_model(
    network: RoadNetwork,
    grid: WalkGrid,
    teams: gpd.GeoDataFrame,
    rules: TravelRules | None = None,
) -> ReachModel:
    """Put the teams on the roads and find their minutes to every junction.

    Parameters
    ----------
    network : RoadNetwork
    grid : WalkGrid
        In the CRS of the network.
    teams : GeoDataFrame [TEAMS, EPSG:4326], may be empty
        Those that cannot be sent or have no place are left out.
    rules : TravelRules, optional

    Returns
    -------
    ReachModel
    """
    ready = stations(teams)
    x, y = _metric(network, ready["lon"].to_numpy(float), ready["lat"].to_numpy(float))
    return ReachModel(
        network=network,
        grid=grid,
        exits=road_exits(network, grid),
        teams=ready,
        times=drive_times(network, put_on_road(network, x, y)),
        rules=rules or TravelRules(),
    )


def reach_events(
    events: pd.DataFrame, teams: gpd.GeoDataFrame, model: ReachModel, *, limit: int = 3
) -> pd.DataFrame:
    """The teams that stand at each event first.

    Parameters
    ----------
    events : DataFrame [EVENTS], n rows, may be empty
        From ``lon``, ``lat``; rows without them get no team.
    teams : GeoDataFrame [TEAMS]
        For the teams no road leads from, which are ranked behind by their straight line.
    model : ReachModel
    limit : int
        Teams wanted for each event.

    Returns
    -------
    DataFrame [NEAREST_COLUMNS], at most n * limit rows
        In the order of ``events``, then ``rank`` 1, 2, ... Minutes are compared to the second;
        equal ones are ordered by ``team_id``. Teams no road and path lead from come behind, by
        their straight line, with ``method`` saying so and no minutes.

    Raises
    ------
    UsageError
        ``limit`` is below 1.
    """
    if limit < 1:
        raise UsageError("limit of teams is too small", expected=">= 1", found=str(limit))
    placed = events.loc[events["lon"].notna() & events["lat"].notna()]
    straight = nearest_teams(placed, teams, limit=max(limit, len(model.teams), 1))
    by_event = dict(list(straight.groupby("event_id", sort=False)))
    parts = []
    for event_id, lon, lat in zip(placed["event_id"], placed["lon"], placed["lat"], strict=True):
        if event_id in by_event:
            parts.append(_rank(model, by_event[event_id], float(lon), float(lat), limit))
    if not parts:
        return pd.DataFrame({name: [] for name in NEAREST_COLUMNS}).astype(NEAREST_COLUMNS)
    return pd.concat(parts, ignore_index=True).astype(NEAREST_COLUMNS)


def _rank(
    model: ReachModel, straight: pd.DataFrame, lon: float, lat: float, limit: int
) -> pd.DataFrame:
    """The teams of one event, by minutes, then by straight line."""
    drive, walk, leave, walk_m = _ways(model, lon, lat)
    rules = model.rules
    mine = pd.DataFrame(
        {
            "team_id": model.teams["team_id"],
            "drive_min": drive,
            "walk_min": walk,
            "leave_lon": leave[:, 0],
            "leave_lat": leave[:, 1],
            "walk_m": walk_m,
        }
    )
    table = straight[["event_id", "team_id", "distance_m", "bearing_deg"]].merge(
        mine, on="team_id", how="left"
    )
    has_way = table["drive_min"].notna()
    fast, slow = model.network.slowness
    quick, late = rules.turn_out_range
    table = table.assign(
        method=np.where(has_way, ROAD_AND_FOOT, STRAIGHT_LINE),
        turn_out_min=np.where(has_way, rules.turn_out_min, np.nan),
        minutes=rules.turn_out_min + table["drive_min"] + table["walk_min"],
        quick_min=quick + table["drive_min"] * fast + table["walk_min"] / WALKING_RANGE[1],
        late_min=late + table["drive_min"] * slow + table["walk_min"] / WALKING_RANGE[0],
    )
    order = np.lexsort(
        (
            table["team_id"].to_numpy(),
            np.where(has_way, 0.0, table["distance_m"].round(3)),
            (table["minutes"].fillna(0.0) * 60).round(),
            ~has_way,
        )
    )
    kept = table.iloc[order[:limit]].reset_index(drop=True)
    kept = kept.assign(rank=np.arange(1, len(kept) + 1))
    return kept.reindex(columns=list(NEAREST_COLUMNS))


def _ways(model: ReachModel, lon: float, lat: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Drive and walk of each team to a place [min], where the vehicle is left, how far is walked.

    NaN where a team does not come by road and on foot.
    """
    count = len(model.teams)
    nothing = np.full(count, np.nan)
    exits, walks = walks_to(model, lon, lat)
    if not len(exits):
        return nothing, nothing.copy(), np.full((count, 2), np.nan), nothing.copy()
    on = OnRoad(
        model.exits.places.link[exits],
        model.exits.places.share[exits],
        np.zeros(len(exits)),
    )
    driven = minutes_at(model.network, model.times, on)
    whole = driven + walks[None, :]
    best = whole.argmin(axis=1)
    rows = np.arange(count)
    comes = np.isfinite(whole[rows, best])
    left_x, left_y = model.exits.x[exits][best], model.exits.y[exits][best]
    back = _projection(model.network.crs)
    leave = np.column_stack(back.transform(left_x, left_y, direction="INVERSE"))
    x, y = _metric(model.network, np.array([lon]), np.array([lat]))
    off = np.hypot(left_x - x[0], left_y - y[0])
    return (
        np.where(comes, driven[rows, best], np.nan),
        np.where(comes, walks[best], np.nan),
        np.where(comes[:, None], leave, np.nan),
        np.where(comes, off, np.nan),
    )


def walks_to(model: ReachModel, lon: float, lat: float) -> tuple[Ints, Floats]:
    """Points on the roads from which a crew can walk to a place, and its minutes.

    The ground round the place is looked at in ever larger windows, until the nearest road is nearer
    than anything beyond the window can be.

    Returns
    -------
    exits, minutes
        Positions among ``model.exits``, and minutes on foot; none when the place is off the grid.
    """
    x, y = _metric(model.network, np.array([lon]), np.array([lat]))
    row, column = (int(found[0]) for found in model.grid.cells_of(x, y))
    found = np.array([], dtype=np.int64), np.array([], dtype=float)
    if row < 0:
        return found
    columns = model.grid.shape[1]
    exit_row, exit_column = np.divmod(model.exits.cell, columns)
    for window_m in _WINDOWS_M:
        reach = int(np.ceil(window_m / model.grid.cell_m))
        top, left = max(row - reach, 0), max(column - reach, 0)
        part = model.grid.window(slice(top, row + reach + 1), slice(left, column + reach + 1))
        rows, width = part.shape
        near = np.flatnonzero(
            (exit_row >= top)
            & (exit_row < top + rows)
            & (exit_column >= left)
            & (exit_column < left + width)
        )
        if not len(near):
            continue
        part = _open_at(part, row - top, column - left)
        minutes, _ = walk_towards(part, row - top, column - left, limit_min=_WALK_LIMIT_MIN)
        walk = minutes[exit_row[near] - top, exit_column[near] - left]
        kept = np.isfinite(walk)
        found = near[kept], walk[kept]
        if walk.min() <= window_m / 1000 / FASTEST_KMH * 60:
            break
    return found


def _open_at(grid: WalkGrid, row: int, column: int) -> WalkGrid:
    """The ground with the place itself open: a fire may lie on a cell that counts as closed."""
    if grid.factor[row, column] > 0:
        return grid
    factor = grid.factor.copy()
    factor[row, column] = 0.25
    return WalkGrid(grid.crs, grid.west, grid.north, grid.cell_m, grid.height_m, factor, grid.notes)


def route_lines(model: ReachModel, reached: pd.DataFrame, events: pd.DataFrame) -> gpd.GeoDataFrame:
    """The way of each row: its road part and its walking part.

    Parameters
    ----------
    model : ReachModel
    reached : DataFrame [NEAREST_COLUMNS]
    events : DataFrame [EVENTS]

    Returns
    -------
    GeoDataFrame [ROUTE_COLUMNS, EPSG:4326 lines]
        None for a straight line.
    """
    at = events.set_index("event_id")[["lon", "lat"]]
    back = _projection(model.network.crs)
    rows: list[dict[str, Any]] = []
    number = {team: place for place, team in enumerate(model.teams["team_id"])}
    for event_id, team_id, lon, lat in zip(
        *(reached[name] for name in ("event_id", "team_id", "leave_lon", "leave_lat")), strict=True
    ):
        if np.isnan(lon):
            continue
        ids = {"event_id": event_id, "team_id": team_id}
        x, y = _metric(model.network, np.array([lon]), np.array([lat]))
        road = route_to(
            model.network, model.times, number[team_id], put_on_road(model.network, x, y)
        )
        if road is not None:
            shape = {"geometry": _projected(road, back), "length_m": road.length}
            rows.append({**ids, "part": "road", **shape})
        foot = _walk_line(model, (float(x[0]), float(y[0])), *at.loc[event_id])
        if foot is not None:
            line, heights = foot
            shape = {"geometry": _projected(line, back), "length_m": line.length}
            rows.append({**ids, "part": "foot", **shape, **_climb(heights, model.grid.cell_m)})
    table = pd.DataFrame(rows, columns=[*ROUTE_COLUMNS, "geometry"]).astype(ROUTE_COLUMNS)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=4326)


def _climb(steps: Floats, cell_m: float) -> dict[str, float]:
    """What a walk over cells goes up [m], and its steepest step [degree]."""
    height, length = steps[:, 0], steps[1:, 1] * cell_m
    rise = np.diff(height)
    steepest = np.degrees(np.arctan(np.abs(rise) / length)).max(initial=0.0)
    return {"climb_m": float(rise[rise > 0].sum()), "steepest_deg": float(steepest)}


def _walk_line(
    model: ReachModel, begin: tuple[float, float], lon: float, lat: float
) -> tuple[shapely.LineString, Floats] | None:
    """The walk from where the crew leaves the vehicle to the event, cell by cell.

    Returns
    -------
    line, array of (cells, 2)
        Height of each cell [m], and how far it is from the one before [cells].
    """
    x, y = _metric(model.network, np.array([lon]), np.array([lat]))
    rows, columns = model.grid.cells_of(np.array([begin[0], x[0]]), np.array([begin[1], y[0]]))
    if (rows < 0).any():
        return None
    margin = int(np.ceil(_WINDOWS_M[0] / model.grid.cell_m))
    top, left = max(int(rows.min()) - margin, 0), max(int(columns.min()) - margin, 0)
    part = model.grid.window(
        slice(top, int(rows.max()) + margin + 1), slice(left, int(columns.max()) + margin + 1)
    )
    goal = (int(rows[1]) - top, int(columns[1]) - left)
    part = _open_at(part, *goal)
    _, following = walk_towards(part, *goal, limit_min=_WALK_LIMIT_MIN)
    width = part.shape[1]
    cell = (int(rows[0]) - top) * width + int(columns[0]) - left
    cells = [cell]
    while following.ravel()[cells[-1]] >= 0:
        cells.append(int(following.ravel()[cells[-1]]))
    centre_x, centre_y = part.middles()
    middle = [(centre_x[one % width], centre_y[one // width]) for one in cells[1:-1]]
    line = shapely.LineString([begin, *middle, (float(x[0]), float(y[0]))])
    row, column = np.divmod(np.array(cells), width)
    off = np.hypot(np.diff(row, prepend=row[0]), np.diff(column, prepend=column[0]))
    return line, np.column_stack([part.height_m[row, column], off])


def _projected(line: shapely.LineString, transformer: Transformer) -> shapely.LineString:
    x, y = shapely.get_coordinates(line).T
    return shapely.LineString(np.column_stack(transformer.transform(x, y, direction="INVERSE")))


@lru_cache(maxsize=8)
def _projection(crs: CRS) -> Transformer:
    """From degrees to the metres of the roads; made once, since that takes 50 ms [C]."""
    return Transformer.from_crs(4326, crs, always_xy=True)


def _metric(network: RoadNetwork, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = _projection(network.crs).transform(lon, lat)
    return np.asarray(x, dtype=float), np.asarray(y, dtype=float)
