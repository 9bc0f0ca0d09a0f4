"""Permitted burns by day with their weather: those of tomorrow, and those of a past year."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd

from jdzfire.queries.grids import load_danger
from jdzfire.queries.season import year_span
from jdzfire.store.archive import load_hotspots
from jdzfire.store.registers import load_register
from jdzfire.triage.burn_days import burn_days, burned_against_advice
from jdzfire.workspace import Workspace


def burns_of_day(workspace: Workspace, day: datetime) -> pd.DataFrame:
    """Permits valid at any time of a Beijing day, with advice.

    Parameters
    ----------
    workspace : Workspace
    day : datetime, aware
        Any moment of the day.

    Returns
    -------
    DataFrame [jdzfire.triage.burn_days.BURN_DAY_COLUMNS]
    """
    on = pd.Timestamp(day).tz_convert("Asia/Shanghai").date()
    return burns_between(workspace, on, on)


def burns_between(workspace: Workspace, first: date, last: date) -> pd.DataFrame:
    """The same for every day of a span of Beijing days, both ends counted."""
    return burn_days(
        load_register(workspace.home, "permits"),
        load_danger(workspace),
        load_register(workspace.home, "special-days"),
        first=first,
        last=last,
        rules=workspace.settings.rules.triage,
    )


def burned_in_forbidden_weather(workspace: Workspace, year: int) -> pd.DataFrame:
    """Burns of a calendar year that were seen on days they were not to be lit.

    Returns
    -------
    DataFrame [BURN_DAY_COLUMNS], ``hotspot_count``
        By permit and day; of the events that a permit explains.
    """
    since, until = year_span(year)
    days = burns_between(workspace, date(year, 1, 1), date(year, 12, 31))
    ledger = workspace.ledger
    events = ledger.load_events(since=since)
    verdicts = ledger.load_verdicts(events["event_id"])
    mine = verdicts[verdicts["verdict"].isin(["permitted", "permit_violation"])]
    members = ledger.load_members(event_ids=mine["event_id"])
    hotspots = load_hotspots(workspace.home, since=since, until=until)
    joined = hotspots[["hotspot_id", "acquired_at"]].merge(members, on="hotspot_id")
    joined = joined.merge(mine[["event_id", "explained_by"]], on="event_id")
    burnt = joined.rename(columns={"explained_by": "permit_id"}).dropna(subset="permit_id")
    return burned_against_advice(days, burnt)
