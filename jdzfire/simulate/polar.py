"""Flying VIIRS and MODIS over the season: pixels noticed, with where they truly came from.

Heat is summed over the sensor's own pixels, which lie in columns of scan angle and rows along
the track; a pixel is as wide as the angle makes it, is turned with the track, and is noticed or
not by chance of its FRP. Bow-tie repeats at the scan's edge are taken as removed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Floats
from jdzfire.orbits import EARTH_RADIUS_KM, Orbit, ViewGeometry, sun_elevation, view_from
from jdzfire.simulate.climate import Climate
from jdzfire.simulate.noise import stream
from jdzfire.simulate.radiometry import (
    MODIS,
    VIIRS,
    Sensor,
    brightness_k,
    detection_chance,
    pixel_size_km,
)
from jdzfire.simulate.sources import (
    POINTS,
    Heat,
    HeatInPass,
    heat_in_passes,
    offset_degrees,
    spread_points,
)

SENSORS = {"VIIRS": VIIRS, "MODIS": MODIS}
BLUR = 4
"""Copies each point is blurred into, for the sensor's point spread."""
BLUR_SCAN, BLUR_TRACK = 0.30, 0.18
"""Point spread, 1 sigma in pixels; wider along the scan, as the sensor sweeps [K]."""
FAINTEST_MW = 0.05


@dataclass(frozen=True)
class Scene:
    """What the satellites fly over."""

    heat: Heat
    climate: Climate
    seed: int


def observe_polar(orbit: Orbit, passes_s: Floats, scene: Scene) -> pd.DataFrame:
    """Pixels of fires and industrial sites the sensor noticed in the passes given.

    Returns
    -------
    DataFrame
        One row a pixel: satellite, instrument, at_s, lon, lat (with the product's position
        error), lon_true, lat_true (middle of the heat in it), scan_km, track_km, frp_mw,
        mir_k, tir_k, is_day, origin, source (row of the strongest source), pass_number.
    """
    rng = stream(scene.seed, f"polar-{orbit.satellite}-{scene.climate.year}")
    sensor = SENSORS[orbit.instrument]
    in_pass = heat_in_passes(scene.heat, passes_s, rng)
    view = view_from(orbit, in_pass.at_s, in_pass.lon, in_pass.lat)
    seen = (np.abs(view.scan_deg) < sensor.reach_deg) & (in_pass.frp_mw > FAINTEST_MW)
    cloudy = np.ones(len(seen), dtype=bool)
    cloudy[seen] = scene.climate.is_cloudy(in_pass.lon[seen], in_pass.lat[seen], view.at_s[seen])
    clear = seen & ~cloudy
    in_pass, view = in_pass.take(clear), view.take(clear)
    parts = _lay_on_pixels(sensor, in_pass, view, spread_points(scene.heat, in_pass, rng), rng)
    pixels = _sum_pixels(parts, scene.heat)
    return settle_pixels(pixels, orbit, scene.climate, rng)


def settle_pixels(
    pixels: pd.DataFrame, orbit: Orbit, climate: Climate, rng: np.random.Generator
) -> pd.DataFrame:
    """Chance, temperatures and position errors for pixels that hold heat; n -> at most n rows."""
    sensor = SENSORS[orbit.instrument]
    scan, track = pixel_size_km(sensor, pixels["scan_deg"].to_numpy(dtype=float))
    area = scan * track
    frp = pixels["frp_mw"].to_numpy(dtype=float)
    lon, lat = pixels["lon"].to_numpy(dtype=float), pixels["lat"].to_numpy(dtype=float)
    at = pixels["at_s"].to_numpy(dtype=float)
    is_day = sun_elevation(lon, lat, at)[0] > 0
    noticed = rng.random(len(frp)) < detection_chance(sensor, frp, area, is_day)
    cold, warm = background_k(climate, lon, lat, at, is_day)
    mir = brightness_k(sensor, warm, frp, area) + rng.normal(0, 1.5, len(frp))
    floor = np.where(is_day, sensor.floor_day_k, sensor.floor_night_k)
    mir = np.maximum(mir, floor + rng.exponential(2.0, len(frp)))
    bias = rng.normal(
        0, sensor.bias_m, (int(pixels["pass_number"].max() + 1) if len(frp) else 0, 2)
    )
    error_km = (
        bias[pixels["pass_number"].to_numpy()] + rng.normal(0, sensor.jitter_m, (len(frp), 2))
    ) / 1000
    lon_seen, lat_seen = offset_degrees(lon, lat, error_km[:, 0], error_km[:, 1])
    return pixels.assign(
        satellite=orbit.satellite,
        instrument=orbit.instrument,
        lon=lon_seen,
        lat=lat_seen,
        scan_km=scan,
        track_km=track,
        frp_mw=np.maximum(frp * rng.lognormal(0, 0.2, len(frp)), 0.05),
        mir_k=np.minimum(mir, sensor.saturation_k),
        tir_k=cold + 0.25 * frp / area + rng.normal(0, 1.0, len(frp)),
        is_day=is_day,
    ).loc[noticed]


