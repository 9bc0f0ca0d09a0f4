"""Which teams can be sent now."""

from __future__ import annotations

import geopandas as gpd

__all__ = ["available_teams"]


def available_teams(teams: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Teams that are not out of service.

    Parameters
    ----------
    teams : GeoDataFrame [TEAMS], n rows

    Returns
    -------
    GeoDataFrame [TEAMS], at most n rows, order and index kept
    """
    return teams[teams["available"].astype(bool)]
