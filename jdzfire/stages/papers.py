"""Papers on demand: one paper of a moment, as a page or a document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import pandas as pd

from jdzfire.errors import NotFound, UsageError
from jdzfire.publish import Edition, public_edition
from jdzfire.publish.labels import check_lang
from jdzfire.publish.papers import (
    render_docx,
    render_html,
    write_daily,
    write_event_report,
    write_handover,
)
from jdzfire.stages.house import House
from jdzfire.stages.looking import describe_event
from jdzfire.stages.showing import board_of

__all__ = ["PaperFormat", "PaperKind", "write_paper"]

PaperKind = Literal["handover", "daily", "event"]
PaperFormat = Literal["html", "docx"]


def write_paper(
    house: House,
    kind: PaperKind,
    *,
    at: datetime,
    event_id: str | None = None,
    edition: Edition = "internal",
    lang: str | None = None,
    form: PaperFormat = "html",
) -> bytes:
    """One paper of the house at a moment.

    Parameters
    ----------
    house : House
    kind : {"handover", "daily", "event"}
    at : datetime
    event_id : str, optional
        Of the event paper, and only of it.
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
            "the event paper is of one event, the others of none",
            expected="jdzfire paper event JDZ-20240404-003",
            found=f"{kind} {event_id or ''}".strip(),
        )
    speech = check_lang(lang or house.settings.lang)
    growth = []
    if event_id is not None:
        told = describe_event(house, event_id)
        if told["event"]["merged_into"]:
            raise NotFound(
                f"event {event_id!r} was taken over by another",
                remedy=f"ask for {told['event']['merged_into']}",
            )
        growth = [g for g in told["growth"] if pd.Timestamp(g["acquired_at"]) <= at]
    board = board_of(house, at=at, also=[event_id] if event_id else [])
    if edition == "public":
        board = public_edition(board)
    if kind == "handover":
        paper = write_handover(board, edition=edition, lang=speech)
    elif event_id is None:
        paper = write_daily(board, edition=edition, lang=speech)
    else:
        paper = write_event_report(board, event_id, growth=growth, edition=edition, lang=speech)
    return render_docx(paper) if form == "docx" else render_html(paper)
