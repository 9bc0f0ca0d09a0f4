"""When each township was observed, and how much of it was under cloud."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.arrays import Floats
from jdzfire.orbits import Orbit, view_from
from jdzfire.simulate.climate import Climate
from jdzfire.simulate.clock import to_times
from jdzfire.simulate.noise import stream
from jdzfire.simulate.places import Region
from jdzfire.simulate.polar import SENSORS

PROBES = 5
"""Points of a township the cloud cover is read at."""
BATCH = 200_000


def build_observations(
    region: Region,
    climate: Climate,
    passes: list[tuple[Orbit, Floats]],
    geo_times_s: Floats,
    seed: int,
) -> pd.DataFrame:
    """Every observation of every township by every satellite.

    Parameters
    ----------
    passes : list of (Orbit, pass times)
    geo_times_s : ndarray
        Times the geostationary observations are noted at (every ten minutes would be too many).

    Returns
    -------
    DataFrame
        satellite, at, township_id, cloud_fraction in fifths; sorted by time.
    """
    points = _probe_points(region, seed)
    seats = shapely.get_coordinates(shapely.centroid(region.townships.geometry.to_numpy()))
    parts = [
        _polar_observations(orbit, times, seats, points, climate, region) for orbit, times in passes
    ]
    towns = len(seats)
    town = np.tile(np.arange(towns), len(geo_times_s))
    at = np.repeat(geo_times_s, towns)
    parts.append(_table("Himawari-9", at, town, _cloud(climate, points, town, at), region))
    observations = pd.concat(parts, ignore_index=True)
    return observations.sort_values(
        ["at", "satellite", "township_id"], kind="stable", ignore_index=True
    )


def _polar_observations(
    orbit: Orbit,
    times: Floats,
    seats: Floats,
    points: Floats,
    climate: Climate,
    region: Region,
) -> pd.DataFrame:
    towns = len(seats)
    town = np.tile(np.arange(towns), len(times))
    near = np.repeat(times, towns)
    view = view_from(orbit, near, seats[town, 0], seats[town, 1])
    seen = np.abs(view.scan_deg) < SENSORS[orbit.instrument].reach_deg
    town, at = town[seen], view.at_s[seen]
    return _table(orbit.satellite, at, town, _cloud(climate, points, town, at), region)


def _table(
    satellite: str, at: Floats, town: NDArray[np.int64], cloud: Floats, region: Region
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "satellite": satellite,
            "at": to_times(at),
            "township_id": region.townships["township_id"].to_numpy()[town],
            "cloud_fraction": cloud.astype(np.float32),
        }
    )


def _probe_points(region: Region, seed: int) -> Floats:
    """PROBES points inside each township; townships x PROBES x 2."""
    rng = stream(seed, "probes")
    points = np.empty((len(region.townships), PROBES, 2))
    for row, land in enumerate(region.townships.geometry):
        west, south, east, north = land.bounds
        tries = rng.uniform((west, south), (east, north), size=(60, 2))
        inside = tries[shapely.contains_xy(land, tries[:, 0], tries[:, 1])]
        middle = shapely.get_coordinates(shapely.point_on_surface(land))
        points[row] = np.vstack([inside, np.repeat(middle, PROBES, axis=0)])[:PROBES]
    return points


def _cloud(climate: Climate, points: Floats, town: NDArray[np.int64], at_s: Floats) -> Floats:
    share = np.empty(len(town))
    for first in range(0, len(town), BATCH):
        some = slice(first, first + BATCH)
        places = points[town[some]]
        when = np.repeat(at_s[some, None], PROBES, axis=1)
        share[some] = climate.is_cloudy(places[..., 0], places[..., 1], when).mean(axis=1)
    return share
