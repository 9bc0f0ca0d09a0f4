"""Sun-synchronous orbits, and the view of a place from them.

A circular orbit on a spherical earth: the argument of latitude runs evenly, the plane keeps its
local mean time. That model, fitted to the public NRT files of 2023-11-09 (VIIRS) and 2022-02-27
(MODIS), meets their along-track pixel sizes to 0.004 and 0.008 km in the median and their
places along the track to about 2 degrees, the half minute their HHMM times allow. The
fit of S-NPP also meets its passes of 2021-09-28. From these fits come the phases and crossing
times of S-NPP, NOAA-20, Terra and Aqua below [V]; the drifts of Terra and Aqua are read off the
local times of later NRT samples [V], their phase after mid 2022 is not the real one (their
orbits were lowered); NOAA-21's phase is [K].
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from jdzfire.arrays import Floats

EARTH_RADIUS_KM = 6371.0
DAY_S = 86400.0
REPEAT_S = 16 * DAY_S
"""Both orbits repeat their ground track in 16 days [K]."""


def _epoch_s(day: date) -> float:
    return (day - date(1970, 1, 1)).days * DAY_S


@dataclass(frozen=True)
class Orbit:
    """One satellite's orbit."""

    satellite: str
    instrument: str
    inclination_deg: float
    height_km: float
    orbits_in_16d: int
    epoch_s: float
    """Midnight UTC the phase is given at, seconds since 1970."""
    phase_deg: float
    """Argument of latitude at the epoch [degree]."""
    node_h: float
    """Local mean time of the ascending node at the epoch [h]."""
    drift_h_per_year: float
    """Change of that time after the epoch [h/year]."""

    @property
    def period_s(self) -> float:
        """Time of one revolution [s]."""
        return REPEAT_S / self.orbits_in_16d

    def plane(self, at_s: Floats) -> tuple[Floats, Floats]:
        """Argument of latitude and longitude of the ascending node [rad]."""
        since = np.asarray(at_s, dtype=float) - self.epoch_s
        along = np.radians(self.phase_deg) + 2 * np.pi * since / self.period_s
        local_h = self.node_h + self.drift_h_per_year * since / (365.25 * DAY_S)
        return along, np.radians(15 * local_h - since / 240.0)

    def axes(self, at_s: Floats) -> tuple[Floats, Floats, Floats]:
        """Unit vectors to the satellite, along its motion, and normal to its plane; n x 3."""
        u, node = self.plane(at_s)
        tilt = np.radians(self.inclination_deg)
        p = np.stack([np.cos(node), np.sin(node), np.zeros_like(node)], axis=-1)
        q = np.stack(
            [
                -np.sin(node) * np.cos(tilt),
                np.cos(node) * np.cos(tilt),
                np.full_like(node, np.sin(tilt)),
            ],
            axis=-1,
        )
        cos_u, sin_u = np.cos(u)[..., None], np.sin(u)[..., None]
        up = p * cos_u + q * sin_u
        ahead = -p * sin_u + q * cos_u
        return up, ahead, np.cross(up, ahead)


VIIRS_EPOCH = _epoch_s(date(2023, 11, 9))
MODIS_EPOCH = _epoch_s(date(2022, 2, 27))

ORBITS: tuple[Orbit, ...] = (
    Orbit("S-NPP", "VIIRS", 98.7, 829.0, 227, VIIRS_EPOCH, 344.144, 13.424, 0.0),
    Orbit("NOAA-20", "VIIRS", 98.7, 829.0, 227, VIIRS_EPOCH, 163.775, 13.424, 0.0),
    # half way between the two others, 25 minutes from each
    Orbit("NOAA-21", "VIIRS", 98.7, 829.0, 227, VIIRS_EPOCH, 253.96, 13.424, 0.0),
    # no station keeping any more: Terra crosses earlier each year, Aqua later
    Orbit("Terra", "MODIS", 98.2, 705.0, 233, MODIS_EPOCH, 126.953, 22.368, -0.25),
    Orbit("Aqua", "MODIS", 98.2, 705.0, 233, MODIS_EPOCH, 356.333, 13.610, 0.17),
)


