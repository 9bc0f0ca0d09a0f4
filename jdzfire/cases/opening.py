"""Which cases a cycle opens, reopens and hands over, and their deadlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import geopandas as gpd
import pandas as pd

from jdzfire.cases.steps import (
    PROGRAM,
    Case,
    CaseChange,
    CaseStep,
    Review,
    merge,
    open_case,
    reopen,
)
from jdzfire.schemas import CASES, ENDED_STATUSES, empty_table, validate
from jdzfire.triage.duty import needs_answer

_TIMES = ("dispatched_at", "arrived_at", "answered_at", "out_at", "closed_at")


@dataclass(frozen=True)
class CaseRules:
    """Deadlines of a case; widespread practice, no source found, so they are settings [K]."""

    answer_min: float = 60.0
    """Minutes from opening to the first answer."""
    result_min: float = 120.0
    """Minutes from opening to the result."""
    review: Review = "city"
    """Review a case needs before it may be closed: none, county, city. Answers go from the county
    to the city [V, field notes section 3]."""
    escalate_min: tuple[float, ...] = (0.0, 30.0, 60.0)
    """Minutes after a deadline at which the next level is told: the officer on duty, the county's
    leader, the city's [K]."""


def cases_to_open(
    verdicts: pd.DataFrame, cases: pd.DataFrame, *, at: datetime, rules: CaseRules | None = None
) -> pd.DataFrame:
    """New cases for events that ask for an answer and have none.

    Parameters
    ----------
    verdicts : DataFrame [VERDICTS]
    cases : DataFrame [CASES]
    at : datetime
        When they are opened.
    rules : CaseRules, optional

    Returns
    -------
    DataFrame [CASES], sorted by event_id
    """
    asks = needs_answer(verdicts)
    fresh = verdicts[asks & ~verdicts["event_id"].isin(cases["event_id"])]
    return case_of(sorted(fresh["event_id"]), at=at, rules=rules)


def case_of(
    event_ids: Sequence[str], *, at: datetime, rules: CaseRules | None = None
) -> pd.DataFrame:
    """New open cases of these events, in their order.

    Parameters
    ----------
    event_ids : sequence of str, n
    at : datetime
        When they are opened.
    rules : CaseRules, optional

    Returns
    -------
    DataFrame [CASES], n rows

    Examples
    --------
    >>> from datetime import UTC
    >>> case_of(["JDZ-20240404-003"], at=datetime(2024, 4, 4, tzinfo=UTC))["case_id"][0]
    'CASE-20240404-003'
    """
    rules = rules or CaseRules()
    if not event_ids:
        none: pd.DataFrame = empty_table(CASES)
        return none
    ids = pd.Series(event_ids, dtype="str")
    opened_at = pd.Timestamp(at)
    table = pd.DataFrame(
        {
            "case_id": "CASE-" + ids.str.split("-", n=1).str[1],
            "event_id": ids,
            "version": 1,
            "status": "open",
            "category": None,
            "team_id": None,
            **dict.fromkeys(("affected_forest_ha", "burned_ha"), float("nan")),
            "cause": None,
            **dict.fromkeys(("people", "dead", "injured"), float("nan")),
            "held_by": None,
            "opened_at": opened_at,
            "answer_due_at": opened_at + pd.Timedelta(minutes=rules.answer_min),
            "result_due_at": opened_at + pd.Timedelta(minutes=rules.result_min),
            **dict.fromkeys(_TIMES, pd.NaT),
        }
    )
    return validate(table, CASES)


