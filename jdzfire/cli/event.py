"""Commands on events and the reasons of their verdicts."""

from __future__ import annotations

import getpass
import json
from typing import Annotated, Any

import typer

from jdzfire.cli.case import AtOption, RemarkOption, WhoOption
from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    LangOption,
    beijing,
    home_of,
    parse_time,
    print_json,
)
from jdzfire.cli.output import records as rows_of
from jdzfire.errors import NotFound

app = typer.Typer(no_args_is_help=True, help="Fire events: list them, show one.")

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="For example JDZ-20240404-003.")]


@app.command("list")
def list_events(
    context: typer.Context,
    everything: Annotated[
        bool, typer.Option("--all", help="Explained and ended ones too.")
    ] = False,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """List the events that need the duty room, the most urgent first."""
    from jdzfire.triage.duty import needs_duty
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        events, verdicts = workspace.ledger.load_events(), workspace.ledger.load_verdicts()
        needed = needs_duty(verdicts, workspace.ledger.load_cases())
        lang = lang or workspace.settings.lang
    chosen = verdicts if everything else verdicts[needed]
    table = chosen.merge(events, on="event_id").sort_values(
        ["priority", "last_seen_at", "event_id"], ascending=[False, False, True]
    )
    if json_:
        print_json([_document(row) for row in rows_of(table)])
        return
    for row in rows_of(table):
        typer.echo(_line(row, lang))
    if table.empty:
        typer.echo("当前无待核查热点" if lang == "zh" else "nothing needs the duty room")


@app.command("show")
def show_event(
    context: typer.Context,
    event_id: IdArgument,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """Show one event: its hotspots, verdict, land, nearest teams and case."""
    from jdzfire.queries.describe import describe_event
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        document = describe_event(workspace, event_id)
        lang = lang or workspace.settings.lang
    if json_:
        print_json(document)
        return
    typer.echo(_line(document["event"] | document["verdict"], lang))
    for name in ("land", "weather", "case"):
        if document[name]:
            typer.echo(json.dumps(document[name], ensure_ascii=False, default=str))
    for one in document["growth"]:
        typer.echo("  " + _growth_line(one, lang))
    for team in document["nearest_teams"]:
        typer.echo(_team_line(team, lang))
    for hotspot in document["hotspots"]:
        typer.echo(
            f"  {beijing(hotspot['acquired_at'])} {hotspot['satellite']} {hotspot['product']} "
            f"FRP {hotspot['frp_mw']} MW  {hotspot['lon']:.5f},{hotspot['lat']:.5f}"
        )


@app.command("split")
@app.command("apart", hidden=True)  # its name before version 0.2
def split_event(
    context: typer.Context,
    event_id: IdArgument,
    hotspot: Annotated[
        list[str], typer.Argument(metavar="HOTSPOT...", help="Hotspots that are another fire.")
    ],
    who: WhoOption = None,
    remark: RemarkOption = None,
    now: AtOption = None,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """State that hotspots of an event are another fire than its others; it holds for ever."""
    from jdzfire.pipeline.triage import run_triage
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home), writing=True) as workspace:
        at = parse_time(now)
        workspace.ledger.split_event(
            event_id, hotspot, who=who or getpass.getuser(), at=at, remark=remark
        )
        run_triage(workspace, at=at)
        members = workspace.ledger.load_members().set_index("hotspot_id")["event_id"]
        lang = lang or workspace.settings.lang
    now_in = {one: str(members[one]) for one in hotspot}
    if json_:
        print_json({"event_id": event_id, "hotspots": now_in})
        return
    for one, own in now_in.items():
        typer.echo(f"{one} → {own}")


def explain(
    context: typer.Context,
    event_id: IdArgument,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """Say what was tried on an event, what held, and what failed by how much."""
    from jdzfire.schemas import decode_reasons
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        history = workspace.ledger.load_verdict_history(event_id)
        lang = lang or workspace.settings.lang
    if history.empty:
        raise NotFound(f"no verdict on event {event_id!r}", remedy="see jdzfire event list --all")
    if json_:
        print_json([_document(row) for row in rows_of(history)])
        return
    for row in rows_of(history):
        name = _verdict_name(row, lang)
        typer.echo(f"{beijing(row['decided_at'])} {name}  {row['priority']}")
        for reason in decode_reasons(row["reasons"]):
            mark = {"met": "✓", "failed": "✗", "unknown": "?"}[reason.outcome]
            text = reason.text_zh if lang == "zh" else reason.text_en
            typer.echo(f"  {mark} {reason.rule}: {text}")


def _growth_line(one: dict[str, Any], lang: str) -> str:
    """One pass: when, by whom, how many pixels, ground alight and how far the front came."""
    front = "" if one["front_m"] is None else f"{one['front_m']:.0f}"
    frp = "-" if one["frp_sum_mw"] is None else f"{one['frp_sum_mw']:.1f}"
    seen = f"{beijing(one['acquired_at'])} {one['satellite']}"
    if lang == "zh":
        moved = f"，火线外推{front}米" if front else ""
        return (
            f"{seen} {one['hotspot_count']}个像元，FRP合计{frp}兆瓦，像元面积{one['area_ha']:.0f}"
            f"公顷（累计{one['total_ha']:.0f}，新增{one['new_ha']:.0f}）{moved}"
        )
    moved = f", front {front} m on" if front else ""
    return (
        f"{seen} {one['hotspot_count']} pixels, FRP {frp} MW, pixels of {one['area_ha']:.0f} ha "
        f"({one['total_ha']:.0f} in total, {one['new_ha']:.0f} new){moved}"
    )


def _document(row: dict[str, Any]) -> dict[str, Any]:
    texts = {name: json.loads(row[name]) for name in ("reasons", "priority_parts") if name in row}
    return row | texts


def _verdict_name(row: dict[str, Any], lang: str) -> str:
    from jdzfire.schemas import VERDICT_ZH

    name = VERDICT_ZH[row["verdict"]] if lang == "zh" else str(row["verdict"])
    doubt = "（待确认）" if lang == "zh" else " (to be confirmed)"
    return name + (doubt if row["is_provisional"] else "")


def _line(row: dict[str, Any], lang: str) -> str:
    from jdzfire.schemas import REPORTERS_ZH

    name = _verdict_name(row, lang)
    named = REPORTERS_ZH if lang == "zh" else {}
    satellites = ",".join(named.get(one, one) for one in row["satellites"].split(","))
    seen = f"{beijing(row['first_seen_at'])} – {beijing(row['last_seen_at'])}"
    return (
        f"{row['event_id']}  {row['priority']:>3}  {name}  {row['place']}  {seen}  "
        f"{satellites}  n={row['hotspot_count']}"
    )


def _team_line(team: dict[str, Any], lang: str) -> str:
    km = team["distance_m"] / 1000
    if team["minutes"] is None:
        return (
            f"  {team['name']} 直线距离{km:.1f}公里"
            if lang == "zh"
            else f"  {team['name']} {km:.1f} km in a straight line"
        )
    return (
        f"  {team['name']} 约{team['minutes']:.0f}分钟"
        if lang == "zh"
        else f"  {team['name']} about {team['minutes']:.0f} min by road and on foot"
    )
