"""A simulated folder read for the replay: its rows with the time they were there, and its truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from jdzfire.errors import InputError
from jdzfire.events.within import concerning_area
from jdzfire.experiments.run_season import REGISTER_FILES, feed_files
from jdzfire.feeds.registers import read_grid, read_register, read_weather
from jdzfire.feeds.registry import read_hotspots
from jdzfire.hotspots.footprints import footprints
from jdzfire.triage.context import TriageContext, prepare_context
from jdzfire.weather.danger import danger_of_days

ARCHIVE = "firms_archive"
"""Folder of the standard products in a simulated season."""

BY_LINE = ("firms",)
"""Folders whose files of one header are read as one; a year has some 700 of a few rows each."""

_STANDS = ("已批准", "已执行")
_TRUTH = [
    "origin", "fire_id", "source_id", "is_registered", "lon_true", "lat_true",
]  # fmt: skip


@dataclass(frozen=True)
class Season:
    """A simulated season: what jdzfire would get, and what was true."""

    context: TriageContext
    """Registers made ready."""
    rows: gpd.GeoDataFrame
    """[HOTSPOTS] every row inside the watched counties, ``received_at`` when it was there."""
    truth: pd.DataFrame
    """One row a hotspot, as :func:`jdzfire.evaluation.score.score_replay` wants it."""
    fires: pd.DataFrame
    """One row a fire, as :func:`jdzfire.evaluation.score.score_replay` wants it."""
    lots: gpd.GeoDataFrame
    """True lots of the valid permits, EPSG:4326."""
    permits: gpd.GeoDataFrame
    """[PERMITS] as registered."""
    sources: gpd.GeoDataFrame
    """[HEAT_SOURCES] as registered."""
    sites: pd.DataFrame
    """True heat sources: lon, lat, is_registered."""
    span: tuple[date, date]
    """First and last Beijing day."""


def read_season(folder: Path, *, default_datum: str = "cgcs2000") -> Season:
    """Read a simulated folder.

    Parameters
    ----------
    folder : Path
        As ``jdzfire simulate`` writes it.
    default_datum : str
        Datum of register rows that state none.

    Raises
    ------
    InputError
        The folder is no simulated season, or a file of it cannot be read.
    """
    if not (folder / "truth" / "hotspots.csv").exists():
        raise InputError(
            f"{folder} is no simulated season", expected="a folder of jdzfire simulate"
        )
    registers = {
        kind: _register(folder, kind, default_datum=default_datum)
        for kind in ("permits", "zones", "heat-sources", "admin", "settlements")
    }
    context = _context(folder, registers)
    rows, truth = _rows_and_truth(folder)
    inside = _inside(rows, context.admin)
    fires = pd.read_csv(folder / "truth" / "fires.csv", dtype=str)
    fires["in_forest"] = fires["in_forest"].str.lower().eq("true") | _in_fire_zone(fires, context)
    content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return Season(
        context,
        inside,
        truth,
        fires[["fire_id", "kind", "fault", "permit_id", "in_forest", "is_handled"]],
        _lots(folder),
        registers["permits"],
        registers["heat-sources"],
        pd.read_csv(folder / "truth" / "heat_sources.csv"),
        (date.fromisoformat(content["first_day"]), date.fromisoformat(content["last_day"])),
    )


def _register(folder: Path, kind: str, *, default_datum: str) -> gpd.GeoDataFrame:
    path = folder / "registers" / REGISTER_FILES[kind]
    at = datetime(1970, 1, 1, tzinfo=UTC)
    reading = read_register(
        kind, path.read_bytes(), source_name=path.name, received_at=at, default_datum=default_datum
    )
    return reading.table


def _context(folder: Path, registers: dict[str, gpd.GeoDataFrame]) -> TriageContext:
    weather = folder / "registers" / REGISTER_FILES["weather"]
    landcover = folder / "registers" / REGISTER_FILES["landcover"]
    dem = folder / "registers" / REGISTER_FILES["dem"]
    return prepare_context(
        permits=registers["permits"],
        zones=registers["zones"],
        heat_sources=registers["heat-sources"],
        admin=registers["admin"],
        settlements=registers["settlements"],
        landcover=read_grid("landcover", landcover.read_bytes(), source_name=landcover.name),
        elevation=read_grid("dem", dem.read_bytes(), source_name=dem.name),
        danger=danger_of_days(read_weather(weather.read_bytes(), source_name=weather.name)),
    )


def _lots(folder: Path) -> gpd.GeoDataFrame:
    content = pd.read_csv(folder / "truth" / "permits.csv", dtype=str)
    content = content[content["status"].isin(_STANDS)].reset_index(drop=True)
    begin, end = (
        pd.to_datetime(content[name], utc=True).dt.as_unit("us")
        for name in ("valid_from", "valid_to")
    )
    return gpd.GeoDataFrame(
        {"permit_id": content["permit_id"], "valid_from": begin, "valid_to": end},
        geometry=shapely.from_wkt(content["wkt"].to_numpy(dtype=object)),
        crs="EPSG:4326",
    )


def _in_fire_zone(fires: pd.DataFrame, context: TriageContext) -> pd.Series:
    """Whether fires began in the forest fire zone: forest land and its edge, as the law has it."""
    lon, lat = fires["lon"].astype(float), fires["lat"].astype(float)
    places = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326").to_crs(context.zones.crs)
    found = places.sindex.query(context.zones.geometry, predicate="intersects")[1]
    inside: pd.Series = pd.Series(False, index=fires.index)
    inside.iloc[found] = True
    return inside


def _rows_and_truth(folder: Path) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Every row of every feed file with the time it was available, and what it really was."""
    said = pd.read_csv(folder / "truth" / "hotspots.csv", dtype=str)
    said["line"] = said["line"].astype("int64")
    said["available_at"] = pd.to_datetime(said["available_at"], utc=True)
    sources = pd.read_csv(folder / "truth" / "heat_sources.csv", dtype=str).set_index("source_id")
    is_registered = sources["is_registered"].str.lower() == "true"
    said["is_registered"] = said["source_id"].map(is_registered).eq(True)
    said = said.astype({"lon_true": "float64", "lat_true": "float64"})
    by_line = said.set_index(["file", "line"])
    at = said["available_at"].max() + timedelta(days=1)
    tables = []
    for raw, path, lines in _bundles(folder):
        reading = read_hotspots("auto", raw, source_name=path.name, received_at=at)
        table = reading.table.reset_index(drop=True)
        known = by_line.reindex(pd.MultiIndex.from_tuples([lines[k] for k in table["raw_line"]]))
        for column in _TRUTH:
            table[column] = known[column].to_numpy()
        available = known["available_at"].reset_index(drop=True)
        if path.parent.name == ARCHIVE:  # a year's file comes when its last row does
            available = available.where(available.isna(), available.max())
        table["received_at"] = available.fillna(table["acquired_at"]).astype(
            table["acquired_at"].dtype
        )
        tables.append(table)
    rows = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=tables[0].crs)
    truth = rows.drop_duplicates("hotspot_id")[["hotspot_id", "instrument", "acquired_at", *_TRUTH]]
    return rows.drop(columns=_TRUTH), truth.reset_index(drop=True)


