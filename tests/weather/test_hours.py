"""Days of hours, held against the hours picked one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from jdzfire.weather.contract import FORECAST_FROM
from jdzfire.weather.hours import days_of_hours

ISSUED = np.datetime64("2023-12-29T00")


def hours(end: str = "2024-01-04T23") -> xr.Dataset:
    draw = np.random.default_rng(1)
    time = pd.date_range("2023-12-29T00", end, freq="h")
    shape = (len(time), 2, 2)
    values = {
        "t2m": (280 + draw.normal(0, 5, shape), "K"),
        "rh2m": (draw.uniform(20, 90, shape), "%"),
        "u10": (draw.normal(0, 4, shape), "m s-1"),
        "v10": (draw.normal(0, 4, shape), "m s-1"),
        "tp": (draw.exponential(1, shape), "kg m-2"),
    }
    return xr.Dataset(
        {name: (("time", "lat", "lon"), held, {"units": u}) for name, (held, u) in values.items()},
        coords={"time": time, "lat": [29.0, 29.5], "lon": [117.0, 117.5]},
    )


@pytest.mark.parametrize("until", [8, 12, 20])
@pytest.mark.parametrize("step", [1, 2, 3, 6])
def test_a_day_is_made_of_its_stamps(step: int, until: int) -> None:
    given = hours().isel(time=slice(None, None, step))
    found = days_of_hours(given, source="x", rain_until_h=until)
    cell = given.isel(lat=0, lon=1)
    for day in ("2023-12-31", "2024-01-01"):  # over the end of a year
        midnight = pd.Timestamp(day) - pd.Timedelta(hours=8)
        of_day = cell.sel(
            time=(cell.time >= midnight) & (cell.time < midnight + pd.Timedelta(hours=24))
        )
        end = pd.Timestamp(day) + pd.Timedelta(hours=round((until - 8) / step) * step)
        rain = cell["tp"].sel(time=(cell.time > end - pd.Timedelta(hours=24)) & (cell.time <= end))
        noon = cell.interp(time=pd.Timestamp(day) + pd.Timedelta(hours=4))
        there = found.sel(time=day).isel(lat=0, lon=1)
        assert len(rain) == 24 // step
        assert float(there["tasmax"]) == pytest.approx(float(of_day["t2m"].max()) - 273.15)
        assert float(there["hursmin"]) == pytest.approx(float(of_day["rh2m"].min()))
        assert float(there["tas"]) == pytest.approx(float(noon["t2m"]) - 273.15)
        assert float(there["pr"]) == pytest.approx(float(rain.sum()))


def test_lazy_hours_give_lazy_days() -> None:
    given = hours()
    lazy = days_of_hours(given.chunk(time=24, lat=1), source="x")
    assert lazy["tasmax"].chunks is not None
    xr.testing.assert_allclose(lazy.compute(), days_of_hours(given, source="x"))


def test_a_missing_hour_leaves_its_day_without_extremes() -> None:
    given = hours().drop_sel(time=[np.datetime64("2024-01-01T10")])
    found = days_of_hours(given, source="x").isel(lat=0, lon=0)
    assert np.isnan(found["tasmax"].sel(time="2024-01-01"))
    assert np.isnan(found["pr"].sel(time="2024-01-02"))  # 10:00 UTC is after noon
    assert found["pr"].sel(time="2024-01-01").notnull()
    assert found["tasmax"].sel(time="2024-01-02").notnull()


@pytest.mark.parametrize("way", ["since the begin", "in six hours"])
def test_forecasts_that_sum_rain_give_what_fell(way: str) -> None:
    given = hours("2024-01-01T00").isel(time=slice(None, None, 3))
    fell = given["tp"].to_numpy().copy()
    fell[0] = 0.0
    summed = fell.cumsum(axis=0)
    if way == "in six hours":
        summed = fell.copy()
        is_second = given["time"].dt.hour.to_numpy() % 6 == 0
        is_second[0] = False
        summed[is_second] += fell[np.flatnonzero(is_second) - 1]
    dims = given["tp"].dims
    made = [
        days_of_hours(given.assign(tp=(dims, held, {"units": "mm"})), source="gfs", issued=ISSUED)
        for held in (fell, summed)
    ]
    xr.testing.assert_allclose(made[0]["pr"], made[1]["pr"])
    assert (made[0][FORECAST_FROM] == ISSUED).all()


def test_rain_as_a_rate_and_moisture_by_mass() -> None:
    given = hours()
    dims = given["tp"].dims
    as_rate = given.assign(prate=(dims, given["tp"].to_numpy() / 3600, {"units": "kg m-2 s-1"}))
    found = days_of_hours(as_rate.drop_vars("tp"), source="gfs")
    xr.testing.assert_allclose(found["pr"], days_of_hours(given, source="x")["pr"])
    # 20 degC at 1013.25 hPa: 23.39 hPa saturate the air (Smithsonian tables), 0.0073 kg/kg is 50 %
    air = given.assign(
        t2m=(dims, np.full(given["tp"].shape, 293.15), {"units": "K"}),
        QAIR=(dims, np.full(given["tp"].shape, 0.00723), {"units": "kg/kg"}),
        PRS=(dims, np.full(given["tp"].shape, 101325.0), {"units": "Pa"}),
    ).drop_vars("rh2m")
    humid = days_of_hours(air, source="cma")["hurs"].sel(time="2024-01-01")
    assert humid.to_numpy() == pytest.approx(50.0, abs=0.3)
