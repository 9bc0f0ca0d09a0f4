"""Commands for planners: siting and season."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    LangOption,
    OutOption,
    echo,
    home_of,
    keep_file,
    parse_time,
    print_json,
    records,
)

siting_app = typer.Typer(no_args_is_help=True, help="How much forest the teams reach in time.")
season_app = typer.Typer(no_args_is_help=True, help="The numbers of a fire season.")

MinutesOption = Annotated[float, typer.Option("--minutes", help="Minutes from the alarm.")]


@siting_app.command()
def cover(
    context: typer.Context,
    minutes: MinutesOption = 30.0,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """Share of the forest within some minutes of the teams (straight line x detour factor)."""
    from jdzfire.queries.plan import cover_forest
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        answer, page = cover_forest(workspace, minutes=minutes, lang=lang)
        lang = lang or workspace.settings.lang
    if json_:
        print_json(
            {
                "minutes": answer.minutes,
                "team_count": answer.team_count,
                "forest_ha": answer.total_ha,
                "covered_ha": answer.covered_ha,
                "share": answer.share,
                "by_county": records(answer.by_county),
                "method": "straight line x detour factor",
                "assumptions": vars(answer.assumptions),
                "map": page,
            }
        )
        return
    typer.echo(answer.sentence_zh if lang == "zh" else answer.sentence_en)
    echo(f"map: {page}")


@siting_app.command()
def solve(
    context: typer.Context,
    add: Annotated[int, typer.Option("--add", help="How many more teams.")] = 3,
    minutes: MinutesOption = 30.0,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """Where some more teams would gain most, the present ones staying."""
    from jdzfire.queries.plan import place_more
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        answer, page = place_more(workspace, k=add, minutes=minutes, lang=lang)
        lang = lang or workspace.settings.lang
    if json_:
        print_json(
            {
                "minutes": minutes,
                "add": add,
                "share_before": answer.before.share,
                "share_after": answer.share_after,
                "sites": records(answer.sites),
                "is_optimal": answer.is_optimal,
                "candidates": answer.candidate_count,
                "method": "straight line x detour factor",
                "assumptions": vars(answer.before.assumptions),
                "map": page,
            }
        )
        return
    typer.echo(answer.sentence_zh if lang == "zh" else answer.sentence_en)
    echo(f"map: {page}")


@season_app.command("map")
def map_(
    context: typer.Context,
    year: Annotated[int, typer.Option("--year", help="Calendar year, Beijing time.")],
    edition: Annotated[
        Literal["internal", "public"], typer.Option(help="Who may see it.")
    ] = "internal",
    out: OutOption = None,
    lang: LangOption = None,
    now: Annotated[
        str | None, typer.Option("--now", metavar="ISO-TIME", help="Moment of it; the clock.")
    ] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Every hotspot of a year on one page that needs no network."""
    from jdzfire.queries.plan import map_season
    from jdzfire.workspace import open_workspace

    at = parse_time(now)
    with open_workspace(home_of(context, home)) as workspace:
        page, count = map_season(workspace, year, at=at, edition=edition, lang=lang)
    path = out or Path(f"season-{year}{'-public' if edition == 'public' else ''}.html")
    summary = {"year": year, "edition": edition, "hotspots": count}
    keep_file(path, page, summary, as_json=json_)


@season_app.command()
def report(
    context: typer.Context,
    year: Annotated[int, typer.Option("--year", help="Calendar year, Beijing time.")],
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """The year's numbers and the bureau's sentence."""
    from jdzfire.queries.season import report_year
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        answer = report_year(workspace, year)
        lang = lang or workspace.settings.lang
    if json_:
        print_json(answer.document())
        return
    typer.echo(answer.text_zh if lang == "zh" else answer.text_en)
