"""The administrative map: townships around their real places, boundaries schematic.

Each township owns the land nearest to its anchors (Voronoi), cut to a hand-drawn outline.
Counties are the union of their townships. No surveyed boundary goes in, so none comes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from jdzfire.arrays import Floats
from jdzfire.schemas import STORED_CRS
from jdzfire.simulate import gazetteer, jiangxi
from jdzfire.simulate.noise import stream

EARTH_KM = 111.195
"""Length of one degree of a great circle on a sphere of 6,371 km [km] [K]."""

TOWNSHIP_KM2 = 170.0
"""Usual size of a township where they are only numbered [km2] [K]."""


@dataclass(frozen=True)
class Region:
    """The land a season is played on."""

    scale: str
    """city or province."""
    name: str
    """Name of the whole area."""
    outline: Polygon
    """Outline, EPSG:4326, schematic."""
    townships: gpd.GeoDataFrame
    """township_id, name, kind, county, county_id, lon, lat (seat), geometry; one row each."""
    admin: gpd.GeoDataFrame
    """All levels, columns of ADMIN and `remark`."""
    county_seats: dict[str, tuple[float, float]]
    """County code -> rough place of its seat."""

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north [degree]."""
        west, south, east, north = self.outline.bounds
        return float(west), float(south), float(east), float(north)


def to_plane_km(lon: Any, lat: Any, *, lat0: float) -> tuple[Floats, Floats]:
    """Kilometres east and north of the zero meridian and equator, true near `lat0`."""
    x = np.asarray(lon, dtype=float) * EARTH_KM * np.cos(np.radians(lat0))
    return x, np.asarray(lat, dtype=float) * EARTH_KM


def smooth_ring(points: tuple[tuple[float, float], ...], *, rounds: int = 3) -> Polygon:
    """A polygon with its corners cut (Chaikin), as a hand would draw it."""
    ring = np.array(points)
    for _ in range(rounds):
        ahead = np.roll(ring, -1, axis=0)
        ring = np.stack([0.75 * ring + 0.25 * ahead, 0.25 * ring + 0.75 * ahead], axis=1)
        ring = ring.reshape(-1, 2)
    return Polygon(ring).buffer(0)


def build_region(scale: str, seed: int) -> Region:
    """The region of this scale.

    Parameters
    ----------
    scale : str
        ``city`` or ``province``.
    seed : int
        Only the numbered townships of the province hang on it.

    Returns
    -------
    Region
        Townships tile the outline without gap or overlap.
    """
    city = smooth_ring(gazetteer.CITY_OUTLINE)
    towns = _city_townships()
    counties = {code: (name, lon, lat) for code, name, lon, lat in gazetteer.CITY_COUNTIES}
    outline: Any = city
    if scale != "city":
        outline = smooth_ring(jiangxi.PROVINCE_OUTLINE).union(city)
        counties |= {code: (name, lon, lat) for code, name, lon, lat in jiangxi.PROVINCE_COUNTIES}
        towns = pd.concat([towns, _numbered_townships(outline, city, seed)], ignore_index=True)
    names = {code: entry[0] for code, entry in counties.items()}
    towns = towns.assign(county=towns["county_id"].map(names))
    townships = _draw_townships(towns, outline)
    return Region(
        scale=scale,
        name=gazetteer.CITY[1] if scale == "city" else jiangxi.PROVINCE[1],
        outline=outline,
        townships=townships,
        admin=_admin_levels(townships, names, scale),
        county_seats={code: (entry[1], entry[2]) for code, entry in counties.items()},
    )


def _city_townships() -> pd.DataFrame:
    rows = [
        {
            "township_id": f"{county}{100 + number:03d}",
            "name": name,
            "kind": "street" if name.endswith("街道") else "town",
            "county_id": county,
            "lon": lon,
            "lat": lat,
            "anchors": [(lon, lat), *gazetteer.EXTRA_ANCHORS.get(name, ())],
        }
        for county, towns in gazetteer.CITY_TOWNSHIPS.items()
        for number, (name, lon, lat) in enumerate(towns)
    ]
    return pd.DataFrame(rows)


def _numbered_townships(outline: Polygon, city: Polygon, seed: int) -> pd.DataFrame:
    """Townships of the counties outside the city, strewn evenly over each county's land."""
    rng = stream(seed, "townships")
    seats = jiangxi.PROVINCE_COUNTIES
    cells = _cells(np.array([(lon, lat) for _, _, lon, lat in seats]))
    rows = []
    for (code, name, lon, lat), cell in zip(seats, cells, strict=True):
        land = shapely.intersection(cell, outline).difference(city)
        area_km2 = land.area * EARTH_KM**2 * np.cos(np.radians(lat))
        count = int(np.clip(round(area_km2 / TOWNSHIP_KM2), 3, 24))
        for number, (x, y) in enumerate(_strew(rng, land, (lon, lat), count)):
            row = {
                "township_id": f"{code}{100 + number:03d}",
                "name": f"{name}第{number + 1:02d}乡镇（示意）",
                "kind": "town",
                "county_id": code,
                "lon": x,
                "lat": y,
                "anchors": [(x, y)],
            }
            rows.append(row)
    return pd.DataFrame(rows)


