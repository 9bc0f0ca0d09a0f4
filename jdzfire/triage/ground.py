"""What is known of the ground, made ready once for many verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import xarray as xr

from jdzfire.crs import metric_crs
from jdzfire.heat_sources import SourcePast, source_areas
from jdzfire.permits import explaining_permits, lots
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
    past: Mapping[str, SourcePast]
    """How each heat source has looked so far."""
    landcover: xr.DataArray | None
    """Land-cover codes of ESA WorldCover, CRS on ``.rio``."""
    danger: xr.Dataset | None
    """Fire danger by day, from :func:`jdzfire.weather.danger_of_days`."""


def prepare_ground(
    *,
    permits: gpd.GeoDataFrame,
    zones: gpd.GeoDataFrame,
    heat_sources: gpd.GeoDataFrame,
    admin: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    landcover: xr.DataArray | None = None,
    danger: xr.Dataset | None = None,
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
    danger : Dataset, optional

    Returns
    -------
    Ground
    """
    standing = explaining_permits(permits)
    return Ground(
        permits=_metric(standing.set_geometry(lots(standing))),
        sources=_metric(heat_sources.set_geometry(source_areas(heat_sources))),
        zones=fire_zones(zones),
        admin=admin,
        settlements=_metric(settlements),
        past={},
        landcover=landcover,
        danger=danger,
    )


def _metric(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if table.empty:
        return table.to_crs(metric_crs(None)).reset_index(drop=True)
    west, south, east, north = (float(v) for v in table.total_bounds)
    return table.to_crs(metric_crs((west, south, east, north))).reset_index(drop=True)
