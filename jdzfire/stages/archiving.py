"""Archiving: inputs that were received are read, joined to what is known, and kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import geopandas as gpd
import pandas as pd

from jdzfire.errors import InputError
from jdzfire.feeds import FEEDS, Reading, feeds_of_mappings
from jdzfire.feeds.parts import read_parts
from jdzfire.hotspots import join_versions
from jdzfire.redact import redact
from jdzfire.stages.house import House
from jdzfire.stages.observing import spans_of, wider
from jdzfire.stages.receiving import ARCHIVED, UNUSABLE, Intake, waiting_inputs
from jdzfire.stages.watched import watched_bbox
from jdzfire.store import (
    Home,
    append_hotspots,
    keep_rejected,
    load_hotspots,
    load_raw,
    raw_path,
)

__all__ = ["Shelf", "archive_received", "read_input"]

_ROWS_AT_ONCE = 200_000
"""Rows joined and written together: some 300 MB of tables at the most [C]."""


_IDS_TOLD = 1000


@dataclass
class Shelf:
    """Hotspots on their way into an archive; full shelves are put away at once."""

    home: Home
    """Where the archive is."""
    tables: list[gpd.GeoDataFrame] = field(default_factory=list)
    """Read and not put away yet."""
    better: int = 0
    """Hotspots put away that are new or better than before."""
    changed: list[str] = field(default_factory=list)
    """Ids of the first of them."""

    def add(self, table: gpd.GeoDataFrame) -> None:
        """Lay a table on the shelf."""
        if len(table):
            self.tables.append(table)
        if sum(map(len, self.tables)) >= _ROWS_AT_ONCE:
            self.put_away()

    def put_away(self) -> None:
        """Join what lies here to what the archive knows, and keep it."""
        if not self.tables:
            return
        incoming = gpd.GeoDataFrame(
            pd.concat(self.tables, ignore_index=True), crs=self.tables[0].crs
        )
        self.tables = []
        since, last = incoming["acquired_at"].min(), incoming["acquired_at"].max()
        known = load_hotspots(self.home, since=since, until=last + timedelta(minutes=1))
        joined = join_versions(known, incoming)
        append_hotspots(self.home, joined.better, lost=joined.lost)
        self.better += len(joined.better)
        self.changed.extend(joined.better["hotspot_id"].iloc[: _IDS_TOLD - len(self.changed)])


def archive_received(
    house: House, intake: Intake | None = None, *, progress: Callable[[], object] = lambda: None
) -> Intake:
    """Read what was received, batch by batch, and put it into the archive.

    An input that cannot be used is noted as such, and the others go on. Killed at any moment,
    the next call reads again what is still noted as received; the result is the same.

    Parameters
    ----------
    house : House
    intake : Intake, optional
        What receiving said; the result has it too.
    progress : callable
        Called after each input.

    Returns
    -------
    Intake
    """
    total = intake or Intake()
    for rows in waiting_inputs(house):
        total = total.plus(_archive_batch(house, rows, progress))
    faults = (*total.faults, *total.unusable)
    return replace(total, faults=tuple(dict.fromkeys(faults)))


def _archive_batch(house: House, inputs: pd.DataFrame, progress: Callable[[], object]) -> Intake:
    shelf, centre = Shelf(house.home), _centre(house)
    read: list[_Read] = []
    intake = Intake()
    for row in inputs.to_dict("records"):
        noted = {str(name): value for name, value in row.items()}
        try:
            read.append(_read_onto(shelf, house, noted, centre))
        except InputError as error:
            told = redact(error)
            house.ledger.record_input(**(noted | {"state": UNUSABLE, "detail": told}))
            intake = replace(intake, unusable=(*intake.unusable, told))
        progress()
    shelf.put_away()
    intake = replace(intake, better=shelf.better, changed=tuple(shelf.changed))
    with house.ledger.together():
        for one in read:
            intake = intake.plus(_note_archived(house, one))
    return intake


@dataclass
class _Read:
    """What reading one input gave, its hotspots aside."""

    noted: dict[str, Any]
    rows: int = 0
    faulty: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    rejected: list[pd.DataFrame] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    spans: dict[str, Any] = field(default_factory=dict)


def _read_onto(
    shelf: Shelf, house: House, noted: dict[str, Any], centre: tuple[float, float]
) -> _Read:
    read = _Read(noted)
    for reading in read_input(house, noted):
        shelf.add(reading.table)
        read.rows += len(reading.table)
        if len(reading.rejected):
            read.rejected.append(reading.rejected)
            read.faulty += reading.faulty
            for reason, count in reading.rejected["reason"].value_counts().items():
                read.reasons[str(reason)] = read.reasons.get(str(reason), 0) + int(count)
        read.notes.update(dict.fromkeys(reading.notes))
        read.spans = wider(read.spans, spans_of(reading.table, centre))
    return read


def _centre(house: House) -> tuple[float, float]:
    west, south, east, north = watched_bbox(house)
    return (west + east) / 2, (south + north) / 2


def _note_archived(house: House, read: _Read) -> Intake:
    """Keep the rejected rows, then note that the input is archived, and what it covers."""
    rows, rejected = read.rows, sum(map(len, read.rejected))
    if read.rejected:
        keep_rejected(house.home, pd.concat(read.rejected, ignore_index=True))
    options = json.loads(read.noted["options"] or "{}") | read.spans
    house.ledger.record_input(
        **(
            read.noted
            | {"rows": rows, "rejected": rejected, "state": ARCHIVED, "detail": ""}
            | {"options": json.dumps(options, sort_keys=True) if options else ""}
        )
    )
    share = house.settings.max_rejected_share
    name = read.noted["source_name"]
    why = ", ".join(f"{count} {reason}" for reason, count in read.reasons.items())
    if read.faulty and not rows:
        told = f"{name}: none of its {read.faulty} rows can be used: {why}"
        return Intake(rejected=rejected, unusable=(told,), notes=tuple(read.notes))
    if read.faulty > share * (rows + read.faulty):
        fault = f"{name}: {read.faulty} of {rows + read.faulty} rows rejected: {why}"
        return Intake(rows=rows, rejected=rejected, faults=(fault,), notes=tuple(read.notes))
    notes = (*read.notes, f"{name}: set aside: {why}") if why else tuple(read.notes)
    return Intake(rows=rows, rejected=rejected, notes=notes)


def read_input(house: House, noted: Mapping[str, Any]) -> Iterator[Reading]:
    """Readings of one noted input, part by part, from its raw bytes.

    Raises
    ------
    InputError
        It cannot be used.
    """
    mappings = _mappings_then(house, noted)
    at = pd.Timestamp(noted["received_at"]).to_pydatetime()

    def read_whole(raw: bytes) -> Reading:
        reading: Reading = house.reader.read(
            "read_hotspots",
            raw,
            source_name=noted["source_name"],
            feed=noted["kind"],
            received_at=at,
            mappings=mappings,
        )
        return reading

    return read_parts(
        noted["kind"],
        raw_path(house.home, noted["sha256"]),
        source_name=noted["source_name"],
        received_at=at,
        sha256=noted["sha256"],
        feeds={**FEEDS, **feeds_of_mappings(mappings)},
        read_whole=read_whole,
    )


def _mappings_then(house: House, noted: Mapping[str, Any]) -> Mapping[str, str]:
    """The mappings as they were when the input was received: an office's own may change."""
    options = json.loads(noted["options"]) if noted["options"] else {}
    if "mapping_sha256" not in options:
        return house.mappings
    text = load_raw(house.home, options["mapping_sha256"]).decode("utf-8")
    return {**house.mappings, noted["kind"]: text}
