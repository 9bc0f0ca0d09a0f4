"""status.json of a run, and the front page over the runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pandas as pd
import pytest

from jdzfire.board.board import Board
from jdzfire.provenance import product_note
from jdzfire.site.front_page import draw_front
from jdzfire.site.status import describe_status
from tests.board.afternoon import HOSTILE

AT = datetime(2024, 3, 16, 8, 10, tzinfo=UTC)
NOTE = product_note(data_at=AT, inputs=["b", "a"], rules_version="r1")
FILES = {"index.html": b"page", "bulletin.txt": b"text"}


def status_of(board: Board) -> dict:
    return describe_status(board, edition="internal", note=NOTE, files=FILES)


def test_status_counts_what_the_board_shows(board: Board) -> None:
    status = status_of(board)
    # afternoon: unresolved 001 003 004 006 007, violations 002 005; 012 is closed
    assert status["counts"] == {
        "open": 7,
        "unresolved": 5,
        "permit_violation": 2,
        "to_confirm": 0,
        "overdue": 3,
        "explained": {"permitted": 1, "heat_source": 1, "outside_forest": 2},
        "closed": 1,
        "ended": 0,
    }
    assert status["data_at"] == "2024-03-16T08:10:00Z"
    assert status["newest_data_at"] == "2024-03-16T05:34:00Z"  # 08:10 less 2.6 h
    assert status["files"] == {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in FILES.items()
    }


def test_status_tells_the_age_of_each_feed_and_of_the_looks(board: Board) -> None:
    feeds = board.feeds.assign(late_after_h=18.0)
    status = status_of(replace(board, feeds=feeds))
    by_name = {feed["feed"]: feed for feed in status["feeds"]}
    assert by_name["firms"]["age_min"] == 156  # 2.6 h
    assert by_name["firms"]["late_after_h"] == 18.0
    assert by_name["ground"]["age_min"] is None
    assert status["looks"] == {
        "townships": 5,
        "never": 0,
        "oldest_min": 1800,  # 30 h
        "oldest_township": status["looks"]["oldest_township"],
    }
    assert status["next_pass"] is None


def test_a_provisional_one_is_to_be_confirmed(make_board: Callable[..., Board]) -> None:
    board = make_board()
    is_008 = board.verdicts["event_id"].str.endswith("008")
    verdicts = board.verdicts.assign(is_provisional=is_008)
    counts = status_of(make_board(verdicts=verdicts))["counts"]
    assert (counts["open"], counts["to_confirm"], counts["explained"]["permitted"]) == (8, 1, 0)


def test_status_of_an_empty_board(empty_board: Board) -> None:
    status = status_of(empty_board)
    assert status["counts"]["open"] == 0
    assert status["newest_data_at"] is None
    assert status["looks"]["oldest_min"] is None
    json.dumps(status, allow_nan=False)


def test_status_has_nothing_private(board: Board) -> None:
    text = json.dumps(status_of(board), ensure_ascii=False)
    for private in ("1390798", "13807981234", "李大山", "赵局长", "timed out", "只收到"):
        assert private not in text


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.hrefs += [value or "" for name, value in attrs if name in ("href", "src")]


def runs_of(board: Board, count: int = 2) -> list[dict]:
    return [
        {
            "edition": edition,
            "folder": f"runs/{edition}/{number}",
            "data_at": AT - pd.Timedelta(hours=number),
            "status": status_of(board) | {"edition": edition},
        }
        for number in range(count)
        for edition in ("internal", "public")
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_front_page_lists_the_runs_without_script_or_network(board: Board, lang: str) -> None:
    files = draw_front(runs_of(board), city="景德镇市", lang=lang)
    page = files["index.html"].decode()
    links = Links()
    links.feed(page)
    assert links.hrefs == [
        "internal/index.html",
        "public/index.html",
        "runs/internal/0/index.html",
        "runs/public/0/index.html",
        "runs/internal/1/index.html",
        "runs/public/1/index.html",
    ]
    assert "script" not in links.tags
    assert "http" not in page
    assert "2024-03-16 16:10" in page  # 08:10 UTC
    document = json.loads(files["status.json"])
    assert document["data_at"] == "2024-03-16T08:10:00Z"
    assert document["latest"]["counts"]["open"] == 7
    assert "files" not in document["latest"]
    assert [run["folder"] for run in document["runs"]][:2] == ["runs/internal/0", "runs/public/0"]


def test_front_page_leads_to_the_papers_that_are_there(board: Board) -> None:
    files = FILES | {"papers/daily.html": b"x"}
    status = describe_status(board, edition="public", note=NOTE, files=files)
    run = {"edition": "public", "folder": "runs/public/0", "data_at": AT, "status": status}
    links = Links()
    links.feed(draw_front([run], city="x", lang="zh")["index.html"].decode())
    assert links.hrefs == [
        "public/index.html",
        "public/papers/daily.html",
        "runs/public/0/index.html",
    ]


def test_front_page_shows_the_state_of_the_feeds(board: Board) -> None:
    page = draw_front(runs_of(board), city="景德镇市", lang="zh")["index.html"].decode()
    assert '<td class="bad">中断</td>' in page
    assert "2.6 小时" in page
    assert "最久 30 小时" in page


def test_front_page_keeps_hostile_text_text(make_board: Callable[..., Board]) -> None:
    board = make_board()
    admin = board.admin.assign(name=HOSTILE)
    page = draw_front(runs_of(make_board(admin=admin)), city=HOSTILE, lang="zh")["index.html"]
    assert b"<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.decode()


def test_front_page_before_the_first_run_and_of_runs_without_status() -> None:
    assert "尚未发布" in draw_front([], city="景德镇市", lang="zh")["index.html"].decode()
    bare = [{"edition": "internal", "folder": "runs/internal/x", "data_at": AT, "status": {}}]
    assert b"runs/internal/x" in draw_front(bare, city="x", lang="en")["index.html"]
