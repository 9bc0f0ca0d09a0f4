"""Geometry made small for the page: whole numbers of 1e-5 degree, each the step from the last.

A ring of 40 corners is about 250 characters this way, a third of GeoJSON. 1e-5 degree is about
1 m here, far below the error of any satellite's position.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

__all__ = ["STEPS_PER_DEGREE", "lines", "point", "polygons", "polygons_of", "simpler"]

STEPS_PER_DEGREE = 100_000

_POLYGON = 3
_HOLDERS = (4, 5, 6, 7)
"""Type numbers of GEOS: multi-points, -lines, -polygons and collections hold others."""


def point(geometry: Any) -> list[float] | None:
    """``[lon, lat]`` of a representative point, rounded to 1e-5 degree; None when empty."""
    if geometry is None or geometry.is_empty:
        return None
    place = geometry if geometry.geom_type == "Point" else geometry.representative_point()
    return [round(place.x, 5), round(place.y, 5)]


def polygons(geometry: BaseGeometry | None) -> list[list[list[int]]]:
    """Polygons of a geometry: each a list of rings, each ring steps ``[x0, y0, dx, dy, ...]``.

    Rings are not closed (the last corner is not the first again). What is not a polygon is
    left out.
    """
    return polygons_of([geometry])[0]


def polygons_of(geometries: Iterable[Any]) -> list[list[list[list[int]]]]:
    """``polygons`` of each geometry, all at once: about 10 us an outline of ten corners [C]."""
    given = np.asarray(list(geometries), dtype=object)
    found: list[list[list[list[int]]]] = [[] for _ in range(len(given))]
    parts, owner = shapely.get_parts(given, return_index=True)
    while np.isin(shapely.get_type_id(parts), _HOLDERS).any():
        parts, deeper = shapely.get_parts(parts, return_index=True)
        owner = owner[deeper]
    is_area = (shapely.get_type_id(parts) == _POLYGON) & ~shapely.is_empty(parts)
    parts, owner = parts[is_area], owner[is_area]
    rings, part = shapely.get_rings(parts, return_index=True)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    is_first = np.diff(ring, prepend=-1) > 0
    is_last = np.diff(ring, append=len(rings)) > 0
    whole = np.rint(corners[~is_last] * STEPS_PER_DEGREE).astype(np.int64)
    ring, is_first = ring[~is_last], is_first[~is_last]
    steps = whole - np.where(is_first[:, None], 0, np.roll(whole, 1, axis=0))
    moved = is_first | (steps != 0).any(axis=1)
    ends = np.cumsum(np.bincount(ring[moved], minlength=len(rings))) * 2
    numbers = steps[moved].ravel().tolist()
    drawn: list[list[list[int]]] = [[] for _ in range(len(parts))]
    start = 0
    for place, end in zip(part.tolist(), ends.tolist(), strict=True):
        drawn[place].append(numbers[start:end])
        start = end
    for place, polygon in zip(owner.tolist(), drawn, strict=True):
        found[place].append(polygon)
    return found


def lines(geometry: BaseGeometry | None) -> list[list[int]]:
    """Lines of a geometry as steps; outlines of polygons are not lines and are left out."""
    return [_steps(part) for part in _parts(geometry) if part.geom_type == "LineString"]


def simpler(geometries: Iterable[Any], *, tolerance_deg: float) -> list[Any]:
    """Geometries simplified for drawing, topology kept; a ruined one stays as it was."""
    before = np.asarray(list(geometries), dtype=object)
    if not len(before):
        return []
    after = shapely.simplify(before, tolerance_deg, preserve_topology=True)
    kept = np.where(shapely.is_empty(after) | ~shapely.is_valid(after), before, after)
    return list(kept)


def _parts(geometry: BaseGeometry | None) -> Iterator[Any]:
    if geometry is None or geometry.is_empty:
        return
    if hasattr(geometry, "geoms"):
        for part in geometry.geoms:
            yield from _parts(part)
    else:
        yield geometry


def _steps(line: Any) -> list[int]:
    corners = np.asarray(line.coords)[:, :2]
    whole = np.rint(corners * STEPS_PER_DEGREE).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    moved = (steps != 0).any(axis=1)
    moved[0] = True
    return [int(step) for step in steps[moved].ravel()]
