"""Elevation, land cover and weather grids, made in memory."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from rasterio.io import MemoryFile
from rasterio.transform import Affine

from jdzfire.errors import CrsError, InputError, UsageError
from jdzfire.feeds.registers import ClassesQuestion, ask_classes, read_grid, read_weather
from jdzfire.weather.contract import FORECAST_FROM, WEATHER_VARIABLES

ORIGIN = Affine(0.25, 0, 117.0, 0, -0.25, 29.5)


def tiff(
    values: Any, *, crs: str | None = "EPSG:4326", transform: Affine = ORIGIN, **options: Any
) -> bytes:
    bands = np.atleast_3d(np.asarray(values)).transpose(2, 0, 1)
    count, height, width = bands.shape
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", count=count, height=height, width=width, crs=crs,
                         transform=transform, dtype=bands.dtype, **options) as target:  # fmt: skip
            target.write(bands)
        return bytes(memory.read())


TURNED = Affine(0.1, 0.05, 117.0, 0.05, -0.1, 29.5)
HEIGHTS = np.array([[10, 20, 30], [40, -9999, 60]], dtype="float32")


def test_elevation() -> None:
    grid = read_grid("dem", tiff(HEIGHTS, nodata=-9999), source_name="d.tif")
    assert grid.dims == ("y", "x")
    assert grid.name == "dem"
    # centres: 117.0 + 0.125 + i * 0.25; 29.5 - 0.125 - j * 0.25
    assert grid["x"].values.tolist() == [117.125, 117.375, 117.625]
    assert grid["y"].values.tolist() == [29.375, 29.125]
    assert np.isnan(grid.values[1, 1])
    assert np.nanmax(grid.values) == 60
    assert grid.attrs["units"] == "m"
    assert grid.rio.crs.to_epsg() == 4326
    projected = tiff(
        HEIGHTS, nodata=-9999, crs="EPSG:4548", transform=Affine(30, 0, 5e5, 0, -30, 3e6)
    )
    assert read_grid("dem", projected, source_name="d").rio.crs.to_epsg() == 4548


@pytest.mark.parametrize(
    ("value", "scale", "offset", "unit", "metres"),
    [
        (3000, 0.1, -100.0, "", 200.0),
        (3000, 1.0, 0.0, "ft", 914.4),
        (300, 1.0, 0.0, "metre", 300.0),
        (2000, 0.5, 0.0, "feet", 304.8),
    ],
)
def test_scale_offset_and_unit_of_an_elevation(
    value: int, scale: float, offset: float, unit: str, metres: float
) -> None:
    with MemoryFile() as memory:
        with memory.open(driver="GTiff", count=1, height=2, width=2, crs="EPSG:4326",
                         transform=ORIGIN, dtype="int16", nodata=-32768) as target:  # fmt: skip
            target.write(np.array([[value, -32768], [value, value]], "int16"), 1)
            target.scales, target.offsets, target.units = (scale,), (offset,), (unit,)
        raw = bytes(memory.read())
    grid = read_grid("dem", raw, source_name="d.tif")
    assert float(grid[0, 0]) == pytest.approx(metres, rel=1e-6)
    assert np.isnan(grid.values[0, 1])
    if scale != 1.0:
        with pytest.raises(InputError, match="a scale or an offset"):
            read_grid("landcover", raw, source_name="l.tif")


def test_a_nodata_tag_that_differs_in_the_last_digit_of_float32() -> None:
    lowest = np.float32(-3.4028234663852886e38)
    raw = tiff(np.array([[100.0, lowest]], "float32"), nodata=float(np.nextafter(lowest, 0)))
    grid = read_grid("dem", raw, source_name="d.tif")
    assert np.isnan(grid.values[0, 1])
    assert float(grid[0, 0]) == 100.0


def test_land_cover_of_thirty_metres_is_asked_about() -> None:
    codes = np.array([[10, 20], [80, 50]], dtype="uint8")
    for step, asks in ((30 / 111_000, True), (10 / 111_000, False), (0.001, False)):
        raw = tiff(codes, transform=Affine(step, 0, 117.0, 0, -step, 29.5))
        grid = read_grid("landcover", raw, source_name="l.tif")
        if not asks:
            ask_classes(grid, source_name="l.tif")
            continue
        with pytest.raises(ClassesQuestion, match="GlobeLand30"):
            ask_classes(grid, source_name="l.tif")
        ask_classes(grid, source_name="l.tif", classes="worldcover")
        with pytest.raises(ClassesQuestion):
            ask_classes(grid, source_name="l.tif", classes="globeland30")


def test_landcover() -> None:
    codes = np.array([[10, 20, 255], [80, 0, 50]], dtype="uint8")
    grid = read_grid("landcover", tiff(codes, nodata=255), source_name="l.tif")
    assert grid.dtype == np.uint8
    assert grid.values.tolist() == [[10, 20, 0], [80, 0, 50]]


@pytest.mark.parametrize(
    ("kind", "raw", "error", "message"),
    [
        ("dem", b"", InputError, "not a readable GeoTIFF"),
        ("dem", b"II*\x00broken", InputError, "not a readable GeoTIFF"),
        ("dem", tiff(HEIGHTS, nodata=-9999)[:300], InputError, "CRS|readable"),
        ("dem", tiff(HEIGHTS * 100), InputError, "not elevation in metres"),
        ("dem", tiff(HEIGHTS, crs=None, nodata=-9999), CrsError, "no CRS"),
        ("dem", tiff(np.zeros((2, 2, 3), "uint8")), InputError, "several bands"),
        ("dem", tiff(HEIGHTS, transform=TURNED), InputError, "rotated"),
        ("landcover", tiff(np.array([[4, 6]], "uint8")), InputError, "another key"),
        ("roads", b"x", UsageError, "not a grid kind"),
    ],
)  # fmt: skip
def test_unusable_grids(kind: str, raw: bytes, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read_grid(kind, raw, source_name="g.tif")


def weather(**units: str) -> xr.Dataset:
    middle = {"degC": 15.0, "%": 50.0, "m s-1": 3.0, "mm/day": 2.0}
    columns = {
        name: (
            ("time", "lat", "lon"),
            np.full((3, 2, 2), middle[unit]),
            {"units": units.get(name, unit)},
        )
        for name, unit in WEATHER_VARIABLES.items()
    }
    coords = {
        "time": pd.date_range("2024-04-01", periods=3),
        "lat": [29.0, 29.1],
        "lon": [117.0, 117.1],
    }
    return xr.Dataset(columns, coords=coords)


def netcdf(dataset: xr.Dataset) -> bytes:
    return bytes(dataset.to_netcdf(engine="scipy"))


def test_weather_comes_through() -> None:
    read = read_weather(netcdf(weather()), source_name="w.nc")
    assert set(read.data_vars) == {*WEATHER_VARIABLES, FORECAST_FROM}
    assert read[FORECAST_FROM].isnull().all()
    assert {name: read[name].attrs["units"] for name in WEATHER_VARIABLES} == WEATHER_VARIABLES
    assert read["tasmax"].dims == ("time", "lat", "lon")
    assert read["tasmax"].dtype == np.float32
    assert read["time"].values[0] == np.datetime64("2024-04-01")


def test_weather_is_put_in_order_and_renamed() -> None:
    turned = weather().isel(time=[2, 0, 1], lat=[1, 0]).rename(lat="latitude", lon="longitude")
    turned["tasmax"][0] = 20.0
    turned = turned.assign_coords(time=turned["time"] + np.timedelta64(6, "h"))
    read = read_weather(
        netcdf(turned.transpose("longitude", "time", "latitude")), source_name="w.nc"
    )
    assert read["lat"].values.tolist() == [29.0, 29.1]
    assert read["tasmax"].values[:, 0, 0].tolist() == [15.0, 15.0, 20.0]
    assert read["time"].values[2] == np.datetime64("2024-04-03")


@pytest.mark.parametrize(
    ("name", "unit", "written", "expected"),
    [
        ("tasmax", "K", 288.15, 15.0),
        ("hursmin", "1", 0.5, 50.0),
        ("sfcWind", "km/h", 36.0, 10.0),
        ("pr", "kg m-2 s-1", 2 / 86_400, 2.0),
        ("tas", "Celsius", 15.0, 15.0),
        ("sfcWindmax", "m/s", 3.0, 3.0),
    ],
)
def test_weather_units(name: str, unit: str, written: float, expected: float) -> None:
    dataset = weather(**{name: unit})
    dataset[name][:] = written
    read = read_weather(netcdf(dataset), source_name="w.nc")
    assert float(read[name][0, 0, 0]) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("hour", "first"), [(0, "2024-04-01"), (12, "2024-04-01"), (16, "2024-04-02")]
)
def test_a_day_is_the_beijing_day_of_its_stamp(hour: int, first: str) -> None:
    dataset = weather()
    dataset = dataset.assign_coords(time=dataset["time"] + np.timedelta64(hour, "h"))
    read = read_weather(netcdf(dataset), source_name="w.nc")
    assert read["time"].dt.strftime("%Y-%m-%d").values[0] == first


@pytest.mark.parametrize("order", [[1, 5], [5, 1]])
def test_era5_with_a_dimension_of_versions(order: list[int]) -> None:
    final, first = weather(), weather()
    final["tas"][2] = np.nan
    first["tas"][:] = 20.0
    both = [final if version == 1 else first for version in order]
    dataset = xr.concat(both, dim=pd.Index(order, name="expver"))
    read = read_weather(netcdf(dataset), source_name="w.nc")
    assert read["tas"][:, 0, 0].values.tolist() == [15.0, 15.0, 20.0]


def test_nulls_in_weather_stay_null() -> None:
    dataset = weather()
    dataset["pr"][1, 0, 0] = np.nan
    read = read_weather(netcdf(dataset), source_name="w.nc")
    assert int(read["pr"].isnull().sum()) == 1


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (weather().drop_vars("pr"), "no pr"),
        (weather().isel(time=0, drop=True), "no time"),
        (weather(tasmax="F"), "no usable unit of tasmax"),
        (weather(tasmax=""), "no usable unit of tasmax"),
        (weather(tasmax="K"), "cannot mean"),  # 15 K
        (weather().assign_coords(lat=[29.0, 29.0]), "no usable lat"),
        (weather().assign_coords(lon=[397.0, 398.0]), "no usable lon"),
        (weather().assign_coords(time=[0, 1, 2]), "no dates"),
        (
            weather().assign_coords(time=pd.date_range("2024-04-01", periods=3, freq="6h")),
            "values a day",
        ),
    ],
)
def test_unusable_weather(dataset: xr.Dataset, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_weather(netcdf(dataset), source_name="w.nc")


@pytest.mark.parametrize(
    "raw", [b"", b"CDF\x01cut", b"\x89HDF\r\n\x1a\ncut", b"<html>", io.BytesIO().getvalue()]
)
def test_what_is_no_netcdf(raw: bytes) -> None:
    with pytest.raises(InputError, match="NetCDF"):
        read_weather(raw, source_name="w.nc")
