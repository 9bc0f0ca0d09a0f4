"""What a permit covers: its lot on the ground."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from jdzfire.crs import metric_crs

__all__ = ["EXPLAINING_STATUSES", "explaining_permits", "lots"]

EXPLAINING_STATUSES = ("approved", "executed")
"""Only an approval that stands explains anything: not pending, rejected, withdrawn or void. Of
one withdrawn later, what was seen before counts."""


def explaining_permits(permits: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Permits whose approval stands, or stood for a while.

    A permit withdrawn later was valid until its ``revoked_at``; the matcher looks at that time.

    Parameters
    ----------
    permits : GeoDataFrame [PERMITS], n rows

    Returns
    -------
    GeoDataFrame [PERMITS], at most n rows, order and index kept
    """
    stands = permits["status"].isin(EXPLAINING_STATUSES)
    stood = (permits["revoked_at"] > permits["valid_from"]).fillna(False)
    return permits[stands | stood]


def lots(permits: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Ground each permit covers.

    A polygon is the lot itself. A point stands for a circle of the permit's area; without an
    area it stays a point. The position error is not added here: the matcher weighs it.

    Parameters
    ----------
    permits : GeoDataFrame [PERMITS, EPSG:4326], n rows, may be empty

    Returns
    -------
    GeoSeries [EPSG:4326], n rows, index kept
    """
    if permits.empty:
        return gpd.GeoSeries([], index=permits.index, crs=permits.crs)
    west, south, east, north = (float(v) for v in permits.total_bounds)
    metric = permits.geometry.to_crs(metric_crs((west, south, east, north)))
    radius_m = np.sqrt(permits["area_ha"].fillna(0.0) * 1e4 / np.pi)
    is_circle = metric.geom_type.eq("Point") & (radius_m > 0)
    circles = metric.buffer(radius_m.where(is_circle, 0.0), quad_segs=16)
    return gpd.GeoSeries(metric.where(~is_circle, circles), crs=metric.crs).to_crs(permits.crs)
