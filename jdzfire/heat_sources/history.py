"""How a heat source has looked from space so far."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from jdzfire.crs import metric_crs

__all__ = ["source_areas", "source_history"]


def source_areas(sources: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Ground each source covers: its geometry widened by its radius.

    Parameters
    ----------
    sources : GeoDataFrame [HEAT_SOURCES, EPSG:4326], n rows

    Returns
    -------
    GeoSeries [EPSG:4326], n rows, index kept
    """
    if sources.empty:
        return gpd.GeoSeries([], index=sources.index, crs=sources.crs)
    west, south, east, north = (float(v) for v in sources.total_bounds)
    metric = sources.geometry.to_crs(metric_crs((west, south, east, north)))
    return metric.buffer(sources["radius_m"], quad_segs=16).to_crs(sources.crs)


def source_history(matched: pd.DataFrame) -> pd.DataFrame:
    """Past of each source, from the hotspots that fell on it.

    Parameters
    ----------
    matched : DataFrame with source_id, acquired_at, frp_mw; one row a hotspot on a source

    Returns
    -------
    DataFrame indexed by source_id
        ``dates`` number of distinct UTC dates it was seen on, ``frp_p95_mw`` 95th percentile of
        its FRP [MW].
    """
    groups = matched.assign(date=matched["acquired_at"].dt.floor("D")).groupby("source_id")
    return pd.DataFrame(
        {"dates": groups["date"].nunique(), "frp_p95_mw": groups["frp_mw"].quantile(0.95)}
    )
