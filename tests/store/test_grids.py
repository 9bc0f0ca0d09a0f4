"""Grids: rasters are replaced as a whole, weather grows by days."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr
from rasterio.io import MemoryFile

from jdzfire.errors import InputError, UsageError
from jdzfire.store.grids import grid_path, save_grid
from jdzfire.store.home import Home

Weather = Callable[..., bytes]


def raster(value: int) -> bytes:
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff",
            width=2,
            height=2,
            count=1,
            dtype="int16",
            crs="EPSG:4326",
            transform=rasterio.Affine(0.5, 0.0, 117.0, 0.0, -0.5, 30.0),
        ) as out:
            out.write(np.full((1, 2, 2), value, dtype="int16"))
        return bytes(memory.read())


def weather(
    days: list[str],
    tasmax: float,
    *,
    lats: tuple[float, ...] = (29.0, 29.5),
    name: str = "tasmax",
) -> bytes:
    cube = np.full((len(days), len(lats), 2), tasmax, dtype="float32")
    dataset = xr.Dataset(
        {name: (("time", "lat", "lon"), cube, {"units": "degC"})},
        coords={"time": pd.to_datetime(days), "lat": list(lats), "lon": [117.0, 117.5]},
        attrs={"source": "test"},
    )
    return bytes(dataset.to_netcdf(None, engine="scipy"))


def held(home: Home) -> Any:
    path = grid_path(home, "weather")
    assert path is not None
    with xr.open_dataset(path, engine="scipy") as opened:
        return opened.load()


def test_raster_takes_the_place_of_the_one_before(home: Home) -> None:
    assert grid_path(home, "dem") is None
    assert save_grid(home, "dem", raster(100)) is True
    assert save_grid(home, "dem", raster(100)) is False
    assert save_grid(home, "dem", raster(200)) is True
    assert save_grid(home, "landcover", raster(10)) is True
    path = grid_path(home, "dem")
    assert path == home.registers_dir / "dem.tif"
    with rasterio.open(path) as opened:
        assert opened.read(1).tolist() == [[200, 200], [200, 200]]


@pytest.mark.parametrize("raw", [b"", b"<html>502</html>", raster(1)[:60], raster(1)[:-4]])
def test_what_is_no_raster_leaves_the_one_before(home: Home, raw: bytes) -> None:
    save_grid(home, "dem", raster(100))
    with pytest.raises(InputError, match="no raster"):
        save_grid(home, "dem", raw)
    assert (home.registers_dir / "dem.tif").read_bytes() == raster(100)


def test_days_are_added_and_the_later_file_wins_for_the_same_day(home: Home) -> None:
    save_grid(home, "weather", weather(["2024-04-03", "2024-04-04"], 20.0))
    save_grid(home, "weather", weather(["2024-04-04", "2024-04-01"], 25.0))
    found = held(home)
    days = found["time"].dt.strftime("%m-%d").to_numpy().tolist()
    assert days == ["04-01", "04-03", "04-04"]
    assert found["tasmax"].max(("lat", "lon")).to_numpy().tolist() == [25.0, 20.0, 25.0]
    assert found["tasmax"].dims == ("time", "lat", "lon")
    assert found["tasmax"].dtype == "float32"
    assert found["tasmax"].attrs["units"] == "degC"
    assert found.attrs["source"] == "test"


def test_a_null_of_the_later_file_does_not_wipe_a_value(home: Home) -> None:
    save_grid(home, "weather", weather(["2024-04-04"], 20.0))
    save_grid(home, "weather", weather(["2024-04-04"], float("nan")))
    assert held(home)["tasmax"].to_numpy().tolist() == [[[20.0, 20.0], [20.0, 20.0]]]


def test_a_variable_of_its_own_joins_the_days(home: Home) -> None:
    save_grid(home, "weather", weather(["2024-04-03", "2024-04-04"], 20.0))
    save_grid(home, "weather", weather(["2024-04-04"], 1.5, name="pr"))
    found = held(home)
    assert found["pr"].isel(lat=0, lon=0).to_numpy().tolist()[1] == 1.5
    assert np.isnan(found["pr"].isel(time=0)).all()
    assert (found["tasmax"] == 20.0).all()


def test_saving_again_writes_nothing(home: Home) -> None:
    raw = weather(["2024-04-03", "2024-04-04"], 20.0)
    assert save_grid(home, "weather", raw) is True
    path = home.registers_dir / "weather.nc"
    before = path.stat().st_ino, path.read_bytes()
    assert save_grid(home, "weather", raw) is False
    assert save_grid(home, "weather", weather(["2024-04-03"], 20.0)) is False
    assert (path.stat().st_ino, path.read_bytes()) == before


def test_axes_are_put_in_ascending_order(home: Home) -> None:
    cube = np.array([[[1.0, 1.0], [2.0, 2.0]]], dtype="float32")
    upside_down = xr.Dataset(
        {"tasmax": (("time", "lat", "lon"), cube)},
        coords={"time": pd.to_datetime(["2024-04-04"]), "lat": [29.5, 29.0], "lon": [117, 117.5]},
    )
    save_grid(home, "weather", bytes(upside_down.to_netcdf(None, engine="scipy")))
    found = held(home)
    assert found["lat"].to_numpy().tolist() == [29.0, 29.5]
    assert found["tasmax"].isel(time=0, lon=0).to_numpy().tolist() == [2.0, 1.0]


def test_a_day_told_twice_in_one_file_is_told_by_the_last(home: Home) -> None:
    both = weather(["2024-04-04", "2024-04-04"], 20.0)
    with xr.open_dataset(io.BytesIO(both), engine="scipy") as opened:
        cube = opened.load()
    cube["tasmax"][1] = 30.0
    save_grid(home, "weather", bytes(cube.to_netcdf(None, engine="scipy")))
    assert held(home)["tasmax"].to_numpy().tolist() == [[[30.0, 30.0], [30.0, 30.0]]]


def test_another_grid_is_refused_and_the_held_one_stands(home: Home) -> None:
    save_grid(home, "weather", weather(["2024-04-04"], 20.0))
    for lats in ((29.0, 29.6), (29.0, 29.5, 30.0)):
        with pytest.raises(InputError, match="another grid"):
            save_grid(home, "weather", weather(["2024-04-05"], 20.0, lats=lats))
    assert held(home).sizes["time"] == 1
    # 1e-7 degrees is 1 cm: the same grid, spelled otherwise
    assert save_grid(home, "weather", weather(["2024-04-05"], 20.0, lats=(29.0, 29.5000001)))
    assert held(home)["lat"].to_numpy().tolist() == [29.0, 29.5]


@pytest.mark.parametrize(
    "raw", [b"", b"<html>502</html>", weather(["2024-04-04"], 20.0)[:200], b"\x89HDF\r\n\x1a\n"]
)
def test_what_is_no_weather_leaves_the_held_one(home: Home, raw: bytes) -> None:
    save_grid(home, "weather", weather(["2024-04-04"], 20.0))
    before = (home.registers_dir / "weather.nc").read_bytes()
    with pytest.raises(InputError, match="weather"):
        save_grid(home, "weather", raw)
    assert (home.registers_dir / "weather.nc").read_bytes() == before


def test_weather_without_its_axes_is_refused(home: Home) -> None:
    plain = xr.Dataset({"tasmax": (("time", "y"), np.zeros((1, 2)))}, coords={"time": [0]})
    with pytest.raises(InputError, match="lacks coordinates") as stated:
        save_grid(home, "weather", bytes(plain.to_netcdf(None, engine="scipy")))
    assert stated.value.found == "no lat, lon"


def test_unknown_kinds_are_refused(home: Home) -> None:
    for kind in ("teams", "../dem", ""):
        with pytest.raises(UsageError, match="no such grid"):
            save_grid(home, kind, b"x")
        with pytest.raises(UsageError, match="no such grid"):
            grid_path(home, kind)
