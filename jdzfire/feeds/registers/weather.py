"""Weather files as centres write them: NetCDF, GRIB and station tables, made into days."""

from __future__ import annotations

import io
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from jdzfire.errors import InputError
from jdzfire.feeds.registers.stations import is_station_table, read_stations
from jdzfire.feeds.text import excerpt
from jdzfire.weather.contract import FORECAST_FROM, WEATHER_VARIABLES
from jdzfire.weather.daily import days_as_stated
from jdzfire.weather.hours import days_of_hours, is_of_hours, with_origin
from jdzfire.weather.quantities import daily_quantities

_GROUPS_MAX = 8
_GRIB = b"GRIB"
_AXES = {"latitude": "lat", "longitude": "lon"}
_NAMES = {"y": "lat", "x": "lon", "valid_time": "time"}
_BEGUN = ("forecast_reference_time", "reference_time")


def read_weather(raw: bytes, *, source_name: str) -> xr.Dataset:
    """Weather by day on a longitude-latitude grid.

    Parameters
    ----------
    raw : bytes
        NetCDF 3 or 4, GRIB (extra ``weather``), or a table of stations
        (:func:`jdzfire.feeds.registers.stations.read_stations`). Days in the layout of the
        register or under the names of CF or CMA, or hours of an analysis (ERA5, ERA5-Land) or of
        one run of a forecast (GFS, IFS).
    source_name : str

    Returns
    -------
    Dataset (time, lat, lon)
        Each axis ascending and unique, longitudes -180 to 180; time is one naive date per Beijing
        day, stamps read as UTC; the variables of
        :data:`~jdzfire.weather.contract.WEATHER_VARIABLES` as float32 in their units, null
        where missing; ``forecast_from`` (time), NaT but for forecasts. Held in memory. What was
        approximated is said in the attribute ``approximated``.

    Raises
    ------
    InputError
        Not readable, a quantity, dimension or unit missing or unknown, stamps that are no days
        and no even hours, or numbers the unit cannot mean.
    """
    name = excerpt(source_name)
    if is_station_table(raw):
        return _as_kept(read_stations(raw, source_name=source_name))
    return _as_kept(days_of_file(_opened(raw, name), source=name))


def days_of_file(opened: xr.Dataset, *, source: str) -> xr.Dataset:
    """Days of an opened file, lazy where the file is; see :func:`read_weather`."""
    dataset, issued = _tidy(opened, source)
    if is_daily(dataset):
        return _daily(dataset, source, issued)
    if not is_of_hours(dataset):
        lost = [
            what for what in ("tasmax", "hursmin", "pr") if what not in daily_quantities(dataset)
        ]
        raise InputError(
            f"{source} is no weather that is known",
            expected="days with " + ", ".join(WEATHER_VARIABLES)
            + "; or hours of temperature, humidity, wind, rain",
            found=f"no {', '.join(lost)}; variables: "
            + excerpt(", ".join(map(str, dataset.data_vars)) or "none"),
            remedy="name the variables by CF standard names, see data/README.md",
        )  # fmt: skip
    return days_of_hours(dataset, source=source, issued=issued)


def is_daily(dataset: xr.Dataset) -> bool:
    """Whether a file holds extremes of days, not hours."""
    return {"tasmax", "hursmin"} <= set(daily_quantities(dataset)) and "time" in dataset.dims


def _daily(dataset: xr.Dataset, source: str, issued: np.datetime64 | None) -> xr.Dataset:
    days = _local_day(dataset["time"])
    if len(np.unique(days.to_numpy())) != len(days):
        raise InputError(f"{source} has several values a day", expected="one value per local day")
    made = days_as_stated(dataset.assign_coords(time=days), source=source)
    if FORECAST_FROM in dataset:
        return made.assign({FORECAST_FROM: dataset[FORECAST_FROM].assign_coords(time=days)})
    return with_origin(made, issued)


def _as_kept(days: xr.Dataset) -> xr.Dataset:
    known = days.dropna("time", how="all", subset=list(WEATHER_VARIABLES))
    ordered = known.transpose("time", "lat", "lon").sortby(["time", "lat", "lon"])
    return ordered.assign(
        {
            name: ordered[name].astype("float32").assign_attrs(ordered[name].attrs)
            for name in WEATHER_VARIABLES
        }
    )


def _local_day(times: xr.DataArray) -> xr.DataArray:
    """The Beijing day of stamps in UTC: 16:00Z begins the day after the one it is written as.

    A day stamped 00:00 to 15:59 is that day in both.
    """
    return (times + np.timedelta64(8, "h")).dt.floor("D")


def _tidy(opened: xr.Dataset, source: str) -> tuple[xr.Dataset, np.datetime64 | None]:
    """Axes named time, lat, lon, one version of each value; and the begin of a forecast."""
    dataset, issued = _one_time_axis(_named_axes(opened))
    dataset = _one_version(dataset)
    lost = [dim for dim in ("time", "lat", "lon") if dim not in dataset.coords]
    if lost:
        raise InputError(
            f"{source} lacks parts of the weather layout",
            expected="coordinates of time, latitude, longitude",
            found="no " + ", ".join(lost),
            remedy="write the file as data/README.md describes",
        )
    dataset = dataset.expand_dims(
        [dim for dim in ("time", "lat", "lon") if dim not in dataset.dims]
    )
    spare = [dim for dim in dataset.dims if dim not in ("time", "lat", "lon")]
    empty = [dim for dim in dataset.dims if not dataset.sizes[dim]]
    if empty or not np.issubdtype(dataset["time"].dtype, np.datetime64):
        raise InputError(
            f"{source} has no dates" if not empty else f"{source} holds no values",
            expected="time as dates, and a value or more",
            found=f"no {', '.join(map(str, empty))}" if empty else str(dataset["time"].dtype),
            remedy="fetch or export it again",
        )
    many = [f"{dim} ({dataset.sizes[dim]})" for dim in spare if dataset.sizes[dim] > 1]
    if many:
        raise InputError(
            f"{source} has more than a map of each time",
            expected="dimensions time, lat, lon",
            found=", ".join(many),
            remedy="choose one member or level before it is read",
        )
    dataset = dataset.isel(dict.fromkeys(spare, 0))
    most = float(dataset["lon"].max())
    if 180 < most <= 360:
        dataset = dataset.assign_coords(lon=(dataset["lon"] + 180) % 360 - 180)
    _check_grid(dataset, source)
    return dataset, issued


