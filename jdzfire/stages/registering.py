"""Registering: what offices send about land, permits, teams, works and weather."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd

from jdzfire.errors import InputError
from jdzfire.feeds import Reading
from jdzfire.feeds.registers import (
    Declared,
    Gazetteer,
    Known,
    bundle_shapefile,
    read_grid,
    read_register,
    read_weather,
)
from jdzfire.permits import note_revocations
from jdzfire.schemas import REGISTERS
from jdzfire.stages.house import House
from jdzfire.stages.receiving import DONE, Intake
from jdzfire.store import keep_raw, keep_rejected, load_register, save_grid, save_register

__all__ = ["register_files"]


def register_files(
    house: House,
    kind: str,
    files: Iterable[Path],
    *,
    at: datetime,
    declared: Declared | None = None,
) -> Intake:
    """Take register files in; rows replace those of the same id.

    Parameters
    ----------
    house : House
    kind : str
        A register kind.
    files : iterable of Path
        A ``.shp`` brings its companions along.
    at : datetime
    declared : Declared, optional
        What a person says of all the files.

    Returns
    -------
    Intake
        ``better`` is 0: register rows have no hotspot ids.
    """
    intake = Intake()
    for path in files:
        one = Intake(files=1)
        try:
            one = one.plus(_keep_file(house, kind, path, at, declared or Declared()))
        except InputError as error:
            one = replace(one, unusable=(str(error),), faults=(str(error),))
        intake = intake.plus(one)
    return intake


def _keep_file(house: House, kind: str, path: Path, at: datetime, declared: Declared) -> Intake:
    """Keep one file, read it, and let its rows stand."""
    raw = _read_file(path)
    sha256 = keep_raw(house.home, raw)
    notes: tuple[str, ...] = ()
    if kind not in REGISTERS:
        if kind == "weather":
            read_weather(raw, source_name=path.name)
        else:
            read_grid(kind, raw, source_name=path.name)
        save_grid(house.home, kind, raw)
        rows, rejected = 1, 0
    else:
        reading = read_register(
            kind,
            raw,
            source_name=path.name,
            received_at=at,
            default_datum=house.settings.default_datum,
            declared=declared,
            known=_known(house, kind),
        )
        _save(house, kind, reading, path.name, sha256, at=at)
        rows, rejected, notes = len(reading.table), len(reading.rejected), reading.notes
    house.ledger.record_input(sha256, kind, path.name, at, rows, rejected, DONE)
    share = house.settings.max_rejected_share
    too_many = rejected > share * (rows + rejected)
    fault = f"{path.name}: {rejected} of {rows + rejected} rows rejected"
    told = tuple(f"{path.name}: {note}" for note in notes)
    return Intake(rows=rows, rejected=rejected, faults=(fault,) if too_many else (), notes=told)


def _read_file(path: Path) -> bytes:
    if path.suffix.lower() == ".shp":
        return bundle_shapefile(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be read", found=str(error.strerror), remedy="check the path"
        ) from error


def _save(
    house: House, kind: str, reading: Reading, name: str, sha256: str, *, at: datetime
) -> None:
    keep_rejected(house.home, reading.rejected)
    table = reading.table
    if kind == "permits":
        table = note_revocations(load_register(house.home, kind), table, at=at)
    source = {"source_name": name, "sha256": sha256, "notes": "; ".join(reading.notes)}
    save_register(house.home, kind, table, at=at, source=source)


def _known(house: House, kind: str) -> Known:
    """Names for rows without coordinates, and shapes of the same kind to test the datum."""
    admin = load_register(house.home, "admin")
    settlements = load_register(house.home, "settlements")
    same = load_register(house.home, kind)
    has_shapes = isinstance(same, gpd.GeoDataFrame) and "name" in same
    reference = same if has_shapes and len(same) else _borders(admin, settlements)
    named = len(settlements) or (admin["level"] == "township").any()
    return Known(Gazetteer(settlements, admin) if named else None, reference)


def _borders(admin: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    parts = [part[["name", "geometry"]] for part in (admin, settlements) if len(part)]
    if not parts:
        return None
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs="EPSG:4326")
