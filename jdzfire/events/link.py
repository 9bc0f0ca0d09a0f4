"""Which two hotspots are linked: close in space and in time."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree

from jdzfire.crs import metric_crs
from jdzfire.schemas import COARSE_INSTRUMENTS

__all__ = ["EventRules", "linked_pairs"]


@dataclass(frozen=True)
class EventRules:
    """When hotspots are one fire."""

    gap_m: float = 500.0
    """Largest gap between two footprints of one fire [house rule, ADR 7; peers: 700-1,000 m V]."""
    link_h: float = 24.0
    """Longest time between two observations linked over a gap [house rule, ADR 7; USFA 24 h V]."""
    dormant_h: float = 72.0
    """Quiet time after which an event is dormant [house rule, ADR 7; India +3 d V]."""
    end_h: float = 120.0
    """Quiet time after which an event has ended; until then a footprint that touches it wakes it
    under the same id [V, NASA FEDS: inactive after 5 d]."""
    prefix: str = "JDZ"
    """First part of event ids."""


def linked_pairs(
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    *,
    new: NDArray[np.bool_],
    rules: EventRules,
) -> NDArray[np.int64]:
    """Pairs of positions of linked hotspots, at least one of each pair new.

    Two hotspots are linked when their footprints are at most ``gap_m`` apart and their times at
    most ``link_h``; or when their footprints touch and their times are at most ``end_h`` apart
    (a dormant fire that wakes). With a coarse sensor (AHI) the footprints must touch within
    ``link_h``.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
    footprints : GeoSeries [EPSG:4326 polygons], n rows, same order
    new : array of bool, n
        Which hotspots belong to no event yet.
    rules : EventRules

    Returns
    -------
    array of int, shape (k, 2), first < second, sorted, each pair once

    Notes
    -----
    The relation is symmetric and does not know the order of arrival, so the events are the same
    however the rows come. Distances are measured in a metric CRS. About m log n for m new rows.
    """
    if not new.any():
        return np.empty((0, 2), dtype=np.int64)
    west, south, east, north = (float(v) for v in footprints.total_bounds)
    shapes = footprints.to_crs(metric_crs((west, south, east, north))).to_numpy()
    seconds = hotspots["acquired_at"].astype("int64").to_numpy() / 1e6
    coarse = hotspots["instrument"].isin(COARSE_INSTRUMENTS).to_numpy()
    positions = np.flatnonzero(new)
    left, right = STRtree(shapes).query(
        shapes[positions], predicate="dwithin", distance=rules.gap_m
    )
    a = positions[left]
    b = right
    hours = np.abs(seconds[a] - seconds[b]) / 3600.0
    touching = shapely.intersects(shapes[a], shapes[b])
    near = (hours <= rules.link_h) & (touching | ~(coarse[a] | coarse[b]))
    woken = (hours <= rules.end_h) & touching & ~(coarse[a] | coarse[b])
    keep = (a != b) & (near | woken)
    pairs = np.column_stack([np.minimum(a, b), np.maximum(a, b)])[keep]
    return np.unique(pairs, axis=0).astype(np.int64)
