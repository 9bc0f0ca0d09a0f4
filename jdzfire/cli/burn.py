"""Commands on permitted burns as they are carried out."""

from __future__ import annotations

from typing import Annotated

import typer

from jdzfire.cli.case import AtOption, RemarkOption, WhoOption, name_of_user
from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    LangOption,
    NowOption,
    home_of,
    parse_time,
    print_json,
)

app = typer.Typer(no_args_is_help=True, help="Permitted burns: lit, dead out, called off.")


@app.command("list")
def list_burns(
    context: typer.Context,
    now: NowOption = None,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """List burns permitted today, and burns that are lit, with advice and why."""
    from jdzfire.board.labels import check_lang
    from jdzfire.queries.burns import burns_now
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        chosen = check_lang(lang or workspace.settings.lang)
        rows = burns_now(workspace, at=parse_time(now), lang=chosen)
    if json_:
        print_json(rows)
        return
    for row in rows:
        typer.echo(
            f"{row['permit_id']}  {row['county'] or '-'}  {row['place']}  {row['state']}  "
            f"{row['advice_name']}  {row['why']}".rstrip()
        )
    if not rows:
        typer.echo("今日没有许可的炼山" if chosen == "zh" else "no burn is permitted today")


@app.command()
def note(
    context: typer.Context,
    permit: Annotated[str, typer.Argument(metavar="PERMIT", help="Number of the approval.")],
    action: Annotated[str, typer.Argument(metavar="ACTION", help="in, out or off.")],
    people: Annotated[
        float | None, typer.Option("--people", min=0, help="People at the burn.")
    ] = None,
    who: WhoOption = None,
    remark: RemarkOption = None,
    now: AtOption = None,
    home: HomeOption = None,
) -> None:
    """Note that a burn was lit (in), is dead out (out), or is not lit after all (off)."""
    from jdzfire.pipeline.burn import note_burn
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home), writing=True) as workspace:
        note_burn(
            workspace,
            permit,
            action,
            who=name_of_user(who),
            at=parse_time(now),
            people=people,
            remark=remark,
        )
    typer.echo(f"{permit}: {action}")
