"""Intake: raw bytes are kept first, then read, joined to what is known, and archived."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pandas as pd

from jdzfire.errors import InputError
from jdzfire.feeds import FEEDS, Reading, read_hotspots
from jdzfire.feeds.registers import read_grid, read_register, read_weather
from jdzfire.hotspots import merge_versions
from jdzfire.schemas import REGISTERS
from jdzfire.stages.house import House
from jdzfire.store import (
    append_hotspots,
    keep_raw,
    keep_rejected,
    load_hotspots,
    save_grid,
    save_register,
)

__all__ = ["Intake", "check_feeds", "ingest_files", "mark_done", "register_files"]

ARCHIVED = "archived"
"""State of an input whose hotspots are kept but not judged yet."""
DONE = "done"
"""State of an input that went all the way."""
LOOK_BACK_DAYS = 45
"""How far back the newest data of a feed are looked for."""
UNUSABLE = "unusable"
"""State of an input of which nothing could be read."""


@dataclass(frozen=True)
class Intake:
    """What came in."""

    files: int = 0
    """Files asked for."""
    known: int = 0
    """Of these, files that had been taken in before."""
    rows: int = 0
    """Rows read from the others."""
    rejected: int = 0
    """Rows set aside with a reason."""
    changed: tuple[str, ...] = ()
    """Ids of hotspots that are new or better than before."""
    unusable: tuple[str, ...] = ()
    """One message for each file that could not be used at all."""
    faults: tuple[str, ...] = ()
    """Why the run is a degraded one."""

    @property
    def is_nothing_usable(self) -> bool:
        """Whether files were given and none of them could be used."""
        return self.files > 0 and len(self.unusable) == self.files


def ingest_files(
    house: House,
    feed: str,
    files: Iterable[Path],
    *,
    at: datetime,
    inbox: Sequence[Path] = (),
    progress: Callable[[], object] = lambda: None,
) -> Intake:
    """Take hotspot files in.

    A file that cannot be used is kept, noted and told; the others go on. Taking the same bytes
    in again changes nothing.

    Parameters
    ----------
    house : House
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
    held = house.ledger.load_inputs()
    finished = set(held.loc[held["state"].isin([ARCHIVED, DONE]), "sha256"])
    refused = set(held.loc[held["state"] == UNUSABLE, "sha256"])
    intake = Intake()
    readings: list[tuple[str, str, Reading]] = []
    for path in [*files, *inbox]:
        intake = replace(intake, files=intake.files + 1)
        try:
            raw = _read_file(path)
            sha256 = keep_raw(house.home, raw)
            if sha256 in finished or (sha256 in refused and path in inbox):
                intake = replace(intake, known=intake.known + 1)
                continue
            readings.append((sha256, path.name, _read(house, feed, raw, path.name, at)))
        except InputError as error:
            intake = replace(intake, unusable=(*intake.unusable, str(error)))
        finally:
            progress()
    return _archive(house, intake, readings, at=at)


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be read", found=str(error.strerror), remedy="check the path"
        ) from error


def _read(house: House, feed: str, raw: bytes, name: str, at: datetime) -> Reading:
    try:
        return read_hotspots(feed, raw, source_name=name, received_at=at)
    except InputError as error:
        digest = hashlib.sha256(raw).hexdigest()
        house.ledger.record_input(digest, feed, name, at, 0, 0, UNUSABLE, str(error))
        raise


def _archive(
    house: House,
    intake: Intake,
    readings: Sequence[tuple[str, str, Reading]],
    *,
    at: datetime,
) -> Intake:
    """Keep what was read: rejected rows, then hotspots, then the note that it is done."""
    tables = [reading.table for _, _, reading in readings if len(reading.table)]
    changed: tuple[str, ...] = ()
    if tables:
        incoming = gpd.GeoDataFrame(pd.concat(tables, ignore_index=True), crs=tables[0].crs)
        since, last = incoming["acquired_at"].min(), incoming["acquired_at"].max()
        known = load_hotspots(house.home, since=since, until=last + timedelta(minutes=1))
        better = merge_versions(known, incoming)
        append_hotspots(house.home, better)
        changed = tuple(better["hotspot_id"])
    faults = list(intake.faults) + list(intake.unusable)
    for sha256, name, reading in readings:
        keep_rejected(house.home, reading.rejected)
        rows, rejected = len(reading.table), len(reading.rejected)
        house.ledger.record_input(sha256, reading.kind, name, at, rows, rejected, ARCHIVED)
        if rejected > house.settings.max_rejected_share * (rows + rejected):
            faults.append(f"{name}: {rejected} of {rows + rejected} rows rejected")
    return replace(
        intake,
        rows=sum(len(reading.table) for _, _, reading in readings),
        rejected=sum(len(reading.rejected) for _, _, reading in readings),
        changed=changed,
        faults=tuple(faults),
    )


