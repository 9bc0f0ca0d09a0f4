"""Ingest: inputs are received, read, joined to what is known, and kept in the archive."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from jdzfire.errors import InputError
from jdzfire.feeds.parts import read_parts
from jdzfire.feeds.reading import Reading
from jdzfire.feeds.registry import FEEDS, feeds_of_mappings
from jdzfire.hotspots.coverage import join_spans, spans_of
from jdzfire.hotspots.identity import join_versions
from jdzfire.pipeline.receive import Arrival, Intake, receive, waiting_inputs
from jdzfire.redact import redact
from jdzfire.store.archive import append_hotspots, load_hotspots
from jdzfire.store.home import Home
from jdzfire.store.ledger_inputs import ARCHIVED, DONE, UNUSABLE
from jdzfire.store.raw import load_raw, raw_path
from jdzfire.store.rejected import keep_rejected
from jdzfire.workspace import Workspace, watched_bbox


def ingest_files(
    workspace: Workspace,
    feed: str,
    files: Iterable[Path],
    *,
    at: datetime,
    inbox: Sequence[Path] = (),
    progress: Callable[[], object] = lambda: None,
) -> Intake:
    """Ingest hotspot files, and whatever an earlier run received and did not read.

    A file that cannot be used is kept, noted and reported; the others go on. Ingesting the same
    bytes again changes nothing.

    Parameters
    ----------
    workspace : Workspace
    feed : str
        A name in FEEDS, or ``auto``.
    files : iterable of Path
    at : datetime
        When they were received.
    inbox : sequence of Path
        Files that lie there for every run: one that could not be used before is passed over.
    progress : callable
        Called after each file.

    Returns
    -------
    Intake
    """
    given = [Arrival(feed, path.name, path) for path in files]
    from_inbox = [Arrival("auto", path.name, path, is_inbox=True) for path in inbox]
    intake = receive(workspace, [*given, *from_inbox], at=at)
    return archive_received(workspace, intake, progress=progress)


def mark_done(workspace: Workspace) -> None:
    """Note that all archived inputs have been judged."""
    archived = workspace.ledger.load_inputs(ARCHIVED)
    for row in archived.assign(state=DONE).to_dict("records"):
        workspace.ledger.record_input(**{str(name): value for name, value in row.items()})


_ROWS_AT_ONCE = 200_000
"""Rows joined and written together: some 300 MB of tables at the most [C]."""


_LISTED_IDS = 1000


@dataclass
class ArchiveWriter:
    """Hotspots on their way into an archive; full shelves are put away at once."""

    home: Home
    """Where the archive is."""
    tables: list[gpd.GeoDataFrame] = field(default_factory=list)
    """Read and not put away yet."""
    new_or_updated: int = 0
    """Hotspots put away that are new or better than before."""
    changed: list[str] = field(default_factory=list)
    """Ids of the first of them."""

    def add(self, table: gpd.GeoDataFrame) -> None:
        """Lay a table on the shelf."""
        if len(table):
            self.tables.append(table)
        if sum(map(len, self.tables)) >= _ROWS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
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
        append_hotspots(self.home, joined.new_or_updated, lost=joined.lost)
        self.new_or_updated += len(joined.new_or_updated)
        self.changed.extend(
            joined.new_or_updated["hotspot_id"].iloc[: _LISTED_IDS - len(self.changed)]
        )


def archive_received(
    workspace: Workspace,
    intake: Intake | None = None,
    *,
    progress: Callable[[], object] = lambda: None,
) -> Intake:
    """Read what was received, batch by batch, and put it into the archive.

    An input that cannot be used is noted as such, and the others go on. Killed at any moment,
    the next call reads again what is still noted as received; the result is the same.

    Parameters
    ----------
    workspace : Workspace
    intake : Intake, optional
        Result of receiving; it is included in the result.
    progress : callable
        Called after each input.

    Returns
    -------
    Intake
    """
    total = intake or Intake()
    for rows in waiting_inputs(workspace):
        total = total.plus(_archive_batch(workspace, rows, progress))
    faults = (*total.faults, *total.unusable)
    return replace(total, faults=tuple(dict.fromkeys(faults)))


def _archive_batch(
    workspace: Workspace, inputs: pd.DataFrame, progress: Callable[[], object]
) -> Intake:
    writer, centre = ArchiveWriter(workspace.home), _centre(workspace)
    read: list[_Read] = []
    intake = Intake()
    for row in inputs.to_dict("records"):
        noted = {str(name): value for name, value in row.items()}
        try:
            read.append(_read_onto(writer, workspace, noted, centre))
        except InputError as error:
            message = redact(error)
            workspace.ledger.record_input(**(noted | {"state": UNUSABLE, "detail": message}))
            intake = replace(intake, unusable=(*intake.unusable, message))
        progress()
    writer.flush()
    intake = replace(intake, new_or_updated=writer.new_or_updated, changed=tuple(writer.changed))
    with workspace.ledger.together():
        for one in read:
            intake = intake.plus(_note_archived(workspace, one))
    return intake


@dataclass
class _Read:
    """What reading one input gave, without its hotspots."""

    noted: dict[str, Any]
    rows: int = 0
    faulty: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    rejected: list[pd.DataFrame] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    spans: pd.DataFrame = field(default_factory=lambda: join_spans([]))


def _read_onto(
    writer: ArchiveWriter, workspace: Workspace, noted: dict[str, Any], centre: tuple[float, float]
) -> _Read:
    read = _Read(noted)
    for reading in read_input(workspace, noted):
        writer.add(reading.table)
        read.rows += len(reading.table)
        if len(reading.rejected):
            read.rejected.append(reading.rejected)
            read.faulty += reading.faulty
            for reason, count in reading.rejected["reason"].value_counts().items():
                read.reasons[str(reason)] = read.reasons.get(str(reason), 0) + int(count)
        read.notes.update(dict.fromkeys(reading.notes))
        read.spans = join_spans([read.spans, spans_of(reading.table, centre, scans=reading.scans)])
    return read


def _centre(workspace: Workspace) -> tuple[float, float]:
    west, south, east, north = watched_bbox(workspace)
    return (west + east) / 2, (south + north) / 2


def _note_archived(workspace: Workspace, read: _Read) -> Intake:
    """Keep the rejected rows, then note that the input is archived, and what it covers."""
    rows, rejected = read.rows, sum(map(len, read.rejected))
    if read.rejected:
        keep_rejected(workspace.home, pd.concat(read.rejected, ignore_index=True))
    workspace.ledger.record_input(
        **(read.noted | {"rows": rows, "rejected": rejected, "state": ARCHIVED, "detail": ""})
    )
    workspace.ledger.save_coverage(read.noted["sha256"], read.noted["kind"], read.spans)
    share = workspace.settings.max_rejected_share
    name = read.noted["source_name"]
    why = ", ".join(f"{count} {reason}" for reason, count in read.reasons.items())
    if read.faulty and not rows:
        message = f"{name}: none of its {read.faulty} rows can be used: {why}"
        return Intake(rejected=rejected, unusable=(message,), notes=tuple(read.notes))
    if read.faulty > share * (rows + read.faulty):
        fault = f"{name}: {read.faulty} of {rows + read.faulty} rows rejected: {why}"
        return Intake(rows=rows, rejected=rejected, faults=(fault,), notes=tuple(read.notes))
    notes = (*read.notes, f"{name}: rejected: {why}") if why else tuple(read.notes)
    return Intake(rows=rows, rejected=rejected, notes=notes)


def read_input(workspace: Workspace, noted: Mapping[str, Any]) -> Iterator[Reading]:
    """Readings of one noted input, part by part, from its raw bytes.

    Raises
    ------
    InputError
        It cannot be used.
    """
    mappings = _mappings_then(workspace, noted)
    at = pd.Timestamp(noted["received_at"]).to_pydatetime()

    def read_whole(raw: bytes) -> Reading:
        reading: Reading = workspace.reader.read(
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
        raw_path(workspace.home, noted["sha256"]),
        source_name=noted["source_name"],
        received_at=at,
        sha256=noted["sha256"],
        feeds={**FEEDS, **feeds_of_mappings(mappings)},
        read_whole=read_whole,
    )


def _mappings_then(workspace: Workspace, noted: Mapping[str, Any]) -> Mapping[str, str]:
    """The mappings as they were when the input was received: an office's own may change."""
    options = json.loads(noted["options"]) if noted["options"] else {}
    if "mapping_sha256" not in options:
        return workspace.mappings
    text = load_raw(workspace.home, options["mapping_sha256"]).decode("utf-8")
    return {**workspace.mappings, noted["kind"]: text}
