"""The whole job on PostgreSQL ends in the tables it ends in on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from jdzfire.cases import steps
from jdzfire.pipeline.triage import run_triage
from jdzfire.workspace import open_workspace
from tests.postgres import schema
from tests.workspaces import AT, different_tables, make_workspace, state_of


@pytest.fixture
def url() -> Iterator[str]:
    with schema() as found:
        yield found


def work(root: Path, files: Path) -> None:
    files.mkdir()
    make_workspace(root, files)
    with open_workspace(root, writing=True) as workspace:
        ledger = workspace.ledger
        case_id = ledger.load_cases()["case_id"].iloc[0]
        ledger.change_case(case_id, steps.dispatch("T-01", who="张三", at=AT), seen=2)
        ledger.change_case(case_id, steps.answer("farm_fire", who="李四", at=AT), seen=3)
        run_triage(workspace, at=AT + timedelta(hours=3))
        assert ledger.check_case_log().is_whole


def test_every_table_is_the_same_on_postgresql(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(tmp_path / "sqlite", tmp_path / "files")
    expected = state_of(tmp_path / "sqlite")
    monkeypatch.setenv("JDZFIRE_LEDGER_URL", url)
    work(tmp_path / "postgres", tmp_path / "more")
    found = state_of(tmp_path / "postgres")
    assert different_tables(expected, found) == []
    assert len(found["cases"]) > 0
