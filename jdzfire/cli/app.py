"""The command tree, and how faults become exit codes."""

from __future__ import annotations

import gc
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from jdzfire import __version__
from jdzfire.cli import (
    alert,
    basemap,
    burn,
    case,
    case_sheet,  # noqa: F401  (more commands of case)
    desk,
    event,
    hotspot,
    keeping,
    main_job,
    plan,
    reach,
    registers,
    replay,
    report,
    scar,
    source,
    weather,
)
from jdzfire.cli.output import echo
from jdzfire.errors import JdzfireError
from jdzfire.redact import redact_tracebacks
from jdzfire.signals import end_on_signals

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Which satellite hotspots has nobody explained? Forest-fire watch for a city's duty room.",
    epilog="Exit codes: 0 done; 1 our fault; 2 usage or settings; "
    "3 input unusable or workspace damaged; 4 degraded.",
)
main_job.add_commands(app)
app.command("register")(registers.register)
keeping.add_commands(app)
app.add_typer(event.app, name="event")
app.command("explain")(event.explain)
app.add_typer(hotspot.app, name="hotspot")
app.add_typer(registers.app, name="registers")
app.add_typer(source.app, name="source")
app.add_typer(case.app, name="case")
app.add_typer(burn.app, name="burn")
app.add_typer(alert.app, name="alert")
app.add_typer(reach.app, name="reach")
app.add_typer(plan.siting_app, name="siting")
app.add_typer(plan.season_app, name="season")
app.add_typer(weather.app, name="weather")
app.command("scar")(scar.scar)
app.command("replay")(replay.replay)
app.command("paper")(report.report)
app.command("desk")(desk.desk)
app.command("desk-key")(desk.desk_key)
app.command("basemap")(basemap.basemap)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    home: Annotated[
        Path | None,
        typer.Option("--home", metavar="DIR", help="Working folder; else JDZFIRE_HOME."),
    ] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    context.obj = home
    if version:
        typer.echo(f"jdzfire {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; a known error ends with its own exit code."""
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    gc.set_threshold(100_000, 20, 20)  # importing makes millions of objects that all stay
    end_on_signals()
    redact_tracebacks()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal of GBK has no sign for some we write
            stream.reconfigure(errors="replace")
    try:
        app()
    except JdzfireError as error:
        echo(f"jdzfire: {error}")
        sys.exit(error.exit_code)
