"""The map page as bytes: deterministic and safe."""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from jdzfire.board.board import Board
from jdzfire.board.labels import CASE_STATUS_EN, CATEGORY_EN, VERDICT_EN
from jdzfire.board.words import words
from jdzfire.board.words.card import CARD
from jdzfire.board.words.chart import CHART
from jdzfire.board.words.page import PAGE
from jdzfire.errors import SettingsError, UsageError
from jdzfire.maps.folium_page import NAVIGATION
from jdzfire.maps.map_page import draw_map
from jdzfire.maps.packed import unpack_document, unpack_rows
from jdzfire.schemas import CASE_STATUS_ZH, CATEGORY_ZH, VERDICT_ZH, Reason, encode_reasons

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")


def data_of(page: str) -> dict[str, Any]:
    """What the page reads: its packed document, and the part that is renewed."""
    (renewed,) = re.findall(r'id="renewed">(.*?)</script>', page, flags=re.DOTALL)
    return {**unpack_document(page, "board-data"), **json.loads(renewed)}


def events_of(page: str) -> list[dict[str, Any]]:
    events = data_of(page)["events"]
    return unpack_rows(events["columns"], events["n"])


def all_of(page: str) -> str:
    """The page with its packed data spelled out."""
    return page + json.dumps(data_of(page), ensure_ascii=False)


def policy_of(page: str) -> str:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found
    return found[1]


def test_the_same_board_gives_the_same_bytes(board: Board, page_of: Callable[..., str]) -> None:
    assert draw_map(board) == page_of(board)


@pytest.mark.slow
def test_another_process_gives_the_same_bytes(
    empty_board: Board, page_of: Callable[..., str]
) -> None:
    code = (
        "import hashlib, pandas as pd\n"
        "from jdzfire.board.board import Board\n"
        "from jdzfire.maps.map_page import draw_map\n"
        "page = draw_map(Board(now=pd.Timestamp('2024-03-16T08:10Z').to_pydatetime()))\n"
        "print(hashlib.sha256(page.encode()).hexdigest())\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).resolve().parents[2],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "America/New_York"},
    )
    assert run.stdout.strip() == hashlib.sha256(page_of(empty_board).encode()).hexdigest()


def test_hostile_text_cannot_leave_its_string(board: Board, page_of: Callable[..., str]) -> None:
    page = page_of(board)
    assert "<img" not in page
    assert "onerror=alert" in all_of(page)  # it is there, as text inside the data
    assert page.count("<script") == page.count("</script>")
    names = [event["place"] for event in events_of(page)]
    assert "<img src=x onerror=alert(1)></script><b>村" in names


def test_the_policy_allows_only_the_page_itself(board: Board, page_of: Callable[..., str]) -> None:
    policy = policy_of(page_of(board))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "img-src data:;" in policy
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy.partition("style-src")[0]
    assert "connect-src 'self';" in policy
    assert "http" not in policy


def test_the_page_names_no_host_but_those_a_click_may_follow(
    board: Board, page_of: Callable[..., str]
) -> None:
    page = re.sub(r'(id="board-data">).*?(</script>)', r"\1\2", page_of(board), flags=re.DOTALL)
    hosts = set(re.findall(r"https?://[\w.-]+\.[a-z]+", page))
    in_comments_of_libraries = {
        "http://www.w3.org",
        "http://www.sitepoint.com",
        "https://bugzilla.mozilla.org",
        "https://github.com",
        "https://leafletjs.com",
    }
    assert hosts - in_comments_of_libraries == set(NAVIGATION)
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*https?:", page)


def test_tianditu_comes_with_its_labels_and_a_folder_stays_local(board: Board) -> None:
    page = draw_map(board, tile_url="tianditu:k1")
    assert "img-src data: https://*.tianditu.gov.cn;" in policy_of(page)
    assert "LAYER=vec" in page
    assert "LAYER=cva" in page
    assert data_of(page)["credit"] == "© 天地图"
    local = draw_map(board, tile_url="tiles/{z}/{x}/{y}.png")
    assert "img-src data: 'self' file:;" in policy_of(local)
    assert "tiles/{z}/{x}/{y}.png" in local


