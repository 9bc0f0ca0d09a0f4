"""Marks of a workspace: what a verdict or a page follows from changes them, reading does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jdzfire.cases import steps
from jdzfire.pipeline.check_feeds import check_feeds
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.triage import run_triage
from jdzfire.queries.knowledge import knowledge_of
from jdzfire.store.registers import save_register
from jdzfire.workspace import open_workspace
from tests.pipeline.test_main_job import csv, pixel
from tests.tables import register_table, utc

AT = utc("2024-04-04T08:00")


@pytest.fixture
def workspace(tmp_path):
    with open_workspace(tmp_path / "home", writing=True) as opened:
        first = pixel(117.2, 29.4, "2024-04-04", "0503")
        ingest_files(opened, "firms", [csv(tmp_path, "a.csv", first)], at=AT)
        check_feeds(opened, at=AT)
        run_triage(opened, at=AT)
        yield opened


def changed(workspace, act):
    """Names of the marks that an act changes."""
    before = vars(knowledge_of(workspace))
    act()
    return {name for name, value in vars(knowledge_of(workspace)).items() if before[name] != value}


def test_reading_and_looking_again_change_nothing(workspace):
    def look():
        workspace.ledger.load_events()
        run_triage(workspace, at=AT + timedelta(minutes=10))
        check_feeds(workspace, at=AT + timedelta(minutes=10))

    assert changed(workspace, look) == set()


def test_each_act_changes_its_mark(workspace, tmp_path):
    ledger = workspace.ledger
    case_id = ledger.load_cases()["case_id"].iloc[0]

    def answer():
        ledger.change_case(case_id, steps.answer("no_fire", who="test", at=AT))

    assert changed(workspace, answer) == {"cases"}

    def ingest():
        row = pixel(117.21, 29.4, "2024-04-04", "0641")
        ingest_files(workspace, "firms", [csv(tmp_path, "b.csv", row)], at=AT)

    assert changed(workspace, ingest) == {"archive", "inputs", "feeds"}
    assert "events" in changed(workspace, lambda: run_triage(workspace, at=AT))

    def split():
        ids = ledger.load_members()["hotspot_id"]
        event_id = ledger.load_members()["event_id"].iloc[0]
        ledger.split_event(event_id, [ids.iloc[0]], who="test", at=AT)

    assert changed(workspace, split) == {"events"}

    def register():
        from shapely import Point

        table = register_table("settlements", [{"geometry": Point(117.2, 29.3)}])
        save_register(workspace.home, "settlements", table, at=AT)

    assert changed(workspace, register) == {"setting"}
    assert changed(workspace, lambda: check_feeds(workspace, at=AT + timedelta(days=2))) == {
        "feeds"
    }


def test_an_empty_file_changes_only_how_the_feeds_do(workspace, tmp_path):
    def ingest():
        ingest_files(workspace, "firms", [csv(tmp_path, "none.csv")], at=AT)

    assert changed(workspace, ingest) <= {"feeds"}
