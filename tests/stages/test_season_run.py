"""The demo's season: run day by day, answered from the truth, and run again."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from jdzfire.stages import ingest_files, open_house
from jdzfire.stages.season_run import (
    UNANSWERED_DAYS,
    register_season,
    run_season,
    season_days,
)
from tests.conftest import MONTH_END, month_files


def test_a_month_is_answered_from_the_truth_and_running_again_changes_nothing(
    season_folder, tmp_path
):
    files = [path for path in month_files(season_folder) if "ground" not in path.name]
    with open_house(tmp_path / "home", writing=True) as house:
        register_season(house, season_folder, at=MONTH_END)
        ingest_files(house, "auto", files, at=MONTH_END)
        end = run_season(house, season_folder)
        cases, log = house.ledger.load_cases(), house.ledger.load_case_log()
        last_answered = season_days(house)[-1] - timedelta(days=UNANSWERED_DAYS)
        assert end <= season_days(house)[-1] + timedelta(days=1)
        early = cases["answer_due_at"] <= last_answered  # reopened ones have a later deadline
        assert early.any()
        assert (cases.loc[early, "status"] == "closed").all()
        assert {"heat_source", "forest_fire", "no_fire"} & set(cases["category"].dropna())
        # what can be told by telephone needs no team
        by_phone = cases["category"].isin(["heat_source", "no_fire", "prescribed_burn"])
        assert cases.loc[by_phone, "team_id"].isna().all()
        assert run_season(house, season_folder) == end
        pd.testing.assert_frame_equal(house.ledger.load_cases(), cases)
        pd.testing.assert_frame_equal(house.ledger.load_case_log(), log)
