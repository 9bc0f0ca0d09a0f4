"""The watch: what came in, what is unexplained, put it on the map.

Run it once with ``python -m flows.watch`` or ``jdzfire watch --once --prefect``; without a server
it starts one of its own for the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.server import own_server
from jdzfire.pipeline.check_feeds import check_feeds
from jdzfire.pipeline.cycle import Report
from jdzfire.pipeline.fetch import Fetching, fetch_feeds
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.outcome import Outcome
from jdzfire.pipeline.publish import publish_editions
from jdzfire.pipeline.receive import Intake
from jdzfire.pipeline.triage import run_triage
from jdzfire.settings import load_settings
from jdzfire.signals import end_on_signals
from jdzfire.store.home import open_home, sweep_home
from jdzfire.workspace import open_workspace


@task(retries=1, retry_delay_seconds=2)
def fetch(home: str, at: datetime, ask: Sequence[str] | None) -> Fetching:
    """Ask these feeds, or those the settings name; without any nothing is asked."""
    with open_workspace(home) as workspace:
        return fetch_feeds(workspace, at=at, feeds=ask)


@task(retries=2, retry_delay_seconds=2)
def ingest(home: str, feed: str, files: Sequence[str], at: datetime) -> Intake:
    """Ingest the files given and those in the inbox."""
    with open_workspace(home, writing=True) as workspace:
        sweep_home(workspace.home)
        return ingest_files(workspace, feed, map(Path, files), inbox=workspace.inbox_files(), at=at)


@task(retries=2, retry_delay_seconds=2)
def triage(home: str, at: datetime) -> Outcome:
    """Join, judge, open cases."""
    with open_workspace(home, writing=True) as workspace:
        return run_triage(workspace, at=at)


@task
def feeds(home: str, at: datetime) -> tuple[str, ...]:
    """Note how the feeds do."""
    with open_workspace(home, writing=True) as workspace:
        return check_feeds(workspace, at=at)


@task(retries=2, retry_delay_seconds=2)
def publish(home: str, at: datetime, lang: str | None) -> dict[str, Path]:
    """Put every edition up."""
    with open_workspace(home) as workspace:
        return publish_editions(workspace, at=at, lang=lang, is_anew=False)


@flow(name="jdzfire-watch", validate_parameters=False)
def watch(
    home: str = "jdzfire-home",
    files: Sequence[str] = (),
    feed: str = "auto",
    now: datetime | None = None,
    lang: str | None = None,
    ask: Sequence[str] | None = None,
) -> Report:
    """One cycle of the main job."""
    at = now or datetime.now(UTC)
    fetched = fetch(home, at, ask)
    intake = ingest(home, feed, files, at)
    faults = feeds(home, at)
    outcome = triage(home, at)
    published = publish(home, at, lang)
    return Report(intake, outcome, (*fetched.faults, *intake.faults, *faults), published)


def run_watch(home: str, **parameters: Any) -> Report:
    """One cycle under Prefect: its server when one is named, else one of our own for this run."""
    with (
        own_server(open_home(home).prefect_dir) as url,
        temporary_settings(updates={PREFECT_API_URL: url}),
    ):
        report: Report = watch(home=home, **parameters)
        return report


if __name__ == "__main__":
    end_on_signals()
    run_watch(str(load_settings().home))
