"""A season as the files the real world would send, and the truth beside them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.schemas import ADMIN, HEAT_SOURCES, SETTLEMENTS, ZONES
from jdzfire.simulate.clock import to_times
from jdzfire.simulate.render_feeds import render_feeds
from jdzfire.simulate.render_maps import render_geopackage, render_geotiff, render_netcdf
from jdzfire.simulate.render_sheets import render_permits, render_teams
from jdzfire.simulate.season import Season

GENERATOR = "1"
"""Version of what is drawn and how it is written; a change of bytes changes it."""

FIRE_COLUMNS = [
    "fire_id", "kind", "county", "township", "place", "lon", "lat", "started_at", "ended_at",
    "area_ha", "in_forest", "permit_id", "fault", "is_handled", "reported_at", "peak_frp_mw",
]  # fmt: skip
HOTSPOT_COLUMNS = [
    "file", "line", "satellite", "acquired_at", "available_at", "origin", "fire_id", "source_id",
    "lon_true", "lat_true", "product", "pixel_id",
]  # fmt: skip
PERMIT_COLUMNS = [
    "permit_id", "lon", "lat", "area_ha", "valid_from", "valid_to", "fault", "wkt", "status",
    "burned_at", "burned_ha",
]  # fmt: skip
WORKS_COLUMNS = [
    "source_id", "name", "kind", "lon", "lat", "radius_m", "frp_mw", "starts_at", "is_registered",
]  # fmt: skip

README = """A simulated fire season (jdzfire simulate): {place} {year}, seed {seed}.

Nothing here was observed. Names of counties and townships are real and their places rough;
ALL BOUNDARIES ARE SCHEMATIC, drawn around the places, and so are relief, rivers, roads, land
cover, forest farms and industrial sites.{numbered} Villages, people and telephone numbers are
invented. Sensors worked from {first} to {last} (Beijing days); registers and fires are of the whole
year.

registers/  what the office holds: admin, zones, heat_sources, roads, settlements (GeoPackage,
            EPSG:4326), permits and teams (Excel, places in several datums, Beijing time, areas in
            mu, some rows spoiled on purpose), dem and landcover (GeoTIFF), weather (NetCDF).
            The permit sheet has {permits} approved permits, some never approved, and
            {spoiled} spoiled rows.
feeds/      what arrived: FIRMS NRT by sensor and UTC day (empty days left out), FIRMS archive (the
            same pixels as standard product, months later), Himawari L2WLF by UTC day (all 10-minute
            scans with fires; FRP in MW), calls and reports of people.
truth/      what was: fires.csv, fire_growth.parquet, hotspots.csv (which line of which file came
            from which fire, site, glint or mistake, and when it was available), permits.csv,
            looks.parquet (when each township was looked at and its cloud; Himawari's looks every
            {geo_h} h only), heat_sources.csv. Times there are UTC.
"""


def render_season(season: Season) -> Iterator[tuple[str, bytes]]:
    """Every file of the season: relative path and bytes; the manifest comes last.

    The same season gives the same bytes with the same versions of the libraries that write
    them; no clock goes in.
    """
    sums: dict[str, str] = {}
    for path, data in _files(season):
        sums[path] = hashlib.sha256(data).hexdigest()
        yield path, data
    manifest = {
        "year": season.year,
        "seed": season.seed,
        "scale": season.scale,
        "first_day": season.first_day.isoformat(),
        "last_day": season.last_day.isoformat(),
        "generator": GENERATOR,
        "boundaries": "schematic",
        "files": dict(sorted(sums.items())),
    }
    yield "manifest.json", (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode()


def _files(season: Season) -> Iterator[tuple[str, bytes]]:
    yield "README.txt", _readme(season).encode()
    yield from _registers(season)
    yield from render_feeds(season.lines)
    yield from _truth(season)


def _readme(season: Season) -> str:
    city = season.scale == "city"
    approved = int(season.permits["status"].isin(["已批准", "已执行"]).sum())
    return README.format(
        place="Jingdezhen" if city else "Jiangxi",
        year=season.year,
        seed=season.seed,
        numbered="" if city else "\nTownships outside Jingdezhen are numbered, not named.",
        first=season.first_day,
        last=season.last_day,
        permits=approved,
        spoiled=5,
        geo_h=1 if city else 3,
    )


def _registers(season: Season) -> Iterator[tuple[str, bytes]]:
    known = season.sites[season.sites["is_registered"]]
    layers: dict[str, tuple[gpd.GeoDataFrame, list[str]]] = {
        "admin": (season.admin, [*ADMIN.columns, "remark"]),
        "zones": (season.zones, [name for name in ZONES.columns if name in season.zones]),
        "heat_sources": (known, list(HEAT_SOURCES.columns)),
        "roads": (season.roads, ["road_id", "name", "road_class", "geometry"]),
        "settlements": (season.settlements, list(SETTLEMENTS.columns)),
    }
    for layer, (table, columns) in layers.items():
        data = render_geopackage(table[columns], layer, season.year)
        yield f"registers/{layer}.gpkg", data
    yield "registers/permits.xlsx", render_permits(season.permits, season.year, season.seed)
    yield "registers/teams.xlsx", render_teams(season.teams, season.year, season.seed)
    yield "registers/dem.tif", render_geotiff(season.dem, nodata=-9999)
    yield "registers/landcover.tif", render_geotiff(season.landcover, nodata=0)
    yield "registers/weather.nc", render_netcdf(season.weather)


def _truth(season: Season) -> Iterator[tuple[str, bytes]]:
    yield "truth/fires.csv", _csv(season.fires[FIRE_COLUMNS])
    yield "truth/fire_growth.parquet", _parquet(season.growth)
    yield "truth/hotspots.csv", _csv(season.lines[HOTSPOT_COLUMNS])
    permits = season.permits.assign(
        valid_from=to_times(season.permits["from_s"]),
        valid_to=to_times(season.permits["to_s"]),
        burned_at=to_times(season.permits["burn_s"]),
        wkt=season.permits.geometry.to_wkt(rounding_precision=6),
    )
    yield "truth/permits.csv", _csv(pd.DataFrame(permits[PERMIT_COLUMNS]))
    observations = season.observations.astype({"satellite": "category", "township_id": "category"})
    yield "truth/looks.parquet", _parquet(observations)
    yield "truth/heat_sources.csv", _csv(pd.DataFrame(season.sites[WORKS_COLUMNS]))


def _csv(table: pd.DataFrame) -> bytes:
    """CSV with ISO times in UTC, lower-case booleans, missing as nothing."""
    out: dict[str, Any] = {}
    for name, column in table.items():
        if isinstance(column.dtype, pd.DatetimeTZDtype):
            out[str(name)] = column.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        elif column.dtype == bool:
            out[str(name)] = np.where(column, "true", "false")
        elif column.dtype.kind == "f":
            out[str(name)] = column.round(6)
        else:
            out[str(name)] = column
    return pd.DataFrame(out).to_csv(index=False, lineterminator="\n").encode()


def _parquet(table: pd.DataFrame) -> bytes:
    out = BytesIO()
    table.to_parquet(out, index=False, compression="zstd")
    return out.getvalue()
