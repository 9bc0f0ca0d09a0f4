"""A fire season with known truth.

People, weather and land make the fires; orbits, pixels, clouds and chance make what the
satellites saw of them. Nothing here knows how hotspots are later joined or judged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import xarray as xr
from numpy.typing import NDArray

from jdzfire.errors import UsageError
from jdzfire.orbits import ORBITS, find_passes
from jdzfire.simulate.burns import build_burns, build_permits
from jdzfire.simulate.climate import Climate, build_climate
from jdzfire.simulate.clock import DAY_S, midnight_s, to_times
from jdzfire.simulate.fires import build_farm_fires, build_wildfires, number_fires
from jdzfire.simulate.forces import build_industrial_sites, build_teams
from jdzfire.simulate.forest import build_zones
from jdzfire.simulate.geostationary import SCAN_DELAY_S, observe_ahi
from jdzfire.simulate.glint import glint_ahi, glint_polar
from jdzfire.simulate.growth import STEP_S, Curves, build_curves
from jdzfire.simulate.land import Land, build_grid, build_relief, cover_land
from jdzfire.simulate.observations import build_observations
from jdzfire.simulate.places import Region, build_region
from jdzfire.simulate.polar import Scene, observe_polar
from jdzfire.simulate.products import lay_out_lines
from jdzfire.simulate.reports import build_reports, first_reports, notice_handled
from jdzfire.simulate.roads import build_roads
from jdzfire.simulate.scales import Scale, choose_scale
from jdzfire.simulate.settlements import build_settlements
from jdzfire.simulate.sites import Sites, build_sites
from jdzfire.simulate.sources import Heat

YEARS = (2018, 2030)
"""Years whose special days are known."""
GROWTH_STEP_S = 1800.0


@dataclass(frozen=True)
class Season:
    """A simulated year: what the office would hold, what the feeds sent, and the truth."""

    year: int
    seed: int
    scale: str
    first_day: date
    last_day: date
    """Beijing days the sensors worked; registers and fires are of the whole year."""
    admin: gpd.GeoDataFrame
    """[ADMIN] and `remark`; boundaries schematic."""
    zones: gpd.GeoDataFrame
    """[ZONES]."""
    settlements: gpd.GeoDataFrame
    """[SETTLEMENTS]."""
    roads: gpd.GeoDataFrame
    """[ROADS]."""
    teams: gpd.GeoDataFrame
    """[TEAMS]."""
    sites: gpd.GeoDataFrame
    """[HEAT_SOURCES] of all that burns, with frp_mw, is_registered, starts_at, lon, lat."""
    permits: gpd.GeoDataFrame
    """Permits with their lots and what became of them, see `build_permits`."""
    fires: pd.DataFrame
    """Every fire of the year, with the truth's columns and those of its course."""
    growth: pd.DataFrame
    """fire_id, at, area_ha, frp_mw every half hour."""
    lines: pd.DataFrame
    """Every line of every feed file, see `lay_out_lines`."""
    observations: pd.DataFrame
    """satellite, at, township_id, cloud_fraction."""
    dem: xr.DataArray
    """Height [m], EPSG:4326, north up."""
    landcover: xr.DataArray
    """ESA WorldCover codes, EPSG:4326, north up."""
    weather: xr.Dataset
    """Weather by Beijing day."""


@dataclass(frozen=True)
class _Country:
    """The land and the people on it, before any fire."""

    region: Region
    land: Land
    settlements: gpd.GeoDataFrame
    climate: Climate
    sites: Sites


def simulate_season(
    year: int = 2024,
    seed: int = 1,
    scale: str = "city",
    *,
    days: tuple[date, date] | None = None,
    sites_of: int | None = None,
) -> Season:
    """Simulate a fire season.

    Parameters
    ----------
    year : int
        Beijing year, 2018 to 2030.
    seed : int
        Same seed, same season.
    scale : str
        ``city`` (Jingdezhen) or ``province`` (Jiangxi, about thirty times as much).
    days : (first, last), optional
        Beijing days the sensors and reporters work, both included; the whole year by default.
        Handled fires of other days count as unseen, so residents report them.
    sites_of : int, optional
        Year whose industrial sites there are, default this one: of several seasons of one place
        give the first, so that a site that opens in it stands in those that follow.

    Returns
    -------
    Season

    Raises
    ------
    UsageError
        An unknown scale, a year or seed out of range, or days outside the year.

    Notes
    -----
    About 10 s for the city, some minutes for the province, on one core.
    """
    amounts = choose_scale(scale)
    first_day, last_day = _check_days(year, seed, days)
    country = _build_country(amounts, year, seed)
    sites = build_industrial_sites(country.region, sites_of or year, seed)
    permits = build_permits(country.sites, country.climate, amounts, seed)
    wild = build_wildfires(country.sites, country.climate, amounts, seed)
    farm = build_farm_fires(country.sites, country.climate, amounts, seed)
    fires = number_fires([wild, farm, build_burns(permits, seed, year)], year)
    curves = build_curves(fires)
    heat = Heat(fires=fires, curves=curves, sites=sites)
    start_s, end_s = midnight_s(first_day), midnight_s(last_day) + DAY_S
    scene = Scene(heat=heat, climate=country.climate, seed=seed)
    polar, ahi, observations = _fly(scene, country, amounts, (start_s, end_s))
    seen = {int(row) for row in pd.concat([polar, ahi])["source"] if 0 <= row < len(fires)}
    first_s = first_reports(fires, curves, year, seed)
    first_s = notice_handled(first_s, fires, curves, seen)
    reports = build_reports(
        fires,
        curves,
        country.sites,
        first_s,
        mistakes=amounts.mistakes,
        year=year,
        seed=seed,
    )
    reports = reports[(reports["at_s"] >= start_s) & (reports["at_s"] < end_s)]
    return Season(
        year=year,
        seed=seed,
        scale=scale,
        first_day=first_day,
        last_day=last_day,
        admin=country.region.admin,
        zones=build_zones(country.region, country.land, seed),
        settlements=country.settlements,
        roads=build_roads(
            country.region, country.land, country.settlements, seed, step=amounts.route_deg
        ),
        teams=build_teams(country.region, amounts, seed),
        sites=sites,
        permits=permits,
        fires=_finish_fires(fires, curves, first_s),
        growth=_growth(fires, curves),
        lines=lay_out_lines(polar, ahi, reports, heat, year, seed),
        observations=observations,
        dem=_as_raster(country.land, country.land.height_m.astype(np.float32), "m"),
        landcover=_as_raster(country.land, country.land.cover.astype(np.uint8), "1"),
        weather=country.climate.weather,
    )


