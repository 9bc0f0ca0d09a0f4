"""Registering: what offices send about land, permits, teams, works and weather."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from jdzfire.errors import InputError
from jdzfire.feeds import Reading
from jdzfire.feeds.registers import (
    Declared,
    Gazetteer,
    Known,
    bundle_shapefile,
)
from jdzfire.permits import note_revocations
from jdzfire.redact import redact
from jdzfire.schemas import REGISTERS
from jdzfire.stages.house import House
from jdzfire.stages.receiving import DONE, UNUSABLE, Intake
from jdzfire.store import (
    keep_raw,
    keep_rejected,
    load_raw,
    load_register,
    save_grid,
    save_register,
)

__all__ = ["register_files"]

_NAMING = ("settlements", "admin")
"""Registers that name places."""
_NAMED = ("permits", "teams", "heat-sources")
"""Registers whose rows may tell their place by name alone."""
BY_NAME = "gazetteer"
"""Datum of a place that was found by its name."""
_WAITING = {"place_unknown", "place_ambiguous", "position_missing"}


@dataclass(frozen=True)
class _Noted:
    """A register file as it is noted."""

    sha256: str
    kind: str
    name: str
    at: datetime
    declared: Declared


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
            one = replace(one, unusable=(redact(error),), faults=(redact(error),))
        intake = intake.plus(one)
    if kind in _NAMING and len(intake.unusable) < intake.files:
        intake = replace(intake, notes=(*intake.notes, *_place_waiting(house, at=at)))
    return intake


def _keep_file(house: House, kind: str, path: Path, at: datetime, declared: Declared) -> Intake:
    """Keep one file, read it, and let its rows stand."""
    raw = _read_file(path)
    sha256 = keep_raw(house.home, raw)
    if kind not in REGISTERS:
        _keep_grid(house, kind, raw, path.name, declared.assume.get("classes", ""))
        house.ledger.record_input(sha256, kind, path.name, at, 1, 0, DONE)
        return Intake(rows=1)
    noted = _Noted(sha256, kind, path.name, at, declared)
    try:
        reading = _read(house, raw, noted)
    except InputError as error:
        if kind in _NAMED:  # it may be of use when names of places are registered
            _note_read(house, noted, detail=redact(error))
        raise
    keep_rejected(house.home, reading.rejected)
    if reading.is_useless:  # nothing of it stands, whatever was registered before
        _note_read(house, noted, reading)
        raise InputError(
            f"{path.name} has no row of {kind} that can be used",
            expected="at least one",
            found=reading.told_reasons(),
            remedy="see the rejected rows of this file; the register stays as it was",
        )
    _save(house, reading, reading.table, noted, at=at)
    _note_read(house, noted, reading)
    rows, faulty, why = len(reading.table), reading.faulty, reading.told_reasons()
    too_many = faulty > house.settings.max_rejected_share * (rows + faulty)
    fault = f"{path.name}: {faulty} of {rows + faulty} rows rejected: {why}"
    notes = (*reading.notes, *([f"set aside: {why}"] if why and not too_many else []))
    return Intake(
        rows=rows,
        rejected=len(reading.rejected),
        faults=(fault,) if too_many else (),
        notes=tuple(f"{path.name}: {note}" for note in notes),
    )


def _read(house: House, raw: bytes, noted: _Noted) -> Reading:
    reading: Reading = house.reader.read(
        "read_register",
        raw,
        source_name=noted.name,
        kind=noted.kind,
        received_at=noted.at,
        default_datum=house.settings.default_datum,
        declared=noted.declared,
        known=_known(house, noted.kind),
    )
    return reading


def _note_read(
    house: House, noted: _Noted, reading: Reading | None = None, *, detail: str = ""
) -> None:
    """Note that a file was read, and whether rows of it wait for names of places."""
    reasons = [] if reading is None else reading.rejected["reason"].tolist()
    waits = reading is None or bool(set(reasons) & _WAITING) or bool(_found_by_name(reading.table))
    told = json.dumps({"declared": noted.declared.plain()}, ensure_ascii=False, sort_keys=True)
    is_used = reading is not None and not reading.is_useless
    house.ledger.record_input(
        noted.sha256,
        noted.kind,
        noted.name,
        noted.at,
        0 if reading is None else len(reading.table),
        len(reasons),
        DONE if is_used else UNUSABLE,
        detail,
        options=told if waits and noted.kind in _NAMED else "",
    )


def _place_waiting(house: House, *, at: datetime) -> list[str]:
    """Read files again of which rows waited for the names of places; what is found now stands.

    Added are rows whose id is not registered, and permits that stand at a place found by name
    before; of the newest file first, so that nothing that came later is undone and the order in
    which registers come makes no difference.

    Returns
    -------
    list of str
        What was found.
    """
    inputs = house.ledger.load_inputs()
    waiting = inputs[inputs["kind"].isin(_NAMED) & inputs["options"].fillna("").ne("")]
    notes: list[str] = []
    done: dict[str, set[str]] = {kind: set() for kind in _NAMED}
    for row in reversed(waiting.to_dict("records")):
        declared = Declared.of_plain(json.loads(row["options"])["declared"])
        received = pd.Timestamp(row["received_at"]).to_pydatetime()
        noted = _Noted(row["sha256"], row["kind"], row["source_name"], received, declared)
        try:
            reading = _read(house, load_raw(house.home, noted.sha256), noted)
        except InputError:
            continue
        keep_rejected(house.home, reading.rejected)
        key = reading.table.columns[0]
        there = load_register(house.home, noted.kind)
        settled = set(there[key]) - _found_by_name(there) | done[noted.kind]
        fresh = reading.table[~reading.table[key].isin(settled)]
        done[noted.kind] |= set(fresh[key])
        if len(fresh) and not _says_the_same(fresh, there, key):
            _save(house, reading, fresh, noted, at=at)
            notes.append(f"{len(fresh)} rows of {noted.name} ({noted.kind}) have a place now")
            notes += [f"{noted.name}: {note}" for note in reading.notes]
            left = reading.told_reasons()
            notes += [f"{noted.name}: still set aside: {left}"] if left else []
        _note_read(house, noted, reading)
    return notes


def _keep_grid(house: House, kind: str, raw: bytes, name: str, classes: str) -> None:
    """Read a grid whole in the reader process, then keep it."""
    if kind == "weather":
        plain = house.reader.read("plain_weather", raw, source_name=name)
        save_grid(house.home, kind, plain)
        return
    house.reader.read("check_grid", raw, source_name=name, kind=kind, classes=classes.lower())
    save_grid(house.home, kind, raw, is_checked=True)


def _read_file(path: Path) -> bytes:
    if path.suffix.lower() == ".shp":
        return bundle_shapefile(path)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be read", found=str(error.strerror), remedy="check the path"
        ) from error


def _found_by_name(there: gpd.GeoDataFrame) -> set[str]:
    """Ids of permits whose place came from the names registered before."""
    if "source_datum" not in there:
        return set()
    return set(there.loc[there["source_datum"] == BY_NAME, there.columns[0]])


def _says_the_same(fresh: gpd.GeoDataFrame, there: gpd.GeoDataFrame, key: str) -> bool:
    held = there[there[key].isin(fresh[key])].sort_values(key).reset_index(drop=True)
    return bool(fresh.sort_values(key).reset_index(drop=True).equals(held))


def _save(house: House, reading: Reading, rows: Any, noted: _Noted, *, at: datetime) -> None:
    kind, table = noted.kind, rows
    if kind == "permits":
        table = note_revocations(load_register(house.home, kind), table, at=at)
    source = {
        "source_name": noted.name,
        "sha256": noted.sha256,
        "notes": "; ".join(reading.notes),
    }
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
