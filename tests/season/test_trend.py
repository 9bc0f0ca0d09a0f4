"""The trend through a change of sensors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jdzfire.season.trend import fit_trend

PLANTED = 0.05
SIMULATIONS = 100


def sensors(draw: np.random.Generator, *, years: int = 20, change: float = PLANTED) -> pd.DataFrame:
    """An old sensor until year 11, one that sees 2.4 times as much from year 8 on."""
    rows = []
    for year in range(years):
        happened = 120 * (1 + change) ** year * draw.gamma(12, 1 / 12)
        if year < 11:
            rows.append((2004 + year, "old", draw.poisson(happened)))
        if year >= 8:
            rows.append((2004 + year, "new", draw.poisson(2.4 * happened)))
    return pd.DataFrame(rows, columns=["year", "series", "count"])


def test_the_planted_trend_is_found_and_the_interval_keeps_its_word() -> None:
    draw = np.random.default_rng(16)
    found = [fit_trend(sensors(draw), level=0.9) for _ in range(SIMULATIONS)]
    assert np.mean([one.per_year for one in found]) == pytest.approx(PLANTED, abs=0.01)
    covered = sum(one.low <= PLANTED <= one.high for one in found)
    # 90 of 100, give or take twice the binomial error of 3
    assert 84 <= covered <= 96


def test_a_sum_over_sensors_would_find_a_trend_that_is_none() -> None:
    draw = np.random.default_rng(5)
    flat = [sensors(draw, change=0.0) for _ in range(20)]
    naive = [fit_trend(table.groupby("year", as_index=False)["count"].sum()) for table in flat]
    tied = [fit_trend(table) for table in flat]
    assert sum(one.is_clear for one in naive) > 15
    assert sum(one.is_clear for one in tied) <= 6


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(year, "a", 3) for year in range(4)], "4 years are too few"),
        ([(year, "a", 0) for year in range(9)], "nothing was counted"),
        ([(year, "ab"[year > 4], 3) for year in range(9)], "never saw the same year"),
    ],
)
def test_no_trend_says_why(rows: list[tuple[int, str, int]], reason: str) -> None:
    found = fit_trend(pd.DataFrame(rows, columns=["year", "series", "count"]))
    assert reason in found.reason
    assert np.isnan(found.per_year)
    assert not found.is_clear


def test_order_and_scale_of_the_rows_change_nothing() -> None:
    table = sensors(np.random.default_rng(2))
    again = fit_trend(table.sample(frac=1.0, random_state=1))
    assert again.per_year == pytest.approx(fit_trend(table).per_year, rel=1e-9)
    even = fit_trend(pd.DataFrame({"year": range(2000, 2010), "count": [100] * 10}))
    assert even.per_year == pytest.approx(0.0, abs=1e-9)
    assert even.dispersion == 0.0
