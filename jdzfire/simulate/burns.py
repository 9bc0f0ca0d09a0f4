"""Burn permits and what was really done with them.

The register knows the lot and the hours asked for; the truth knows when it burned, how large,
and what went wrong. Lots are 1 to 20 ha (a county's rule: at most 300 mu [V]; 15 permits there
covered 2,962 mu, 13 ha each [V]).
"""

from __future__ import annotations

from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.arrays import Floats
from jdzfire.schemas import STORED_CRS
from jdzfire.simulate.climate import Climate
from jdzfire.simulate.clock import DAY_S, midnight_s, year_days
from jdzfire.simulate.forces import phone_numbers
from jdzfire.simulate.noise import stream
from jdzfire.simulate.places import EARTH_KM
from jdzfire.simulate.scales import Scale
from jdzfire.simulate.settlements import person_names
from jdzfire.simulate.sites import Sites
from jdzfire.simulate.special_days import special_weight

MONTH_WEIGHT = (1.0, 0.7, 0.8, 0.2, 0.0, 0.0, 0.0, 0.0, 0.1, 0.6, 1.2, 1.4)
CALM_GUST_MS = 5.4
"""Upper end of wind force 3 (Beaufort), the limit of one county's rules [V]."""
WINDY_MS = 5.5
"""At noon; wind force 4 begins here (Beaufort), one above that limit."""
MILD_RH_PCT, LONGEST_DRY = 38.0, 8
"""Careful permit holders do not burn in drier air or after a longer drought [K]."""
LARGEST_LOT_HA = 20.0
PURPOSES = ("炼山造林", "炼山造林", "炼山造林", "计划烧除", "林内杂灌焚烧", "焚烧疫木")
UNITS = ("林场", "林业合作社", "村民委员会", "造林大户", "林业工作站")
MEASURES = (
    "开设15米防火隔离带，专人看守",
    "隔离带、风力灭火机6台",
    "扑火队现场待命",
    "清理隔离带，备水",
)
NOT_APPROVED = ("已驳回", "已撤回", "待审批")


