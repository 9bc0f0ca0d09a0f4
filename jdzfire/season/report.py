"""The season's report: the year's numbers, and the sentence the bureau writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from jdzfire.season.statistics import (
    GRADES_EN,
    AnswerTimes,
    answer_times,
    count_by_category,
    count_by_county,
    count_by_month,
    count_by_verdict,
    date_cases,
    grade_fires,
    in_beijing_year,
    is_fire,
    is_handled,
    is_waiting,
    valid_permits,
)

REFERENCE_SATELLITE = "NOAA-20"
"""Hotspots are counted from one VIIRS only: sums over sensors are no trend (2,184 hotspots
against 44,859 on one day in Brazil [V])."""

MU_PER_HA = 15


@dataclass(frozen=True)
class SeasonReport:
    """The numbers of one Beijing calendar year."""

    year: int
    """Calendar year of the Beijing clock."""
    city: str
    """Place, as it is written in the sentence."""
    handled_count: int
    """Cases to which a team was sent (调度处置火情、热点)."""
    case_count: int
    """Cases of the year."""
    waiting_count: int
    """Cases to which nobody was sent and which nobody answered or closed."""
    fire_count: int
    """Cases the field answered with a fire."""
    fire_area_ha: float | None
    """Affected forest area of those [ha]; None when no answer stated it."""
    fires_without_area: int
    """Fires whose answer stated no area."""
    fires_by_grade: dict[str, int]
    """Forest fires by grade of affected forest area."""
    event_count: int
    """Events of the year, merged ones left out."""
    permit_count: int
    """Registered hill burns (报备炼山): approved or carried out."""
    permit_area_ha: float
    """Their area where it is known [ha]."""
    permits_by_status: dict[str, int]
    """All permits of the year by status."""
    permit_violation_count: int
    """Cases the field answered with a burn against its permit or without one."""
    rejected_permit_rows: dict[str, int]
    """Rows of permit sheets that could not be read, by reason; not by year."""
    hotspot_count: int | None
    """Hotspots of the reference satellite; None when no hotspots were given."""
    reference_satellite: str
    """The one satellite hotspots are counted from."""
    team_count: int
    """Semi-professional teams in the register."""
    team_members: int
    """Their members, where known."""
    answers: AnswerTimes
    """How fast the field answered."""
    by_month: pd.DataFrame
    """See :func:`jdzfire.season.statistics.count_by_month`."""
    by_verdict: pd.DataFrame
    """See :func:`jdzfire.season.statistics.count_by_verdict`."""
    by_category: pd.DataFrame
    """See :func:`jdzfire.season.statistics.count_by_category`."""
    by_county: pd.DataFrame
    """See :func:`jdzfire.season.statistics.count_by_county`."""

    @property
    def sentence_zh(self) -> str:
        """The bureau's sentence, then the numbers behind it."""
        parts = [
            f"{self.year}年，{self.city}共调度处置火情、热点{self.handled_count}起，"
            f"报备炼山{self.permit_count}起",
            f"经核查为火情{self.fire_count}起（含违规炼山{self.permit_violation_count}起）"
            f"{self._area_zh}",
        ]
        if self.waiting_count:
            parts.append(f"尚有{self.waiting_count}起待派遣")
        if self.answers.median_min is not None and self.answers.in_time_share is not None:
            parts.append(
                f"首次反馈中位用时{self.answers.median_min:.0f}分钟，"
                f"按时反馈率{self.answers.in_time_share:.0%}"
            )
        if self.team_count:
            parts.append(f"在册半专业扑火队{self.team_count}支{self.team_members}人")
        return "；".join(parts) + "。"

    @property
    def sentence_en(self) -> str:
        """The same in English."""
        parts = [
            f"In {self.year} {self.handled_count} fires and hotspots were dispatched and handled "
            f"and {self.permit_count} hill burns registered",
            f"{self.fire_count} were fires ({self.permit_violation_count} burns against the "
            f"rules among them){self._area_en}",
        ]
        if self.waiting_count:
            parts.append(f"{self.waiting_count} still wait for a team")
        if self.answers.median_min is not None and self.answers.in_time_share is not None:
            parts.append(
                f"the median first answer took {self.answers.median_min:.0f} min, "
                f"{self.answers.in_time_share:.0%} were in time"
            )
        if self.team_count:
            parts.append(
                f"{self.team_count} semi-professional teams with {self.team_members} members "
                "are registered"
            )
        return "; ".join(parts) + "."

    @property
    def _area_zh(self) -> str:
        if not self.fire_count:
            return ""
        if self.fire_area_ha is None:
            return "，受害森林面积均未填报"
        missing = f"，{self.fires_without_area}起未填报" if self.fires_without_area else ""
        mu = self.fire_area_ha * MU_PER_HA
        return f"，受害森林面积{self.fire_area_ha:.1f}公顷（{mu:.0f}亩{missing}）"

    @property
    def _area_en(self) -> str:
        if not self.fire_count:
            return ""
        if self.fire_area_ha is None:
            return ", no answer stated the affected forest area"
        missing = f", {self.fires_without_area} without an area" if self.fires_without_area else ""
        mu = self.fire_area_ha * MU_PER_HA
        return f" with {self.fire_area_ha:.1f} ha ({mu:.0f} mu{missing}) of forest affected"

    @property
    def text_zh(self) -> str:
        """The sentence, then the year by verdict, answer, county and month, as plain text."""
        return _text(self, _ZH)

    @property
    def text_en(self) -> str:
        """The same in English."""
        return _text(self, _EN)

    def document(self) -> dict[str, Any]:
        """The report as plain values for one JSON document; tables as lists of rows."""
        tables = ("by_month", "by_verdict", "by_category", "by_county")
        plain = {
            name: value
            for name, value in vars(self).items()
            if name not in tables and name != "answers"
        }
        rows = {
            name: [
                {key: None if pd.isna(value) else value for key, value in row.items()}
                for row in _rows(getattr(self, name))
            ]
            for name in tables
        }
        return {
            **plain,
            "answers": dict(vars(self.answers)),
            **rows,
            "sentence_zh": self.sentence_zh,
            "sentence_en": self.sentence_en,
        }


