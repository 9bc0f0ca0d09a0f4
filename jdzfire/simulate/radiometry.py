"""What a pixel with a fire in it looks like: temperatures, chance to be noticed, confidence.

The 4 um radiance of a pixel is its background's plus FRP / area x a / sigma (Wooster 2003), turned
into temperature by Planck's law. Chances are logistic in the logarithm of FRP; the FRP at which
half the pixels are noticed is of the order the literature gives for each sensor ([K]; the
smallest and median FRP of the public VIIRS file of 2023-11-09, night 0.07 and 1.7 MW, day 0.2
and 6.6 MW, are consistent with them).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jdzfire.arrays import Floats

EARTH_RADIUS_KM = 6371.0
C1 = 1.191043e8
"""First radiation constant for radiance [W um4 m-2 sr-1]."""
C2 = 14387.77
"""Second radiation constant [um K]."""
FRP_PER_RADIANCE = 5.670374e-8 / 3.0e-9
"""sigma / a of the MIR radiance method [sr um]; a about 3e-9 W m-2 sr-1 um-1 K-4 [K]."""


@dataclass(frozen=True)
class Sensor:
    """A scanning radiometer."""

    name: str
    height_km: float
    scan_km: float
    """Size of the nadir pixel along the scan [km]."""
    track_km: float
    """Size of the nadir pixel along the track [km]."""
    zones: tuple[tuple[float, float], ...]
    """Scan angle a zone reaches to [degree], samples' width against nadir's."""
    mir_um: float
    saturation_k: float
    floor_day_k: float
    floor_night_k: float
    half_day_mw: float
    """FRP noticed by half at nadir by day [MW]."""
    half_night_mw: float
    steepness: float
    bias_m: float
    """Position error shared by one pass, 1 sigma an axis [m]."""
    jitter_m: float
    """Position error of each pixel, 1 sigma an axis [m]."""

    @property
    def reach_deg(self) -> float:
        """Largest scan angle [degree]."""
        return self.zones[-1][0]


VIIRS = Sensor(
    name="VIIRS",
    height_km=829.0,
    scan_km=0.38,
    track_km=0.36,
    zones=((31.72, 1.0), (44.86, 2 / 3), (56.28, 1 / 3)),
    mir_um=3.74,
    saturation_k=367.0,
    floor_day_k=325.0,
    floor_night_k=295.0,
    half_day_mw=2.5,
    half_night_mw=1.0,
    steepness=3.0,
    bias_m=45.0,
    jitter_m=55.0,
)
"""375 m I bands. Nadir size, zone limits and the growth off nadir reproduce the scan/track pairs
of the public NRT file of 2023-11-09 [V]: 0.38 x 0.36 km at nadir, 0.57 -> 0.38 and 0.63 -> 0.32
where samples are aggregated by 3, 2 and 1, 0.80 x 0.78 km at the edge."""

MODIS = Sensor(
    name="MODIS",
    height_km=705.0,
    scan_km=1.0,
    track_km=1.0,
    zones=((55.0, 1.0),),
    mir_um=3.96,
    saturation_k=500.0,
    floor_day_k=300.0,
    floor_night_k=300.0,
    half_day_mw=10.0,
    half_night_mw=7.0,
    steepness=3.0,
    bias_m=60.0,
    jitter_m=80.0,
)
"""1 km bands; 1 x 1 km at nadir to 4.8 x 2.0 km at the edge [V, public NRT file of 2022-02-27]."""


def pixel_size_km(sensor: Sensor, scan_deg: Floats) -> tuple[Floats, Floats]:
    """Pixel size along scan and track at a scan angle [km].

    Examples
    --------
    >>> [round(float(size), 2) for size in pixel_size_km(VIIRS, np.array(0.0))]
    [0.38, 0.36]
    >>> [round(float(size), 1) for size in pixel_size_km(MODIS, np.array(55.0))]
    [4.8, 2.0]
    """
    angle = np.radians(np.abs(np.asarray(scan_deg, dtype=float)))
    ratio = 1 + sensor.height_km / EARTH_RADIUS_KM
    incidence = np.arcsin(np.clip(ratio * np.sin(angle), 0, 1))
    off = incidence - angle
    slant = np.where(
        angle < 1e-6,
        1.0,
        np.sqrt(1 + ratio**2 - 2 * ratio * np.cos(off)) / (ratio - 1),
    )
    limits = np.array([limit for limit, _ in sensor.zones[:-1]])
    width = np.array([part for _, part in sensor.zones])
    samples = width[np.searchsorted(limits, np.abs(scan_deg), side="right")]
    return sensor.scan_km * samples * slant / np.cos(incidence), sensor.track_km * slant


def brightness_k(sensor: Sensor, background_k: Floats, frp_mw: Floats, area_km2: Floats) -> Floats:
    """4 um brightness temperature of a pixel with a fire in it [K], cut at saturation."""
    wave = sensor.mir_um
    radiance = C1 / wave**5 / np.expm1(C2 / (wave * background_k))
    radiance = radiance + frp_mw / area_km2 / FRP_PER_RADIANCE
    hot = C2 / wave / np.log1p(C1 / wave**5 / radiance)
    return np.minimum(hot, sensor.saturation_k)


def detection_chance(
    sensor: Sensor, frp_mw: Floats, area_km2: Floats, is_day: NDArray[np.bool_]
) -> Floats:
    """Chance that the product's algorithm notices a pixel of this FRP."""
    nadir = sensor.scan_km * sensor.track_km
    half = np.where(is_day, sensor.half_day_mw, sensor.half_night_mw)
    half = half * (area_km2 / nadir) ** 0.6
    return np.asarray(1 / (1 + (half / np.maximum(frp_mw, 1e-6)) ** sensor.steepness))
