"""Hotspots that concern the watched area."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import geopandas as gpd
import shapely

from jdzfire.events.within import concerning_area
from jdzfire.hotspots.footprints import footprints
from jdzfire.store.archive import load_hotspots
from jdzfire.workspace import Workspace

MARGIN_DEG = 0.1
"""Hotspots this far around the watched area count: a fire across the border is one fire."""


def watched_hotspots(
    workspace: Workspace,
    area: Any,
    *,
    reach: Any = None,
    since: datetime | None = None,
    until: datetime | None = None,
    also: Collection[str] = (),
) -> gpd.GeoDataFrame:
    """Hotspots whose footprint touches an area, or that are one fire with one whose footprint does.

    Parameters
    ----------
    workspace : Workspace
    area : shape [EPSG:4326]
    reach : shape [EPSG:4326], optional
        Where hotspots are searched, with a margin; default: the area.
    since, until : datetime, optional
        Only those observed from ``since`` up to before ``until``.
    also : collection of hotspot_id
        Included wherever they lie within reach.

    Returns
    -------
    GeoDataFrame [HOTSPOTS], in the order of the archive
    """
    bounds = shapely.bounds(area if reach is None else reach)
    west, south, east, north = (float(v) for v in bounds)
    margin = MARGIN_DEG
    near = load_hotspots(
        workspace.home,
        since=since,
        until=until,
        bbox=(west - margin, south - margin, east + margin, north + margin),
    )
    rules = workspace.settings.rules
    shapes = footprints(near, rules=rules.footprint)
    is_watched = concerning_area(near, shapes, area, rules=rules.events)
    is_watched |= near["hotspot_id"].isin(also).to_numpy()
    return near[is_watched].reset_index(drop=True)