def cases_to_hand_over(cases: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Cases not closed yet whose event was merged, with the event that has it now.

    The work goes on under the successor: the caller must ensure that the successor has an open
    case, or a merge would silence what nobody has answered.

    Parameters
    ----------
    cases : DataFrame [CASES]
    events : DataFrame [EVENTS]

    Returns
    -------
    DataFrame, sorted by case_id
        ``case_id``, ``event_id``, ``successor``: the event at the end of the chain of merges.
    """
    into = events.set_index("event_id")["merged_into"].dropna().to_dict()
    waiting = cases[~cases["status"].isin(ENDED_STATUSES) & cases["event_id"].isin(list(into))]
    successors = []
    for event_id in waiting["event_id"]:
        successor = event_id
        while successor in into:
            successor = into[successor]
        successors.append(successor)
    table = waiting[["case_id", "event_id"]].assign(
        successor=pd.Series(successors, waiting.index, "str")
    )
    return table.sort_values("case_id").reset_index(drop=True)


def cases_to_reopen(
    cases: pd.DataFrame, events: gpd.GeoDataFrame, verdicts: pd.DataFrame
) -> pd.DataFrame:
    """Ended cases whose event was seen again afterwards and still asks for an answer.

    Parameters
    ----------
    cases : DataFrame [CASES]
    events : GeoDataFrame [EVENTS]
    verdicts : DataFrame [VERDICTS]
        Judged on the hotspots after closing.

    Returns
    -------
    DataFrame [CASES], rows of ``cases``, order kept
    """
    last_seen = events.set_index("event_id")["last_seen_at"].reindex(cases["event_id"])
    asking = verdicts.loc[needs_answer(verdicts), "event_id"]
    is_back = (
        cases["status"].isin(ENDED_STATUSES)
        & cases["event_id"].isin(asking)
        & (last_seen.set_axis(cases.index) > cases["closed_at"])
    )
    back: pd.DataFrame = cases[is_back]
    return back


def advance_cases(
    cases: pd.DataFrame,
    events: gpd.GeoDataFrame,
    verdicts: pd.DataFrame,
    *,
    at: datetime,
    rules: CaseRules | None = None,
) -> list[CaseChange]:
    """The steps the program takes after a round of triage, in the order they are to be logged.

    New cases are opened first. Closed ones whose event was seen again are reopened. The work on
    merged events is handed over: their successors get an open case, then their own are closed.

    Parameters
    ----------
    cases : DataFrame [CASES]
        Before the round.
    events : GeoDataFrame [EVENTS]
        After the round, merged ones included.
    verdicts : DataFrame [VERDICTS]
        After the round.
    at : datetime, aware
    rules : CaseRules, optional

    Returns
    -------
    list of CaseChange
    """
    rules = rules or CaseRules()
    now = {str(row["case_id"]): row for row in _rows(cases)}
    changes: list[CaseChange] = []

    def take(change: CaseChange) -> None:
        now[change.after["case_id"]] = dict(change.after)
        changes.append(change)

    for row in _rows(cases_to_open(verdicts, cases, at=at, rules=rules)):
        take(open_case(row))
    for case_id in cases_to_reopen(cases, events, verdicts)["case_id"]:
        take(_reopened("seen again after it was closed", at, rules)(now[case_id]))
    held = validate(pd.DataFrame(list(now.values())), CASES) if now else cases
    waiting = cases_to_hand_over(held, events)
    of_event = {str(row["event_id"]): row["case_id"] for row in now.values()}
    for successor in sorted(set(waiting["successor"])):
        if successor not in of_event:
            (row,) = _rows(case_of([successor], at=at, rules=rules))
            take(open_case(row))
        elif now[of_event[successor]]["status"] in ENDED_STATUSES:
            step = _reopened("an unanswered event joined it", at, rules)
            take(step(now[of_event[successor]]))
    for case_id, successor in zip(waiting["case_id"], waiting["successor"], strict=True):
        take(merge(successor, at=at)(now[case_id]))
    return changes


def _reopened(why: str, at: datetime, rules: CaseRules) -> CaseStep:
    return reopen(
        who=PROGRAM,
        at=at,
        remark=why,
        answer_due_at=at + timedelta(minutes=rules.answer_min),
        result_due_at=at + timedelta(minutes=rules.result_min),
    )


def _rows(cases: pd.DataFrame) -> list[Case]:
    """Rows as plain values: times as aware datetimes, missing as None."""
    return [{name: _plain(value) for name, value in row.items()} for row in _records(cases)]


def _records(cases: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in cases.to_dict("records")]


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value


def closed_at_by_event(cases: pd.DataFrame, log: pd.DataFrame) -> pd.Series:
    """When the case of each event was last closed, or cancelled, by duty staff.

    Parameters
    ----------
    cases : DataFrame [CASES]
    log : DataFrame [CASE_LOG]

    Returns
    -------
    Series of times, index event_id
    """
    closed = log[log["action"].isin(["close", "cancel"])].groupby("case_id")["at"].max()
    event_of = cases.set_index("case_id")["event_id"]
    times: pd.Series = closed.set_axis(event_of.reindex(closed.index).to_numpy())
    return times
