"""Every publisher: both editions, both languages, full and empty boards; bulletin and GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Callable

import pandas as pd
import pytest
from shapely.geometry import shape

from jdzfire.board.board import Board, Edition
from jdzfire.errors import UsageError
from jdzfire.exports.unresolved_geojson import unresolved_geojson
from jdzfire.reports.bulletin import write_bulletin
from jdzfire.site.publishers import PUBLISHERS

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")

FILES = {
    "map": {"index.html"},
    "bulletin": {"bulletin.md", "bulletin.txt"},
    "geojson": {"unresolved.geojson"},
    "gpkg": {"exports/events.gpkg"},
    "kml": {"exports/events.kml"},
    "sheets": {"exports/events.xlsx", "exports/events.csv"},
    "feedback": {"exports/feedback.xlsx"},
    "papers": {"papers/daily.html", "papers/handover.html"},
}
INTERNAL = {"feedback"}
"""Publishers that make nothing for the public."""


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(PUBLISHERS))
@pytest.mark.parametrize("edition", ["internal", "public"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_contract_of_every_publisher(
    make_board: Callable[..., Board], empty_board: Board, name: str, edition: Edition, lang: str
) -> None:
    publisher = PUBLISHERS[name]
    board = make_board()
    files = publisher(board, edition=edition, lang=lang)
    expected = set() if edition == "public" and name in INTERNAL else FILES[name]
    assert files.keys() == expected
    assert files == publisher(board, edition=edition, lang=lang)
    empty = publisher(empty_board, edition=edition, lang=lang)
    assert empty.keys() == expected
    assert all(empty.values())


@pytest.mark.parametrize("name", sorted(PUBLISHERS))
def test_an_unknown_edition_publishes_nothing(empty_board: Board, name: str) -> None:
    with pytest.raises(UsageError):
        PUBLISHERS[name](empty_board, edition="secret")  # type: ignore[arg-type]


def test_bulletin_in_chinese(board: Board) -> None:
    lines = write_bulletin(board).splitlines()
    assert lines[0] == "# 景德镇市林火热点值班简报"
    assert lines[2] == "截至北京时间 2024-03-16 16:10；最新数据 2024-03-16 13:34。"
    assert (
        lines[3] == "待核查 7 起（其中疑似违规炼山 2 起，仅待确认 0 起，超时未反馈 3 起）；"
        "已说明 4 起；已结案 1 起。"
    )
    assert lines[4] == "已说明：报备炼山 1、固定热源 1、林区外 2。"
    item = lines.index(
        "1. 【紧急】浮梁县瑶里镇高岭村东北1.2公里（JDZ-20240316-001，待核查，优先级 86）"
    )
    assert (
        lines[item + 1] == "   03-16 09:24 首次发现，03-16 13:34 最近观测；NOAA-20、NOAA-21；"
        "6 个像元，最大 FRP 41.3 MW。"
    )
    assert (
        "   最近队伍：瑶里镇半专业扑火队，东北3.2公里，路程约32分钟（22—48）、13907981000。"
        in lines
    )
    assert "- 地面报告：中断，最新数据 无" in lines


def test_bulletin_makes_hostile_text_harmless(board: Board) -> None:
    text = write_bulletin(board)
    assert "＜img src=x onerror=alert(1)＞＜/script＞＜b＞村" in text
    assert "<" not in text


def test_bulletin_of_an_empty_board_says_so(empty_board: Board) -> None:
    assert "当前无待核查热点。无热点不等于无火情。" in write_bulletin(empty_board)
    assert "No hotspot to check now." in write_bulletin(empty_board, lang="en")


def test_geojson_holds_the_open_events_only(board: Board) -> None:
    document = json.loads(unresolved_geojson(board))
    assert [feature["id"][-3:] for feature in document["features"]] == [
        "001",
        "002",
        "003",
        "004",
        "005",
        "006",
        "007",
    ]
    first = document["features"][0]
    assert first["properties"]["last_seen_at"] == "2024-03-16T05:34:00Z"
    assert document["generated_at"] == "2024-03-16T08:10:00Z"
    assert shape(first["geometry"]).symmetric_difference(board.events.geometry.iloc[0]).area < 1e-9
    assert first["properties"]["nearest_team"] == "瑶里镇半专业扑火队"


def test_the_next_pass_is_told_and_about_when_it_is(board: Board) -> None:
    from dataclasses import replace

    from jdzfire.board import coverage
    from jdzfire.board.words import words

    def with_look(satellite: str, *, is_about: bool) -> Board:
        at = pd.Timestamp(board.now) + pd.Timedelta(hours=2)
        observations = pd.DataFrame(
            {
                "township_id": ["1"],
                "name": ["瑶里镇"],
                "feed": ["firms"],
                "satellite": [satellite],
                "last_looked_at": [pd.Timestamp(board.now)],
                "next_expected_at": [at],
                "is_about": [is_about],
            }
        )
        return replace(board, observations=observations)

    shown = coverage.next_pass_text(with_look("NOAA-21", is_about=True), words("zh"))
    assert shown.startswith("下次 VIIRS 过境约 ")
    assert "约" not in coverage.next_pass_text(with_look("NOAA-20", is_about=False), words("zh"))
    assert coverage.next_pass_text(with_look("Himawari-9", is_about=False), words("zh")) == ""
    assert coverage.observation_rows(with_look("NOAA-20", is_about=False))[0]["feed"] == "NOAA-20"