def background_k(
    climate: Climate, lon: Floats, lat: Floats, at_s: Floats, is_day: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Ground's 11 um and 4 um temperatures without fire [K]; sunlight warms the latter [K]."""
    noon = climate.sample("tas", lon, lat, at_s) + 273.15
    cold = np.where(is_day, noon + 4.0, noon - 9.0)
    return cold, np.where(is_day, cold + 11.0, cold + 1.0)


def _lay_on_pixels(
    sensor: Sensor,
    in_pass: HeatInPass,
    view: ViewGeometry,
    points: tuple[Floats, Floats, Floats],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Every blurred point of heat with the column and row of the pixel it falls in."""
    east, north, weight = (np.repeat(part, BLUR, axis=1) for part in points)
    shape = (len(in_pass.when), POINTS * BLUR)
    x = east * view.across[:, :1] + north * view.across[:, 1:]
    y = east * view.along[:, :1] + north * view.along[:, 1:]
    scan_size, track_size = pixel_size_km(sensor, view.scan_deg)
    blur = rng.standard_normal((2, *shape))
    angle = (
        view.off_track[:, None] + (x + BLUR_SCAN * blur[0] * scan_size[:, None]) / EARTH_RADIUS_KM
    )
    column = np.floor(_sample_number(sensor, _scan_angle(sensor, angle)))
    middle = _scan_of_sample(sensor, column + 0.5)
    _, row_km = pixel_size_km(sensor, np.degrees(middle))
    # rows are counted from a moving origin: the satellite's way since the epoch of seconds
    speed = 2 * np.pi * EARTH_RADIUS_KM / 6000.0
    flown = (view.at_s % 6000.0)[:, None] * speed
    way = flown + y + BLUR_TRACK * blur[1] * track_size[:, None]
    row = np.floor(way / row_km)
    dx = (_earth_angle(sensor, middle) - view.off_track[:, None]) * EARTH_RADIUS_KM
    dy = (row + 0.5) * row_km - flown
    centre_lon, centre_lat = _back(in_pass, view, dx, dy)
    true_lon, true_lat = offset_degrees(in_pass.lon[:, None], in_pass.lat[:, None], east, north)

    def wide(values: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.broadcast_to(values[:, None], shape).ravel()

    return pd.DataFrame(
        {
            "pass_number": wide(in_pass.when),
            "column": column.ravel(),
            "row": row.ravel(),
            "source": wide(in_pass.source),
            "at_s": wide(view.at_s),
            "frp_mw": (in_pass.frp_mw[:, None] * weight / BLUR).ravel(),
            "lon": centre_lon.ravel(),
            "lat": centre_lat.ravel(),
            "true_x": true_lon.ravel(),
            "true_y": true_lat.ravel(),
            "scan_deg": np.degrees(middle).ravel(),
        }
    )


def _sum_pixels(parts: pd.DataFrame, heat: Heat) -> pd.DataFrame:
    """One row a pixel: summed FRP, middle of its heat, strongest source."""
    keys = ["pass_number", "column", "row"]
    weighted = parts.assign(
        true_x=parts["true_x"] * parts["frp_mw"], true_y=parts["true_y"] * parts["frp_mw"]
    )
    by_source = weighted.groupby([*keys, "source"], sort=True).agg(
        frp_mw=("frp_mw", "sum"),
        true_x=("true_x", "sum"),
        true_y=("true_y", "sum"),
        at_s=("at_s", "first"),
        lon=("lon", "first"),
        lat=("lat", "first"),
        scan_deg=("scan_deg", "first"),
    )
    flat = by_source.reset_index().sort_values([*keys, "frp_mw"], kind="stable")
    sums = flat.groupby(keys, sort=True)[["frp_mw", "true_x", "true_y"]].sum()
    top = flat.drop_duplicates(keys, keep="last").set_index(keys).loc[sums.index]
    is_fire = top["source"] < len(heat.fires)
    return top.assign(
        frp_mw=sums["frp_mw"],
        lon_true=sums["true_x"] / sums["frp_mw"],
        lat_true=sums["true_y"] / sums["frp_mw"],
        origin=np.where(is_fire, "fire", "heat_source"),
    ).reset_index()


def _scan_angle(sensor: Sensor, off_track: Floats) -> Floats:
    ratio = 1 + sensor.height_km / EARTH_RADIUS_KM
    return np.arctan2(np.sin(off_track), ratio - np.cos(off_track))


def _earth_angle(sensor: Sensor, scan: Floats) -> Floats:
    ratio = 1 + sensor.height_km / EARTH_RADIUS_KM
    return np.arcsin(np.clip(ratio * np.sin(scan), -1, 1)) - scan


def _zone_table(sensor: Sensor) -> tuple[Floats, Floats]:
    """Scan angles [rad] at the zones' ends and the samples counted up to there."""
    angles, samples = [0.0], [0.0]
    for limit, part in sensor.zones:
        step = sensor.scan_km / sensor.height_km * part
        reach = np.radians(limit if limit != sensor.zones[-1][0] else 65.0)
        samples.append(samples[-1] + (reach - angles[-1]) / step)
        angles.append(float(reach))
    return np.array(angles), np.array(samples)


def _sample_number(sensor: Sensor, scan: Floats) -> Floats:
    angles, samples = _zone_table(sensor)
    return np.asarray(np.sign(scan) * np.interp(np.abs(scan), angles, samples))


def _scan_of_sample(sensor: Sensor, number: Floats) -> Floats:
    angles, samples = _zone_table(sensor)
    return np.asarray(np.sign(number) * np.interp(np.abs(number), samples, angles))


def _back(in_pass: HeatInPass, view: ViewGeometry, dx: Floats, dy: Floats) -> tuple[Floats, Floats]:
    east = dx * view.across[:, :1] + dy * view.along[:, :1]
    north = dx * view.across[:, 1:] + dy * view.along[:, 1:]
    return offset_degrees(in_pass.lon[:, None], in_pass.lat[:, None], east, north)
