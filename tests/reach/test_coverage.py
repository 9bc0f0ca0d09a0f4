"""Shares reached in time, against counting cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.errors import UsageError
from jdzfire.reach.coverage import cover_table, gaps, lost_without, soonest


def made(seed: int, teams: int = 4):
    draw = np.random.default_rng(seed)
    minutes = draw.integers(5, 90, (teams, 5, 6)).astype(np.float32)
    minutes[draw.random(minutes.shape) < 0.3] = np.inf
    return minutes, draw.integers(0, 9, (5, 6)).astype(float), draw.integers(-1, 3, (5, 6))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_shares_losses_and_gaps_are_those_of_counting(seed):
    minutes, forest, area = made(seed)
    reached = soonest(minutes)
    table = cover_table(reached, {"forest": forest}, area, ["a", "b", "c"]).set_index("area")
    for name, cells in [(None, area >= -1), ("a", area == 0), ("c", area == 2)]:
        row = table[table.index.isna()].iloc[0] if name is None else table.loc[name]
        total = forest[cells].sum()
        assert row["total"] == total
        ordered = np.sort(minutes, axis=0)
        for column, counts in [
            ("within_20", ordered[0] <= 20),
            ("within_60", ordered[0] <= 60),
            ("second_45", ordered[1] <= 45),
        ]:
            if total:
                assert row[column] == pytest.approx(forest[cells & counts].sum() / total)
            else:
                assert np.isnan(row[column])
    whole = forest[(minutes <= 45).any(axis=0)].sum()
    for team, lost in enumerate(lost_without(minutes, forest, within=45)):
        others = np.delete(minutes, team, axis=0)
        assert lost == whole - forest[(others <= 45).any(axis=0)].sum()
    lacking = gaps(reached, forest, area, within=30)
    for place, weight in zip(lacking["place"], lacking["lacking"], strict=True):
        late = ~(minutes <= 30).any(axis=0) & (area == place)
        assert weight == forest[late].sum()
    assert lacking["lacking"].is_monotonic_decreasing


def test_no_team_and_one_team():
    none = soonest(np.empty((0, 2, 3), dtype=np.float32))
    assert np.isinf(none.first).all()
    assert (none.team == -1).all()
    one = soonest(np.ones((1, 2, 3), dtype=np.float32))
    assert (one.team == 0).all()
    assert np.isinf(one.second).all()
    assert lost_without(np.ones((1, 2, 3), np.float32), np.ones((2, 3)), within=5).tolist() == [6]


def test_other_shapes_are_refused():
    minutes, forest, area = made(1)
    with pytest.raises(UsageError, match="other shapes"):
        cover_table(soonest(minutes), {"forest": forest[:2]}, area, ["a", "b", "c"])
