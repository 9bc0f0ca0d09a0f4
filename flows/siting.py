"""Coverage of the forest by the teams, and plans that move and add some."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from prefect import State, flow, task
from pydantic import Field

from flows import show
from flows.forms import with_form
from flows.watch import HomeParameter, LangParameter, NowParameter
from jdzfire.pipeline.siting import renew_siting
from jdzfire.workspace import open_workspace


@task(timeout_seconds=7200)
def solve(
    home: str, minutes: float, add: int, lang: str | None, only_changed: bool
) -> tuple[Mapping[str, Any] | None, str]:
    """Solve, unless nothing has changed; with the language."""
    with open_workspace(home) as workspace:
        found = renew_siting(
            workspace, minutes=minutes, add=add, lang=lang, only_changed=only_changed
        )
        return found, lang or workspace.settings.lang


@with_form
@flow(name="jdzfire-siting", flow_run_name="siting")
def siting(
    home: HomeParameter = "jdzfire-home",
    minutes: Annotated[float, Field(description="Minutes from the alarm.", gt=0)] = 30.0,
    add: Annotated[int, Field(description="How many more teams.", ge=0, le=50)] = 3,
    only_changed: Annotated[
        bool, Field(description="Do nothing while teams, roads and villages stand.")
    ] = False,
    now: NowParameter = None,
    lang: LangParameter = None,
) -> State[Mapping[str, Any] | None]:
    """Share of the forest the teams reach in time, today and with more teams, and their maps."""
    at = now or datetime.now(UTC)
    found, speech = solve(home, minutes, add, lang, only_changed)
    if found is None:
        show.name_run(f"siting {show.beijing(at)} (nothing changed)")
        return show.finished(None, ())
    show.show_text("jdzfire-siting", str(found[f"sentence_{speech}"]), title="siting")
    show.name_run(f"siting {show.beijing(at)} ({found['share']:.0%} of the forest)")
    return show.finished(found, ())
