from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from shapely.geometry import Point

from jdzfire.schemas import CASE_LOG, CASES, EVENTS, HOTSPOTS, PERMITS, TEAMS, VERDICTS, empty_table
from jdzfire.season.report import SeasonReport, report_season
from tests.evaluation.ledgers import case_table, event_table, team_table, verdict_table
from tests.tables import hotspot_table, register_table, utc

PLACE = Point(117.2, 29.3)


def season(**changes: Any) -> SeasonReport:
    """2024: 4 events and 3 cases, 2 handled of which 1 a fire of 0.8 ha; 2 permits; 2 teams."""
    seen = {
        "E1": "2024-01-01T00:00",
        "E2": "2024-04-04T05:10",
        "E3": "2024-04-05T05:00",
        "E4": "2024-12-31T15:59",
        "merged": "2024-04-04T05:00",
        "next year": "2024-12-31T16:00",
    }
    events = event_table(
        [
            {"event_id": name, "first_seen_at": utc(at)}
            | ({"state": "merged", "merged_into": "E2"} if name == "merged" else {})
            for name, at in seen.items()
        ]
    )
    verdicts = verdict_table(
        [
            {"event_id": "E1", "verdict": "heat_source", "county": "乐平市"},
            {"event_id": "E2"},
            {"event_id": "E3", "verdict": "permit_violation"},
            {"event_id": "E4"},
            {"event_id": "next year"},
        ]
    )
    half_hour = pd.Timedelta(minutes=30)
    opened = {name: utc(at) + half_hour for name, at in seen.items()}
    cases = case_table(
        [
            {"event_id": "E2", "opened_at": opened["E2"], "category": "forest_fire",
             "affected_forest_ha": 0.8, "dispatched_at": opened["E2"],
             "answered_at": opened["E2"] + half_hour},
            {"event_id": "E3", "opened_at": opened["E3"], "category": "no_fire",
             "dispatched_at": opened["E3"], "answered_at": opened["E3"] + 3 * half_hour},
            {"event_id": "E4", "opened_at": opened["E4"]},
            {"event_id": "next year", "opened_at": opened["next year"],
             "category": "forest_fire", "answered_at": opened["next year"]},
        ]
    )  # fmt: skip
    permits = register_table(
        "permits",
        [
            {"permit_id": "P1", "geometry": PLACE, "county": "浮梁县"},
            {"permit_id": "P2", "geometry": PLACE, "status": "executed", "area_ha": 5.0},
            {"permit_id": "P3", "geometry": PLACE, "status": "withdrawn"},
            {"permit_id": "P4", "geometry": PLACE, "valid_from": utc("2024-12-31T16:00"),
             "valid_to": utc("2025-01-01T09:00")},
        ],
    )  # fmt: skip
    hotspots = hotspot_table(
        [
            {"lon": 117.2, "lat": 29.3, "at": "2024-04-04T05:10"},
            {"lon": 117.2, "lat": 29.3, "at": "2024-12-31T16:10"},
            {"lon": 117.2, "lat": 29.3, "at": "2024-04-04T06:00", "satellite": "NOAA-21"},
            {"lon": 117.2, "lat": 29.3, "at": "2024-04-04T06:00", "satellite": "Aqua",
             "instrument": "MODIS"},
        ]
    )  # fmt: skip
    rejected = pd.DataFrame(
        {"kind": ["permits", "permits", "firms"], "reason": ["latitude", "latitude", "latitude"]}
    )
    teams = team_table(
        [{"team_id": "T1"}, {"team_id": "T2", "headcount": None},
         {"team_id": "V1", "kind": "volunteer"}]
    )  # fmt: skip
    tables = {
        "cases": cases,
        "events": events,
        "verdicts": verdicts,
        "permits": permits,
        "teams": teams,
        "hotspots": hotspots,
        "rejected": rejected,
    }
    return report_season(2024, **(tables | changes))


def test_the_numbers_of_a_year_by_hand() -> None:
    report = season()
    assert report.event_count == 4  # without the merged one and the one of next year
    assert (report.case_count, report.handled_count, report.waiting_count) == (3, 2, 1)
    assert (report.fire_count, report.fire_area_ha) == (1, 0.8)
    assert report.fires_by_grade == {"一般": 1, "较大": 0, "重大": 0, "特别重大": 0}
    assert (report.permit_count, report.permit_area_ha) == (2, 15.0)
    assert report.permits_by_status == {"approved": 1, "executed": 1, "withdrawn": 1}
    assert report.rejected_permit_rows == {"latitude": 2}
    assert (report.team_count, report.team_members) == (2, 30)
    # answers after 30 and 90 min, due after 60
    assert report.answers.median_min == 60
    assert report.answers.in_time_share == 0.5


