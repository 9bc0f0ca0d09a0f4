"""An archive judged in parts has the events, ids and verdicts of one piece."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pandas as pd
import pytest

from jdzfire.errors import UsageError
from jdzfire.experiments.run_season import feed_files, register_season
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.pipeline.spread import spread_triage
from jdzfire.pipeline.triage import run_triage
from jdzfire.workspace import open_workspace
from tests.pipeline.incremental import tables
from tests.pipeline.test_main_job import csv, pixel
from tests.tables import utc

AT = datetime(2024, 6, 1, tzinfo=UTC)


def in_any_order(function, values):
    """Parts worked on in any order, as workers do."""
    order = list(range(len(values)))
    Random(3).shuffle(order)  # noqa: S311
    found = {place: function(values[place]) for place in order}
    return [found[place] for place in range(len(values))]


def compare(make, root, tile_deg):
    found = []
    for name in ("whole", "parts"):
        with open_workspace(root / name, writing=True) as workspace:
            make(workspace)
            if name == "whole":
                outcome = run_triage(workspace, at=AT)
            else:
                outcome = spread_triage(workspace, at=AT, run=in_any_order, tile_deg=tile_deg)
            found.append((outcome, tables(workspace)))
    assert found[0][0] == found[1][0]
    for name, table in found[0][1].items():
        other = found[1][1][name]
        if name == "events":  # sums over hotspots in another order: the last digits of a float
            pd.testing.assert_frame_equal(table, other, rtol=1e-12, obj=name)
        elif name in ("case_log", "verdict_history"):  # of one moment, numbered part by part
            pd.testing.assert_frame_equal(unnumbered(table), unnumbered(other), obj=name)
        else:
            pd.testing.assert_frame_equal(table, other, obj=name)
    return found[0][1]


def unnumbered(log):
    """The lines of each case or event in their order, without their numbers and their chain."""
    key = "case_id" if "case_id" in log else "event_id"
    ordered = log.sort_values([key, "seq"], kind="stable")
    ordered = ordered.drop(columns=["seq", "chain"], errors="ignore")
    return ordered.reset_index(drop=True)


@pytest.mark.slow
@pytest.mark.parametrize("tile_deg", [0.07, 0.25])
def test_a_season_in_parts_is_the_season(season_folder, tmp_path, tile_deg):
    """Three months of the season, on tiles so small that many fires lie on their borders."""
    months = ("2024-03", "2024-04", "2024-05", "H09_202403", "H09_202404", "H09_202405", "ground")
    files = [
        path for path in feed_files(season_folder) if any(month in path.name for month in months)
    ]

    def make(workspace):
        register_season(workspace, season_folder, at=AT)
        ingest_files(workspace, "auto", files, at=AT)

    assert len(compare(make, tmp_path, tile_deg)["events"]) > 60


def test_fires_on_seams_and_beyond_the_area(tmp_path):
    rows = [
        *(pixel(117.494 + 0.006 * k, 29.2, "2024-04-30", f"18{k:02d}") for k in range(3)),
        *(pixel(117.6, 29.499 + 0.001 * k, "2024-04-30", "1803") for k in range(3)),
        *(pixel(117.6, 29.5, day, "0503") for day in ("2024-05-01", "2024-05-03")),
        pixel(116.898, 29.3, "2024-04-10", "0503"),  # beyond the watched box, of a fire within
        pixel(116.903, 29.3, "2024-04-10", "0641"),
        pixel(116.85, 29.6, "2024-04-10", "0503"),  # beyond it, of no fire within
    ]

    def make(workspace):
        ingest_files(workspace, "firms", [csv(tmp_path, "a.csv", *rows)], at=AT)

    found = compare(make, tmp_path, 0.5)
    assert len(found["events"]) == 3
    assert found["members"]["event_id"].value_counts().tolist() == [5, 3, 2]


def test_an_archive_that_was_judged_is_refused(tmp_path):
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        row = pixel(117.2, 29.4, "2024-04-04", "0503")
        ingest_files(workspace, "firms", [csv(tmp_path, "a.csv", row)], at=utc("2024-04-04T08:00"))
        run_triage(workspace, at=utc("2024-04-04T08:00"))
        with pytest.raises(UsageError, match="has events already"):
            spread_triage(workspace, at=AT)


def test_an_empty_archive_is_a_normal_day(tmp_path):
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        assert spread_triage(workspace, at=AT).events == 0


@pytest.fixture
def seams(tmp_path):
    """Makes a folder with fires on seams; its rows are the same each time."""
    rows = [
        pixel(117.1 + 0.006 * k, 29.2 + 0.1 * m, f"2024-0{m}-{28 if m == 3 else 30}", f"18{k:02d}")
        for m in (3, 4)
        for k in range(6)
    ] + [pixel(117.12, 29.6, day, "0503") for day in ("2024-04-30", "2024-05-01", "2024-05-03")]

    def make(workspace):
        ingest_files(workspace, "firms", [csv(tmp_path, "seams.csv", *rows)], at=AT)

    return make


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("is_shared", [False, True])
def test_dasks_workers_give_the_same_also_when_one_is_killed(seams, tmp_path, is_shared):
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    from flows.workers import workers

    with open_workspace(tmp_path / "whole", writing=True) as workspace:
        seams(workspace)
        whole = run_triage(workspace, at=AT), tables(workspace)
    with open_workspace(tmp_path / "parts", writing=True) as workspace:
        seams(workspace)
        with workers("2", memory="2GiB") as run:
            killed = KillsOne(run, tmp_path / "killed")
            share = f"file://{tmp_path}/share" if is_shared else ""
            outcome = spread_triage(workspace, at=AT, run=killed, tile_deg=0.02, share=share)
            parts = outcome, tables(workspace)
    assert (tmp_path / "killed").exists()
    assert parts[0] == whole[0]
    for name, table in whole[1].items():
        pd.testing.assert_frame_equal(table, parts[1][name], rtol=1e-12, obj=name)


class KillsOne:
    """Runs parts on workers; the first one that links a part dies in it, once."""

    def __init__(self, run, mark):
        self.run, self.mark = run, mark

    def __call__(self, function, values):
        wrapped = [(function, value, str(self.mark)) for value in values]
        return self.run(dies_once, wrapped)


def dies_once(given):
    function, value, mark = given
    if function.__name__ == "_link" and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return function(value)


@pytest.mark.filterwarnings("ignore")
def test_workers_that_are_not_there_are_told():
    pytest.importorskip("distributed", reason="the extra dask is not installed")
    from flows.workers import workers

    with pytest.raises(UsageError, match="no scheduler"), workers("nonsense"):
        pass
