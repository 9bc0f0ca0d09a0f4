"""One register file, sheet or vector, into a validated table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.crs import named_crs, normalise_datum
from jdzfire.errors import InputError, UsageError
from jdzfire.feeds.places import LOCATION_ERROR_M, place_rows
from jdzfire.feeds.reading import Reading, Sieve, Source, source_of
from jdzfire.feeds.registers.cells import clean_text, reject_repeated
from jdzfire.feeds.registers.kinds import GRID_KINDS, KINDS, TABLE_KINDS, RegisterKind
from jdzfire.feeds.registers.rows import Rows
from jdzfire.feeds.registers.vectors import (
    attributes_of,
    is_geojson,
    is_vector,
    read_shapes,
    shaped,
    shapes_to_wgs84,
)
from jdzfire.feeds.sheets import match_columns, read_sheet
from jdzfire.feeds.text import excerpt
from jdzfire.schemas import empty_table, validate

__all__ = ["read_register"]


def read_register(
    kind: str,
    raw: bytes,
    *,
    source_name: str,
    received_at: datetime,
    datum: str | None = None,
    default_datum: str = "cgcs2000",
    crs: str | None = None,
) -> Reading:
    """Rows of one register file.

    Parameters
    ----------
    kind : str
        One of ``TABLE_KINDS``; grids have their own readers.
    raw : bytes
        GeoPackage, GeoJSON, KML, zipped shapefile, Excel or CSV, told by content.
    source_name : str
        File name, for the messages.
    received_at : datetime
        When the house first held it; aware.
    datum : str, optional
        What degrees are in. A sheet's own column comes first; without one, and without this,
        a vector file is what its CRS says.
    default_datum : str
        Datum of a sheet of which nothing tells the datum.
    crs : str, optional
        CRS of projected numbers, for example ``EPSG:4548``.

    Returns
    -------
    Reading
        Table by the contract of the kind, in the order of the file; ids unique; shapes valid,
        WGS84. A file of only a header gives no rows. ``notes`` tell repairs.

    Raises
    ------
    UsageError
        Not a table kind, or an unknown datum name.
    InputError, CrsError
        The file cannot be used at all.

    Notes
    -----
    A row without its own id is named by a hash of what it says, so that a second reading gives
    the same id. Of rows with one id the first stays, the others are set aside
    (``duplicate_id``). Position errors of permits, when the sheet tells none: 50 m, more when
    written coarsely, at most 500 m [K].
    """
    if kind in GRID_KINDS:
        raise UsageError(f"{kind} is a grid", expected=", ".join(TABLE_KINDS), found=kind)
    if kind not in KINDS:
        raise UsageError("unknown register kind", expected=", ".join(KINDS), found=excerpt(kind))
    rules = KINDS[kind]
    source = source_of(raw, source_name=source_name, kind=kind, received_at=received_at)
    declared = None if datum is None else normalise_datum(datum)
    if is_vector(raw):
        rows, notes = _vector_rows(rules, raw, source, datum=declared, crs=crs)
    else:
        fallback = declared or normalise_datum(default_datum)
        rows, notes = _sheet_rows(rules, raw, source, datum=fallback, crs=crs)
    table = _table_of(rules, rows)
    return Reading(table, rows.sieve.rejected(), kind, tuple(notes))


def _sheet_rows(
    rules: RegisterKind, raw: bytes, source: Source, *, datum: str, crs: str | None
) -> tuple[Rows, list[str]]:
    expected = f"a sheet of {rules.name} with " + ", ".join(
        rules.columns[name][0] for name in (*rules.required, "lon", "lat")
    )
    if rules.shape in ("line", "area"):
        raise InputError(
            f"{excerpt(source.name)} is not a vector file",
            expected=f"GeoPackage or GeoJSON of {rules.name}",
            found=excerpt(repr(raw[:20])),
            remedy="a sheet has no shapes: export the layer",
        )
    sheet = read_sheet(raw, source_name=source.name, columns=rules.columns, expected=expected)
    _require(rules, sheet.found, source, places=True)
    sieve = Sieve(sheet.rows, source)
    for fault in sheet.faults:
        sieve.reject_line(*fault)
    system = None if crs is None else named_crs(crs)
    placed = place_rows(sieve, default_datum=datum, crs=system)
    shapes = _points(placed.lon, placed.lat, sieve.kept)
    notes = (
        [f"{placed.swapped} places had longitude and latitude swapped"] if placed.swapped else []
    )
    return Rows(sieve, sheet.units, shapes, placed.datum, placed.error_m), notes


def _vector_rows(
    rules: RegisterKind, raw: bytes, source: Source, *, datum: str | None, crs: str | None
) -> tuple[Rows, list[str]]:
    table = read_shapes(raw, source_name=source.name, layer=rules.name)
    system = None if crs is None else named_crs(crs)
    labelled = not is_geojson(raw)
    moved, given_in = shapes_to_wgs84(table, datum=datum, crs=system, has_label=labelled)
    shapes, reasons, notes = shaped(moved, rules.shape)
    cells = attributes_of(table)
    matched = match_columns(list(cells.columns), rules.columns)
    found = {name: cells.iloc[:, position] for position, name in matched.items()}
    absent = pd.Series([None] * len(cells), dtype=object)
    frame = pd.DataFrame(
        {name: found.get(name, absent) for name in rules.columns}, index=cells.index
    ).set_axis(pd.RangeIndex(1, len(cells) + 1, name="line"))
    units = {name: str(cells.columns[position]) for position, name in matched.items()}
    _require(rules, frozenset(found), source, places=False)
    sieve = Sieve(frame, source)
    for reason in ("geometry_missing", "geometry_type"):
        wrong = np.array([value == reason for value in reasons], dtype=bool)
        sieve.reject(wrong, reason, f"expected a shape of kind {rules.shape}")
    datums = np.full(len(frame), given_in, dtype=object)
    if units.get("datum") == "source_datum":  # our own table coming back: it tells of the origin
        datums = np.array([clean_text(own) or given_in for own in frame["datum"]], dtype=object)
    elif "datum" in found:
        notes = [*notes, f"rows name a datum; all shapes were taken as {given_in}"]
    errors = np.full(len(frame), LOCATION_ERROR_M)
    return Rows(sieve, units, shapes, datums, errors), notes


def _require(rules: RegisterKind, found: frozenset[str], source: Source, *, places: bool) -> None:
    needed = [*rules.required, *(("lon", "lat") if places else ())]
    missing = [name for name in needed if name not in found]
    if rules.name == "permits" and "period" not in found:
        missing += [name for name in ("valid_from", "valid_to") if name not in found]
    if missing:
        ways = [f"{rules.columns[name][0]} ({name})" for name in missing]
        raise InputError(
            f"{excerpt(source.name)} lacks columns of {rules.name}",
            expected=", ".join(ways),
            found="columns " + (excerpt(", ".join(sorted(found))) or "none"),
            remedy="name the columns as in data/README.md",
        )


def _points(lon: Any, lat: Any, kept: NDArray[np.bool_]) -> NDArray[np.object_]:
    result = np.full(len(kept), None, dtype=object)
    placed = kept & np.isfinite(lon) & np.isfinite(lat)
    result[placed] = shapely.points(lon[placed], lat[placed])
    return result


def _table_of(rules: RegisterKind, rows: Rows) -> gpd.GeoDataFrame:
    sieve = rows.sieve
    values = rules.values(rows)
    id_column = str(next(iter(rules.contract.columns)))
    reject_repeated(sieve, values[id_column])
    kept = sieve.kept
    if not kept.any():
        none: gpd.GeoDataFrame = empty_table(rules.contract)
        return none
    plain = {
        name: value.set_axis(range(len(kept))) if isinstance(value, pd.Series) else value
        for name, value in values.items()
    }
    table = pd.DataFrame(plain, index=range(len(kept)))[kept]
    shapes = gpd.GeoSeries(rows.geometry[kept], index=table.index, crs="EPSG:4326")
    placed = gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")
    checked: gpd.GeoDataFrame = validate(placed, rules.contract)
    return checked
