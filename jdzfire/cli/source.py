"""Commands on fixed heat sources: which are proposed, and approving one."""

from __future__ import annotations

import getpass
from datetime import timedelta
from typing import Annotated

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    LangOption,
    NowOption,
    beijing,
    home_of,
    parse_time,
    print_json,
    records,
)

app = typer.Typer(no_args_is_help=True, help="Fixed heat sources: proposals, approval.")


@app.command()
def propose(
    context: typer.Context,
    now: NowOption = None,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """List places that look like industrial sites: hot on many dates, always at one place."""
    from jdzfire.pipeline.propose import proposals_of
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        rows = records(proposals_of(workspace, at=parse_time(now)))
        lang = lang or workspace.settings.lang
    if json_:
        print_json(rows)
        return
    for row in rows:
        typer.echo(_line(row, lang))
    if not rows:
        typer.echo("没有建议登记的固定热源" if lang == "zh" else "no proposal")


def _line(row: dict[str, object], lang: str) -> str:
    seen = f"{beijing(row['first_seen_at'])} – {beijing(row['last_seen_at'])}"
    where = f"{row['lon']:.5f},{row['lat']:.5f}"
    if lang == "zh":
        return (
            f"{row['proposal_id']}  {where}  {row['dates']}天{row['hotspots']}个热点，"
            f"跨{row['months']}个月（{seen}），离散{row['spread_m']:.0f}米，"
            f"夜间占{row['night_share']:.0%}，人工认定{row['answers']}次"
        )
    return (
        f"{row['proposal_id']}  {where}  {row['hotspots']} hotspots on {row['dates']} dates in "
        f"{row['months']} months ({seen}), spread {row['spread_m']:.0f} m, "
        f"{row['night_share']:.0%} by night, confirmed by duty staff {row['answers']} times"
    )


@app.command()
def approve(
    context: typer.Context,
    proposal_id: Annotated[str, typer.Argument(metavar="PROPOSAL", help="As propose lists it.")],
    name: Annotated[str, typer.Option(help="Name of the industrial site.")],
    kind: Annotated[str, typer.Option(help="cement, power, brick, ceramics, ...")] = "works",
    until: Annotated[
        str | None,
        typer.Option(metavar="ISO-TIME", help="End of the approval; default: a year from now."),
    ] = None,
    who: Annotated[str | None, typer.Option("--who", help="Who approves; the user.")] = None,
    now: NowOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Register a proposed place as a fixed heat source; judge again with jdzfire triage."""
    from jdzfire.pipeline.propose import approve_proposal
    from jdzfire.workspace import open_workspace

    at = parse_time(now)
    end = parse_time(until) if until else at + timedelta(days=365)
    with open_workspace(home_of(context, home), writing=True) as workspace:
        source_id = approve_proposal(
            workspace,
            proposal_id,
            name=name,
            kind=kind,
            who=who or getpass.getuser(),
            until=end,
            at=at,
        )
    if json_:
        print_json({"source_id": source_id})
    else:
        typer.echo(f"{source_id}: judge again with jdzfire triage")
