"""A simulated folder replayed, with other rules, and swept."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest

from jdzfire.errors import InputError, UsageError
from jdzfire.experiments.read_season import read_season
from jdzfire.experiments.replay import (
    choose_swept,
    replay_folder,
    score_rules,
    sweep_folders,
    write_figure,
)
from jdzfire.experiments.run_season import feed_files
from jdzfire.feeds.registry import read_hotspots
from jdzfire.triage.rules import Rules, TriageRules
from tests.tables import utc

DAYS = ("2024-04-0", "H09_2024040")


@pytest.fixture(scope="module")
def days_folder(season_folder, tmp_path_factory):
    """The first nine days of April of the season; its truth and registers are whole."""
    folder = tmp_path_factory.mktemp("days")
    for name in ("registers", "truth", "manifest.json"):
        (folder / name).symlink_to(season_folder / name)
    for path in feed_files(season_folder):
        if any(day in path.name for day in DAYS):
            copy = folder / path.relative_to(season_folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    return folder


@pytest.mark.slow
def test_files_read_together_say_what_they_say_one_by_one(days_folder):
    season = read_season(days_folder)
    parts = [
        read_hotspots(
            "auto", path.read_bytes(), source_name=path.name, received_at=utc("2025-01-02")
        )
        for path in feed_files(days_folder)
    ]
    alone = pd.concat([part.table for part in parts])
    inside = alone[alone["hotspot_id"].isin(season.rows["hotspot_id"])]
    columns = ["hotspot_id", "product", "acquired_at", "frp_mw", "scan_km", "confidence"]
    key = ["hotspot_id", "product", "frp_mw"]
    pd.testing.assert_frame_equal(
        season.rows.sort_values(key)[columns].reset_index(drop=True),
        inside.sort_values(key)[columns].reset_index(drop=True),
        check_like=True,
    )


@pytest.mark.slow
def test_every_row_finds_its_truth_and_its_time(days_folder):
    season = read_season(days_folder)
    assert season.truth["origin"].notna().all()
    assert (season.rows["received_at"] >= season.rows["acquired_at"]).all()
    stated = pd.read_csv(days_folder / "truth" / "hotspots.csv")
    away = stated.merge(season.truth, on=["fire_id", "lon_true", "lat_true"])
    assert len(away) > 0
    assert (pd.to_datetime(away["acquired_at_x"]) == away["acquired_at_y"]).all()


@pytest.mark.slow
def test_two_rules_share_the_joining_and_differ_where_they_do(days_folder):
    calls = []
    scored = score_rules(
        days_folder,
        {"now": Rules(), "strict": Rules(triage=TriageRules(heat_new_frp_mw=0.0))},
        progress=lambda: calls.append(1),
    )
    assert len(calls) == scored["now"].counts["cycles"] > 5
    assert scored["now"].document()["counts"] == replay_folder(days_folder).document()["counts"]
    strict, now = (scored[name].counts["events_ever_asking"] for name in ("strict", "now"))
    assert strict > now


@pytest.mark.slow
def test_a_sweep_is_drawn_twice(days_folder, tmp_path):
    swept = choose_swept(["heat_new_frp_mw", "gap_m"])
    table = sweep_folders([days_folder], swept=swept[:1])
    assert table["is_default"].sum() == 1
    assert table["unresolved_a_day"].iloc[0] > table["unresolved_a_day"].iloc[-1]
    png, svg = write_figure(table, tmp_path / "sweep.png", title="nine days")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert b"heat_new_frp_mw" in svg.read_bytes()


def test_a_threshold_must_be_one_that_is_swept():
    with pytest.raises(UsageError, match="no such threshold"):
        choose_swept(["smoulder_h", "escalate_pixels"])


def test_another_folder_is_no_season(tmp_path):
    with pytest.raises(InputError, match="no simulated season"):
        read_season(tmp_path)


@pytest.mark.slow
def test_command_compares_two_rules(days_folder, tmp_path, capsys):
    from jdzfire.cli.replay import replay

    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text("[triage]\n", encoding="utf-8")
    other.write_text("[triage]\nheat_new_frp_mw = 0\n", encoding="utf-8")
    replay([days_folder], rules=[one, other], json_=True)
    stated = json.loads(capsys.readouterr().out)
    assert list(stated) == ["one.toml", "other.toml", "comparison"]
    figures = {row["figure"]: row["difference"] for row in stated["comparison"]["figures"]}
    assert figures["events_ever_asking"] > 0
    assert {"event"} <= {row["kind"] for row in stated["comparison"]["differing"]}
