"""Metres on the ground about a place, without a projection."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["metres_per_degree"]

Floats = NDArray[np.float64]


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
