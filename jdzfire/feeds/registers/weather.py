"""Gridded daily weather: NetCDF checked against jdzfire's own layout and units."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import xarray as xr

from jdzfire.errors import InputError
from jdzfire.feeds.text import excerpt

WEATHER_UNITS = {
    "tasmax": "degC",
    "hursmin": "%",
    "tas": "degC",
    "hurs": "%",
    "sfcWind": "m s-1",
    "sfcWindmax": "m s-1",
    "pr": "mm/day",
}
"""Variables of a day (CF names) and the unit each is kept in: maximum temperature, minimum
humidity; temperature, humidity and 10 m wind at noon; maximum wind; rain of the 24 h to noon."""

_SAME = {
    "degC": ("degc", "c", "celsius", "degreescelsius", "degreecelsius", "°c", "degreec"),
    "%": ("%", "percent"),
    "m s-1": ("ms-1", "m/s", "ms^-1", "mps", "meterspersecond", "ms**-1"),
    "mm/day": ("mm/day", "mmday-1", "mm", "mmd-1", "mm/d", "kgm-2", "kgm-2day-1"),
}
_SHIFTED = {
    ("degC", "k"): (1.0, -273.15),
    ("degC", "kelvin"): (1.0, -273.15),
    ("%", "1"): (100.0, 0.0),
    ("m s-1", "km/h"): (1 / 3.6, 0.0),
    ("mm/day", "m"): (1000.0, 0.0),
    ("mm/day", "kgm-2s-1"): (86_400.0, 0.0),
}
"""Factor and offset from other usual units [V, their definitions]."""
_LIMITS = {
    "degC": (-60.0, 60.0),
    "%": (0.0, 105.0),
    "m s-1": (0.0, 90.0),
    "mm/day": (-0.01, 2000.0),
}
_GROUPS_MAX = 8
_BEIJING = np.timedelta64(8, "h")
_DIMENSIONS = {"latitude": "lat", "longitude": "lon", "y": "lat", "x": "lon", "valid_time": "time"}


def read_weather(raw: bytes, *, source_name: str) -> xr.Dataset:
    """Weather by day on a longitude-latitude grid.

    Parameters
    ----------
    raw : bytes
        NetCDF 3 or 4.
    source_name : str

    Returns
    -------
    Dataset
        Dimensions time, lat, lon, each ascending and unique; time is one naive date per local
        day, stamps read as UTC; the variables of :data:`WEATHER_UNITS` as float32 in their units,
        null where missing. Held in memory.

    Raises
    ------
    InputError
        Not NetCDF, a dimension or variable missing, a unit missing or unknown, several values
        a day, or numbers the unit cannot mean.
    """
    name = excerpt(source_name)
    opened = _opened(raw, name)
    renamed = {old: new for old, new in _DIMENSIONS.items() if old in opened.variables}
    dataset = opened.rename(
        {old: new for old, new in renamed.items() if new not in opened.variables}
    )
    dataset = _one_version(dataset)
    _check_layout(dataset, name)
    columns = {variable: _in_unit(dataset[variable], variable, name) for variable in WEATHER_UNITS}
    result = xr.Dataset(columns).sortby(["time", "lat", "lon"])
    return result.assign_coords(time=_local_day(result["time"]))


def _local_day(times: xr.DataArray) -> xr.DataArray:
    """The Beijing day of stamps in UTC: 16:00Z begins the day after the one it is written as.

    A day stamped 00:00 to 15:59 is that day in both.
    """
    return (times + _BEIJING).dt.floor("D")


def _one_version(dataset: xr.Dataset) -> xr.Dataset:
    """The final version of each value of an ERA5 file, else the first that there is.

    Until 2024 such files had ``expver`` as a dimension: 1 final, 5 preliminary.
    """
    if "expver" not in dataset.dims:
        return dataset
    order = np.argsort([str(value) for value in dataset["expver"].to_numpy()], kind="stable")
    best, *others = (dataset.isel(expver=int(i)).drop_vars("expver") for i in order)
    for other in others:
        best = best.fillna(other)
    return best.assign_attrs(dataset.attrs)


def _opened(raw: bytes, name: str) -> xr.Dataset:
    engine = {b"CDF": "scipy", b"\x89HD": "h5netcdf"}.get(raw[:3])
    try:
        if engine is None:
            raise ValueError(f"begins with {raw[:8]!r}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if engine == "h5netcdf":
                _refuse_links(raw)
            with xr.open_dataset(io.BytesIO(raw), engine=engine) as dataset:
                return dataset.load()
    except ImportError as error:
        raise InputError(
            f"{name} is NetCDF 4, which needs a library that is not installed",
            expected="NetCDF 3, or h5py installed",
            found=excerpt(str(error)),
            remedy="install h5py, or save the file as NetCDF 3 (classic)",
        ) from error
    except Exception as error:  # each engine has its own classes for damage
        raise InputError(
            f"{name} is not a readable NetCDF file",
            expected="NetCDF 3 or 4",
            found=excerpt(f"{type(error).__name__}: {error}"),
            remedy="fetch or export it again",
        ) from error


def _refuse_links(raw: bytes) -> None:
    """Refuse HDF5 that points outside itself: by a link, by external storage, by a virtual dataset.

    Raises
    ------
    ValueError
        It does.
    """
    import h5py

    def check(group: Any, depth: int) -> None:
        for key in group:
            link = group.get(key, getlink=True)
            if not isinstance(link, h5py.HardLink) or depth > _GROUPS_MAX:
                raise ValueError(f"{excerpt(str(key))} is a link to somewhere else")
            item = group[key]
            if isinstance(item, h5py.Group):
                check(item, depth + 1)
            elif isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
                raise ValueError(f"{excerpt(str(key))} lies in another file")

    with h5py.File(io.BytesIO(raw), "r") as file:
        check(file, 0)


def _check_layout(dataset: xr.Dataset, name: str) -> None:
    lost = [dim for dim in ("time", "lat", "lon") if dim not in dataset.dims]
    lost += [variable for variable in WEATHER_UNITS if variable not in dataset.variables]
    if lost:
        raise InputError(
            f"{name} lacks parts of the weather layout",
            expected="dimensions time, lat, lon and " + ", ".join(WEATHER_UNITS),
            found="no " + ", ".join(lost),
            remedy="write the file as data/README.md describes",
        )
    if not np.issubdtype(dataset["time"].dtype, np.datetime64):
        raise InputError(
            f"{name} has no dates", expected="time as dates", found=str(dataset["time"].dtype)
        )
    days = _local_day(dataset["time"]).to_numpy()
    if len(np.unique(days)) != len(days):
        raise InputError(f"{name} has several values a day", expected="one value per local day")
    _check_grid(dataset, name)


def _check_grid(dataset: xr.Dataset, name: str) -> None:
    for dim, most in (("lat", 90.0), ("lon", 180.0)):
        values = dataset[dim].to_numpy()
        if len(np.unique(values)) != len(values) or not (np.abs(values) <= most).all():
            raise InputError(
                f"{name} has no usable {dim}",
                expected=f"distinct degrees within {most:g}",
                found=excerpt(str(values[:4])),
                remedy="write the grid in EPSG:4326, longitudes -180 to 180",
            )


def _in_unit(values: xr.DataArray, variable: str, name: str) -> xr.DataArray:
    unit = WEATHER_UNITS[variable]
    stated_unit = str(values.attrs.get("units", "")).strip()
    key = stated_unit.lower().replace(" ", "")
    factor, offset = (1.0, 0.0) if key in _SAME[unit] else _SHIFTED.get((unit, key), (0.0, 0.0))
    if factor == 0.0:
        raise InputError(
            f"{name} states no usable unit of {variable}",
            expected=f"units = {unit!r}",
            found=repr(stated_unit[:40]),
            remedy="set the attribute units of the variable",
        )
    converted = (values.astype("float64") * factor + offset).transpose("time", "lat", "lon")
    low, high = _LIMITS[unit]
    worst = converted.where((converted < low) | (converted > high)).count()
    if int(worst):
        raise InputError(
            f"{name} has values of {variable} that {unit} cannot mean",
            expected=f"{low:g} to {high:g}",
            found=f"{float(converted.min()):g} to {float(converted.max()):g}",
            remedy="check the unit of the variable and its missing value",
        )
    return converted.astype("float32").assign_attrs({**values.attrs, "units": unit})
