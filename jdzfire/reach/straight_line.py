"""Straight-line reach: the shortest line on the ellipsoid from an event to each team.

Straight lines rank teams wrongly in hills, where roads bend round ridges. The result says
``method="straight_line"`` in every row, so that nothing downstream shows it as a road distance.
"""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Geod

from jdzfire.arrays import Floats
from jdzfire.errors import UsageError
from jdzfire.reach.columns import NEAREST_COLUMNS
from jdzfire.registers.teams import stations

STRAIGHT_LINE = "straight_line"
"""The value of ``method``: geodesic distance, no roads, no walking."""

_ELLIPSOID = Geod(ellps="WGS84")
_PAIRS_AT_ONCE = 500_000


def nearest_teams(events: pd.DataFrame, teams: gpd.GeoDataFrame, *, limit: int = 3) -> pd.DataFrame:
    """Nearest available teams of each event, as the crow flies.

    Teams that cannot be sent or have no place are left out before anything is measured.
    Distances are compared to the millimetre; equal ones are ordered by ``team_id``.

    Parameters
    ----------
    events : DataFrame [EVENTS], n rows, may be empty
        Measured from ``lon``, ``lat`` [degree, EPSG:4326]; rows without them get no team.
    teams : GeoDataFrame [TEAMS, EPSG:4326 points], m rows, may be empty
        A station that is not a point counts from a point inside it.
    limit : int
        Teams wanted for each event.

    Returns
    -------
    DataFrame [NEAREST_COLUMNS], at most n * limit rows
        In the order of ``events``, then ``rank`` 1, 2, ...; ``distance_m`` [m],
        ``bearing_deg`` [degree, clockwise from north, 0-360] from the event to the team.

    Raises
    ------
    UsageError
        ``limit`` is below 1.
    CrsError
        ``teams`` is not in EPSG:4326.

    Notes
    -----
    Cost about n * m geodesics, some 2 million a second.

    Examples
    --------
    >>> from shapely import Point
    >>> events = pd.DataFrame({"event_id": ["E1"], "lon": [117.0], "lat": [29.0]})
    >>> teams = gpd.GeoDataFrame(
    ...     {"team_id": ["far", "near"], "available": [True, True]},
    ...     geometry=[Point(117.0, 29.2), Point(117.0, 29.1)], crs="EPSG:4326")
    >>> nearest_teams(events, teams)[["rank", "team_id", "bearing_deg"]].values.tolist()
    [[1, 'near', 0.0], [2, 'far', 0.0]]
    """
    if limit < 1:
        raise UsageError("limit of nearest teams is too small", expected=">= 1", found=str(limit))
    ready = stations(teams)
    placed = events.loc[events["lon"].notna() & events["lat"].notna()]
    if placed.empty or ready.empty:
        return _as_table({})
    block = max(1, _PAIRS_AT_ONCE // len(ready))
    parts = [
        _rank_block(placed.iloc[start : start + block], ready, limit)
        for start in range(0, len(placed), block)
    ]
    return pd.concat(parts, ignore_index=True)


def _rank_block(events: pd.DataFrame, teams: pd.DataFrame, limit: int) -> pd.DataFrame:
    distance_m, bearing_deg = _geodesics(events, teams)
    kept = min(limit, len(teams))
    order = np.argsort(np.round(distance_m, 3), axis=1, kind="stable")[:, :kept]
    return _as_table(
        {
            "event_id": np.repeat(events["event_id"].to_numpy(), kept),
            "rank": np.tile(np.arange(1, kept + 1), len(events)),
            "team_id": teams["team_id"].to_numpy()[order].ravel(),
            "distance_m": np.take_along_axis(distance_m, order, axis=1).ravel(),
            "bearing_deg": np.take_along_axis(bearing_deg, order, axis=1).ravel(),
            "method": STRAIGHT_LINE,
        }
    )


def _geodesics(events: pd.DataFrame, teams: pd.DataFrame) -> tuple[Floats, Floats]:
    shape = (len(events), len(teams))
    from_lon = np.broadcast_to(events["lon"].to_numpy(float)[:, None], shape)
    from_lat = np.broadcast_to(events["lat"].to_numpy(float)[:, None], shape)
    to_lon = np.broadcast_to(teams["lon"].to_numpy(float), shape)
    to_lat = np.broadcast_to(teams["lat"].to_numpy(float), shape)
    bearing, _, distance = _ELLIPSOID.inv(
        from_lon.ravel(), from_lat.ravel(), to_lon.ravel(), to_lat.ravel()
    )
    turned = np.asarray(bearing, dtype=float).reshape(shape) % 360.0
    return np.asarray(distance, dtype=float).reshape(shape), turned


def _as_table(columns: dict[str, object]) -> pd.DataFrame:
    table = pd.DataFrame(columns, columns=list(NEAREST_COLUMNS))
    return table.astype(NEAREST_COLUMNS)


def free_first(ranked: pd.DataFrame, busy: Mapping[str, str], *, limit: int = 3) -> pd.DataFrame:
    """Of the teams of each event those first that are not out at another one.

    Parameters
    ----------
    ranked : DataFrame [NEAREST_COLUMNS]
        With more than ``limit`` teams an event, so that free ones can move up.
    busy : mapping of str
        Event by ``team_id``, of the teams that were sent and are not back.
    limit : int
        Teams wanted for each event.

    Returns
    -------
    DataFrame [NEAREST_COLUMNS]
        In the order given, ``rank`` anew from 1.
    """
    place = ranked["team_id"].map(dict(busy)).astype("str")
    there = ranked.assign(busy_with=place.where(place != ranked["event_id"]))
    event = there["event_id"].map({one: at for at, one in enumerate(there["event_id"].unique())})
    order = np.lexsort((there["rank"], there["busy_with"].notna(), event))
    there = there.iloc[order]
    rank = there.groupby("event_id", sort=False).cumcount() + 1
    kept = there.assign(rank=rank)[rank <= limit]
    return kept.reset_index(drop=True).astype(NEAREST_COLUMNS)
