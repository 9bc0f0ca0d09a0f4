"""Commands for planners: siting and season."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    LangOption,
    NowOption,
    OutOption,
    beijing,
    echo,
    home_of,
    keep_file,
    parse_time,
    print_json,
    records,
)
from jdzfire.errors import UsageError

siting_app = typer.Typer(no_args_is_help=True, help="How much forest the teams reach in time.")
NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
"""Notebooks of the repository, where the package is installed from it."""

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


@siting_app.command("plan")
def plan_(
    context: typer.Context,
    within: Annotated[
        float, typer.Option("--within", min=1, max=90, help="Minutes from the alarm.")
    ] = 30.0,
    moves: Annotated[
        list[int] | None,
        typer.Option("--moves", min=0, help="How many teams may move; repeatable, a plan each."),
    ] = None,
    add: Annotated[int, typer.Option("--add", min=0, help="How many teams more.")] = 0,
    weight: Annotated[
        Literal["fires", "forest", "people"], typer.Option("--for", help="What is to be reached.")
    ] = "fires",
    stay: Annotated[
        list[str] | None, typer.Option("--stay", metavar="TEAM", help="May not move; repeatable.")
    ] = None,
    move_cost: Annotated[
        float, typer.Option("--move-cost", min=0, help="What a move must gain at least.")
    ] = 0.0,
    floor: Annotated[
        float,
        typer.Option(
            "--floor", min=0, max=1, help="Share of today's reach each county keeps; 0: none."
        ),
    ] = 1.0,
    across: Annotated[
        bool, typer.Option("--across-counties", help="Teams may move to another county.")
    ] = False,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """Which teams should stand where, in minutes by road and on foot, with a proven bound."""
    from jdzfire.queries.planner import make_plan
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        answer = make_plan(
            workspace,
            within=within,
            moves=sorted(set(moves)) if moves else (0, 1, 2, 3, 5, 8),
            add=add,
            weight=weight,
            stay=stay or (),
            move_cost=move_cost,
            floor=floor or None,
            is_bound_to_county=not across,
            lang=lang,
        )
        lang = lang or workspace.settings.lang
    rows = answer.rows()
    if json_:
        plans = [
            {
                "moves": plan.moves,
                "add": plan.add,
                "share_before": _share(plan.before, plan.total),
                "share_after": _share(plan.after, plan.total),
                "share_bound": _share(plan.bound, plan.total),
                "is_optimal": plan.is_optimal,
                "steps": [row for row in rows if row["moves"] == plan.moves],
            }
            for plan in answer.plans
        ]
        basis = answer.basis
        print_json(
            {
                "within": within,
                "for": answer.weight,
                "fires": basis.fire_count,
                "bandwidth_m": basis.bandwidth_m,
                "sites": len(basis.sites),
                "blocks": len(basis.blocks),
                "plans": plans,
                "files": dict(answer.files),
                "notes": list(basis.notes),
            }
        )
        return
    words = _PLAN["zh" if lang == "zh" else "en"]
    for plan in answer.plans:
        typer.echo(
            words["plan"].format(
                moves=plan.moves,
                add=plan.add,
                within=within,
                before=plan.before / (plan.total or 1),
                after=plan.after / (plan.total or 1),
                proof=words["proven" if plan.is_optimal else "gap"].format(gap=plan.gap),
            )
        )
    most = max((row["moves"] for row in rows), default=0)
    for row in (row for row in rows if row["moves"] == most):
        typer.echo(
            words["step" if row["team"] else "new"].format(
                **row | {"site": row["site"] or row["site_id"]}
            )
        )
    for note in answer.basis.notes:
        echo(f"note: {note}")
    for path in answer.files.values():
        echo(f"file: {path}")


@siting_app.command()
def forward(
    context: typer.Context,
    begins: Annotated[str, typer.Option("--from", metavar="ISO-TIME", help="First moment.")],
    ends: Annotated[str, typer.Option("--to", metavar="ISO-TIME", help="When they go home.")],
    crews: Annotated[int, typer.Option("--crews", min=0, help="Crews that may be sent.")] = 6,
    home_share: Annotated[
        float,
        typer.Option("--keep", min=0, max=1, help="Share of each county's teams kept at home."),
    ] = 0.5,
    within: Annotated[
        float, typer.Option("--within", min=1, max=90, help="Minutes from the alarm.")
    ] = 30.0,
    across: Annotated[
        bool, typer.Option("--across-counties", help="Crews may go to another county.")
    ] = False,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """Which crews stand ahead where on days of danger, against the teams at home."""
    from jdzfire.queries.forward import place_forward
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        found = place_forward(
            workspace,
            parse_time(begins),
            parse_time(ends),
            crews=crews,
            home_share=home_share,
            within=within,
            is_bound_to_county=not across,
        )
        lang = lang or workspace.settings.lang
    numbers = {
        "within": within,
        "expected_fires": float(found.weights.sum()) if found.fire_count else None,
        "share_at_home": _share(found.plan.before, found.plan.total),
        "share_forward": _share(found.plan.after, found.plan.total),
        "mean_min_at_home": found.mean_minutes(forward=False),
        "mean_min_forward": found.mean_minutes(forward=True),
        "is_optimal": found.plan.is_optimal,
        "past_fires": found.fire_count,
        "is_of_season": found.is_of_season,
        "has_danger": found.has_danger,
    }
    if json_:
        print_json({**numbers, "posts": records(found.posts), "notes": list(found.basis.notes)})
        return
    words = _FORWARD["zh" if lang == "zh" else "en"]
    typer.echo(
        words["head"].format(
            begins=beijing(found.begins_at),
            ends=beijing(found.ends_at),
            crews=len(found.posts),
            before=numbers["share_at_home"] or 0.0,
            after=numbers["share_forward"] or 0.0,
            **numbers,
        )
    )
    for row in records(found.posts):
        typer.echo(words["post"].format(**row | {"post": row["post"] or row["post_id"]}))
    season = words["season" if found.is_of_season else "year"].format(n=found.fire_count)
    typer.echo(season + words["danger" if found.has_danger else "no_danger"])


_FORWARD = {
    "zh": {
        "head": "{begins} 至 {ends}：前置 {crews} 队，{within:g}分钟内到达预计火情 "
        "{before:.1%} → {after:.1%}，平均 {mean_min_at_home:.1f} → {mean_min_forward:.1f} 分钟",
        "post": "  {team} → {post}（{county}，{lon:.5f},{lat:.5f}）：+{gain_share:.2%}",
        "season": "依据：往年同期 {n} 起火情",
        "year": "依据：全年 {n} 起火情（同期过少）",
        "danger": "，已计这些天的火险等级",
        "no_danger": "，这些天没有火险等级",
    },
    "en": {
        "head": "{begins} to {ends}: {crews} crews ahead, expected fires within {within:g} min "
        "{before:.1%} -> {after:.1%}, mean {mean_min_at_home:.1f} -> {mean_min_forward:.1f} min",
        "post": "  {team} -> {post} ({county}, {lon:.5f},{lat:.5f}): +{gain_share:.2%}",
        "season": "from {n} fires of the same time of past years",
        "year": "from {n} fires of all the year (too few of the time)",
        "danger": ", and the danger grade of these days",
        "no_danger": ", no danger grade is known for these days",
    },
}


def _share(value: float, total: float) -> float | None:
    return value / total if total > 0 else None


_PLAN = {
    "zh": {
        "plan": "调动至多{moves}队、增设{add}队：{within:g}分钟内到达 "
        "{before:.1%} → {after:.1%}（{proof}）",
        "proven": "候选点内已证明最优",
        "gap": "距可能的最优至多{gap:.2%}",
        "step": "  {step}. {team} → {site}（{county}）：+{gain_share:.2%}",
        "new": "  {step}. 增设 {site}（{county}）：+{gain_share:.2%}",
    },
    "en": {
        "plan": "up to {moves} moved, {add} added: within {within:g} min "
        "{before:.1%} -> {after:.1%} ({proof})",
        "proven": "proven best among the sites",
        "gap": "at most {gap:.2%} below the best",
        "step": "  {step}. {team} -> {site} ({county}): +{gain_share:.2%}",
        "new": "  {step}. new team at {site} ({county}): +{gain_share:.2%}",
    },
}


@season_app.command("map")
def map_(
    context: typer.Context,
    year: Annotated[int, typer.Option("--year", help="Calendar year, Beijing time.")],
    edition: Annotated[
        Literal["internal", "public"], typer.Option(help="Who may see it.")
    ] = "internal",
    out: OutOption = None,
    lang: LangOption = None,
    now: NowOption = None,
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


@season_app.command()
def annual(
    context: typer.Context,
    year: Annotated[int, typer.Option("--year", help="Calendar year, Beijing time.")],
    form: Annotated[
        Literal["html", "docx"], typer.Option("--format", help="A page for A4, or DOCX.")
    ] = "html",
    nobody_hurt: Annotated[
        bool, typer.Option("--nobody-hurt", help="State that nobody was hurt.")
    ] = False,
    out: OutOption = None,
    lang: LangOption = None,
    now: NowOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """The annual report: the sentence, the year beside the last, what stands behind each number."""
    from jdzfire.queries.annual import annual_report
    from jdzfire.queries.opened import OpenedHome

    opened = OpenedHome(home_of(context, home))
    page = annual_report(
        opened, year, at=parse_time(now), lang=lang, form=form, nobody_hurt=nobody_hurt
    )
    path = out or Path(f"annual-{year}.{form}")
    keep_file(path, page, {"year": year, "format": form}, as_json=json_)


@season_app.command()
def notebook(
    context: typer.Context,
    year: Annotated[int, typer.Option("--year", help="Calendar year, Beijing time.")],
    notebooks: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[NOTEBOOK...]", help="Default: those that come with the program."),
    ] = None,
    lang: LangOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Run notebooks on the home and keep them as pages, in the folder of the season."""
    from jdzfire.cli.output import progress
    from jdzfire.pipeline.season import run_notebook, season_folder
    from jdzfire.store.atomic import write_atomic
    from jdzfire.workspace import open_workspace

    chosen = notebooks or sorted(NOTEBOOKS.glob("*.ipynb"))
    if not chosen:
        raise UsageError(
            "no notebook is given",
            expected="notebooks beside the package",
            found=str(NOTEBOOKS),
            remedy="name the notebooks",
        )
    with open_workspace(home_of(context, home)) as workspace:
        root, speech = workspace.home.root, lang or workspace.settings.lang
    folder, pages = season_folder(root, year), []
    with progress("notebooks", len(chosen)) as step:
        for path in chosen:
            for name, data in run_notebook(path, root, year=year, lang=speech).items():
                write_atomic(folder / name, data)
                pages += [folder / name] if name.endswith(".html") else []
            step()
    if json_:
        print_json({"year": year, "pages": pages})
        return
    for page in pages:
        typer.echo(page)
