"""Commands on the log of cases, on feedback sheets, and on what is overdue."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jdzfire.cli.case import WhoOption, app, name_of_user
from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    LangOption,
    NowOption,
    home_of,
    parse_time,
    print_json,
    records,
)


@app.command()
def verify(
    context: typer.Context,
    expect: Annotated[
        str | None, typer.Option("--expect", metavar="HASH", help="Last hash noted before.")
    ] = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Hold every line of the case log against the chain of hashes."""
    from jdzfire.errors import DamagedStore
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        state = workspace.ledger.check_case_log()
        heads = set(workspace.ledger.load_case_log()["chain"])
    if not state.is_whole:
        raise DamagedStore(
            "the case log was changed",
            expected=f"line {state.broken_at} to follow from the lines before it",
            found="another hash",
            remedy="take the ledger from a backup, and find out who wrote to it",
        )
    if expect is not None and expect not in heads:
        raise DamagedStore(
            "the case log has lost lines, or is another one",
            expected=f"a line with the hash {expect[:80]}",
            found=f"{state.lines} lines, the last {state.head}",
            remedy="take the ledger from a backup",
        )
    if json_:
        print_json({"lines": state.lines, "head": state.head})
        return
    typer.echo(f"{state.lines} lines, whole; last hash {state.head}")


@app.command()
def sheet(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="NAME.xlsx to write.")],
    county: Annotated[str | None, typer.Option("--county", help="Of one county only.")] = None,
    now: NowOption = None,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """Write the feedback sheet (热点核查反馈表) of the cases that have not ended."""
    from jdzfire.board.labels import check_lang
    from jdzfire.cli.output import keep_file
    from jdzfire.queries.feedback import feedback_sheet
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        chosen = check_lang(lang or workspace.settings.lang)
        data, rows = feedback_sheet(workspace, at=parse_time(now), county=county, lang=chosen)
    keep_file(out, data, {"cases": rows, "county": county}, as_json=json_)


@app.command()
def take(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The sheet, filled in.")],
    who: WhoOption = None,
    role: Annotated[
        str, typer.Option("--as", metavar="ROLE", help="township, county, city or admin.")
    ] = "admin",
    now: NowOption = None,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """Take a feedback sheet, row by row: accepted, already there, conflict or refused."""
    from jdzfire.cases.steps import ROLES
    from jdzfire.errors import InputError, UsageError
    from jdzfire.pipeline.feedback import take_feedback
    from jdzfire.workspace import open_workspace

    if role not in ROLES:
        raise UsageError("no such role", expected=", ".join(ROLES), found=role[:40])
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"{file.name} cannot be read", found=str(error.strerror), remedy="check the path"
        ) from error
    with open_workspace(home_of(context, home), writing=True) as workspace:
        table = take_feedback(
            workspace,
            raw,
            source_name=file.name,
            who=name_of_user(who),
            at=parse_time(now),
            role=role,
        )
        lang = lang or workspace.settings.lang
    if json_:
        print_json(records(table))
    else:
        for row in records(table):
            why = row["why_zh" if lang == "zh" else "why_en"]
            typer.echo(f"{row['line']:>4} {row['case_id']} {row['state']}: {why}")
    if table["state"].isin(["conflict", "refused"]).any():
        raise typer.Exit(4)


@app.command()
def tally(
    context: typer.Context,
    form: Annotated[
        str, typer.Option("--form", help="Form of the setting category_forms.")
    ] = "national",
    since: Annotated[
        str | None, typer.Option("--since", metavar="ISO-TIME", help="Opened from; else ever.")
    ] = None,
    now: NowOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Count answers under the words of a form that is sent upwards."""
    from jdzfire.queries.feedback import tally_answers
    from jdzfire.workspace import open_workspace

    begin = parse_time(since or "2000-01-01T00:00Z")
    with open_workspace(home_of(context, home)) as workspace:
        table = tally_answers(workspace, form, since=begin, until=parse_time(now))
    if json_:
        print_json(records(table))
        return
    for row in records(table):
        typer.echo(f"{row['word']}  {row['count']}  {row['affected_forest_ha']:.2f} ha")


@app.command()
def overdue(
    context: typer.Context,
    now: NowOption = None,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """List cases that are late, by county, the latest first, and the level to be told by now."""
    from jdzfire.queries.feedback import late_cases
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        table = late_cases(workspace, at=parse_time(now))
        lang = lang or workspace.settings.lang
    if json_:
        print_json(records(table))
        return
    for row in records(table):
        due = {"answer": "首次反馈", "result": "结果"}[row["due"]] if lang == "zh" else row["due"]
        late = f"{row['late_min']:.0f} min"
        typer.echo(f"{row['county'] or '-'}  {row['case_id']}  {due}  {late}  {row['level']}")
    if table.empty:
        typer.echo("没有超时案件" if lang == "zh" else "no case is late")
