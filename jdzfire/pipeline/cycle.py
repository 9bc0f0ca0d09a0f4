"""One cycle of the watch: fetch, ingest, join, judge, publish."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jdzfire.pipeline.alert import tell_published, tell_waiting
from jdzfire.pipeline.check_feeds import check_feeds
from jdzfire.pipeline.fetch import fetch_feeds
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.outcome import Outcome
from jdzfire.pipeline.publish import publish_editions
from jdzfire.pipeline.receive import Intake
from jdzfire.pipeline.triage import run_triage
from jdzfire.store.cycle_note import save_cycle_note
from jdzfire.store.home import Home, sweep_home
from jdzfire.workspace import open_workspace


@dataclass(frozen=True)
class Report:
    """What one cycle did."""

    intake: Intake
    """What came in."""
    outcome: Outcome
    """What was judged."""
    faults: tuple[str, ...]
    """Why the run is a degraded one; empty when all is well."""
    published: dict[str, Path]
    """Folder of each edition that was published."""


class Stopwatch:
    """Wall seconds of the parts of a cycle."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        """Count the block to a part."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            spent = time.perf_counter() - begun
            self.seconds[part] = round(self.seconds.get(part, 0.0) + spent, 3)


def note_cycle(home: Home, at: datetime, seconds: Mapping[str, float]) -> None:
    """Keep what the last cycle took, for the metrics."""
    save_cycle_note(home, "cycle", {"at": at.timestamp(), "seconds": dict(seconds)})


def run_cycle(
    root: Path | str,
    *,
    at: datetime,
    files: Sequence[Path] = (),
    feed: str = "auto",
    lang: str | None = None,
    ask: Sequence[str] | None = None,
) -> Report:
    """Run one cycle in this process; the flow ``watch`` runs the same steps as Prefect tasks.

    Parameters
    ----------
    root : path
        Working folder.
    at : datetime, aware
    files : sequence of Path
        Hotspot files, beside those in the inbox.
    feed : str
        Name of their feed, or ``auto``.
    lang : str, optional
        Default: that of the settings.
    ask : sequence of str, optional
        Live feeds to ask; default: those of the settings.

    Returns
    -------
    Report
    """
    part = Stopwatch()
    with open_workspace(root) as workspace, part("fetch"):
        fetched = fetch_feeds(workspace, at=at, feeds=ask)
    with open_workspace(root, writing=True) as workspace:
        with part("ingest"):
            sweep_home(workspace.home)
            intake = ingest_files(workspace, feed, files, inbox=workspace.inbox_files(), at=at)
        with part("triage"):
            faults = check_feeds(workspace, at=at)
            outcome = run_triage(workspace, at=at)
    with open_workspace(root) as workspace, part("alert"):
        told = tell_waiting(workspace, at=at)
    with open_workspace(root) as workspace:
        with part("publish"):
            published = publish_editions(workspace, at=at, lang=lang, is_anew=False)
        with part("alert"):
            told_too = tell_published(workspace, at=at)
        note_cycle(workspace.home, at, part.seconds)
    found = (*fetched.faults, *intake.faults, *faults, *told.faults, *told_too.faults)
    return Report(intake, outcome, tuple(dict.fromkeys(found)), published)
