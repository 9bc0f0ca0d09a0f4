"""The watched area: the registered counties, else the bounding box of the settings."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import shapely

from jdzfire.stages.house import House
from jdzfire.store import load_register

__all__ = ["watched_area", "watched_bbox"]


def watched_area(house: House, admin: gpd.GeoDataFrame | None = None) -> Any:
    """The area as one shape in EPSG:4326; ``admin`` saves reading the register again."""
    areas = load_register(house.home, "admin") if admin is None else admin
    counties = areas[areas["level"] == "county"]
    chosen = counties if len(counties) else areas
    if chosen.empty:
        return shapely.box(*house.settings.watch_bbox)
    return shapely.union_all(chosen.geometry.to_numpy())


def watched_bbox(house: House) -> tuple[float, float, float, float]:
    """West, south, east, north of the area [degree]."""
    west, south, east, north = (float(v) for v in shapely.bounds(watched_area(house)))
    return west, south, east, north
