"""A cycle costs what it changes, and keeps what a cycle on everything would keep."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from shapely import Point

from jdzfire.maps.packed import unpack_document
from jdzfire.pipeline import draw, judge
from jdzfire.pipeline.cycle import Report, run_cycle
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.triage import run_triage
from jdzfire.store.atomic import verify_folder
from jdzfire.store.registers import save_register
from jdzfire.workspace import Workspace, open_workspace
from tests.pipeline.incremental import compare, tables
from tests.pipeline.test_main_job import csv, pixel
from tests.tables import register_table, utc
from tests.workspaces import different_tables, state_of

AT = utc("2024-04-04T08:05")


@pytest.mark.slow
def test_rounds_on_what_is_new_keep_what_rounds_on_everything_keep(season_folder, tmp_path):
    span = (datetime(2024, 3, 25, tzinfo=UTC), datetime(2024, 4, 12, tzinfo=UTC))
    assert compare(season_folder, tmp_path, seed=11, first=span[0], last=span[1]) > 20


@pytest.fixture
def workspace(tmp_path):
    with open_workspace(tmp_path / "home", writing=True) as opened:
        first = pixel(117.2, 29.4, "2024-04-04", "0503")
        ingest_files(opened, "firms", [csv(tmp_path, "a.csv", first)], at=AT)
        run_triage(opened, at=AT)
        yield opened


@pytest.fixture
def whole_rounds(monkeypatch):
    """How many rounds read everything there is."""
    seen: list[Workspace] = []
    load = judge.load_triage_state

    def counted(workspace, context):
        seen.append(workspace)
        return load(workspace, context)

    monkeypatch.setattr(judge, "load_triage_state", counted)
    return seen


@pytest.fixture
def rounds(monkeypatch):
    """How many rounds were judged at all."""
    seen: list[Workspace] = []
    run = judge._judged

    def counted(workspace, *arguments, **options):
        seen.append(workspace)
        return run(workspace, *arguments, **options)

    monkeypatch.setattr(judge, "_judged", counted)
    return seen


def test_nothing_new_is_not_judged_until_an_event_ends(workspace, rounds):
    """Events become dormant 72 h after they were last seen, and end after 120 h."""
    for hours in (1, 60):
        run_triage(workspace, at=AT + timedelta(hours=hours))
    assert rounds == []
    states = []
    for at in (utc("2024-04-07T05:02"), utc("2024-04-07T05:03"), utc("2024-04-09T05:03")):
        run_triage(workspace, at=at)
        states += list(workspace.ledger.load_events()["state"])
    assert states == ["active", "dormant", "ended"]
    assert len(rounds) == 2


def test_new_hotspots_are_judged_with_what_is_near(workspace, tmp_path, rounds, whole_rounds):
    later = pixel(117.2, 29.4, "2024-04-04", "1803")
    ingest_files(workspace, "firms", [csv(tmp_path, "b.csv", later)], at=AT + timedelta(hours=13))
    outcome = run_triage(workspace, at=AT + timedelta(hours=13))
    assert (outcome.events, len(rounds), len(whole_rounds)) == (1, 1, 0)
    assert list(workspace.ledger.load_events()["hotspot_count"]) == [2]


def test_an_old_event_that_new_data_of_its_time_touch_is_read_whole(
    workspace, tmp_path, whole_rounds
):
    """Two fires of April, and a hotspot between them that comes in May: one fire."""
    second = pixel(117.218, 29.4, "2024-04-04", "0641")
    ingest_files(workspace, "firms", [csv(tmp_path, "b.csv", second)], at=AT)
    run_triage(workspace, at=AT)
    assert run_triage(workspace, at=AT + timedelta(days=30)).events == 2
    bridge = pixel(117.209, 29.4, "2024-04-04", "0503")
    ingest_files(workspace, "firms", [csv(tmp_path, "c.csv", bridge)], at=AT + timedelta(days=31))
    assert run_triage(workspace, at=AT + timedelta(days=31)).events == 1
    assert whole_rounds == []
    assert sorted(workspace.ledger.load_events()["state"]) == ["ended", "merged"]


@pytest.mark.parametrize("what", ["register", "ledger", "note", "past", "setting"])
def test_what_else_may_matter_has_everything_read(workspace, whole_rounds, what):
    at = AT + timedelta(hours=1)
    if what == "register":
        place = register_table("settlements", [{"geometry": Point(117.2, 29.3)}])
        save_register(workspace.home, "settlements", place, at=at)
    elif what == "ledger":  # another hand was in it
        with workspace.ledger._writing() as connection:
            connection.exec_driver_sql("DELETE FROM members")
    elif what == "note":
        (workspace.home.derived_dir / "cycle.json").write_bytes(b"{")
    elif what == "past":  # an earlier moment than the last one
        at = AT - timedelta(minutes=5)
    else:
        path = workspace.home.root / "jdzfire.toml"
        path.write_text('city = "乐平市"\n', encoding="utf-8")
        with open_workspace(workspace.home.root) as other:
            run_triage(other, at=at)
        assert len(whole_rounds) == 1
        return
    run_triage(workspace, at=at)
    assert len(whole_rounds) == 1


def test_a_removed_folder_of_derived_files_costs_time_only(workspace, tmp_path):
    before = tables(workspace)
    shutil.rmtree(workspace.home.derived_dir)
    run_triage(workspace, at=AT)
    after = tables(workspace)
    assert all(before[name].equals(after[name]) for name in before)


@pytest.fixture
def cycles(tmp_path, monkeypatch):
    """Runs cycles on a folder, and says which editions were drawn."""
    drawn: list[str] = []
    make = draw.draw_edition

    def counted(workspace, board, edition, lang):
        drawn.append(edition)
        return make(workspace, board, edition, lang)

    monkeypatch.setattr(draw, "draw_edition", counted)
    root = tmp_path / "site"

    def run(at: datetime, *rows: str) -> tuple[Report, list[str]]:
        drawn.clear()
        files = [csv(tmp_path, f"{at:%d%H%M}.csv", *rows)] if rows else []
        return run_cycle(root, at=at, files=files), list(drawn)

    return run


def page_of(folder: Path) -> bytes:
    return (folder / "index.html").read_bytes()


@pytest.mark.slow
def test_a_page_without_news_is_renewed_and_not_drawn(cycles):
    report, drawn = cycles(AT, pixel(117.2, 29.4, "2024-04-04", "0503"))
    assert drawn == ["internal", "public"]
    folder = report.published["internal"]
    first = page_of(folder)
    files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    later, drawn = cycles(AT + timedelta(minutes=10))
    assert (drawn, set(later.published)) == ([], {"internal", "public"})
    changed = {path.name for path, data in files.items() if path.read_bytes() != data}
    assert changed == {"index.html", "status.json", "manifest.json"}
    assert unpack_document(page_of(folder).decode(), "board-data") == unpack_document(
        first.decode(), "board-data"
    )
    assert b'"at":"2024-04-04T08:15:00Z"' in page_of(folder)
    assert verify_folder(folder) == []
    status = json.loads((folder / "status.json").read_bytes())
    assert (status["data_at"], status["drawn_at"]) == (
        "2024-04-04T08:15:00Z",
        "2024-04-04T08:05:00Z",
    )
    assert status["feeds"][0]["age_min"] == 192  # 05:03 to 08:15
    site = folder.parent
    assert json.loads((site / "status.json").read_bytes())["data_at"] == "2024-04-04T08:15:00Z"
    (run,) = (site / "runs" / "internal").iterdir()
    assert page_of(run) == first  # a run stays as it was drawn


@pytest.mark.slow
def test_what_changes_a_page_has_it_drawn(cycles):
    report, _ = cycles(AT, pixel(117.2, 29.4, "2024-04-04", "0503"))
    both = ["internal", "public"]
    assert cycles(AT + timedelta(minutes=10))[1] == []
    # a new hotspot
    new = pixel(117.5, 29.6, "2024-04-04", "0641")
    assert cycles(AT + timedelta(minutes=20), new)[1] == both
    assert cycles(AT + timedelta(minutes=30))[1] == []
    # a file of the page that was harmed
    (report.published["public"] / "bulletin.txt").write_bytes(b"harmed")
    assert cycles(AT + timedelta(minutes=40))[1] == ["public"]
    # the first case was opened at 08:05, and its answer is due within the hour
    assert cycles(AT + timedelta(minutes=59))[1] == []
    assert cycles(AT + timedelta(minutes=60))[1] == both
    # the turn of a shift at 20:00 in Beijing
    assert cycles(utc("2024-04-04T11:59"))[1] == both
    assert cycles(utc("2024-04-04T12:00"))[1] == both
    # the feed is late 18 h after 06:41, and an hour after that all is drawn anew
    assert cycles(utc("2024-04-05T00:35"))[1] == both
    assert cycles(utc("2024-04-05T00:41"))[1] == []
    assert cycles(utc("2024-04-05T00:42"))[1] == both
    assert cycles(utc("2024-04-05T01:41"))[1] == []
    assert cycles(utc("2024-04-05T01:42"))[1] == both


@pytest.mark.slow
def test_a_warm_process_and_new_ones_leave_the_same_folder(tmp_path):
    """What ``watch --every`` does and what a timer with ``watch --once`` does, page by page."""
    roots = [tmp_path / "warm" / "home", tmp_path / "cold" / "home"]
    rows = {0: ("117.2", "0503"), 20: ("117.5", "0641"), 40: ("117.2", "0722")}
    for minutes in (0, 10, 20, 30, 40, 65):
        at = AT + timedelta(minutes=minutes)
        files = []
        if minutes in rows:
            lon, time = rows[minutes]
            row = pixel(float(lon), 29.4, "2024-04-04", time)
            files = [csv(tmp_path, f"{minutes}.csv", row)]
        run_cycle(roots[0], at=at, files=files)
        words = [word for file in files for word in ("--hotspots", str(file))]
        done = subprocess.run(
            [
                *(sys.executable, "-m", "jdzfire", "--home", str(roots[1]), "watch", "--once"),
                *("--now", at.isoformat(), *words),
            ],
            capture_output=True,
            text=True,
        )
        assert done.returncode in (0, 4), done.stderr
    assert different_tables(*map(state_of, roots)) == []
    pages = [
        {
            path.relative_to(root): path.read_bytes()
            for path in (root / "published").rglob("[!.]*")
            if path.is_file() and ".previous" not in str(path)
        }
        for root in roots
    ]
    assert pages[0] == pages[1]
    assert len(pages[0]) > 60
