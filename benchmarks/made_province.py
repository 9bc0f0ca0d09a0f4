"""A made-up year of a province: hotspots in events, permits, zones, works. Not a climatology.

Jiangxi's size (113.6-118.4 E, 24.5-30.0 N). Of the hotspots a fifth lies on registered industrial
sites, a tenth on or near burn permits, the rest is spread as single pixels and small clusters; a
tenth of all is MODIS, a twentieth Himawari. Orbiters pass twice a day within some minutes of the
same time."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.schemas import (
    ADMIN,
    EVENTS,
    HEAT_SOURCES,
    HOTSPOTS,
    MEMBERS,
    PERMITS,
    SETTLEMENTS,
    ZONES,
    conform,
)

WEST, SOUTH, EAST, NORTH = 113.6, 24.5, 118.4, 30.0
M_PER_DEG = 111_000.0
START = pd.Timestamp("2024-01-01", tz="UTC").as_unit("us")
YEAR_MIN = 365 * 1440


@dataclass(frozen=True)
class Province:
    """What triage is given."""

    hotspots: gpd.GeoDataFrame
    events: gpd.GeoDataFrame
    members: pd.DataFrame
    permits: gpd.GeoDataFrame
    zones: gpd.GeoDataFrame
    sources: gpd.GeoDataFrame
    admin: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame


def make_province(
    hotspots: int, *, permits: int = 10_000, zones: int = 5_000, sources: int = 500, seed: int = 1
) -> Province:
    """A year with this many hotspots; the same for the same numbers."""
    rng = np.random.default_rng(seed)
    lots = made_permits(rng, permits)
    sites = made_sources(rng, sources)
    table, event = made_hotspots(rng, hotspots, lots, sites)
    return Province(
        table,
        made_events(table, event),
        conform(
            pd.DataFrame({"hotspot_id": table["hotspot_id"], "event_id": names("E", event)}),
            MEMBERS,
        ),
        lots,
        made_zones(rng, zones),
        sites,
        made_admin(),
        made_settlements(rng, 2_000),
    )


def names(letter: str, numbers: NDArray[np.int64]) -> list[str]:
    return [f"{letter}{number:07d}" for number in numbers.tolist()]


def places(rng: np.random.Generator, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return rng.uniform(WEST, EAST, count), rng.uniform(SOUTH, NORTH, count)


def times(minutes: NDArray[np.int64]) -> pd.Series:
    return pd.Series(START + pd.to_timedelta(minutes, unit="min")).astype("datetime64[us, UTC]")


def filled(columns: dict[str, object], contract: object, geometry: object) -> gpd.GeoDataFrame:
    """A table of the contract; columns not stated are null."""
    table = gpd.GeoDataFrame(columns, geometry=geometry, crs="EPSG:4326")
    missing = {name: None for name in contract.columns if name not in table}  # type: ignore[attr-defined]
    return conform(table.assign(**missing), contract)  # type: ignore[arg-type]


def made_permits(rng: np.random.Generator, count: int) -> gpd.GeoDataFrame:
    """Points with an area, most in the cold half of the year, by day, 8 to 56 hours long."""
    lon, lat = places(rng, count)
    day = np.where(
        rng.random(count) < 0.8, rng.integers(0, 120, count), rng.integers(0, 360, count)
    )
    begin = day * 1440 + rng.integers(0, 180, count)
    length = 60 * (8 + 24 * rng.integers(0, 3, count))
    return filled(
        {
            "permit_id": names("P", np.arange(count)),
            "area_ha": rng.gamma(2.0, 5.0, count).clip(0.5, 20.0).round(1),
            "valid_from": times(begin),
            "valid_to": times(begin + length),
            "status": rng.choice(["approved", "executed", "withdrawn"], count, p=[0.7, 0.2, 0.1]),
            "source_datum": "cgcs2000",
            "location_error_m": rng.choice([30.0, 100.0, 300.0, 1000.0], count),
        },
        PERMITS,
        gpd.points_from_xy(lon, lat),
    )


def made_zones(rng: np.random.Generator, count: int) -> gpd.GeoDataFrame:
    """Stars of 50 corners, 1 to 6 km wide; together some six tenths of the province."""
    lon, lat = places(rng, count)
    turn = np.linspace(0, 2 * np.pi, 50, endpoint=False)
    radius = rng.uniform(1000, 5000, (count, 1)) * rng.uniform(0.6, 1.0, (count, 50))
    x = lon[:, None] + radius * np.cos(turn) / (M_PER_DEG * np.cos(np.radians(lat[:, None])))
    y = lat[:, None] + radius * np.sin(turn) / M_PER_DEG
    shapes = shapely.polygons(np.stack([x, y], axis=2))
    return filled({"zone_id": names("Z", np.arange(count)), "edge_buffer_m": 100.0}, ZONES, shapes)


def made_sources(rng: np.random.Generator, count: int) -> gpd.GeoDataFrame:
    lon, lat = places(rng, count)
    ids = names("S", np.arange(count))
    return filled(
        {
            "source_id": ids,
            "name": ids,
            "kind": "cement",
            "radius_m": rng.choice([200.0, 500.0], count),
            "valid_from": START - pd.Timedelta(days=365),
        },
        HEAT_SOURCES,
        gpd.points_from_xy(lon, lat),
    )


def made_admin() -> gpd.GeoDataFrame:
    """A hundred counties, squares."""
    width, height = (EAST - WEST) / 10, (NORTH - SOUTH) / 10
    cells = [(i, j) for i in range(10) for j in range(10)]
    shapes = [
        shapely.box(
            WEST + i * width, SOUTH + j * height, WEST + (i + 1) * width, SOUTH + (j + 1) * height
        )
        for i, j in cells
    ]
    ids = [f"{360000 + 10 * i + j}" for i, j in cells]
    return filled({"admin_id": ids, "name": ids, "level": "county"}, ADMIN, shapes)


def made_settlements(rng: np.random.Generator, count: int) -> gpd.GeoDataFrame:
    lon, lat = places(rng, count)
    ids = names("V", np.arange(count))
    return filled(
        {"settlement_id": ids, "name": ids, "kind": "village"},
        SETTLEMENTS,
        gpd.points_from_xy(lon, lat),
    )


def made_hotspots(
    rng: np.random.Generator, count: int, permits: gpd.GeoDataFrame, sources: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, NDArray[np.int64]]:
    """Hotspots in events of one pass or two, and the event of each."""
    size = np.minimum(1 + rng.geometric(0.24, count) // 2, 12)
    size = size[: int(np.searchsorted(np.cumsum(size), count)) + 1]
    event = np.repeat(np.arange(len(size)), size)[:count]
    kind = rng.choice(3, len(size), p=[0.2, 0.1, 0.7])  # works, permit, anywhere
    lon, lat = places(rng, len(size))
    minute = rng.integers(0, YEAR_MIN, len(size))
    work, lot = rng.integers(0, len(sources), len(size)), rng.integers(0, len(permits), len(size))
    sensor_of = rng.choice(4, len(size), p=[0.5, 0.35, 0.1, 0.05])
    off_m = np.where(kind == 2, 0.0, rng.gamma(1.0, 150.0, len(size)))
    turn = rng.uniform(0, 2 * np.pi, len(size))
    for number, index, table in ((0, work, sources), (1, lot, permits)):
        mine = kind == number
        lon[mine] = table.geometry.x.to_numpy()[index[mine]]
        lat[mine] = table.geometry.y.to_numpy()[index[mine]]
    begin = ((permits["valid_from"] - START).dt.total_seconds() / 60).to_numpy().astype(np.int64)
    minute = np.where(kind == 1, begin[lot] + rng.integers(-120, 1200, len(size)), minute)
    lon += off_m * np.cos(turn) / (M_PER_DEG * np.cos(np.radians(lat)))
    lat += off_m * np.sin(turn) / M_PER_DEG
    near_m = np.where(kind[event] == 0, 100.0, 350.0)
    x = lon[event] + near_m * rng.normal(size=count) / (M_PER_DEG * 0.88)
    y = lat[event] + near_m * rng.normal(size=count) / M_PER_DEG
    polar = sensor_of != 3
    local = np.array([330, 380, 300, 0])[sensor_of] + 720 * rng.integers(0, 2, len(size))
    at_pass = minute // 1440 * 1440 + local + rng.integers(0, 3, len(size))
    minute = np.where(polar, at_pass, minute // 10 * 10)
    later = rng.choice([0, 0, 0, 1, 98], count)  # the turn of a minute, or the next orbit
    sensor = sensor_of[event]
    scan = rng.uniform(0.38, 0.8, count).round(2)
    table = filled(
        {
            "hotspot_id": names("H", np.arange(count)),
            "feed": "made",
            "satellite": np.array(["NOAA-20", "NOAA-21", "Aqua", "Himawari-9"])[sensor],
            "instrument": np.array(["VIIRS", "VIIRS", "MODIS", "AHI"])[sensor],
            "product": "NRT",
            "acquired_at": times(minute[event] + later),
            "received_at": times(minute[event] + later + 90),
            "scan_km": np.where(sensor == 3, np.nan, np.where(sensor == 2, 2.5 * scan, scan)),
            "track_km": np.where(sensor == 3, np.nan, np.where(sensor == 2, 1.2, 0.4)),
            "frp_mw": rng.gamma(1.0, 6.0, count).round(2),
            "raw_sha256": "0" * 64,
        },
        HOTSPOTS,
        gpd.points_from_xy(x, y),
    )
    return table, event


def made_events(hotspots: gpd.GeoDataFrame, event: NDArray[np.int64]) -> gpd.GeoDataFrame:
    """One row an event; its shape is a box about its hotspots, which no verdict reads."""
    rows = pd.DataFrame(
        {
            "event": event,
            "at": hotspots["acquired_at"],
            "frp": hotspots["frp_mw"],
            "lon": hotspots.geometry.x,
            "lat": hotspots.geometry.y,
        }
    )
    stated = rows.groupby("event").agg(
        first=("at", "min"), last=("at", "max"), count=("at", "size"), frp_max=("frp", "max"),
        frp_sum=("frp", "sum"), lon=("lon", "mean"), lat=("lat", "mean"),
    )  # fmt: skip
    lon, lat = stated["lon"].to_numpy(), stated["lat"].to_numpy()
    return filled(
        {
            "event_id": names("E", stated.index.to_numpy()),
            "first_seen_at": stated["first"].to_numpy(),
            "last_seen_at": stated["last"].to_numpy(),
            "hotspot_count": stated["count"].to_numpy(),
            "satellites": "NOAA-20",
            "instruments": "VIIRS",
            "frp_max_mw": stated["frp_max"].to_numpy(),
            "frp_sum_mw": stated["frp_sum"].to_numpy(),
            "footprint_ha": 60.0,
            "lon": lon,
            "lat": lat,
            "state": "active",
        },
        EVENTS,
        shapely.box(lon - 0.003, lat - 0.003, lon + 0.003, lat + 0.003),
    )
