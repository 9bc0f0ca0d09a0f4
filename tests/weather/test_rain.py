from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from jdzfire.weather.grade import rain_history


def rain(amounts: list[float], days: list[str] | None = None) -> xr.DataArray:
    dates = pd.date_range("2024-03-01", periods=len(amounts)) if days is None else days
    return xr.DataArray(
        np.array(amounts, dtype=float), dims="time", coords={"time": pd.DatetimeIndex(dates)}
    )


def test_days_and_amount_of_the_last_rain() -> None:
    # 0.29 mm is no rain, 0.3 mm is; two dry days after it, then 12 mm
    days, last = rain_history(rain([4.0, 0.29, 0.3, 0.0, 0.0, 12.0, 0.1]))
    assert days.to_numpy().tolist() == [0, 1, 0, 1, 2, 0, 1]
    assert last.to_numpy().tolist() == [4.0, 4.0, 0.3, 0.3, 0.3, 12.0, 12.0]


def test_before_the_first_rain_the_least_is_told_and_the_amount_is_null() -> None:
    days, last = rain_history(rain([0.0, 0.0, 5.0]))
    assert days.to_numpy().tolist() == [1, 2, 0]
    assert last.isnull().to_numpy().tolist() == [True, True, False]


def test_a_missing_value_is_no_rain_and_a_missing_day_counts() -> None:
    days, _ = rain_history(rain([5.0, np.nan, 0.0]))
    assert days.to_numpy().tolist() == [0, 1, 2]
    days, _ = rain_history(rain([5.0, 0.0], ["2024-02-28", "2024-03-02"]))  # 29, 1, 2
    assert days.to_numpy().tolist() == [0, 3]


def test_cells_are_their_own() -> None:
    grid = xr.DataArray(
        [[[5.0, 0.0]], [[0.0, 5.0]]],
        dims=("time", "lat", "lon"),
        coords={"time": pd.date_range("2024-03-01", periods=2)},
    )
    days, last = rain_history(grid)
    assert days.to_numpy().tolist() == [[[0, 1]], [[1, 0]]]
    np.testing.assert_array_equal(last.to_numpy(), [[[5.0, np.nan]], [[5.0, 5.0]]])


@pytest.mark.parametrize("threshold", [0.1, 1.0])
def test_what_counts_as_rain_is_a_setting(threshold: float) -> None:
    days, _ = rain_history(rain([9.0, 0.5]), rain_from_mm=threshold)
    assert days.to_numpy().tolist() == [0, 0 if threshold == 0.1 else 1]
