"""Projected systems: the Gauss-Kruger belts of China, and the metric CRS that fits a place."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as PyprojCRSError

from jdzfire.arrays import Floats
from jdzfire.crs.datums import Pair, floats
from jdzfire.errors import CrsError

HOME_METRIC_CRS = "EPSG:4548"
"""CGCS2000 / 3-degree Gauss-Kruger CM 117E, for 115.5-118.5 E [V EPSG]."""

CHINA_BOUNDS = (73.0, 17.0, 136.0, 54.5)
"""West, south, east, north in degrees inside which a Gauss-Kruger belt is a sensible choice [K]."""

_BELTS_3 = range(25, 46)
_BELTS_6 = range(13, 24)
_FALSE_EASTING_M = 500_000.0
_EASTING_SPAN_M = (100_000.0, 900_000.0)
_NORTHING_SPAN_M = (1_800_000.0, 6_100_000.0)
"""Northings of 17-54.5 N; an easting never falls here, so swapped axes show [C]."""
_BELT_REACH_DEG = 3.0
"""How far from its central meridian a belt is believed; 3-degree belts are used past their edge
in practice, but a point two belts away is a wrong declaration [K]."""


def metric_crs(bounds: tuple[float, float, float, float] | None) -> CRS:
    """A CRS in metres that fits the bounds.

    The home belt when the bounds fit in it; else the CGCS2000 3-degree belt nearest their middle
    when they are in China; else the UTM zone of the middle; and for bounds wider than six
    degrees, or across the antimeridian, or near a pole, an equal-area azimuthal one about the
    middle.

    Parameters
    ----------
    bounds : tuple of west, south, east, north [degree], or None
        None and bounds with nulls (an empty table) mean home.

    Raises
    ------
    CrsError
        The bounds are not degrees.

    Examples
    --------
    >>> metric_crs((116.9, 28.7, 117.9, 30.0)).to_epsg(), metric_crs((113.0, 25.0, 114.0, 26.0)).to_epsg()
    (4548, 4547)
    """  # noqa: E501
    if bounds is None or any(not math.isfinite(value) for value in bounds):
        return CRS.from_user_input(HOME_METRIC_CRS)
    west, south, east, north = bounds
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise CrsError(
            "bounds are not degrees", expected="west, south, east, north", found=str(bounds)
        )
    width = east - west if east >= west else east - west + 360
    lon, lat = (west + width / 2 + 180) % 360 - 180, (south + north) / 2
    if east < west or width > 6 or abs(lat) > 80:
        return CRS.from_proj4(f"+proj=laea +lat_0={lat:.6f} +lon_0={lon:.6f} +datum=WGS84 +units=m")
    in_china = south >= CHINA_BOUNDS[1] and north <= CHINA_BOUNDS[3] and _belt_cm(lon) is not None
    if in_china and west >= 115.5 and east <= 118.5:
        return CRS.from_user_input(HOME_METRIC_CRS)
    if in_china:
        return CRS.from_epsg(4534 + (int(_belt_cm(lon) or 0) - 75) // 3)
    zone = min(int((lon + 180) // 6) + 1, 60)
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def named_crs(name: str) -> CRS:
    """The CRS of a text such as ``EPSG:4548``.

    Raises
    ------
    CrsError
        The text names no CRS.
    """
    try:
        return CRS.from_user_input(name)
    except PyprojCRSError as error:
        raise CrsError(
            "unknown CRS", expected="for example EPSG:4548", found=repr(str(name)[:80])
        ) from error


def belt_of(crs: CRS) -> tuple[int, float, float] | None:
    """Zone number, central meridian [degree] and false easting [m] of a Chinese belt, else None.

    Examples
    --------
    >>> belt_of(CRS.from_epsg(4548)), belt_of(CRS.from_epsg(2415)), belt_of(CRS.from_epsg(32650))
    ((39, 117.0, 500000.0), (39, 117.0, 39500000.0), None)
    """
    if not crs.is_projected or crs.coordinate_operation is None:
        return None
    values = {param.name: float(param.value) for param in crs.coordinate_operation.params}
    meridian = values.get("Longitude of natural origin", math.nan)
    easting = values.get("False easting", math.nan)
    if values.get("Scale factor at natural origin") != 1.0 or not math.isfinite(meridian + easting):
        return None
    if meridian % 3 != 0 or (easting - _FALSE_EASTING_M) % 1e6 != 0:
        return None
    prefix = int(easting // 1e6)
    zone = prefix or int(meridian // 3)
    if zone in _BELTS_6 and meridian == 6 * zone - 3:
        return zone, meridian, easting
    return (zone, meridian, easting) if zone in _BELTS_3 and meridian == 3 * zone else None


def gauss_kruger_to_wgs84(
    easting: ArrayLike, northing: ArrayLike, *, crs: CRS | str | None = None
) -> Pair:
    """Metres of a Chinese Gauss-Kruger belt as WGS84 degrees.

    An easting of eight digits carries its zone in front (39,512,000 = zone 39, 512,000 m); six
    digits carry none. With a zone in front the belt is known; if a CRS is declared too they must
    agree, and the declared CRS's own datum is used. Without one the CRS must be declared:
    nothing is guessed. Surveyors write north first, so a pair that is the wrong way round is
    turned when all of it shows so.

    Parameters
    ----------
    easting, northing : array_like [m], n values
    crs : CRS, optional
        The declared belt; default CGCS2000, in the zone the eastings name.

    Returns
    -------
    tuple of ndarray [degree], n values
        NaN where an input was NaN.

    Raises
    ------
    CrsError
        No zone is named, several are, it contradicts the declared CRS, or the result is not in
        China or lies too far from the belt's meridian.

    Notes
    -----
    Six-digit zones 13-23 are 6-degree belts, 25-45 are 3-degree belts [V EPSG 4491-4554].
    Beijing 1954 and Xian 1980 have no published shift for this area in PROJ: the result is that
    of equal degrees, off by up to some 100 m [K]; who needs better must convert the file first.

    Examples
    --------
    >>> lon, lat = gauss_kruger_to_wgs84([39500000.0], [3320113.398])
    >>> round(float(lon[0]), 6), round(float(lat[0]), 6)
    (117.0, 30.0)
    """
    east, north = np.atleast_1d(floats(easting)), np.atleast_1d(floats(northing))
    if _all_within(east, _NORTHING_SPAN_M) and not _all_within(north, _NORTHING_SPAN_M):
        east, north = north, east
    declared = None if crs is None else (named_crs(crs) if isinstance(crs, str) else crs)
    known = np.isfinite(east) & np.isfinite(north)
    if not known.any():
        return np.full(east.shape, np.nan), np.full(east.shape, np.nan)
    prefix = _one_prefix(east[known])
    belt, meridian, false_easting, target = _agreed_belt(prefix, declared)
    plain = east - prefix * 1e6
    _check_span(plain[known], _EASTING_SPAN_M, f"eastings of zone {belt}")
    _check_span(north[known], _NORTHING_SPAN_M, "northings in China")
    lon, lat = project_to_wgs84(plain + false_easting - _FALSE_EASTING_M, north, target)
    if np.nanmax(np.abs(lon - meridian)) > _BELT_REACH_DEG:
        raise CrsError(
            "projected coordinates do not fit their belt",
            expected=f"within {_BELT_REACH_DEG:g} degrees of {meridian:g} E",
            found=f"{float(np.nanmin(lon)):.3f} to {float(np.nanmax(lon)):.3f} E",
            remedy="declare the CRS the file is really in",
        )
    return lon, lat


def project_to_wgs84(x: ArrayLike, y: ArrayLike, crs: CRS) -> Pair:
    """Coordinates of any CRS (x east, y north) as WGS84 degrees; NaN stays NaN.

    Raises
    ------
    CrsError
        The CRS cannot reach some of the coordinates.
    """
    xs, ys = floats(x), floats(y)
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(xs, ys)
    lost = (np.isfinite(xs) & np.isfinite(ys)) & ~(np.isfinite(lon) & np.isfinite(lat))
    if lost.any():
        at = int(np.argmax(lost))
        raise CrsError(
            f"coordinates are outside {crs.name}",
            found=f"{xs.flat[at]:g}, {ys.flat[at]:g} (and {int(lost.sum()) - 1} more)",
            remedy="declare the CRS the file is really in",
        )
    return np.where(np.isfinite(xs), lon, np.nan), np.where(np.isfinite(ys), lat, np.nan)


def _one_prefix(east: Floats) -> int:
    prefixes = sorted({int(value) for value in np.floor(east / 1e6)})
    if len(prefixes) > 1 or prefixes[0] not in (0, *_BELTS_6, *_BELTS_3):
        raise CrsError(
            "eastings do not name one Gauss-Kruger zone",
            expected="6 digits, or 8 digits beginning with one zone of 13-23 or 25-45",
            found=", ".join(map(str, prefixes[:5])),
            remedy="check the order of x and y, and register each zone's rows separately",
        )
    return prefixes[0]


def _agreed_belt(prefix: int, declared: CRS | None) -> tuple[int, float, float, CRS]:
    if declared is None and prefix == 0:
        raise CrsError(
            "projected coordinates without a zone and without a CRS",
            expected="a declared CRS, or eastings with the zone in front",
            remedy="declare it, for example --crs EPSG:4548",
        )
    if declared is None:
        declared = CRS.from_epsg(4491 + prefix - 13 if prefix in _BELTS_6 else 4513 + prefix - 25)
    belt = belt_of(declared)
    if belt is None:
        raise CrsError("not a Chinese Gauss-Kruger belt", found=declared.name)
    zone, meridian, false_easting = belt
    if prefix not in (0, zone):
        raise CrsError(
            "eastings and declared CRS name different zones",
            expected=f"zone {zone} ({declared.name})",
            found=f"zone {prefix}",
            remedy="correct the declared CRS or the eastings",
        )
    return zone, meridian, false_easting, declared


def _check_span(values: Floats, span: tuple[float, float], name: str) -> None:
    outside = (values < span[0]) | (values > span[1])
    if outside.any():
        raise CrsError(
            f"coordinates are not {name}",
            expected=f"{span[0]:.0f} to {span[1]:.0f} m",
            found=f"{values[int(np.argmax(outside))]:g} (and {int(outside.sum()) - 1} more)",
            remedy="check the order of x and y and the declared CRS",
        )


def _all_within(values: Floats, span: tuple[float, float]) -> bool:
    known = values[np.isfinite(values)]
    return bool(known.size) and bool(((known >= span[0]) & (known <= span[1])).all())


def _belt_cm(lon: float) -> int | None:
    meridian = round(lon / 3) * 3
    return meridian if 75 <= meridian <= 135 else None


def metres_per_degree(lat: Floats) -> tuple[Floats, Floats]:
    """Length of a degree of longitude and of latitude on WGS84.

    Parameters
    ----------
    lat : array [degree], n

    Returns
    -------
    tuple of two arrays [m per degree], n
        East and north.

    Notes
    -----
    The usual series of the ellipsoid's radii, good to a centimetre a degree [V, WGS84 series of
    the meridian arc]. Within some kilometres of the latitude it is as good as any projection, and
    it does not hang on what else is in a table, as the choice of a zone does.

    Examples
    --------
    >>> east, north = metres_per_degree(np.array([29.3]))
    >>> round(float(east[0])), round(float(north[0]))
    (97156, 110841)
    """
    phi = np.radians(lat)
    east = 111_412.84 * np.cos(phi) - 93.5 * np.cos(3.0 * phi) + 0.118 * np.cos(5.0 * phi)
    north = 111_132.92 - 559.82 * np.cos(2.0 * phi) + 1.175 * np.cos(4.0 * phi)
    return np.asarray(east, dtype=np.float64), np.asarray(north, dtype=np.float64)
