"""Seats, villages and the names around them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.schemas import STORED_CRS
from jdzfire.simulate.land import Land
from jdzfire.simulate.noise import stream
from jdzfire.simulate.places import EARTH_KM, Region

SURNAMES = "汪程胡江余方朱李王张吴徐黄陈刘叶曹许金洪郑冯占计操宁查戴孙彭马石倪章齐石叶韩"
TAILS = ("村", "家", "坞", "源", "坑", "湾", "坂", "岭", "桥", "田", "冲", "边", "墩", "畈", "滩")
FRONTS = "上下前后里外东西南北大小新"
GIVEN = "建国志明华平军伟强文斌德林水生金根福来春秋长有玉贵祥和荣光辉勇峰涛良义宝新"
VILLAGES_PER_TOWNSHIP = 9
SPACING_KM = 1.1


def place_names(rng: np.random.Generator, count: int) -> list[str]:
    """Village names as the country has them: a surname or a side, and a feature."""
    names = []
    for _ in range(count):
        tail = TAILS[rng.integers(len(TAILS))]
        if rng.random() < 0.35:
            names.append(FRONTS[rng.integers(len(FRONTS))] + SURNAMES[rng.integers(30)] + tail)
        else:
            names.append(SURNAMES[rng.integers(len(SURNAMES))] + "家" * (tail != "家") + tail)
    return names


def person_names(rng: np.random.Generator, count: int) -> list[str]:
    """Invented names of people."""
    return [
        SURNAMES[rng.integers(len(SURNAMES))]
        + "".join(GIVEN[i] for i in rng.integers(len(GIVEN), size=rng.integers(1, 3)))
        for _ in range(count)
    ]


def build_settlements(region: Region, land: Land, seed: int) -> gpd.GeoDataFrame:
    """Every township's seat and its villages, on the flatter land, at a distance from each other.

    Returns
    -------
    GeoDataFrame [SETTLEMENTS]
        Seats first within each township, townships in the region's order.
    """
    rng = stream(seed, "settlements")
    seats = {round(lon, 3) for lon, _ in region.county_seats.values()}
    parts = []
    cells = np.argsort(land.township, axis=None, kind="stable")
    owner = land.township.ravel()[cells]
    for number, town in enumerate(region.townships.itertuples(index=False)):
        own = cells[np.searchsorted(owner, number) : np.searchsorted(owner, number, side="right")]
        villages = _spread(rng, land, own, VILLAGES_PER_TOWNSHIP if town.kind == "town" else 1)
        kind = "town" if town.kind == "town" else "city"
        people = int(rng.integers(6000, 25000)) * (1 if kind == "town" else 3)
        part = pd.DataFrame(
            {
                "settlement_id": [f"{town.township_id}{i:02d}" for i in range(len(villages) + 1)],
                "name": [town.name, *place_names(rng, len(villages))],
                "kind": [kind, *["village"] * len(villages)],
                "county": town.county,
                "township": town.name,
                "population": [people, *rng.integers(150, 2600, len(villages)).tolist()],
                "lon": [town.lon, *villages[:, 0]],
                "lat": [town.lat, *villages[:, 1]],
            }
        )
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    is_seat = table["lon"].round(3).isin(seats) & (table["kind"] != "village")
    table.loc[is_seat, "kind"] = "city"
    points = gpd.points_from_xy(table["lon"].round(5), table["lat"].round(5))
    return gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=points, crs=STORED_CRS)


def _spread(
    rng: np.random.Generator,
    land: Land,
    own: np.ndarray[tuple[int], np.dtype[np.int64]],
    count: int,
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Places in the cells given: flat ones near water first, no two too close."""
    tries = own[rng.integers(len(own), size=30 * count)]
    rows, cols = np.unravel_index(tries, land.grid.shape)
    hardship = (
        land.slope_deg[rows, cols] + land.river_km[rows, cols] + land.height_m[rows, cols] / 80
    )
    order = np.argsort(hardship + rng.normal(0, 2.5, len(tries)), kind="stable")
    shake = rng.uniform(-0.3, 0.3, (len(tries), 2)) * land.grid.step
    lon = land.grid.lons[cols] + shake[:, 0]
    lat = land.grid.lats[rows] + shake[:, 1]
    x, y = lon * EARTH_KM * np.cos(np.radians(lat.mean())), lat * EARTH_KM
    chosen: list[int] = []
    for i in order:
        if all((x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2 > SPACING_KM**2 for j in chosen):
            chosen.append(int(i))
        if len(chosen) == count:
            break
    return np.column_stack([lon[chosen], lat[chosen]])
