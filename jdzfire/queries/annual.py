"""The annual report of a home."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from jdzfire.board.labels import check_lang
from jdzfire.errors import NotFound
from jdzfire.queries.opened import OpenedHome
from jdzfire.reports.annual import AnnualData, write_annual
from jdzfire.reports.render_docx import render_docx
from jdzfire.reports.render_html import render_html
from jdzfire.season.agreement import danger_agreement, fires_by_grade
from jdzfire.season.calendar import beijing_days
from jdzfire.season.counts import (
    MEASURES,
    count_by_festival,
    count_by_slot,
    count_by_year,
    count_crossed,
)
from jdzfire.season.detection import detection_rates
from jdzfire.season.durations import step_times
from jdzfire.season.intervals import LEVEL
from jdzfire.season.outcomes import count_outcomes
from jdzfire.season.scorecard import township_scorecard
from jdzfire.season.statistics import valid_permits


def annual_report(
    home: OpenedHome,
    year: int,
    *,
    at: datetime,
    lang: str | None = None,
    form: Literal["html", "docx"] = "html",
    nobody_hurt: bool = False,
) -> bytes:
    """The annual report of a calendar year as a page or a document.

    Parameters
    ----------
    home : OpenedHome
    year : int
    at : datetime, aware
        Nothing later counts: of a year that is not over, the same part of the year before is
        put beside it.
    lang : str, optional
        Default: that of the settings.
    form : {"html", "docx"}
    nobody_hurt : bool
        State that nobody was hurt, also where not every answer says so.

    Raises
    ------
    NotFound
        Nothing was seen in that year.
    """
    speech = check_lang(lang or home.settings.lang)
    data = gather_annual(home, year, at=at)
    report = write_annual(data, at=at, lang=speech, nobody_hurt=nobody_hurt)
    return render_docx(report) if form == "docx" else render_html(report)


def gather_annual(home: OpenedHome, year: int, *, at: datetime) -> AnnualData:
    """Everything the report of a year states."""
    if year not in home.years():
        raise NotFound(
            f"nothing was seen in {year}",
            expected=", ".join(str(held) for held in home.years()) or "a year with events",
            remedy="name one of these years",
        )
    first, until = date(year, 1, 1), pd.Timestamp(at).tz_convert("Asia/Shanghai").date()
    last = min(date(year, 12, 31), until)
    end = (last.month, last.day)
    told = _up_to(home.in_year(year), end)
    counts = count_by_year(home.told, home.permits, until=end)
    by_measure = counts.set_index(["year", "measure"])["count"]
    pairs = {
        name: (
            int(by_measure.get((str(year), name), 0)),
            int(by_measure.get((str(year - 1), name), 0)),
        )
        for name in MEASURES
    }
    fires = told.loc[told["is_fire"], "seen_at"]
    outcomes = home.outcomes[_in(home.outcomes["valid_from"], year, end)]
    days = home.danger_days
    mine = days[pd.DatetimeIndex(days["day"]).year == year] if len(days) else days
    sensors = home.sensors()
    return AnnualData(
        city=home.settings.city,
        year=year,
        first=first,
        last=last,
        told=told,
        counts=pairs,
        changes=_changes(pairs),
        permit_ids=_permit_ids(home.permits, year, end),
        slots={slot: count_by_slot(fires, slot) for slot in ("hour", "month")},
        festivals=count_by_festival(fires, first=first, last=last),
        crossed=count_crossed(told),
        times=step_times(told, at=at),
        detection=detection_rates(_of(home.detected, told)),
        detected=_of(home.detected, told),
        outcomes=count_outcomes(outcomes),
        forbidden=home.forbidden_burns(year),
        agreement=danger_agreement(mine, home.burnt_days),
        grades=fires_by_grade(mine, home.burnt_days),
        danger_days=days,
        burnt_days=home.burnt_days,
        repeats=home.repeats(),
        card=township_scorecard(told, outcomes, home.forest),
        sensors=sensors[sensors["year"].eq(str(year)) & sensors["instrument"].ne("PERSON")],
    )


def _in(times: pd.Series, year: int, end: tuple[int, int]) -> pd.Series:
    days = beijing_days(times)
    inside: pd.Series = (days.dt.year == year) & (
        (days.dt.month < end[0]) | ((days.dt.month == end[0]) & (days.dt.day <= end[1]))
    )
    return inside


def _up_to(told: pd.DataFrame, end: tuple[int, int]) -> pd.DataFrame:
    days = beijing_days(told["seen_at"])
    year = int(days.dt.year.iloc[0]) if len(told) else 0
    return told[_in(told["seen_at"], year, end)].reset_index(drop=True)


def _permit_ids(permits: pd.DataFrame, year: int, end: tuple[int, int]) -> list[str]:
    kept = valid_permits(permits)
    return sorted(kept.loc[_in(kept["valid_from"], year, end), "permit_id"])


def _of(detected: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    return detected[detected["case_id"].isin(told["case_id"])].reset_index(drop=True)


def _changes(pairs: dict[str, tuple[int, int]]) -> pd.DataFrame:
    """Ratio of two Poisson counts with its exact interval (binomial, given their sum)."""
    rows = []
    for name, (here, before) in pairs.items():
        if not here + before or not before:
            rows.append((name, np.nan, np.nan, np.nan))
            continue
        ends = stats.binomtest(here, here + before).proportion_ci(LEVEL, method="exact")
        low, high = (
            share / (1 - share) if share < 1 else np.inf for share in (ends.low, ends.high)
        )
        rows.append((name, here / before, low, high))
    return pd.DataFrame(rows, columns=["measure", "ratio", "low", "high"])
