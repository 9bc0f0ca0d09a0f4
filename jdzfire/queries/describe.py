"""Describe one event: everything known about it, in one document."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import geopandas as gpd
import pandas as pd

from jdzfire.errors import NotFound
from jdzfire.events.growth import trace_growth
from jdzfire.queries.grids import load_danger, load_elevation, load_landcover
from jdzfire.queries.reach import rank_teams
from jdzfire.schemas import plain_rows
from jdzfire.store.archive import load_hotspots, load_versions
from jdzfire.store.registers import load_register
from jdzfire.terrain.sampling import sample_terrain
from jdzfire.weather.sampling import sample_weather
from jdzfire.workspace import Workspace


def describe_event(workspace: Workspace, event_id: str) -> dict[str, Any]:
    """One event with its verdict, hotspots, land, weather, nearest teams and case.

    Parameters
    ----------
    workspace : Workspace
    event_id : str

    Returns
    -------
    dict
        ``event``, ``verdict``, ``hotspots``, ``growth`` by pass, ``log`` of merges, splits, late
        and better data and of statements of duty staff, ``land``, ``weather``, ``nearest_teams``,
        ``case``; what is not known is null or an empty list.

    Raises
    ------
    NotFound
        There is no such event.
    """
    ledger = workspace.ledger
    events = ledger.load_events()
    event = events[events["event_id"] == event_id]
    if event.empty:
        raise NotFound(f"no event {event_id!r}", remedy="see jdzfire event list --all")
    verdicts, cases = ledger.load_verdicts(), ledger.load_cases()
    verdict = _first(verdicts[verdicts["event_id"] == event_id]) or {}
    for name in ("reasons", "priority_parts"):
        if name in verdict:
            verdict[name] = json.loads(verdict[name])
    hotspots = _hotspots(workspace, event)
    growth = trace_growth(
        hotspots, pd.Series(event_id, hotspots.index), rules=workspace.settings.rules.footprint
    )
    return {
        "event": _first(event),
        "verdict": verdict,
        "hotspots": _plain_hotspots(hotspots),
        "growth": plain_rows(growth),
        "log": plain_rows(ledger.load_event_log(event_id)),
        "land": _land(workspace, event),
        "weather": _weather(workspace, event),
        "nearest_teams": _teams(workspace, event, cases),
        "case": _first(cases[cases["event_id"] == event_id]),
    }


def describe_hotspot(workspace: Workspace, hotspot_id: str) -> pd.DataFrame:
    """One hotspot and every version of it that was received, the best one first.

    Parameters
    ----------
    workspace : Workspace
    hotspot_id : str

    Returns
    -------
    DataFrame
        Columns of HOTSPOTS with lon, lat, ``is_best``; empty when there is no such hotspot.
        Remarks are left out.
    """
    match = re.search(r"-(\d{12})-", hotspot_id)  # an id contains its minute (ADR 2)
    try:
        at = datetime.strptime(f"{match[1]}Z", "%Y%m%d%H%M%z") if match else datetime.now(UTC)
    except ValueError:
        at = datetime.now(UTC)
    minute = timedelta(minutes=1)
    best = load_hotspots(workspace.home, since=at - minute, until=at + 2 * minute)
    best = best[best["hotspot_id"] == hotspot_id].assign(is_best=True)
    others = load_versions(workspace.home, hotspot_ids=[hotspot_id]).assign(is_best=False)
    both = pd.concat([part for part in (best, others) if len(part)] or [best])
    both = both.sort_values(["is_best", "received_at"], ascending=[False, True])
    return pd.DataFrame(both.drop(columns=["geometry", "remark"])).assign(
        lon=both.geometry.x, lat=both.geometry.y
    )


def _first(table: pd.DataFrame) -> dict[str, Any] | None:
    rows = plain_rows(table)
    return rows[0] if rows else None


def _hotspots(workspace: Workspace, event: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    members = workspace.ledger.load_members()
    mine = members.loc[members["event_id"] == event["event_id"].iloc[0], "hotspot_id"]
    last = event["last_seen_at"].iloc[0] + timedelta(minutes=1)
    found = load_hotspots(workspace.home, since=event["first_seen_at"].iloc[0], until=last)
    return found[found["hotspot_id"].isin(mine)].reset_index(drop=True)


def _plain_hotspots(found: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    table = pd.DataFrame(found.drop(columns=["geometry", "remark"]))
    return plain_rows(table.assign(lon=found.geometry.x, lat=found.geometry.y))


def _land(workspace: Workspace, event: gpd.GeoDataFrame) -> dict[str, Any] | None:
    found = {"dem": load_elevation(workspace), "landcover": load_landcover(workspace)}
    grids = {kind: grid for kind, grid in found.items() if grid is not None}
    if not grids:
        return None
    points = gpd.GeoSeries(gpd.points_from_xy(event["lon"], event["lat"]), crs="EPSG:4326")
    return _first(sample_terrain(points, **grids))


def _weather(workspace: Workspace, event: gpd.GeoDataFrame) -> dict[str, Any] | None:
    danger = load_danger(workspace)
    if danger is None:
        return None
    return _first(sample_weather(danger, event["lon"], event["lat"], event["last_seen_at"]))


def _teams(
    workspace: Workspace, event: gpd.GeoDataFrame, cases: pd.DataFrame
) -> list[dict[str, Any]]:
    teams = load_register(workspace.home, "teams")
    near, _ = rank_teams(workspace, event, teams, cases, at=datetime.now(UTC))
    named = near.merge(pd.DataFrame(teams[["team_id", "name", "kind", "headcount"]]), on="team_id")
    return plain_rows(named.sort_values("rank"))
