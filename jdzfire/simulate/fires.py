"""Wildfires and field fires of the year.

Where, when and how large follows people, season and weather; no sensor and no rule has influence.
Factors without a source are guesses of the field's order of magnitude [K].
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from jdzfire.arrays import Floats
from jdzfire.simulate.climate import Climate
from jdzfire.simulate.clock import DAY_S, midnight_s, year_days
from jdzfire.simulate.land import sample_grid
from jdzfire.simulate.noise import stream
from jdzfire.simulate.scales import Scale
from jdzfire.simulate.sites import Sites
from jdzfire.simulate.special_days import special_weight

WILD_MONTH = (1.0, 1.2, 1.2, 1.2, 0.25, 0.08, 0.2, 0.4, 0.7, 1.0, 1.1, 1.0)
FARM_MONTH = (0.3, 0.4, 0.4, 0.3, 0.4, 0.2, 1.3, 1.0, 0.5, 1.6, 1.7, 0.5)
"""Relative number of fires by month; fields after the early rice (July) and the late (October)."""


def build_wildfires(sites: Sites, climate: Climate, scale: Scale, seed: int) -> pd.DataFrame:
    """Forest fires: those handled (less the escaped burns) and small ones nobody noticed.

    Spread is an ellipse whose head moves at 0.7 m/min in still, middling dry air and faster
    with wind, dryness and slope; its size is what crews and weather let it become: more than half
    below 5 ha, few to 30 ha.
    """
    rng = stream(seed, f"wildfires-{climate.year}")
    handled = scale.handled - dict(scale.faults)["escaped"]
    count = handled + scale.unnoticed
    weight = _by_month(climate.year, WILD_MONTH) * special_weight(climate.year)
    start = _start_times(rng, climate, weight, count, hour=13.6, spread_h=2.9, thirst=1.4)
    lon, lat = sites.draw(rng, sites.wildfire_chance(), count)
    noticed = np.arange(count) < handled
    area = np.where(
        noticed,
        np.clip(rng.lognormal(np.log(4.0), 1.1, count), 0.08, 30.0),
        np.clip(rng.lognormal(np.log(0.06), 0.6, count), 0.01, 0.3),
    )
    wind = climate.sample("sfcWind", lon, lat, start)
    dryness = np.clip((95 - climate.sample("hursmin", lon, lat, start)) / 50, 0.3, 1.5)
    slope = sample_grid(sites.land.grid, sites.land.slope_deg, lon, lat)
    head_m_min = 0.7 * (1 + 0.25 * wind**1.2) * dryness * (1 + slope / 30)
    aspect = 1.0 + 0.25 * wind
    length_m = np.sqrt(4 * area * 1e4 * aspect / np.pi)
    grow_s = np.clip(60 * length_m / head_m_min * rng.lognormal(0, 0.25, count), 1200, 30 * 3600)
    return pd.DataFrame(
        {
            "kind": "wildfire",
            **sites.describe(lon, lat).to_dict("series"),
            "lon": lon,
            "lat": lat,
            "start_s": start,
            "grow_s": grow_s,
            "area_ha": area.round(3),
            "fuel_kg_m2": rng.uniform(2.5, 6.0, count),
            "smoulder_share": rng.uniform(0.3, 0.5, count),
            "smoulder_s": rng.uniform(5, 15, count) * 3600,
            "aspect": aspect,
            "direction_deg": rng.uniform(0, 360, count),
            "runs": True,
            "canopy": rng.uniform(0.55, 0.95, count),
            "in_forest": True,
            "permit_id": None,
            "fault": None,
            "is_handled": noticed,
        }
    )


def build_farm_fires(sites: Sites, climate: Climate, scale: Scale, seed: int) -> pd.DataFrame:
    """Straw and field fires: short, outside the forest, most in the afternoon.

    Neighbouring fields lit together count as one.
    """
    rng = stream(seed, f"farm-{climate.year}")
    count = scale.farm_fires
    weight = _by_month(climate.year, FARM_MONTH)
    start = _start_times(rng, climate, weight, count, hour=14.6, spread_h=2.5, thirst=0.7)
    lon, lat = sites.draw(rng, sites.farm_chance(), count)
    area = np.clip(rng.lognormal(np.log(2.2), 0.9, count), 0.05, 15.0)
    return pd.DataFrame(
        {
            "kind": "farm_fire",
            **sites.describe(lon, lat).to_dict("series"),
            "lon": lon,
            "lat": lat,
            "start_s": start,
            "grow_s": (0.35 + 0.25 * area**0.5) * rng.uniform(0.7, 1.5, count) * 3600,
            "area_ha": area.round(3),
            "fuel_kg_m2": rng.uniform(0.5, 1.0, count),
            "smoulder_share": rng.uniform(0.1, 0.25, count),
            "smoulder_s": rng.uniform(0.3, 1.2, count) * 3600,
            "aspect": 1.3,
            "direction_deg": rng.uniform(0, 360, count),
            "runs": False,
            "canopy": 1.0,
            "in_forest": False,
            "permit_id": None,
            "fault": None,
            "is_handled": False,
        }
    )


def number_fires(parts: list[pd.DataFrame], year: int) -> pd.DataFrame:
    """All fires in the order they started, numbered."""
    fires = pd.concat([part.astype({"permit_id": object, "fault": object}) for part in parts])
    fires = fires.sort_values(["start_s", "lon", "lat"], kind="stable").reset_index(drop=True)
    return fires.assign(fire_id=[f"F{year}-{number + 1:05d}" for number in range(len(fires))])


def _by_month(year: int, weights: tuple[float, ...]) -> Floats:
    days = [date(year, 1, 1) + timedelta(day) for day in range(year_days(year))]
    return np.array([weights[day.month - 1] for day in days])


def _start_times(
    rng: np.random.Generator,
    climate: Climate,
    weight: Floats,
    count: int,
    *,
    hour: float,
    spread_h: float,
    thirst: float,
) -> Floats:
    """Start times: days by season and weather, hours around the warm part of the day."""
    wet = climate.weather["pr"].mean(("lat", "lon")).to_numpy()
    rh = climate.weather["hursmin"].mean(("lat", "lon")).to_numpy()
    dry = (0.15 + np.minimum(climate.dry_days, 10) / 10) * np.clip((100 - rh) / 50, 0.05, 1.6)
    chance = weight * (dry * np.where(wet > 2, 0.1, 1.0)) ** thirst
    day = rng.choice(len(chance), size=count, p=chance / chance.sum())
    usual = rng.normal(hour, spread_h, count)
    any_hour = rng.uniform(5.5, 23.5, count)
    hours = np.where(rng.random(count) < 0.1, any_hour, usual)
    # what falls into the night by the bell curve's tail starts in the working day instead
    hours = np.where((hours < 5) | (hours > 23.8), rng.uniform(9, 18, count), hours)
    start = midnight_s(date(climate.year, 1, 1)) + day * DAY_S + hours * 3600
    return np.asarray(np.round(start), dtype=np.float64)
