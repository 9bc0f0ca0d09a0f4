"""Teams and fixed heat sources."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.schemas import STORED_CRS
from jdzfire.simulate import gazetteer
from jdzfire.simulate.clock import DAY_S, midnight_s, to_times
from jdzfire.simulate.noise import stream
from jdzfire.simulate.places import Region
from jdzfire.simulate.scales import Scale
from jdzfire.simulate.settlements import person_names

HEADCOUNT = 30
"""People in a semi-professional team: 44,550 in 1,485 teams, Jiangxi 2019 [V]."""

VOLUNTEER_HEADCOUNT = 84
"""500 people in 6 volunteer teams, city's report 2024 [V]."""


def phone_numbers(rng: np.random.Generator, count: int) -> list[str]:
    """Eleven digits beginning with 100: no mobile number in China does, so nobody is called."""
    return [f"100{number:08d}" for number in rng.integers(10**8, size=count)]


def build_teams(region: Region, scale: Scale, seed: int) -> gpd.GeoDataFrame:
    """Semi-professional and volunteer teams at the seats of the townships.

    Every rural township has one, then every forest farm, then the larger seats a second; the
    volunteers are in the county seats.

    Returns
    -------
    GeoDataFrame [TEAMS]
        Semi-professional teams first.
    """
    rng = stream(seed, "teams")
    posts = _team_posts(region, scale)
    count = len(posts)
    semi = np.arange(count) < scale.teams
    people = np.where(
        semi, rng.normal(HEADCOUNT, 4, count), rng.normal(VOLUNTEER_HEADCOUNT, 15, count)
    )
    shake = rng.normal(0, 0.0015, (count, 2))
    table = pd.DataFrame(
        {
            "team_id": [
                f"{'BZ' if is_semi else 'ZY'}{number + 1:04d}"
                for number, is_semi in enumerate(semi)
            ],
            "name": posts["name"],
            "kind": np.where(semi, "semi-professional", "volunteer"),
            "county": posts["county"],
            "township": posts["township"],
            "headcount": np.maximum(people, 12).round().astype(int),
            "vehicles": np.clip(rng.poisson(1.6, count) + 1, 1, 5),
            "leader": person_names(rng, count),
            "phone": phone_numbers(rng, count),
            "available": rng.random(count) > 0.06,
        }
    )
    points = gpd.points_from_xy(
        (posts["lon"] + shake[:, 0]).round(6), (posts["lat"] + shake[:, 1]).round(6)
    )
    return gpd.GeoDataFrame(table, geometry=points, crs=STORED_CRS)


def _team_posts(region: Region, scale: Scale) -> pd.DataFrame:
    towns = pd.DataFrame(region.townships)
    rural = towns[towns["kind"] == "town"]
    posts = rural.assign(township=rural["name"], name=rural["name"] + "半专业森林扑火队")
    farms = pd.DataFrame(gazetteer.CITY_FARMS, columns=["name", "lon", "lat", "radius"])
    home = [
        towns[region.townships.geometry.contains(place)].iloc[0]
        for place in gpd.points_from_xy(farms["lon"], farms["lat"])
    ]
    farms = farms.assign(
        name=farms["name"] + "半专业扑火队",
        county=[town.county for town in home],
        township=[town["name"] for town in home],
    )
    columns = ["name", "county", "township", "lon", "lat"]
    semi = pd.concat([posts[columns], farms[columns]], ignore_index=True)
    rounds = [semi]
    while sum(len(part) for part in rounds) < scale.teams:
        rounds.append(posts[columns].assign(name=posts["township"] + f"扑火{len(rounds) + 1}中队"))
    semi = pd.concat(rounds, ignore_index=True).head(scale.teams)
    seats = towns[towns["kind"] == "street"]
    seats = pd.concat([seats, rural], ignore_index=True).assign(township=lambda t: t["name"])
    seats = seats.groupby("county_id", sort=True).head(2)
    helpers = seats.assign(name=seats["county"] + seats["township"] + "志愿救援队")
    return pd.concat([semi, helpers[columns].head(scale.volunteers)], ignore_index=True)


def build_industrial_sites(region: Region, year: int, seed: int) -> gpd.GeoDataFrame:
    """Fixed heat sources, all that burn; the office knows those with `is_registered`.

    Returns
    -------
    GeoDataFrame [HEAT_SOURCES]
        With further columns ``frp_mw`` (mean strength), ``is_registered``, ``starts_at``,
        ``lon``, ``lat``. Points; the industrial sites are inside ``radius_m`` of them.
    """
    rng = stream(seed, "works")
    sites = list(gazetteer.CITY_INDUSTRIAL_SITES)
    if region.scale == "province":
        sites += _numbered_sites(region, rng)
    table = pd.DataFrame(
        sites,
        columns=["name", "kind", "lon", "lat", "frp_mw", "radius_m", "is_registered", "start_day"],
    )
    starts_s = midnight_s(date(year, 1, 1)) + table["start_day"].to_numpy() * DAY_S
    known_s = np.maximum(starts_s, midnight_s(date(year - 4, 5, 1)))
    return gpd.GeoDataFrame(
        table.drop(columns="start_day").assign(
            source_id=[f"HS{number + 1:04d}" for number in range(len(table))],
            radius_m=table["radius_m"].astype(float),
            starts_at=to_times(starts_s),
            valid_from=to_times(known_s),
            valid_to=to_times(np.full(len(table), np.nan)),
            approved_by="市森林防火值班室",
            evidence="现场核实的工业热源（模拟数据）",
        ),
        geometry=gpd.points_from_xy(table["lon"], table["lat"]),
        crs=STORED_CRS,
    )


def _numbered_sites(
    region: Region, rng: np.random.Generator
) -> list[tuple[str, str, float, float, float, float, bool, int]]:
    """Three industrial sites near each county seat outside the city."""
    kinds = (("cement", 2.2), ("ceramics", 1.4), ("power", 1.6), ("brick", 1.2), ("coke", 4.0))
    sites = []
    for code, (lon, lat) in sorted(region.county_seats.items()):
        if code.startswith("3602"):
            continue
        for number in range(3):
            kind, strength = kinds[rng.integers(len(kinds))]
            angle = rng.uniform(0, 2 * np.pi)
            sites.append(
                (
                    f"{code}第{number + 1}热源（示意）",
                    kind,
                    round(lon + 0.05 * float(np.cos(angle)), 4),
                    round(lat + 0.04 * float(np.sin(angle)), 4),
                    round(strength * float(rng.lognormal(0, 0.3)), 2),
                    200.0,
                    bool(rng.random() < 0.8),
                    -500,
                )
            )
    return sites