def build_permits(sites: Sites, climate: Climate, scale: Scale, seed: int) -> gpd.GeoDataFrame:
    """All permits that were asked for, with what became of them.

    Returns
    -------
    GeoDataFrame
        ``scale.permits`` approved ones and three (one in thirty) that never were. Columns:
        permit_id, applicant, purpose, county, township, place, lon, lat, area_ha, from_s,
        to_s, status, measures, contact, phone, approver, fault (null: none), burn_s (null: not
        burned), burned_ha; geometry is the lot, EPSG:4326.
    """
    rng = stream(seed, f"permits-{climate.year}")
    refused = max(scale.permits // 30 + 1, 3)
    count = scale.permits + refused
    lon, lat = sites.draw(rng, sites.burn_chance(), count)
    area = np.clip(rng.lognormal(np.log(8.0), 0.7, count), 1.0, LARGEST_LOT_HA)
    mu = np.maximum(np.round(area * 15), 15)
    area = mu / 15
    fault = _assign_faults(scale, count)
    day = _burn_days(rng, climate, lon, lat, fault == "weather")
    from_s, to_s, burn_s = _hours(rng, climate.year, day, fault)
    unburned = (np.arange(count) >= scale.permits - scale.unburned) | (
        np.arange(count) >= scale.permits
    )
    burned_ha = area * rng.uniform(0.75, 1.0, count)
    burned_ha = np.where(fault == "oversize", area * rng.uniform(1.6, 2.6, count), burned_ha)
    burned_ha = np.where(fault == "escaped", area + rng.uniform(2, 14, count), burned_ha)
    done = ~unburned & (rng.random(count) < 0.85)
    status = np.where(done, "已执行", "已批准").astype(object)
    status[scale.permits :] = [NOT_APPROVED[i % 3] for i in range(refused)]
    where = sites.describe(lon, lat)
    order = np.argsort(from_s, kind="stable")
    table = where.assign(
        applicant=where["township"] + np.array(UNITS)[rng.integers(5, size=count)],
        purpose=[PURPOSES[i] for i in rng.integers(len(PURPOSES), size=count)],
        place=where["township"] + where["place"] + "后山",
        lon=lon,
        lat=lat,
        area_ha=area,
        from_s=from_s,
        to_s=to_s,
        status=status,
        measures=[MEASURES[i] for i in rng.integers(len(MEASURES), size=count)],
        contact=person_names(rng, count),
        phone=phone_numbers(rng, count),
        approver=person_names(rng, count),
        fault=pd.Series(fault).where(fault != "", None),
        burn_s=np.where(unburned, np.nan, burn_s),
        burned_ha=np.where(unburned, 0.0, burned_ha),
    )
    lots = _draw_lots(rng, lon, lat, area)
    permits = gpd.GeoDataFrame(table, geometry=lots, crs=STORED_CRS).iloc[order]
    return _number(permits.reset_index(drop=True), climate.year)


def build_burns(permits: gpd.GeoDataFrame, seed: int, year: int) -> pd.DataFrame:
    """The fires made of the permits that were burned, in the columns of fires."""
    rng = stream(seed, f"burns-{year}")
    burned = permits[permits["burn_s"].notna()].reset_index(drop=True)
    count = len(burned)
    escaped = (burned["fault"] == "escaped").to_numpy()
    hours = (1.2 + 0.22 * burned["burned_ha"].to_numpy()) * rng.uniform(0.8, 1.3, count)
    return pd.DataFrame(
        {
            "kind": "burn",
            "county": burned["county"],
            "township": burned["township"],
            "place": burned["place"],
            "lon": burned["lon"],
            "lat": burned["lat"],
            "start_s": burned["burn_s"],
            "grow_s": np.where(escaped, hours * 1.5, hours) * 3600,
            "area_ha": burned["burned_ha"].round(2),
            "fuel_kg_m2": rng.uniform(2.5, 6.0, count),
            "smoulder_share": rng.uniform(0.15, 0.3, count),
            "smoulder_s": rng.uniform(2, 7, count) * 3600,
            "aspect": np.where(escaped, 2.0, 1.2),
            "direction_deg": rng.uniform(0, 360, count),
            "runs": escaped,
            "canopy": rng.uniform(0.85, 1.0, count),
            "in_forest": True,
            "permit_id": burned["permit_id"],
            "fault": burned["fault"],
            "is_handled": escaped,
        }
    )


def _assign_faults(scale: Scale, count: int) -> NDArray[np.object_]:
    fault = np.full(count, "", dtype=object)
    names = [name for name, number in scale.faults for _ in range(number)]
    fault[: len(names)] = names
    return fault


def _burn_days(
    rng: np.random.Generator,
    climate: Climate,
    lon: Floats,
    lat: Floats,
    windy: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """The day each permit is meant to burn: calm and dry, or, for the careless, windy."""
    days = year_days(climate.year)
    season = np.array(
        [MONTH_WEIGHT[(date(climate.year, 1, 1) + timedelta(d)).month - 1] for d in range(days)]
    )
    season = season * (special_weight(climate.year) < 1.5)
    season[:5] = season[-6:] = 0.0
    noon = np.asarray(midnight_s(date(climate.year, 1, 1)) + (np.arange(days) + 0.5) * DAY_S, float)
    chosen = np.empty(len(lon), dtype=np.int64)
    for i in range(len(lon)):
        x, y = np.full(days, lon[i]), np.full(days, lat[i])
        gust = climate.sample("sfcWindmax", x, y, noon)
        air = climate.sample("hursmin", x, y, noon)
        dry = (climate.sample("pr", x, y, noon) < 0.5) & (air < 75)
        if windy[i]:
            fits = climate.sample("sfcWind", x, y, noon) >= WINDY_MS
        else:
            fits = (gust < CALM_GUST_MS) & (air > MILD_RH_PCT) & (climate.dry_days < LONGEST_DRY)
        weight = season * dry * fits
        if not weight.any():
            weight = season * dry * (gust if windy[i] else 10 / gust) ** 12
        chosen[i] = rng.choice(days, p=weight / weight.sum())
    return chosen


def _hours(
    rng: np.random.Generator, year: int, day: NDArray[np.int64], fault: NDArray[np.object_]
) -> tuple[Floats, Floats, Floats]:
    """Start and end of the permit and start of the burn, seconds since 1970."""
    count = len(day)
    midnight = midnight_s(date(year, 1, 1)) + day * DAY_S
    open_day = midnight - rng.integers(0, 3, count) * DAY_S
    close_day = midnight + rng.integers(0, 4, count) * DAY_S
    from_s = open_day + rng.choice([6, 7, 8, 8, 9], count) * 3600.0
    to_s = close_day + rng.choice([17, 18, 18, 20], count) * 3600.0
    hour = np.clip(rng.normal(11.2, 1.6, count), 9.1, 15.5)
    burn = midnight + hour * 3600
    early = open_day - rng.integers(1, 3, count) * DAY_S + hour * 3600
    late = close_day + rng.integers(1, 4, count) * DAY_S + hour * 3600
    burn = np.where(fault == "early", early, burn)
    burn = np.where(fault == "late", late, burn)
    return from_s, to_s, np.asarray(np.round(burn), dtype=np.float64)


def _draw_lots(
    rng: np.random.Generator, lon: Floats, lat: Floats, area_ha: Floats
) -> NDArray[np.object_]:
    """Uneven blobs of the right area around the places."""
    corners = 14
    angle = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    count = len(lon)
    turn = rng.uniform(0, 2 * np.pi, (count, 1))
    reach = 1 + 0.25 * np.cos(2 * (angle - turn)) + 0.1 * rng.standard_normal((count, corners))
    reach = np.clip(reach, 0.5, 1.5)
    ring_area = 0.5 * np.sin(2 * np.pi / corners) * (reach * np.roll(reach, -1, axis=1)).sum(axis=1)
    radius_km = np.sqrt(area_ha / 100 / ring_area)
    x = reach * np.cos(angle) * radius_km[:, None] / EARTH_KM / np.cos(np.radians(lat))[:, None]
    y = reach * np.sin(angle) * radius_km[:, None] / EARTH_KM
    rings = np.stack([lon[:, None] + x, lat[:, None] + y], axis=2).round(6)
    return np.asarray(shapely.polygons(rings), dtype=object)


def _number(permits: gpd.GeoDataFrame, year: int) -> gpd.GeoDataFrame:
    """Numbers as the county offices give them, in the order of the windows."""
    running = permits.groupby("county").cumcount() + 1
    short = permits["county"].str[:2]
    numbers = [
        f"{place}炼〔{year}〕{number:03d}号" for place, number in zip(short, running, strict=True)
    ]
    return permits.assign(permit_id=numbers)
