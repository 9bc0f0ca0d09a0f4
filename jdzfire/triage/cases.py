"""Which events need the duty room, when a case is opened, and when it is opened again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import geopandas as gpd
import pandas as pd

from jdzfire.schemas import CASES, empty_table, validate

__all__ = [
    "CaseRules",
    "asks_for_people",
    "case_of",
    "cases_to_hand_over",
    "cases_to_open",
    "cases_to_reopen",
    "needs_duty",
]

ASKING_VERDICTS = ("unresolved", "permit_violation")
"""Verdicts that ask for a person."""


def asks_for_people(verdicts: pd.DataFrame) -> pd.Series:
    """Whether people must look at each event: unresolved, a violation, or only provisional.

    Parameters
    ----------
    verdicts : DataFrame [VERDICTS], n rows

    Returns
    -------
    Series of bool, n, index kept
    """
    asks: pd.Series = verdicts["verdict"].isin(ASKING_VERDICTS) | verdicts["is_provisional"]
    return asks


@dataclass(frozen=True)
class CaseRules:
    """Deadlines of a case; widespread practice, no source found, so they are settings [K]."""

    answer_min: float = 60.0
    """Minutes from opening to the first answer."""
    result_min: float = 120.0
    """Minutes from opening to the result."""


def needs_duty(verdicts: pd.DataFrame, cases: pd.DataFrame) -> pd.Series:
    """Whether each event is still to be dealt with by the duty room.

    An event asks for a person when it is unresolved, a violation, or explained only
    provisionally, and goes on doing so until its case is closed or, without a case, its
    explanation is confirmed. A case that was opened stays in sight even if its event was explained
    later: only people close it.

    Parameters
    ----------
    verdicts : DataFrame [VERDICTS], n rows
    cases : DataFrame [CASES]

    Returns
    -------
    Series of bool, n rows, index kept
    """
    status = cases.set_index("event_id")["status"].reindex(verdicts["event_id"])
    status = status.set_axis(verdicts.index)
    asks = asks_for_people(verdicts)
    has_open_case = status.notna() & (status != "closed")
    needed: pd.Series = has_open_case | (asks & status.isna())
    return needed


def cases_to_open(
    verdicts: pd.DataFrame, cases: pd.DataFrame, *, at: datetime, rules: CaseRules | None = None
) -> pd.DataFrame:
    """New cases for events that ask for a person and have none.

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
    asks = asks_for_people(verdicts)
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
            "status": "open",
            "category": None,
            "team_id": None,
            "affected_forest_ha": float("nan"),
            "opened_at": opened_at,
            "answer_due_at": opened_at + pd.Timedelta(minutes=rules.answer_min),
            "result_due_at": opened_at + pd.Timedelta(minutes=rules.result_min),
            "dispatched_at": pd.NaT,
            "answered_at": pd.NaT,
            "closed_at": pd.NaT,
        }
    )
    return validate(table, CASES)


def cases_to_hand_over(cases: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Cases not closed yet whose event was merged, with the event that has it now.

    The work goes on under the heir: whoever calls this must see to it that the heir has an open
    case, or a merge would silence what nobody has answered.

    Parameters
    ----------
    cases : DataFrame [CASES]
    events : DataFrame [EVENTS]

    Returns
    -------
    DataFrame, sorted by case_id
        ``case_id``, ``event_id``, ``heir``: the event at the end of the chain of merges.
    """
    into = events.set_index("event_id")["merged_into"].dropna().to_dict()
    waiting = cases[(cases["status"] != "closed") & cases["event_id"].isin(list(into))]
    heirs = []
    for event_id in waiting["event_id"]:
        heir = event_id
        while heir in into:
            heir = into[heir]
        heirs.append(heir)
    table = waiting[["case_id", "event_id"]].assign(heir=pd.Series(heirs, waiting.index, "str"))
    return table.sort_values("case_id").reset_index(drop=True)


def cases_to_reopen(
    cases: pd.DataFrame, events: gpd.GeoDataFrame, verdicts: pd.DataFrame
) -> pd.DataFrame:
    """Closed cases whose event was seen again afterwards and still asks for a person.

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
    asking = verdicts.loc[asks_for_people(verdicts), "event_id"]
    is_back = (
        (cases["status"] == "closed")
        & cases["event_id"].isin(asking)
        & (last_seen.set_axis(cases.index) > cases["closed_at"])
    )
    back: pd.DataFrame = cases[is_back]
    return back
