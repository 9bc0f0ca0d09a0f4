"""Weather by day on a grid, and the clouds between place and satellite.

Monthly means are those of the lower Yangtze's south bank, rounded by hand ([K], about 1,800 mm
of rain a year, wettest in June, driest from October to December). Rain comes in spells (a
Markov chain), humidity falls and temperature rises with each dry day, fronts bring wind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.special import ndtr

from jdzfire.arrays import Floats
from jdzfire.simulate.clock import DAY_S, day_number, midnight_s, year_days
from jdzfire.simulate.land import Land, sample_grid
from jdzfire.simulate.noise import autoregressive, smooth_field, stream
from jdzfire.simulate.places import Region, to_plane_km

TMAX_C = (10.0, 12.5, 16.5, 23.0, 28.0, 30.5, 34.5, 34.0, 29.8, 24.5, 18.3, 12.4)
RANGE_C = (8.0, 8.0, 8.5, 9.0, 9.0, 8.0, 8.5, 8.5, 9.0, 10.0, 10.0, 9.5)
RAIN_MM = (75, 110, 190, 230, 240, 320, 190, 130, 75, 60, 75, 50)
WET_SHARE = (0.38, 0.45, 0.55, 0.53, 0.50, 0.50, 0.38, 0.35, 0.27, 0.24, 0.27, 0.25)
"""Monthly means: highest temperature, daily range, rain, share of wet days [K]."""

WET_MEMORY = 0.45
"""How much likelier rain is after rain than after a dry day [K]."""

LAPSE_C_PER_M = 0.006
WAVES = 40


@dataclass(frozen=True)
class Climate:
    """Weather of the year and its clouds."""

    year: int
    weather: xr.Dataset
    """Grid by day, as the weather contract of jdzfire has it."""
    dry_days: Floats
    """Days since rain over 2 mm, mean over the grid, one a day."""
    cover: Floats
    """Mean cloud cover by day [0..1], days x rows x cols of the weather grid."""
    waves: Floats
    """Plane waves of the cloud field, 4 x WAVES: east and north [rad/km], time [rad/s], phase."""
    lat0: float
    """Latitude the plane of the waves is true at [degree]."""

    def sample(self, name: str, lon: Floats, lat: Floats, at_s: Floats) -> Floats:
        """A variable of the grid at places and times, bilinear in space, by Beijing day."""
        return self._sample(self.weather[name].to_numpy(), lon, lat, at_s)

    def cloud_cover(self, lon: Floats, lat: Floats, at_s: Floats) -> Floats:
        """Mean share of sky under cloud at places and times."""
        return self._sample(self.cover, lon, lat, at_s)

    def is_cloudy(self, lon: Floats, lat: Floats, at_s: Floats) -> NDArray[np.bool_]:
        """Whether a cloud is between the place and the satellite.

        A field of drifting waves is cut at the mean cover, so that clouds have size, move, and
        hide neighbours together.
        """
        east, north, pulse, phase = self.waves
        x, y = to_plane_km(lon, lat, lat0=self.lat0)
        since = np.asarray(at_s) - midnight_s(date(self.year, 1, 1))
        field = np.zeros(np.broadcast(x, since).shape)
        for k in range(WAVES):
            field += np.cos(east[k] * x + north[k] * y + pulse[k] * since + phase[k])
        return np.asarray(ndtr(field * np.sqrt(2 / WAVES)) < self.cloud_cover(lon, lat, at_s))

    def _sample(self, values: Any, lon: Floats, lat: Floats, at_s: Floats) -> Floats:
        lats, lons = self.weather["lat"].to_numpy(), self.weather["lon"].to_numpy()
        day = np.clip(day_number(at_s, self.year), 0, len(values) - 1)
        row = (np.asarray(lat) - lats[0]) / (lats[1] - lats[0])
        col = (np.asarray(lon) - lons[0]) / (lons[1] - lons[0])
        where = np.stack(np.broadcast_arrays(day, row, col)).astype(float)
        shape = where.shape[1:]
        found = map_coordinates(values, where.reshape(3, -1), order=1, mode="nearest")
        return np.asarray(found.reshape(shape), dtype=float)


def build_climate(region: Region, land: Land, year: int, seed: int, *, step: float) -> Climate:
    """Weather and clouds of a year over a region.

    The grid's nodes are `step` degrees apart on whole multiples of it; one value a Beijing day.
    """
    rng = stream(seed, f"weather-{year}")
    days = year_days(year)
    west, south, east, north = region.bounds
    lons = np.arange(np.floor(west / step), np.ceil(east / step) + 1) * step
    lats = np.arange(np.floor(south / step), np.ceil(north / step) + 1) * step
    shape = (days, len(lats), len(lons))
    month = _by_day(year)
    height = _node_heights(land, lons, lats)

    wet = _wet_spells(rng, _monthly(WET_SHARE, month))
    local = smooth_field(rng, shape, width=2.5)
    rain = _rain(rng, month, wet, local)
    dry = _dry_days(rain.mean(axis=(1, 2)))

    front = autoregressive(rng, days, memory=0.7)
    thaw = np.minimum(dry, 8) / 8
    tmax = (
        _monthly(TMAX_C, month) + 3.0 * front - 3.0 * wet + 2.0 * thaw
    )[:, None, None] + 0.5 * local  # fmt: skip
    tmax = tmax - LAPSE_C_PER_M * (height - 60.0)
    rh = 72.0 + 20.0 * wet - 22.0 * thaw - 5.0 * front + rng.normal(0, 5, days)
    hursmin = np.clip(rh[:, None, None] + 4 * local - 12 + 0.01 * (height - 60.0), 12, 97)
    hurs = np.clip(hursmin + 7 + rng.uniform(0, 4, days)[:, None, None], 15, 99)
    wind = 2.3 * np.exp(0.38 * rng.standard_normal(days) - 0.12 * front) * (1 + 0.10 * wet)
    wind = wind[:, None, None] * np.exp(0.10 * local) * (1 + height / 3000)
    gust = wind * (1.45 + 0.25 * rng.random(days))[:, None, None]
    weather = _dataset(
        year,
        lons,
        lats,
        {
            "tasmax": (tmax, "degC", "air_temperature"),
            "hursmin": (hursmin, "%", "relative_humidity"),
            "tas": (tmax - 0.12 * _monthly(RANGE_C, month)[:, None, None], "degC", "noon"),
            "hurs": (hurs, "%", "noon"),
            "sfcWind": (np.clip(wind, 0.2, 20), "m s-1", "noon, 10 m"),
            "sfcWindmax": (np.clip(gust, 0.4, 30), "m s-1", "highest of the day, 10 m"),
            "pr": (rain, "mm/day", "24 h to noon"),
        },
    )
    cover = 0.54 + 0.14 * np.sin(2 * np.pi * (month - 1.0) / 12) + 0.45 * wet - 0.22 * thaw
    cover = np.clip(cover[:, None, None] + 0.10 * local + 0.08 * (rain > 1), 0.04, 0.99)
    return Climate(
        year=year,
        weather=weather,
        dry_days=dry,
        cover=cover,
        waves=_cloud_waves(stream(seed, f"clouds-{year}")),
        lat0=float(lats.mean()),
    )


def _by_day(year: int) -> Floats:
    """Month of each day as a number that runs, 0 in the middle of January."""
    return (np.arange(year_days(year)) + 0.5) / year_days(year) * 12 - 0.5


def _monthly(values: tuple[float, ...], month: Floats) -> Floats:
    around = np.array([values[-1], *values, values[0]], dtype=float)
    return np.asarray(np.interp(month, np.arange(-1, 13), around))


def _wet_spells(rng: np.random.Generator, share: Floats) -> Floats:
    wet = np.zeros(len(share))
    state = False
    for day, likely in enumerate(share):
        after_rain = likely + WET_MEMORY * (1 - likely)
        after_dry = likely * (1 - WET_MEMORY)
        state = bool(rng.random() < (after_rain if state else after_dry))
        wet[day] = float(state)
    return wet


def _rain(rng: np.random.Generator, month: Floats, wet: Floats, local: Floats) -> Floats:
    per_day = _monthly(RAIN_MM, month) / 30.4 / _monthly(WET_SHARE, month)
    amount = rng.gamma(0.7, per_day / 0.7) * wet
    rain = amount[:, None, None] * np.exp(0.6 * local - 0.18)
    return np.where(rain < 0.1, 0.0, np.round(rain, 1))


def _dry_days(rain_mm: Floats) -> Floats:
    dry = np.zeros(len(rain_mm))
    count = 2.0
    for day, amount in enumerate(rain_mm):
        count = 0.0 if amount > 2.0 else count + 1.0
        dry[day] = count
    return dry


def _node_heights(land: Land, lons: Floats, lats: Floats) -> Floats:
    lon, lat = np.meshgrid(lons, lats)
    return np.asarray(sample_grid(land.grid, land.height_m, lon, lat), dtype=float)


def _dataset(
    year: int, lons: Floats, lats: Floats, fields: dict[str, tuple[Floats, str, str]]
) -> xr.Dataset:
    days = pd.date_range(f"{year}-01-01", periods=year_days(year), freq="D", unit="s")
    return xr.Dataset(
        {
            name: (
                ("time", "lat", "lon"),
                np.round(values, 2).astype(np.float32),
                {"units": unit, "long_name": note},
            )
            for name, (values, unit, note) in fields.items()
        },
        coords={
            "time": ("time", days, {"long_name": "Beijing day"}),
            "lat": ("lat", np.round(lats, 6), {"units": "degrees_north"}),
            "lon": ("lon", np.round(lons, 6), {"units": "degrees_east"}),
        },
        attrs={"title": "simulated weather, not observed", "crs": "EPSG:4326"},
    )


def _cloud_waves(rng: np.random.Generator) -> Floats:
    """Waves of 8 to 250 km drifting east-south-east at about 8 m/s, slowly changing [K]."""
    length_km = np.exp(rng.uniform(np.log(8), np.log(250), WAVES))
    angle = rng.uniform(0, 2 * np.pi, WAVES)
    east, north = 2 * np.pi / length_km * np.array([np.cos(angle), np.sin(angle)])
    drift = -(east * 0.0075 + north * -0.0025)
    pulse = drift + rng.normal(0, 2 * np.pi / (0.4 * DAY_S), WAVES)
    return np.stack([east, north, pulse, rng.uniform(0, 2 * np.pi, WAVES)])
