"""Numbers of a simulated season against its truth, where truth can be known exactly."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import jdzfire
from jdzfire.experiments.run_season import register_season, run_season
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.season.counts import count_by_slot, count_hotspots
from jdzfire.season.detection import detected_fires, detection_rates
from jdzfire.workspace import open_workspace
from tests.conftest import MONTH_END, month_files


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, season_folder: Path) -> Path:
    """April 2024 of the season, answered day by day from the truth."""
    root = tmp_path_factory.mktemp("truth") / "home"
    with open_workspace(root, writing=True) as workspace:
        register_season(workspace, season_folder, at=MONTH_END)
        ingest_files(workspace, "auto", month_files(season_folder), at=MONTH_END)
        run_season(workspace, season_folder, leaves_open=False)
    return root


@pytest.mark.slow
def test_counts_equal_the_truth(home: Path, season_folder: Path) -> None:
    opened = jdzfire.open(home)
    folder = season_folder / "truth"
    files = {path.relative_to(season_folder).as_posix() for path in month_files(season_folder)}
    rows = pd.read_csv(folder / "hotspots.csv")
    rows = rows[rows["file"].isin(files) & (pd.to_datetime(rows["acquired_at"]) < MONTH_END)]
    fires = pd.read_csv(folder / "fires.csv").set_index("fire_id")
    permits = pd.read_csv(folder / "permits.csv")

    assert opened.report(2024).permit_count == permits["status"].isin(["已执行", "已批准"]).sum()
    for satellite in ("NOAA-20", "NOAA-21", "S-NPP"):
        held = opened.hotspots_by_year(satellite)["count"].sum()
        assert held == rows.loc[rows["satellite"] == satellite, "pixel_id"].nunique()

    seen = rows[rows["fire_id"].map(fires["kind"]).eq("wildfire")]
    burnt = fires.loc[sorted(seen["fire_id"].unique())]
    told = opened.told[opened.told["category"] == "forest_fire"]
    assert len(told) == len(burnt) > 3
    assert told["affected_forest_ha"].sum() == pytest.approx(burnt["area_ha"].sum())
    first = pd.to_datetime(seen.groupby("fire_id")["acquired_at"].min())
    assert sorted(told["seen_at"]) == sorted(first)
    assert (
        count_by_slot(told["seen_at"], "hour")["count"].tolist()
        == np.bincount(first.dt.tz_convert("Asia/Shanghai").dt.hour, minlength=24).tolist()
    )

    by_person = set(seen.loc[seen["satellite"] == "person", "fire_id"])
    by_satellite = set(seen.loc[seen["satellite"] != "person", "fire_id"])
    found = detected_fires(told, opened.members, opened.hotspots)
    rates = detection_rates(found).set_index("seen_by")
    assert rates.loc["any", "total"] == len(by_person)
    assert rates.loc["any", "count"] == len(by_person & by_satellite)


@pytest.mark.slow
def test_order_reruns_and_a_later_sensor_change_nothing(
    home: Path, season_folder: Path, tmp_path: Path
) -> None:
    opened = jdzfire.open(home)
    shuffled = opened.hotspots.sample(frac=1.0, random_state=3)
    one = count_hotspots(opened.hotspots, satellite="NOAA-20", instrument="VIIRS")
    pd.testing.assert_frame_equal(
        count_hotspots(shuffled, satellite="NOAA-20", instrument="VIIRS"), one
    )
    older = opened.hotspots[opened.hotspots["satellite"] != "NOAA-21"]
    pd.testing.assert_frame_equal(
        count_hotspots(older, satellite="NOAA-20", instrument="VIIRS"), one
    )
    pd.testing.assert_frame_equal(
        detected_fires(opened.told, opened.members, shuffled), opened.detected
    )
    before = _digest(opened)
    with open_workspace(home, writing=True) as workspace:
        run_season(workspace, season_folder, leaves_open=False)
    assert _digest(jdzfire.open(home)) == before


def _digest(opened: jdzfire.queries.opened.OpenedHome) -> str:
    tables = (opened.by_year(), opened.times(2024), opened.scorecard(2024), opened.outcomes)
    return hashlib.sha256("".join(table.to_csv() for table in tables).encode()).hexdigest()
