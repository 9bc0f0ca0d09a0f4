"""The numbers of a season from the workspace."""

from __future__ import annotations

from datetime import UTC, datetime

from jdzfire.season.report import SeasonReport, report_season
from jdzfire.store.archive import load_hotspots
from jdzfire.store.registers import load_register
from jdzfire.store.rejected import load_rejected
from jdzfire.workspace import Workspace


def report_year(workspace: Workspace, year: int) -> SeasonReport:
    """The numbers of a Beijing calendar year."""
    home, ledger = workspace.home, workspace.ledger
    since, until = year_span(year)
    events = ledger.load_events(since=since)  # an event of the year was last seen in it or later
    cases = ledger.load_cases(events["event_id"])
    return report_season(
        year,
        cases=cases,
        case_log=ledger.load_case_logs(cases["case_id"]),
        events=events,
        verdicts=ledger.load_verdicts(events["event_id"]),
        permits=load_register(home, "permits"),
        teams=load_register(home, "teams"),
        hotspots=load_hotspots(home, since=since, until=until),
        rejected=load_rejected(home),
        city=workspace.settings.city,
    )


def year_span(year: int) -> tuple[datetime, datetime]:
    """First moment of a Beijing calendar year, and of the next."""
    since = datetime(year - 1, 12, 31, 16, tzinfo=UTC)  # midnight in Beijing
    return since, datetime(year, 12, 31, 16, tzinfo=UTC)
