"""Forest zones: the tree cover of each township and forest farm as polygons."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from rasterio.features import shapes
from scipy.ndimage import gaussian_filter, mean

from jdzfire.schemas import STORED_CRS
from jdzfire.simulate import gazetteer
from jdzfire.simulate.land import TREE, Land
from jdzfire.simulate.noise import stream
from jdzfire.simulate.places import EARTH_KM, Region, to_plane_km

BUFFER_200M = frozenset({"乐平市", "大余县"})
"""Counties whose forest fire zone reaches 200 m beyond the forest; others 100 m. 大余 is [V];
乐平 is a guess, so that both values occur."""

SMALLEST_HA = 20.0
SPECIES = ("杉木", "马尾松", "毛竹", "湿地松", "木荷")


def build_zones(region: Region, land: Land, seed: int) -> gpd.GeoDataFrame:
    """Forest zones, one row a township or forest farm, simplified so that neighbours still fit.

    Returns
    -------
    GeoDataFrame [ZONES]
        Multipolygons; inside the region; they do not overlap beyond the simplification.
    """
    rng = stream(seed, "zones")
    forest = gaussian_filter((land.cover == TREE).astype(float), 1.1) > 0.5
    farms = _farm_numbers(region, land)
    towns = len(region.townships)
    label = np.where(farms >= 0, towns + farms, land.township)
    label = np.where(forest & (land.township >= 0), label, -1).astype(np.int32)
    pieces = [
        (shapely.geometry.shape(outline), int(number))
        for outline, number in shapes(label, mask=label >= 0, transform=land.grid.transform)
    ]
    ha = 100 * EARTH_KM**2 * np.cos(np.radians(land.grid.lats.mean()))
    kept = [(piece, number) for piece, number in pieces if piece.area * ha >= SMALLEST_HA]
    numbers = np.array([number for _, number in kept])
    smooth = shapely.coverage_simplify(np.array([piece for piece, _ in kept]), land.grid.step * 0.8)
    land_of = gpd.GeoDataFrame({"number": numbers}, geometry=smooth, crs=STORED_CRS)
    zones = land_of.dissolve("number")
    inside = shapely.intersection(zones.geometry.to_numpy(), region.outline)
    height = mean(land.height_m, label, zones.index.to_numpy())
    table = _describe(region, rng, zones.index.to_numpy(), np.asarray(height))
    return gpd.GeoDataFrame(table, geometry=inside, crs=STORED_CRS)


def _farm_numbers(region: Region, land: Land) -> np.ndarray[tuple[int, int], np.dtype[np.int32]]:
    """Which forest farm each cell belongs to, -1 for none; blobs, not circles."""
    owner = np.full(land.grid.shape, -1, dtype=np.int32)
    lat0 = float(land.grid.lats.mean())
    x, y = to_plane_km(land.grid.lons[None, :], land.grid.lats[:, None], lat0=lat0)
    for number, (_, lon, lat, radius_km) in enumerate(gazetteer.CITY_FARMS):
        px, py = to_plane_km(lon, lat, lat0=lat0)
        angle = np.arctan2(y - py, x - px)
        reach = radius_km * (1 + 0.22 * np.sin(3 * angle + number) + 0.12 * np.sin(5 * angle))
        owner[np.hypot(x - px, y - py) < reach] = number
    return owner


def _describe(
    region: Region,
    rng: np.random.Generator,
    numbers: np.ndarray[tuple[int], np.dtype[np.int64]],
    height_m: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> pd.DataFrame:
    towns = region.townships
    farm_town = [_nearest_town(region, lon, lat) for _, lon, lat, _ in gazetteer.CITY_FARMS]
    rows = []
    for number, height in zip(numbers, height_m, strict=True):
        is_farm = number >= len(towns)
        town = towns.iloc[farm_town[number - len(towns)] if is_farm else int(number)]
        farm = gazetteer.CITY_FARMS[number - len(towns)][0] if is_farm else None
        wild = rng.random() < 0.25 + height / 900
        row = {
            "zone_id": f"Z{town.county_id}{'F' if is_farm else 'T'}{int(number):04d}",
            "name": farm or f"{town['name']}林区",
            "county": town.county,
            "township": town["name"],
            "forest_farm": farm,
            "forest_class": "公益林" if wild else "商品林",
            "species": "毛竹" if "瑶里" in town["name"] else SPECIES[rng.integers(len(SPECIES))],
            "edge_buffer_m": 200.0 if town.county in BUFFER_200M else 100.0,
        }
        rows.append(row)
    return pd.DataFrame(rows)


def _nearest_town(region: Region, lon: float, lat: float) -> int:
    inside = region.townships.geometry.contains(shapely.Point(lon, lat)).to_numpy()
    return int(np.argmax(inside))
