"""A span of the archive, month by month, fetched or from files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

from prefect import State, flow, task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from pydantic import Field

from flows import show
from flows.forms import with_form
from flows.turn import turn
from flows.watch import HomeParameter, NowParameter, publish, triage
from flows.workers import workers
from jdzfire.errors import UsageError
from jdzfire.pipeline.backfill import Batch, archive_batch, fetch_batch, plan_files, plan_months
from jdzfire.pipeline.outcome import Outcome
from jdzfire.pipeline.receive import Intake
from jdzfire.pipeline.spread import spread_triage
from jdzfire.workspace import open_workspace


@task(
    retries=2, retry_delay_seconds=[10, 60], retry_jitter_factor=0.5, task_run_name="{batch.name}"
)
def take_in(home: str, batch: Batch, at: datetime, feeds: Sequence[str]) -> Intake:
    """One month; what is in already is passed over."""
    total = Intake()
    if not batch.files:
        with open_workspace(home) as workspace:
            total = fetch_batch(workspace, batch, at=at, feeds=feeds)
    with open_workspace(home, writing=True) as workspace:
        return total.plus(archive_batch(workspace, batch, at=at))


@task
def triage_in_parts(home: str, at: datetime, dask: str, share: str) -> Outcome:
    """Judge an archive that was never judged, its parts on several workers."""
    with open_workspace(home, writing=True) as workspace, workers(dask) as run:
        return spread_triage(workspace, at=at, run=run, share=share)


@with_form
@flow(name="jdzfire-backfill", flow_run_name="backfill")
def backfill(
    home: HomeParameter = "jdzfire-home",
    folder: Annotated[
        Path | None, Field(description="Folder of hotspot files; without one the span is fetched.")
    ] = None,
    since: Annotated[date | None, Field(description="First day of the span to fetch.")] = None,
    until: Annotated[date | None, Field(description="Last day; default: today.")] = None,
    feeds: Annotated[
        list[str], Field(description="Live feeds to ask; default: of the settings.")
    ] = [],  # noqa: B006  (Prefect copies it)
    dask: Annotated[
        str,
        Field(
            description="Judge a new archive in parts: a number of workers, or the address of a "
            "scheduler; default: in one piece."
        ),
    ] = "",
    share: Annotated[
        str,
        Field(
            description="Folder all workers reach, as an address fsspec knows; default: they see "
            "the working folder."
        ),
    ] = "",
    now: NowParameter = None,
) -> State[Intake | None]:
    """Take a span in month by month, then judge; the next run makes a killed one good."""
    at = now or datetime.now(UTC)
    batches = _batches(folder, since, until or at.date())
    progress: Any = create_progress_artifact(0.0, key="jdzfire-backfill", description="backfill")
    total = Intake()
    with turn(home) as is_mine:
        if not is_mine:
            return show.skipped()
        for number, batch in enumerate(batches, 1):
            total = total.plus(take_in(home, batch, at, feeds))
            update_progress_artifact(progress, 100.0 * number / len(batches))
        if dask:
            triage_in_parts(home, at, dask, share)
        else:
            triage(home, at)
        publish(home, at, None)
    show.name_run(f"backfill {show.beijing(at)} ({len(batches)} months, {total.rows} hotspots)")
    return show.finished(total, (*total.unusable, *total.faults))


def _batches(folder: Path | None, since: date | None, until: date) -> list[Batch]:
    if folder is not None and since is None:
        return plan_files(folder)
    if since is not None and folder is None:
        return plan_months(since, until)
    raise UsageError("a backfill takes a folder of files, or a span to fetch", expected="one")
