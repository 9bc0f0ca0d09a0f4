"""One register file, sheet or vector, into a validated table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.crs import named_crs, normalise_datum
from jdzfire.errors import InputError, UsageError
from jdzfire.feeds.places import LOCATION_ERROR_M
from jdzfire.feeds.reading import Reading, RowValidator, Source, source_of
from jdzfire.feeds.registers.cells import clean_text, reject_repeated
from jdzfire.feeds.registers.inference import compare_datums, settle_datum
from jdzfire.feeds.registers.kinds import GRID_KINDS, KINDS, TABLE_KINDS, RegisterKind
from jdzfire.feeds.registers.kml import is_kml
from jdzfire.feeds.registers.rows import Declared, Known, Rows
from jdzfire.feeds.registers.shape_repair import finite_shapes, shaped
from jdzfire.feeds.registers.sheet_places import place_sheet
from jdzfire.feeds.registers.vectors import (
    attributes_of,
    is_geojson,
    is_vector,
    read_shapes,
    shapes_to_wgs84,
)
from jdzfire.feeds.sheets import Sheet, match_columns, read_sheet, unused_note
from jdzfire.feeds.text import excerpt
from jdzfire.feeds.values import is_blank
from jdzfire.schemas import empty_table, validate


def read_register(
    kind: str,
    raw: bytes,
    *,
    source_name: str,
    received_at: datetime,
    default_datum: str = "cgcs2000",
    declared: Declared | None = None,
    known: Known | None = None,
) -> Reading:
    """Rows of one register file.

    Parameters
    ----------
    kind : str
        One of ``TABLE_KINDS``; grids have their own readers.
    raw : bytes
        GeoPackage, GeoJSON, KML, KMZ, OVKML, zipped shapefile, Excel (.xlsx, .xls) or CSV, known
        by content.
    source_name : str
        File name, for the messages.
    received_at : datetime
        When it was first received; aware.
    default_datum : str
        Datum of a sheet that does not state its datum.
    declared : Declared, optional
        What the operator declares of the file.
    known : Known, optional
        What is registered already: names for rows without coordinates, shapes to test the datum.

    Returns
    -------
    Reading
        Table by the contract of the kind, in the order of the file; ids unique; shapes valid,
        WGS84. A file of only a header gives no rows. ``notes`` list repairs, and what is known of
        the datum.

    Raises
    ------
    UsageError
        Not a table kind, an unknown datum name, or something assumed of a column that is none.
    DatumQuestion
        No datum is declared, and the shapes clearly lie in another than the one assumed.
    InputError, CrsError
        The file cannot be used at all; of the kind ShapeQuestion, when a repair would change
        what a shape covers.

    Notes
    -----
    A row without its own id is named by a hash of its content, so that a second reading gives
    the same id. Of rows with one id the first stays, the others are rejected:
    ``duplicate_id`` when they have the same content, else ``id_again``, which the notes ask about.
    Position errors of permits, when the sheet states none: 50 m, more when written coarsely, at
    most 500 m [K]; of a place known by name alone that of the gazetteer.
    """
    if kind in GRID_KINDS:
        raise UsageError(f"{kind} is a grid", expected=", ".join(TABLE_KINDS), found=kind)
    if kind not in KINDS:
        raise UsageError("unknown register kind", expected=", ".join(KINDS), found=excerpt(kind))
    rules, declared, known = KINDS[kind], declared or Declared(), known or Known()
    source = source_of(raw, source_name=source_name, kind=kind, received_at=received_at)
    source = replace(source, time_zone=declared.time_zone, holds_from=declared.holds_from)
    if declared.holds_from is not None and not rules.has_start:
        ways = ", ".join(name for name, one in KINDS.items() if one.has_start)
        raise UsageError(
            f"rows of {kind} have no start to fill in",
            expected=f"a date for {ways} only",
            remedy="leave --from out; the register's versions already have their dates",
        )
    _check_assumed(rules, declared)
    datum = None if declared.datum is None else normalise_datum(declared.datum)
    declared = replace(declared, datum=datum)
    if is_vector(raw):
        _refuse_shapes(rules, source)
        rows, notes = _vector_rows(rules, raw, source, declared, known)
    else:
        rows, notes = _sheet_rows(
            rules, raw, source, declared, known, fallback=normalise_datum(default_datum)
        )
    if declared.region is not None:
        _reject_outside(rows, declared.region)
    table = _table_of(rules, rows)
    notes = [*notes, *rows.validator.notes(), *_start_notes(rules, table, declared)]
    return Reading(table, rows.validator.rejected(), kind, tuple(notes))


def _check_assumed(rules: RegisterKind, declared: Declared) -> None:
    unknown = sorted(set(declared.assume) - {*rules.columns, "repair"})
    if unknown:
        raise UsageError(
            f"rows of {rules.name} have no column {excerpt(', '.join(unknown))} to fill in",
            expected="one of " + ", ".join(rules.columns),
            remedy="name a column of the register, or use repair=yes",
        )


def _start_notes(rules: RegisterKind, table: Any, declared: Declared) -> list[str]:
    """Note on rows that state no start."""
    if not rules.has_start or not len(table):
        return []
    if declared.holds_from is not None:
        return [f"rows without a start hold from {declared.holds_from:%Y-%m-%d %H:%M %Z}"]
    always = int(table["valid_from"].isna().sum())
    return [f"{always} rows state no start: they hold always (--from sets one)"] if always else []


def _sheet_rows(
    rules: RegisterKind,
    raw: bytes,
    source: Source,
    declared: Declared,
    known: Known,
    *,
    fallback: str,
) -> tuple[Rows, list[str]]:
    has_places = rules.shape != "none"
    expected = f"a sheet of {rules.name} with " + ", ".join(
        rules.columns[name][0]
        for name in (*rules.required, *(("lon", "lat") if has_places else ()))
    )
    sheet = read_sheet(raw, source_name=source.name, columns=rules.columns, expected=expected)
    if rules.shape in ("line", "area") and "shape" not in sheet.found:
        raise InputError(
            f"{excerpt(source.name)} is not a vector file",
            expected=f"GeoPackage or GeoJSON of {rules.name}, or a column of corners",
            found=excerpt(repr(raw[:20])),
            remedy="a sheet has no shapes: export the layer",
        )
    sheet = _filled(sheet, declared.assume)
    _require(rules, sheet.found, source, places=has_places, has_names=known.gazetteer is not None)
    validator = RowValidator(sheet.rows, source, titles=sheet.titles)
    for fault in sheet.faults:
        validator.reject_line(*fault)
    notes = list(sheet.notes)
    if not has_places:
        none = np.full(len(sheet.rows), None, dtype=object)
        return Rows(validator, sheet.units, none, none, np.full(len(none), np.nan)), notes
    placed = place_sheet(validator, declared, known, fallback=fallback)
    notes = [*notes, *placed.notes]
    return Rows(validator, sheet.units, placed.shapes, placed.datum, placed.error_m), notes


def _filled(sheet: Sheet, assume: Mapping[str, str]) -> Sheet:
    """The sheet with what the operator declared of blank cells."""
    rows = sheet.rows
    for name, word in assume.items():
        if name in rows:
            blank = rows[name].map(is_blank)
            rows = rows.assign(**{name: rows[name].mask(blank.astype(bool), word)})
    return replace(sheet, rows=rows, found=sheet.found | (set(assume) & set(rows.columns)))


def _refuse_shapes(rules: RegisterKind, source: Source) -> None:
    """A kind without places comes as a sheet."""
    if rules.shape == "none":
        raise InputError(
            f"{excerpt(source.name)} is a vector file",
            expected=f"a sheet of {rules.name}",
            found="shapes",
            remedy="export the table as Excel or CSV",
        )


def _vector_rows(
    rules: RegisterKind, raw: bytes, source: Source, declared: Declared, known: Known
) -> tuple[Rows, list[str]]:
    table, others = read_shapes(raw, source_name=source.name, layer=rules.name)
    system = None if declared.crs is None else named_crs(declared.crs)
    labelled = not (is_geojson(raw) or is_kml(raw))
    moved, given_in = shapes_to_wgs84(table, datum=declared.datum, crs=system, has_label=labelled)
    cells = attributes_of(table)
    matched = match_columns(list(cells.columns), rules.columns, is_cut=_is_shapefile(raw))
    found = {name: cells.iloc[:, position] for position, name in matched.items()}
    sound = moved.copy()
    sound[~finite_shapes(sound)] = None
    asked = _ask_datum(rules, table, sound, found, declared, known, source.name)
    repair = declared.assume.get("repair", "").lower() in ("yes", "是")
    shapes, reasons, notes = shaped(moved, rules.shape, may_change=repair)
    notes += _unused(cells, matched, others)
    absent = pd.Series([None] * len(cells), dtype=object)
    frame = pd.DataFrame(
        {name: found.get(name, absent) for name in rules.columns}, index=cells.index
    ).set_axis(pd.RangeIndex(1, len(cells) + 1, name="line"))
    units = {name: str(cells.columns[position]) for position, name in matched.items()}
    sheet = _filled(Sheet(frame, frozenset(found), units, []), declared.assume)
    _require(rules, sheet.found, source, places=False)
    validator = RowValidator(sheet.rows, source)
    for reason in (
        "geometry_missing",
        "position_unreadable",
        "geometry_type",
        "geometry_too_complex",
    ):
        wrong = np.array([value == reason for value in reasons], dtype=bool)
        is_broken = reason == "position_unreadable"
        wanted = "coordinates that are numbers" if is_broken else f"a shape of kind {rules.shape}"
        validator.reject(wrong, reason, f"expected {wanted}")
    datums = np.full(len(frame), given_in, dtype=object)
    if units.get("datum") == "source_datum":  # our own table: it keeps the original datum
        datums = np.array([clean_text(own) or given_in for own in frame["datum"]], dtype=object)
    elif "datum" in found:
        notes = [*notes, f"rows name a datum; all shapes were taken as {given_in}"]
    errors = np.full(len(frame), LOCATION_ERROR_M)
    return Rows(validator, units, shapes, datums, errors), [*notes, *asked]


def _is_shapefile(raw: bytes) -> bool:
    return raw.startswith(b"PK\x03\x04") and not is_kml(raw)


def _unused(cells: pd.DataFrame, matched: Mapping[int, str], layers: list[str]) -> list[str]:
    """Layers, and columns with anything in them, that nothing used."""
    left = [i for i in range(cells.shape[1]) if i not in matched]
    named = [cells.columns[i] for i in left if not cells.iloc[:, i].map(is_blank).all()]
    notes = [f"layers not used: {excerpt(', '.join(layers))}"] if layers else []
    return [*notes, *filter(None, [unused_note(named)])]


def _ask_datum(
    rules: RegisterKind,
    table: gpd.GeoDataFrame,
    moved: NDArray[np.object_],
    found: Mapping[str, pd.Series],
    declared: Declared,
    known: Known,
    name: str,
) -> list[str]:
    """The datum the shapes indicate; DatumQuestion when they contradict the assumed one."""
    del rules
    if table.crs is not None and not table.crs.is_geographic:
        return []
    names = None if "name" not in found else found["name"].to_numpy(dtype=object)
    written = moved
    if declared.datum is not None:
        written = np.array(table.geometry.array, dtype=object)
        written[shapely.is_missing(moved)] = None
    evidence = compare_datums(written, known.reference, names=names)
    return settle_datum(evidence, declared.datum, assumed="wgs84", name=name)


def _reject_outside(rows: Rows, region: tuple[float, float, float, float]) -> None:
    inside = shapely.intersects(shapely.box(*region), rows.geometry)
    outside = ~inside & np.array([shape is not None for shape in rows.geometry], dtype=bool)
    rows.validator.reject(outside, "position_outside", "outside the region that was declared")


_WINDOWS = {"permits": ("valid_from", "valid_to"), "special-days": ("begins_at",)}
"""Columns a kind needs when it has no column with both ends of a window."""


def _require(
    rules: RegisterKind,
    found: frozenset[str],
    source: Source,
    *,
    places: bool,
    has_names: bool = False,
) -> None:
    named = {"lon", "lat"} <= found or "pair" in found or "shape" in found
    named = named or (has_names and bool({"place", "township"} & found))
    needed = [*rules.required, *(("lon", "lat") if places and not named else ())]
    missing = [name for name in needed if name not in found]
    if "period" not in found:
        missing += [name for name in _WINDOWS.get(rules.name, ()) if name not in found]
    waits = places and not has_names and bool({"place", "township"} & found)
    if missing:
        ways = [f"{rules.columns[name][0]} ({name})" for name in missing]
        raise InputError(
            f"{excerpt(source.name)} lacks columns of {rules.name}",
            expected=", ".join(ways),
            found="columns " + (excerpt(", ".join(sorted(found))) or "none"),
            remedy="name the columns as in data/README.md"
            + ("; or register settlements, whose names give places then" if waits else ""),
        )


def _table_of(rules: RegisterKind, rows: Rows) -> Any:
    validator = rows.validator
    values = rules.values(rows)
    id_column = str(next(iter(rules.contract.columns)))
    shape_texts = [None if shape is None else shape.wkb_hex for shape in rows.geometry]
    reject_repeated(validator, values[id_column], values | {"_shape": shape_texts})
    kept = validator.kept
    if not kept.any():
        none: gpd.GeoDataFrame = empty_table(rules.contract)
        return none
    plain = {
        name: value.set_axis(range(len(kept))) if isinstance(value, pd.Series) else value
        for name, value in values.items()
    }
    table = pd.DataFrame(plain, index=range(len(kept)))[kept]
    if rules.shape == "none":
        return validate(table, rules.contract)
    shapes = gpd.GeoSeries(rows.geometry[kept], index=table.index, crs="EPSG:4326")
    placed = gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")
    checked: gpd.GeoDataFrame = validate(placed, rules.contract)
    return checked
