"""Looking at one event: everything the house knows of it, in one document."""

from __future__ import annotations

import json
from typing import Any

import geopandas as gpd
import pandas as pd

from jdzfire.errors import NotFound
from jdzfire.feeds.registers import read_grid
from jdzfire.reach import nearest_teams
from jdzfire.stages.house import House
from jdzfire.stages.standing import load_danger
from jdzfire.store import grid_path, load_hotspots, load_register
from jdzfire.terrain import sample_terrain
from jdzfire.weather import sample_weather

__all__ = ["describe_event"]


def describe_event(house: House, event_id: str) -> dict[str, Any]:
    """One event with its verdict, hotspots, land, weather, nearest teams and case.

    Parameters
    ----------
    house : House
    event_id : str

    Returns
    -------
    dict
        ``event``, ``verdict``, ``hotspots``, ``land``, ``weather``, ``nearest_teams``, ``case``;
        what is not known is null or an empty list.

    Raises
    ------
    NotFound
        There is no such event.
    """
    ledger = house.ledger
    events = ledger.load_events()
    event = events[events["event_id"] == event_id]
    if event.empty:
        raise NotFound(f"no event {event_id!r}", remedy="see jdzfire event list --all")
    verdicts, cases = ledger.load_verdicts(), ledger.load_cases()
    verdict = _first(verdicts[verdicts["event_id"] == event_id]) or {}
    for name in ("reasons", "priority_parts"):
        if name in verdict:
            verdict[name] = json.loads(verdict[name])
    return {
        "event": _first(event),
        "verdict": verdict,
        "hotspots": _hotspots(house, event),
        "land": _land(house, event),
        "weather": _weather(house, event),
        "nearest_teams": _teams(house, event),
        "case": _first(cases[cases["event_id"] == event_id]),
    }


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    shown = pd.DataFrame(table.drop(columns="geometry", errors="ignore")).astype(object)
    rows = shown.where(shown.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _first(table: pd.DataFrame) -> dict[str, Any] | None:
    rows = _plain(table)
    return rows[0] if rows else None


def _hotspots(house: House, event: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    members = house.ledger.load_members()
    mine = members.loc[members["event_id"] == event["event_id"].iloc[0], "hotspot_id"]
    found = load_hotspots(house.home, since=event["first_seen_at"].iloc[0])
    found = found[found["hotspot_id"].isin(mine)]
    table = pd.DataFrame(found.drop(columns=["geometry", "remark"]))
    return _plain(table.assign(lon=found.geometry.x, lat=found.geometry.y))


def _land(house: House, event: gpd.GeoDataFrame) -> dict[str, Any] | None:
    grids = {}
    for kind in ("dem", "landcover"):
        path = grid_path(house.home, kind)
        if path is not None:
            grids[kind] = read_grid(kind, path.read_bytes(), source_name=path.name)
    if not grids:
        return None
    points = gpd.GeoSeries(gpd.points_from_xy(event["lon"], event["lat"]), crs="EPSG:4326")
    return _first(sample_terrain(points, **grids))


def _weather(house: House, event: gpd.GeoDataFrame) -> dict[str, Any] | None:
    danger = load_danger(house)
    if danger is None:
        return None
    return _first(sample_weather(danger, event["lon"], event["lat"], event["last_seen_at"]))


def _teams(house: House, event: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    teams = load_register(house.home, "teams")
    near = nearest_teams(event, teams)
    named = near.merge(pd.DataFrame(teams[["team_id", "name", "kind", "headcount"]]), on="team_id")
    return _plain(named.sort_values("rank"))
