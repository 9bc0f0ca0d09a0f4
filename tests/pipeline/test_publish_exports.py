"""Exports of the main job: the chain of CAP messages over cycles, checksums of the item."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from jdzfire.board.board import HISTORY_COLUMNS
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.publish import publish_editions
from jdzfire.pipeline.triage import run_triage
from jdzfire.queries.board import load_board
from jdzfire.store.atomic import verify_folder
from jdzfire.workspace import open_workspace
from tests.tables import utc

HEADER = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,"
    "bright_ti5,frp,daynight\n"
)
SPACE = "{urn:oasis:names:tc:emergency:cap:1.2}"


@pytest.fixture
def workspace(tmp_path):
    with open_workspace(tmp_path / "home", writing=True) as opened:
        yield opened


def cycle(workspace, tmp_path, time, at):
    """Take in one pixel seen at ``time``, judge, and publish."""
    file = tmp_path / f"{time}.csv"
    row = f"29.4,117.2,335.1,0.4,0.4,2024-04-04,{time},N20,nominal,2.0NRT,295.2,6.0,D\n"
    file.write_text(HEADER + row)
    ingest_files(workspace, "firms", [file], at=at)
    run_triage(workspace, at=at)
    return publish_editions(workspace, at=at)


def message(folder: Path) -> dict[str, str]:
    (file,) = (folder / "exports" / "cap").glob("*.xml")
    root = ElementTree.fromstring(file.read_bytes())  # noqa: S314 - written by the test
    return {child.tag.removeprefix(SPACE): child.text or "" for child in root}


@pytest.mark.slow
def test_alert_then_the_same_then_update(workspace, tmp_path):
    shown = cycle(workspace, tmp_path, "0503", utc("2024-04-04T06:00"))
    first = message(shown["internal"])
    assert (first["msgType"], first["sent"]) == ("Alert", "2024-04-04T14:00:00+08:00")
    assert first["sender"] == "jdzfire@localhost"
    assert message(shown["public"])["identifier"] != first["identifier"]
    publish_editions(workspace, at=utc("2024-04-04T06:10"))
    assert message(shown["internal"]) == first
    cycle(workspace, tmp_path, "0640", utc("2024-04-04T07:00"))
    second = message(shown["internal"])
    assert second["msgType"] == "Update"
    assert second["references"] == f"jdzfire@localhost,{first['identifier']},{first['sent']}"
    assert verify_folder(shown["internal"]) == []


@pytest.mark.slow
def test_a_lost_folder_is_made_again_from_the_ledger(workspace, tmp_path):
    at = utc("2024-04-04T06:00")
    shown = cycle(workspace, tmp_path, "0503", at)
    first = message(shown["internal"])
    shutil.rmtree(shown["internal"])
    publish_editions(workspace, at=utc("2024-04-04T06:10"))
    assert message(shown["internal"]) == first


@pytest.mark.slow
def test_the_item_tells_the_checksums_of_what_lies_there(workspace, tmp_path):
    shown = cycle(workspace, tmp_path, "0503", utc("2024-04-04T06:00"))
    folder = shown["internal"] / "exports"
    item = json.loads((folder / "stac-item.json").read_text(encoding="utf-8"))
    assert len(item["assets"]) >= 9
    assert item["bbox"] == [116.9, 28.7, 117.9, 30.0]
    for asset in item["assets"].values():
        if asset["title"] == "index.html":  # renewed without being drawn
            continue
        content = (folder / asset["href"]).read_bytes()
        assert asset["file:checksum"] == "1220" + hashlib.sha256(content).hexdigest()


@pytest.mark.slow
def test_the_board_has_the_decisions_but_not_their_sentences(workspace, tmp_path):
    at = utc("2024-04-04T06:00")
    cycle(workspace, tmp_path, "0503", at)
    history = load_board(workspace, at=at).verdict_history
    assert list(history.columns) == list(HISTORY_COLUMNS)
    assert history["verdict"].tolist() == ["unresolved"]
