"""Commands by which duty staff work on cases."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

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
from jdzfire.errors import NotFound, UsageError

if TYPE_CHECKING:
    from jdzfire.cases.steps import CaseStep

app = typer.Typer(no_args_is_help=True, help="The duty room's work on events.")

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="For example CASE-20240404-003.")]
WhoOption = Annotated[str | None, typer.Option("--who", help="Who does it; default: the user.")]
RemarkOption = Annotated[str | None, typer.Option("--remark", help="Free text for the log.")]
ReasonOption = Annotated[str, typer.Option("--remark", help="The reason, for the log.")]
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
    from jdzfire.schemas import ENDED_STATUSES
    from jdzfire.workspace import open_workspace

    with open_workspace(home_of(context, home)) as workspace:
        cases = workspace.ledger.load_cases()
        lang = lang or workspace.settings.lang
    if not everything:
        cases = cases[~cases["status"].isin(ENDED_STATUSES)]
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
def acknowledge(
    context: typer.Context,
    case_id: CaseArgument,
    who: WhoOption = None,
    remark: RemarkOption = None,
    now: AtOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Note that somebody knows of a case: alerts that nobody has heard end."""
    from jdzfire.cases import steps

    step = steps.acknowledge(who=name_of_user(who), at=parse_time(now), remark=remark)
    _take(step, case_id, home_of(context, home), as_json=json_)


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

    step = steps.dispatch(team, who=name_of_user(who), at=parse_time(now), remark=remark)
    with open_workspace(home_of(context, home), writing=True) as workspace:
        if team not in set(load_register(workspace.home, "teams")["team_id"]):
            raise NotFound(f"no team {team!r}", remedy="register teams, or use a registered id")
        row = workspace.ledger.change_case(case_id, step)
    _print(row, as_json=json_)


@app.command()
def arrive(
    context: typer.Context,
    case_id: CaseArgument,
    who: WhoOption = None,
    remark: RemarkOption = None,
    now: AtOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Note that somebody is on the scene."""
    from jdzfire.cases import steps

    step = steps.arrive(who=name_of_user(who), at=parse_time(now), remark=remark)
    _take(step, case_id, home_of(context, home), as_json=json_)


@app.command()
def answer(
    context: typer.Context,
    case_id: CaseArgument,
    category: Annotated[str, typer.Option("--category", help="Answer from the field.")],
    affected_ha: Annotated[
        float | None, typer.Option("--affected-ha", help="Affected forest area, hectares.")
    ] = None,
    burned_ha: Annotated[
        float | None, typer.Option("--burned-ha", help="Burned area of any kind, hectares.")
    ] = None,
    cause: Annotated[str | None, typer.Option("--cause", help="What lit it.")] = None,
    people: Annotated[float | None, typer.Option("--people", help="People sent.")] = None,
    dead: Annotated[float | None, typer.Option("--dead", help="People who died.")] = None,
    injured: Annotated[float | None, typer.Option("--injured", help="People badly hurt.")] = None,
    out_at: Annotated[
        str | None, typer.Option("--out-at", metavar="ISO-TIME", help="When it was out.")
    ] = None,
    who: WhoOption = None,
    remark: RemarkOption = None,
    now: AtOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Write the field's answer down; it takes the place of the one before.

    Categories: forest_fire permit_violation prescribed_burn farm_fire straw_burning
    grassland_fire building_fire heat_source border_fire other_fire no_fire not_found.
    Causes: hill_burning field_burning straw grave_offerings smoking cooking fireworks
    power_line machinery arson lightning from_outside other unknown.
    """
    from jdzfire.cases import steps

    found = steps.Findings(
        affected_forest_ha=affected_ha,
        burned_ha=burned_ha,
        cause=cause,
        people=people,
        dead=dead,
        injured=injured,
        out_at=None if out_at is None else parse_time(out_at),
    )
    step = steps.answer(
        category, who=name_of_user(who), at=parse_time(now), found=found, remark=remark
    )
    _take(step, case_id, home_of(context, home), as_json=json_)


@app.command()
def review(
    context: typer.Context,
    case_id: CaseArgument,
    level: Annotated[str, typer.Option("--level", help="county or city.")],
    who: WhoOption = None,
    remark: RemarkOption = None,
    now: AtOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Note that the county or the city looked at the answer and takes it."""
    from jdzfire.cases import steps

    if level not in ("county", "city"):
        raise UsageError("no such level of review", expected="county or city", found=level[:40])
    level_: Literal["county", "city"] = "county" if level == "county" else "city"
    step = steps.review(level_, who=name_of_user(who), at=parse_time(now), remark=remark)
    _take(step, case_id, home_of(context, home), as_json=json_)


@app.command("send-back")
def send_back(
    context: typer.Context,
    case_id: CaseArgument,
    remark: ReasonOption,
    who: WhoOption = None,
    now: AtOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Do not take an answer: the case waits again."""
    from jdzfire.cases import steps

    step = steps.send_back(remark, who=name_of_user(who), at=parse_time(now))
    _take(step, case_id, home_of(context, home), as_json=json_)


@app.command("hand-over")
def hand_over(
    context: typer.Context,
    case_id: CaseArgument,
    to: Annotated[str, typer.Option("--to", help="County or office that has it from now on.")],
    who: WhoOption = None,
    remark: RemarkOption = None,
    now: AtOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """Give a case to another county or office."""
    from jdzfire.cases import steps

    step = steps.hand_over(to, who=name_of_user(who), at=parse_time(now), remark=remark)
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
    """Close a case that was answered and reviewed (setting cases.review)."""
    from jdzfire.cases import steps
    from jdzfire.settings import load_settings

    root = home_of(context, home)
    step = steps.close(
        who=name_of_user(who),
        at=parse_time(now),
        remark=remark,
        needs=load_settings(root).cases.review,
    )
    _take(step, case_id, root, as_json=json_)


@app.command()
def cancel(
    context: typer.Context,
    case_id: CaseArgument,
    remark: ReasonOption,
    who: WhoOption = None,
    now: AtOption = None,
    home: HomeOption = None,
    json_: JsonOption = False,
) -> None:
    """End a case that should never have been one."""
    from jdzfire.cases import steps

    step = steps.cancel(remark, who=name_of_user(who), at=parse_time(now))
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
    """Open a closed or cancelled case again."""
    from jdzfire.cases import steps

    step = steps.reopen(who=name_of_user(who), at=parse_time(now), remark=remark)
    _take(step, case_id, home_of(context, home), as_json=json_)


def name_of_user(who: str | None) -> str:
    """Who takes a step: as given, else the user of the system."""
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
