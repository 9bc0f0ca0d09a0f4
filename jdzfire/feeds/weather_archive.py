"""Many years of weather, lazily: files in, a Zarr or NetCDF archive of days or of danger out.

What stays in memory is a few pieces of the map at a time, whatever the years.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import xarray as xr

from jdzfire import __version__
from jdzfire.errors import InputError, UsageError
from jdzfire.feeds.registers.stations import days_of_stations, is_station_table, station_rows
from jdzfire.feeds.registers.weather import days_of_file, read_weather, refuse_links

PIECE_DAYS = 366
PIECE_CELLS = 32
"""Chunks of an archive: a year by 32 x 32 cells, 3 MB a variable."""

_NETCDF = (".nc", ".nc4", ".cdf", ".netcdf")


def open_days(paths: Sequence[Path], *, place: tuple[float, float] | None = None) -> xr.Dataset:
    """Days of weather files, lazy where they are NetCDF or Zarr.

    Parameters
    ----------
    paths : sequence of Path
        Of one kind: hours, days, an archive written here, GRIB, or tables of stations. Files of
        one grid that follow each other in time are joined before days are made; tables of one
        place are joined by day.
    place : (lon, lat), optional [degree, EPSG:4326]
        Where the station of tables without coordinates stands; all tables are then of it.

    Returns
    -------
    Dataset (time, lat, lon)
        See :func:`jdzfire.feeds.registers.weather.read_weather`.

    Raises
    ------
    InputError
        A file cannot be read or does not fit the others.
    UsageError
        No file.
    """
    if not paths:
        raise UsageError("no weather file is given", expected="one file or more")
    names = ", ".join(path.name for path in paths[:3]) + (", ..." if len(paths) > 3 else "")
    if paths[0].suffix == ".zarr":
        return _joined([_open_zarr(path) for path in paths], names)
    if paths[0].suffix.lower() in _NETCDF:
        opened = [_open_netcdf(path) for path in paths]
        return days_of_file(_joined(opened, names), source=names)
    raws = [_read(path) for path in paths]
    if all(is_station_table(raw) or place for raw in raws) and raws[0][:4] != b"GRIB":
        tables = [station_rows(raw, source_name=p.name) for raw, p in zip(raws, paths, strict=True)]
        return days_of_stations(_of_one_place(tables, place), source=names)
    parts = [
        read_weather(raw, source_name=path.name) for raw, path in zip(raws, paths, strict=True)
    ]
    return _joined(parts, names)


def write_archive(days: xr.Dataset, path: Path, *, made_of: Sequence[str]) -> None:
    """Write days or danger as Zarr (``*.zarr``) or NetCDF 4, compressed, with where it came from.

    Parameters
    ----------
    days : Dataset (time, lat, lon)
        Lazy ones are computed piece by piece.
    path : Path
        Must not exist. What is torn in the middle lies beside it under ``NAME.part``, and is
        begun anew the next time.
    made_of : sequence of str
        Names of the files it was made of, kept in the attribute ``history``.

    Raises
    ------
    UsageError
        The path exists, or Zarr is not installed.
    """
    if path.exists():
        raise UsageError(f"{path} exists", expected="a new file or folder", remedy="name another")
    made = {"program": f"jdzfire {__version__}", "made_of": list(made_of)}
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    stated = days.assign_attrs(
        days.attrs | {"Conventions": "CF-1.10", "history": f"{at} {json.dumps(made)}"}
    )
    chunks = {"time": PIECE_DAYS, "lat": PIECE_CELLS, "lon": PIECE_CELLS}
    small = stated.map(
        lambda v: v.astype("float32") if v.dtype == "float64" else v, keep_attrs=True
    )
    small = small.assign_attrs(stated.attrs).chunk(chunks).drop_encoding()
    part = path.with_name(f"{path.name}.part")
    if path.suffix == ".zarr":
        try:
            small.to_zarr(part, mode="w", consolidated=False, zarr_format=3)
        except (ImportError, ValueError) as error:
            raise UsageError(
                "Zarr cannot be written",
                expected="the extra weather",
                found=str(error).splitlines()[0],
                remedy="pip install 'jdzfire[weather]', or write to a .nc file",
            ) from error
        part.rename(path)
        return
    encoding = {
        name: {"zlib": True, "complevel": 1} for name in small.data_vars if small[name].ndim > 1
    }
    small.to_netcdf(part, engine="h5netcdf", encoding=encoding)
    part.rename(path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path.name} cannot be read", found=str(error.strerror), remedy="check the path"
        ) from error


def _open_zarr(path: Path) -> xr.Dataset:
    try:
        archive: xr.Dataset = xr.open_zarr(path, consolidated=False)
        return archive
    except Exception as error:  # zarr has classes of its own for what it does not find
        raise InputError(
            f"{path.name} is not a readable Zarr archive",
            expected="a folder that jdzfire weather wrote",
            found=f"{type(error).__name__}: {error}"[:200],
            remedy="make it again",
        ) from error


def _open_netcdf(path: Path) -> xr.Dataset:
    try:
        with path.open("rb") as file:
            engine = "scipy" if file.read(3) == b"CDF" else "h5netcdf"
        if engine == "h5netcdf":
            refuse_links(path)
        return xr.open_dataset(path, engine=engine, chunks={})
    except Exception as error:  # each engine has its own classes for damage
        raise InputError(
            f"{path.name} is not a readable NetCDF file",
            expected="NetCDF 3 or 4",
            found=f"{type(error).__name__}: {error}"[:200],
            remedy="fetch it again",
        ) from error


def _joined(parts: list[xr.Dataset], names: str) -> xr.Dataset:
    """Parts that follow each other in time, of one grid."""
    if len(parts) == 1:
        return parts[0]
    axis = next((name for name in ("valid_time", "time") if name in parts[0].dims), "time")
    try:
        joined = xr.concat(
            parts, axis, join="exact", coords="minimal", compat="override", data_vars="minimal"
        ).sortby(axis)
    except (ValueError, KeyError) as error:
        raise InputError(
            "weather files do not fit together",
            expected="one grid, the same variables, times that follow each other",
            found=f"{names}: {str(error).splitlines()[0][:160]}",
            remedy="give the files of one request",
        ) from error
    if not joined.indexes[axis].is_unique:
        raise InputError(
            "weather files overlap in time", expected="each time once", found=names,
            remedy="leave one of them out",
        )  # fmt: skip
    return joined


def _of_one_place(tables: list[pd.DataFrame], place: tuple[float, float] | None) -> pd.DataFrame:
    """Tables joined by station and day; with a place all are of one station there."""
    if place is not None:
        tables = [table.assign(station="1", lon=place[0], lat=place[1]) for table in tables]
    joined = tables[0].set_index(["station", "date"])
    for other in tables[1:]:
        joined = joined.combine_first(other.set_index(["station", "date"]))
    return joined.reset_index()