def _named_axes(opened: xr.Dataset) -> xr.Dataset:
    """Latitude, longitude and time by their CF attributes, else by name."""
    import cf_xarray  # noqa: F401  (gives datasets their accessor)

    found = opened.cf.coordinates
    names = {
        str(held[0]): ours for axis, ours in _AXES.items() if len(held := found.get(axis, [])) == 1
    }
    for name in opened.variables:
        lower = str(name).lower()
        ours = _AXES.get(lower) or {"lat": "lat", "lon": "lon", "time": "time", **_NAMES}.get(lower)
        if ours and ours not in names.values() and (ours == lower or ours not in opened.variables):
            names.setdefault(str(name), ours)
    return opened.rename({old: new for old, new in names.items() if old != new})


def _one_time_axis(dataset: xr.Dataset) -> tuple[xr.Dataset, np.datetime64 | None]:
    """Valid times as the axis; the begin of the forecast where the file has one."""
    issued = next(
        (
            dataset[name].to_numpy().ravel()[0]
            for name in _BEGUN
            if name in dataset.coords
            and dataset[name].size == 1
            and np.issubdtype(dataset[name].dtype, np.datetime64)
        ),
        None,
    )
    if "step" in dataset.dims and "valid_time" in dataset.coords:
        issued = dataset["time"].to_numpy().ravel()[0] if dataset["time"].size == 1 else issued
        dims = dataset["valid_time"].dims
        if len(dims) > 1:  # several runs, each with its steps
            begun = dataset.rename(time="begun")
            flat = begun.stack(at=["begun" if dim == "time" else dim for dim in dims])
            valid = flat["valid_time"].to_numpy()
            dataset = flat.drop_vars(["at", "begun", "step"]).rename(at="time")
            dataset = dataset.assign_coords(time=valid)
        else:
            dataset = dataset.drop_vars("time").swap_dims({dims[0]: "valid_time"})
            dataset = dataset.rename(valid_time="time")
    return dataset.drop_vars(["valid_time", "step"], errors="ignore"), issued


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
        if raw[:4] == _GRIB:
            return _opened_grib(raw)
        if engine is None:
            raise ValueError(f"begins with {raw[:8]!r}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if engine == "h5netcdf":
                refuse_links(io.BytesIO(raw))
            with xr.open_dataset(io.BytesIO(raw), engine=engine) as dataset:
                return dataset.load()
    except ImportError as error:
        raise InputError(
            f"{name} needs a library that is not installed",
            expected="NetCDF 3; NetCDF 4 with h5py; GRIB with cfgrib",
            found=excerpt(str(error)),
            remedy="pip install 'jdzfire[weather]', or save the file as NetCDF 3 (classic)",
        ) from error
    except Exception as error:  # each engine has its own classes for damage
        raise InputError(
            f"{name} is not a readable weather file",
            expected="NetCDF 3 or 4, GRIB, or a table of stations",
            found=excerpt(f"{type(error).__name__}: {error}"),
            remedy="fetch or export it again",
        ) from error


def _opened_grib(raw: bytes) -> xr.Dataset:
    """All fields near the ground of a GRIB file, by the names of ECMWF."""
    import cfgrib

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder) / "weather.grib"
        path.write_bytes(raw)
        parts = cfgrib.open_datasets(str(path), backend_kwargs={"indexpath": "", "errors": "raise"})
        levels = ("heightAboveGround", "surface", "number", "meanSea")
        near = [part for part in parts if "isobaricInhPa" not in part.coords]
        if not near:
            raise ValueError("no field near the ground")
        plain = [part.drop_vars(levels, errors="ignore") for part in near]
        merged: xr.Dataset = xr.merge(
            plain, compat="override", join="outer", combine_attrs="drop_conflicts"
        ).load()
        return merged


def refuse_links(source: Any) -> None:
    """Refuse HDF5 that points outside itself: by a link, by external storage, by a virtual dataset.

    Parameters
    ----------
    source : Path or binary file

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

    with h5py.File(source, "r") as file:
        check(file, 0)


def _check_grid(dataset: xr.Dataset, name: str) -> None:
    for dim, most in (("lat", 90.0), ("lon", 180.0)):
        values = dataset[dim].to_numpy()
        is_axis = values.ndim == 1 and len(np.unique(values)) == len(values)
        if not is_axis or not (np.abs(values) <= most).all():
            raise InputError(
                f"{name} has no usable {dim}",
                expected=f"distinct degrees within {most:g}",
                found=excerpt(str(values.ravel()[:4])),
                remedy="write the grid in EPSG:4326, longitudes -180 to 180",
            )
