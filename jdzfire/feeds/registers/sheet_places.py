"""Where the rows of a register sheet lie: coordinates, corners, one cell for both, or a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.crs import gauss_kruger_to_wgs84, named_crs, to_wgs84
from jdzfire.errors import CrsError
from jdzfire.feeds.places import LOCATION_ERROR_M, place_rows
from jdzfire.feeds.reading import RowValidator
from jdzfire.feeds.registers.cell_shapes import parse_corners, split_pair
from jdzfire.feeds.registers.cells import texts
from jdzfire.feeds.registers.gazetteer import Gazetteer
from jdzfire.feeds.registers.inference import compare_datums, settle_datum
from jdzfire.feeds.registers.rows import Declared, Known
from jdzfire.feeds.values import is_blank

_METRES_FROM = 1000.0


@dataclass(frozen=True)
class SheetPlaces:
    """Where each row lies."""

    shapes: NDArray[np.object_]
    """WGS84 points or areas; None for rejected rows."""
    datum: NDArray[np.object_]
    """Datum each place was given in; ``gazetteer`` for a name."""
    error_m: NDArray[np.float64]
    """Position error [m]."""
    notes: list[str]
    """What was found on the way."""


def place_sheet(
    validator: RowValidator, declared: Declared, known: Known, *, fallback: str
) -> SheetPlaces:
    """Places of the rows of a sheet.

    In this order: corners or WKT in the column ``shape``; longitude and latitude in two columns,
    or in the one column ``pair``; the name of the place, when a gazetteer is at hand.

    Parameters
    ----------
    validator : RowValidator, n rows
        Rejected: what :func:`jdzfire.feeds.places.place_rows` rejects,
        ``shape_unreadable``, ``place_unknown``, ``place_ambiguous``.
    declared : Declared
    known : Known
    fallback : str
        Datum of rows that state none.

    Raises
    ------
    DatumQuestion, CrsError
        As :func:`jdzfire.feeds.registers.read_register`.
    """
    _split_pairs(validator)
    corners = [parse_corners(text) for text in validator.rows["shape"]]
    has_shape = np.array([shape is not None for shape in corners], dtype=bool)
    unread = ~validator.rows["shape"].map(is_blank).to_numpy(dtype=bool) & ~has_shape
    bare = (validator.rows["lon"].map(is_blank) & validator.rows["lat"].map(is_blank)).to_numpy(
        bool
    )
    validator.reject(unread & bare, "shape_unreadable", "expected corners such as 117.2,29.3;...")
    by_name = bare & ~has_shape & ~unread & (known.gazetteer is not None)
    system = None if declared.crs is None else named_crs(declared.crs)
    datum = declared.datum or fallback
    placed = place_rows(validator, default_datum=datum, crs=system, elsewhere=has_shape | by_name)
    shapes = _points(placed.lon, placed.lat, validator.kept)
    datums, error_m = placed.datum.copy(), placed.error_m.copy()
    _put_corners(validator, corners, shapes, datums, declared.crs)
    error_m[has_shape] = LOCATION_ERROR_M
    notes = (
        [f"{placed.swapped} places had longitude and latitude swapped"] if placed.swapped else []
    )
    if known.gazetteer is not None and by_name.any():
        _put_names(validator, known.gazetteer, by_name, (shapes, datums, error_m))
        count = int((by_name & validator.kept).sum())
        notes += [f"{count} places were found by name"] if count else []
    notes += _ask(validator, shapes, declared, known, datum)
    return SheetPlaces(shapes, datums, error_m, notes)


def _split_pairs(validator: RowValidator) -> None:
    """Fill longitude and latitude from the one cell that holds both."""
    rows = validator.rows
    lon, lat = list(rows["lon"]), list(rows["lat"])
    for i, text in enumerate(rows["pair"]):
        pair = split_pair(text) if is_blank(lon[i]) and is_blank(lat[i]) else None
        if pair is not None:
            lon[i], lat[i] = pair
    validator.rows = rows.assign(
        lon=pd.Series(lon, index=rows.index, dtype=object),
        lat=pd.Series(lat, index=rows.index, dtype=object),
    )


def _put_corners(
    validator: RowValidator,
    corners: list[Any],
    shapes: NDArray[np.object_],
    datums: NDArray[np.object_],
    crs: str | None,
) -> None:
    for i, shape in enumerate(corners):
        if shape is None or not validator.kept[i]:
            continue
        try:
            moved = _to_wgs84(shape, str(datums[i]), crs)
        except CrsError as error:
            validator.reject(np.arange(len(corners)) == i, "position_crs", str(error))
            continue
        whole = moved if shapely.is_valid(moved) else shapely.make_valid(moved)
        if whole.is_empty or whole.geom_type not in ("Point", "Polygon", "MultiPolygon"):
            mine = np.arange(len(corners)) == i
            validator.reject(mine, "geometry_type", "the corners make no area")
            continue
        shapes[i] = whole


def _to_wgs84(shape: Any, datum: str, crs: str | None) -> Any:
    is_metres = np.abs(shapely.get_coordinates(shape)).min() > _METRES_FROM

    def move(points: NDArray[np.float64]) -> NDArray[np.float64]:
        if is_metres:
            system = None if crs is None else named_crs(crs)
            return np.column_stack(gauss_kruger_to_wgs84(points[:, 0], points[:, 1], crs=system))
        known = datum if datum in ("gcj02", "bd09") else "wgs84"
        return np.column_stack(to_wgs84(points[:, 0], points[:, 1], known))

    return shapely.transform(shapely.force_2d(shape), move)


def _put_names(
    validator: RowValidator,
    gazetteer: Gazetteer,
    rows: NDArray[np.bool_],
    into: tuple[NDArray[np.object_], NDArray[np.object_], NDArray[np.float64]],
) -> None:
    shapes, datums, error_m = into
    columns = {
        name: texts(validator, name) if name in validator.rows else [None] * len(rows)
        for name in ("place", "county", "township")
    }
    for i in np.flatnonzero(rows & validator.kept):
        text = columns["place"][i] or columns["township"][i] or ""
        named = gazetteer.find(text, county=columns["county"][i], township=columns["township"][i])
        if named.fault:
            fault = named.fault if text else "position_missing"
            validator.reject(np.arange(len(rows)) == i, fault, named.detail)
            continue
        shapes[i] = shapely.Point(named.lon, named.lat)
        datums[i], error_m[i] = "gazetteer", named.error_m


def _ask(
    validator: RowValidator,
    shapes: NDArray[np.object_],
    declared: Declared,
    known: Known,
    datum: str,
) -> list[str]:
    """Notes on the datum, or the question; rows that name their own datum settle it."""
    is_declared = not validator.rows["datum"].map(is_blank).all()
    if is_declared or declared.crs is not None or datum not in ("wgs84", "cgcs2000"):
        return []
    names = np.array(texts(validator, "name"), dtype=object) if "name" in validator.rows else None
    evidence = compare_datums(shapes, known.reference, names=names)
    return settle_datum(evidence, declared.datum, assumed=datum, name=validator.source.name)


def _points(lon: Any, lat: Any, kept: NDArray[np.bool_]) -> NDArray[np.object_]:
    result = np.full(len(kept), None, dtype=object)
    placed = kept & np.isfinite(lon) & np.isfinite(lat)
    result[placed] = shapely.points(lon[placed], lat[placed])
    return result
