"""Who can be at an event first, from the registers of the workspace."""

from __future__ import annotations

import io
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from jdzfire.errors import NotFound
from jdzfire.queries.grids import load_elevation, load_landcover
from jdzfire.queries.knowledge import digest, knowledge_of
from jdzfire.reach.events import ReachModel, reach_events, reach_model, route_lines
from jdzfire.reach.network import build_network
from jdzfire.reach.speeds import Conditions, TravelRules
from jdzfire.reach.walk import WalkGrid, walk_grid
from jdzfire.store.derived import load_derived, save_derived
from jdzfire.store.registers import load_register
from jdzfire.workspace import Workspace, watched_area

CELL_M = 100.0
"""Side of a cell of the ground crews walk over [m]."""
_MARGIN_M = 5_000.0
_GROUND = "ground"


def load_reach(workspace: Workspace, conditions: Conditions | None = None) -> ReachModel:
    """Roads, ground and teams of the workspace, made ready to be asked for minutes.

    Parameters
    ----------
    workspace : Workspace
    conditions : Conditions, optional
        Night and rain; default: day and dry.

    Returns
    -------
    ReachModel
        Its ``notes`` say what the registers lack. The ground is kept between processes.
    """
    rules = TravelRules(
        turn_out_min=workspace.settings.siting.preparation_min,
        conditions=conditions or Conditions(),
    )
    network = build_network(load_register(workspace.home, "roads"), rules)
    grid = _ground(workspace, network.crs, rules)
    return reach_model(network, grid, load_register(workspace.home, "teams"), rules)


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
    DataFrame [REACH_COLUMNS] with ``name``, GeoDataFrame [EPSG:4326 lines], tuple of str

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
