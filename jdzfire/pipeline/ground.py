"""One report of a person, taken in by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from jdzfire.feeds.ground import GroundReport, ground_sheet
from jdzfire.pipeline.ingest import archive_received
from jdzfire.pipeline.receive import Arrival, Intake, receive
from jdzfire.workspace import Workspace


def take_report(workspace: Workspace, report: GroundReport, *, at: datetime) -> Intake:
    """Keep a report like any file and archive it; the next triage judges it.

    Parameters
    ----------
    workspace : Workspace
        Opened for writing.
    report : GroundReport
    at : datetime, aware
    """
    name = f"report_{report.reported_at.astimezone(UTC):%Y%m%dT%H%M%SZ}.csv"
    received = receive(workspace, [Arrival("ground", name, ground_sheet([report]))], at=at)
    return archive_received(workspace, received)
