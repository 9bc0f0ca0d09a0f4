"""The command that writes a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    LangOption,
    NowOption,
    OutOption,
    home_of,
    keep_file,
    parse_time,
)


def report(
    context: typer.Context,
    kind: Annotated[Literal["handover", "daily", "event"], typer.Argument(metavar="KIND")],
    event_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Event, for the event report only.")
    ] = None,
    edition: Annotated[
        Literal["internal", "public"], typer.Option(help="Who may read it.")
    ] = "internal",
    form: Annotated[
        Literal["html", "docx"], typer.Option("--format", help="A page for A4, or DOCX.")
    ] = "html",
    out: OutOption = None,
    lang: LangOption = None,
    now: NowOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Write a report: shift handover, daily bulletin, or the report of one event."""
    from jdzfire.queries.reports import write_report
    from jdzfire.workspace import open_workspace

    at = parse_time(now)
    with open_workspace(home_of(context, home)) as workspace:
        data = write_report(
            workspace, kind, at=at, event_id=event_id, edition=edition, lang=lang, form=form
        )
    path = out or Path(f"{event_id or kind}-{at:%Y%m%dT%H%MZ}.{form}")
    keep_file(path, data, {"kind": kind, "edition": edition}, as_json=json_)
