from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.errors import UsageError
from jdzfire.weather.danger import danger_of_days
from jdzfire.weather.sampling import SAMPLE_COLUMNS, sample_weather
from tests.weather.grids import weather_days

DANGER = danger_of_days(
    weather_days(count=3, tasmax=[18.0, 24.0, 30.0], hursmin=[55.0, 40.0, 20.0]), with_fwi=False
)


def utc(*texts: str) -> pd.Series:
    return pd.Series(pd.to_datetime(list(texts), utc=True)).astype("datetime64[us, UTC]")


@pytest.mark.parametrize(
    ("at", "tmax_c"),
    [
        ("2024-03-01T15:59:59Z", 18.0),  # 23:59 of 1 March in Beijing
        ("2024-03-01T16:00:00Z", 24.0),  # midnight there: 2 March
        ("2024-02-29T16:00:00Z", 18.0),
        ("2024-03-03T15:59:00Z", 30.0),
    ],
)
def test_the_day_is_that_of_the_beijing_clock(at: str, tmax_c: float) -> None:
    assert sample_weather(DANGER, [117.0], [29.0], utc(at))["tmax_c"].tolist() == [tmax_c]


@pytest.mark.parametrize("at", ["2024-02-29T15:59:59Z", "2024-03-03T16:00:00Z", None])
def test_outside_the_days_is_null(at: str | None) -> None:
    times = pd.Series([at], dtype="datetime64[us, UTC]")
    assert sample_weather(DANGER, [117.0], [29.0], times).isna().all(axis=None)


@pytest.mark.parametrize(
    ("lon", "lat", "inside"),
    # centres 117.0 and 117.5, 29.0 and 29.5: half a cell is 0.25
    [(116.75, 28.75, True), (116.749, 29.0, False), (117.75, 29.75, True), (117.751, 29.0, False),
     (117.0, 28.749, False), (117.0, 29.751, False), (np.nan, 29.0, False)],
)  # fmt: skip
def test_outside_the_grid_is_null(lon: float, lat: float, inside: bool) -> None:
    found = sample_weather(DANGER, [lon], [lat], utc("2024-03-02T04:00Z"))
    assert found["danger_grade"].notna().tolist() == [inside]


def test_one_time_serves_all_places() -> None:
    at = pd.Timestamp("2024-03-02T04:00Z")
    found = sample_weather(DANGER, [117.0, 117.4, 110.0], [29.0, 29.4, 29.0], at)
    assert found["tmax_c"].tolist()[:2] == [24.0, 24.0]
    assert found["tmax_c"].isna().tolist() == [False, False, True]
    assert sample_weather(DANGER, [117.0], [29.0], at.to_pydatetime())["tmax_c"].tolist() == [24.0]


def test_a_grid_of_one_cell_is_a_quarter_degree_wide() -> None:
    lone = DANGER.isel(lat=[0], lon=[0])
    found = sample_weather(
        lone, [117.125, 117.126], [29.0, 29.0], pd.Timestamp("2024-03-02T04:00Z")
    )
    assert found["tmax_c"].notna().tolist() == [True, False]


@pytest.mark.parametrize("empty", ["places", "days", "grid"])
def test_empty_in_null_out(empty: str) -> None:
    danger: Any = {"days": DANGER.isel(time=slice(0, 0)), "grid": DANGER.isel(lat=slice(0, 0))}
    held: xr.Dataset = danger.get(empty, DANGER)
    count = 0 if empty == "places" else 1
    found = sample_weather(held, [117.0] * count, [29.0] * count, utc(*["2024-03-02"] * count))
    assert len(found) == count
    assert found.isna().all(axis=None)
    assert {name: str(dtype) for name, dtype in found.dtypes.items()} == SAMPLE_COLUMNS


def test_times_must_be_aware_and_match() -> None:
    with pytest.raises(UsageError, match="no time zone"):
        sample_weather(DANGER, [117.0], [29.0], pd.Timestamp("2024-03-02"))
    with pytest.raises(UsageError, match="do not match"):
        sample_weather(DANGER, [117.0] * 3, [29.0] * 3, utc("2024-03-02", "2024-03-03"))


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    lon=st.floats(116.5, 118.0),
    lat=st.floats(28.5, 30.0),
    minute=st.integers(-3 * 1440, 6 * 1440),
)
def test_agrees_with_brute_force(lon: float, lat: float, minute: int) -> None:
    weather = weather_days(count=3)
    shape = weather["tasmax"].shape
    weather["tasmax"] = weather["tasmax"].copy(data=np.arange(np.prod(shape)).reshape(shape) * 1.0)
    danger = danger_of_days(weather, with_fwi=False)
    at = pd.Timestamp("2024-03-01T00:00Z") + pd.Timedelta(minutes=minute)
    day = (at + pd.Timedelta(hours=8)).strftime("%Y-%m-%d")
    expected = np.nan
    for t, stamp in enumerate(["2024-03-01", "2024-03-02", "2024-03-03"]):
        for i, y in enumerate([29.0, 29.5]):
            for j, x in enumerate([117.0, 117.5]):
                if stamp == day and -0.25 <= lon - x < 0.25 and -0.25 <= lat - y < 0.25:
                    expected = float(weather["tasmax"][t, i, j])
    if 117.75 in (lon,) or 29.75 in (lat,):
        return  # the outer edge belongs to the last cell
    found = sample_weather(danger, [lon], [lat], at)["tmax_c"].iloc[0]
    assert found == pytest.approx(expected, nan_ok=True)
