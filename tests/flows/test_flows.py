"""Every flow, run in this process against a server of its own; the clock is a parameter."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock

from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.triage import run_triage
from jdzfire.store.registers import load_register
from jdzfire.workspace import open_workspace
from tests.pipeline.test_main_job import csv, pixel
from tests.tables import utc

pytestmark = [
    pytest.mark.slow,
    pytest.mark.flow,
    pytest.mark.filterwarnings("ignore"),
]
SAMPLES = Path(__file__).resolve().parents[2] / "data" / "samples"
AT = utc("2024-04-04T08:00").to_pydatetime()
PERMIT = (
    "许可证号,申请人,用途,县,乡镇,经度,纬度,坐标系,面积（公顷）,开始时间,结束时间,状态\n"
    "P9,王某某,炼山造林,浮梁县,鹅湖镇,117.2,29.4,WGS84,20,2024-04-04 08:00,2024-04-04 18:00,"
    "已批准\n"
)


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """A client of the server the flows of this module run against."""
    from prefect.client.orchestration import get_client
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(), get_client(sync_client=True) as opened:
        yield opened


@pytest.fixture
def home(tmp_path: Path) -> Path:
    root = tmp_path / "home"
    with open_workspace(root, writing=True) as workspace:
        first = pixel(117.2, 29.4, "2024-04-04", "0503")
        ingest_files(workspace, "firms", [csv(tmp_path, "a.csv", first)], at=AT)
        run_triage(workspace, at=AT)
    return root


def run(client: Any, flow: Any, home: Path, **parameters: Any) -> tuple[Any, str]:
    """The final state of a run, and the name it has then."""
    state = flow(home=str(home), return_state=True, **parameters)
    return state, str(client.read_flow_run(state.state_details.flow_run_id).name)


def newest(client: Any, key: str) -> str:
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
    from prefect.client.schemas.sorting import ArtifactSort

    found = client.read_artifacts(
        artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])),
        sort=ArtifactSort.UPDATED_DESC,
        limit=1,
    )
    return str(found[0].data)


def test_the_watch_says_what_it_found_and_is_degraded_without_a_feed(client, home, tmp_path):
    from flows.watch import watch

    new = csv(tmp_path, "b.csv", pixel(117.5, 29.6, "2024-04-04", "0641"))
    state, name = run(client, watch, home, files=[str(new)], now=AT)
    assert (state.type.value, state.name) == ("COMPLETED", "Completed")
    assert name == "watch 2024-04-04 16:00 (1 new)"
    shown = newest(client, "jdzfire-watch")
    assert "待核查 2" in shown
    assert "JDZ\\-20240404\\-002" in shown
    state, name = run(client, watch, home, now=AT + timedelta(days=1))
    assert (state.type.value, state.name) == ("COMPLETED", "Degraded")
    assert "firms" in state.message
    assert "firms" in newest(client, "jdzfire-feeds")


def test_a_permit_in_the_inbox_changes_the_verdict_on_the_map(client, home):
    from flows.registers import ingest_registers
    from flows.watch import watch

    run(client, watch, home, now=AT)
    page = home / "published" / "internal" / "unresolved.geojson"
    assert len(json.loads(page.read_bytes())["features"]) == 1
    inbox = home / "register-inbox"
    inbox.mkdir()
    (inbox / "审批.csv").write_text(PERMIT, encoding="utf-8")
    config = home / "jdzfire.toml"  # a share that is away holds nothing up, and is told
    config.write_text('register_share = "memory://nowhere/at-all"\n', encoding="utf-8")
    state, name = run(client, ingest_registers, home, now=AT + timedelta(minutes=5))
    assert (state.name, name) == ("Degraded", "registers 2024-04-04 16:05 (1 registered)")
    assert "the share of registers cannot be read" in state.message
    config.unlink()
    with open_workspace(home) as workspace:
        (verdict,) = workspace.ledger.load_verdicts()["verdict"]
        assert verdict != "unresolved"
    shown = newest(client, "jdzfire-registers")
    assert "已登记" in shown
    assert "王某某" not in shown
    # a spoiled workbook: told, and the last good register stands
    raw = (SAMPLES / "permits.xlsx").read_bytes()
    (inbox / "坏.xlsx").write_bytes(raw[: len(raw) // 2])
    before = load_register(workspace.home, "permits")
    state, _ = run(client, ingest_registers, home, now=AT + timedelta(minutes=15))
    assert state.name == "Degraded"
    assert "未登记" in newest(client, "jdzfire-registers")
    assert load_register(workspace.home, "permits").equals(before)
    state, name = run(client, ingest_registers, home, now=AT + timedelta(minutes=25))
    assert (state.name, name) == ("Completed", "registers 2024-04-04 16:25 (0 registered)")


def test_a_second_run_is_skipped_and_says_so(client, home, monkeypatch):
    from flows import turn
    from flows.watch import watch

    monkeypatch.setattr(turn, "WAIT_S", 0.01)
    with FileLock(home / ".turn.lock"):
        state, _ = run(client, watch, home, now=AT)
    assert (state.type.value, state.name) == ("COMPLETED", "Skipped")
    assert not (home / "published" / "internal").exists()


def test_a_slot_that_a_killed_server_left_taken_holds_nobody_up(client, home, monkeypatch):
    from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate

    from flows import turn
    from flows.deployments import set_limit
    from flows.watch import watch

    set_limit()
    client.update_global_concurrency_limit(turn.LIMIT, GlobalConcurrencyLimitUpdate(active_slots=1))
    monkeypatch.setattr(turn, "deployment", SimpleNamespace(id="some-deployment"))
    monkeypatch.setattr(turn, "_SLOT_WAIT_S", 1.0)
    state, _ = run(client, watch, home, now=AT)
    assert state.name == "Completed"
    assert client.read_global_concurrency_limit_by_name(turn.LIMIT).active_slots == 0


def test_papers_proposals_forecast_season_and_backfill_run(client, home, tmp_path):
    from flows.backfill import backfill
    from flows.forecast import forecast
    from flows.handover import handover
    from flows.proposals import propose_heat_sources
    from flows.season import season

    at = utc("2024-04-04T12:00").to_pydatetime()
    state, name = run(client, handover, home, now=at)
    assert (state.name, name) == ("Completed", "handover 2024-04-04 20:00")
    assert {path.name for path in (home / "papers").iterdir()} == {
        f"20240404-2000-{kind}.{form}"
        for kind in ("handover", "daily")
        for form in ("html", "docx")
    }
    state, name = run(client, propose_heat_sources, home, now=at)
    assert (state.name, name) == ("Completed", "proposals 2024-04-04 20:00 (0 places)")
    inbox = home / "register-inbox" / "permits"
    inbox.mkdir(parents=True)
    (inbox / "a.csv").write_text(PERMIT.replace("2024-04-04", "2024-04-05"), encoding="utf-8")
    state, name = run(client, forecast, home, now=at)
    assert (state.name, name) == ("Degraded", "forecast 2024-04-04 20:00 (1 burns)")
    assert "王某某" not in newest(client, "jdzfire-burns-tomorrow")
    state, name = run(client, season, home, year=2024, now=at)
    assert (state.name, name) == ("Completed", "season 2024")
    assert {path.name for path in (home / "seasons" / "2024").iterdir()} == {
        *("report.txt", "report.json", "map.html", "map-public.html"),
        *("annual.html", "annual.docx"),
    }
    folder = tmp_path / "old"
    folder.mkdir()
    for month in ("01", "02"):
        row = pixel(117.3, 29.3, f"2024-{month}-04", "0503")
        shutil.move(csv(tmp_path, f"f_2024{month}04.csv", row), folder)
    state, name = run(client, backfill, home, folder=folder, now=at)
    assert (state.name, name) == ("Completed", "backfill 2024-04-04 20:00 (2 months, 2 hotspots)")
    assert float(newest(client, "jdzfire-backfill")) == 100
    with open_workspace(home) as workspace:
        assert workspace.ledger.count_events() == 3


def test_nothing_is_solved_while_teams_stand(client, home):
    from flows.siting import siting

    inbox = home / "register-inbox"
    inbox.mkdir()
    for name in ("teams.csv", "zones.geojson", "settlements.csv", "roads.geojson"):
        shutil.copy(SAMPLES / name, inbox / name)
    from flows.registers import ingest_registers

    run(client, ingest_registers, home, now=AT)
    state, name = run(client, siting, home, now=AT, add=1, only_changed=True)
    assert state.name == "Completed"
    assert "of the forest" in name
    _, name = run(client, siting, home, now=AT, add=1, only_changed=True)
    assert name.endswith("(nothing changed)")
