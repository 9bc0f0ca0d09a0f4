"""Hourly weather as centres write it, as Beijing days."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from jdzfire.errors import InputError
from jdzfire.feeds.registers.weather import read_weather
from jdzfire.weather.contract import FORECAST_FROM, WEATHER_VARIABLES

LAT, LON = np.array([29.5, 29.25, 29.0]), np.array([117.0, 117.25])


def hours(start: str = "2024-04-03T00:00", count: int = 72, **changes: Any) -> xr.Dataset:
    """ERA5 since 2024: valid_time, scalar number, expver along time, latitude from the north."""
    draw = np.random.default_rng(8)
    time = pd.date_range(start, periods=count, freq="h").to_numpy()
    shape = (count, 3, 2)
    of_day = np.cos((np.arange(count) - 6) / 24 * 2 * np.pi)[:, None, None]
    values = {
        "t2m": (290 + 8 * of_day + draw.normal(0, 1, shape), "K"),
        "d2m": (280 + draw.normal(0, 1, shape), "K"),
        "u10": (draw.normal(0, 4, shape), "m s**-1"),
        "v10": (draw.normal(0, 4, shape), "m s**-1"),
        "tp": (np.maximum(draw.normal(0, 3e-4, shape), 0), "m"),
    }
    dims = ("valid_time", "latitude", "longitude")
    dataset = xr.Dataset(
        {name: (dims, array, {"units": unit}) for name, (array, unit) in values.items()},
        coords={
            "valid_time": time, "latitude": LAT, "longitude": LON, "number": 0,
            "expver": ("valid_time", ["0001"] * (count - 24) + ["0005"] * 24),
        },
    )  # fmt: skip
    return dataset.assign(changes)


def raw(dataset: xr.Dataset, **encoding: Any) -> bytes:
    target = io.BytesIO()
    dataset.to_netcdf(target, engine="h5netcdf", encoding=encoding or None)
    return target.getvalue()


def days(dataset: xr.Dataset, **encoding: Any) -> xr.Dataset:
    return read_weather(raw(dataset, **encoding), source_name="era5.nc")


def test_days_hold_the_hours_of_the_beijing_clock():
    source = hours()
    found = days(source)
    assert list(found) == [*WEATHER_VARIABLES, FORECAST_FROM]
    assert set(found.coords) == {"time", "lat", "lon"}
    assert (np.diff(found["lat"]) > 0).all()
    day = found.sel(time="2024-04-04", lat=29.25, lon=117.25)
    cell = source.sel(latitude=29.25, longitude=117.25)
    whole = cell.sel(valid_time=slice("2024-04-03T16", "2024-04-04T15"))
    noon = cell.sel(valid_time="2024-04-04T04:00")
    assert float(day["tasmax"]) == pytest.approx(float(whole["t2m"].max()) - 273.15, abs=1e-4)
    assert float(day["tas"]) == pytest.approx(float(noon["t2m"]) - 273.15, abs=1e-4)
    wind = np.hypot(whole["u10"], whole["v10"])
    assert float(day["sfcWindmax"]) == pytest.approx(float(wind.max()), abs=1e-4)
    fell = cell["tp"].sel(valid_time=slice("2024-04-03T05", "2024-04-04T04")).sum() * 1000
    assert float(day["pr"]) == pytest.approx(float(fell), abs=1e-4)
    # 16.9 degC and 6.9 degC: 10.0 and 19.2 hPa by the psychrometric tables
    at = hours(t2m=hours()["t2m"] * 0 + 290.0, d2m=hours()["d2m"] * 0 + 280.0)
    for name in ("t2m", "d2m"):
        at[name].attrs["units"] = "K"
    assert float(days(at)["hurs"].isel(time=1, lat=0, lon=0)) == pytest.approx(51.8, abs=0.2)


def test_days_that_lack_hours_have_no_extremes_and_no_rain():
    found = days(hours())
    first = found.isel(time=0)
    assert str(first["time"].dt.date.item()) == "2024-04-03"
    assert bool(first["tasmax"].isnull().all())
    assert bool(first["pr"].isnull().all())
    assert bool(first["tas"].notnull().all())


def test_the_elder_layout_gives_the_same_days():
    new = hours()
    bare = new.drop_vars(["number", "expver"])
    parts = [bare.isel(valid_time=slice(None, 48)), bare.isel(valid_time=slice(48, None))]
    every = bare["valid_time"]
    stacked = xr.concat([part.reindex(valid_time=every) for part in parts], "expver")
    elder = stacked.assign_coords(expver=[1, 5])
    elder = elder.rename(valid_time="time")
    for name in new:
        elder[name].attrs = new[name].attrs
    packed = {
        name: {"dtype": "int16", "scale_factor": scale, "add_offset": offset, "_FillValue": -32767}
        for name, scale, offset in (("t2m", 0.001, 290.0), ("d2m", 0.001, 280.0))
    }
    found, again = days(new), days(elder, **packed)
    for name in WEATHER_VARIABLES:
        np.testing.assert_allclose(again[name], found[name], atol=0.02, equal_nan=True)


def test_rain_since_midnight_is_told_from_rain_of_each_hour():
    each = hours(count=97)
    hour = each["valid_time"].dt.hour.to_numpy()
    summed = each["tp"].to_numpy().copy()
    for place in range(1, len(summed)):
        if hour[place] != 1:
            summed[place] += summed[place - 1]
    land = each.assign(tp=(each["tp"].dims, summed, {"units": "m"}))
    np.testing.assert_allclose(days(land)["pr"], days(each)["pr"], atol=1e-3, equal_nan=True)


def test_runs_with_steps_are_put_into_one_line_of_hours():
    """ERA5 in GRIB: rain comes in runs of 12 hours, as time x step."""
    each = hours(count=72)
    runs = each.isel(valid_time=slice(1, 61)).drop_vars(["number", "expver"])
    stamps = runs["valid_time"].to_numpy().reshape(5, 12)
    begun = stamps[:, 0] - np.timedelta64(1, "h")
    made = xr.Dataset(
        {
            name: (("time", "step", "latitude", "longitude"),
                   runs[name].to_numpy().reshape(5, 12, 3, 2), runs[name].attrs)
            for name in runs.data_vars
        },
        coords={"time": begun, "step": np.arange(1, 13) * np.timedelta64(1, "h"),
                "valid_time": (("time", "step"), stamps), "latitude": LAT, "longitude": LON},
    )  # fmt: skip
    found, plain = days(made), days(runs)
    assert found[FORECAST_FROM].isnull().all()  # several runs are no forecast
    for name in WEATHER_VARIABLES:
        np.testing.assert_allclose(found[name], plain[name], equal_nan=True)


def test_longitudes_to_360_and_other_names_of_axes():
    west = hours().assign_coords(longitude=[242.75, 243.0])
    assert days(west)["lon"].to_numpy().tolist() == [-117.25, -117.0]
    shouted = hours().rename(latitude="LAT", longitude="LON", valid_time="TIME")
    for name in WEATHER_VARIABLES:
        np.testing.assert_allclose(days(shouted)[name], days(hours())[name], equal_nan=True)


def test_days_of_a_model_are_told_by_their_cf_attributes():
    draw = np.random.default_rng(2)
    shape = (3, 2, 2)
    dims = ("time", "lat", "lon")
    told = {
        "a": ("air_temperature", "time: maximum", "K", draw.uniform(280, 300, shape)),
        "b": ("relative_humidity", "time: minimum", "1", draw.uniform(0.2, 0.8, shape)),
        "c": ("wind_speed", "time: maximum", "km h-1", draw.uniform(5, 30, shape)),
        "d": ("precipitation_flux", "time: mean", "kg m-2 s-1", draw.uniform(0, 1e-4, shape)),
        "e": ("air_temperature", "time: minimum", "K", draw.uniform(270, 280, shape)),
    }
    model = xr.Dataset(
        {
            name: (dims, values, {"standard_name": std, "cell_methods": how, "units": unit})
            for name, (std, how, unit, values) in told.items()
        },
        coords={"time": pd.date_range("2024-03-01", periods=3), "lat": [29.0, 29.5],
                "lon": [117.0, 117.5]},
    )  # fmt: skip
    found = days(model)
    np.testing.assert_allclose(found["tasmax"], told["a"][3] - 273.15, rtol=1e-5)
    np.testing.assert_allclose(found["hursmin"], told["b"][3] * 100, rtol=1e-5)
    np.testing.assert_allclose(found["sfcWindmax"], told["c"][3] / 3.6, rtol=1e-5)
    np.testing.assert_allclose(found["pr"], told["d"][3] * 86_400, rtol=1e-5)
    assert "tas is tasmax" in found.attrs["approximated"]


def test_a_year_end_is_a_day_boundary_like_another():
    found = days(hours("2023-12-31T00:00"))
    assert [str(day) for day in found["time"].dt.date.to_numpy()] == [
        "2023-12-31", "2024-01-01", "2024-01-02",
    ]  # fmt: skip
    assert bool(found["tasmax"].sel(time="2024-01-01").notnull().all())


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda d: d.drop_vars("d2m"), "no dew point or humidity"),
        (lambda d: d.assign(t2m=d["t2m"].assign_attrs(units="furlong")), "no usable unit"),
        (lambda d: d.assign(t2m=d["t2m"].assign_attrs(units="degC")), "cannot mean"),
        (lambda d: d.isel(valid_time=slice(None, None, 5)), "no even hours"),
        (lambda d: d.isel(valid_time=[0, 1, 1, 2]), "no even hours"),
        (lambda d: d.drop_vars("tp"), "no rain; variables: t2m, d2m, u10, v10"),
        (lambda d: d.drop_vars("v10"), "no wind"),
        (lambda d: d.isel(valid_time=slice(0, 0)), "holds no values"),
        (lambda d: d.isel(latitude=slice(0, 0)), "holds no values"),
        (lambda d: d.assign_coords(valid_time=np.arange(72)), "no dates"),
        (lambda d: d.expand_dims(member=2), "member \\(2\\)"),
    ],
)
def test_what_cannot_be_days_is_refused(change, expected):
    with pytest.raises(InputError, match=expected):
        days(change(hours()))
