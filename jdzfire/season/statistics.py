"""Counting a season: what happened in a Beijing calendar year, by month, verdict and county.

A case belongs to the year in which its event was first seen, not the one in which somebody
wrote it down: a season replayed years later counts the same. Merged events are not counted,
the event that took them over is.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from jdzfire.schemas import CATEGORY_ZH, FIRE_CATEGORIES, VERDICT_ZH

UNKNOWN_COUNTY = "未知"

FIRE_GRADES = {"一般": 1.0, "较大": 100.0, "重大": 1000.0, "特别重大": float("inf")}
"""Grades of forest fires and where each ends [ha of affected forest, end not included] [V];
deaths and injuries raise the grade too and are not known here."""

GRADES_EN = {"一般": "general", "较大": "large", "重大": "major", "特别重大": "extraordinary"}

_VALID_PERMITS = ("approved", "executed")


@dataclass(frozen=True)
class AnswerTimes:
    """How fast the field answered."""

    count: int
    """Cases with an answer."""
    median_min: float | None
    """Median from opening to the first answer [min]; None without answers."""
    p90_min: float | None
    """90 % of the answers came within [min]; None without answers."""
    in_time_share: float | None
    """Share of the answers by their deadline [0-1]; None without answers."""


def in_beijing_year(times: pd.Series, year: int) -> pd.Series:
    """Which times fall in the calendar year of the Beijing clock; False for null.

    Parameters
    ----------
    times : Series [datetime64, UTC], n
    year : int

    Returns
    -------
    Series of bool, n, same index

    Examples
    --------
    16:00 UTC of 31 December is midnight in Beijing.

    >>> times = pd.Series(pd.to_datetime(["2023-12-31T15:59Z", "2023-12-31T16:00Z"]))
    >>> in_beijing_year(times, 2024).tolist()
    [False, True]
    """
    inside: pd.Series = times.dt.tz_convert("Asia/Shanghai").dt.year.eq(year)
    return inside.fillna(False).astype(bool)


def beijing_month(times: pd.Series) -> pd.Series:
    """Month 1-12 of the Beijing clock, Int64, null for null."""
    month: pd.Series = times.dt.tz_convert("Asia/Shanghai").dt.month
    return month.astype("Int64")


def date_cases(cases: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Cases with ``seen_at``, when the event was first seen; the opening when it is not known."""
    first = events.set_index("event_id")["first_seen_at"]
    seen = first.reindex(cases["event_id"]).set_axis(cases.index)
    return cases.assign(seen_at=seen.fillna(cases["opened_at"]))


def is_handled(cases: pd.DataFrame) -> pd.Series:
    """Cases to which a team was sent (调度处置); an answer by telephone alone does not count."""
    return cases["dispatched_at"].notna()


def is_waiting(cases: pd.DataFrame) -> pd.Series:
    """Cases to which nobody was sent and which nobody answered or closed."""
    return cases[["dispatched_at", "answered_at", "closed_at"]].isna().all(axis=1)


def is_fire(cases: pd.DataFrame) -> pd.Series:
    """Cases the field answered with a fire that had to be handled."""
    return cases["category"].isin(FIRE_CATEGORIES)


def answer_times(cases: pd.DataFrame, case_log: pd.DataFrame | None = None) -> AnswerTimes:
    """How fast the cases got their first answer.

    The first answer is taken from the log; without a log the last answer of the case is used
    in for it.

    Parameters
    ----------
    cases : DataFrame [CASES]
    case_log : DataFrame [CASE_LOG], optional

    Returns
    -------
    AnswerTimes
        Answers dated before the opening are left out: the clock of somebody was wrong.
    """
    answered = cases["answered_at"]
    if case_log is not None and len(case_log):
        first = case_log.loc[case_log["action"] == "answer"].groupby("case_id")["at"].min()
        logged = first.reindex(cases["case_id"]).set_axis(cases.index)
        answered = logged.fillna(answered)
    minutes = (answered - cases["opened_at"]).dt.total_seconds() / 60
    counted = minutes.notna() & (minutes >= 0)
    if not counted.any():
        return AnswerTimes(0, None, None, None)
    in_time = answered[counted] <= cases["answer_due_at"][counted]
    return AnswerTimes(
        count=int(counted.sum()),
        median_min=float(minutes[counted].median()),
        p90_min=float(minutes[counted].quantile(0.9)),
        in_time_share=float(in_time.mean()),
    )


