"""Commands for planners and analysts: siting, season, replay."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from jdzfire.cli.output import HomeOption, JsonOption, LangOption, home_of, print_json, records, say
from jdzfire.errors import UsageError

__all__ = ["replay", "season_app", "siting_app"]

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
    from jdzfire.stages import open_house
    from jdzfire.stages.planning import cover_forest

    with open_house(home_of(context, home)) as house:
        answer, page = cover_forest(house, minutes=minutes, lang=lang)
        lang = lang or house.settings.lang
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
    say(f"map: {page}")


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
    from jdzfire.stages import open_house
    from jdzfire.stages.planning import place_more

    with open_house(home_of(context, home)) as house:
        answer, page = place_more(house, k=add, minutes=minutes, lang=lang)
        lang = lang or house.settings.lang
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
    say(f"map: {page}")


@season_app.command()
def report(
    context: typer.Context,
    year: Annotated[int, typer.Option("--year", help="Calendar year, Beijing time.")],
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """The year's numbers and the bureau's sentence."""
    from jdzfire.stages import open_house
    from jdzfire.stages.planning import report_year

    with open_house(home_of(context, home)) as house:
        answer = report_year(house, year)
        lang = lang or house.settings.lang
    if json_:
        print_json(answer.document())
        return
    typer.echo(answer.text_zh if lang == "zh" else answer.text_en)


def replay(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A simulated season.")],
    rules: Annotated[
        list[Path] | None,
        typer.Option(
            "--rules", metavar="FILE", help="TOML of rules; given twice, both are compared."
        ),
    ] = None,
    json_: JsonOption = False,
) -> None:
    """Run a simulated season cycle by cycle and score it against its truth."""
    from jdzfire.cli.output import progress
    from jdzfire.stages.replaying import replay_folder
    from jdzfire.triage import Rules, load_rules

    chosen: dict[str, Rules | None] = {
        path.name: load_rules(_text_of(path)) for path in rules or []
    } or {"": None}
    documents: dict[str, Any] = {}
    for name, used in (chosen or {"": None}).items():
        with progress("cycles", 0) as step:
            score = replay_folder(folder, rules=used, progress=step)
        documents[name] = score.document()
        if not json_:
            typer.echo(f"{name}:\n{score.text()}" if name else score.text())
    if json_:
        print_json(documents if rules else documents[""])


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise UsageError(f"{path.name} cannot be read", remedy="check the path") from error
