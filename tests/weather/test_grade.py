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


# every class at its ends, worked out by hand from the tables of the module; the rest of the index
# is held at 0: 5.0 degC (A 0), 71 % (B 0), rain today (C 0), 0.2 m/s (D 0), January (E 0)
@pytest.mark.parametrize(
    ("place", "points"),
    [
        (0, {5.0: 0, 5.1: 4, 10.0: 4, 10.1: 6, 15.0: 6, 15.1: 9, 20.0: 9, 20.1: 13, 25.0: 13,
             25.1: 15, 41.0: 15, -8.0: 0, 25.04: 13, 25.06: 15}),
        (1, {100: 0, 71: 0, 70: 4, 61: 4, 60: 6, 51: 6, 50: 9, 41: 9, 40: 13, 31: 13, 30: 15, 5: 15,
             30.4: 15, 30.6: 13}),
        (4, {0.2: 0, 0.3: 5, 1.5: 5, 1.6: 10, 3.3: 10, 3.4: 15, 5.4: 15, 5.5: 20, 7.9: 20, 8.0: 25,
             10.7: 25, 10.8: 30, 13.8: 30, 13.9: 35, 17.1: 35, 17.2: 40, 40.0: 40, 3.34: 10}),
        (5, {1: 0, 2: 0, 3: 0, 4: -5, 5: -10, 6: -20, 7: -20, 8: -20, 9: -15, 10: -5, 11: 0,
             12: 0}),
    ],
)  # fmt: skip
def test_every_boundary_of_a_component(place: int, points: dict[float, int]) -> None:
    for value, wanted in points.items():
        values: list[float] = [5.0, 71, 0, 20.0, 0.2, 1]
        values[place] = value
        assert danger_index(*values) == wanted, value


@pytest.mark.parametrize(
    ("rain_mm", "by_day"),
    [
        # C = 5 (days - lag), 0 to 50; lag -2 up to 2 mm, -1 up to 5, 0 up to 10, 1 above
        (0.3, {0: 10, 1: 15, 7: 45, 8: 50, 9: 50}),
        (2.0, {0: 10, 1: 15}),
        (2.1, {0: 5, 1: 10, 9: 50}),
        (5.0, {0: 5, 1: 10}),
        (5.1, {0: 0, 1: 5, 10: 50}),
        (10.0, {0: 0, 1: 5}),
        (10.1, {0: 0, 1: 0, 2: 5, 11: 50, 60: 50}),
    ],
)
def test_every_boundary_of_the_rain(rain_mm: float, by_day: dict[int, int]) -> None:
    found = {days: float(danger_index(5.0, 71, days, rain_mm, 0.2, 1)) for days in by_day}
    assert found == by_day