def _check_days(year: int, seed: int, days: tuple[date, date] | None) -> tuple[date, date]:
    if not YEARS[0] <= year <= YEARS[1]:
        raise UsageError(
            "no such year to simulate", expected=f"{YEARS[0]} to {YEARS[1]}", found=str(year)
        )
    if seed < 0:
        raise UsageError("the seed is negative", expected="0 or more", found=str(seed))
    first, last = days or (date(year, 1, 1), date(year, 12, 31))
    if not date(year, 1, 1) <= first <= last <= date(year, 12, 31):
        raise UsageError(
            "the days to simulate do not lie in order in the year",
            expected=f"two days of {year}, the earlier first",
            found=f"{first} to {last}",
        )
    return first, last


def _build_country(amounts: Scale, year: int, seed: int) -> _Country:
    region = build_region(amounts.name, seed)
    land = build_relief(region, build_grid(region, amounts.grid_deg), seed)
    settlements = build_settlements(region, land, seed)
    villages = shapely.get_coordinates(settlements.geometry.to_numpy())
    land = replace(land, cover=cover_land(region, land, villages, seed))
    climate = build_climate(region, land, year, seed, step=amounts.weather_deg)
    return _Country(region, land, settlements, climate, build_sites(region, land, settlements))


def _fly(
    scene: Scene, country: _Country, amounts: Scale, span_s: tuple[float, float]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """All satellites over the span: polar pixels, AHI cells, observations."""
    west, south, east, north = country.region.bounds
    middle = (west + east) / 2, (south + north) / 2
    # 14 degrees reach the swath's edge from the track; the rest is the region's own size
    reach = 14.0 + max(east - west, north - south)
    passes = [(orbit, find_passes(orbit, *middle, *span_s, reach_deg=reach)) for orbit in ORBITS]
    pixels = []
    for orbit, times in passes:
        pixels.append(observe_polar(orbit, times, scene))
        pixels.append(glint_polar(orbit, times, scene, country.land))
    cells = [
        observe_ahi(scene, country.land, *span_s),
        glint_ahi(scene, country.land, *span_s),
    ]
    geo = np.arange(span_s[0], span_s[1], amounts.geo_observation_h * 3600.0) + SCAN_DELAY_S
    observations = build_observations(country.region, country.climate, passes, geo, scene.seed)
    ahi = pd.concat(cells, ignore_index=True)
    ahi = ahi.sort_values(["at_s", "lat", "lon"], ascending=[True, False, True], kind="stable")
    ahi = ahi.drop_duplicates(["at_s", "lat", "lon"])
    return pd.concat(pixels, ignore_index=True), ahi, observations


def _finish_fires(
    fires: pd.DataFrame, curves: Curves, first_s: NDArray[np.float64]
) -> pd.DataFrame:
    return fires.assign(
        started_at=to_times(curves.start_s),
        ended_at=to_times(curves.ended_s),
        reported_at=to_times(first_s),
        peak_frp_mw=curves.frp_mw.max(axis=1).astype(float).round(3),
    )


def _growth(fires: pd.DataFrame, curves: Curves) -> pd.DataFrame:
    """Each fire every half hour of its life and at its end."""
    every = int(GROWTH_STEP_S / STEP_S)
    steps = np.arange(0, curves.area_ha.shape[1], every)
    alive = curves.start_s[:, None] + steps * STEP_S <= curves.ended_s[:, None]
    fire, step = np.nonzero(alive)
    return pd.DataFrame(
        {
            "fire_id": fires["fire_id"].to_numpy()[fire],
            "at": to_times(curves.start_s[fire] + steps[step] * STEP_S),
            "area_ha": curves.area_ha[fire, steps[step]].astype(float).round(4),
            "frp_mw": curves.frp_mw[fire, steps[step]].astype(float).round(4),
        }
    )


def _as_raster(land: Land, values: NDArray[Any], unit: str) -> xr.DataArray:
    return xr.DataArray(
        values,
        dims=("y", "x"),
        coords={"y": land.grid.lats, "x": land.grid.lons},
        attrs={
            "units": unit,
            "crs": "EPSG:4326",
            "transform": tuple(land.grid.transform)[:6],
        },
    )
