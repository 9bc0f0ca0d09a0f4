"""Weather in, fire danger, and the burns of tomorrow: which may be lit, and why not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import State, flow, task

from flows import show
from flows.forms import with_form
from flows.registers import receive
from flows.turn import turn
from flows.watch import HomeParameter, NowParameter
from jdzfire.queries.outlook import burns_of_day
from jdzfire.schemas import plain_rows
from jdzfire.workspace import open_workspace


@task(retries=1, retry_delay_seconds=5)
def check_burns(home: str, day: datetime) -> list[dict[str, Any]]:
    """Permits of a day with the weather of their places, and whether they may be lit."""
    with open_workspace(home) as workspace:
        return plain_rows(burns_of_day(workspace, day))


@with_form
@flow(name="jdzfire-forecast", flow_run_name="forecast", timeout_seconds=3600)
def forecast(
    home: HomeParameter = "jdzfire-home", now: NowParameter = None
) -> State[list[dict[str, Any]] | None]:
    """Weather from the inbox, the danger of its days, and the permitted burns of tomorrow."""
    at = now or datetime.now(UTC)
    with turn(home) as is_mine:
        if not is_mine:
            return show.skipped()
        receive(home, at)
    burns = check_burns(home, at + timedelta(days=1))
    if burns:
        show.show_table("jdzfire-burns-tomorrow", burns, title="burns of tomorrow")
    faults = []
    if any(row["danger_grade"] is None for row in burns):
        faults.append("the weather registered does not reach tomorrow")
    stopped = [row for row in burns if row["advice"] == "stop"]
    if stopped:
        causes = "; ".join(sorted({row["reasons_en"] for row in stopped})[:3])
        faults.append(f"{len(stopped)} permitted burns are not to be lit tomorrow: {causes}")
    show.name_run(f"forecast {show.beijing(at)} ({len(burns)} burns)")
    return show.finished(burns, faults)
