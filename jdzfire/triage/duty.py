"""Which events need the duty room."""

from __future__ import annotations

import pandas as pd

from jdzfire.schemas import ENDED_STATUSES

ASKING_VERDICTS = ("unresolved", "permit_violation")
"""Verdicts that ask for an answer."""


def needs_answer(verdicts: pd.DataFrame) -> pd.Series:
    """Whether duty staff must check each event: unresolved, a violation, or only provisional.

    Parameters
    ----------
    verdicts : DataFrame [VERDICTS], n rows

    Returns
    -------
    Series of bool, n, index kept
    """
    asks: pd.Series = verdicts["verdict"].isin(ASKING_VERDICTS) | verdicts["is_provisional"]
    return asks


def needs_duty(verdicts: pd.DataFrame, cases: pd.DataFrame) -> pd.Series:
    """Whether each event is still to be dealt with by the duty room.

    An event asks for an answer when it is unresolved, a violation, or explained only
    provisionally, and goes on doing so until its case is closed or, without a case, its
    explanation is confirmed. A case that was opened stays in sight even if its event was explained
    later: only duty staff close or cancel it.

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
    asks = needs_answer(verdicts)
    has_open_case = status.notna() & ~status.isin(ENDED_STATUSES)
    needed: pd.Series = has_open_case | (asks & status.isna())
    return needed
