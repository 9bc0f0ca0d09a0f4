"""Which teams can be sent now."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import shapely

from jdzfire.errors import CrsError


def available_teams(teams: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Teams that can be sent and whose station is known, ordered by id.

    Parameters
    ----------
    teams : GeoDataFrame [TEAMS], n rows
        A team whose availability is unknown does not count.

    Returns
    -------
    GeoDataFrame [TEAMS], at most n rows, index kept
        In the order of ``team_id``, so that a stable sort breaks ties by it.
    """
    is_placed = shapely.get_num_coordinates(teams.geometry.to_numpy()) > 0
    can_go = teams["available"].fillna(False).astype(bool) & is_placed
    return teams.loc[can_go].sort_values("team_id", kind="stable")


def stations(teams: gpd.GeoDataFrame) -> pd.DataFrame:
    """Stations of the teams that can be sent.

    Parameters
    ----------
    teams : GeoDataFrame [TEAMS, EPSG:4326], n rows

    Returns
    -------
    DataFrame, at most n rows, ordered by team_id
        ``team_id``, ``lon``, ``lat`` [degree].

    Raises
    ------
    CrsError
        The table has rows and is not in EPSG:4326.
    """
    if len(teams) and (teams.crs is None or teams.crs.to_epsg() != 4326):
        raise CrsError(
            "teams are not in the stored CRS", expected="EPSG:4326", found=str(teams.crs)
        )
    ready = available_teams(teams)
    points = ready.geometry.representative_point()
    return pd.DataFrame(
        {
            "team_id": ready["team_id"].to_numpy(),
            "lon": points.x.to_numpy(float),
            "lat": points.y.to_numpy(float),
        }
    )
