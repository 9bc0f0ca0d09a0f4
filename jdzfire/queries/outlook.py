"""Burns that are permitted on a day, with the fire danger where and when they are to be lit."""

from __future__ import annotations

from datetime import datetime, timedelta

import pandas as pd

from jdzfire.queries.grids import load_danger
from jdzfire.registers.permits import explaining_permits
from jdzfire.store.registers import load_register
from jdzfire.weather.sampling import sample_weather
from jdzfire.workspace import Workspace

COLUMNS = ("permit_id", "county", "township", "valid_from", "valid_to", "danger_grade", "banned_by")


def burns_of_day(workspace: Workspace, day: datetime) -> pd.DataFrame:
    """Permits valid at any time of a Beijing day.

    Parameters
    ----------
    workspace : Workspace
    day : datetime, aware
        Any moment of the day.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`, by begin: no name, no phone. ``danger_grade`` 1 to 5 at the lot on that
        day, null where the weather registered does not reach; ``banned_by`` name of a fire ban or
        warning of its county that day, null without one.
    """
    start = pd.Timestamp(day).tz_convert("Asia/Shanghai").normalize()
    end = start + timedelta(days=1)
    permits = explaining_permits(load_register(workspace.home, "permits"))
    mine = permits[(permits["valid_from"] < end) & (permits["valid_to"] >= start)]
    mine = mine.sort_values(["valid_from", "permit_id"]).reset_index(drop=True)
    danger = load_danger(workspace)
    grade = pd.Series(pd.NA, index=mine.index, dtype="Int64")
    if danger is not None and len(mine):
        middle = mine.geometry.representative_point()
        found = sample_weather(danger, middle.x, middle.y, start + timedelta(hours=12))
        grade = pd.Series(found["danger_grade"].array, index=mine.index).astype("Int64")
    days = load_register(workspace.home, "special-days")
    bans = days[days["kind"].isin(["fire_ban", "warning"])]
    bans = bans[(bans["begins_at"] < end) & (bans["ends_at"] > start)]
    named = [
        next((b.name for b in bans.itertuples() if pd.isna(b.county) or b.county == county), None)
        for county in mine["county"]
    ]
    banned = pd.Series(named, index=mine.index, dtype="object")
    table = pd.DataFrame(mine.drop(columns="geometry")).assign(danger_grade=grade, banned_by=banned)
    return table[list(COLUMNS)]
