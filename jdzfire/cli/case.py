"""Commands by which duty staff work on cases."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jdzfire.cli.output import (
    HomeOption,
    JsonOption,
    LangOption,
    beijing,
    home_of,
    parse_time,
    print_json,
    records,
)
from jdzfire.errors import NotFound

if TYPE_CHECKING:
    from jdzfire.cases.steps import CaseStep

app = typer.Typer(no_args_is_help=True, help="The duty room's work on events.")

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="For example CASE-20240404-003.")]
WhoOption = Annotated[str | None, typer.Option("--who", help="Who does it; default: the user.")]
RemarkOption = Annotated[str | None, typer.Option("--remark", help="Free text for the log.")]
AtOption = Annotated[str | None, typer.Option("--now", metavar="ISO-TIME", help="When; now.")]


@app.command("list")
def list_cases(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """List cases, the one due first on top."""
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        cases = workspace.ledger.load_cases()
        lang = lang or workspace.settings.lang
    if not everything:
        cases = cases[cases["status"] != "closed"]
    rows = records(cases.sort_values(["answer_due_at", "case_id"]))
    if json_:
        print_json(rows)
        return
    for row in rows:
        typer.echo(_line(row, lang))
    if not rows:
        typer.echo("没有未结案件" if lang == "zh" else "no open case")


@app.command("show")
def show_case(
    context: typer.Context,
    case_id: CaseArgument,
    home: HomeOption = None,
    lang: LangOption = None,
    json_: JsonOption = False,
) -> None:
    """Show one case and its log."""
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        cases = workspace.ledger.load_cases()
        log = records(workspace.ledger.load_case_log(case_id))
        lang = lang or workspace.settings.lang
    found = records(cases[cases["case_id"] == case_id])
    if not found:
        raise NotFound(f"no case {case_id!r}", remedy="see jdzfire case list --all")
    if json_:
        print_json({"case": found[0], "log": log})
        return
    typer.echo(_line(found[0], lang))
    for line in log:
        typer.echo(f"  {beijing(line['at'])} {line['action']} {line['after']}")


@app.command()
def dispatch(
    context: typer.Context,
    case_id: CaseArgument,
    team: Annotated[str, typer.Option("--team", help="Id of the team sent.")],
    who: WhoOption = None,
    remark: RemarkOption = None,
    now: AtOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Send a team."""
    from jdzfire.cases import steps
    from jdzfire.store.registers import load_register
    from jdzfire.workspace import open_workspace

    step = steps.dispatch(team, who=_who(who), at=parse_time(now), remark=remark)
    with open_workspace(home_of(context, home), writing=True) as workspace:
        if team not in set(load_register(workspace.home, "teams")["team_id"]):
            raise NotFound(f"no team {team!r}", remedy="register teams, or use a registered id")
        row = workspace.ledger.change_case(case_id, step)
    _print(row, as_json=json_)


@app.command()
def answer(
    context: typer.Context,
    case_id: CaseArgument,
    category: Annotated[str, typer.Option("--category", help="Answer from the field.")],
    affected_ha: Annotated[
        float | None, typer.Option("--affected-ha", help="Affected forest area, hectares.")
    ] = None,
    who: WhoOption = None,
    remark: RemarkOption = None,
    now: AtOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Write the field's answer down.

    Categories: forest_fire permit_violation prescribed_burn farm_fire straw_burning
    grassland_fire building_fire heat_source border_fire other_fire no_fire not_found
    """
    from jdzfire.cases import steps

    step = steps.answer(
        category,
        who=_who(who),
        at=parse_time(now),
        affected_forest_ha=affected_ha,
        remark=remark,
    )
    _take(step, case_id, home_of(context, home), as_json=json_)


@app.command()
def close(
    context: typer.Context,
    case_id: CaseArgument,
    who: WhoOption = None,
    remark: RemarkOption = None,
    now: AtOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Close an answered case."""
    from jdzfire.cases import steps

    step = steps.close(who=_who(who), at=parse_time(now), remark=remark)
    _take(step, case_id, home_of(context, home), as_json=json_)


@app.command()
def reopen(
    context: typer.Context,
    case_id: CaseArgument,
    who: WhoOption = None,
    remark: RemarkOption = None,
    now: AtOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Open a closed case again."""
    from jdzfire.cases import steps

    step = steps.reopen(who=_who(who), at=parse_time(now), remark=remark)
    _take(step, case_id, home_of(context, home), as_json=json_)


def _who(who: str | None) -> str:
    return who or getpass.getuser()


def _take(step: CaseStep, case_id: str, home: Path | None, *, as_json: bool) -> None:
    """Take a step on a case and print the case after it."""
    from jdzfire.workspace import open_workspace

    with open_workspace(home, writing=True) as workspace:
        row = workspace.ledger.change_case(case_id, step)
    _print(row, as_json=as_json)


def _print(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(row)
    else:
        typer.echo(f"{row['case_id']}: {row['status']}")


def _line(row: dict[str, Any], lang: str) -> str:
    from jdzfire.schemas import CASE_STATUS_ZH, CATEGORY_ZH

    status, category = row["status"], row["category"] or ""
    if lang == "zh":
        status, category = CASE_STATUS_ZH[status], CATEGORY_ZH.get(category, "")
    due = beijing(row["answer_due_at"])
    return f"{row['case_id']}  {row['event_id']}  {status}  {category}  {due}"
