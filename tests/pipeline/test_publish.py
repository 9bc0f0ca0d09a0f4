"""The site as the main job puts it up: dated runs, front page, status, what is kept."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from jdzfire.pipeline.check_feeds import check_feeds
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.publish import publish_editions
from jdzfire.pipeline.triage import run_triage
from jdzfire.store.atomic import verify_folder
from jdzfire.workspace import open_workspace
from tests.pipeline.test_main_job import csv, pixel
from tests.tables import utc

AT = utc("2024-04-04T08:00")


@pytest.fixture
def workspace(tmp_path):
    root = tmp_path / "home"
    root.mkdir()
    (root / "jdzfire.toml").write_text("publish_keep = 2\n", encoding="utf-8")
    with open_workspace(root, writing=True) as opened:
        file = csv(tmp_path, "a.csv", pixel(117.2, 29.4, "2024-04-04", "0503"))
        ingest_files(opened, "firms", [file], at=AT)
        check_feeds(opened, at=AT)
        run_triage(opened, at=AT)
        yield opened


@pytest.mark.slow
def test_the_site_has_the_last_runs_a_front_page_and_a_status(workspace):
    for half_hours in range(3):
        publish_editions(workspace, at=AT + timedelta(minutes=30 * half_hours))
    site = workspace.home.published_dir
    for edition in ("internal", "public"):
        folders = sorted((site / "runs" / edition).iterdir())
        assert [folder.name for folder in folders] == ["20240404T083000Z", "20240404T090000Z"]
        assert [verify_folder(folder) for folder in folders] == [[], []]
        status = json.loads((site / edition / "status.json").read_bytes())
        assert status["edition"] == edition
        assert status["data_at"] == "2024-04-04T09:00:00Z"
        assert status["newest_data_at"] == "2024-04-04T05:03:00Z"
        assert status["counts"]["unresolved"] == 1
        # 05:03 to 09:00; the watch calls firms late after 18 h
        (firms,) = [feed for feed in status["feeds"] if feed["feed"] == "firms"]
        assert (firms["age_min"], firms["late_after_h"]) == (237, 18.0)
    front = json.loads((site / "status.json").read_bytes())
    assert [run["folder"] for run in front["runs"]] == [
        "runs/internal/20240404T090000Z",
        "runs/public/20240404T090000Z",
        "runs/internal/20240404T083000Z",
        "runs/public/20240404T083000Z",
    ]
    assert "runs/public/20240404T083000Z/index.html" in (site / "index.html").read_text("utf-8")


@pytest.mark.slow
def test_an_older_run_leaves_the_whole_site_alone(workspace):
    publish_editions(workspace, at=AT)
    site = workspace.home.published_dir
    before = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    assert publish_editions(workspace, at=AT - timedelta(hours=1)) == {}
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == before


@pytest.mark.slow
@pytest.mark.parametrize(("keep_mb", "left"), [(256, 4), (1, 2)])
def test_the_bytes_of_the_runs_are_bounded_and_the_front_page_names_what_stays(
    tmp_path, keep_mb, left
):
    root = tmp_path / "home"
    root.mkdir()
    (root / "jdzfire.toml").write_text(f"publish_keep_mb = {keep_mb}\n", encoding="utf-8")
    with open_workspace(root, writing=True) as opened:
        for half_hours in range(4):
            publish_editions(opened, at=AT + timedelta(minutes=30 * half_hours))
        site = opened.home.published_dir
    kept = sorted(folder.relative_to(site).as_posix() for folder in site.glob("runs/*/*"))
    assert len(kept) == 2 * left  # both editions
    front = json.loads((site / "status.json").read_bytes())
    assert sorted(run["folder"] for run in front["runs"]) == kept
    # three runs of more than a third of a MiB each do not fit into one, and two always stay
    page = site / kept[-1] / "index.html"
    others = (site / kept[-1]).rglob("*.gpkg")
    assert page.stat().st_size + sum(file.stat().st_size for file in others) > (1 << 20) / 3