def test_minutes_passes_and_causes_reach_the_page(
    board: Board, page_of: Callable[..., str]
) -> None:
    document = data_of(page_of(board))
    first = events_of(page_of(board))[0]
    # 001 was first seen 2.6 h + 5 x 50 min = 406 min before, its answer is due 3 h after 2.6 h ago
    assert (first["first"], first["last"], first["answer"]) == (406, 156, 24)
    # passes every 50 min, the newest last
    passes = document["events"]["passes"]
    assert (passes["n"][0], passes["t"][:6]) == (6, [406, 356, 306, 256, 206, 156])
    nearest = document["events"]["nearest"]
    assert (nearest["n"][0], nearest["km"][0], nearest["deg"][0], nearest["min"][0]) == (
        3, 3.2, 40, 32,
    )  # fmt: skip
    parts = [nearest[name][0] for name in ("out", "drive", "walk", "quick", "late")]
    assert parts == [10, 18, 4, 22, 48]
    # by straight line: 3,540 m x 1.35 / 30 km/h = 9.6 min, and 10 min to get ready
    assert (nearest["min"][3], nearest["drive"][3], nearest["late"][3]) == (20, None, None)
    assert unpack_rows({"team": nearest["team"]}, sum(nearest["n"]))[0] == {"team": "T-00"}


def test_causes_to_report_reach_the_page(make_board: Callable[..., Board]) -> None:
    board = make_board()
    stated = board.verdicts["event_id"].map({"JDZ-20240316-003": "pixels,growth"}).astype("str")
    verdicts = board.verdicts.assign(escalation=stated.where(stated != "nan"))
    page = draw_map(make_board(verdicts=verdicts))
    assert {e["id"][-3:]: e["escalation"] for e in events_of(page) if e["escalation"]} == {
        "003": "pixels,growth"
    }


def test_reasons_travel_as_triage_wrote_them(board: Board, page_of: Callable[..., str]) -> None:
    document = data_of(page_of(board))
    written = board.verdicts.set_index("event_id")["reasons"]
    for event, stated in zip(events_of(page_of(board)), document["events"]["reasons"], strict=True):
        assert stated == json.loads(written[event["id"]])


def test_what_is_no_json_becomes_null(make_board: Callable[..., Board]) -> None:
    board = make_board()
    stated = encode_reasons(
        [Reason("heat.place", "met", "NaN 像元", "a", {"distance_m": math.nan})]
    )
    verdicts = board.verdicts.assign(reasons=stated, priority_parts='{"base": NaN, "frp": 3}')
    document = data_of(draw_map(make_board(verdicts=verdicts)))
    assert document["events"]["reasons"][0][0]["measured"] == {"distance_m": None}
    assert document["events"]["reasons"][0][0]["text_zh"] == "NaN 像元"
    assert document["events"]["parts"][0] == {"base": None, "frp": 3}


def test_half_a_letter_in_a_name_does_not_stop_the_page(make_board: Callable[..., Board]) -> None:
    board = make_board()
    teams = board.teams.assign(name=pd.Series(["\ud83d队"] * len(board.teams), dtype="object"))
    assert data_of(draw_map(make_board(teams=teams)))["teams"][0]["name"] == "?队"


def test_the_grade_of_each_place_reaches_its_card(make_board: Callable[..., Board]) -> None:
    page = draw_map(make_board(danger_of_events={"JDZ-20240316-002": 5}))
    assert [e["grade"] for e in events_of(page)][:3] == [None, 5, None]


def test_a_tile_server_is_the_one_host_allowed(board: Board) -> None:
    page = draw_map(board, tile_url="https://t{s}.tianditu.gov.cn/vec_w/{z}/{x}/{y}?tk=k1&a=b")
    assert "img-src data: https://*.tianditu.gov.cn;" in policy_of(page)
    assert data_of(page)["tiles"] is True
    with pytest.raises(SettingsError):
        draw_map(board, tile_url="https://host/no-tiles")


