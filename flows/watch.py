"""The watch: what came in, what is unexplained, put it on the map.

Run it once with ``python -m flows.watch`` or ``jdzfire watch --once --prefect``; without a server
it starts one of its own for the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from prefect import State, flow, task
from prefect.settings import PREFECT_API_URL, temporary_settings
from pydantic import Field

from flows import show
from flows.forms import with_form
from flows.server import own_server
from flows.turn import WAIT_S, turn
from jdzfire.errors import StoreError
from jdzfire.pipeline.alert import tell_published, tell_waiting
from jdzfire.pipeline.check_feeds import check_feeds
from jdzfire.pipeline.cycle import Report, Stopwatch, note_cycle
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

HomeParameter = Annotated[str, Field(description="Working folder.")]
NowParameter = Annotated[
    datetime | None, Field(description="Run as if it were this time; default: now.")
]
LangParameter = Annotated[
    Literal["zh", "en"] | None, Field(description="Language; default: of the settings.")
]


@task(retries=2, retry_delay_seconds=[5, 20], retry_jitter_factor=0.5, timeout_seconds=900)
def fetch(home: str, at: datetime, ask: Sequence[str] | None) -> Fetching:
    """Ask these feeds, or those the settings name; without any nothing is asked."""
    with open_workspace(home) as workspace:
        return fetch_feeds(workspace, at=at, feeds=ask)


@task(retries=2, retry_delay_seconds=2, retry_jitter_factor=0.5)
def ingest(home: str, feed: str, files: Sequence[str], at: datetime) -> Intake:
    """Ingest the files given and those in the inbox."""
    with open_workspace(home, writing=True) as workspace:
        sweep_home(workspace.home)
        return ingest_files(workspace, feed, map(Path, files), inbox=workspace.inbox_files(), at=at)


@task(retries=2, retry_delay_seconds=2, retry_jitter_factor=0.5)
def triage(home: str, at: datetime) -> Outcome:
    """Join, judge, open cases."""
    with open_workspace(home, writing=True) as workspace:
        return run_triage(workspace, at=at)


@task
def feeds(home: str, at: datetime) -> tuple[str, ...]:
    """Note how the feeds do."""
    with open_workspace(home, writing=True) as workspace:
        return check_feeds(workspace, at=at)


@task
def alert(home: str, at: datetime) -> tuple[str, ...]:
    """Tell duty staff what waits; channels that did not take it."""
    with open_workspace(home) as workspace:
        return tell_waiting(workspace, at=at).faults


@task
def alert_published(home: str, at: datetime) -> tuple[str, ...]:
    """Send the CAP messages that were published just now."""
    with open_workspace(home) as workspace:
        return tell_published(workspace, at=at).faults


@task(retries=2, retry_delay_seconds=2, retry_jitter_factor=0.5)
def publish(home: str, at: datetime, lang: str | None) -> dict[str, Path]:
    """Put every edition up."""
    with open_workspace(home) as workspace:
        return publish_editions(workspace, at=at, lang=lang, is_anew=False)


@task
def tell(home: str, report: Report, at: datetime, lang: str | None) -> None:
    """Show in Prefect what a duty officer wants to know of the cycle, and emit its events."""
    with open_workspace(home) as workspace:
        settings, published = workspace.settings, workspace.home.published_dir
        cases, states = workspace.ledger.load_cases(), workspace.ledger.load_feeds()
    intake = report.intake
    if report.published:
        show.show_board(
            published,
            came={"files": intake.files, "rows": intake.rows, "rejected": intake.rejected},
            faults=report.faults,
            lang=lang or settings.lang,
            site_url=settings.site_url,
        )
    show.tell_of_events(cases.loc[cases["opened_at"] == at, "event_id"])
    bad = states[states["state"] != "ok"]
    show.tell_of_feeds(dict(zip(bad["feed"], bad["state"], strict=True)))


@with_form
@flow(name="jdzfire-watch", flow_run_name="watch", timeout_seconds=3600)
def watch(
    home: HomeParameter = "jdzfire-home",
    files: Annotated[
        list[str], Field(description="Hotspot files, beside those in the inbox.")
    ] = [],  # noqa: B006  (Prefect copies it)
    feed: Annotated[str, Field(description="Name of their feed, or auto.")] = "auto",
    now: NowParameter = None,
    lang: LangParameter = None,
    ask: Annotated[
        list[str] | None, Field(description="Live feeds to ask; default: of the settings.")
    ] = None,
) -> State[Report | None]:
    """One cycle of the main job: fetch, ingest, join, judge, publish."""
    at = now or datetime.now(UTC)
    with turn(home) as is_mine:
        if not is_mine:
            return show.skipped()
        part = Stopwatch()
        with part("fetch"):
            fetched = fetch(home, at, ask)
        with part("ingest"):
            intake = ingest(home, feed, files, at)
        with part("triage"):
            faults = feeds(home, at)
            outcome = triage(home, at)
        with part("alert"):
            told = alert(home, at)
        with part("publish"):
            published = publish(home, at, lang)
        with part("alert"):
            told_too = alert_published(home, at)
        note_cycle(open_home(home), at, part.seconds)
        found = (*fetched.faults, *intake.faults, *faults, *dict.fromkeys((*told, *told_too)))
        report = Report(intake, outcome, found, published)
        tell(home, report, at, lang)
    show.name_run(f"watch {show.beijing(at)} ({outcome.opened + outcome.reopened} new)")
    return show.finished(report, found)


def run_watch(home: str, **parameters: Any) -> Report:
    """One cycle under Prefect: its server when one is named, else one of our own for this run."""
    with (
        own_server(open_home(home).prefect_dir) as url,
        temporary_settings(updates={PREFECT_API_URL: url}),
    ):
        report: Any = watch(home=home, **parameters)
    if not isinstance(report, Report):
        raise StoreError(
            "the folder is busy with another run",
            expected=f"its turn within {WAIT_S / 60:.0f} min",
            remedy="run again when the other run has ended",
        )
    return report


if __name__ == "__main__":
    end_on_signals()
    run_watch(str(load_settings().home))
