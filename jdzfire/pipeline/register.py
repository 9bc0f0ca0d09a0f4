"""Registering: what offices send about land, permits, teams, industrial sites and weather."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from jdzfire.errors import InputError
from jdzfire.feeds.reading import Reading
from jdzfire.feeds.registers import (
    Declared,
    Gazetteer,
    Known,
    bundle_shapefile,
)
from jdzfire.pipeline.receive import Intake
from jdzfire.redact import redact
from jdzfire.registers.permits import note_revocations
from jdzfire.schemas import REGISTERS
from jdzfire.store.grids import save_grid
from jdzfire.store.ledger_inputs import DONE, UNUSABLE
from jdzfire.store.raw import keep_raw, load_raw
from jdzfire.store.registers import load_register, save_register
from jdzfire.store.rejected import keep_rejected
from jdzfire.workspace import ReadFile, Workspace

_NAMING = ("settlements", "admin")
"""Registers that name places."""
_NAMED = ("permits", "teams", "heat-sources", "resources")
"""Registers whose rows may give their place by name alone."""
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
    workspace: Workspace,
    kind: str,
    files: Iterable[Path],
    *,
    at: datetime,
    declared: Declared | None = None,
    names: Mapping[Path, str] | None = None,
    read: ReadFile | None = None,
) -> Intake:
    """Take register files in; rows replace those of the same id.

    Parameters
    ----------
    workspace : Workspace
    kind : str
        A register kind.
    files : iterable of Path
        A ``.shp`` brings its companions along.
    at : datetime
    declared : Declared, optional
        What the operator declares of all the files.
    names : mapping, optional
        Names to note of files that have another one here.
    read : callable, optional
        Reads a file; default is the reader process of the workspace.

    Returns
    -------
    Intake
        ``new_or_updated`` is 0: register rows have no hotspot ids.
    """
    intake = Intake()
    for path in files:
        one = Intake(files=1)
        try:
            name = (names or {}).get(path, path.name)
            given = _Noted("", kind, name, at, declared or Declared())
            one = one.plus(_keep_file(workspace, path, given, read or workspace.reader.read))
        except InputError as error:
            one = replace(one, unusable=(redact(error),), faults=(redact(error),))
        intake = intake.plus(one)
    if kind in _NAMING and len(intake.unusable) < intake.files:
        intake = replace(
            intake,
            notes=(
                *intake.notes,
                *_place_waiting(workspace, at=at, read=read or workspace.reader.read),
            ),
        )
    return intake


def _keep_file(workspace: Workspace, path: Path, given: _Noted, read: ReadFile) -> Intake:
    """Keep one file, read it, and save its rows."""
    raw = _read_file(path)
    noted = replace(given, sha256=keep_raw(workspace.home, raw))
    kind, at = noted.kind, noted.at
    if kind not in REGISTERS:
        _keep_grid(workspace, kind, raw, noted.name, noted.declared.assume.get("classes", ""))
        workspace.ledger.record_input(noted.sha256, kind, noted.name, at, 1, 0, DONE)
        return Intake(rows=1)
    try:
        reading = _read(workspace, raw, noted, read)
    except InputError as error:
        if kind in _NAMED:  # it may be of use when names of places are registered
            _note_read(workspace, noted, detail=redact(error))
        raise
    keep_rejected(workspace.home, reading.rejected)
    if reading.is_useless:  # nothing of it is saved, whatever was registered before
        _note_read(workspace, noted, reading)
        raise InputError(
            f"{noted.name} has no row of {kind} that can be used",
            expected="at least one",
            found=reading.count_reasons(),
            remedy="see the rejected rows of this file; the register stays as it was",
        )
    _save(workspace, reading, reading.table, noted, at=at)
    _note_read(workspace, noted, reading)
    rows, faulty, why = len(reading.table), reading.faulty, reading.count_reasons()
    too_many = faulty > workspace.settings.max_rejected_share * (rows + faulty)
    fault = f"{noted.name}: {faulty} of {rows + faulty} rows rejected: {why}"
    notes = (*reading.notes, *([f"rejected: {why}"] if why and not too_many else []))
    return Intake(
        rows=rows,
        rejected=len(reading.rejected),
        faults=(fault,) if too_many else (),
        notes=tuple(f"{noted.name}: {note}" for note in notes),
    )


def _read(workspace: Workspace, raw: bytes, noted: _Noted, read: ReadFile) -> Reading:
    reading: Reading = read(
        "read_register",
        raw,
        source_name=noted.name,
        kind=noted.kind,
        received_at=noted.at,
        default_datum=workspace.settings.default_datum,
        declared=noted.declared,
        known=known_for(workspace, noted.kind),
    )
    return reading


def _note_read(
    workspace: Workspace, noted: _Noted, reading: Reading | None = None, *, detail: str = ""
) -> None:
    """Note that a file was read, and whether rows of it wait for names of places."""
    reasons = [] if reading is None else reading.rejected["reason"].tolist()
    waits = reading is None or bool(set(reasons) & _WAITING) or bool(_found_by_name(reading.table))
    declared_json = json.dumps(
        {"declared": noted.declared.plain()}, ensure_ascii=False, sort_keys=True
    )
    is_used = reading is not None and not reading.is_useless
    workspace.ledger.record_input(
        noted.sha256,
        noted.kind,
        noted.name,
        noted.at,
        0 if reading is None else len(reading.table),
        len(reasons),
        DONE if is_used else UNUSABLE,
        detail,
        options=declared_json if waits and noted.kind in _NAMED else "",
    )


def _place_waiting(workspace: Workspace, *, at: datetime, read: ReadFile) -> list[str]:
    """Read files again whose rows waited for the names of places, and save what is found now.

    Added are rows whose id is not registered, and permits at a place found by name
    before; of the newest file first, so that nothing that came later is undone and the order in
    which registers come makes no difference.

    Returns
    -------
    list of str
        What was found.
    """
    inputs = workspace.ledger.load_inputs()
    waiting = inputs[inputs["kind"].isin(_NAMED) & inputs["options"].fillna("").ne("")]
    notes: list[str] = []
    done: dict[str, set[str]] = {kind: set() for kind in _NAMED}
    for row in reversed(waiting.to_dict("records")):
        declared = Declared.of_plain(json.loads(row["options"])["declared"])
        received = pd.Timestamp(row["received_at"]).to_pydatetime()
        noted = _Noted(row["sha256"], row["kind"], row["source_name"], received, declared)
        try:
            raw = load_raw(workspace.home, noted.sha256)
            reading = _read(workspace, raw, noted, read)
        except InputError:
            continue
        keep_rejected(workspace.home, reading.rejected)
        key = reading.table.columns[0]
        there = load_register(workspace.home, noted.kind)
        settled = set(there[key]) - _found_by_name(there) | done[noted.kind]
        fresh = reading.table[~reading.table[key].isin(settled)]
        done[noted.kind] |= set(fresh[key])
        if len(fresh) and not _is_same_content(fresh, there, key):
            _save(workspace, reading, fresh, noted, at=at)
            notes.append(f"{len(fresh)} rows of {noted.name} ({noted.kind}) have a place now")
            notes += [f"{noted.name}: {note}" for note in reading.notes]
            left = reading.count_reasons()
            notes += [f"{noted.name}: still rejected: {left}"] if left else []
        _note_read(workspace, noted, reading)
    return notes


def _keep_grid(workspace: Workspace, kind: str, raw: bytes, name: str, classes: str) -> None:
    """Read a grid whole in the reader process, then keep it."""
    if kind == "weather":
        plain = workspace.reader.read("plain_weather", raw, source_name=name)
        save_grid(workspace.home, kind, plain)
        return
    workspace.reader.read("check_grid", raw, source_name=name, kind=kind, classes=classes.lower())
    save_grid(workspace.home, kind, raw, is_checked=True)


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


def _is_same_content(fresh: gpd.GeoDataFrame, there: gpd.GeoDataFrame, key: str) -> bool:
    held = there[there[key].isin(fresh[key])].sort_values(key).reset_index(drop=True)
    return bool(fresh.sort_values(key).reset_index(drop=True).equals(held))


def _save(
    workspace: Workspace, reading: Reading, rows: Any, noted: _Noted, *, at: datetime
) -> None:
    kind, table = noted.kind, rows
    if kind == "permits":
        table = note_revocations(load_register(workspace.home, kind), table, at=at)
    source = {
        "source_name": noted.name,
        "sha256": noted.sha256,
        "notes": "; ".join(reading.notes),
    }
    save_register(workspace.home, kind, table, at=at, source=source)


def known_for(workspace: Workspace, kind: str) -> Known:
    """Names for rows without coordinates, and shapes of the same kind to test the datum."""
    admin = load_register(workspace.home, "admin")
    settlements = load_register(workspace.home, "settlements")
    same = load_register(workspace.home, kind)
    has_shapes = isinstance(same, gpd.GeoDataFrame) and "name" in same
    reference = same if has_shapes and len(same) else _borders(admin, settlements)
    named = len(settlements) or (admin["level"] == "township").any()
    return Known(Gazetteer(settlements, admin) if named else None, reference)


def _borders(admin: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame) -> gpd.GeoDataFrame | None:
    parts = [part[["name", "geometry"]] for part in (admin, settlements) if len(part)]
    if not parts:
        return None
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs="EPSG:4326")
