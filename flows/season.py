"""A season's report, maps and notebooks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from prefect import State, flow, task
from pydantic import Field

from flows import show
from flows.forms import with_form
from flows.watch import HomeParameter, LangParameter, NowParameter
from jdzfire.pipeline.season import write_season_folder
from jdzfire.workspace import open_workspace


@task(timeout_seconds=7200)
def write(
    home: str, year: int, at: datetime, lang: str | None, notebooks: list[Path]
) -> list[Path]:
    """Write the folder of the season."""
    with open_workspace(home) as workspace:
        return write_season_folder(workspace, year, at=at, lang=lang, notebooks=notebooks)


@with_form
@flow(name="jdzfire-season", flow_run_name="season")
def season(
    home: HomeParameter = "jdzfire-home",
    year: Annotated[
        int | None, Field(description="Calendar year in Beijing; default: the last one.", ge=2000)
    ] = None,
    notebooks: Annotated[
        list[Path], Field(description="Notebooks to run on the folder (extra notebooks).")
    ] = [],  # noqa: B006  (Prefect copies it)
    now: NowParameter = None,
    lang: LangParameter = None,
) -> State[list[Path]]:
    """Report, season map and executed notebooks of a year, into the folder ``seasons``."""
    at = now or datetime.now(UTC)
    chosen = at.year - 1 if year is None else year
    written = write(home, chosen, at, lang, notebooks)
    text = written[0].read_text(encoding="utf-8")
    show.show_text("jdzfire-season", text, title=f"season {chosen}")
    show.name_run(f"season {chosen}")
    return show.finished(written, ())
