"""The papers of a change of shift, kept in the working folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from jdzfire.queries.reports import ReportFormat, ReportKind, write_report
from jdzfire.store.atomic import write_atomic
from jdzfire.workspace import Workspace

FOLDER = "papers"
"""Folder of the working folder; a paper stays until somebody removes it."""

_KINDS: tuple[ReportKind, ...] = ("handover", "daily")
_FORMS: tuple[ReportFormat, ...] = ("docx", "html")
_BEIJING = ZoneInfo("Asia/Shanghai")


def write_papers(workspace: Workspace, *, at: datetime, lang: str | None = None) -> list[Path]:
    """The shift handover and the daily bulletin of a moment, as documents and pages.

    Parameters
    ----------
    workspace : Workspace
    at : datetime
        Within an hour after a change of shift the handover is that of the shift that ended.
    lang : str, optional
        Default: that of the settings.

    Returns
    -------
    list of Path
        ``papers/20240404-0800-handover.docx`` and so on, in Beijing time.
    """
    folder = workspace.home.root / FOLDER
    folder.mkdir(exist_ok=True)
    stamp = at.astimezone(_BEIJING).strftime("%Y%m%d-%H%M")
    written = []
    for kind in _KINDS:
        for form in _FORMS:
            path = folder / f"{stamp}-{kind}.{form}"
            data = write_report(workspace, kind, at=at, lang=lang, form=form)
            write_atomic(path, data)
            written.append(path)
    return written
