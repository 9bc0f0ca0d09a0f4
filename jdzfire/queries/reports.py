"""Reports on demand: one report of a moment, as a page or a document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import pandas as pd

from jdzfire.board.board import Edition
from jdzfire.board.labels import check_lang
from jdzfire.board.public_edition import public_edition
from jdzfire.errors import NotFound, UsageError
from jdzfire.queries.board import load_board
from jdzfire.queries.describe import describe_event
from jdzfire.reports.daily import write_daily
from jdzfire.reports.event_report import write_event_report
from jdzfire.reports.handover import write_handover
from jdzfire.reports.render_docx import render_docx
from jdzfire.reports.render_html import render_html
from jdzfire.workspace import Workspace

ReportKind = Literal["handover", "daily", "event"]
ReportFormat = Literal["html", "docx"]


def write_report(
    workspace: Workspace,
    kind: ReportKind,
    *,
    at: datetime,
    event_id: str | None = None,
    edition: Edition = "internal",
    lang: str | None = None,
    form: ReportFormat = "html",
) -> bytes:
    """One report of a workspace at a moment.

    Parameters
    ----------
    workspace : Workspace
    kind : {"handover", "daily", "event"}
    at : datetime
    event_id : str, optional
        For the event report only.
    edition : {"internal", "public"}
    lang : str, optional
        Default: that of the settings.
    form : {"html", "docx"}

    Returns
    -------
    bytes

    Raises
    ------
    UsageError
        An event is missing or too much.
    NotFound
        There is no such event, or it was taken over by another.
    """
    if (kind == "event") != (event_id is not None):
        raise UsageError(
            "the event report needs an event, the others take none",
            expected="jdzfire paper event JDZ-20240404-003",
            found=f"{kind} {event_id or ''}".strip(),
        )
    speech = check_lang(lang or workspace.settings.lang)
    growth = []
    if event_id is not None:
        described = describe_event(workspace, event_id)
        if described["event"]["merged_into"]:
            raise NotFound(
                f"event {event_id!r} was taken over by another",
                remedy=f"ask for {described['event']['merged_into']}",
            )
        growth = [g for g in described["growth"] if pd.Timestamp(g["acquired_at"]) <= at]
    board = load_board(workspace, at=at, also=[event_id] if event_id else [])
    if edition == "public":
        board = public_edition(board)
    if kind == "handover":
        report = write_handover(board, edition=edition, lang=speech)
    elif event_id is None:
        report = write_daily(board, edition=edition, lang=speech)
    else:
        report = write_event_report(board, event_id, growth=growth, edition=edition, lang=speech)
    return render_docx(report) if form == "docx" else render_html(report)
