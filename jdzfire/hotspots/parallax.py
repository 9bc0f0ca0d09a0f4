"""How far height moves a pixel seen aslant from a geostationary satellite."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from jdzfire.arrays import Floats
from jdzfire.orbits import EARTH_RADIUS_KM

HIMAWARI_LON = 140.7
"""Sub-satellite longitude of Himawari-8 and -9 [degree, V JMA]."""
ORBIT_RADIUS_KM = 42_164.0
_M_PER_DEG = 111_195.0


def view_from(
    lon: ArrayLike, lat: ArrayLike, *, sub_lon: float = HIMAWARI_LON
) -> tuple[Floats, Floats, Floats]:
    """Zenith angle of the satellite [degree], and the unit step east and north away from it.

    Parameters
    ----------
    lon, lat : array_like [degree], n
    sub_lon : float [degree]
        Sub-satellite longitude.

    Examples
    --------
    >>> zenith, _, _ = view_from(117.2, 29.3)
    >>> round(float(zenith), 1)
    42.8
    """
    phi = np.radians(np.asarray(lat, dtype=np.float64))
    away = np.radians(sub_lon - np.asarray(lon, dtype=np.float64))
    cosine = np.cos(phi) * np.cos(away)
    central = np.arccos(np.clip(cosine, -1.0, 1.0))
    zenith = np.arctan2(np.sin(central), cosine - EARTH_RADIUS_KM / ORBIT_RADIUS_KM)
    toward = np.arctan2(np.sin(away), -np.sin(phi) * np.cos(away))
    return np.degrees(zenith), -np.sin(toward), -np.cos(toward)


def parallax_m(
    lon: ArrayLike, lat: ArrayLike, height_m: ArrayLike, *, sub_lon: float = HIMAWARI_LON
) -> Floats:
    """How far a pixel at a height appears from its place, away from the satellite [m].

    Examples
    --------
    >>> round(float(parallax_m(117.2, 29.3, 500.0)), -1)
    460.0
    """
    zenith, _, _ = view_from(lon, lat, sub_lon=sub_lon)
    moved: Floats = np.asarray(height_m, dtype=np.float64) * np.tan(np.radians(zenith))
    return moved


def correct_parallax(
    lon: ArrayLike, lat: ArrayLike, height_m: ArrayLike, *, sub_lon: float = HIMAWARI_LON
) -> tuple[Floats, Floats]:
    """Places where pixels seen at heights really lie: moved back towards the satellite.

    Parameters
    ----------
    lon, lat : array_like [degree], n
        As the product gives them.
    height_m : array_like [m], n
        Of the ground there.

    Returns
    -------
    tuple of ndarray [degree], n
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    _, east, north = view_from(x, y, sub_lon=sub_lon)
    moved = parallax_m(x, y, height_m, sub_lon=sub_lon)
    per_lon = _M_PER_DEG * np.cos(np.radians(y))
    return x - moved * east / per_lon, y - moved * north / _M_PER_DEG
