"""The board of a moment, from an opened workspace."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import xarray as xr

from jdzfire.board.board import HISTORY_COLUMNS, Board
from jdzfire.board.event_frame import trace_events
from jdzfire.queries.coverage import observations_at
from jdzfire.queries.feed_board import feeds_at
from jdzfire.queries.grids import load_danger, load_elevation
from jdzfire.queries.reach import teams_on_board
from jdzfire.queries.season import report_year
from jdzfire.queries.spread import outlook_events
from jdzfire.reach.dispatch import nearby_resources
from jdzfire.store.archive import load_hotspots
from jdzfire.store.registers import load_register
from jdzfire.store.rejected import count_rejected
from jdzfire.triage.duty import ASKING_VERDICTS, needs_duty
from jdzfire.weather.sampling import sample_weather
from jdzfire.workspace import Workspace


def load_board(
    workspace: Workspace,
    *,
    at: datetime,
    also: Collection[str] = (),
) -> Board:
    """Everything a page shows at a moment, from the store.

    Events that need the duty room are all on it; explained and closed ones only while they are
    younger than ``map_days``.

    Parameters
    ----------
    workspace : Workspace
    at : datetime
    also : collection of str
        Events that are on it however old they are.

    Returns
    -------
    Board
    """
    home, ledger, settings = workspace.home, workspace.ledger, workspace.settings
    asking = ledger.load_asking_verdicts(ASKING_VERDICTS)
    needs = needs_duty(asking, ledger.load_cases(asking["event_id"]))
    needed = set(asking.loc[needs, "event_id"])
    recent = ledger.load_events(since=at - timedelta(days=settings.map_days))
    wanted = {*needed, *also, *recent["event_id"]}
    events = ledger.load_events(wanted)
    is_shown = events["merged_into"].isna() & (events["first_seen_at"] <= at)
    events = events[is_shown].reset_index(drop=True)
    verdicts = ledger.load_verdicts(events["event_id"])
    members = ledger.load_members(event_ids=events["event_id"])
    hotspots = _hotspots_of(workspace, members, events, at)
    teams = load_register(home, "teams")
    cases = ledger.load_cases(events["event_id"])
    asked = events[events["event_id"].isin([*needed, *also])]
    nearest, routes = teams_on_board(workspace, asked, teams, cases, at=at)
    outlooks = outlook_events(
        workspace, asked if settings.spread_outlook else asked.head(0), nearest, at=at
    )
    danger = load_danger(workspace)
    shown = events["event_id"]
    admin = load_register(home, "admin")
    return Board(
        now=at,
        events=events,
        verdicts=verdicts,
        hotspots=hotspots,
        members=members,
        verdict_history=_history_of(workspace, events),
        cases=cases,
        permits=load_register(home, "permits"),
        zones=load_register(home, "zones"),
        heat_sources=load_register(home, "heat-sources"),
        teams=teams,
        nearest=nearest,
        routes=routes,
        outlooks=outlooks,
        nearby=nearby_resources(asked, load_register(home, "resources")),
        admin=admin,
        roads=load_register(home, "roads"),
        settlements=load_register(home, "settlements"),
        feeds=feeds_at(workspace, at),
        observations=observations_at(workspace, admin, at=at),
        dem=load_elevation(workspace),
        rejected_count=count_rejected(home),
        city=settings.city,
        danger=_danger_today(danger, settings.watch_bbox, at),
        special_days=load_register(home, "special-days"),
        danger_of_events=_danger_of_events(danger, events),
        growth=trace_events(hotspots, members, shown[shown.isin([*needed, *also])]),
        travel=settings.siting,
        renewed_every_min=settings.watch_every_min,
        season=report_year(workspace, pd.Timestamp(at).tz_convert("Asia/Shanghai").year),
    )


def _history_of(workspace: Workspace, events: Any) -> pd.DataFrame:
    history = workspace.ledger.load_verdict_history(event_ids=events["event_id"])
    return history[list(HISTORY_COLUMNS)]


def _hotspots_of(workspace: Workspace, members: pd.DataFrame, events: Any, at: datetime) -> Any:
    since = events["first_seen_at"].min() if len(events) else at
    found = load_hotspots(workspace.home, since=since, until=at + timedelta(microseconds=1))
    return found[found["hotspot_id"].isin(members["hotspot_id"])].reset_index(drop=True)


def _danger_of_events(danger: xr.Dataset | None, events: Any) -> dict[str, int]:
    """Grade of fire danger at each event on the day it was last seen, where it is known."""
    if danger is None or events.empty:
        return {}
    there = sample_weather(danger, events["lon"], events["lat"], events["last_seen_at"])
    grades = there["danger_grade"].set_axis(events["event_id"]).dropna()
    return {str(event_id): int(grade) for event_id, grade in grades.items()}


def _danger_today(
    danger: xr.Dataset | None,
    bbox: tuple[float, float, float, float],
    at: datetime,
) -> dict[str, Any] | None:
    """Fire danger of the day in the middle of the watched area."""
    if danger is None:
        return None
    west, south, east, north = bbox
    row = sample_weather(danger, [(west + east) / 2], [(south + north) / 2], at).iloc[0]
    return {str(name): None if pd.isna(value) else value for name, value in row.items()}
