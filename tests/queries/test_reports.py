"""Papers on demand: the command, what it writes, and what it refuses."""

from __future__ import annotations

import io
import json
from pathlib import Path

import docx
import pytest
from typer.testing import CliRunner

from jdzfire.cli import app
from jdzfire.errors import NotFound, UsageError
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.triage import run_triage
from jdzfire.queries.reports import write_report
from jdzfire.workspace import open_workspace
from tests.pipeline.test_main_job import csv, pixel
from tests.tables import utc

AT = utc("2024-04-04T08:00")
EVENT = "JDZ-20240404-001"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        rows = [pixel(117.2, 29.4, "2024-04-04", time) for time in ("0503", "0650")]
        ingest_files(workspace, "firms", [csv(tmp_path, "a.csv", *rows)], at=AT)
        run_triage(workspace, at=AT)
    return tmp_path / "home"


@pytest.mark.slow
@pytest.mark.parametrize("form", ["html", "docx"])
@pytest.mark.parametrize("kind", ["handover", "daily", "event"])
def test_each_paper_is_written_and_names_the_event(root, tmp_path, kind, form):
    out = tmp_path / f"paper.{form}"
    words = ["paper", kind, "--home", str(root), "--now", "2024-04-04T08:00Z", "--out", str(out)]
    words += ["--format", form, "--json", *([EVENT] if kind == "event" else [])]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["bytes"] == out.stat().st_size
    if form == "html":
        assert EVENT in out.read_text("utf-8")
        return
    document = docx.Document(io.BytesIO(out.read_bytes()))
    cells = [c.text for table in document.tables for row in table.rows for c in row.cells]
    assert EVENT in cells


def test_an_event_older_than_the_map_has_its_report(root):
    with open_workspace(root) as workspace:
        page = write_report(workspace, "event", at=utc("2025-04-04T08:00"), event_id=EVENT)
    assert EVENT in page.decode()
    # two passes: 13:03 and 14:50 in Beijing
    assert "04-04 13:03" in page.decode()
    assert "04-04 14:50" in page.decode()


def test_growth_after_the_moment_is_not_on_the_report(root):
    with open_workspace(root) as workspace:
        page = write_report(workspace, "event", at=utc("2024-04-04T06:00"), event_id=EVENT).decode()
    assert "<td>04-04 13:03</td>" in page
    assert "<td>04-04 14:50</td>" not in page


def test_what_does_not_fit_together_is_refused(root):
    with open_workspace(root) as workspace:
        with pytest.raises(UsageError):
            write_report(workspace, "event", at=AT)
        with pytest.raises(UsageError):
            write_report(workspace, "daily", at=AT, event_id=EVENT)
        with pytest.raises(NotFound):
            write_report(workspace, "event", at=AT, event_id="JDZ-19990101-001")


def test_the_daily_tells_the_numbers_of_the_year(root):
    with open_workspace(root) as workspace:
        page = write_report(workspace, "daily", at=AT).decode()
    assert "本年已发现热点事件1起，立案1起。2024年，景德镇市共调度处置火情、热点0起" in page
