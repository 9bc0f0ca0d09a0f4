from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdzfire.errors import SettingsError
from jdzfire.weather.grade import (
    LYT_1172_95,
    GradeTables,
    beaufort_force,
    danger_index,
    grade_of_index,
)


@pytest.mark.parametrize(
    ("wind_ms", "force"),
    # both sides of each step of the scale
    [
        (0.0, 0), (0.2, 0), (0.3, 1), (1.5, 1), (1.6, 2), (3.3, 2), (3.4, 3), (5.4, 3), (5.5, 4),
        (7.9, 4), (8.0, 5), (10.7, 5), (10.8, 6), (13.8, 6), (13.9, 7), (17.1, 7), (17.2, 8),
        (20.7, 8), (20.8, 9), (24.4, 9), (24.5, 10), (28.4, 10), (28.5, 11), (32.6, 11), (32.7, 12),
        (3.34, 2), (3.36, 3), (60.0, 12),
    ],
)  # fmt: skip
def test_beaufort(wind_ms: float, force: int) -> None:
    assert beaufort_force(wind_ms) == force


def test_missing_wind_has_no_force() -> None:
    assert np.isnan(beaufort_force(np.nan))


@pytest.mark.parametrize(
    ("values", "index"),
    [
        # A 0 + B 0 + C (0 days, 20 mm) 0 + D 0 - E 0
        ((5.0, 71, 0, 20.0, 0.2, 1), 0),
        # A 4 + B 4 + C 5 * (0 + 2) = 10 + D 5 - E 0
        ((5.1, 70, 0, 2.0, 0.3, 1), 23),
        # A 6 + B 6 + C 5 * (0 + 1) = 5 + D 10 - E 0
        ((10.1, 60, 0, 2.1, 1.6, 2), 27),
        # A 9 + B 9 + C 5 * (2 - 0) = 10 + D 15 - E 0
        ((15.1, 50, 2, 5.1, 3.4, 3), 43),
        # A 13 + B 13 + C 5 * (3 - 1) = 10 + D 20 - E 5 in April
        ((20.1, 40, 3, 10.1, 5.5, 4), 51),
        # A 15 + B 15 + C 50 at most + D 40 at most - E 20 in July
        ((35.0, 20, 30, 0.5, 30.0, 7), 100),
        # one day after 10.1 mm C is still 0: A 9 + B 9 + 0 + D 15
        ((15.1, 50, 1, 10.1, 3.4, 3), 33),
        # rain not known yet: the driest class, C 5 * (4 + 2) = 30: A 9 + B 9 + 30 + D 15
        ((15.1, 50, 4, np.nan, 3.4, 3), 63),
    ],
)
def test_index_by_hand(values: tuple[float, ...], index: float) -> None:
    assert danger_index(*values) == index


@pytest.mark.parametrize("at", [0, 1, 2, 4])
def test_index_is_null_when_a_value_is_missing(at: int) -> None:
    values: list[float] = [20.0, 40.0, 3.0, 5.0, 4.0, 3]
    values[at] = np.nan
    assert np.isnan(danger_index(*values))


def test_grade_of_missing_index_is_missing() -> None:
    assert np.isnan(grade_of_index(np.nan))


def test_tables_are_a_setting() -> None:
    # the steps of doi 10.12677/wjf.2020.93016 for A: 26 degC gives 20 instead of 15
    other = GradeTables(tmax_points=(0, 4, 8, 12, 16, 20))
    values = (26.0, 28, 3, 4.0, 6.0, 3)
    assert danger_index(*values, tables=other) - danger_index(*values) == 5
    assert grade_of_index(60.0, tables=GradeTables(grade_up_to=(10, 20, 30, 40))) == 5


def test_tables_that_do_not_fit_are_refused() -> None:
    with pytest.raises(SettingsError, match="6 values of tmax_points"):
        GradeTables(tmax_points=(0, 4))


@given(
    tmax=st.floats(-10, 40),
    rhmin=st.floats(5, 100),
    days=st.integers(0, 60),
    rain=st.floats(0.3, 80),
    wind=st.floats(0, 30),
    month=st.integers(1, 12),
)
def test_hotter_drier_windier_is_never_safer(
    tmax: float, rhmin: float, days: int, rain: float, wind: float, month: int
) -> None:
    now = danger_index(tmax, rhmin, days, rain, wind, month)
    worse = danger_index(tmax + 1, max(rhmin - 5, 0), days + 1, rain, wind + 1, month)
    wetter = danger_index(tmax, rhmin, days, rain * 2, wind, month)
    assert worse >= now >= wetter
    assert -20 <= now <= 15 + 15 + 50 + 40
    assert 1 <= grade_of_index(now, tables=LYT_1172_95) <= 5
