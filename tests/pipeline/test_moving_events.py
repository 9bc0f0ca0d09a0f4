"""Events that meet, fall apart, and are distinguished: what jdzfire keeps of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shapely.geometry import box
from typer.testing import CliRunner

from jdzfire.cli import app
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.triage import run_triage
from jdzfire.store.registers import save_register
from jdzfire.triage.duty import needs_duty
from jdzfire.workspace import Workspace, open_workspace
from tests.pipeline.test_main_job import csv, pixel
from tests.tables import register_table, utc

AT = utc("2024-04-04T08:00")
LON, LAT = 117.2, 29.4
M_EAST = 1 / 97_070.0


@pytest.fixture
def workspace(tmp_path):
    with open_workspace(tmp_path / "home", writing=True) as opened:
        yield opened


def take_in(workspace: Workspace, tmp_path: Path, name: str, *rows: str, at=AT) -> None:
    ingest_files(workspace, "firms", [csv(tmp_path, name, *rows)], at=at)
    run_triage(workspace, at=at)


def actions(workspace: Workspace) -> list[str]:
    return workspace.ledger.load_event_log()["action"].tolist()


def groups(workspace: Workspace) -> list[int]:
    return sorted(workspace.ledger.load_members()["event_id"].value_counts())


def east(metres: float, day: str = "2024-04-04", time: str = "0503") -> str:
    return pixel(round(LON + metres * M_EAST, 5), LAT, day, time)


@pytest.mark.slow
def test_a_better_version_that_moves_a_hotspot_pulls_an_event_apart(workspace, tmp_path):
    # footprints reach 411 m along the latitude; gaps of 485 m, the middle one moves 100 m: 585 m
    take_in(workspace, tmp_path, "a.csv", east(0), east(1307), east(2614))
    assert groups(workspace) == [3]
    new_or_updated = east(1407).replace("2.0NRT", "2")
    take_in(workspace, tmp_path, "b.csv", new_or_updated)
    assert groups(workspace) == [1, 2]
    log = workspace.ledger.load_event_log()
    assert sorted(log["action"]) == ["moved", "split"]
    split = log[log["action"] == "split"].iloc[0]
    assert (split["event_id"], split["other_id"]) == ("JDZ-20240404-001", "JDZ-20240404-002")
    assert len(json.loads(split["hotspot_ids"])) == 1
    # both ask for an answer, each has its case
    assert len(workspace.ledger.load_cases()) == 2
    assert needs_duty(workspace.ledger.load_verdicts(), workspace.ledger.load_cases()).all()
    # again: nothing changes
    run_triage(workspace, at=AT)
    assert len(workspace.ledger.load_event_log()) == 2


@pytest.mark.slow
def test_merges_and_late_hotspots_are_logged_once(workspace, tmp_path):
    take_in(workspace, tmp_path, "a.csv", east(0), east(2200))
    assert groups(workspace) == [1, 1]
    take_in(workspace, tmp_path, "b.csv", east(1100, time="0311"))
    assert groups(workspace) == [3]
    assert sorted(actions(workspace)) == ["late", "merged"]
    run_triage(workspace, at=AT)
    assert sorted(actions(workspace)) == ["late", "merged"]


@pytest.mark.slow
def test_what_people_told_apart_stays_apart_whatever_comes(tmp_path):
    home = tmp_path / "home"
    with open_workspace(home, writing=True) as workspace:
        take_in(workspace, tmp_path, "a.csv", east(0), east(1100))
        (event,) = workspace.ledger.load_events()["event_id"]
        far = workspace.ledger.load_members()["hotspot_id"].max()
    call = ["event", "split", event, far, "--who", "王五", "--remark", "两个山头"]
    more = ["--home", str(home), "--now", "2024-04-04T09:00Z", "--json"]
    stated = CliRunner().invoke(app, [*call, *more])
    assert stated.exit_code == 0, stated.output
    assert json.loads(stated.stdout)["hotspots"] == {far: "JDZ-20240404-002"}
    with open_workspace(home, writing=True) as workspace:
        assert groups(workspace) == [1, 1]
        take_in(workspace, tmp_path, "b.csv", east(300, time="0645"), east(850, time="0645"))
        assert groups(workspace) == [2, 2]  # each new one on the side it lies closer to
        log = workspace.ledger.load_event_log()
        said = log[log["action"] == "apart"].iloc[0]
        assert (said["who"], said["remark"]) == ("王五", "两个山头")
        assert len(workspace.ledger.load_cases()) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hotspots", "expected"),
    [(["nobody"], "not hotspots of"), (["all"], "all 2 hotspots")],
)
def test_a_statement_that_cannot_be_is_refused(tmp_path, hotspots, expected):
    home = tmp_path / "home"
    with open_workspace(home, writing=True) as workspace:
        take_in(workspace, tmp_path, "a.csv", east(0), east(1100))
        held = workspace.ledger.load_members()["hotspot_id"].tolist()
    named = held if hotspots == ["all"] else hotspots
    call = ["event", "apart", "JDZ-20240404-001", *named, "--home", str(home)]
    stated = CliRunner().invoke(app, call)
    assert stated.exit_code != 0
    assert expected in str(stated.exception)


def test_a_fire_over_the_city_border_is_one_event_and_one_beyond_it_is_none(workspace, tmp_path):
    county = {"geometry": box(LON - 0.3, LAT - 0.3, LON, LAT + 0.3)}
    save_register(workspace.home, "admin", register_table("admin", [county]))
    # the city ends at 0; 4 km east another fire burns
    take_in(workspace, tmp_path, "a.csv", east(-300), east(600), east(1500), east(5500))
    assert groups(workspace) == [3]
    (verdict,) = workspace.ledger.load_verdicts()["verdict"]
    assert verdict == "unresolved"


def test_a_pixel_whose_middle_lies_beyond_the_border_may_be_a_fire_at_home(workspace, tmp_path):
    county = {"geometry": box(LON - 0.3, LAT - 0.3, LON, LAT + 0.3)}
    save_register(workspace.home, "admin", register_table("admin", [county]))
    take_in(workspace, tmp_path, "a.csv", east(350))
    assert len(workspace.ledger.load_cases()) == 1
