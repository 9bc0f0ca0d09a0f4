"""Share of an area that lies in the forest fire zone: forest land and its edge buffer."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import STRtree

from jdzfire.crs import metric_crs

__all__ = ["fire_zones", "forest_shares"]


def fire_zones(zones: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Zones widened by their edge buffer.

    Parameters
    ----------
    zones : GeoDataFrame [ZONES, EPSG:4326], n rows

    Returns
    -------
    GeoDataFrame [ZONES, metric CRS], n rows
        Its CRS is the metric one, so that shares can be measured; not for storing.

    Notes
    -----
    The forest fire zone is forest land plus 100 or 200 m of its edge, by county
    [V, field notes section 2]; the width is a column of the register.
    """
    if zones.empty:
        return zones.to_crs(metric_crs(None))
    west, south, east, north = (float(v) for v in zones.total_bounds)
    metric = zones.to_crs(metric_crs((west, south, east, north)))
    return metric.set_geometry(metric.geometry.buffer(metric["edge_buffer_m"], quad_segs=4))


def forest_shares(areas: gpd.GeoSeries, widened: gpd.GeoDataFrame) -> pd.DataFrame:
    """How much of each area is forest fire zone.

    Parameters
    ----------
    areas : GeoSeries [EPSG:4326 polygons], n rows
    widened : GeoDataFrame [ZONES, metric CRS], m rows
        From :func:`fire_zones`. Zones may overlap; overlap is counted once.

    Returns
    -------
    DataFrame, n rows, index kept
        ``forest_share`` [0-1], null when m is 0; ``zone_id`` of the zone with the largest part
        (ties by zone_id), null where the share is 0.
    """
    shares = pd.DataFrame(
        {"forest_share": np.nan, "zone_id": pd.Series(None, index=areas.index, dtype="str")},
        index=areas.index,
    )
    if areas.empty or widened.empty:
        return shares
    shapes = np.asarray(areas.to_crs(widened.crs))
    zones = np.asarray(widened.geometry)
    left, right = STRtree(zones).query(shapes, predicate="intersects")
    parts = shapely.intersection(shapes[left], zones[right])
    table = pd.DataFrame(
        {
            "area": left,
            "part": parts,
            "part_m2": shapely.area(parts),
            "zone_id": widened["zone_id"].to_numpy()[right],
        }
    )
    covered = np.zeros(len(shapes))
    for position, group in table.groupby("area"):
        covered[int(str(position))] = shapely.union_all(group["part"].to_numpy()).area
    largest = table.sort_values(["area", "part_m2", "zone_id"], ascending=[True, False, True])
    largest = largest[largest["part_m2"] > 0].drop_duplicates("area")
    names = np.full(len(shapes), None, dtype=object)
    names[largest["area"]] = largest["zone_id"]
    share = np.clip(covered / shapely.area(shapes), 0.0, 1.0)
    return pd.DataFrame(
        {"forest_share": share, "zone_id": pd.Series(names, index=areas.index, dtype="str")},
        index=areas.index,
    )
