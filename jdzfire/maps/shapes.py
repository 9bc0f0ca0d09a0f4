"""Geometry made small for the page: whole numbers of 1e-5 degree, each the step from the last.

A ring of 40 corners is about 250 characters this way, a third of GeoJSON. 1e-5 degree is about
1 m here, far below the error of any satellite's position.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

STEPS_PER_DEGREE = 100_000

_AREAS = (3, 6)
"""Type numbers of GEOS: polygon, multi-polygon."""
_NOTHING = shapely.MultiPolygon()


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


def polygons_of(geometries: Sequence[Any] | pd.Series) -> list[list[list[list[int]]]]:
    """``polygons`` of each geometry, all at once."""
    flat = {name: numbers.tolist() for name, numbers in flat_polygons(geometries).items()}
    rings = _split(flat["steps"], flat["ring"])
    return _split(_split(rings, flat["polygon"]), flat["n"])


def flat_polygons(geometries: Sequence[Any] | pd.Series) -> dict[str, NDArray[np.int64]]:
    """Polygons of many geometries as four columns of numbers.

    Returns
    -------
    dict
        ``steps`` of all rings one after the other, see :func:`polygons`; ``ring``, how many
        numbers each ring has; ``polygon``, how many rings each polygon has, the outer one first;
        ``n``, how many polygons each geometry has. About 4 us an outline of ten corners [C].
    """
    given = np.append(np.asarray(geometries, dtype=object), [_NOTHING])
    is_other = ~np.isin(shapely.get_type_id(given), _AREAS) | shapely.is_empty(given)
    given[is_other] = [_areas_of(one) for one in given[is_other]]
    # the empty one at the end is of many polygons, so that there are always three levels
    _, corners, (of_ring, of_polygon, of_geometry) = shapely.to_ragged_array(given)
    whole = np.rint(corners[:, :2] * STEPS_PER_DEGREE).astype(np.int64)
    ring = np.repeat(np.arange(len(of_ring) - 1), np.diff(of_ring))
    is_first, is_last = np.zeros(len(ring), dtype=bool), np.zeros(len(ring), dtype=bool)
    is_first[of_ring[:-1]], is_last[of_ring[1:] - 1] = True, True
    steps = whole - np.where(is_first[:, None], 0, np.roll(whole, 1, axis=0))
    kept = ~is_last & (is_first | (steps != 0).any(axis=1))
    return {
        "steps": steps[kept].ravel(),
        "ring": (np.bincount(ring[kept], minlength=len(of_ring) - 1) * 2),
        "polygon": np.diff(of_polygon),
        "n": np.diff(of_geometry)[:-1],
    }


def _areas_of(geometry: Any) -> Any:
    """The polygons of a geometry, as one that holds nothing else."""
    return shapely.MultiPolygon([p for p in _parts(geometry) if p.geom_type == "Polygon"])


def _split(values: list[Any], counts: list[int]) -> list[list[Any]]:
    """The values in runs of so many each."""
    ends = list(itertools.accumulate(counts))
    return [values[end - count : end] for end, count in zip(ends, counts, strict=True)]


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
