"""The demo's season: run day by day, answered from the truth, and run again."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from jdzfire.experiments.run_season import UNANSWERED_DAYS, register_season, run_season, season_days
from jdzfire.pipeline.ingest import ingest_files
from jdzfire.workspace import open_workspace
from tests.conftest import MONTH_END, month_files


@pytest.mark.slow
def test_a_month_is_answered_from_the_truth_and_running_again_changes_nothing(
    season_folder, tmp_path
):
    files = [path for path in month_files(season_folder) if "ground" not in path.name]
    with open_workspace(tmp_path / "home", writing=True) as workspace:
        register_season(workspace, season_folder, at=MONTH_END)
        ingest_files(workspace, "auto", files, at=MONTH_END)
        end = run_season(workspace, season_folder)
        cases, log = workspace.ledger.load_cases(), workspace.ledger.load_case_log()
        last_answered = season_days(workspace)[-1] - timedelta(days=UNANSWERED_DAYS)
        assert end <= season_days(workspace)[-1] + timedelta(days=1)
        early = cases["answer_due_at"] <= last_answered  # reopened ones have a later deadline
        assert early.any()
        assert (cases.loc[early, "status"] == "closed").all()
        assert {"heat_source", "forest_fire", "no_fire"} & set(cases["category"].dropna())
        # what can be determined by telephone needs no team
        by_phone = cases["category"].isin(["heat_source", "no_fire", "prescribed_burn"])
        assert cases.loc[by_phone, "team_id"].isna().all()
        assert run_season(workspace, season_folder) == end
        pd.testing.assert_frame_equal(workspace.ledger.load_cases(), cases)
        pd.testing.assert_frame_equal(workspace.ledger.load_case_log(), log)
