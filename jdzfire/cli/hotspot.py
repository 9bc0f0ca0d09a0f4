"""Commands on single hotspots: a report of a person put in, the versions of a pixel shown."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    beijing,
    end_degraded,
    home_of,
    parse_time,
    print_json,
    records,
    refuse_input,
)
from jdzfire.errors import NotFound

app = typer.Typer(no_args_is_help=True, help="Hotspots: put a report in, show one.")

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A hotspot_id.")]


@app.command()
def add(
    context: typer.Context,
    lon: Annotated[str, typer.Option(help="Longitude, decimal or 117°12′30″.")],
    lat: Annotated[str, typer.Option(help="Latitude.")],
    source: Annotated[
        str,
        typer.Option(help="call-12119, watchtower, camera, drone, officer, patrol, or in words."),
    ],
    seen: Annotated[
        str | None, typer.Option("--seen", metavar="ISO-TIME", help="When it was seen; now.")
    ] = None,
    datum: Annotated[
        Literal["wgs84", "cgcs2000", "gcj02", "bd09"],
        typer.Option(help="Datum of the place: a pin from a telephone map is gcj02."),
    ] = "cgcs2000",
    error_m: Annotated[
        float | None, typer.Option("--error-m", help="Position error; by the source.")
    ] = None,
    remark: Annotated[str | None, typer.Option(help="Text of the report; internal only.")] = None,
    now: Annotated[
        str | None, typer.Option("--now", metavar="ISO-TIME", help="Run as if it were this time.")
    ] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Put a report of a person in; the next watch or triage judges it."""
    from jdzfire.feeds.ground import GroundReport
    from jdzfire.pipeline.ground import take_report
    from jdzfire.workspace import open_workspace

    at = parse_time(now)
    seen_at = parse_time(seen) if seen else at
    report = GroundReport(
        reported_at=seen_at,
        source=source,
        lon=lon,
        lat=lat,
        datum=datum,
        error_m=error_m,
        remark=remark or "",
    )
    with open_workspace(home_of(context, home), writing=True) as workspace:
        intake = take_report(workspace, report, at=at)
    if json_:
        print_json(vars(intake))
    else:
        known = "it was known before" if intake.known else "rejected: see archive/rejected"
        typer.echo(", ".join(intake.changed) or known)
    if intake.unusable:
        refuse_input(intake.unusable)
    end_degraded(intake.faults)


@app.command()
def show(
    context: typer.Context,
    hotspot_id: IdArgument,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Show one hotspot and every version of it that was received."""
    from jdzfire.queries.describe import describe_hotspot
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        versions = describe_hotspot(workspace, hotspot_id)
    if versions.empty:
        raise NotFound(f"no hotspot {hotspot_id!r}", remedy="see jdzfire event show ID --json")
    rows = records(versions)
    if json_:
        print_json(rows)
        return
    for row in rows:
        mark = "*" if row["is_best"] else " "
        typer.echo(
            f"{mark} {beijing(row['acquired_at'])} {row['satellite']} {row['product']} "
            f"{row['version'] or ''} FRP {row['frp_mw']} MW  {row['lon']:.5f},{row['lat']:.5f}  "
            f"{row['raw_sha256'][:12]} {row['raw_line']}"
        )
