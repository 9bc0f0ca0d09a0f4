"""Feedback sheets that come back: what each row did is taken, put as a question, or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from jdzfire.board.text import clean
from jdzfire.board.wording import records
from jdzfire.cases import steps
from jdzfire.cases.compare import answer_of, case_at, is_same, is_same_answer
from jdzfire.cases.steps import Case, CaseStep, Findings
from jdzfire.errors import JdzfireError, NotFound
from jdzfire.feeds.feedback_sheet import FeedbackRow
from jdzfire.queries.desk import case_place
from jdzfire.schemas import CATEGORY_ZH, ENDED_STATUSES
from jdzfire.store.raw import keep_raw
from jdzfire.store.registers import load_register
from jdzfire.workspace import ReadFile, Workspace

KIND = "feedback"
OUTCOME_COLUMNS = ("line", "case_id", "state", "steps", "why_zh", "why_en")
_STEP_ZH = {
    "dispatch": "派遣",
    "arrive": "到场",
    "answer": "反馈",
    "review_county": "县级审核",
    "review_city": "市级审核",
    "send_back": "退回",
    "close": "结案",
}


class _Conflict(Exception):
    """What the sheet says and what the case holds, in Chinese and in English."""


@dataclass(frozen=True)
class _Sender:
    """Who takes a sheet in, when, and as what."""

    who: str
    at: datetime
    role: str
    needs: steps.Review
    teams: dict[str, str]
    """Ways to write a team -> its id."""
    holds: Callable[[str | None, str | None], bool] | None


@dataclass(frozen=True)
class _Wish:
    """A step that a row asks for."""

    action: str
    step: CaseStep
    team_id: str | None = None


def take_feedback(
    workspace: Workspace,
    raw: bytes,
    *,
    source_name: str,
    who: str,
    at: datetime,
    role: str = "admin",
    holds: Callable[[str | None, str | None], bool] | None = None,
    read: ReadFile | None = None,
) -> pd.DataFrame:
    """Take what a sheet says.

    What was changed in a row is found by comparing it with the case as it was when the sheet was
    made (its version). A change is *accepted* when nobody changed the same thing since; *already*
    there when the case holds it; a *conflict* when somebody changed it otherwise, which changes
    nothing and shows both; *refused* when it cannot be read, the case is in no state for it, or the
    role may not. A row is taken whole or not at all; one without a change is *blank*. The same
    sheet again changes nothing. The file is kept.

    Parameters
    ----------
    workspace : Workspace
        Opened for writing.
    raw : bytes
    source_name : str
    who : str
        Who takes it in; rows may name who answered and who reviewed.
    at : datetime, aware
    role : str
        Of ``cases.steps.ROLES``: what the sender may do.
    holds : callable, optional
        Of county and township: whether a case is the sender's; others are refused as unknown.
    read : callable, optional
        What reads files from outside; default is the workspace's reader process.

    Returns
    -------
    DataFrame [OUTCOME_COLUMNS], a row a line
    """
    sheet = (read or workspace.reader.read)("read_feedback", raw, source_name=source_name)
    sha256 = keep_raw(workspace.home, raw)
    rules = workspace.settings.cases
    sender = _Sender(who, at, role, rules.review, _team_names(workspace), holds)
    told = [_take(workspace, row, sender) for row in sheet.rows]
    told += [
        _told(one.line, one.case_id, "refused", [], one.why_zh, one.why_en) for one in sheet.refused
    ]
    table = pd.DataFrame(told, columns=list(OUTCOME_COLUMNS)).sort_values("line", ignore_index=True)
    good = int(table["state"].isin(["accepted", "already", "blank"]).sum())
    workspace.ledger.record_input(sha256, KIND, source_name, at, good, len(table) - good, "done")
    return table


def _team_names(workspace: Workspace) -> dict[str, str]:
    teams = load_register(workspace.home, "teams")
    pairs = list(zip(teams["team_id"].astype(str), teams["name"].fillna(""), strict=True))
    names = [name for _, name in pairs]
    known = {name: team_id for team_id, name in pairs if name and names.count(name) == 1}
    known |= {clean(f"{team_id} {name}".strip()): team_id for team_id, name in pairs}
    return known | {team_id: team_id for team_id, _ in pairs}


def _take(workspace: Workspace, row: FeedbackRow, sender: _Sender) -> dict[str, Any]:
    """One row, in one transaction: what the case holds is read and changed under one lock."""
    ledger = workspace.ledger
    taken: list[str] = []
    is_there = False
    try:
        with ledger.together():
            _see(workspace, row.case_id, sender)
            log = ledger.load_case_log(row.case_id)
            base = case_at(records(log), row.version)
            if base is None:
                raise NotFound("the case never had this version", found=str(row.version))
            case = ledger.load_case(row.case_id)
            for wish in _wanted(row, base, sender):
                if _is_done(wish, case, row):
                    is_there = True
                    continue
                _see_conflict(wish.action, case, base, row)
                steps.check_role(sender.role, wish.action)
                case = ledger.change_case(row.case_id, wish.step)
                taken.append(wish.action)
    except _Conflict as both:
        return _told(row.line, row.case_id, "conflict", [], *both.args)
    except JdzfireError as error:
        return _told(row.line, row.case_id, "refused", [], str(error), str(error))
    if taken:
        zh = "、".join(_STEP_ZH[action] for action in taken)
        return _told(row.line, row.case_id, "accepted", taken, f"已录入：{zh}", "taken")
    if is_there:
        return _told(row.line, row.case_id, "already", [], "已有相同内容", "the case holds it")
    return _told(row.line, row.case_id, "blank", [], "未填写", "nothing was filled in")


def _see(workspace: Workspace, case_id: str, sender: _Sender) -> None:
    """Refuse a case that is not the sender's as if it were not there."""
    if sender.holds is not None:
        _, county, township = case_place(workspace, case_id)
        if not sender.holds(county, township):
            raise NotFound("no such case", found=repr(case_id[:80]))