def _bundles(folder: Path) -> Iterator[tuple[bytes, Path, dict[int, tuple[str, int]]]]:
    """Bytes to read at once, the first file of them, and the file and line of each line."""
    together: dict[str, list[tuple[Path, list[str]]]] = {}
    for path in feed_files(folder):
        name = path.relative_to(folder).as_posix()
        raw = path.read_bytes()
        if path.parent.name not in BY_LINE:
            count = raw.count(b"\n") + 1
            yield raw, path, {number: (name, number) for number in range(1, count + 1)}
            continue
        header, *rest = raw.decode("utf-8-sig").splitlines()
        together.setdefault(header, []).append((path, rest))
    for header, files in together.items():
        lines, where = [header], {}
        for path, rest in files:
            name = path.relative_to(folder).as_posix()
            for number, line in enumerate(rest, start=2):
                lines.append(line)
                where[len(lines)] = (name, number)
        yield "\n".join([*lines, ""]).encode(), files[0][0], where


def _inside(rows: Any, admin: gpd.GeoDataFrame) -> Any:
    """Rows that concern the city, as the watch has them."""
    area = shapely.union_all(admin.loc[admin["level"] == "county"].geometry.to_numpy())
    return rows[concerning_area(rows, footprints(rows), area)].reset_index(drop=True)
