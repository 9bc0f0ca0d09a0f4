"""Registers from the inbox, then the events that have not ended are judged anew."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import State, flow, task

from flows import show
from flows.forms import with_form
from flows.turn import turn
from flows.watch import HomeParameter, LangParameter, NowParameter, publish, triage
from jdzfire.pipeline.inbox import Delivery, Received, receive_registers
from jdzfire.workspace import open_workspace


@task(retries=2, retry_delay_seconds=5, retry_jitter_factor=0.5, timeout_seconds=900)
def receive(home: str, at: datetime) -> Received:
    """Register what is new in the inbox and on the share."""
    with open_workspace(home, writing=True) as workspace:
        return receive_registers(workspace, at=at)


@with_form
@flow(name="jdzfire-ingest-registers", flow_run_name="registers", timeout_seconds=3600)
def ingest_registers(
    home: HomeParameter = "jdzfire-home", now: NowParameter = None, lang: LangParameter = None
) -> State[list[Delivery] | None]:
    """Register what offices put into the inbox; what is new is on the map when the run ends."""
    at = now or datetime.now(UTC)
    with turn(home) as is_mine:
        if not is_mine:
            return show.skipped()
        received = receive(home, at)
        deliveries = received.deliveries
        if any(one.state == "registered" for one in deliveries):
            triage(home, at)
            publish(home, at, lang)
    if deliveries:
        with open_workspace(home) as workspace:
            show.show_deliveries(deliveries, lang=lang or workspace.settings.lang)
    done = sum(one.state == "registered" for one in deliveries)
    show.name_run(f"registers {show.beijing(at)} ({done} registered)")
    faults = [f"{one.name}: {one.state}" for one in deliveries if one.state in _ASKS]
    if received.fault:
        faults.append(received.fault)
    return show.finished(deliveries, faults)


_ASKS = ("rejected", "question")