@dataclass(frozen=True)
class ViewGeometry:
    """A place seen from a passing satellite; all arrays n."""

    at_s: Floats
    """When the place is abeam of the satellite, seconds since 1970."""
    off_track: Floats
    """Angle at the earth's centre between place and ground track [rad], left positive."""
    scan_deg: Floats
    """Angle at the satellite between nadir and place [degree], left positive."""
    zenith_deg: Floats
    """Angle at the place between zenith and satellite [degree]."""
    along: Floats
    """East and north parts of the direction of flight at the place; n x 2."""
    across: Floats
    """East and north parts of the direction to the left of it; n x 2."""

    def take(self, rows: NDArray[np.bool_]) -> ViewGeometry:
        """The views chosen."""
        return ViewGeometry(**{name: values[rows] for name, values in vars(self).items()})


def find_passes(
    orbit: Orbit, lon: float, lat: float, start_s: float, end_s: float, *, reach_deg: float
) -> Floats:
    """Times of closest approach to a place, within a reach at the earth's centre [degree]."""
    at = np.arange(start_s - 1800.0, end_s + 1800.0, 30.0)
    place = _unit(np.array([lon]), np.array([lat]))[0]
    cosine = orbit.axes(at)[0] @ place
    top = (cosine[1:-1] >= cosine[:-2]) & (cosine[1:-1] > cosine[2:])
    near = cosine[1:-1] > np.cos(np.radians(reach_deg))
    found = at[1:-1][top & near]
    return np.asarray(found[(found >= start_s) & (found < end_s)])


def view_from(orbit: Orbit, near_s: Floats, lon: Floats, lat: Floats) -> ViewGeometry:
    """How places are seen in the passes at about the times given; Newton steps, n views."""
    place = _unit(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    at = np.asarray(near_s, dtype=float).copy()
    rate = 2 * np.pi / orbit.period_s
    for _ in range(4):
        up, ahead, _ = orbit.axes(at)
        at = at + np.arctan2((place * ahead).sum(-1), (place * up).sum(-1)) / rate
    up, ahead, left = orbit.axes(at)
    off = np.arcsin(np.clip((place * left).sum(-1), -1, 1))
    ratio = 1 + orbit.height_km / EARTH_RADIUS_KM
    scan = np.arctan2(np.sin(off), ratio - np.cos(off))
    east, north = _compass(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    side = left - (left * place).sum(-1)[..., None] * place
    side = side / np.linalg.norm(side, axis=-1)[..., None]
    return ViewGeometry(
        at_s=at,
        off_track=off,
        scan_deg=np.degrees(scan),
        zenith_deg=np.degrees(np.abs(scan) + np.abs(off)),
        along=np.stack([(ahead * east).sum(-1), (ahead * north).sum(-1)], axis=-1),
        across=np.stack([(side * east).sum(-1), (side * north).sum(-1)], axis=-1),
    )


def sun_elevation(lon: Floats, lat: Floats, at_s: Floats) -> tuple[Floats, Floats]:
    """Elevation and azimuth of the sun [degree]; low-precision formulas, good to 0.5 degree [K]."""
    days = np.asarray(at_s) / DAY_S - 10957.5  # since 2000-01-01 12:00 UTC
    mean = np.radians((357.529 + 0.98560028 * days) % 360)
    ecliptic = np.radians(280.459 + 0.98564736 * days) + np.radians(1.915) * np.sin(mean)
    decl = np.arcsin(np.sin(np.radians(23.44)) * np.sin(ecliptic))
    right = np.arctan2(np.cos(np.radians(23.44)) * np.sin(ecliptic), np.cos(ecliptic))
    sidereal = np.radians((280.4606 + 360.98564737 * days) % 360)
    hour = sidereal + np.radians(lon) - right
    phi = np.radians(lat)
    sine = np.sin(phi) * np.sin(decl) + np.cos(phi) * np.cos(decl) * np.cos(hour)
    azimuth = np.arctan2(
        -np.sin(hour) * np.cos(decl),
        np.cos(phi) * np.sin(decl) - np.sin(phi) * np.cos(decl) * np.cos(hour),
    )
    return np.degrees(np.arcsin(np.clip(sine, -1, 1))), np.degrees(azimuth) % 360


def _unit(lon: Floats, lat: Floats) -> Floats:
    x, y = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=-1)


def _compass(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    x, y = np.radians(lon), np.radians(lat)
    east = np.stack([-np.sin(x), np.cos(x), np.zeros_like(x)], axis=-1)
    north = np.stack([-np.sin(y) * np.cos(x), -np.sin(y) * np.sin(x), np.cos(y)], axis=-1)
    return east, north
