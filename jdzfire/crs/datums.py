"""Datums: WGS84, CGCS2000, GCJ-02 and BD-09, forward and back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS

from jdzfire.arrays import Floats
from jdzfire.errors import CrsError

Pair = tuple[Floats, Floats]

DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")
"""Datums a place may be written in; CGCS2000 is taken as WGS84 (they differ by < 1 m [K])."""

_GCJ_BOUNDS = (72.004, 0.8293, 137.8347, 55.8271)
"""Box outside which GCJ-02 and BD-09 equal WGS84, as every published port writes it [K]."""
_AXIS_M = 6378245.0
_ECCENTRICITY_SQ = 0.00669342162296594323
_BD_TURN = math.pi * 3000.0 / 180.0
_STEP_DEG = 1e-9
"""The inverse stops when its step is below this: 0.1 mm, well under the promised 0.1 m."""
_STEPS_MAX = 30

_DATUM_ALIASES = {
    "wgs84": "wgs84",
    "wgs1984": "wgs84",
    "gps": "wgs84",
    "epsg4326": "wgs84",
    "cgcs2000": "cgcs2000",
    "国家2000": "cgcs2000",
    "2000国家大地坐标系": "cgcs2000",
    "epsg4490": "cgcs2000",
    "gcj02": "gcj02",
    "火星坐标": "gcj02",
    "火星坐标系": "gcj02",
    "高德": "gcj02",
    "腾讯": "gcj02",
    "bd09": "bd09",
    "bd09ll": "bd09",
    "百度": "bd09",
    "百度坐标": "bd09",
}


def normalise_datum(name: str) -> str:
    """One of :data:`DATUMS` for any of the ways offices write a datum.

    Raises
    ------
    CrsError
        The name is not known.

    Examples
    --------
    >>> normalise_datum("GCJ-02"), normalise_datum(" CGCS 2000")
    ('gcj02', 'cgcs2000')
    """
    key = "".join(char for char in str(name).lower() if char.isalnum())
    if key not in _DATUM_ALIASES:
        raise CrsError(
            "unknown datum",
            expected=", ".join(DATUMS),
            found=repr(str(name)[:40]),
            remedy="declare the datum of the file, for example --datum gcj02",
        )
    return _DATUM_ALIASES[key]


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: str) -> Pair:
    """Degrees of a datum as WGS84 degrees, by iterating the forward shift.

    Points outside the box where GCJ-02 applies are returned unchanged, whatever the datum.
    A null (NaN) coordinate stays null.

    Parameters
    ----------
    lon, lat : array_like [degree]
        Of one shape; scalars are allowed.
    datum : str
        One of :data:`DATUMS` or a usual spelling of it.

    Returns
    -------
    tuple of ndarray [degree]
        Longitudes and latitudes, same shape, new arrays.

    Raises
    ------
    CrsError
        Unknown datum, or the numbers are not degrees.

    Notes
    -----
    The one-pass inverse of many ports is wrong by up to some metres; here the step is below
    0.1 mm at the end (two to five rounds). GCJ-02 formula and constants: the published ports
    of eviltransform and coordtransform [K], checked against their test tables.

    Examples
    --------
    >>> lon, lat = to_wgs84(116.41024449916938, 39.91640428150164, "gcj02")
    >>> round(float(lon), 6), round(float(lat), 6)
    (116.404, 39.915)
    """
    name = normalise_datum(datum)
    x, y = _degrees(lon, lat)
    if name in ("wgs84", "cgcs2000"):
        return x, y
    inside = _inside_gcj(x, y)
    gx, gy = _bd_to_gcj(x, y) if name == "bd09" else (x, y)
    wx, wy = _invert(_wgs_to_gcj, gx, gy)
    return np.where(inside, wx, x), np.where(inside, wy, y)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: str) -> Pair:
    """WGS84 degrees as degrees of a datum: the forward shift, same rules as :func:`to_wgs84`."""
    name = normalise_datum(datum)
    x, y = _degrees(lon, lat)
    if name in ("wgs84", "cgcs2000"):
        return x, y
    inside = _inside_gcj(x, y)
    gx, gy = _wgs_to_gcj(x, y)
    if name == "bd09":
        gx, gy = _gcj_to_bd(gx, gy)
    return np.where(inside, gx, x), np.where(inside, gy, y)


def shift_to_wgs84(table: gpd.GeoDataFrame, datum: str) -> gpd.GeoDataFrame:
    """The table with every vertex moved from the datum to WGS84, labelled EPSG:4326.

    Parameters
    ----------
    table : GeoDataFrame, n rows, any geometry, may be empty
        In degrees. Its own CRS label must be none or geographic: GCJ-02 and BD-09 have no
        code, so files carry EPSG:4326 although their numbers are shifted.
    datum : str
        What the numbers really are.

    Returns
    -------
    GeoDataFrame, n rows, same order, index and columns
        Null and empty geometries are kept as they are.

    Raises
    ------
    CrsError
        The table is labelled with a projected CRS, or its numbers are not degrees.
    """
    if table.crs is not None and not CRS.from_user_input(table.crs).is_geographic:
        raise CrsError(
            "a datum was declared for a projected table",
            expected="degrees",
            found=str(table.crs.name),
            remedy="leave the datum out, or declare the CRS the file is really in",
        )

    def move(points: Floats) -> Floats:
        x, y = to_wgs84(points[:, 0], points[:, 1], datum)
        return np.column_stack([x, y])

    moved = shapely.transform(shapely.force_2d(np.asarray(table.geometry.array)), move)
    return table.set_geometry(gpd.GeoSeries(moved, index=table.index, crs="EPSG:4326"))


def floats(values: ArrayLike) -> Floats:
    """A new float64 array of the values."""
    return np.array(values, dtype=np.float64)


def _degrees(lon: ArrayLike, lat: ArrayLike) -> Pair:
    x, y = np.broadcast_arrays(floats(lon), floats(lat))
    wrong = (np.abs(x) > 180) | (np.abs(y) > 90)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise CrsError(
            "coordinates are not degrees",
            expected="longitude -180 to 180, latitude -90 to 90",
            found=f"{x.flat[at]:g}, {y.flat[at]:g}",
            remedy="declare the CRS if they are metres; check the order of longitude and latitude",
        )
    return x.copy(), y.copy()


def _inside_gcj(x: Floats, y: Floats) -> NDArray[np.bool_]:
    west, south, east, north = _GCJ_BOUNDS
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def _invert(forward: Callable[[Any, Any], Pair], gx: Floats, gy: Floats) -> Pair:
    x, y = gx.copy(), gy.copy()
    for _ in range(_STEPS_MAX):
        fx, fy = forward(x, y)
        dx, dy = gx - fx, gy - fy
        x, y = x + dx, y + dy
        if not (np.abs(np.concatenate([dx.ravel(), dy.ravel()])) > _STEP_DEG).any():
            break
    return x, y


def _wgs_to_gcj(lon: Floats, lat: Floats) -> Pair:
    x, y, pi = lon - 105.0, lat - 35.0, math.pi
    root, wave = np.sqrt(np.abs(x)), 20 * np.sin(6 * x * pi) + 20 * np.sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += (wave + 20 * np.sin(y * pi) + 40 * np.sin(y / 3 * pi)) * 2 / 3
    north += (160 * np.sin(y / 12 * pi) + 320 * np.sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += (wave + 20 * np.sin(x * pi) + 40 * np.sin(x / 3 * pi)) * 2 / 3
    east += (150 * np.sin(x / 12 * pi) + 300 * np.sin(x / 30 * pi)) * 2 / 3
    phi = np.radians(lat)
    bend = 1 - _ECCENTRICITY_SQ * np.sin(phi) ** 2
    meridian_m = _AXIS_M * (1 - _ECCENTRICITY_SQ) / (bend * np.sqrt(bend))
    parallel_m = _AXIS_M / np.sqrt(bend) * np.cos(phi)
    return lon + np.degrees(east / parallel_m), lat + np.degrees(north / meridian_m)


def _gcj_to_bd(lon: Floats, lat: Floats) -> Pair:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _bd_to_gcj(lon: Floats, lat: Floats) -> Pair:
    return _invert(_gcj_to_bd, lon, lat)
