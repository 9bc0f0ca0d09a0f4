"""The registered grids: elevation, land cover, and the fire danger of the registered weather.

A grid is read once a process for each version of its file: the steps of a cycle open the
workspace one after the other. The danger is computed once for each weather, whatever the process:
that takes 5 s of a year on 2 cores, nearly all to import and compile xclim [C].
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import xarray as xr

from jdzfire import __version__
from jdzfire.feeds.registers import read_grid, read_weather
from jdzfire.store.derived import load_derived, save_derived
from jdzfire.store.grids import grid_path
from jdzfire.store.home import Home
from jdzfire.weather.danger import danger_of_days
from jdzfire.workspace import Workspace

Grid = TypeVar("Grid", xr.Dataset, xr.DataArray)
_DANGER = "2"
"""Raise it when ``danger_of_days`` gives other values for the same weather."""


def load_danger(workspace: Workspace) -> xr.Dataset | None:
    """Fire danger of the days whose weather is registered, None when there is none."""

    def read(path: Path, changed_ns: int, size: int) -> xr.Dataset:
        return _read_danger(workspace.home, path, changed_ns, size)

    return _load(workspace, "weather", read)


def load_landcover(workspace: Workspace) -> xr.DataArray | None:
    """Land-cover codes, None when there is no register of them."""
    return _load(workspace, "landcover", _read_landcover)


def load_elevation(workspace: Workspace) -> xr.DataArray | None:
    """Height of the ground [m], None when there is no register of it."""
    return _load(workspace, "dem", _read_elevation)


def _load(workspace: Workspace, kind: str, read: Callable[[Path, int, int], Grid]) -> Grid | None:
    path = grid_path(workspace.home, kind)
    if path is None:
        return None
    state = path.stat()
    return read(path, state.st_mtime_ns, state.st_size)


# time and size distinguish versions of a file; nobody may change what is returned
@lru_cache(maxsize=1)
def _read_danger(home: Home, path: Path, changed_ns: int, size: int) -> xr.Dataset:
    del changed_ns, size
    raw = path.read_bytes()
    made_of = " ".join([hashlib.sha256(raw).hexdigest(), __version__, version("xclim"), _DANGER])
    kept = load_derived(home, "danger", made_of=made_of)
    if kept is not None:
        with xr.open_dataset(io.BytesIO(kept), engine="scipy") as opened:
            return opened.load()
    danger = danger_of_days(read_weather(raw, source_name=path.name))
    as_bytes = bytes(danger.to_netcdf(None, engine="scipy", format="NETCDF3_64BIT"))
    save_derived(home, "danger", as_bytes, made_of=made_of)
    return danger


@lru_cache(maxsize=1)
def _read_landcover(path: Path, changed_ns: int, size: int) -> xr.DataArray:
    del changed_ns, size
    return read_grid("landcover", path.read_bytes(), source_name=path.name)


@lru_cache(maxsize=1)
def _read_elevation(path: Path, changed_ns: int, size: int) -> xr.DataArray:
    del changed_ns, size
    return read_grid("dem", path.read_bytes(), source_name=path.name)
