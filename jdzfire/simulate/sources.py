"""Everything hot at a time: fires and industrial sites, as points of heat a sensor sums up."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Floats, Ints
from jdzfire.simulate.clock import DAY_S
from jdzfire.simulate.growth import Curves
from jdzfire.simulate.places import EARTH_KM

POINTS = 8
"""Points a burning front is broken into."""


@dataclass(frozen=True)
class Heat:
    """All sources of heat of the season."""

    fires: pd.DataFrame
    """Fires in the order of their numbers."""
    curves: Curves
    sites: gpd.GeoDataFrame
    """Industrial sites with frp_mw, radius_m, starts_at, lon, lat."""


@dataclass(frozen=True)
class HeatInPass:
    """Sources at the times a sensor passes; all arrays n."""

    when: Ints
    """Number of the pass or scan."""
    source: Ints
    """Row of the fire, or number of fires + row of the industrial site."""
    at_s: Floats
    lon: Floats
    lat: Floats
    area_ha: Floats
    frp_mw: Floats

    def take(self, rows: NDArray[np.bool_]) -> HeatInPass:
        """The sources chosen."""
        return HeatInPass(**{name: values[rows] for name, values in vars(self).items()})


def heat_in_passes(heat: Heat, times_s: Floats, rng: np.random.Generator) -> HeatInPass:
    """Every pair of a source and a pass in which it burns.

    Parameters
    ----------
    heat : Heat
    times_s : ndarray, ascending
        Times of the passes, seconds since 1970.
    rng : Generator
        For the flicker of the industrial site (a factor of about 1.6 up or down from pass to pass).
    """
    first = np.searchsorted(times_s, heat.curves.start_s)
    last = np.searchsorted(times_s, heat.curves.ended_s, side="right")
    counts = np.maximum(last - first, 0)
    fire = np.repeat(np.arange(len(counts)), counts)
    when = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[fire]
    at = times_s[when] if len(when) else np.empty(0)
    area, frp = heat.curves.at(fire, at)
    sites = heat.sites
    started = sites["starts_at"].astype("int64").to_numpy() / 1e6
    work = np.repeat(np.arange(len(sites)), len(times_s))
    seen = np.tile(np.arange(len(times_s)), len(sites))
    runs = times_s[seen] >= started[work]
    # sites rest about one day in six, the same day for all satellites
    rest = np.sin((times_s[seen] // DAY_S) * 12.9898 + work * 78.233) > 0.86
    work, seen = work[runs & ~rest], seen[runs & ~rest]
    power = sites["frp_mw"].to_numpy()[work] * rng.lognormal(-0.1, 0.45, len(work))
    return HeatInPass(
        when=np.concatenate([when, seen]),
        source=np.concatenate([fire, work + len(heat.fires)]),
        at_s=np.concatenate([at, times_s[seen]]),
        lon=np.concatenate([heat.fires["lon"].to_numpy()[fire], sites["lon"].to_numpy()[work]]),
        lat=np.concatenate([heat.fires["lat"].to_numpy()[fire], sites["lat"].to_numpy()[work]]),
        area_ha=np.concatenate([area, np.pi * sites["radius_m"].to_numpy()[work] ** 2 / 1e4 / 6]),
        frp_mw=np.concatenate([frp * heat.fires["canopy"].to_numpy()[fire], power]),
    )


def spread_points(
    heat: Heat, in_pass: HeatInPass, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """The front of each source as POINTS points: km east and north of its place, and weights.

    A fire is an ellipse; one that runs starts at its rear, and its head shines most; a burn or a
    field burns around its middle. Arrays are n x POINTS; weights sum to 1.
    """
    count = len(in_pass.when)
    is_fire = in_pass.source < len(heat.fires)
    row = np.where(is_fire, in_pass.source, 0)
    aspect = np.where(is_fire, heat.fires["aspect"].to_numpy()[row], 1.0)
    turn = np.radians(np.where(is_fire, heat.fires["direction_deg"].to_numpy()[row], 0.0))
    runs = is_fire & heat.fires["runs"].to_numpy(dtype=bool)[row]
    long_km = np.sqrt(np.maximum(in_pass.area_ha, 1e-4) / 100 * aspect / np.pi)
    wide_km = long_km / aspect
    phase = 2 * np.pi * (np.arange(POINTS) + rng.random((count, 1))) / POINTS
    ahead = long_km[:, None] * (np.cos(phase) + 0.8 * runs[:, None])
    side = wide_km[:, None] * np.sin(phase)
    weight = np.where(runs[:, None], 0.25 + np.cos(phase / 2) ** 4, 1.0)
    weight = weight * rng.gamma(2.0, 0.5, (count, POINTS))
    east = ahead * np.sin(turn)[:, None] + side * np.cos(turn)[:, None]
    north = ahead * np.cos(turn)[:, None] - side * np.sin(turn)[:, None]
    return east, north, weight / weight.sum(axis=1, keepdims=True)


def offset_degrees(
    lon: Floats, lat: Floats, east_km: Floats, north_km: Floats
) -> tuple[Floats, Floats]:
    """Places moved by kilometres east and north."""
    x = np.asarray(east_km) / (EARTH_KM * np.cos(np.radians(lat)))
    return np.asarray(lon + x), np.asarray(lat + np.asarray(north_km) / EARTH_KM)
