"""Shapes of a register made valid; a repair that changes much is a question."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from jdzfire.errors import InputError
from jdzfire.feeds.registers.vectors import Shapes

_CROSSINGS_MAX = 2_000
"""Self-crossings of a shape that is repaired; traced boundaries have some dozens [K]."""


_EDGES_AT_ONCE = 64


CHANGE_MAX = 0.01
"""Share of its area that the repair of a shape may change; beyond it a person decides [K]."""


def shaped(
    shapes: Shapes, shape: str, *, may_change: bool = False
) -> tuple[Shapes, NDArray[np.object_], list[str]]:
    """Shapes repaired and brought to the form a kind needs.

    Parameters
    ----------
    shapes : array of geometry, n
    shape : str
        ``point``: areas give an inner point; ``area`` and ``line``: other kinds are faults;
        ``any``: point or area. A closed way given as an area without holes is a line, its outline.
    may_change : bool
        The operator declared that repairs are accepted, however much they change.

    Raises
    ------
    ShapeQuestion
        A repair changes the area of a shape by more than :data:`CHANGE_MAX`.

    Returns
    -------
    array of geometry, n; array of reason or None, n; list of notes
        Reasons ``geometry_missing``, ``geometry_type`` and ``geometry_too_complex``; invalid areas
        are repaired with make_valid, of which only the areas are kept, and counted in a note.
    """
    result = np.array(shapes, dtype=object)
    reasons = np.full(len(result), None, dtype=object)
    unplaced = ~finite_shapes(result)
    result[unplaced] = None
    missing = shapely.is_missing(result) | shapely.is_empty(result)
    reasons[missing] = "geometry_missing"
    reasons[unplaced] = "position_unreadable"
    invalid = ~missing & ~shapely.is_valid(result)
    tangled = invalid.copy()
    tangled[invalid] = [_is_tangled(item) for item in result[invalid]]
    reasons[tangled] = "geometry_too_complex"
    result[tangled] = None
    invalid &= ~tangled
    missing |= tangled
    before = shapely.area(result)
    result[invalid] = [_areas_or_self(shapely.make_valid(item)) for item in result[invalid]]
    if not may_change:
        _ask_about_changes(before, shapely.area(result), invalid)
    notes = [f"{int(invalid.sum())} invalid shapes repaired"] if invalid.any() else []
    outlines = 0
    allowed = {
        "point": ("Point",),
        "line": ("LineString", "MultiLineString"),
        "area": ("Polygon", "MultiPolygon"),
        "any": ("Point", "Polygon", "MultiPolygon"),
    }[shape]
    for i in np.flatnonzero(~missing):
        kind = result[i].geom_type
        if kind == "MultiPoint" and len(result[i].geoms) == 1:
            result[i] = result[i].geoms[0]
        elif shape == "point" and kind in ("Polygon", "MultiPolygon"):
            result[i] = result[i].representative_point()
        elif shape == "line" and kind == "Polygon" and not len(result[i].interiors):
            result[i] = shapely.LineString(result[i].exterior)
            outlines += 1
        elif kind not in allowed:
            reasons[i] = "geometry_type"
            result[i] = None
    if outlines:
        notes.append(f"{outlines} closed ways are kept as their outline")
    return result, reasons, notes


class ShapeQuestion(InputError):
    """A repair would change what a shape covers: only a person knows what was meant."""


def _ask_about_changes(
    before: NDArray[np.float64], after: NDArray[np.float64], repaired: NDArray[np.bool_]
) -> None:
    change = np.abs(after - before) > CHANGE_MAX * np.maximum(before, after)
    asked = np.flatnonzero(repaired & change)
    if not len(asked):
        return
    changes = [
        f"shape {i + 1}: {before[i]:.3g} to {after[i]:.3g} square degrees" for i in asked[:5]
    ]
    raise ShapeQuestion(
        f"{len(asked)} shapes cross themselves, and their repair changes the area they cover",
        expected=f"a change of at most {CHANGE_MAX:.0%}",
        found="; ".join(changes),
        remedy="mend them in the map programme; or check them and use --assume repair=yes",
    )


def finite_shapes(shapes: Shapes) -> NDArray[np.bool_]:
    """Of each shape whether all its coordinates are numbers; a missing one has none that is not."""
    places, number = shapely.get_coordinates(shapes, return_index=True)
    broken = np.zeros(len(shapes), dtype=bool)
    broken[number[~np.isfinite(places).all(axis=1)]] = True
    return ~broken


def _is_tangled(shape: Any) -> bool:
    """Whether the edges of an invalid shape cross each other too often to be a slip of the pen.

    Repair costs about the square of the crossings: 3,000 random corners took minutes and gigabytes.
    """
    corners = shapely.get_coordinates(shape)
    if len(corners) < _CROSSINGS_MAX**0.5:
        return False
    edges: Any = shapely.linestrings(np.stack([corners[:-1], corners[1:]], axis=1))
    tree = shapely.STRtree(edges)
    count = 0
    for first in range(0, len(edges), _EDGES_AT_ONCE):
        some = edges[first : first + _EDGES_AT_ONCE]
        pairs = tree.query(some, predicate="intersects")
        count += pairs.shape[1] - 3 * len(some)  # itself and its two neighbours
        if count > _CROSSINGS_MAX:
            return True
    return False


def _areas_or_self(item: Any) -> Any:
    if item.geom_type != "GeometryCollection":
        return item
    areas = [part for part in item.geoms if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(areas) if areas else item
