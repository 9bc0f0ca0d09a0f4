"""What is known of the ground, made ready once for many verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from jdzfire.crs import metric_crs
from jdzfire.heat_sources import SourcePast, source_areas
from jdzfire.permits import explaining_permits, lots
from jdzfire.schemas import SPECIAL_DAYS, empty_table
from jdzfire.triage.bans import ban_days
from jdzfire.zones import fire_zones

__all__ = ["Ground", "prepare_ground"]


@dataclass(frozen=True)
class Ground:
    """Registers in the shape the matchers need. Make it with :func:`prepare_ground`."""

    permits: gpd.GeoDataFrame
    """Permits whose approval stands, geometry = lot, metric CRS."""
    sources: gpd.GeoDataFrame
    """Heat sources, geometry = ground covered, metric CRS."""
    zones: gpd.GeoDataFrame
    """Forest fire zones, widened, metric CRS."""
    admin: gpd.GeoDataFrame
    """Administrative areas, EPSG:4326."""
    settlements: gpd.GeoDataFrame
    """Settlements, metric CRS."""
    border: gpd.GeoSeries | None
    """Outer border of all registered counties, its straight pieces, metric CRS."""
    past: Mapping[str, SourcePast]
    """How each heat source has looked so far."""
    landcover: xr.DataArray | None
    """Land-cover codes of ESA WorldCover, CRS on ``.rio``."""
    elevation: xr.DataArray | None
    """Height of the ground [m], CRS on ``.rio``; only what is seen aslant needs it."""
    danger: xr.Dataset | None
    """Fire danger by day, from :func:`jdzfire.weather.danger_of_days`."""
    special_days: pd.DataFrame
    """Days on which burning is banned."""
    festivals: pd.DataFrame
    """Special days on which more fires start."""


def prepare_ground(
    *,
    permits: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    heat_sources: gpd.GeoDataFrame,
    admin: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    landcover: xr.DataArray | None = None,
    elevation: xr.DataArray | None = None,
    danger: xr.Dataset | None = None,
    special_days: pd.DataFrame | None = None,
) -> Ground:
    """Registers made ready for triage; the past of the heat sources is still empty.

    Parameters
    ----------
    permits : GeoDataFrame [PERMITS]
    zones : GeoDataFrame [ZONES]
    heat_sources : GeoDataFrame [HEAT_SOURCES]
    admin : GeoDataFrame [ADMIN]
    settlements : GeoDataFrame [SETTLEMENTS]
    landcover : DataArray, optional
    elevation : DataArray [m], optional
    danger : Dataset, optional
    special_days : DataFrame [SPECIAL_DAYS], optional

    Returns
    -------
    Ground
    """
    days = empty_table(SPECIAL_DAYS) if special_days is None else special_days
    standing = explaining_permits(permits)
    return Ground(
        permits=_metric(standing.set_geometry(lots(standing))),
        sources=_metric(heat_sources.set_geometry(source_areas(heat_sources))),
        zones=fire_zones(zones),
        admin=admin,
        settlements=_metric(settlements),
        border=_border(admin),
        past={},
        landcover=landcover,
        elevation=elevation,
        danger=danger,
        special_days=ban_days(days),
        festivals=days[days["kind"] == "festival"].reset_index(drop=True),
    )


def _metric(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if table.empty:
        return table.to_crs(metric_crs(None)).reset_index(drop=True)
    west, south, east, north = (float(v) for v in table.total_bounds)
    return table.to_crs(metric_crs((west, south, east, north))).reset_index(drop=True)


def _border(admin: gpd.GeoDataFrame) -> gpd.GeoSeries | None:
    counties = admin[admin["level"] == "county"]
    if counties.empty:
        return None
    metric = _metric(counties)
    corners, line = shapely.get_coordinates(
        shapely.get_parts(metric.geometry.union_all().boundary), return_index=True
    )
    follows = line[1:] == line[:-1]
    pieces = shapely.linestrings(np.stack([corners[:-1][follows], corners[1:][follows]], axis=1))
    return gpd.GeoSeries(pieces, crs=metric.crs)
