"""The plain rules in use elsewhere, scored on the same seasons: what ours are held against.

Hotspot by hotspot: a permit explains it when both lie in one county on one day; or when they are
within 1 km and 24 h. They know nothing else: no industrial site, no forest, no size, no
weather.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.arrays import Bools
from jdzfire.crs import metric_crs
from jdzfire.registers.permits import explaining_permits

PLAIN_RULES = ("same county, same day", "1 km, 24 h")
"""Of the same records the first matched 32 %, the second 1.6 % [V, US Fire Administration, field
notes section 5]."""


def explained_plainly(
    hotspots: gpd.GeoDataFrame, permits: gpd.GeoDataFrame, admin: gpd.GeoDataFrame, rule: str
) -> Bools:
    """Which hotspots a plain rule would take for a registered burn.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows
    permits : GeoDataFrame [PERMITS]
    admin : GeoDataFrame [ADMIN]
    rule : str
        One of :data:`PLAIN_RULES`.

    Returns
    -------
    array of bool, n
    """
    triage_state = explaining_permits(permits).reset_index(drop=True)
    if hotspots.empty or triage_state.empty:
        return np.zeros(len(hotspots), dtype=bool)
    if rule == PLAIN_RULES[0]:
        return _same_county_and_day(hotspots, triage_state, admin)
    west, south, east, north = (float(v) for v in hotspots.total_bounds)
    crs = metric_crs((west, south, east, north))
    spots, lots = hotspots.geometry.to_crs(crs), triage_state.geometry.to_crs(crs)
    lot, spot = spots.sindex.query(lots, predicate="dwithin", distance=1000.0)
    at = hotspots["acquired_at"].reset_index(drop=True)
    day = pd.Timedelta(hours=24)
    begin = triage_state["valid_from"].iloc[lot].reset_index(drop=True) - day
    end = triage_state["valid_to"].iloc[lot].reset_index(drop=True) + day
    near = at.iloc[spot].reset_index(drop=True).between(begin, end).to_numpy()
    found = np.zeros(len(hotspots), dtype=bool)
    found[spot[near]] = True
    return found


def _same_county_and_day(
    hotspots: gpd.GeoDataFrame, permits: gpd.GeoDataFrame, admin: gpd.GeoDataFrame
) -> Bools:
    counties = admin[admin["level"] == "county"].reset_index(drop=True)
    area, spot = hotspots.sindex.query(counties.geometry, predicate="intersects")
    county = np.full(len(hotspots), None, dtype=object)
    county[spot] = counties["name"].to_numpy(dtype=object)[area]
    first, last = (_beijing_day(permits[name]) for name in ("valid_from", "valid_to"))
    allowed = {
        (name, day)
        for name, begin, end in zip(permits["county"], first, last, strict=True)
        for day in range(begin, end + 1)
    }
    days = _beijing_day(hotspots["acquired_at"])
    return np.array([pair in allowed for pair in zip(county, days, strict=True)], dtype=bool)


def _beijing_day(times: pd.Series) -> list[int]:
    hours = times.astype("int64").to_numpy() // 3_600_000_000 + 8
    days: list[int] = (hours // 24).tolist()
    return days


def score_plain(
    hotspots: gpd.GeoDataFrame,
    truth: pd.DataFrame,
    fires: pd.DataFrame,
    permits: gpd.GeoDataFrame,
    admin: gpd.GeoDataFrame,
) -> dict[str, dict[str, Any]]:
    """How the plain rules do on a season, by the same measures as a replay.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS]
        One row a hotspot.
    truth, fires : DataFrame
        As for :func:`jdzfire.evaluation.score.score_replay`.
    permits : GeoDataFrame [PERMITS]
    admin : GeoDataFrame [ADMIN]

    Returns
    -------
    dict by rule
        ``fires_to_show``, ``fires_shown_at_once`` (its first polar hotspot not explained),
        ``wildfires_silenced``, ``burns_explained`` (all its hotspots), ``unexplained_hotspots``.
    """
    polar = hotspots[hotspots["instrument"].isin(["VIIRS", "MODIS"])].reset_index(drop=True)
    named = polar[["hotspot_id", "received_at"]].merge(
        truth[["hotspot_id", "fire_id"]], on="hotspot_id", how="left"
    )
    named = named.merge(fires, on="fire_id", how="left")
    must = (named["kind"] == "wildfire") | ((named["kind"] == "burn") & named["fault"].notna())
    compliant = (named["kind"] == "burn") & named["fault"].isna()
    found = {}
    for rule in PLAIN_RULES:
        explained = named.assign(explained=explained_plainly(polar, permits, admin, rule))
        first = (
            explained[must].sort_values(["received_at", "hotspot_id"]).drop_duplicates("fire_id")
        )
        silenced = first[first["explained"]]
        burns = explained[compliant].groupby("fire_id")["explained"].all()
        found[rule] = {
            "fires_to_show": len(first),
            "fires_shown_at_once": int((~first["explained"]).sum()),
            "wildfires_silenced": int((silenced["kind"] == "wildfire").sum()),
            "burns_explained": float(burns.mean()) if len(burns) else None,
            "unexplained_hotspots": int((~explained["explained"]).sum()),
        }
    return found
