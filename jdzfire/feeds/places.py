"""Places of sheet rows: text degrees, projected metres, a datum per row, swapped columns.

Nothing is guessed that two readings could explain; what cannot be placed is rejected with its
reason and never put at 0,0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from jdzfire.arrays import Floats
from jdzfire.crs import (
    belt_of,
    gauss_kruger_to_wgs84,
    normalise_datum,
    project_to_wgs84,
    to_wgs84,
)
from jdzfire.errors import CrsError
from jdzfire.feeds.reading import RowValidator
from jdzfire.feeds.values import is_blank, parse_degrees

LOCATION_ERROR_M = 50.0
"""Position error of a place an office wrote down, when nothing worse shows [K]."""

LOCATION_ERROR_MAX_M = 500.0
"""Most that coarse writing may widen it: a wide error would explain fires it should not."""

_OLD_DATUM_ERROR_M = 150.0
"""Beijing 1954 and Xian 1980 read as WGS84: no shift is published for this area [K]."""
_OLD_DATUMS = {
    "北京54": "beijing1954",
    "1954北京": "beijing1954",
    "beijing1954": "beijing1954",
    "beijing54": "beijing1954",
    "西安80": "xian1980",
    "1980西安": "xian1980",
    "xian1980": "xian1980",
    "xian80": "xian1980",
}
_M_PER_DEG = 111_000.0
_METRES_FROM = 1000.0
"""A number beyond this in a coordinate column is metres, not degrees."""


@dataclass(frozen=True)
class Placed:
    """Where each row lies; NaN for rejected rows."""

    lon: Floats
    """WGS84 [degree]."""
    lat: Floats
    """WGS84 [degree]."""
    datum: NDArray[np.object_]
    """Datum each place was given in."""
    error_m: Floats
    """Position error [m]: at least :data:`LOCATION_ERROR_M`, more when written coarsely."""
    swapped: int
    """Rows whose longitude and latitude were swapped."""


def place_rows(
    validator: RowValidator,
    *,
    default_datum: str,
    crs: CRS | None = None,
    elsewhere: NDArray[np.bool_] | None = None,
) -> Placed:
    """Places of the columns ``lon``, ``lat`` and ``datum``.

    The row's own datum comes before the default. Degrees may be numbers or text
    (117°12′30″E); metres need a zone in front of the easting or a declared CRS. Columns
    written the wrong way round are seen by their letters, or because a latitude in China never
    reaches 73 nor a longitude falls below it.

    Parameters
    ----------
    validator : RowValidator, n rows
        Rejected: ``position_missing``, ``position_unreadable``, ``position_range``,
        ``position_zero``, ``position_crs``, ``datum``.
    default_datum : str
        Of rows without one.
    crs : CRS, optional
        Declared for projected numbers; then numbers in degrees are refused.
    elsewhere : array of bool, n, optional
        Rows whose place is given in another way: their blank columns are no fault.

    Raises
    ------
    CrsError
        There are projected numbers and not one of them can be placed.
    """
    if elsewhere is None:
        elsewhere = np.zeros(len(validator.rows), dtype=bool)
    first = [parse_degrees(value) for value in validator.rows["lon"]]
    second = [parse_degrees(value) for value in validator.rows["lat"]]
    _reject_unread(validator, first, second, elsewhere)
    x, y, swapped = _unswapped(first, second)
    metres = np.nan_to_num(np.maximum(np.abs(x), np.abs(y))) > _METRES_FROM
    _reject_degrees(validator, x, y, metres | elsewhere, crs)
    datum = _datums(validator, default_datum)
    lon, lat = np.full(len(x), np.nan), np.full(len(x), np.nan)
    for name in sorted(set(datum[validator.kept & ~metres])):
        mine = validator.kept & ~metres & (datum == name)
        known = name if name not in _OLD_DATUMS.values() else "wgs84"
        lon[mine], lat[mine] = to_wgs84(x[mine], y[mine], known)
    _place_metres(validator, (x, y, metres), (lon, lat), crs)
    error_m = np.maximum(_coarseness_m(validator), LOCATION_ERROR_M)
    old = np.isin(datum.astype(str), list(_OLD_DATUMS.values()))
    if crs is not None and belt_of(crs) is not None and "2000" not in crs.name:
        old = old | metres
    error_m = error_m + np.where(old, _OLD_DATUM_ERROR_M, 0.0)
    return Placed(lon, lat, datum, np.minimum(error_m, LOCATION_ERROR_MAX_M), swapped)


Parsed = tuple[float, str] | None


def _reject_unread(
    validator: RowValidator, first: list[Parsed], second: list[Parsed], elsewhere: NDArray[np.bool_]
) -> None:
    rows = validator.rows
    blank = np.array(
        [is_blank(x) or is_blank(y) for x, y in zip(rows["lon"], rows["lat"], strict=True)],
        dtype=bool,
    )
    validator.reject(blank & ~elsewhere, "position_missing", "no longitude or latitude")
    unread = np.array(
        [x is None or y is None for x, y in zip(first, second, strict=True)], dtype=bool
    )
    validator.reject(unread & ~elsewhere, "position_unreadable", "expected 117.2083 or 117°12′30″")
    clash = [bool(x and y and x[1] and x[1] == y[1]) for x, y in zip(first, second, strict=True)]
    validator.reject(clash, "position_unreadable", "both coordinates name the same axis")


def _unswapped(first: list[Parsed], second: list[Parsed]) -> tuple[Floats, Floats, int]:
    x = np.array([np.nan if value is None else value[0] for value in first], dtype=np.float64)
    y = np.array([np.nan if value is None else value[0] for value in second], dtype=np.float64)
    lettered = np.array(
        [
            bool((a and a[1] == "lat") or (b and b[1] == "lon"))
            for a, b in zip(first, second, strict=True)
        ],
        dtype=bool,
    )
    by_range = (x > 0) & (x <= 54.5) & (y >= 73) & (y <= 136)
    swap = lettered | by_range
    return np.where(swap, y, x), np.where(swap, x, y), int(swap.sum())


def _reject_degrees(
    validator: RowValidator, x: Floats, y: Floats, metres: NDArray[np.bool_], crs: CRS | None
) -> None:
    outside = ~metres & ((np.abs(x) > 180) | (np.abs(y) > 90))
    limits = "expected longitude -180 to 180, latitude -90 to 90"
    validator.reject(outside, "position_range", limits)
    validator.reject((x == 0) & (y == 0), "position_zero", "0,0 stands for a missing place")
    half = metres & (np.minimum(np.abs(x), np.abs(y)) <= _METRES_FROM)
    validator.reject(half, "position_range", "one coordinate in metres, the other in degrees")
    if crs is not None and crs.is_projected:
        validator.reject(~metres, "position_crs", f"degrees, but {crs.name} was declared")


def _datums(validator: RowValidator, default_datum: str) -> NDArray[np.object_]:
    default = normalise_datum(default_datum)
    datum = np.full(len(validator.rows), default, dtype=object)
    unknown = np.zeros(len(datum), dtype=bool)
    for i, text in enumerate(validator.rows["datum"]):
        if is_blank(text):
            continue
        key = re.sub(r"(坐标系|坐标|[\s_\-.]|年)", "", str(text).lower())
        if key in _OLD_DATUMS:
            datum[i] = _OLD_DATUMS[key]
            continue
        try:
            datum[i] = normalise_datum(str(text))
        except CrsError:
            unknown[i] = True
    validator.reject(unknown, "datum", "expected WGS84, CGCS2000, GCJ-02, BD-09")
    return datum


def _place_metres(
    validator: RowValidator,
    written: tuple[Floats, Floats, NDArray[np.bool_]],
    placed: tuple[Floats, Floats],
    crs: CRS | None,
) -> None:
    """Fill in the places of rows in metres; rows no belt explains are rejected."""
    x, y, metres = written
    positions = np.flatnonzero(metres & validator.kept)
    last: CrsError | None = None
    done = 0
    for i in positions:
        try:
            lon, lat = _one_from_metres(x[i], y[i], crs)
        except CrsError as error:
            last = error
            validator.reject(np.arange(len(x)) == i, "position_crs", str(error))
            continue
        placed[0][i], placed[1][i] = lon, lat
        done += 1
    if last is not None and done == 0:
        raise last


def _one_from_metres(x: float, y: float, crs: CRS | None) -> tuple[float, float]:
    if crs is not None and belt_of(crs) is None:
        lon, lat = project_to_wgs84([x], [y], crs)
    else:
        lon, lat = gauss_kruger_to_wgs84([x], [y], crs=crs)
    return float(lon[0]), float(lat[0])


def _coarseness_m(validator: RowValidator) -> Floats:
    """Half a unit of the last place written, in metres.

    The finer of the two columns counts, for a spreadsheet drops trailing zeros.
    """
    return np.minimum(_last_place_m(validator.rows["lon"]), _last_place_m(validator.rows["lat"]))


def _last_place_m(values: Iterable[Any]) -> Floats:
    return np.array([_half_unit_deg(value) * _M_PER_DEG for value in values], dtype=np.float64)


def _half_unit_deg(value: object) -> float:
    text = str(value)
    parts = re.findall(r"\d+(?:\.(\d+))?", text)
    degrees = parse_degrees(value)
    if not parts or degrees is None or abs(degrees[0]) > _METRES_FROM:
        return 0.0
    unit = {1: 1.0, 2: 1 / 60, 3: 1 / 3600}.get(len(parts), 1.0)
    return 0.5 * unit * 10.0 ** -len(parts[-1])
