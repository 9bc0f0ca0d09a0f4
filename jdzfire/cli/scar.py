"""The command on burn scars."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    LangOption,
    NowOption,
    home_of,
    parse_time,
    print_json,
)
from jdzfire.errors import UsageError


def scar(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="ID", help="Event or permit.")],
    scenes: Annotated[
        Path | None, typer.Option("--scenes", metavar="DIR", help="Folder of local scenes.")
    ] = None,
    catalogue: Annotated[
        str | None, typer.Option("--stac", metavar="URL", help="STAC catalogue (extra scars).")
    ] = None,
    within_days: Annotated[
        int, typer.Option("--within-days", min=1, max=400, help="Days before and after.")
    ] = 60,
    note_by: Annotated[
        str | None, typer.Option("--note-by", metavar="WHO", help="Note it on the case, signed.")
    ] = None,
    now: NowOption = None,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """Burned area of an event or permit by optical satellites, beside what was reported."""
    from jdzfire.cases import steps
    from jdzfire.queries.scars import find_scar
    from jdzfire.workspace import open_workspace

    if (scenes is None) == (catalogue is None):
        raise UsageError("scenes come from one place", expected="--scenes DIR or --stac URL")
    root, at = home_of(context, home), parse_time(now)
    with open_workspace(root, writing=note_by is not None) as workspace:
        found = find_scar(
            workspace, subject, folder=scenes, catalogue=catalogue, within_days=within_days
        )
        speech = lang or workspace.settings.lang
        if note_by is not None:
            if found.case_id is None:
                raise UsageError(
                    f"{subject} has no case to note it on", remedy="leave --note-by out"
                )
            remark = found.sentence(workspace.settings.lang)
            workspace.ledger.change_case(found.case_id, steps.note(remark, who=note_by, at=at))
    if json_:
        print_json(found.document())
        return
    typer.echo(found.sentence("zh" if speech == "zh" else "en"))
