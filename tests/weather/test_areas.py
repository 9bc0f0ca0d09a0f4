"""Danger of areas, and how rare it is."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import xarray as xr
from shapely.geometry import box

from jdzfire.errors import UsageError
from jdzfire.weather.areas import danger_of_areas
from jdzfire.weather.danger import danger_of_days
from jdzfire.weather.drought import second_opinion
from jdzfire.weather.percentiles import danger_percentiles
from tests.weather.grids import weather_days


def danger() -> xr.Dataset:
    made = danger_of_days(weather_days(count=3), with_fwi=False)
    fwi = np.arange(12.0).reshape(3, 2, 2)
    grade = np.array([[[1, 2], [4, 5]]] * 3, dtype=float)
    grade[2] = np.nan
    return made.assign(fwi=(made["fwi"].dims, fwi), danger_grade=(made["fwi"].dims, grade))


def areas(**shapes):
    names = [name.rstrip("_") for name in shapes]
    return gpd.GeoDataFrame({"township": names}, geometry=list(shapes.values()), crs=4326)


def test_means_weigh_by_share_and_the_grade_is_the_highest() -> None:
    # cells of 0.5 degree around (29.0, 29.5) x (117.0, 117.5): B lies half in each column
    found = danger_of_areas(
        danger(),
        areas(B=box(117.15, 29.3, 117.35, 29.4), A=box(117.0, 29.0, 117.1, 29.1),
              A_=box(117.4, 29.0, 117.5, 29.1), C=box(120, 28, 121, 29)),
        name="township",
    )  # fmt: skip
    first = found[found["day"] == "2024-03-01"].set_index("township")
    assert first.loc["B", "fwi"] == pytest.approx((2 + 3) / 2)
    assert first.loc["A", "fwi"] == pytest.approx((0 + 1) / 2)
    assert first["danger_grade"].tolist()[:2] == [2, 5]
    assert first.loc["B", "grade_share_4"] == pytest.approx(1.0)
    assert np.isnan(first.loc["C", "fwi"])
    last = found[found["day"] == "2024-03-03"]
    assert last["danger_grade"].isna().all()
    with pytest.raises(UsageError):
        danger_of_areas(danger(), areas(A=box(0, 0, 1, 1)).to_crs(3857), name="township")


def test_percentiles_count_the_days_of_that_time_of_year() -> None:
    years = xr.DataArray(
        np.arange(730.0)[:, None, None] % 365,
        dims=("time", "lat", "lon"),
        coords={"time": np.arange("2021-01-01", "2023-01-01", dtype="datetime64[D]")},
    )
    low = danger_percentiles(years.isel(time=[100]) * 0 - 1, years)
    same = danger_percentiles(years.isel(time=[100]), years)
    assert float(low.squeeze()) == 0.0
    assert float(same.squeeze()) == pytest.approx(50.0, abs=1.0)
    winter = danger_percentiles(years.isel(time=[0]), years, window_days=3)
    # days 365, 1, 2 and, over the year's end, of both years: 364, 0, 1; of the value 0 half
    assert float(winter.squeeze()) == pytest.approx(100 * 0.5 / 3, abs=8.5)
    with pytest.raises(UsageError, match="odd"):
        danger_percentiles(years, years, window_days=4)
    gap = danger_percentiles(years.isel(time=[0]) * np.nan, years)
    assert np.isnan(float(gap.squeeze()))


def test_drought_grows_without_rain_and_ends_with_it() -> None:
    rain = np.zeros(60)
    rain[50] = 200.0
    made = second_opinion(weather_days(count=60, tasmax=30.0, pr=rain))
    kbdi = made["kbdi"].isel(lat=0, lon=0).to_numpy()
    assert (np.diff(kbdi[:50]) > 0).all()
    assert kbdi[51] < 10.0 < kbdi[49]
    assert made["mcarthur"].isel(time=slice(0, 18)).isnull().all()
    assert made["mcarthur"].isel(time=40).notnull().all()
    assert second_opinion(weather_days(count=10))["mcarthur"].isnull().all()
