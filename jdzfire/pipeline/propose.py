"""Proposing: which places look like fixed heat sources, and registering those a person approves."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import geopandas as gpd
import pandas as pd
import shapely

from jdzfire.errors import NotFound, UsageError
from jdzfire.hotspots.footprints import footprints
from jdzfire.queries.grids import load_landcover
from jdzfire.registers.source_proposals import propose_sources
from jdzfire.schemas import HEAT_SOURCES, ORBITERS, conform
from jdzfire.store.archive import load_hotspots
from jdzfire.store.registers import load_register, save_register
from jdzfire.terrain.cover import cover_shares
from jdzfire.workspace import Workspace, watched_bbox

LOOKBACK = timedelta(days=365)
"""A year of hotspots is examined: a site that stopped is not proposed again [K]."""


def proposals_of(workspace: Workspace, *, at: datetime) -> pd.DataFrame:
    """Places that may be fixed heat sources, by the archive and by what duty staff answered.

    Parameters
    ----------
    workspace : Workspace
    at : datetime

    Returns
    -------
    DataFrame [PROPOSALS]
    """
    bbox = watched_bbox(workspace)
    hotspots = load_hotspots(workspace.home, since=at - LOOKBACK, until=at, bbox=bbox)
    rows = hotspots[hotspots["instrument"].isin(ORBITERS)].reset_index(drop=True)
    landcover = load_landcover(workspace)
    trees = None
    if landcover is not None:
        shapes = footprints(rows, rules=workspace.settings.rules.footprint)
        trees = cover_shares(shapes, landcover).to_numpy()
    return propose_sources(
        rows,
        known=load_register(workspace.home, "heat-sources"),
        tree_share=trees,
        answers=_confirmed_sites(workspace),
        rules=workspace.settings.proposals,
    )


def _confirmed_sites(workspace: Workspace) -> gpd.GeoSeries:
    """Where closed cases have the answer industrial site."""
    cases, events = workspace.ledger.load_cases(), workspace.ledger.load_events()
    closed = cases[(cases["status"] == "closed") & (cases["category"] == "heat_source")]
    mine = events[events["event_id"].isin(closed["event_id"])]
    return gpd.GeoSeries(gpd.points_from_xy(mine["lon"], mine["lat"]), crs="EPSG:4326")


def approve_proposal(
    workspace: Workspace,
    proposal_id: str,
    *,
    name: str,
    kind: str,
    who: str,
    until: datetime,
    at: datetime,
) -> str:
    """Register a proposed place as a heat source, with an end and what it rests on.

    Parameters
    ----------
    workspace : Workspace
        Opened for writing.
    proposal_id : str
    name, kind : str
        Name and kind of the industrial site.
    who : str
        Who approves.
    until : datetime
        End of the approval; it must be given anew then.
    at : datetime

    Returns
    -------
    str
        The ``source_id``.

    Raises
    ------
    NotFound
        No such proposal now.
    UsageError
        No name, nobody who approves, or an end that is past.
    """
    if not name.strip() or not who.strip() or until <= at:
        raise UsageError(
            "a heat source cannot be approved like this",
            expected="a name, a person, and an end after now",
            found=f"until {until:%Y-%m-%d}",
        )
    table = proposals_of(workspace, at=at)
    mine = table[table["proposal_id"] == proposal_id]
    if mine.empty:
        raise NotFound(f"no proposal {proposal_id!r}", remedy="see jdzfire source propose")
    proposal = mine.iloc[0]
    source_id = f"HS-{proposal_id.removeprefix('HP-')}"
    evidence = {
        column: value.isoformat() if isinstance(value, pd.Timestamp) else value
        for column, value in proposal.to_dict().items()
        if not pd.isna(value)
    }
    row = gpd.GeoDataFrame(
        {
            "source_id": [source_id],
            "name": [name.strip()],
            "kind": [kind],
            "radius_m": [max(150.0, float(proposal["spread_m"]))],
            "valid_from": [proposal["first_seen_at"]],
            "valid_to": [pd.Timestamp(until).as_unit("us")],
            "approved_by": [who.strip()],
            "evidence": [json.dumps(evidence, ensure_ascii=False, sort_keys=True)],
        },
        geometry=[shapely.Point(proposal["lon"], proposal["lat"])],
        crs="EPSG:4326",
    )
    source = {"source_name": f"proposal {proposal_id}", "notes": f"approved by {who.strip()}"}
    save_register(workspace.home, "heat-sources", conform(row, HEAT_SOURCES), at=at, source=source)
    return source_id
