"""How many teams to send, who is on duty, and what lies near: the numbers of a dispatch card."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from jdzfire.reach.columns import NEARBY_COLUMNS

MANY_PIXELS = 3
"""Pixels in one pass from which one team is not enough [K]."""
HIGH_GRADE = 4
"""Grade of fire danger from which a fire grows faster than one team works [K]."""
MOST_TEAMS = 4
"""More are the commander's decision [K]."""
OFF_DUTY = "off_duty"
"""In ``busy_with`` of a team whose hours are over."""

WANTED: Mapping[str, int] = {"water": 2, "landing": 1, "officer": 3}
"""How many of each kind a card names: water points, landing points, information officers [K]."""
NEAR_M = {"water": 10_000.0, "landing": 30_000.0, "officer": 10_000.0}
"""Farther ones are not named [m] [K]."""

_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~至]\s*(\d{1,2}):(\d{2})")
_BEIJING = timezone(timedelta(hours=8))
_ELLIPSOID = Geod(ellps="WGS84")


def teams_to_send(
    pixels: int, *, is_growing: bool, grade: int | None
) -> tuple[int, tuple[str, ...]]:
    """How many teams go first, and why: the one place of this rule.

    One team for a single pixel, and one more for each of: three pixels or more in one pass, growth
    from pass to pass, danger of grade 4 or 5. The numbers are the bureau's practice [K], not a
    regulation; the commander decides.

    Parameters
    ----------
    pixels : int
        Most pixels of one pass.
    is_growing : bool
    grade : int or None
        Fire danger at the place and day, 1 to 5.

    Returns
    -------
    int, tuple of str
        At most ``MOST_TEAMS``; reasons among ``pixels``, ``growth``, ``danger``.

    Examples
    --------
    >>> teams_to_send(1, is_growing=False, grade=2)
    (1, ())
    >>> teams_to_send(4, is_growing=True, grade=5)
    (4, ('pixels', 'growth', 'danger'))
    """
    held = {
        "pixels": pixels >= MANY_PIXELS,
        "growth": is_growing,
        "danger": grade is not None and grade >= HIGH_GRADE,
    }
    reasons = tuple(name for name, is_so in held.items() if is_so)
    return min(1 + len(reasons), MOST_TEAMS), reasons


def off_duty(teams: pd.DataFrame, at: datetime) -> dict[str, str]:
    """Teams whose stated hours do not hold a moment, each with ``OFF_DUTY``.

    Parameters
    ----------
    teams : DataFrame [TEAMS]
        ``duty_hours`` such as "08:00-20:00" Beijing time, over midnight too; null: always.
    at : datetime, aware

    Returns
    -------
    dict
        By ``team_id``.
    """
    now = at.astimezone(_BEIJING)
    minute = now.hour * 60 + now.minute
    return {
        team_id: OFF_DUTY
        for team_id, hours in zip(teams["team_id"], teams["duty_hours"], strict=True)
        if isinstance(hours, str) and not _holds(hours, minute)
    }


def _holds(hours: str, minute: int) -> bool:
    match = _HOURS.search(hours)
    if match is None:
        return True
    begin = int(match[1]) * 60 + int(match[2])
    end = int(match[3]) * 60 + int(match[4])
    if begin == end:
        return True
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def nearby_resources(events: pd.DataFrame, resources: gpd.GeoDataFrame) -> pd.DataFrame:
    """Water, landing points and information officers nearest to each event, by straight line.

    Parameters
    ----------
    events : DataFrame [EVENTS]
        From ``lon``, ``lat``.
    resources : GeoDataFrame [RESOURCES, EPSG:4326], may be empty

    Returns
    -------
    DataFrame [NEARBY_COLUMNS]
        By event, kind in the order of ``WANTED``, then distance.
    """
    placed = events[events["lon"].notna() & events["lat"].notna()]
    held = resources[shapely.get_num_coordinates(resources.geometry.to_numpy()) > 0]
    by_kind = {kind: held[held["kind"] == kind] for kind in WANTED}
    parts = [
        _nearest(str(event_id), float(lon), float(lat), by_kind[kind], kind)
        for event_id, lon, lat in zip(placed["event_id"], placed["lon"], placed["lat"], strict=True)
        for kind in WANTED
        if len(by_kind[kind])
    ]
    if not parts:
        return pd.DataFrame(columns=list(NEARBY_COLUMNS)).astype(NEARBY_COLUMNS)
    return pd.concat(parts, ignore_index=True).astype(NEARBY_COLUMNS)


def _nearest(
    event_id: str, lon: float, lat: float, mine: gpd.GeoDataFrame, kind: str
) -> pd.DataFrame:
    at = mine.geometry.representative_point()
    x, y = at.x.to_numpy(float), at.y.to_numpy(float)
    bearing, _, distance = _ELLIPSOID.inv(np.full(len(x), lon), np.full(len(x), lat), x, y)
    order = np.argsort(np.round(distance, 3), kind="stable")[: WANTED[kind]]
    order = order[distance[order] <= NEAR_M[kind]]
    return pd.DataFrame(
        {
            "event_id": event_id,
            "kind": kind,
            **{name: mine[name].to_numpy()[order] for name in ("resource_id", "name", "phone")},
            "distance_m": distance[order],
            "bearing_deg": np.asarray(bearing)[order] % 360.0,
            "lon": x[order],
            "lat": y[order],
        }
    )
