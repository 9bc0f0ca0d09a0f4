"""The papers of a change of shift."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from prefect import State, flow, task

from flows import show
from flows.forms import with_form
from flows.watch import HomeParameter, LangParameter, NowParameter
from jdzfire.pipeline.papers import write_papers
from jdzfire.workspace import open_workspace


@task(retries=2, retry_delay_seconds=5)
def write(home: str, at: datetime, lang: str | None) -> list[Path]:
    """Write the shift handover and the daily bulletin."""
    with open_workspace(home) as workspace:
        return write_papers(workspace, at=at, lang=lang)


@with_form
@flow(name="jdzfire-handover", flow_run_name="handover", timeout_seconds=1800)
def handover(
    home: HomeParameter = "jdzfire-home", now: NowParameter = None, lang: LangParameter = None
) -> State[list[Path]]:
    """Shift handover and daily bulletin of the shift that ends, into the folder ``papers``."""
    at = now or datetime.now(UTC)
    papers = write(home, at, lang)
    show.show_table(
        "jdzfire-papers", [{"file": f"papers/{path.name}"} for path in papers], title="papers"
    )
    show.name_run(f"handover {show.beijing(at)}")
    return show.finished(papers, ())