_ZH = {
    "verdicts": "事件研判",
    "answers": "核查结果",
    "counties": "分县（市、区）",
    "months": "逐月",
    "grades": "森林火灾等级",
    "permits": "炼山审批",
    "rejected": "审批表中无法读取的行",
    "hotspots": "{satellite} 热点（单一参考卫星）：{count}个",
    "county": "{county}：事件{events}，立案{cases}，调度处置{handled}，火情{fires}，"
    "报备炼山{permits}",
    "month": "{month}月：事件{events}，调度处置{handled}，火情{fires}，报备炼山{permits}",
    "colon": "：",
}
_EN = {
    "verdicts": "Events by verdict",
    "answers": "Answers of the field",
    "counties": "By county",
    "months": "By month",
    "grades": "Forest fires by grade",
    "permits": "Permits by status",
    "rejected": "Rows of permit sheets that could not be read",
    "hotspots": "{satellite} hotspots (one reference satellite): {count}",
    "county": "{county}: events {events}, cases {cases}, handled {handled}, fires {fires}, "
    "burns {permits}",
    "month": "month {month}: events {events}, handled {handled}, fires {fires}, burns {permits}",
    "colon": ": ",
}


def _text(report: SeasonReport, words: dict[str, str]) -> str:
    named = "_zh" if words is _ZH else ""
    verdicts = dict(
        zip(report.by_verdict[f"verdict{named}"], report.by_verdict["count"], strict=True)
    )
    answers = dict(
        zip(report.by_category[f"category{named}"], report.by_category["count"], strict=True)
    )
    lists = {
        "verdicts": verdicts,
        "answers": {name: count for name, count in answers.items() if count},
        "grades": {
            name if words is _ZH else GRADES_EN[name]: count
            for name, count in report.fires_by_grade.items()
        },
        "permits": report.permits_by_status,
        "rejected": report.rejected_permit_rows,
    }
    lines = [report.sentence_zh if words is _ZH else report.sentence_en, ""]
    lines += [
        words[key] + words["colon"] + ", ".join(f"{name} {count}" for name, count in held.items())
        for key, held in lists.items()
        if held
    ]
    if report.hotspot_count is not None:
        lines.append(
            words["hotspots"].format(
                satellite=report.reference_satellite, count=report.hotspot_count
            )
        )
    for key, row, table in (
        ("counties", "county", report.by_county),
        ("months", "month", report.by_month),
    ):
        if len(table):
            lines += ["", words[key]]
            lines += ["  " + words[row].format_map(values) for values in _rows(table)]
    return "\n".join(lines)


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def report_season(
    year: int,
    *,
    cases: pd.DataFrame,
    events: pd.DataFrame,
    verdicts: pd.DataFrame,
    permits: pd.DataFrame,
    teams: pd.DataFrame,
    case_log: pd.DataFrame | None = None,
    hotspots: pd.DataFrame | None = None,
    rejected: pd.DataFrame | None = None,
    reference_satellite: str = REFERENCE_SATELLITE,
    city: str = "景德镇市",
) -> SeasonReport:
    """The numbers of a season from the ledger and the registers.

    Parameters
    ----------
    year : int
        Calendar year of the Beijing clock.
    cases : DataFrame [CASES], events : DataFrame [EVENTS], verdicts : DataFrame [VERDICTS]
        From the ledger, all years; may be empty.
    permits : DataFrame [PERMITS], teams : DataFrame [TEAMS]
        From the registers; may be empty. A permit belongs to the year its time starts in.
    case_log : DataFrame [CASE_LOG], optional
        For the first answers.
    hotspots : DataFrame [HOTSPOTS], optional
        For the count of one reference satellite.
    rejected : DataFrame [REJECTED], optional
        Rows that could not be read; those of kind ``permits`` are counted.
    reference_satellite : str
    city : str

    Returns
    -------
    SeasonReport
    """
    ours = in_beijing_year(events["first_seen_at"], year) & events["state"].ne("merged")
    seasons_events = events.loc[ours]
    dated = date_cases(cases, events)
    dated = dated.loc[in_beijing_year(dated["seen_at"], year)]
    filed = permits.loc[in_beijing_year(permits["valid_from"], year)]
    valid = valid_permits(filed)
    judged = verdicts.loc[verdicts["event_id"].isin(seasons_events["event_id"])]
    seen = None if hotspots is None else _of_one_sensor(hotspots, year, reference_satellite)
    fires = dated.loc[is_fire(dated)]
    areas = fires["affected_forest_ha"].dropna()
    semi = teams.loc[teams["kind"].eq("semi-professional")]
    return SeasonReport(
        year=year,
        city=city,
        handled_count=int(is_handled(dated).sum()),
        case_count=len(dated),
        waiting_count=int(is_waiting(dated).sum()),
        fire_count=len(fires),
        fire_area_ha=None if areas.empty else float(areas.sum()),
        fires_without_area=len(fires) - len(areas),
        fires_by_grade=grade_fires(fires["affected_forest_ha"]),
        event_count=len(seasons_events),
        permit_count=len(valid),
        permit_area_ha=float(valid["area_ha"].sum()),
        permits_by_status=_counted(filed["status"]),
        permit_violation_count=int(dated["category"].eq("permit_violation").sum()),
        rejected_permit_rows=_rejected_reasons(rejected),
        hotspot_count=None if seen is None else len(seen),
        reference_satellite=reference_satellite,
        team_count=len(semi),
        team_members=int(semi["headcount"].sum()),
        answers=answer_times(dated, case_log),
        by_month=count_by_month(events=seasons_events, cases=dated, permits=valid, hotspots=seen),
        by_verdict=count_by_verdict(judged),
        by_category=count_by_category(dated),
        by_county=count_by_county(
            cases=dated, verdicts=_with_case_events(judged, verdicts, dated), permits=valid
        ),
    )


def _of_one_sensor(hotspots: pd.DataFrame, year: int, satellite: str) -> pd.DataFrame:
    chosen = hotspots["satellite"].eq(satellite) & hotspots["instrument"].eq("VIIRS")
    kept: pd.DataFrame = hotspots.loc[chosen & in_beijing_year(hotspots["acquired_at"], year)]
    return kept


def _with_case_events(
    judged: pd.DataFrame, verdicts: pd.DataFrame, cases: pd.DataFrame
) -> pd.DataFrame:
    """Verdicts of the season, and of the merged events that still have a case in it."""
    wanted = set(judged["event_id"]) | set(cases["event_id"])
    kept: pd.DataFrame = verdicts.loc[verdicts["event_id"].isin(wanted)]
    return kept


def _rejected_reasons(rejected: pd.DataFrame | None) -> dict[str, int]:
    if rejected is None:
        return {}
    return _counted(rejected.loc[rejected["kind"].eq("permits"), "reason"])


def _counted(values: pd.Series) -> dict[str, int]:
    counts = values.value_counts()
    return {str(name): int(counts[name]) for name in sorted(counts.index)}
