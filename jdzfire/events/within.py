"""Which hotspots concern an area: those that may lie in it, and what burns on from there."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from jdzfire.events.link import label_components
from jdzfire.events.rules import EventRules


def concerning_area(
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    area: Any,
    *,
    rules: EventRules | None = None,
) -> NDArray[np.bool_]:
    """Hotspots whose footprint touches an area, and all that are one fire with them.

    The fire may lie anywhere in its footprint: a pixel whose middle is a hundred metres beyond the
    border may be a fire at home. And a fire that crosses the border is one fire.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
    footprints : GeoSeries [EPSG:4326 convex polygons], n rows, same order
    area : geometry [EPSG:4326]
    rules : EventRules, optional

    Returns
    -------
    array of bool, n

    Notes
    -----
    More hotspots never take one out again. Linking is done only when a footprint lies outside.
    """
    shapely.prepare(area)
    touches = np.asarray(shapely.intersects(area, footprints.to_numpy()), dtype=bool)
    if touches.all() or not touches.any():
        return touches
    label = label_components(
        hotspots.reset_index(drop=True),
        footprints.reset_index(drop=True),
        new=np.ones(len(hotspots), dtype=bool),
        held=np.full(len(hotspots), -1, dtype=np.int64),
        rules=rules or EventRules(),
    )
    concerned = np.zeros(int(label.max()) + 1, dtype=bool)
    concerned[label[touches]] = True
    return concerned[label]
