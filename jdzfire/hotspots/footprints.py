"""The ground a hotspot covers: an area, not a dot.

A polar-orbiter pixel is a rectangle of scan x track kilometres turned to the satellite's track
and widened by the geolocation error. An AHI hotspot is its grid cell widened by the error, and
moved back by parallax where the height of the ground is known, widened by it where not. A ground
report is a circle of its own position error.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.arrays import Floats
from jdzfire.crs import metres_per_degree
from jdzfire.hotspots.parallax import correct_parallax, parallax_m
from jdzfire.schemas import ORBITERS

_SIDEREAL_DAY_S = 86_164.1
_M_PER_DEG_LAT = 111_132.954  # WGS84 meridian degree, mean term
_M_PER_DEG_LON = 111_319.491  # WGS84 equatorial degree


_DESCENDING_BY_DAY = ("Terra", "FY-3C", "FY-3F", "Landsat-8", "Landsat-9")
"""Morning satellites: about 10:00 to 10:30 local time, southward [V Terra, Landsat; K FY-3]."""


@dataclass(frozen=True)
class FootprintRules:
    """Sizes and errors of the sensors, each with its source."""

    viirs_pixel_km: float = 0.375
    """I-band pixel at nadir, used when scan/track are not stated [V, VIIRS 375 m product]."""
    modis_pixel_km: float = 1.0
    """MODIS fire pixel at nadir [V, MOD14]."""
    viirs_error_m: float = 200.0
    """Geolocation error each side, 2 sigma with terrain [K]."""
    modis_error_m: float = 300.0
    """Geolocation error each side, 2 sigma with terrain [K]."""
    ahi_cell_deg: float = 0.02
    """Grid of the JAXA wildfire product [V, field notes section 4]."""
    ahi_error_m: float = 1400.0
    """Half a native pixel, 2.1 x 2.8 km at the city, plus 460 m parallax at 500 m height [C]."""
    ahi_parallax_m: float = 460.0
    """Part of ``ahi_error_m`` that accounts for the unknown height of the ground: 500 m
    seen at 42.8 degrees from the zenith [C]."""
    himawari_lon_deg: float = 140.7
    """Sub-satellite longitude of Himawari-8 and -9 [V JMA]."""
    mersi_pixel_km: float = 1.0
    """FY-3 fire pixel at nadir [V, MERSI 1 km bands]."""
    mersi_error_m: float = 1000.0
    """Geolocation error each side; about a pixel [K]."""
    oli_pixel_km: float = 0.03
    """Landsat pixel [V, OLI]."""
    oli_error_m: float = 30.0
    """Geolocation error each side: a pixel [K]."""
    agri_pixel_km: float = 4.0
    """FY-4 thermal pixel, 2 to 4 km at nadir and wider here [K]."""
    agri_error_m: float = 2000.0
    """Half a pixel, plus parallax as for AHI [K]."""
    other_pixel_km: float = 1.0
    """Pixel of a sensor the sheet does not state [K]."""
    other_error_m: float = 1500.0
    """Its error each side: wide, since nothing is known [K]."""
    person_error_m: float = 500.0
    """Position error of a ground report that states none [K]."""
    inclination_deg: float = 98.5
    """98.7 for the VIIRS platforms, 98.2 for Terra and Aqua [K]; the mean turns a pixel by 0.3."""
    period_s: float = 6_010.0
    """Orbit period: 101.4 min VIIRS platforms, 98.8 min Terra and Aqua [K]."""


def footprints(
    hotspots: gpd.GeoDataFrame,
    *,
    rules: FootprintRules | None = None,
    widened: bool = True,
    elevation_m: Floats | None = None,
    relief_m: Floats | None = None,
) -> gpd.GeoSeries:
    """Area each hotspot may have come from.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows, may be empty
    rules : FootprintRules, optional
    widened : bool
        With the geolocation error of the sensor; without it the bare pixel.
    elevation_m : array [m], n, optional
        Mean height of the ground in each bare pixel, NaN unknown. With it an AHI cell is moved
        back to where the ground is, and its error no longer includes its height. The
        others are corrected for terrain by their makers.
    relief_m : array [m], n, optional
        Standard deviation of the height there: twice its parallax stays in the error. 0 by
        default.

    Returns
    -------
    GeoSeries [EPSG:4326 polygons], n rows, index kept

    Notes
    -----
    Vectorised: one call to shapely for all rectangles. Pixels are drawn on the local tangent
    plane; at 1 km from the centre the error is below 1 m. A row stated as day is on the ascending
    track of the afternoon satellites and on the descending one of Terra; without the flag the
    local solar hour decides. Bow-tie overlap is not taken off: see
    :func:`jdzfire.hotspots.bowtie.note_bowtie`.

    Parallax: ground at height h is seen h tan(z) farther from the point under the satellite, z
    its zenith angle on a sphere, at the city within 0.02 degrees of the ellipsoid's [C]: 42.8
    degrees, so 500 m make 460 m. The height is that of the ground where the cell appears, not
    where it is moved to: below 1,000 m the two are within half a cell. AGRI is not
    moved: its sub-satellite longitudes over time are not known here.
    """
    rules = rules or FootprintRules()
    if hotspots.empty:
        return gpd.GeoSeries([], index=hotspots.index, crs=hotspots.crs)
    instrument = hotspots["instrument"].to_numpy(dtype=object)
    lon, lat = _lon(hotspots), _lat(hotspots)
    if elevation_m is None:
        height_error = None
    else:
        lon, lat, height_error = _seen_aslant(lon, lat, instrument, elevation_m, relief_m, rules)
    half_scan, half_track = _half_sizes_m(
        hotspots, instrument, rules, widened=widened, height_error_m=height_error
    )
    axis = _axis_rad(hotspots, instrument, rules)
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)], dtype=float)
    across = corners[None, :, 0] * half_scan[:, None]
    along = corners[None, :, 1] * half_track[:, None]
    east = across * np.cos(axis)[:, None] + along * np.sin(axis)[:, None]
    north = -across * np.sin(axis)[:, None] + along * np.cos(axis)[:, None]
    x, y = _offset(lon[:, None], lat[:, None], east, north)
    shapes = np.asarray(shapely.polygons(np.stack([x, y], axis=2)))
    people = np.flatnonzero(instrument == "PERSON")
    if len(people):
        turn = np.linspace(0.0, 2.0 * np.pi, 33)
        radius = half_scan[people, None]
        x, y = _offset(
            lon[people, None], lat[people, None], radius * np.cos(turn), radius * np.sin(turn)
        )
        shapes[people] = shapely.polygons(np.stack([x, y], axis=2))
    return gpd.GeoSeries(shapes, index=hotspots.index, crs=hotspots.crs)


def track_heading_deg(
    lat: Floats,
    is_ascending: NDArray[np.bool_],
    *,
    inclination_deg: float,
    period_s: float,
) -> Floats:
    """Heading of the ground track, clockwise from north.

    Parameters
    ----------
    lat : array [degree], n
    is_ascending : array of bool, n
    inclination_deg : float [degree]
    period_s : float [s]

    Returns
    -------
    array [degree], n

    Notes
    -----
    On a circular orbit the inertial azimuth obeys sin(az) = cos(i) / cos(lat); the Earth's own
    turning is taken off the eastward speed. Beyond the highest latitude the track runs west.

    Examples
    --------
    >>> lat = np.array([29.3])
    >>> up = track_heading_deg(lat, np.array([True]), inclination_deg=98.7, period_s=6084.0)
    >>> round(float(up[0]), 1)
    -13.4
    """
    cos_lat = np.cos(np.radians(lat))
    sin_az = np.clip(np.cos(np.radians(inclination_deg)) / cos_lat, -1.0, 1.0)
    speed = 2.0 * np.pi / period_s  # Earth radii per second
    east = speed * sin_az - 2.0 * np.pi / _SIDEREAL_DAY_S * cos_lat
    north = speed * np.sqrt(1.0 - sin_az**2) * np.where(is_ascending, 1.0, -1.0)
    return np.asarray(np.degrees(np.arctan2(east, north)), dtype=np.float64)


def location_errors_m(hotspots: gpd.GeoDataFrame, *, rules: FootprintRules | None = None) -> Floats:
    """How far off each hotspot may lie, beyond its pixel.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows
    rules : FootprintRules, optional

    Returns
    -------
    array [m], n
        The error its row states, else that of its sensor.
    """
    return _pixels_and_errors(hotspots, rules or FootprintRules())[1]


def pixel_reaches_m(hotspots: gpd.GeoDataFrame, *, rules: FootprintRules | None = None) -> Floats:
    """How far each bare pixel reaches from its centre: half its diagonal.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows
    rules : FootprintRules, optional

    Returns
    -------
    array [m], n
    """
    instrument = hotspots["instrument"].to_numpy(dtype=object)
    return np.hypot(*_half_sizes_m(hotspots, instrument, rules or FootprintRules(), widened=False))


def _pixels_and_errors(hotspots: gpd.GeoDataFrame, rules: FootprintRules) -> tuple[Floats, Floats]:
    """Usual pixel [km] and error [m] of each hotspot."""
    sizes = {
        "MODIS": (rules.modis_pixel_km, rules.modis_error_m),
        "MERSI": (rules.mersi_pixel_km, rules.mersi_error_m),
        "OLI": (rules.oli_pixel_km, rules.oli_error_m),
        "AGRI": (rules.agri_pixel_km, rules.agri_error_m),
        "OTHER": (rules.other_pixel_km, rules.other_error_m),
        "AHI": (rules.viirs_pixel_km, rules.ahi_error_m),  # drawn as its cell
        "PERSON": (rules.viirs_pixel_km, rules.person_error_m),
    }
    usual = (rules.viirs_pixel_km, rules.viirs_error_m)
    code, names = pd.factorize(hotspots["instrument"])
    pairs = np.array([sizes.get(str(name), usual) for name in names]).reshape(-1, 2)
    stated = hotspots["location_error_m"].to_numpy(dtype=float)
    return pairs[code, 0], np.where(np.isnan(stated), pairs[code, 1], stated)


def _seen_aslant(
    lon: Floats,
    lat: Floats,
    instrument: NDArray[np.object_],
    elevation_m: Floats,
    relief_m: Floats | None,
    rules: FootprintRules,
) -> tuple[Floats, Floats, Floats]:
    """Places of AHI cells whose ground is known moved back; what height changes in their error."""
    known = (instrument == "AHI") & ~np.isnan(elevation_m)
    height = np.where(known, elevation_m, 0.0)
    x, y = correct_parallax(lon, lat, height, sub_lon=rules.himawari_lon_deg)
    varies = np.zeros(len(lon)) if relief_m is None else np.nan_to_num(relief_m)
    left = parallax_m(lon, lat, 2.0 * varies, sub_lon=rules.himawari_lon_deg)
    error = np.where(known, left - rules.ahi_parallax_m, 0.0)
    return np.where(known, x, lon), np.where(known, y, lat), error


def _half_sizes_m(
    hotspots: gpd.GeoDataFrame,
    instrument: NDArray[np.object_],
    rules: FootprintRules,
    *,
    widened: bool,
    height_error_m: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Half width along scan and along track."""
    pixel_km, error = _pixels_and_errors(hotspots, rules)
    if height_error_m is not None:
        is_stated = hotspots["location_error_m"].notna().to_numpy()
        error = np.where(is_stated, error, np.maximum(error + height_error_m, 0.0))
    radius = error
    if not widened:
        error = np.zeros(len(error))
    scan, track = (hotspots[name].to_numpy(dtype=float) for name in ("scan_km", "track_km"))
    scan = np.where(np.isnan(scan), pixel_km, scan)
    track = np.where(np.isnan(track), pixel_km, track)
    half_scan = scan * 500.0 + error
    half_track = track * 500.0 + error
    ahi = instrument == "AHI"
    half_cell = rules.ahi_cell_deg / 2.0
    lat = _lat(hotspots)
    half_scan[ahi] = half_cell * _M_PER_DEG_LON * np.cos(np.radians(lat[ahi])) + error[ahi]
    half_track[ahi] = half_cell * _M_PER_DEG_LAT + error[ahi]
    person = instrument == "PERSON"
    half_scan[person] = half_track[person] = np.maximum(radius[person], 1.0)
    return half_scan, half_track


