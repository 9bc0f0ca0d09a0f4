"""Who can be at an event first, from the registers of the workspace."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from jdzfire.cases.steps import teams_out
from jdzfire.errors import NotFound
from jdzfire.queries.grids import load_elevation, load_landcover
from jdzfire.queries.knowledge import digest, knowledge_of
from jdzfire.reach import NEAREST_COLUMNS, ROUTE_COLUMNS, free_first, nearest_teams
from jdzfire.reach.areas import areas_on, sums_on
from jdzfire.reach.coverage import cover_table, lost_without, soonest
from jdzfire.reach.cube import reach_cube
from jdzfire.reach.dispatch import off_duty
from jdzfire.reach.events import ReachModel, reach_events, reach_model, route_lines
from jdzfire.reach.network import RoadNetwork, build_network
from jdzfire.reach.speeds import Conditions, TravelRules
from jdzfire.reach.walk import WalkGrid, sample_cells, walk_grid
from jdzfire.store.derived import load_derived, save_derived
from jdzfire.store.registers import load_register
from jdzfire.terrain.sampling import TREE_COVER
from jdzfire.workspace import Workspace, watched_area, watched_bbox

COUNTED_KINDS = ("professional", "semi-professional")
"""Teams that are sent to a forest fire; volunteers back them up."""
CELL_M = 100.0
"""Side of a cell of the ground crews walk over [m]."""
_MARGIN_M = 5_000.0
_ROADS_DEG = 1.0
"""Roads farther than this from the watched area help nobody [degree]."""
_GROUND, _RANKS = "ground", "ranks"


def load_reach(
    workspace: Workspace,
    conditions: Conditions | None = None,
    *,
    kinds: Collection[str] | None = None,
) -> ReachModel:
    """Roads, ground and teams of the workspace, made ready to be asked for minutes.

    Parameters
    ----------
    workspace : Workspace
    conditions : Conditions, optional
        Night and rain; default: day and dry.
    kinds : collection of str, optional
        Kinds of teams that count; default: all.

    Returns
    -------
    ReachModel
        Its ``notes`` say what the registers lack. The ground is kept between processes.
    """
    rules = TravelRules(
        turn_out_min=workspace.settings.siting.preparation_min,
        conditions=conditions or Conditions(),
    )
    network = _network(workspace, rules)
    grid = _ground(workspace, network.crs, rules)
    teams = load_register(workspace.home, "teams")
    if kinds is not None:
        teams = teams[teams["kind"].isin(kinds)]
    return reach_model(network, grid, teams, rules)


_models: dict[str, ReachModel] = {}
_WITH_ROUTE = 2
"""Teams of an event whose way is drawn: the first, and the second when that one is busy."""


def rank_teams(
    workspace: Workspace,
    events: pd.DataFrame,
    teams: gpd.GeoDataFrame,
    cases: pd.DataFrame,
    *,
    at: datetime,
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """The teams that stand at each event first, by day and in the dry, and their ways.

    By road and on foot where roads are registered, else by straight line. Teams that are out at
    another event or off duty come last. A warm watch makes roads and ground ready once for each
    state of the registers.

    Parameters
    ----------
    workspace : Workspace
    events : DataFrame [EVENTS]
    teams : GeoDataFrame [TEAMS]
    cases : DataFrame [CASES]
    at : datetime, aware

    Returns
    -------
    DataFrame [NEAREST_COLUMNS], GeoDataFrame [ROUTE_COLUMNS, EPSG:4326 lines]
    """
    busy = off_duty(teams, at) | teams_out(cases)
    limit = 3 + len(busy)
    if events.empty or load_register(workspace.home, "roads").empty:
        lines = gpd.GeoDataFrame(columns=[*ROUTE_COLUMNS, "geometry"], geometry="geometry")
        return free_first(nearest_teams(events, teams, limit=limit), busy), lines.set_crs(4326)
    key = f"{workspace.home.root} {knowledge_of(workspace).setting}"
    if key not in _models:
        model = load_reach(workspace)
        _models.clear()
        _models[key] = model
    model = _models[key]
    ranked = free_first(reach_events(events, teams, model, limit=limit), busy)
    return ranked, route_lines(model, ranked[ranked["rank"] <= _WITH_ROUTE], events)


def teams_on_board(
    workspace: Workspace,
    events: pd.DataFrame,
    teams: gpd.GeoDataFrame,
    cases: pd.DataFrame,
    *,
    at: datetime,
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    """As :func:`rank_teams`, kept between processes while events, cases and registers stand."""
    places = events[["event_id", "lon", "lat"]].to_csv(index=False)
    setting = knowledge_of(workspace).setting
    busy = off_duty(teams, at) | teams_out(cases)
    made_of = digest(setting, places, repr(sorted(busy.items())))
    kept = load_derived(workspace.home, _RANKS, made_of=made_of)
    if kept is not None:
        return _read_ranks(kept)
    found = rank_teams(workspace, events, teams, cases, at=at)
    save_derived(workspace.home, _RANKS, _written_ranks(*found), made_of=made_of)
    return found


def _written_ranks(ranked: pd.DataFrame, routes: gpd.GeoDataFrame) -> bytes:
    """Two Parquet files, the length of the first before them."""
    tables = [io.BytesIO(), io.BytesIO()]
    ranked.to_parquet(tables[0])
    routes.to_parquet(tables[1])
    first, second = (table.getvalue() for table in tables)
    return len(first).to_bytes(8, "big") + first + second


def _read_ranks(kept: bytes) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    length = int.from_bytes(kept[:8], "big")
    ranked = pd.read_parquet(io.BytesIO(kept[8 : 8 + length])).astype(NEAREST_COLUMNS)
    return ranked, gpd.read_parquet(io.BytesIO(kept[8 + length :]))


def reach_of(
    workspace: Workspace, event_id: str, *, limit: int = 3, conditions: Conditions | None = None
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, tuple[str, ...]]:
    """The teams that stand at one event first, their ways, and what the minutes lack.

    Parameters
    ----------
    workspace : Workspace
    event_id : str
    limit : int
    conditions : Conditions, optional

    Returns
    -------
    DataFrame [NEAREST_COLUMNS] with ``name``, GeoDataFrame [EPSG:4326 lines], tuple of str

    Raises
    ------
    NotFound
        There is no such event.
    """
    event = workspace.ledger.load_events([event_id])
    if event.empty:
        raise NotFound(f"no event {event_id!r}", remedy="see jdzfire event list --all")
    teams = load_register(workspace.home, "teams")
    model = load_reach(workspace, conditions)
    found = reach_events(event, teams, model, limit=limit)
    lines = route_lines(model, found, event)
    names = teams.set_index("team_id")["name"]
    return found.assign(name=found["team_id"].map(names)), lines, model.notes


@dataclass(frozen=True)
class ReachCover:
    """What the teams reach in time, today."""

    shares: pd.DataFrame
    """As of :func:`jdzfire.reach.coverage.cover_table`; the areas are of one level."""
    lost: pd.DataFrame
    """``team_id``, ``name``, ``lost_ha``: forest only this team reaches in time; most first."""
    lost_within: float
    """Minutes of ``lost`` [min]."""
    team_count: int
    """Teams that can be sent."""
    notes: tuple[str, ...]
    """What the registers lack."""


def cover_by_reach(
    workspace: Workspace,
    *,
    level: str = "county",
    within: Sequence[float] = (20, 30, 45, 60),
    lost_within: float = 45.0,
    conditions: Conditions | None = None,
) -> ReachCover:
    """Shares of forest and people the teams reach in time, by road and on foot.

    Parameters
    ----------
    workspace : Workspace
    level : {"county", "township"}
    within : sequence of float [min]
    lost_within : float [min]
        For what is lost without each team.
    conditions : Conditions, optional

    Returns
    -------
    ReachCover
        Forest is the ground of the zones that has trees, where land cover is known, in hectares.
        Volunteers do not count: they back the others up.
    """
    model = load_reach(workspace, conditions, kinds=COUNTED_KINDS)
    admin = load_register(workspace.home, "admin")
    areas = admin[admin["level"] == level].reset_index(drop=True)
    people = load_register(workspace.home, "settlements")
    cube = reach_cube(
        model.network,
        model.times,
        model.grid,
        team_ids=list(model.teams["team_id"]),
        turn_out_min=model.rules.turn_out_min,
        limit_min=max(*within, lost_within),
    )
    minutes = cube["minutes"].to_numpy()
    forest = forest_on(workspace, model.grid)
    hectares = np.where(forest, model.grid.cell_m**2 / 1e4, 0.0)
    counted = people["population"].astype("float64").to_numpy()
    shares = cover_table(
        soonest(minutes),
        {"forest_ha": hectares, "people": sums_on(model.grid, people.geometry, counted)},
        areas_on(model.grid, areas.geometry),
        areas["name"].tolist(),
        within=within,
    )
    names = load_register(workspace.home, "teams").set_index("team_id")["name"]
    lost = pd.DataFrame(
        {
            "team_id": model.teams["team_id"],
            "name": model.teams["team_id"].map(names),
            "lost_ha": lost_without(minutes, hectares, within=lost_within),
        }
    ).sort_values(["lost_ha", "team_id"], ascending=[False, True], ignore_index=True)
    return ReachCover(shares, lost, lost_within, len(model.teams), model.notes)


def forest_on(workspace: Workspace, grid: WalkGrid) -> NDArray[np.bool_]:
    """Cells in a zone that have trees, where land cover is known."""
    zones = load_register(workspace.home, "zones")
    return (areas_on(grid, zones.geometry) >= 0) & _trees(workspace, grid)


def _trees(workspace: Workspace, grid: WalkGrid) -> NDArray[np.bool_]:
    """Cells with trees, and those whose cover is not known."""
    landcover = load_landcover(workspace)
    if landcover is None:
        return np.ones(grid.shape, dtype=bool)
    x, y = np.meshgrid(*grid.middles())
    code = sample_cells(landcover, grid.crs, x, y, name="landcover")
    return np.asarray(np.isnan(code) | (code == TREE_COVER))


def load_ground(workspace: Workspace) -> WalkGrid:
    """The ground crews walk over, as of :func:`load_reach`."""
    rules = TravelRules(turn_out_min=workspace.settings.siting.preparation_min)
    network = _network(workspace, rules)
    return _ground(workspace, network.crs, rules)


def _network(workspace: Workspace, rules: TravelRules) -> RoadNetwork:
    """The roads of the watched area and round it: farther ones would only bend the projection."""
    roads = load_register(workspace.home, "roads")
    west, south, east, north = watched_bbox(workspace)
    box = (west - _ROADS_DEG, south - _ROADS_DEG, east + _ROADS_DEG, north + _ROADS_DEG)
    near = roads[roads.geometry.intersects(shapely.box(*box))].reset_index(drop=True)
    network = build_network(near, rules)
    if len(near) == len(roads):
        return network
    note = f"{len(roads) - len(near)} roads lie far from the watched area and are left out"
    return replace(network, notes=(*network.notes, note))


def _ground(workspace: Workspace, crs: CRS, rules: TravelRules) -> WalkGrid:
    """The ground of the watched area and what lies around it, sampled once for its registers."""
    area = gpd.GeoSeries([watched_area(workspace)], crs=4326).to_crs(crs)
    west, south, east, north = (float(edge) for edge in area.total_bounds)
    bounds = (west - _MARGIN_M, south - _MARGIN_M, east + _MARGIN_M, north + _MARGIN_M)
    made_of = digest(knowledge_of(workspace).setting, repr(bounds), crs.to_wkt(), repr(rules))
    kept = load_derived(workspace.home, _GROUND, made_of=made_of)
    if kept is not None:
        return _unpacked(kept, crs)
    grid = walk_grid(
        bounds,
        crs,
        cell_m=CELL_M,
        dem=load_elevation(workspace),
        landcover=load_landcover(workspace),
        rules=rules,
    )
    save_derived(workspace.home, _GROUND, _packed(grid), made_of=made_of)
    return grid


def _packed(grid: WalkGrid) -> bytes:
    target = io.BytesIO()
    np.savez_compressed(
        target,
        height_m=grid.height_m.astype(np.float32),
        factor=grid.factor.astype(np.float32),
        place=np.array([grid.west, grid.north, grid.cell_m]),
        notes=np.array(grid.notes, dtype=np.str_),
    )
    return target.getvalue()


def _unpacked(kept: bytes, crs: CRS) -> WalkGrid:
    with np.load(io.BytesIO(kept), allow_pickle=False) as held:
        west, north, cell_m = (float(one) for one in held["place"])
        arrays: dict[str, Any] = {name: held[name].astype(float) for name in ("height_m", "factor")}
        notes = tuple(str(note) for note in held["notes"])
    return WalkGrid(crs=crs, west=west, north=north, cell_m=cell_m, notes=notes, **arrays)
