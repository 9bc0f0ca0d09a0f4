"""Commands on the history of a register: its versions, what changed, and taking it back."""

from __future__ import annotations

from typing import Annotated

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    beijing,
    home_of,
    parse_time,
    print_json,
    records,
)
from jdzfire.errors import UsageError

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Versions of a register: list, compare, take back.")

KindArgument = Annotated[str, typer.Argument(metavar="KIND", help="permits, teams, zones, ...")]


@app.command("log")
def log_versions(
    context: typer.Context,
    kind: Annotated[
        str | None, typer.Argument(metavar="[KIND]", help="permits, teams, ...; default: all.")
    ] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """List the versions of a register, or of all, the oldest first."""
    from jdzfire.schemas import REGISTERS
    from jdzfire.stages import open_house
    from jdzfire.store import register_versions

    with open_house(home_of(context, home)) as house:
        rows = [
            {"kind": name} | row
            for name in ([kind] if kind else REGISTERS)
            for row in records(register_versions(house.home, name))
        ]
    if json_:
        print_json(rows)
        return
    for row in rows:
        name = "" if kind else f"{row['kind']:<13}"
        source = row.get("source_name") or ""
        when = beijing(row["saved_at"])
        typer.echo(f"{name}{row['number']:>4}  {when}  {row['sha256']}  {source}".rstrip())


@app.command()
def diff(
    context: typer.Context,
    kind: KindArgument,
    older: Annotated[int, typer.Argument(metavar="OLDER", help="Number of a version.")],
    newer: Annotated[
        int | None, typer.Argument(metavar="[NEWER]", help="Another; default: what stands.")
    ] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Show what changed between two versions."""
    from jdzfire.stages import open_house
    from jdzfire.store import diff_register

    with open_house(home_of(context, home)) as house:
        rows = records(diff_register(house.home, kind, older=older, newer=newer))
    if json_:
        print_json(rows)
        return
    for row in rows:
        what = "" if row["column"] is None else f" {row['column']}"
        change = f"{row['before'] or ''} → {row['after'] or ''}" if what else ""
        typer.echo(f"{row['change']:<8} {row['id']}{what}  {change}".rstrip())
    if not rows:
        typer.echo("no difference")


@app.command()
def undo(
    context: typer.Context,
    kind: KindArgument,
    to: Annotated[
        int | None, typer.Option("--to", help="Version that shall stand; default: the one before.")
    ] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Let an earlier version stand again, as a new one; nothing is deleted."""
    from jdzfire.schemas import REGISTERS
    from jdzfire.stages import open_house
    from jdzfire.store import undo_register

    if kind not in REGISTERS:
        raise UsageError(f"no register {kind!r}", expected=" ".join(REGISTERS))
    with open_house(home_of(context, home), writing=True) as house:
        number = undo_register(house.home, kind, at=parse_time(None), to=to)
    if json_:
        print_json({"kind": kind, "version": number})
    else:
        typer.echo(f"{kind}: version {number} stands; judge again with jdzfire triage")
