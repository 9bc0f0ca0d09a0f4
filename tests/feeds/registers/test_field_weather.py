"""Weather files that came from elsewhere; skipped where they are not there."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from jdzfire.errors import InputError
from jdzfire.feeds.registers.weather import read_weather
from jdzfire.feeds.weather_archive import open_days
from jdzfire.weather.contract import WEATHER_VARIABLES
from jdzfire.weather.danger import danger_of_days

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is not here")


def bytes_of(dataset: xr.Dataset) -> bytes:
    target = io.BytesIO()
    dataset.to_netcdf(target, engine="h5netcdf")
    return target.getvalue()


def test_era5_of_2024_and_its_elder_layout_give_the_same_days() -> None:
    raw = (SHARED / "field_cases" / "13_era5.nc").read_bytes()
    found = read_weather(raw, source_name="13_era5.nc")
    with xr.open_dataset(io.BytesIO(raw), engine="h5netcdf") as opened:
        new = opened.load()
    cell = new.isel(latitude=3, longitude=2)
    place = {"lat": float(cell["latitude"]), "lon": float(cell["longitude"])}
    # 4 April in Beijing is 16:00 UTC of the 3rd to 15:00 UTC of the 4th; noon is 04:00 UTC
    hours = cell.sel(valid_time=slice("2024-04-03T16", "2024-04-04T15"))
    noon = cell.sel(valid_time="2024-04-04T04")
    fell = cell["tp"].sel(valid_time=slice("2024-04-03T05", "2024-04-04T04"))
    day = found.sel(time="2024-04-04", method=None).sel(**place)
    assert len(hours["valid_time"]) == 24
    assert float(day["tasmax"]) == pytest.approx(float(hours["t2m"].max()) - 273.15, abs=1e-3)
    assert float(day["tas"]) == pytest.approx(float(noon["t2m"].squeeze()) - 273.15, abs=1e-3)
    assert float(day["sfcWind"]) == pytest.approx(
        float(np.hypot(noon["u10"], noon["v10"]).squeeze()), abs=1e-3
    )
    assert float(day["pr"]) == pytest.approx(1000 * float(fell.sum()), abs=1e-3)
    bare = new.drop_vars([name for name in ("number", "expver") if name in new.coords])
    half = bare.sizes["valid_time"] // 2
    parts = [bare.isel(valid_time=slice(None, half)), bare.isel(valid_time=slice(half, None))]
    parts = [part.reindex(valid_time=bare["valid_time"]) for part in parts]
    elder = xr.concat(parts, "expver").assign_coords(expver=[1, 5]).rename(valid_time="time")
    for name in new.data_vars:
        elder[name].attrs = new[name].attrs
    again = read_weather(bytes_of(elder), source_name="elder.nc")
    for name in WEATHER_VARIABLES:
        np.testing.assert_allclose(again[name], found[name], equal_nan=True)
    wrong = new.assign(t2m=new["t2m"].assign_attrs(units="degC"))
    with pytest.raises(InputError, match="cannot mean; expected: -80 to 60 degC; found: 2"):
        read_weather(bytes_of(wrong), source_name="wrong.nc")


@pytest.mark.parametrize("path", sorted((SHARED / "weather").glob("gfs*.nc")), ids=lambda p: p.name)
def test_a_forecast_without_rain_says_what_it_lacks(path: Path) -> None:
    with pytest.raises(InputError, match="no rain; variables: u10, v10, t2m, rh2m"):
        read_weather(path.read_bytes(), source_name=path.name)


def test_the_station_of_changting_over_its_years() -> None:
    folder = SHARED / "weather" / "changting"
    days = open_days(
        [folder / "meteo_daily.csv", folder / "pcp_daily.csv"], place=(116.3333, 25.75)
    )
    assert days.sizes["time"] == 2922  # 2010 to 2017
    danger = danger_of_days(days).isel(lat=0, lon=0)
    fwi = danger["fwi"].to_series()
    assert fwi[:"2011-12-31"].isna().all()  # rain is there from 2012 on
    assert fwi["2012-01-01":].notna().all()
    by_month = fwi.groupby(fwi.index.month).mean()
    assert by_month.idxmax() == 10  # the dry autumn of the south-east
    assert by_month.min() < 3
