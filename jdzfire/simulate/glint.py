"""False alarms by day: sun glint on water, and bright roofs.

For the polar sensors water glitters where the direction mirrored from the sun is near the
satellite's; roofs flash at any geometry, seldom. AHI errs more often, at cloud edges and over
warm bare ground. Rates are guesses that give a city some ten false pixels a sensor and year
([K]; AHI's 54 % raw accuracy in China [V, ESSD 15/1911] suggests that it errs about as often as
not).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Floats
from jdzfire.orbits import Orbit, sun_elevation, view_from
from jdzfire.simulate.geostationary import AHI_STEP_S, SCAN_DELAY_S, write_cells
from jdzfire.simulate.land import BUILT, CROP, WATER, Land
from jdzfire.simulate.noise import stream
from jdzfire.simulate.polar import SENSORS, Scene, settle_pixels

GLINT_DEG = 22.0
WATER_RATE = 6.0e-2
"""Places of water that might be taken for fire in a pass if they glitter, per 1,000 km2 of land."""
ROOF_RATE = 8.0e-3
"""The same for roofs, at any geometry."""
AHI_PER_DAY = 0.012
"""False AHI events per day and 1,000 km2."""


def glint_angle_deg(
    sun_elevation_deg: Floats, sun_azimuth_deg: Floats, zenith_deg: Floats, azimuth_deg: Floats
) -> Floats:
    """Angle between the mirrored sun and the satellite, both seen from the place [degree].

    Examples
    --------
    >>> float(glint_angle_deg(np.array(60.0), np.array(180.0), np.array(30.0), np.array(0.0)))
    0.0
    """
    sun = np.radians(90.0 - sun_elevation_deg)
    view = np.radians(zenith_deg)
    splits = np.radians(azimuth_deg - sun_azimuth_deg)
    cosine = np.cos(sun) * np.cos(view) - np.sin(sun) * np.sin(view) * np.cos(splits)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))).round(6))


def glint_polar(orbit: Orbit, passes_s: Floats, scene: Scene, land: Land) -> pd.DataFrame:
    """False pixels of one polar sensor, in the columns of `observe_polar`."""
    rng = stream(scene.seed, f"glint-{orbit.satellite}-{scene.climate.year}")
    area = _thousand_km2(land)
    parts = [
        _tries(rng, land, passes_s, WATER, WATER_RATE * area),
        _tries(rng, land, passes_s, BUILT, ROOF_RATE * area),
    ]
    tries = pd.concat(parts, ignore_index=True)
    lon, lat = tries["lon"].to_numpy(dtype=float), tries["lat"].to_numpy(dtype=float)
    view = view_from(orbit, tries["at_s"].to_numpy(dtype=float), lon, lat)
    elevation, azimuth = sun_elevation(lon, lat, view.at_s)
    # the satellite is across the track, on the side the place is not
    side = -np.sign(view.off_track)[:, None] * view.across
    to_satellite = np.degrees(np.arctan2(side[:, 0], side[:, 1]))
    glint = glint_angle_deg(elevation, azimuth, view.zenith_deg, to_satellite)
    mirrors = (tries["cover"].to_numpy() == BUILT) | (glint < GLINT_DEG)
    keep = (np.abs(view.scan_deg) < SENSORS[orbit.instrument].reach_deg) & (elevation > 12)
    keep &= mirrors & ~scene.climate.is_cloudy(lon, lat, view.at_s)
    half = SENSORS[orbit.instrument].half_day_mw
    pixels = pd.DataFrame(
        {
            "pass_number": tries["pass_number"],
            "source": -1,
            "at_s": view.at_s,
            "lon": lon,
            "lat": lat,
            "lon_true": lon,
            "lat_true": lat,
            "scan_deg": view.scan_deg,
            "frp_mw": half * rng.lognormal(0.2, 0.5, len(tries)),
            "origin": "glint",
        }
    )[keep].reset_index(drop=True)
    return settle_pixels(pixels, orbit, scene.climate, rng)


def glint_ahi(scene: Scene, land: Land, start_s: float, end_s: float) -> pd.DataFrame:
    """False AHI cells: by day, one to four scans long."""
    rng = stream(scene.seed, f"glint-ahi-{scene.climate.year}")
    mean = AHI_PER_DAY * _thousand_km2(land) * (end_s - start_s) / 86400
    count = int(rng.poisson(mean))
    lon, lat = _places(rng, land, np.isin(land.cover, [WATER, BUILT, CROP]), count)
    scans = int((end_s - start_s) / AHI_STEP_S)
    first = start_s + SCAN_DELAY_S + rng.integers(max(scans, 1), size=count) * AHI_STEP_S
    length = rng.integers(1, 5, count)
    event = np.repeat(np.arange(count), length)
    step = np.arange(len(event)) - np.repeat(np.cumsum(length) - length, length)
    at = first[event] + step * AHI_STEP_S
    by_day = (sun_elevation(lon[event], lat[event], at)[0] > 10) & (at < end_s)
    found = pd.DataFrame(
        {
            "source": -1 - event,
            "at_s": at,
            "lon_true": lon[event],
            "lat_true": lat[event],
            "frp_mw": 30 * rng.lognormal(0, 0.5, len(event)),
            "origin": "glint",
        }
    )[by_day].reset_index(drop=True)
    return write_cells(found, scene, land, rng)


def _thousand_km2(land: Land) -> float:
    height, width = land.grid.cell_km
    return float((land.township >= 0).sum() * height * width / 1000)


def _tries(
    rng: np.random.Generator, land: Land, passes_s: Floats, cover: int, rate: float
) -> pd.DataFrame:
    """Moments at which a place of this cover might be taken for fire."""
    number = np.repeat(np.arange(len(passes_s)), rng.poisson(rate, len(passes_s)))
    lon, lat = _places(rng, land, land.cover == cover, len(number))
    return pd.DataFrame(
        {"pass_number": number, "at_s": passes_s[number], "lon": lon, "lat": lat, "cover": cover}
    )


def _places(
    rng: np.random.Generator, land: Land, where: NDArray[np.bool_], count: int
) -> tuple[Floats, Floats]:
    cells = rng.choice(np.flatnonzero(where & (land.township >= 0)), size=count)
    rows, cols = np.unravel_index(cells, land.grid.shape)
    shake = rng.uniform(-0.5, 0.5, (2, count)) * land.grid.step
    return land.grid.lons[cols] + shake[0], land.grid.lats[rows] + shake[1]
