"""Registers that offices put into the inbox: recognised, registered, asked about, rejected."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from jdzfire.feeds.registers.kinds import REGISTER_KINDS
from jdzfire.feeds.registers.recognise import KindQuestion, recognise_register
from jdzfire.pipeline.inbox import FOLDER, open_questions, receive_registers
from jdzfire.store.registers import load_register
from jdzfire.workspace import Workspace, open_workspace
from tests.tables import utc

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "data" / "samples"
AT = utc("2024-04-04T08:00")

KINDS = {
    "permits.csv": "permits",
    "permits.xls": "permits",
    "permits.xlsx": "permits",
    "permits_polygon.geojson": "permits",
    "teams.csv": "teams",
    "zones.geojson": "zones",
    "heat_sources.geojson": "heat-sources",
    "roads.geojson": "roads",
    "admin.geojson": "admin",
    "special_days.csv": "special-days",
    "resources.csv": "resources",
}


@pytest.fixture
def workspace(tmp_path):
    with open_workspace(tmp_path / "home", writing=True) as opened:
        yield opened


def put(workspace: Workspace, source: Path, name: str = "") -> Path:
    target = workspace.home.root / FOLDER / (name or source.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(source, target))


@pytest.mark.parametrize(("name", "kind"), sorted(KINDS.items()))
def test_a_register_is_told_by_its_headers_alone(name, kind):
    raw = (SAMPLES / name).read_bytes()
    assert recognise_register(raw, source_name=f"1{Path(name).suffix}") == kind


@pytest.mark.parametrize(
    "name", sorted(path.name for path in SAMPLES.glob("*.csv") if path.name not in KINDS)
)
def test_what_is_no_register_is_taken_for_none(name):
    raw = (SAMPLES / name).read_bytes()
    with pytest.raises(KindQuestion):
        recognise_register(raw, source_name="1.csv")


def test_the_name_settles_what_headers_leave_open():
    raw = (SAMPLES / "settlements.csv").read_bytes()
    assert recognise_register(raw, source_name="2024居民点.csv") == "settlements"
    with pytest.raises(KindQuestion):  # headers of no teams
        recognise_register(raw, source_name="扑火队.csv")
    teams = (SAMPLES / "teams.csv").read_bytes()
    with pytest.raises(KindQuestion):  # a name that contradicts the headers
        recognise_register(teams, source_name="热源.csv")


def test_a_file_is_registered_once_and_the_change_is_told(workspace):
    put(workspace, SAMPLES / "teams.csv")
    (first,) = receive_registers(workspace, at=AT).deliveries
    count = len(load_register(workspace.home, "teams"))
    assert (first.kind, first.state, first.changes) == ("teams", "registered", {"added": count})
    assert receive_registers(workspace, at=AT).deliveries == []
    text = (SAMPLES / "teams.csv").read_text(encoding="utf-8")
    lines = text.splitlines()
    changed = workspace.home.root / FOLDER / "teams_may.csv"
    changed.write_text("\n".join([lines[0], lines[1].replace("2", "3", 1)]) + "\n", "utf-8")
    (second,) = receive_registers(workspace, at=AT).deliveries
    assert second.state == "registered"
    assert sum(second.changes.values()) == 1


def test_a_spoiled_workbook_is_told_and_the_last_good_register_stands(workspace):
    put(workspace, SAMPLES / "permits.xlsx")
    receive_registers(workspace, at=AT)
    before = load_register(workspace.home, "permits")
    raw = (SAMPLES / "permits.xlsx").read_bytes()
    (workspace.home.root / FOLDER / "permits2.xlsx").write_bytes(raw[: len(raw) // 2])
    (bad,) = receive_registers(workspace, at=AT).deliveries
    assert (bad.state, bad.rows) == ("rejected", 0)
    assert bad.detail
    assert load_register(workspace.home, "permits").equals(before)
    assert receive_registers(workspace, at=AT).deliveries == []  # not told again, but not forgotten
    assert [one.name for one in open_questions(workspace)] == ["permits2.xlsx"]


def test_rows_that_cannot_be_used_are_told_by_line_and_reason(workspace):
    text = (SAMPLES / "teams.csv").read_text(encoding="utf-8").splitlines()
    cells = text[2].split(",")
    bad = ",".join("" if cell.replace(".", "").isdigit() else cell for cell in cells)
    path = workspace.home.root / FOLDER / "teams.csv"
    path.parent.mkdir()
    path.write_text("\n".join([*text[:2], bad, *text[3:]]) + "\n", encoding="utf-8")
    (one,) = receive_registers(workspace, at=AT).deliveries
    assert one.state == "registered"
    assert one.rejected == len(one.faults) == 1
    assert one.faults[0][0] == 3


def test_a_question_is_answered_by_a_folder(workspace):
    asked = put(workspace, SAMPLES / "settlements.csv", "list.csv")
    (question,) = receive_registers(workspace, at=AT).deliveries
    assert (question.state, question.kind) == ("question", "unknown")
    assert load_register(workspace.home, "settlements").empty
    folder = asked.parent / "settlements"
    folder.mkdir()
    shutil.move(asked, folder / asked.name)
    (answer,) = receive_registers(workspace, at=AT).deliveries
    assert (answer.state, answer.kind) == ("registered", "settlements")
    assert receive_registers(workspace, at=AT).deliveries == []


def test_a_share_is_copied_once_and_its_absence_is_told(tmp_path):
    share = tmp_path / "share"
    (share / "teams").mkdir(parents=True)
    shutil.copy(SAMPLES / "teams.csv", share / "teams" / "list.csv")
    home = tmp_path / "home"
    home.mkdir()
    (home / "jdzfire.toml").write_text(f'register_share = "file://{share}"\n', encoding="utf-8")
    with open_workspace(home, writing=True) as workspace:
        (one,) = receive_registers(workspace, at=AT).deliveries
        assert (one.name, one.kind, one.state) == ("list.csv", "teams", "registered")
        assert receive_registers(workspace, at=AT).deliveries == []


@pytest.mark.parametrize(
    "address",
    [
        "sftp://office:secret-word@10.0.0.1/registers",
        "nosuch://host/registers",
        "memory://not/mounted",
    ],
)
def test_a_share_that_cannot_be_read_leaves_the_inbox_registered(tmp_path, address):
    home = tmp_path / "home"
    home.mkdir()
    (home / "jdzfire.toml").write_text(f'register_share = "{address}"\n', encoding="utf-8")
    with open_workspace(home, writing=True) as workspace:
        put(workspace, SAMPLES / "teams.csv")
        received = receive_registers(workspace, at=AT)
        assert "the share of registers cannot be read" in received.fault
        assert "secret-word" not in received.fault
        assert [one.state for one in received.deliveries] == ["registered"]
        assert len(load_register(workspace.home, "teams"))


def test_every_kind_may_be_named_by_a_folder():
    assert {"permits", "dem", "weather"} <= set(REGISTER_KINDS)
