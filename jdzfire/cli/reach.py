"""Commands on travel time: who can be there first."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    LangOption,
    NowOption,
    echo,
    home_of,
    parse_time,
    print_json,
    records,
)

NightOption = Annotated[bool, typer.Option("--night", help="Reckon with the dark.")]
RainOption = Annotated[bool, typer.Option("--rain", help="Reckon with rain and wet roads.")]

app = typer.Typer(no_args_is_help=True, help="Who can be there first, by road and on foot.")


@app.command("event")
def reach_event(
    context: typer.Context,
    event_id: Annotated[str, typer.Argument(metavar="EVENT", help="Id of the event.")],
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many teams.")] = 3,
    night: NightOption = False,
    rain: RainOption = False,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """Teams that stand at an event first: turn-out, drive, walk, and where they leave the road."""
    from jdzfire.queries.reach import reach_of
    from jdzfire.reach.speeds import Conditions
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        found, lines, notes = reach_of(
            workspace, event_id, limit=limit, conditions=Conditions(is_night=night, is_rain=rain)
        )
        lang = lang or workspace.settings.lang
    if json_:
        print_json(
            {
                "event_id": event_id,
                "teams": records(found),
                "routes": lines.__geo_interface__,
                "notes": list(notes),
            }
        )
        return
    for row in records(found):
        typer.echo(_line(row, "zh" if lang == "zh" else "en"))
    if found.empty:
        typer.echo("没有可派队伍" if lang == "zh" else "no team can be sent")
    for note in notes:
        echo(f"note: {note}")


@app.command("cover")
def reach_cover(
    context: typer.Context,
    level: Annotated[
        Literal["county", "township"], typer.Option("--level", help="Areas of the table.")
    ] = "county",
    within: Annotated[
        list[float] | None, typer.Option("--within", help="Minutes from the alarm; repeatable.")
    ] = None,
    night: NightOption = False,
    rain: RainOption = False,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """Share of forest and people the teams reach in time, by road and on foot."""
    from jdzfire.queries.reach import cover_by_reach
    from jdzfire.reach.speeds import Conditions
    from jdzfire.workspace import open_workspace

    steps = sorted(within or [20.0, 30.0, 45.0, 60.0])
    with open_workspace(home_of(context, home)) as workspace:
        found = cover_by_reach(
            workspace,
            level=level,
            within=steps,
            conditions=Conditions(is_night=night, is_rain=rain),
        )
        lang = lang or workspace.settings.lang
    if json_:
        print_json(
            {
                "teams": found.team_count,
                "level": level,
                "shares": records(found.shares),
                "lost_within": found.lost_within,
                "lost": records(found.lost),
                "notes": list(found.notes),
            }
        )
        return
    for row in records(found.shares):
        typer.echo(_share_line(row, steps, "zh" if lang == "zh" else "en"))
    for note in found.notes:
        echo(f"note: {note}")


@app.command("outlook")
def reach_outlook(
    context: typer.Context,
    event_id: Annotated[str, typer.Argument(metavar="EVENT", help="Id of the event.")],
    wind_from: Annotated[
        float | None,
        typer.Option("--wind-from", min=0, max=360, help="Where the wind comes from [degree]."),
    ] = None,
    now: NowOption = None,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """How far an event may spread until crews arrive: an outlook of a simple model, no order."""
    from jdzfire.queries.reach import reach_of
    from jdzfire.queries.spread import outlook_events
    from jdzfire.workspace import open_workspace

    at = parse_time(now)
    with open_workspace(home_of(context, home)) as workspace:
        first, *_ = reach_of(workspace, event_id, limit=1)
        event = workspace.ledger.load_events([event_id])
        found = outlook_events(workspace, event, first, at=at, wind_from_deg=wind_from)
        lang = lang or workspace.settings.lang
    if json_:
        rows = records(found.drop(columns="geometry"))
        print_json({"event_id": event_id, "outlooks": rows, "shapes": found.__geo_interface__})
        return
    words = _OUTLOOK["zh" if lang == "zh" else "en"]
    for row in records(found.drop(columns="geometry")):
        typer.echo(words["row"].format(**row))
    typer.echo(words["note"] if len(found) else words["none"])
    if len(found) and wind_from is None:
        typer.echo(words["wind"])


_OUTLOOK = {
    "zh": {
        "row": "首支队伍到达后{later_min:.0f}分钟：约{area_ha:.0f}公顷"
        "（{low_ha:.0f}—{high_ha:.0f}）",
        "note": "王正非模型推算的展望，不是指令；未计飞火和扑救",
        "wind": "风向未知，按各方向顺风估计，偏大",
        "none": "没有展望：燃烧过久、超出范围或当日天气未知",
    },
    "en": {
        "row": "{later_min:.0f} min after the first team arrives: about {area_ha:.0f} ha "
        "({low_ha:.0f}-{high_ha:.0f})",
        "note": "an outlook by Wang Zhengfei's model, not an order; no spotting, no suppression",
        "wind": "wind direction unknown: as if it blew in every direction, too large",
        "none": "no outlook: burning too long, off the watched area, or no weather of the day",
    },
}

_WHAT = {
    "zh": {"forest_ha": "林地（公顷）", "people": "人口"},
    "en": {"forest_ha": "forest (ha)", "people": "people"},
}


def _share_line(row: dict[str, Any], within: list[float], lang: str) -> str:
    area = row["area"] or ("全部" if lang == "zh" else "all")
    unit, second = ("分钟", "第二支队45分钟") if lang == "zh" else (" min", "second team 45 min")
    shares = [f"{minutes:g}{unit} {_percent(row[f'within_{minutes:g}'])}" for minutes in within]
    shares.append(f"{second} {_percent(row['second_45'])}")
    return f"{area} {_WHAT[lang][row['what']]} {row['total']:,.0f}  " + "  ".join(shares)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


_LINES = {
    "zh": "{rank}. {name} 约{minutes:.0f}分钟（{quick_min:.0f}—{late_min:.0f}）："
    "出动{turn_out_min:.0f}，行车{drive_min:.0f}，步行{walk_min:.0f}；"
    "下车点 {leave_lon:.5f},{leave_lat:.5f}",
    "en": "{rank}. {name} about {minutes:.0f} min ({quick_min:.0f}-{late_min:.0f}): turn-out "
    "{turn_out_min:.0f}, drive {drive_min:.0f}, walk {walk_min:.0f}; leaves the road at "
    "{leave_lon:.5f},{leave_lat:.5f}",
}
_STRAIGHT = {
    "zh": "{rank}. {name} 直线距离{km:.1f}公里（无道路可达，未计时间）",
    "en": "{rank}. {name} {km:.1f} km in a straight line (no road leads there, no minutes)",
}


def _line(row: dict[str, Any], lang: str) -> str:
    if row["method"] == "straight_line":
        return _STRAIGHT[lang].format(**row, km=row["distance_m"] / 1000)
    return _LINES[lang].format(**row)