def grade_fires(affected_ha: pd.Series) -> dict[str, int]:
    """Forest fires by grade of affected forest; without an area they are not graded.

    Examples
    --------
    >>> grade_fires(pd.Series([0.0, 0.99, 1.0, 100.0, None]))
    {'一般': 2, '较大': 1, '重大': 1, '特别重大': 0}
    """
    ends = list(FIRE_GRADES.values())
    known = affected_ha.dropna()
    cut = pd.cut(known, [-float("inf"), *ends], right=False, labels=list(FIRE_GRADES))
    counts = cut.value_counts()
    return {grade: int(counts.get(grade, 0)) for grade in FIRE_GRADES}


def count_by_category(cases: pd.DataFrame) -> pd.DataFrame:
    """Cases by answer of the field: ``category``, ``category_zh``, ``count``; all are listed."""
    counts = cases["category"].value_counts()
    rows = [(name, zh, int(counts.get(name, 0))) for name, zh in CATEGORY_ZH.items()]
    return pd.DataFrame(rows, columns=["category", "category_zh", "count"])


def count_by_verdict(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Events by verdict: ``verdict``, ``verdict_zh``, ``count``; all verdicts, urgent first."""
    counts = verdicts["verdict"].value_counts()
    rows = [(name, zh, int(counts.get(name, 0))) for name, zh in VERDICT_ZH.items()]
    return pd.DataFrame(rows, columns=["verdict", "verdict_zh", "count"])


def count_by_month(
    *,
    events: pd.DataFrame,
    cases: pd.DataFrame,
    permits: pd.DataFrame,
    hotspots: pd.DataFrame | None,
) -> pd.DataFrame:
    """The season by Beijing month.

    Parameters
    ----------
    events : DataFrame [EVENTS]
    cases : DataFrame [CASES] with ``seen_at``
        From :func:`date_cases`.
    permits : DataFrame [PERMITS]
        By the start of their planned time.
    hotspots : DataFrame [HOTSPOTS], optional
        Of one sensor only.

    Returns
    -------
    DataFrame, 12 rows
        ``month`` 1-12, ``events``, ``cases``, ``handled``, ``fires``, ``permits``,
        ``hotspots`` (null when no hotspots were given).
    """
    table = pd.DataFrame({"month": range(1, 13)})
    series = {
        "events": events["first_seen_at"],
        "cases": cases["seen_at"],
        "handled": cases["seen_at"][is_handled(cases)],
        "fires": cases["seen_at"][is_fire(cases)],
        "permits": permits["valid_from"],
    }
    columns = {name: _month_counts(times) for name, times in series.items()}
    seen = [pd.NA] * 12 if hotspots is None else _month_counts(hotspots["acquired_at"])
    return table.assign(**columns, hotspots=pd.array(seen, dtype="Int64"))


def _month_counts(times: pd.Series) -> list[int]:
    counts = beijing_month(times).value_counts()
    return [int(counts.get(month, 0)) for month in range(1, 13)]


def count_by_county(
    *, cases: pd.DataFrame, verdicts: pd.DataFrame, permits: pd.DataFrame
) -> pd.DataFrame:
    """The season by county.

    Parameters
    ----------
    cases : DataFrame [CASES]
    verdicts : DataFrame [VERDICTS]
        Gives the county of events and cases.
    permits : DataFrame [PERMITS]

    Returns
    -------
    DataFrame
        ``county`` (unknown ones as 未知, last), ``events``, ``cases``, ``handled``, ``fires``,
        ``permits``; ordered by name.
    """
    county = verdicts.set_index("event_id")["county"]
    of_case = county.reindex(cases["event_id"]).set_axis(cases.index)
    columns = {
        "events": verdicts["county"],
        "cases": of_case,
        "handled": of_case[is_handled(cases)],
        "fires": of_case[is_fire(cases)],
        "permits": permits["county"],
    }
    counts = {
        name: names.astype("object").fillna(UNKNOWN_COUNTY).value_counts()
        for name, names in columns.items()
    }
    found = {str(name) for held in counts.values() for name in held.index}
    ordered = sorted(found - {UNKNOWN_COUNTY}) + sorted(found & {UNKNOWN_COUNTY})
    table = pd.DataFrame({"county": pd.Series(ordered, dtype="str")})
    return table.assign(
        **{name: [int(held.get(c, 0)) for c in ordered] for name, held in counts.items()}
    )


def valid_permits(permits: pd.DataFrame) -> pd.DataFrame:
    """Permits that were approved or carried out: those that count as registered (报备)."""
    kept: pd.DataFrame = permits.loc[permits["status"].isin(_VALID_PERMITS)]
    return kept
