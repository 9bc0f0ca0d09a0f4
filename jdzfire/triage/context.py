"""The registers prepared once for many verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr

from jdzfire.crs import metric_crs
from jdzfire.registers.heat_history import SourceHistory, source_areas
from jdzfire.registers.permits import explaining_permits, lots
from jdzfire.registers.zones import fire_zones
from jdzfire.schemas import SPECIAL_DAYS, empty_table


@dataclass(frozen=True)
class TriageContext:
    """Registers in the shape the matchers need. Make it with :func:`prepare_context`."""

    permits: gpd.GeoDataFrame
    """Permits whose approval is valid, geometry = lot, metric CRS."""
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
    past: Mapping[str, SourceHistory]
    """Observed past of each heat source."""
    landcover: xr.DataArray | None
    """Land-cover codes of ESA WorldCover, CRS on ``.rio``."""
    elevation: xr.DataArray | None
    """Height of the ground [m], CRS on ``.rio``; only what is seen aslant needs it."""
    danger: xr.Dataset | None
    """Fire danger by day, from :func:`jdzfire.weather.danger.danger_of_days`."""
    special_days: pd.DataFrame
    """Days on which burning is banned."""
    festivals: pd.DataFrame
    """Special days on which more fires start."""


def prepare_context(
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
) -> TriageContext:
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
    TriageContext
    """
    days = empty_table(SPECIAL_DAYS) if special_days is None else special_days
    triage_state = explaining_permits(permits)
    return TriageContext(
        permits=_metric(triage_state.set_geometry(lots(triage_state))),
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


_STRICT = ("橙", "红", "orange", "red")
"""Colours of warnings under which a county may ban fire [V, field notes section 2]."""


def ban_days(special_days: pd.DataFrame) -> pd.DataFrame:
    """Special days on which burning is banned: fire bans, and orange or red warnings.

    Parameters
    ----------
    special_days : DataFrame [SPECIAL_DAYS], n rows

    Returns
    -------
    DataFrame [SPECIAL_DAYS], at most n rows
    """
    texts = special_days["name"].fillna("") + " " + special_days["remark"].fillna("")
    strict = texts.str.lower().map(lambda text: any(word in text for word in _STRICT))
    is_ban = special_days["kind"] == "fire_ban"
    is_warning = (special_days["kind"] == "warning") & strict.astype(bool)
    return special_days[is_ban | is_warning].reset_index(drop=True)


def banned(days: pd.DataFrame, times: Sequence[pd.Timestamp], county: object) -> str | None:
    """Name of the ban one of the times falls under in a county, None without one.

    Parameters
    ----------
    days : DataFrame
        From :func:`ban_days`; a day without a county is for the whole city.
    times : sequence of aware times
    county : str or null
        A null county is only under bans of the city.
    """
    names = ["name", "county", "begins_at", "ends_at"]
    for name, where, begin, end in days[names].to_numpy(dtype=object):
        is_here = pd.isna(where) or (isinstance(county, str) and where == county)
        if is_here and any(begin <= at < end for at in times):
            return str(name)
    return None
