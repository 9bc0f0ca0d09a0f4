"""Share of an area that lies in the forest fire zone: forest land and its edge buffer."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from jdzfire.crs import metric_crs


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

    Notes
    -----
    Areas wholly within a zone are found by a prepared test and not cut; the others are cut
    by each zone they touch, and the parts joined only where they lie in two zones or more: for
    all areas at once, zone after zone.
    """
    shares = pd.DataFrame(
        {"forest_share": np.nan, "zone_id": pd.Series(None, index=areas.index, dtype="str")},
        index=areas.index,
    )
    if areas.empty or widened.empty:
        return shares
    shapes = np.asarray(areas.to_crs(widened.crs))
    area_m2 = shapely.area(shapes)
    zones = np.asarray(widened.geometry)
    zone_ids = widened["zone_id"].to_numpy(dtype=object)
    left, right = STRtree(zones).query(shapes)
    shapely.prepare(zones)
    is_within = shapely.covers(zones[right], shapes[left])
    is_cut = ~is_within & shapely.intersects(zones[right], shapes[left])
    shapely.destroy_prepared(zones)  # of a province's zones they take 100 MB
    parts = shapes[left]
    parts[is_cut] = shapely.intersection(shapes[left[is_cut]], zones[right[is_cut]])
    part_m2 = np.where(is_within, area_m2[left], 0.0)
    part_m2[is_cut] = shapely.area(parts[is_cut])
    rank = np.argsort(np.argsort(zone_ids))
    order = np.lexsort((rank[right], -part_m2, left))
    order = order[part_m2[order] > 0.0]
    begins = np.flatnonzero(np.diff(left[order], prepend=-1))
    largest = order[begins]
    names = np.full(len(shapes), None, dtype=object)
    names[left[largest]] = zone_ids[right[largest]]
    covered = np.zeros(len(shapes))
    covered[left[largest]] = part_m2[largest]
    counts = np.diff(np.append(begins, len(order)))
    is_open = (counts > 1) & ~is_within[largest]
    covered[left[largest[is_open]]] = _joined_m2(parts[order], begins[is_open], counts[is_open])
    share = np.clip(covered / area_m2, 0.0, 1.0)
    return pd.DataFrame(
        {"forest_share": share, "zone_id": pd.Series(names, index=areas.index, dtype="str")},
        index=areas.index,
    )


def _joined_m2(
    parts: NDArray[np.object_], begins: NDArray[np.int64], counts: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Area of the union of each run of parts, two parts or more; overlap counts once."""
    joined = parts[begins]
    for step in range(1, int(counts.max(initial=1))):
        more = counts > step
        joined[more] = shapely.union(joined[more], parts[begins[more] + step])
    return np.asarray(shapely.area(joined), dtype=np.float64)
