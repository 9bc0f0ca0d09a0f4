"""Footprints as the formats want them: polygons turned by the right-hand rule, rounded places."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely.geometry.polygon import orient

DIGITS = 6
"""Decimals of a degree: 0.1 m; RFC 7946 section 11.2 finds more of no use [V]."""

_GRID_DEG = 10.0**-DIGITS


def _rounded(geometry: Any) -> Any:
    """Corners on the grid of ``DIGITS``; one that would be ruined by it stays as it was."""
    if geometry is None or geometry.is_empty:
        return shapely.Polygon()
    snapped = shapely.set_precision(geometry, _GRID_DEG, mode="pointwise")
    return snapped if snapped.is_valid and not snapped.is_empty else geometry


def polygon_parts(geometry: Any) -> list[Any]:
    """Polygons of a geometry, outer rings against the clock, holes with it; points are left out."""
    rounded = _rounded(geometry)
    if rounded.geom_type == "GeometryCollection":
        return [polygon for part in rounded.geoms for polygon in polygon_parts(part)]
    flat = shapely.get_parts(rounded)
    return [orient(part) for part in flat if part.geom_type == "Polygon" and not part.is_empty]


def polygon_rings(polygon: Any) -> list[list[tuple[float, float]]]:
    """Closed rings of a polygon, the outer one first, corners (lon, lat) of ``DIGITS`` decimals."""
    rings = (polygon.exterior, *polygon.interiors)
    return [
        [(x, y) for x, y in np.round(shapely.get_coordinates(ring), DIGITS).tolist()]
        for ring in rings
    ]


def geojson_geometry(geometry: Any) -> dict[str, Any] | None:
    """Polygon or MultiPolygon of RFC 7946, or null when there is no area."""
    parts = [
        [[list(c) for c in ring] for ring in polygon_rings(p)] for p in polygon_parts(geometry)
    ]
    if not parts:
        return None
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def bounds(geometries: list[Any]) -> list[float] | None:
    """``[west, south, east, north]`` of all, or None when there is nothing."""
    found = [g for g in geometries if g is not None and not g.is_empty]
    if not found:
        return None
    west, south, east, north = shapely.total_bounds(found)
    return [round(float(v), DIGITS) for v in (west, south, east, north)]