def test_hotspots_are_those_of_one_satellite() -> None:
    assert season().hotspot_count == 1
    assert season(reference_satellite="NOAA-21").hotspot_count == 1
    assert season(reference_satellite="Aqua").hotspot_count == 0  # not a VIIRS
    assert season(hotspots=None).hotspot_count is None
    assert season(hotspots=None).by_month["hotspots"].isna().all()


def test_tables_by_month_verdict_and_county() -> None:
    report = season()
    months = report.by_month.set_index("month")
    assert months.loc[1, "events"] == 1
    assert months.loc[4].tolist() == [2, 2, 2, 1, 2, 1]
    assert months.loc[12].tolist() == [1, 1, 0, 0, 0, 0]
    assert months.sum().tolist() == [4, 3, 2, 1, 2, 1]
    verdicts = report.by_verdict.set_index("verdict")["count"]
    assert verdicts.to_dict() == {
        "unresolved": 2, "permit_violation": 1, "permitted": 0, "heat_source": 1,
        "outside_forest": 0,
    }  # fmt: skip
    counties = report.by_county.set_index("county")
    assert counties.loc["浮梁县"].tolist() == [3, 3, 2, 1, 1]
    assert counties.loc["乐平市"].tolist() == [1, 0, 0, 0, 0]
    assert counties.loc["未知"].tolist() == [0, 0, 0, 0, 1]


def test_the_sentence_is_the_bureaus() -> None:
    report = season()
    assert report.sentence_zh == (
        "2024年，景德镇市共调度处置火情、热点2起，报备炼山2起；"
        "经核查为火情1起（含违规炼山0起），受害森林面积0.8公顷（12亩）；尚有1起待派遣；"
        "首次反馈中位用时60分钟，按时反馈率50%；在册半专业扑火队2支30人。"
    )
    assert report.sentence_en.startswith(
        "In 2024 2 fires and hotspots were dispatched and handled and 2 hill burns registered; "
    )
    assert "浮梁县：事件3，立案3，调度处置2，火情1，报备炼山1" in report.text_zh
    assert "NOAA-20 热点（单一参考卫星）：1个" in report.text_zh
    assert "month 4: events 2, handled 2, fires 1, burns 2" in report.text_en
    assert "general 1" in report.text_en


@pytest.mark.parametrize(
    ("areas", "stated"),
    [
        ([0.8, 0.2], "（含违规炼山0起），受害森林面积1.0公顷（15亩）"),
        ([0.8, None], "（含违规炼山0起），受害森林面积0.8公顷（12亩，1起未填报）"),
        ([None, None], "（含违规炼山0起），受害森林面积均未填报"),
    ],
)
def test_an_area_nobody_told_is_not_zero(areas: list[float | None], stated: str) -> None:
    at = utc("2024-04-04T05:10")
    cases = case_table(
        [
            {"event_id": f"E{i}", "opened_at": at, "answered_at": at, "category": "forest_fire",
             "affected_forest_ha": area}
            for i, area in enumerate(areas)
        ]
    )  # fmt: skip
    assert stated in season(cases=cases).sentence_zh


def test_the_document_is_plain_json() -> None:
    document = season(hotspots=None).document()
    again = json.loads(json.dumps(document, ensure_ascii=False))
    assert again["handled_count"] == 2
    assert again["answers"]["count"] == 2
    assert again["by_month"][3]["handled"] == 2
    assert again["by_month"][3]["hotspots"] is None
    assert again["sentence_zh"].startswith("2024年")


def test_no_phone_and_no_name_of_a_person_gets_out() -> None:
    text = json.dumps(season().document(), ensure_ascii=False) + season().text_zh
    for private in ("13900000000", "13800000000", "王五", "张三", "值班员"):
        assert private not in text


def test_an_empty_house_has_an_empty_season() -> None:
    report = report_season(
        2024,
        cases=empty_table(CASES),
        events=empty_table(EVENTS),
        verdicts=empty_table(VERDICTS),
        permits=empty_table(PERMITS),
        teams=empty_table(TEAMS),
        case_log=empty_table(CASE_LOG),
        hotspots=empty_table(HOTSPOTS),
    )
    assert report.sentence_zh == (
        "2024年，景德镇市共调度处置火情、热点0起，报备炼山0起；经核查为火情0起（含违规炼山0起）。"
    )
    assert report.by_month.drop(columns="month").sum().sum() == 0
    assert len(report.by_county) == 0
    json.dumps(report.document())


@pytest.mark.parametrize("year", [2023, 2026])
def test_another_year_is_another_season(year: int) -> None:
    full = season()
    report = report_season(
        year,
        cases=empty_table(CASES),
        events=empty_table(EVENTS),
        verdicts=empty_table(VERDICTS),
        permits=register_table("permits", [{"geometry": PLACE}]),
        teams=empty_table(TEAMS),
    )
    assert full.permit_count == 2
    assert report.permit_count == 0
