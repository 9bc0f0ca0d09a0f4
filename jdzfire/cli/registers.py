"""Commands on registers: take files, list versions, compare, restore."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    beijing,
    end_intake,
    home_of,
    parse_bbox,
    parse_time,
    print_json,
    records,
)
from jdzfire.errors import UsageError

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
    from jdzfire.store.registers import register_versions
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        rows = [
            {"kind": name} | row
            for name in ([kind] if kind else REGISTERS)
            for row in records(register_versions(workspace.home, name))
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
        int | None, typer.Argument(metavar="[NEWER]", help="Another; default: the current one.")
    ] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Show what changed between two versions."""
    from jdzfire.store.register_history import diff_register
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        rows = records(diff_register(workspace.home, kind, older=older, newer=newer))
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
        int | None, typer.Option("--to", help="Version to restore; default: the one before.")
    ] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Restore an earlier version as a new one; nothing is deleted."""
    from jdzfire.schemas import REGISTERS
    from jdzfire.store.register_history import undo_register
    from jdzfire.workspace import open_workspace

    if kind not in REGISTERS:
        raise UsageError(f"no register {kind!r}", expected=" ".join(REGISTERS))
    with open_workspace(home_of(context, home), writing=True) as workspace:
        number = undo_register(workspace.home, kind, at=parse_time(None), to=to)
    if json_:
        print_json({"kind": kind, "version": number})
    else:
        typer.echo(f"{kind}: version {number} is current; run jdzfire triage to judge again")


def register(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="See below.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files to read.")],
    datum: Annotated[
        Literal["wgs84", "cgcs2000", "gcj02", "bd09"] | None,
        typer.Option(help="Datum of the coordinates; default by setting."),
    ] = None,
    crs: Annotated[str | None, typer.Option(metavar="EPSG:n", help="CRS of the file.")] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=WORDS",
            help="What blank cells of a column mean; or an answer: repair=yes.",
        ),
    ] = None,
    time_zone: Annotated[
        str, typer.Option("--time-zone", help="Zone of times that carry none.")
    ] = "Asia/Shanghai",
    bbox: Annotated[
        str | None,
        typer.Option(metavar="W,S,E,N", help="Reject places outside this box as typing errors."),
    ] = None,
    begins: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="Start of rows that state none; else always."),
    ] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Ingest register files.

    KIND: admin zones permits teams heat-sources roads settlements special-days resources
    weather dem landcover
    """
    from jdzfire.feeds.registers import REGISTER_KINDS, Declared
    from jdzfire.pipeline.register import register_files
    from jdzfire.workspace import open_workspace

    if kind not in REGISTER_KINDS:
        raise UsageError(f"no register {kind!r}", expected=" ".join(REGISTER_KINDS))
    declared = Declared(
        datum=datum,
        crs=crs,
        assume=dict(map(_assumed, assume or [])),
        time_zone=_check_zone(time_zone),
        holds_from=None if begins is None else _beijing_time(begins),
        region=None if bbox is None else parse_bbox(bbox),
    )
    with open_workspace(home_of(context, home), writing=True) as workspace:
        intake = register_files(workspace, kind, files, at=parse_time(None), declared=declared)
    end_intake(intake, as_json=json_)


def _beijing_time(text: str) -> datetime:
    """A time in Beijing time unless it carries an offset; a date alone is its first minute."""
    from jdzfire.feeds.times import parse_time as parse_written

    at = parse_written(text)
    if at is None:
        raise UsageError(f"{text!r} is not a date", expected="a date, for example 2024-01-01")
    return at


def _assumed(text: str) -> tuple[str, str]:
    column, equals, words = text.partition("=")
    if not equals or not column or not words:
        raise UsageError(
            f"{text!r} assumes nothing", expected="COLUMN=WORDS", remedy="--assume status=executed"
        )
    return column, words


def _check_zone(name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageError(
            f"no time zone {name!r}", expected="a name such as Asia/Shanghai"
        ) from None
    return name