def check_feeds(house: House, *, at: datetime) -> tuple[str, ...]:
    """Note how each feed does, and tell which expected ones are late or silent.

    Parameters
    ----------
    house : House
    at : datetime

    Returns
    -------
    tuple of str
        One sentence for each expected feed that is not well.
    """
    latest = _latest_data(house, at)
    faults = []
    for name, feed in FEEDS.items():
        last = latest.get(name)
        is_expected = name in house.settings.expected_feeds
        if last is None or pd.isna(last):
            if is_expected:
                house.ledger.record_feed(name, at, "never", None)
                faults.append(f"feed {name} has given no data yet")
            continue
        is_late = at - last > timedelta(hours=feed.late_after_h)
        house.ledger.record_feed(name, at, "late" if is_late else "ok", last)
        if is_late and is_expected:
            faults.append(f"feed {name} is late: its newest data are of {last:%Y-%m-%d %H:%M}Z")
    return tuple(faults)


def _latest_data(house: House, at: datetime) -> pd.Series:
    """When each feed last said anything by ``at``: newest hotspot, or a file without any."""
    hotspots = load_hotspots(house.home, since=at - timedelta(days=LOOK_BACK_DAYS), until=at)
    inputs = house.ledger.load_inputs()
    quiet = inputs[(inputs["state"] != UNUSABLE) & (inputs["rows"] == 0)]
    quiet = quiet[quiet["received_at"] <= at]
    held = house.ledger.load_feeds().set_index("feed")["last_data_at"].dropna()
    said = [
        hotspots.groupby("feed")["acquired_at"].max(),
        quiet.groupby("kind")["received_at"].max(),
        held[held <= at],
    ]
    newest: pd.Series = pd.concat([s for s in said if len(s)] or said[:1]).groupby(level=0).max()
    return newest


def register_files(
    house: House,
    kind: str,
    files: Iterable[Path],
    *,
    at: datetime,
    datum: str | None = None,
    crs: str | None = None,
) -> Intake:
    """Take register files in; rows replace those of the same id.

    Parameters
    ----------
    house : House
    kind : str
        A register kind.
    files : iterable of Path
    at : datetime
    datum, crs : str, optional
        Declared for all the files; default is the datum of the settings.

    Returns
    -------
    Intake
        ``changed`` is empty: register rows have no hotspot ids.
    """
    intake = Intake()
    for path in files:
        intake = replace(intake, files=intake.files + 1)
        try:
            raw = _read_file(path)
            sha256 = keep_raw(house.home, raw)
            rows, rejected = _keep_register(house, kind, raw, path.name, at, datum, crs)
        except InputError as error:
            message = str(error)
            intake = replace(
                intake,
                unusable=(*intake.unusable, message),
                faults=(*intake.faults, message),
            )
            continue
        house.ledger.record_input(sha256, kind, path.name, at, rows, rejected, DONE)
        intake = replace(intake, rows=intake.rows + rows, rejected=intake.rejected + rejected)
        if rejected > house.settings.max_rejected_share * (rows + rejected):
            fault = f"{path.name}: {rejected} of {rows + rejected} rows rejected"
            intake = replace(intake, faults=(*intake.faults, fault))
    return intake


def _keep_register(
    house: House,
    kind: str,
    raw: bytes,
    name: str,
    at: datetime,
    datum: str | None,
    crs: str | None,
) -> tuple[int, int]:
    """Read one register file and keep it; the number of its rows and of rejected ones."""
    if kind not in REGISTERS:
        if kind == "weather":
            read_weather(raw, source_name=name)
        else:
            read_grid(kind, raw, source_name=name)
        save_grid(house.home, kind, raw)
        return 1, 0
    reading = read_register(
        kind,
        raw,
        source_name=name,
        received_at=at,
        datum=datum,
        default_datum=house.settings.default_datum,
        crs=crs,
    )
    keep_rejected(house.home, reading.rejected)
    save_register(house.home, kind, reading.table, at=at)
    return len(reading.table), len(reading.rejected)


def mark_done(house: House) -> None:
    """Note that all archived inputs have been judged."""
    inputs = house.ledger.load_inputs()
    for row in inputs[inputs["state"] == ARCHIVED].assign(state=DONE).to_dict("records"):
        house.ledger.record_input(**{str(name): value for name, value in row.items()})
