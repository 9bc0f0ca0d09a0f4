"""Grids of the registers: relief and land cover are replaced, weather grows by days."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jdzfire.errors import InputError, UsageError
from jdzfire.store.atomic import write_atomic
from jdzfire.store.home import Home, write_turn
from jdzfire.store.kept import changing_kept, verify_kept

if TYPE_CHECKING:
    import xarray as xr

GRID_KINDS = {"dem": "dem.tif", "landcover": "landcover.tif", "weather": "weather.nc"}
"""Kinds of grids and their files under ``registers/``."""

_BEGUN = "forecast_from"
_SAME_PLACE_DEG = 1e-6  # 0.1 m: two spellings of one grid


def save_grid(home: Home, kind: str, raw: bytes, *, is_checked: bool = False) -> bool:
    """Keep a grid.

    ``dem`` and ``landcover`` take the place of what was there. ``weather`` is merged by day: days
    of the new file win over the same days held, where the new file has a value; others stay. A
    forecast never changes days of an analysis (``forecast_from`` null) or of a later forecast.

    Parameters
    ----------
    home : Home
    kind : {"dem", "landcover", "weather"}
    raw : bytes
        A GeoTIFF, or a NetCDF file with time, lat, lon.
    is_checked : bool
        A GeoTIFF was read whole already, within bounds.

    Returns
    -------
    bool
        False when all of it was held already and nothing was written.

    Raises
    ------
    UsageError
        No such kind.
    InputError
        The bytes cannot be opened, or the weather lies on another grid than the one held. The
        former grid is kept.

    Notes
    -----
    ``weather.nc`` is written as NetCDF 3 (64-bit offset), which needs no HDF5 library and gives the
    same bytes for the same days.
    """
    path = _path(home, kind)
    with write_turn(home):
        if kind == "weather":
            verify_kept(home, [path])
            data = _merge_weather(path.read_bytes() if path.exists() else None, raw)
        else:
            if not is_checked:
                _check_raster(kind, raw)
            data = raw
        if path.exists() and path.read_bytes() == data:
            return False
        with changing_kept(home, {path: data}):
            write_atomic(path, data)
        return True


def grid_path(home: Home, kind: str) -> Path | None:
    """File of a grid, None when there is none.

    Raises
    ------
    DamagedStore
        It was kept and is missing, or holds something else.
    """
    path = _path(home, kind)
    verify_kept(home, [path])
    return path if path.exists() else None


def _path(home: Home, kind: str) -> Path:
    if kind not in GRID_KINDS:
        raise UsageError("no such grid", expected=", ".join(GRID_KINDS), found=repr(kind[:80]))
    return home.registers_dir / GRID_KINDS[kind]


def _check_raster(kind: str, raw: bytes) -> None:
    import rasterio
    from rasterio.io import MemoryFile

    try:
        with MemoryFile(raw) as memory, memory.open(driver="GTiff", sharing=False) as raster:
            for _, window in raster.block_windows(1):  # a cut file opens, but does not read
                raster.read(1, window=window)
    except (rasterio.errors.RasterioError, ValueError, TypeError) as error:
        raise InputError(
            f"the {kind} file is no raster",
            expected="a GeoTIFF",
            found=f"{len(raw)} bytes that GDAL cannot open",
            remedy="send the file again; the grid held before is still in place",
        ) from error


def _merge_weather(held: bytes | None, raw: bytes) -> bytes:
    given = _open_weather(raw)
    if held is not None:
        given = _over(_open_weather(held), given)
    tidy = given.sortby("time").transpose("time", "lat", "lon", ...).drop_encoding()
    encoding: dict[str, dict[str, Any]] = {name: {"_FillValue": None} for name in ("lat", "lon")}
    encoding["time"] = {
        "units": "days since 1970-01-01",
        "calendar": "standard",
        "dtype": "float64",
        "_FillValue": None,
    }
    data = tidy.to_netcdf(None, engine="scipy", format="NETCDF3_64BIT", encoding=encoding)
    return bytes(data)


def _open_weather(raw: bytes) -> xr.Dataset:
    import xarray as xr

    engine = "scipy" if raw[:3] == b"CDF" else "h5netcdf"
    try:
        with xr.open_dataset(io.BytesIO(raw), engine=engine) as opened:
            weather: xr.Dataset = opened.load()
    except (ImportError, OSError, TypeError, ValueError, IndexError) as error:
        raise InputError(
            "the weather file cannot be opened",
            expected="NetCDF 3, or NetCDF 4 where h5py is installed",
            found=str(error).splitlines()[0][:200] if str(error) else type(error).__name__,
            remedy="send the file again; the weather held before is still in place",
        ) from error
    missing = [name for name in ("time", "lat", "lon") if name not in weather.coords]
    if missing:
        raise InputError(
            "the weather file lacks coordinates",
            expected="time, lat, lon",
            found=f"no {', '.join(missing)}",
        )
    return weather.drop_duplicates("time", keep="last").sortby(["lat", "lon"])


def _over(held: xr.Dataset, given: xr.Dataset) -> xr.Dataset:
    """The new days put over the held ones, on the held grid."""
    import numpy as np

    for axis in ("lat", "lon"):
        before, now = held[axis].to_numpy(), given[axis].to_numpy()
        if before.shape != now.shape or not np.allclose(before, now, rtol=0, atol=_SAME_PLACE_DEG):
            raise InputError(
                "the weather lies on another grid than the weather held",
                expected=f"{axis} {before.min():.4f} to {before.max():.4f}, {before.size} values",
                found=f"{axis} {now.min():.4f} to {now.max():.4f}, {now.size} values",
                remedy="resample it, or move registers/weather.nc away to begin anew",
            )
    placed = given.assign_coords(lat=held["lat"], lon=held["lon"])
    placed = _newer_days(held, placed)
    merged = placed.combine_first(held)
    if _BEGUN in merged:
        is_known = merged["time"].isin(_analysed_days(placed))
        merged[_BEGUN] = merged[_BEGUN].where(~is_known)
    for name in merged.variables:
        merged[name].attrs = {**_attrs(held, name), **_attrs(given, name)}
    merged.attrs = {**held.attrs, **given.attrs}
    return merged


def _newer_days(held: xr.Dataset, given: xr.Dataset) -> xr.Dataset:
    """The given days but those of a forecast where an analysis or a later forecast is held."""
    import numpy as np

    if _BEGUN not in given:
        return given
    begun = given[_BEGUN].to_index()
    if _BEGUN not in held:
        earlier = given["time"].isin(held["time"]).to_numpy()
        return given.isel(time=begun.isna() | ~earlier)
    both = held[_BEGUN].reindex(time=given["time"], fill_value=np.datetime64(0, "ns")).to_index()
    return given.isel(time=begun.isna() | (begun >= both))


def _analysed_days(given: xr.Dataset) -> xr.DataArray:
    """Days of an analysis that have every quantity somewhere."""
    fields = given.drop_vars(_BEGUN, errors="ignore")
    is_whole = fields.notnull().any(["lat", "lon"]).to_array().all("variable")
    is_forecast = given[_BEGUN].notnull() if _BEGUN in given else False
    return given["time"][is_whole & ~is_forecast]


def _attrs(weather: xr.Dataset, name: Any) -> dict[Any, Any]:
    return weather[name].attrs if name in weather.variables else {}
