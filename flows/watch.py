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
from jdzfire.settings import load_settings
from jdzfire.signals import end_on_signals
from jdzfire.stages import (
    Fetching,
    Intake,
    check_feeds,
    fetch_feeds,
    ingest_files,
    judge_standing,
    open_house,
    publish_editions,
)
from jdzfire.stages.cycle import Report
from jdzfire.stages.standing import Outcome
from jdzfire.store import open_home, sweep_home

__all__ = ["run_watch", "watch"]


@task(retries=1, retry_delay_seconds=2)
def fetch(home: str, at: datetime, ask: Sequence[str] | None) -> Fetching:
    """Ask these feeds, or those the settings name; without any nothing is asked."""
    with open_house(home) as house:
        return fetch_feeds(house, at=at, feeds=ask)


@task(retries=2, retry_delay_seconds=2)
def ingest(home: str, feed: str, files: Sequence[str], at: datetime) -> Intake:
    """Take the files in: given ones, and those lying in the inbox."""
    with open_house(home, writing=True) as house:
        sweep_home(house.home)
        return ingest_files(house, feed, map(Path, files), inbox=house.inbox_files(), at=at)


@task(retries=2, retry_delay_seconds=2)
def triage(home: str, at: datetime) -> Outcome:
    """Join, judge, open cases."""
    with open_house(home, writing=True) as house:
        return judge_standing(house, at=at)


@task
def feeds(home: str, at: datetime) -> tuple[str, ...]:
    """Note how the feeds do."""
    with open_house(home, writing=True) as house:
        return check_feeds(house, at=at)


@task(retries=2, retry_delay_seconds=2)
def publish(home: str, at: datetime, lang: str | None) -> dict[str, Path]:
    """Put every edition up."""
    with open_house(home) as house:
        return publish_editions(house, at=at, lang=lang)


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
