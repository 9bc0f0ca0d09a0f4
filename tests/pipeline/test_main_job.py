"""The main job end to end on a month of a simulated season, and on small made-up scenes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
from shapely.geometry import box

from jdzfire.cases import steps
from jdzfire.maps.packed import unpack_document
from jdzfire.pipeline.check_feeds import check_feeds
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.publish import publish_editions
from jdzfire.pipeline.triage import run_triage
from jdzfire.queries.board import load_board
from jdzfire.queries.describe import describe_event
from jdzfire.schemas import decode_reasons
from jdzfire.store.archive import load_hotspots
from jdzfire.store.registers import save_register
from jdzfire.store.rejected import load_rejected
from jdzfire.triage.duty import needs_duty
from jdzfire.workspace import Workspace, open_workspace
from tests.conftest import MONTH_END, month_files
from tests.tables import register_table, utc
from tests.workspaces import MAPPING

HEADER = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,"
    "bright_ti5,frp,daynight\n"
)


@pytest.fixture
def workspace(tmp_path):
    with open_workspace(tmp_path / "home", writing=True) as opened:
        yield opened


def csv(tmp_path: Path, name: str, *rows: str) -> Path:
    path = tmp_path / name
    path.write_text(HEADER + "".join(row + "\n" for row in rows))
    return path


def pixel(lon: float, lat: float, day: str, time: str, frp: float = 6.0) -> str:
    return f"{lat},{lon},335.1,0.4,0.4,{day},{time},N20,nominal,2.0NRT,295.2,{frp},D"


def ledger_tables(workspace: Workspace) -> dict[str, pd.DataFrame]:
    ledger = workspace.ledger
    return {
        "events": pd.DataFrame(ledger.load_events()),
        "members": ledger.load_members(),
        "verdicts": ledger.load_verdicts(),
        "cases": ledger.load_cases(),
        "log": ledger.load_case_log(),
        "hotspots": pd.DataFrame(load_hotspots(workspace.home)),
    }


def assert_same(before: dict[str, pd.DataFrame], after: dict[str, pd.DataFrame]) -> None:
    for name, table in before.items():
        pd.testing.assert_frame_equal(table, after[name], obj=name)


@pytest.mark.slow
def test_running_again_changes_nothing(month_copy, season_folder):
    with open_workspace(month_copy, writing=True) as workspace:
        before = ledger_tables(workspace)
        assert len(before["events"]) > 20
        intake = ingest_files(workspace, "auto", month_files(season_folder), at=MONTH_END)
        assert intake.known == intake.files
        outcome = run_triage(workspace, at=MONTH_END, everything=True)
        assert (outcome.opened, outcome.reopened) == (0, 0)
        assert_same(before, ledger_tables(workspace))


@pytest.mark.slow
def test_killed_after_archiving_the_next_run_gives_the_same(workspace, tmp_path, month_home):
    del month_home
    rows = [pixel(117.2, 29.4, "2024-04-04", "0503"), pixel(117.3, 29.4, "2024-04-04", "0503")]
    file = csv(tmp_path, "a.csv", *rows)
    at = utc("2024-04-04T08:00")
    ingest_files(workspace, "firms", [file], at=at)
    # killed here: archived, not judged; the next run is given nothing new
    ingest_files(workspace, "firms", [file], at=at)
    run_triage(workspace, at=at)
    with open_workspace(tmp_path / "other", writing=True) as other:
        ingest_files(other, "firms", [file], at=at)
        run_triage(other, at=at)
        assert_same(ledger_tables(other), ledger_tables(workspace))
    assert len(workspace.ledger.load_events()) == 2


@pytest.mark.slow
def test_an_upgrade_lost_in_a_kill_is_described_by_the_next_run(workspace, tmp_path):
    at = utc("2024-04-04T08:00")
    ingest_files(
        workspace,
        "firms",
        [csv(tmp_path, "a.csv", pixel(117.2, 29.4, "2024-04-04", "0503"))],
        at=at,
    )
    run_triage(workspace, at=at)
    new_or_updated = pixel(117.2003, 29.4, "2024-04-04", "0503", frp=31.0).replace("2.0NRT", "2")
    ingest_files(workspace, "firms", [csv(tmp_path, "b.csv", new_or_updated)], at=at)
    # killed here; another file comes in the next run
    more = csv(tmp_path, "c.csv", pixel(117.5, 29.6, "2024-04-04", "0503"))
    ingest_files(workspace, "firms", [more], at=at)
    run_triage(workspace, at=at)
    events = workspace.ledger.load_events().set_index("event_id")
    assert events.loc["JDZ-20240404-001", "frp_max_mw"] == 31.0
    assert len(events) == 2


@pytest.mark.slow
def test_counties_registered_later_do_not_lose_an_event_outside_them(workspace, tmp_path):
    at = utc("2024-04-04T08:00")
    rows = [pixel(117.2, 29.4, "2024-04-04", "0503"), pixel(117.8, 29.9, "2024-04-04", "0503")]
    ingest_files(workspace, "firms", [csv(tmp_path, "a.csv", *rows)], at=at)
    run_triage(workspace, at=at)
    county = register_table("admin", [{"geometry": box(117.1, 29.3, 117.3, 29.5)}])
    save_register(workspace.home, "admin", county, at=at)
    outcome = run_triage(workspace, at=at, everything=True)
    assert outcome.unresolved == 2
    new = csv(tmp_path, "b.csv", pixel(117.6, 29.8, "2024-04-04", "0504"))
    ingest_files(workspace, "firms", [new], at=at)
    assert run_triage(workspace, at=at).events == 2  # the new one lies outside the counties


def test_an_unanswered_case_is_handed_to_the_event_that_takes_it_over(workspace, tmp_path):
    first, later = utc("2024-04-04T06:00"), utc("2024-04-04T18:00")
    # two events 2.3 km apart; the older is answered and closed, the younger is not
    old, young = (
        pixel(117.2, 29.4, "2024-04-04", "0400"),
        pixel(117.2237, 29.4, "2024-04-04", "0500"),
    )
    ingest_files(workspace, "firms", [csv(tmp_path, "a.csv", old, young)], at=first)
    run_triage(workspace, at=first)
    ledger = workspace.ledger
    ledger.change_case("CASE-20240404-001", steps.answer("no_fire", who="t", at=first))
    ledger.change_case("CASE-20240404-001", steps.close(who="t", at=first))
    # late data of before the closing join the two
    bridge = pixel(117.2118, 29.4, "2024-04-04", "0430")
    ingest_files(workspace, "firms", [csv(tmp_path, "b.csv", bridge)], at=later)
    outcome = run_triage(workspace, at=later)
    assert outcome.events == 1
    cases = ledger.load_cases().set_index("case_id")["status"]
    assert cases["CASE-20240404-002"] == "closed"
    assert cases["CASE-20240404-001"] == "open"
    assert outcome.unresolved == 1


@pytest.mark.slow
def test_a_case_comes_back_when_its_place_burns_again(workspace, tmp_path):
    first, later = utc("2024-04-04T06:00"), utc("2024-04-05T06:00")
    ingest_files(
        workspace,
        "firms",
        [csv(tmp_path, "a.csv", pixel(117.2, 29.4, "2024-04-04", "0503"))],
        at=first,
    )
    run_triage(workspace, at=first)
    workspace.ledger.change_case("CASE-20240404-001", steps.answer("no_fire", who="t", at=first))
    workspace.ledger.change_case("CASE-20240404-001", steps.close(who="t", at=first))
    assert run_triage(workspace, at=first).unresolved == 0
    ingest_files(
        workspace,
        "firms",
        [csv(tmp_path, "b.csv", pixel(117.2, 29.4, "2024-04-05", "0444"))],
        at=later,
    )
    outcome = run_triage(workspace, at=later)
    assert (outcome.reopened, outcome.unresolved) == (1, 1)
    case = workspace.ledger.load_cases().iloc[0]
    assert case["answer_due_at"] == later + timedelta(minutes=60)


BAD_FILES = {
    "html.csv": b"<!DOCTYPE html><html><body>503 Service Unavailable</body></html>",
    "key.csv": b"Invalid MAP_KEY.",
    "empty.csv": b"",
    "columns.csv": b"latitude,longitude\n29.4,117.2\n",
    "binary.csv": bytes(range(256)) * 8,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_used_is_kept_and_told_and_the_map_stands(workspace, tmp_path, name):
    at = utc("2024-04-04T08:00")
    good = csv(tmp_path, "good.csv", pixel(117.2, 29.4, "2024-04-04", "0503"))
    ingest_files(workspace, "firms", [good], at=at)
    run_triage(workspace, at=at)
    page = publish_editions(workspace, at=at)["internal"] / "index.html"
    up = page.read_bytes()
    bad = tmp_path / name
    bad.write_bytes(BAD_FILES[name])
    intake = ingest_files(workspace, "firms", [bad], at=at)
    assert intake.is_nothing_usable
    assert name in intake.unusable[0]
    inputs = workspace.ledger.load_inputs()
    assert inputs.loc[inputs["source_name"] == name, "state"].tolist() == ["unusable"]
    run_triage(workspace, at=at)
    assert page.read_bytes() == up
    # lying in the inbox it is reported once, not in every cycle
    assert ingest_files(workspace, "firms", [], inbox=[bad], at=at).unusable == ()


def test_bad_rows_are_set_aside_and_the_good_ones_used(workspace, tmp_path):
    good = pixel(117.2, 29.4, "2024-04-04", "0503")
    rows = [
        good,
        good,  # duplicate
        pixel(117.2, 95.0, "2024-04-04", "0503"),  # latitude 95
        pixel(117.2, 29.4, "2024-04-04", "0503").replace("29.4,117.2", ","),  # no place
        pixel(117.2, 29.4, "44444444", "0503"),  # no date
        good[:30],  # cut off
    ]
    intake = ingest_files(
        workspace, "firms", [csv(tmp_path, "mixed.csv", *rows)], at=utc("2024-04-04T08:00")
    )
    assert (intake.rows, intake.rejected) == (1, 5)
    (fault,) = intake.faults
    assert fault.startswith("mixed.csv: 5 of 6 rows rejected: ")
    assert "1 column_count" in fault
    rejected = load_rejected(workspace.home)
    assert rejected["line"].tolist() == [3, 4, 5, 6, 7]
    hotspots = load_hotspots(workspace.home)
    assert (hotspots.geometry.x != 0).all()
    assert (hotspots.geometry.y != 0).all()


def test_an_empty_day_is_normal(workspace, tmp_path):
    at = utc("2024-04-04T08:00")
    intake = ingest_files(workspace, "firms", [csv(tmp_path, "none.csv")], at=at)
    assert (intake.rows, intake.faults) == (0, ())
    assert run_triage(workspace, at=at).events == 0
    # it said that there is nothing: the feed is well
    assert check_feeds(workspace, at=at) == ()
    folder = publish_editions(workspace, at=at)["internal"]
    page = unpack_document((folder / "index.html").read_text("utf-8"), "board-data")
    assert page["events"]["n"] == 0
    assert "当前无待核查" in (folder / "bulletin.txt").read_text("utf-8")


def test_a_silent_feed_is_a_fault(workspace):
    assert check_feeds(workspace, at=utc("2024-04-04T08:00")) == (
        "feed firms has given no data yet",
    )


def test_a_feed_that_was_well_is_late_on_a_page_drawn_much_later(workspace, tmp_path):
    at = utc("2024-04-04T08:00")
    file = csv(tmp_path, "a.csv", pixel(117.2, 29.4, "2024-04-04", "0503"))
    ingest_files(workspace, "firms", [file], at=at)
    assert check_feeds(workspace, at=at) == ()
    assert load_board(workspace, at=at).feeds["state"].tolist() == ["ok"]
    # 18 h after the newest data: 05:03 + 18 h = 23:03
    assert load_board(workspace, at=utc("2024-04-04T23:02")).feeds["state"].tolist() == ["ok"]
    assert load_board(workspace, at=utc("2024-04-04T23:04")).feeds["state"].tolist() == ["late"]


def test_a_feed_of_an_own_mapping_is_late_like_any_other(tmp_path):
    (tmp_path / "home" / "mappings").mkdir(parents=True)
    (tmp_path / "home" / "mappings" / "county-list.toml").write_text(MAPPING, encoding="utf-8")
    sheet = tmp_path / "县表.csv"
    sheet.write_text("县表编号,时间,经度,纬度\n1,2024-04-04 13:03,117.2,29.4\n", encoding="utf-8")
    at = utc("2024-04-04T08:00")
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        ingest_files(workspace, "county-list", [sheet], at=at)
        check_feeds(workspace, at=at)
        late_after_h = workspace.feeds["county-list"].late_after_h
        # 13:03 in Beijing is 05:03Z
        just = utc("2024-04-04T05:03") + timedelta(hours=late_after_h)
        for when, state in (
            (just - timedelta(minutes=1), "ok"),
            (just + timedelta(minutes=1), "late"),
        ):
            row = load_board(workspace, at=when).feeds.set_index("feed").loc["county-list"]
            assert (row["state"], row["late_after_h"]) == (state, late_after_h)


@pytest.mark.slow
def test_an_older_board_never_replaces_a_newer_one(workspace):
    at = utc("2024-04-04T08:00")
    assert set(publish_editions(workspace, at=at)) == {"internal", "public"}
    assert publish_editions(workspace, at=at - timedelta(hours=1)) == {}


@pytest.mark.slow
def test_the_month_is_judged_with_every_kind_of_verdict(month_home):
    with open_workspace(month_home) as workspace:
        verdicts = workspace.ledger.load_verdicts()
        assert {"unresolved", "heat_source"} <= set(verdicts["verdict"])
        for text in verdicts["reasons"]:
            reasons = decode_reasons(text)
            assert reasons
            assert all(reason.text_zh and reason.text_en for reason in reasons)
        board = load_board(workspace, at=MONTH_END)
        needed = verdicts[needs_duty(verdicts, workspace.ledger.load_cases())]
        assert set(needed["event_id"]) <= set(board.events["event_id"])
        assert board.nearest.groupby("event_id").size().eq(3).all()
        # the grade of each place on the day it was last seen, as `jdzfire event show` states it
        event_id = workspace.ledger.load_events()["event_id"].iloc[0]
        stated = describe_event(workspace, event_id)
        assert board.danger_of_events[event_id] == stated["weather"]["danger_grade"]
        assert set(board.danger_of_events.values()) <= {1, 2, 3, 4, 5}
        # what each pass saw, of events somebody must answer for, and of no other
        assert board.growth is not None
        assert set(board.growth["event_id"]) <= set(needed["event_id"])
        ours = board.growth.loc[board.growth["event_id"] == event_id, "hotspot_count"]
        assert ours.tolist() == [row["hotspot_count"] for row in stated["growth"]]


@pytest.mark.slow
def test_land_and_weather_at_an_event(month_home):
    with open_workspace(month_home) as workspace:
        event_id = workspace.ledger.load_events()["event_id"].iloc[0]
        document = describe_event(workspace, event_id)
    assert 0 <= document["land"]["slope_deg"] < 60
    assert document["land"]["landcover_zh"]
    assert document["weather"]["danger_grade"] in (1, 2, 3, 4, 5)
    assert len(document["nearest_teams"]) == 3
    assert document["hotspots"]