def _wanted(row: FeedbackRow, base: Case, sender: _Sender) -> Iterator[_Wish]:
    """The steps a row asks for: what differs from the case as the sheet showed it, in order."""
    at, who = sender.at, sender.who
    if row.team is not None:
        team = _team(row.team, sender)
        if team != base.get("team_id"):
            when = _not_after(row.dispatched_at, at)
            yield _Wish("dispatch", steps.dispatch(team, who=who, at=when), team)
    if row.arrived_at is not None and not is_same(row.arrived_at, base.get("arrived_at")):
        yield _Wish("arrive", steps.arrive(who=who, at=_not_after(row.arrived_at, at)))
    given = _answer(row)
    if row.category is not None and not is_same_answer(given, answer_of(base)):
        found = Findings(**{name: value for name, value in given.items() if name != "category"})
        when, by = _not_after(row.checked_at, at), row.answered_by or who
        step = steps.answer(row.category, who=by, at=when, found=found, remark=row.remark)
        yield _Wish("answer", step)
    yield from _reviews(row, sender)


def _reviews(row: FeedbackRow, sender: _Sender) -> Iterator[_Wish]:
    """Reviews and the closing that a row asks for."""
    levels = (
        ("county", row.county_review, row.county_reviewer),
        ("city", row.city_review, row.city_reviewer),
    )
    for level, is_taken, by in levels:
        who = by or sender.who
        if is_taken is True and level == "county":
            yield _Wish("review_county", steps.review("county", who=who, at=sender.at))
        elif is_taken is True:
            yield _Wish("review_city", steps.review("city", who=who, at=sender.at))
        elif is_taken is False:
            why = row.remark or "退回"
            yield _Wish("send_back", steps.send_back(why, who=who, at=sender.at))
            return
    if row.close:
        step = steps.close(who=sender.who, at=sender.at, needs=sender.needs)
        yield _Wish("close", step)


def _answer(row: FeedbackRow) -> dict[str, Any]:
    return answer_of(asdict(row))


def _team(text: str, sender: _Sender) -> str:
    known = sender.teams.get(text) or sender.teams.get(text.split()[0])
    if known is None:
        raise NotFound("no such team", found=repr(text[:80]), remedy="choose one from the list")
    return known


def _not_after(moment: datetime | None, now: datetime) -> datetime:
    """A time as stated, but none of the future."""
    return now if moment is None else min(moment, now)


def _is_done(wish: _Wish, case: Case, row: FeedbackRow) -> bool:
    """Whether the case holds what a step would bring."""
    states = {
        "review_county": ("county_reviewed", "city_reviewed", "closed"),
        "review_city": ("city_reviewed", "closed"),
        "close": ENDED_STATUSES,
    }
    if wish.action in states:
        return case["status"] in states[wish.action]
    if wish.action == "dispatch":
        return bool(case["team_id"] == wish.team_id)
    if wish.action == "arrive":
        return case["arrived_at"] is not None
    return wish.action == "answer" and is_same_answer(_answer(row), answer_of(case))


def _see_conflict(action: str, case: Case, base: Case, row: FeedbackRow) -> None:
    """Raise when somebody changed the same thing since the sheet was made."""
    is_answered_since = not is_same_answer(answer_of(case), answer_of(base))
    if action == "dispatch" and case["team_id"] != base.get("team_id"):
        raise _Conflict(
            f"表中派“{row.team}”，系统中已派“{case['team_id']}”",
            f"the sheet sends {row.team!r}, the case has {case['team_id']!r}",
        )
    if action == "answer" and (is_answered_since or case["status"] in ENDED_STATUSES):
        held = str(case["category"])
        raise _Conflict(
            f"表中“{CATEGORY_ZH[str(row.category)]}”，系统中“{CATEGORY_ZH.get(held, '未反馈')}”",
            f"the sheet says {row.category}, the case {held}",
        )
    looked_at = answer_of(base) if row.category is None else _answer(row)
    is_another = not is_same_answer(answer_of(case), looked_at)
    if action in ("review_county", "review_city", "send_back", "close") and is_another:
        held = CATEGORY_ZH.get(str(case["category"]), "未反馈")
        raise _Conflict(
            f"审核的不是系统中现有的反馈“{held}”",
            f"the answer reviewed is not the one the case holds, {case['category']}",
        )


def _told(
    line: int, case_id: str, state: str, taken: list[str], zh: str, en: str
) -> dict[str, Any]:
    return {
        "line": line,
        "case_id": case_id,
        "state": state,
        "steps": " ".join(taken),
        "why_zh": zh,
        "why_en": en,
    }