def test_an_empty_board_draws(empty_board: Board) -> None:
    document = data_of(draw_map(empty_board))
    assert (document["events"]["n"], document["events"]["columns"]["id"]) == (0, [])
    assert document["events"]["reasons"] == []
    assert document["hotspots"]["x"] == []
    assert document["bounds"] == [116.9, 28.7, 117.9, 30.0]
    assert document["data_time"] is None


def test_columns_of_hotspots_agree(board: Board, page_of: Callable[..., str]) -> None:
    found = data_of(page_of(board))["hotspots"]
    lengths = {
        key: len(found[key])
        for key in ("x", "y", "t", "s", "c", "e", "frp", "k", "pct", "scan", "track")
    }
    assert set(lengths.values()) == {len(board.hotspots)}
    assert found["t"] == sorted(found["t"], reverse=True)
    # 001-0 at 117.62, 29.56, seen 2.6 h = 156 min before, of event 001, which is first in the list
    i = next(i for i, e in enumerate(found["e"]) if e == 0 and found["t"][i] == 156)
    assert (found["x"][i], found["y"][i], found["note"][str(i)]) == (
        11762000,
        2956000,
        "王小明来电",
    )


def test_permits_know_their_phase_and_their_circle(
    board: Board, page_of: Callable[..., str]
) -> None:
    permits = {permit["id"][-3:]: permit for permit in data_of(page_of(board))["permits"]}
    assert {key: permit["phase"] for key, permit in permits.items()} == {
        "021": "now",
        "017": "past",
        "030": "future",
    }
    # 6 ha = 60,000 m2; sqrt(60,000 / pi) = 138.2 m
    assert (permits["017"]["radius_m"], permits["021"]["radius_m"]) == (138, None)
    assert (permits["021"]["from"], permits["021"]["to"]) == (
        "2024-03-16 08:00",
        "2024-03-16 18:00",
    )


def test_looks_are_sorted_by_the_longest_gap(board: Board, page_of: Callable[..., str]) -> None:
    observations = data_of(page_of(board))["looks"]
    assert [(observation["name"], observation["age_min"]) for observation in observations][:2] == [
        ("鹅湖镇", 1800),
        ("鲇鱼山镇", 840),
    ]


def test_no_word_hides_another_and_both_languages_fill_in_the_same() -> None:
    chinese, english = words("zh"), words("en")
    assert len(chinese) == len(PAGE) + len(CARD) + len(CHART)
    gaps = re.compile(r"\{(\w+)\}")
    for key, said in chinese.items():
        assert set(gaps.findall(said)) == set(gaps.findall(english[key])), key


def test_both_languages_name_the_same_codes() -> None:
    assert VERDICT_EN.keys() == VERDICT_ZH.keys()
    assert CASE_STATUS_EN.keys() == CASE_STATUS_ZH.keys()
    assert CATEGORY_EN.keys() == CATEGORY_ZH.keys()
    assert not any("<" in word.replace("< 40", "") for word in words("zh").values())


def test_every_word_the_script_uses_is_there() -> None:
    folder = Path(__file__).resolve().parents[2] / "jdzfire" / "maps" / "templates"
    code = "".join(path.read_text("utf-8") for path in folder.glob("*.js"))
    used = set(re.findall(r"\bW\.(\w+)", code)) | set(re.findall(r'\bfill\("(\w+)"', code))
    assert used - words("zh").keys() == set()
    assert len(used) > 60


@pytest.mark.parametrize(("edition", "lang"), [("secret", "zh"), ("public", "fr")])
def test_unknown_edition_or_language(
    make_board: Callable[..., Board], edition: Any, lang: str
) -> None:
    with pytest.raises(UsageError):
        draw_map(make_board(), edition=edition, lang=lang)