def _strew(
    rng: np.random.Generator, land: Any, seat: tuple[float, float], count: int
) -> list[tuple[float, float]]:
    """The seat and points far from each other inside the land (best of many candidates)."""
    west, south, east, north = land.bounds
    tries = rng.uniform((west, south), (east, north), size=(60 * count, 2))
    tries = tries[shapely.contains_xy(land, tries[:, 0], tries[:, 1])]
    chosen = [seat if shapely.contains_xy(land, *seat) else tuple(tries[0])]
    gap = np.hypot(*(tries - chosen[0]).T)
    while len(chosen) < count:
        best = int(np.argmax(gap * rng.uniform(0.7, 1.0, len(gap))))
        chosen.append((float(tries[best, 0]), float(tries[best, 1])))
        gap = np.minimum(gap, np.hypot(*(tries - tries[best]).T))
    return [(round(float(x), 4), round(float(y), 4)) for x, y in chosen]


def _cells(points: Floats) -> NDArray[Any]:
    """Voronoi cells in the points' order, in degrees, distances taken in kilometres."""
    lat0 = float(points[:, 1].mean())
    squeeze = np.array([np.cos(np.radians(lat0)), 1.0])
    flat = shapely.MultiPoint(points * squeeze)
    west, south, east, north = flat.bounds
    frame = shapely.box(west - 8, south - 8, east + 8, north + 8)
    cells = shapely.voronoi_polygons(flat, extend_to=frame)
    parts = shapely.get_parts(cells)
    tree = shapely.STRtree(parts)
    owner, cell = tree.query(shapely.points(points * squeeze), predicate="within")
    ordered = np.empty(len(points), dtype=object)
    ordered[owner] = parts[cell]
    stretched = shapely.transform(ordered, lambda xy: xy / squeeze)
    return np.asarray(stretched)


def _draw_townships(towns: pd.DataFrame, outline: Polygon) -> gpd.GeoDataFrame:
    anchors = towns[["township_id", "anchors"]].explode("anchors", ignore_index=True)
    cells = _cells(np.array(anchors["anchors"].tolist()))
    pieces = gpd.GeoDataFrame(
        anchors[["township_id"]], geometry=shapely.intersection(cells, outline), crs=STORED_CRS
    )
    land = pieces.dissolve("township_id")["geometry"]
    kept = towns.drop(columns="anchors")
    shapes = land.loc[kept["township_id"]].to_numpy()
    return gpd.GeoDataFrame(kept.reset_index(drop=True), geometry=shapes, crs=STORED_CRS)


def _admin_levels(
    townships: gpd.GeoDataFrame, names: dict[str, str], scale: str
) -> gpd.GeoDataFrame:
    own = townships.rename(columns={"township_id": "admin_id", "county_id": "parent_id"})
    levels = [own.assign(level="township")[["admin_id", "name", "level", "parent_id", "geometry"]]]
    county = _level_above(levels[0], names, "county", digits=4, tail="00")
    city_names = (
        {gazetteer.CITY[0]: gazetteer.CITY[1]} if scale == "city" else jiangxi.PROVINCE_CITIES
    )
    city = _level_above(county, city_names, "city", digits=2, tail="0000")
    levels = [city, county, *levels]
    if scale == "province":
        whole = _level_above(city, dict([jiangxi.PROVINCE]), "province", digits=0, tail="")
        levels = [whole.assign(parent_id=None), *levels]
    admin = pd.concat(levels, ignore_index=True)
    return gpd.GeoDataFrame(
        admin.assign(remark="schematic boundary, not surveyed"), geometry="geometry", crs=STORED_CRS
    )


def _level_above(
    lower: gpd.GeoDataFrame, names: dict[str, str], level: str, *, digits: int, tail: str
) -> gpd.GeoDataFrame:
    land = lower.dissolve("parent_id")["geometry"]
    codes = [str(code) for code in land.index]
    return gpd.GeoDataFrame(
        {
            "admin_id": codes,
            "name": [names[code] for code in codes],
            "level": level,
            "parent_id": [code[:digits] + tail if digits else None for code in codes],
        },
        geometry=land.to_numpy(),
        crs=STORED_CRS,
    )
