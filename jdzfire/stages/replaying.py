"""Replay of a simulated folder: read it as the watch would, and score it against its truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from jdzfire.errors import InputError
from jdzfire.feeds import Reading, read_hotspots
from jdzfire.feeds.registers import read_grid, read_register, read_weather
from jdzfire.heat_sources import propose_sources
from jdzfire.season.plain_rules import score_plain
from jdzfire.season.replay import replay_cycles
from jdzfire.season.score import Score, score_proposals, score_replay
from jdzfire.stages.season_run import REGISTER_FILES, feed_files
from jdzfire.triage import Ground, Rules, prepare_ground
from jdzfire.weather import danger_of_days

__all__ = ["replay_folder"]

ARCHIVE = "firms_archive"
"""Folder of the standard products in a simulated season."""


def replay_folder(
    folder: Path,
    *,
    default_datum: str = "cgcs2000",
    rules: Rules | None = None,
    progress: Callable[[], object] = lambda: None,
) -> Score:
    """Run a simulated season cycle by cycle and score it.

    Parameters
    ----------
    folder : Path
        As ``jdzfire simulate`` writes it.
    default_datum : str
        Datum of register rows that tell none.
    rules : Rules, optional
    progress : callable
        Called after each cycle.

    Returns
    -------
    Score

    Raises
    ------
    InputError
        The folder is no simulated season, or a file of it cannot be read.
    """
    if not (folder / "truth" / "hotspots.csv").exists():
        raise InputError(
            f"{folder} is no simulated season", expected="a folder of jdzfire simulate"
        )
    ground = _ground(folder, default_datum)
    rows, truth = _rows_and_truth(folder)
    rows = _inside(rows, ground.admin)
    replay = replay_cycles(rows, ground, rules=rules, progress=progress)
    fires = pd.read_csv(folder / "truth" / "fires.csv", dtype=str)
    fires["in_forest"] = fires["in_forest"].str.lower().eq("true") | _in_fire_zone(fires, ground)
    score = score_replay(replay, truth, fires)
    once = rows.sort_values("received_at").drop_duplicates("hotspot_id").reset_index(drop=True)
    permits, sources = _register(folder, "permits"), _register(folder, "heat-sources")
    told = pd.read_csv(folder / "truth" / "heat_sources.csv")
    return replace(
        score,
        plain=score_plain(once, truth, fires, permits, ground.admin),
        proposals=score_proposals(propose_sources(once, known=sources), told),
    )


def _register(folder: Path, kind: str, *, default_datum: str = "cgcs2000") -> gpd.GeoDataFrame:
    path = folder / "registers" / REGISTER_FILES[kind]
    at = datetime(1970, 1, 1, tzinfo=UTC)
    reading = read_register(
        kind, path.read_bytes(), source_name=path.name, received_at=at, default_datum=default_datum
    )
    return reading.table


def _ground(folder: Path, default_datum: str) -> Ground:
    def table(kind: str) -> gpd.GeoDataFrame:
        return _register(folder, kind, default_datum=default_datum)

    weather = folder / "registers" / REGISTER_FILES["weather"]
    landcover = folder / "registers" / REGISTER_FILES["landcover"]
    dem = folder / "registers" / REGISTER_FILES["dem"]
    return prepare_ground(
        permits=table("permits"),
        zones=table("zones"),
        heat_sources=table("heat-sources"),
        admin=table("admin"),
        settlements=table("settlements"),
        landcover=read_grid("landcover", landcover.read_bytes(), source_name=landcover.name),
        elevation=read_grid("dem", dem.read_bytes(), source_name=dem.name),
        danger=danger_of_days(read_weather(weather.read_bytes(), source_name=weather.name)),
    )


def _in_fire_zone(fires: pd.DataFrame, ground: Ground) -> pd.Series:
    """Whether fires began in the forest fire zone: forest land and its edge, as the law has it."""
    lon, lat = fires["lon"].astype(float), fires["lat"].astype(float)
    places = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs="EPSG:4326").to_crs(ground.zones.crs)
    found = places.sindex.query(ground.zones.geometry, predicate="intersects")[1]
    inside: pd.Series = pd.Series(False, index=fires.index)
    inside.iloc[found] = True
    return inside


def _rows_and_truth(folder: Path) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Every row of every feed file with the time it was available, and what it really was."""
    said = pd.read_csv(folder / "truth" / "hotspots.csv", dtype=str)
    said["line"] = said["line"].astype("int64")
    said["available_at"] = pd.to_datetime(said["available_at"], utc=True)
    sources = pd.read_csv(folder / "truth" / "heat_sources.csv", dtype=str).set_index("source_id")
    said["is_registered"] = (
        said["source_id"].map(sources["is_registered"].str.lower() == "true").fillna(False)
    )
    by_line = said.set_index(["file", "line"])
    tables = []
    for path in feed_files(folder):
        reading = _read(path, at=said["available_at"].max() + timedelta(days=1))
        name = path.relative_to(folder).as_posix()
        key = pd.MultiIndex.from_arrays([[name] * len(reading.table), reading.table["raw_line"]])
        known = by_line.reindex(key)
        table = reading.table.reset_index(drop=True)
        for column in ("origin", "fire_id", "source_id", "is_registered"):
            table[column] = known[column].to_numpy()
        available = known["available_at"].reset_index(drop=True)
        if path.parent.name == ARCHIVE:  # a year's file comes when its last row does
            available = available.where(available.isna(), available.max())
        table["received_at"] = available.fillna(table["acquired_at"]).astype(
            table["acquired_at"].dtype
        )
        tables.append(table)
    rows = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=tables[0].crs)
    truth = rows.drop_duplicates("hotspot_id")[
        ["hotspot_id", "instrument", "origin", "fire_id", "source_id", "is_registered"]
    ]
    return rows.drop(columns=["origin", "fire_id", "source_id", "is_registered"]), truth


def _read(path: Path, *, at: datetime) -> Reading:
    return read_hotspots("auto", path.read_bytes(), source_name=path.name, received_at=at)


def _inside(rows: Any, admin: gpd.GeoDataFrame) -> Any:
    area = shapely.union_all(admin.loc[admin["level"] == "county"].geometry.to_numpy())
    shapely.prepare(area)
    return rows[shapely.intersects(area, rows.geometry.to_numpy())].reset_index(drop=True)
