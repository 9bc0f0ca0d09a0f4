"""Which fires of a replay were on the map, when, and what kept the others off it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.evaluation.replay import Replay
from jdzfire.schemas import decode_reasons
from jdzfire.triage.duty import needs_answer

POLAR = ("VIIRS", "MODIS")
"""Sensors whose hotspots count as an observation of a fire."""


def find_showings(
    hotspots: pd.DataFrame, replay: Replay, *, lots: gpd.GeoDataFrame | None = None
) -> pd.DataFrame:
    """When each fire was first on the map, and its verdict at its first polar hotspot.

    Parameters
    ----------
    hotspots : DataFrame, n rows
        Arrivals of hotspots of fires to show, with their truth: hotspot_id, cycle_at, event_id,
        verdict, instrument, fire_id, kind, fault, permit_id; acquired_at, lon_true and lat_true
        (where the heat was, degrees EPSG:4326) where known. All sensors: a fire that Himawari or a
        person reported before is on the map already.
    replay : Replay
    lots : GeoDataFrame [EPSG:4326 polygons], optional
        True lots of the valid permits: permit_id, valid_from, valid_to.

    Returns
    -------
    DataFrame, one row a fire with a polar hotspot, by cycle_at, hotspot_id
        The columns of its first polar hotspot; explained_by and reasons of the event then;
        ``shown_at`` first cycle in which an event of it was on the map since the fire was heard
        of; ``delay_h`` to it since the hotspot arrived and ``since_seen_h`` since it was acquired
        [h, 0 when it was shown before, NaN when never]; ``is_at_once``; ``inside_of`` the permit in
        whose lot and time the heat of that hotspot truly lay, null when in none.

    Notes
    -----
    Showings before the fire was heard of do not count, since an event may be older than the fire.
    """
    ordered = hotspots.sort_values(["cycle_at", "hotspot_id"])
    first = ordered[ordered["instrument"].isin(POLAR)].drop_duplicates("fire_id")
    first = first.reset_index(drop=True)
    mine = ordered[ordered["fire_id"].isin(first["fire_id"])]
    shown_at = _first_shown(mine, replay).reindex(first["fire_id"]).to_numpy()
    first_rows = first[["cycle_at", "event_id"]].merge(
        replay.judged[["cycle_at", "event_id", "explained_by", "reasons"]], how="left"
    )
    at = pd.Series(shown_at, dtype="datetime64[us, UTC]")
    delay_h = _hours_between(first["cycle_at"], at)
    return first.assign(
        explained_by=first_rows["explained_by"],
        reasons=first_rows["reasons"],
        shown_at=at,
        delay_h=delay_h,
        since_seen_h=_hours_between(first["acquired_at"], at),
        is_at_once=delay_h == 0.0,
        inside_of=inside_permits(first, lots),
    )


def find_questions(replay: Replay) -> pd.DataFrame:
    """When duty staff were newly asked about each event.

    Parameters
    ----------
    replay : Replay

    Returns
    -------
    DataFrame, one row a question, by event_id, cycle_at
        The columns of ``replay.judged``, in the cycle in which the event asked for an answer and
        had not in its cycle before, or had been answered in between.
    """
    judged = replay.judged.sort_values(["event_id", "cycle_at"])
    asks = needs_answer(judged).eq(True)
    event = judged["event_id"]
    asked = asks.groupby(event).shift(fill_value=False)
    before = judged["answered_at"].groupby(event).shift()
    is_answered = judged["answered_at"].notna() & judged["answered_at"].ne(before)
    return judged[asks & (~asked | is_answered)].reset_index(drop=True)


def _first_shown(mine: pd.DataFrame, replay: Replay) -> pd.Series:
    """By fire: the first cycle at which one of its events was on the map since it was heard of."""
    judged = replay.judged
    shown = judged.loc[needs_answer(judged).eq(True), ["event_id", "cycle_at"]]
    heard = mine.groupby("fire_id")["cycle_at"].min().rename("heard_at").reset_index()
    events = mine[["fire_id", "event_id"]].dropna().drop_duplicates().merge(heard)
    pairs = events.merge(shown, on="event_id")
    pairs = pairs[pairs["cycle_at"] >= pairs["heard_at"]]
    first: pd.Series = pairs.groupby("fire_id")["cycle_at"].min()
    return first


def _hours_between(begin: pd.Series, end: pd.Series) -> pd.Series:
    hours: pd.Series = ((end - begin).dt.total_seconds() / 3600.0).clip(lower=0.0)
    return hours


def inside_permits(first: pd.DataFrame, lots: gpd.GeoDataFrame | None) -> NDArray[np.object_]:
    """The permit in whose lot and time each hotspot's heat truly lay, None when in none.

    Parameters
    ----------
    first : DataFrame, n rows
        lon_true, lat_true [degree, EPSG:4326], acquired_at.
    lots : GeoDataFrame [EPSG:4326 polygons], optional
        permit_id, valid_from, valid_to; both ends belong to the time.

    Returns
    -------
    array of str or None, n
        The smallest id of several.
    """
    found = np.full(len(first), None, dtype=object)
    if lots is None or lots.empty or first.empty:
        return found
    ordered = lots.sort_values("permit_id", ascending=False)
    places = gpd.GeoSeries(gpd.points_from_xy(first["lon_true"], first["lat_true"]), crs=lots.crs)
    lot, spot = places.sindex.query(ordered.geometry, predicate="intersects")
    at = first["acquired_at"].iloc[spot].reset_index(drop=True)
    begin, end = (
        ordered[name].iloc[lot].reset_index(drop=True) for name in ("valid_from", "valid_to")
    )
    timely = ((begin <= at) & (at <= end)).to_numpy()
    for one, place in sorted(zip(lot[timely], spot[timely], strict=True)):
        found[place] = ordered["permit_id"].iloc[one]
    return found


def reasons_met(text: str | float | None) -> list[Mapping[str, Any]]:
    """Of the reasons of a verdict those that were met: what silenced it."""
    if not isinstance(text, str):
        return []
    return [
        {
            "rule": reason.rule,
            "measured": dict(reason.measured),
            "threshold": dict(reason.threshold),
            "text_zh": reason.text_zh,
            "text_en": reason.text_en,
        }
        for reason in decode_reasons(text)
        if reason.outcome == "met"
    ]
