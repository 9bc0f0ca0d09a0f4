"""Backfill: a span of the archive, month by month; what is in already is passed over."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from jdzfire.pipeline.fetch import fetch_feeds
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.receive import Intake
from jdzfire.workspace import Workspace

UNDATED = "undated"
"""The batch of files whose names tell no month; it comes last."""

_MONTH = re.compile(r"(?<!\d)(20\d{2})-?(0[1-9]|1[0-2])(?!\d{3,})")


@dataclass(frozen=True)
class Batch:
    """One month of a backfill."""

    name: str
    """``YYYY-MM``, or ``undated``."""
    files: tuple[Path, ...]
    """Files of the month; empty when it is fetched."""


def plan_files(folder: Path) -> list[Batch]:
    """Files below a folder by the month their names tell, in order."""
    months: dict[str, list[Path]] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        match = _MONTH.search(path.name)
        months.setdefault(f"{match[1]}-{match[2]}" if match else UNDATED, []).append(path)
    return [Batch(name, tuple(months[name])) for name in sorted(months)]


def plan_months(since: date, until: date) -> list[Batch]:
    """The months of a span, to be fetched."""
    found, month = [], since.replace(day=1)
    while month <= until:
        found.append(Batch(f"{month:%Y-%m}", ()))
        month = (month + timedelta(days=32)).replace(day=1)
    return found


def fetch_batch(
    workspace: Workspace, batch: Batch, *, at: datetime, feeds: Sequence[str] = ()
) -> Intake:
    """Ask the live feeds for a month; what they answered well before is not asked again.

    Parameters
    ----------
    workspace : Workspace
        Not opened for writing: it is locked only while answers are kept.
    batch : Batch
    at : datetime
        Now; a month goes no further.
    feeds : sequence of str
        Default: those of the settings.
    """
    total, end = Intake(), _month_end(batch.name, at)
    day = datetime.strptime(f"{batch.name}-01", "%Y-%m-%d").replace(tzinfo=UTC)
    step = timedelta(days=workspace.settings.firms_look_back_days)
    while day < end:
        day = min(day + step, end)
        fetched = fetch_feeds(workspace, at=day, feeds=feeds or None)
        total = total.plus(fetched.intake).plus(Intake(faults=fetched.faults))
    return total


def archive_batch(
    workspace: Workspace,
    batch: Batch,
    *,
    at: datetime,
    progress: Callable[[], object] = lambda: None,
) -> Intake:
    """Take a month's files and what was fetched into the archive; nothing is judged.

    Parameters
    ----------
    workspace : Workspace
        Opened for writing.
    batch : Batch
    at : datetime
        When the files were received.
    progress : callable
        Called after each file.
    """
    return ingest_files(workspace, "auto", batch.files, at=at, progress=progress)


def _month_end(name: str, at: datetime) -> datetime:
    first = datetime.strptime(f"{name}-01", "%Y-%m-%d").replace(tzinfo=UTC)
    following = (first + timedelta(days=32)).replace(day=1)
    return min(following - timedelta(seconds=1), at)
