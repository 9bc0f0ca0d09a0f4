"""Places that look like industrial sites, for somebody to approve."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from prefect import State, flow, task

from flows import show
from flows.forms import with_form
from flows.watch import HomeParameter, NowParameter
from jdzfire.pipeline.propose import proposals_of
from jdzfire.schemas import plain_rows
from jdzfire.workspace import open_workspace

_SHOWN = ("proposal_id", "lon", "lat", "detection_count", "date_count", "first_seen_at")


@task(retries=1, retry_delay_seconds=5)
def propose(home: str, at: datetime) -> list[dict[str, Any]]:
    """Search the archive for places that are hot again and again."""
    with open_workspace(home) as workspace:
        return plain_rows(proposals_of(workspace, at=at))


@with_form
@flow(name="jdzfire-propose-heat-sources", flow_run_name="proposals", timeout_seconds=3600)
def propose_heat_sources(
    home: HomeParameter = "jdzfire-home", now: NowParameter = None
) -> State[list[dict[str, Any]]]:
    """Propose heat sources; nothing is registered before ``jdzfire source approve``."""
    at = now or datetime.now(UTC)
    found = propose(home, at)
    rows = [{name: row[name] for name in _SHOWN if name in row} for row in found]
    if rows:
        show.show_table("jdzfire-proposals", rows, title="proposed heat sources")
    show.name_run(f"proposals {show.beijing(at)} ({len(found)} places)")
    return show.finished(found, ())
