"""One cycle of the watch: fetch, ingest, join, judge, publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jdzfire.pipeline.check_feeds import check_feeds
from jdzfire.pipeline.fetch import fetch_feeds
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.outcome import Outcome
from jdzfire.pipeline.publish import publish_editions
from jdzfire.pipeline.receive import Intake
from jdzfire.pipeline.triage import run_triage
from jdzfire.store.home import sweep_home
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
    with open_workspace(root) as workspace:
        fetched = fetch_feeds(workspace, at=at, feeds=ask)
    with open_workspace(root, writing=True) as workspace:
        sweep_home(workspace.home)
        intake = ingest_files(workspace, feed, files, inbox=workspace.inbox_files(), at=at)
        faults = check_feeds(workspace, at=at)
        outcome = run_triage(workspace, at=at)
    with open_workspace(root) as workspace:
        published = publish_editions(workspace, at=at, lang=lang, is_anew=False)
    return Report(intake, outcome, (*fetched.faults, *intake.faults, *faults), published)