def _axis_rad(
    hotspots: gpd.GeoDataFrame, instrument: NDArray[np.object_], rules: FootprintRules
) -> Floats:
    """Turn of each pixel, clockwise from north; 0 where the sensor has no track."""
    # these cross the equator southward by day; the afternoon satellites northward
    satellite, names = pd.factorize(hotspots["satellite"])
    is_morning = np.isin(np.asarray(names, dtype=str), _DESCENDING_BY_DAY)[satellite]
    is_ascending = _is_day(hotspots) != is_morning
    heading = track_heading_deg(
        _lat(hotspots),
        is_ascending,
        inclination_deg=rules.inclination_deg,
        period_s=rules.period_s,
    )
    kind, names = pd.factorize(instrument)
    orbits = np.isin(names.astype(str), ORBITERS)[kind]
    return np.where(orbits, np.radians(heading), 0.0)


def _is_day(hotspots: gpd.GeoDataFrame) -> NDArray[np.bool_]:
    hour = hotspots["acquired_at"].astype("int64").to_numpy() / 3.6e9
    solar_h = (hour + _lon(hotspots) / 15.0) % 24.0
    stated = hotspots["is_day"]
    is_stated = stated.notna().to_numpy()
    flag = stated.to_numpy(dtype=bool, na_value=False)
    by_sun = (solar_h >= 6.0) & (solar_h < 18.0)
    return np.asarray(np.where(is_stated, flag, by_sun), dtype=bool)


def _lon(hotspots: gpd.GeoDataFrame) -> Floats:
    return np.asarray(shapely.get_x(hotspots.geometry.to_numpy()), dtype=np.float64)


def _lat(hotspots: gpd.GeoDataFrame) -> Floats:
    return np.asarray(shapely.get_y(hotspots.geometry.to_numpy()), dtype=np.float64)


def _offset(
    lon: Floats,
    lat: Floats,
    east_m: Floats,
    north_m: Floats,
) -> tuple[Floats, Floats]:
    """Points moved by metres east and north, on the local tangent plane."""
    per_lon, per_lat = metres_per_degree(lat)
    return lon + east_m / per_lon, lat + north_m / per_lat
