"""Arrivals in a simulated season: every way is under the same truth, which nobody can beat."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jdzfire.experiments.arrivals import arrivals_of_season


@pytest.mark.slow
def test_ways_of_choosing_are_compared_under_one_truth():
    found = arrivals_of_season(1)
    assert len(found) == found["fire_id"].nunique() == 50
    assert (found["soonest"] <= found[["straight", "reach"]].min(axis=1)).all()
    assert (found["straight"] != found["reach"]).any()
    same = np.isclose(found["straight"], found["reach"])
    assert 0.5 < same.mean() < 1  # mostly the same team goes
    assert found["reach"].mean() < found["straight"].mean()
    day = pd.to_datetime(found["started_at"]).dt.tz_convert("Asia/Shanghai").dt.strftime("%m-%d")
    special = day.between("02-09", "02-17") | day.between("04-01", "04-08")
    special |= day.between("12-18", "12-25")
    assert (found["forward"].notna() == special).all()
