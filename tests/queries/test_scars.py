"""The scar of an event and of a permit, from the command."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jdzfire.cli.app import app
from jdzfire.experiments.scar_scenes import write_scar_scenes
from jdzfire.workspace import open_workspace


def run(home: Path, *words: str) -> str:
    result = CliRunner().invoke(app, ["--home", str(home), *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_an_events_scar_beside_the_report_and_on_the_case(home: Path, tmp_path: Path) -> None:
    with open_workspace(home) as workspace:
        event = workspace.ledger.load_events().iloc[0]
    truth = write_scar_scenes(
        tmp_path / "scenes", lon=event["lon"], lat=event["lat"], area_ha=18.0, on=date(2024, 4, 4)
    )
    write_scar_scenes(  # another tile, nearer in time: left out
        tmp_path / "scenes" / "far", lon=116.0, lat=28.0, area_ha=5.0, on=date(2024, 4, 5)
    )
    words = ("scar", event["event_id"], "--scenes", str(tmp_path / "scenes"))
    told = json.loads(run(home, *words, "--json"))
    assert told["burned_ha"] == pytest.approx(truth, rel=0.1)
    assert told["burned_mu"] == pytest.approx(15 * told["burned_ha"], abs=0.1)
    assert told["geometry"]["type"] in ("Polygon", "MultiPolygon")
    assert len(told["before"]) == len(told["after"]) == 3
    line = run(home, *words, "--note-by", "值班员", "--now", "2024-05-01T00:00Z")
    assert "过火面积" in line
    with open_workspace(home) as workspace:
        log = workspace.ledger.load_case_logs([told["case_id"]])
    assert log.iloc[-1][["action", "who"]].tolist() == ["note", "值班员"]
    assert "过火面积" in log.iloc[-1]["remark"]


def test_what_cannot_be_answered_is_said(home: Path, tmp_path: Path) -> None:
    write_scar_scenes(
        tmp_path, lon=117.25, lat=29.42, area_ha=5.0, on=date(2023, 4, 4), each_side=1
    )
    runner = CliRunner()
    with open_workspace(home) as workspace:
        event_id = workspace.ledger.load_events()["event_id"].iloc[0]
    for words, code, told in (
        (["scar", event_id], 2, "one place"),
        (["scar", "JDZ-19990101-001", "--scenes", str(tmp_path)], 2, "no event or permit"),
        (["scar", event_id, "--scenes", str(tmp_path)], 3, "of its place before and one after"),
    ):
        result = runner.invoke(app, ["--home", str(home), *words])
        assert told in str(result.exception) + result.output, words
        assert getattr(result.exception, "code", code) in (code, 1)
