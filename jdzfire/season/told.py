"""One row a case with all that statistics ask of it: when, where, what it was, how answered."""

from __future__ import annotations

import pandas as pd

from jdzfire.season.statistics import date_cases, is_fire, is_handled

TOLD_COLUMNS = (
    "case_id",
    "event_id",
    "seen_at",
    "county",
    "township",
    "lon",
    "lat",
    "satellites",
    "verdict",
    "category",
    "is_fire",
    "is_handled",
    "affected_forest_ha",
    "cause",
    "dead",
    "injured",
    "opened_at",
    "dispatched_at",
    "arrived_at",
    "answered_at",
    "closed_at",
)


def tell_cases(
    cases: pd.DataFrame,
    events: pd.DataFrame,
    verdicts: pd.DataFrame,
    case_log: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Cases with their events and first answers.

    Parameters
    ----------
    cases : DataFrame [CASES], events : DataFrame [EVENTS], verdicts : DataFrame [VERDICTS]
    case_log : DataFrame [CASE_LOG], optional
        ``answered_at`` is then the first answer of the log, and ``arrived_at`` the first arrival.

    Returns
    -------
    DataFrame [TOLD_COLUMNS], by first sight
        ``seen_at`` is the first observation of the event [UTC], the opening when it is not known.
        No name, no phone, no remark.
    """
    told = date_cases(cases, events)
    told = told.assign(is_fire=is_fire(told), is_handled=is_handled(told))
    place = events.set_index("event_id")[["lon", "lat", "satellites"]]
    judged = verdicts.set_index("event_id")[["county", "township", "verdict"]]
    told = told.join(place, on="event_id").join(judged, on="event_id")
    for action, column in (("answer", "answered_at"), ("arrive", "arrived_at")):
        told[column] = _first(told, case_log, action, column)
    return told[list(TOLD_COLUMNS)].sort_values(["seen_at", "case_id"], ignore_index=True)


def _first(
    told: pd.DataFrame, case_log: pd.DataFrame | None, action: str, column: str
) -> pd.Series:
    none = pd.Series(pd.NaT, told.index).dt.as_unit("us").dt.tz_localize("UTC")
    held: pd.Series = told.get(column, none)
    if case_log is None or case_log.empty:
        return held
    first = case_log.loc[case_log["action"] == action].groupby("case_id")["at"].min()
    logged: pd.Series = first.reindex(told["case_id"]).set_axis(told.index)
    return logged.fillna(held)
