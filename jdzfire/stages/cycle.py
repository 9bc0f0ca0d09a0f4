"""One cycle of the watch: fetch, ingest, join, judge, publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jdzfire.stages.feed_health import check_feeds
from jdzfire.stages.fetching import fetch_feeds
from jdzfire.stages.house import open_house
from jdzfire.stages.intake import ingest_files
from jdzfire.stages.receiving import Intake
from jdzfire.stages.showing import publish_editions
from jdzfire.stages.standing import Outcome, judge_standing
from jdzfire.store import sweep_home

__all__ = ["Report", "run_cycle"]


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
    with open_house(root) as house:
        fetched = fetch_feeds(house, at=at, feeds=ask)
    with open_house(root, writing=True) as house:
        sweep_home(house.home)
        intake = ingest_files(house, feed, files, inbox=house.inbox_files(), at=at)
        faults = check_feeds(house, at=at)
        outcome = judge_standing(house, at=at)
    with open_house(root) as house:
        published = publish_editions(house, at=at, lang=lang)
    return Report(intake, outcome, (*fetched.faults, *intake.faults, *faults), published)
