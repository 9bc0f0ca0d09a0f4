"""Himawari-9 AHI: every ten minutes, coarse, slanted, uncertain.

The satellite is at 140.7 E; at the city it is seen 43 degrees from the zenith, so that ground
500 m above the ellipsoid appears 0.46 km further off. Cells are those of the L2WLF grid, 0.02
degree; heat must be strong to be noticed at all.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Floats
from jdzfire.orbits import EARTH_RADIUS_KM, sun_elevation
from jdzfire.simulate.land import Land, sample_grid
from jdzfire.simulate.noise import stream
from jdzfire.simulate.places import EARTH_KM
from jdzfire.simulate.polar import Scene, background_k
from jdzfire.simulate.sources import offset_degrees

SUB_LON = 140.7
ORBIT_RADIUS_KM = 42164.0
AHI_CELL_DEG = 0.02
AHI_STEP_S = 600.0
SCAN_DELAY_S = 120.0
"""A scan reaches these latitudes about two minutes after its start [V, the real file: 1902]."""

HALF_DAY_MW, HALF_NIGHT_MW = 40.0, 20.0
"""FRP noticed by half the scans; of the order of the published comparisons [K]."""
STEEPNESS = 4.0
WORTH_MW = 8.0
"""What is weaker at the moment of the scan is lost in the background."""
ERROR_KM = 0.7


def geostationary_view(lon: Floats, lat: Floats) -> tuple[Floats, Floats, Floats]:
    """Zenith angle of the satellite [degree], and the unit step east and north away from it.

    Examples
    --------
    >>> zenith, _, _ = geostationary_view(np.array([117.2]), np.array([29.3]))
    >>> bool(abs(zenith[0] - 42.8) < 0.3)
    True
    """
    phi, away = np.radians(lat), np.radians(SUB_LON - np.asarray(lon))
    cosine = np.cos(phi) * np.cos(away)
    central = np.arccos(cosine)
    zenith = np.arctan2(np.sin(central), cosine - EARTH_RADIUS_KM / ORBIT_RADIUS_KM)
    toward = np.arctan2(np.sin(away), -np.sin(phi) * np.cos(away))
    return np.degrees(zenith), -np.sin(toward), -np.cos(toward)


def observe_ahi(scene: Scene, land: Land, start_s: float, end_s: float) -> pd.DataFrame:
    """Cells the sensor flagged, with the columns of :func:`jdzfire.simulate.polar.observe_polar`.

    Cloud hides, chance decides scan by scan; the place is moved by parallax and an error that
    stays the same for an hour, then falls into its cell.
    """
    rng = stream(scene.seed, f"ahi-{scene.climate.year}")
    source, at = _scans(scene, start_s, end_s)
    fires, sites = scene.heat.fires, scene.heat.sites
    is_fire = source < len(fires)
    row = np.where(is_fire, source, 0)
    work = np.where(is_fire, 0, source - len(fires))
    lon = np.where(is_fire, fires["lon"].to_numpy()[row], sites["lon"].to_numpy()[work])
    lat = np.where(is_fire, fires["lat"].to_numpy()[row], sites["lat"].to_numpy()[work])
    frp = scene.heat.curves.at(row, at)[1] * fires["canopy"].to_numpy()[row]
    flicker = sites["frp_mw"].to_numpy()[work] * rng.lognormal(-0.1, 0.45, len(work))
    frp = np.where(is_fire, frp, flicker)
    is_day = sun_elevation(lon, lat, at)[0] > 0
    half = np.where(is_day, HALF_DAY_MW, HALF_NIGHT_MW)
    chance = 1 / (1 + (half / np.maximum(frp, 1e-6)) ** STEEPNESS)
    hit = (rng.random(len(frp)) < chance) & (frp >= WORTH_MW)
    hit[hit] = ~scene.climate.is_cloudy(lon[hit], lat[hit], at[hit])
    found = pd.DataFrame(
        {
            "source": source[hit],
            "at_s": at[hit],
            "lon_true": lon[hit],
            "lat_true": lat[hit],
            "frp_mw": frp[hit] * rng.lognormal(0, 0.35, hit.sum()),
            "origin": np.where(is_fire[hit], "fire", "heat_source"),
        }
    )
    return write_cells(found, scene, land, rng)


def write_cells(
    found: pd.DataFrame, scene: Scene, land: Land, rng: np.random.Generator
) -> pd.DataFrame:
    """Heat as cells of the grid; one that straddles two appears in both, as in the product."""
    lon, lat = found["lon_true"].to_numpy(dtype=float), found["lat_true"].to_numpy(dtype=float)
    at = found["at_s"].to_numpy(dtype=float)
    zenith, east, north = geostationary_view(lon, lat)
    lift_km = sample_grid(land.grid, land.height_m, lon, lat) / 1000 * np.tan(np.radians(zenith))
    hour = (at // 3600).astype(np.int64)
    error = _hourly_error(found["source"].to_numpy(dtype=np.int64), hour)
    x, y = offset_degrees(lon, lat, lift_km * east + error[0], lift_km * north + error[1])
    is_day = sun_elevation(lon, lat, at)[0] > 0
    cold, warm = background_k(scene.climate, lon, lat, at, is_day)
    table = found.assign(
        satellite="Himawari-9",
        instrument="AHI",
        lon=np.round(np.round(x / AHI_CELL_DEG) * AHI_CELL_DEG, 2),
        lat=np.round(np.round(y / AHI_CELL_DEG) * AHI_CELL_DEG, 2),
        mir_k=warm + 0.8 * found["frp_mw"].to_numpy(),
        tir_k=cold,
        is_day=is_day,
        scan_km=AHI_CELL_DEG * EARTH_KM * np.cos(np.radians(lat)),
        track_km=AHI_CELL_DEG * EARTH_KM,
        pass_number=(at // AHI_STEP_S).astype(np.int64),
    )
    double = table[rng.random(len(table)) < 0.4]
    step = np.where(rng.random(len(double)) < 0.5, -AHI_CELL_DEG, AHI_CELL_DEG)
    beside = double.assign(lon=np.round(double["lon"] + step, 2))
    both = pd.concat([table, beside], ignore_index=True)
    strongest = both.sort_values(["frp_mw", "source"], kind="stable", ascending=False)
    cells = strongest.drop_duplicates(["at_s", "lon", "lat"])
    return cells.sort_values(["at_s", "lat", "lon"], ascending=[True, False, True])


def _scans(scene: Scene, start_s: float, end_s: float) -> tuple[NDArray[np.int64], Floats]:
    """Pairs of source and scan time in which the source may be strong enough."""
    times = np.arange(start_s, end_s, AHI_STEP_S) + SCAN_DELAY_S
    curves = scene.heat.curves
    strong = np.flatnonzero(curves.frp_mw.max(axis=1) >= WORTH_MW)
    first = np.searchsorted(times, curves.start_s[strong])
    last = np.searchsorted(times, curves.ended_s[strong], side="right")
    counts = np.maximum(last - first, 0)
    fire = np.repeat(strong, counts)
    when = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    when = when + np.repeat(first, counts)
    sites = scene.heat.sites
    hot = np.flatnonzero(sites["frp_mw"].to_numpy() >= WORTH_MW / 4)
    started = sites["starts_at"].astype("int64").to_numpy() / 1e6
    work = np.repeat(hot, len(times))
    seen = np.tile(np.arange(len(times)), len(hot))
    runs = times[seen] >= started[work] if len(seen) else np.empty(0, dtype=bool)
    source = np.concatenate([fire, work[runs] + len(scene.heat.fires)])
    return source.astype(np.int64), times[np.concatenate([when, seen[runs]]).astype(np.int64)]


def _hourly_error(source: NDArray[np.int64], hour: NDArray[np.int64]) -> Floats:
    """A position error [km] that hangs on source and hour alone; 2 x n."""
    mixed = (source.astype(np.uint64) << np.uint64(32)) ^ hour.astype(np.uint64)
    u, v = (_scramble(mixed ^ np.uint64(salt)) for salt in (0, 0x5851F42D4C957F2D))
    radius = ERROR_KM * np.sqrt(-2 * np.log(np.clip(u, 1e-9, 1.0)))
    return np.stack([radius * np.cos(2 * np.pi * v), radius * np.sin(2 * np.pi * v)])


def _scramble(number: NDArray[np.uint64]) -> Floats:
    """Whole numbers to numbers in 0..1 that look random (the finaliser of SplitMix64)."""
    mixed = number + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed = mixed ^ (mixed >> np.uint64(31))
    return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53
