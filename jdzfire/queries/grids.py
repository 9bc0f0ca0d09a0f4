"""The registered grids: elevation, land cover, and the fire danger of the registered weather.

A grid is read, and the danger computed, once for each version of its file: the steps of a cycle
open the workspace one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import xarray as xr

from jdzfire.feeds.registers import read_grid, read_weather
from jdzfire.store.grids import grid_path
from jdzfire.weather import danger_of_days
from jdzfire.workspace import Workspace

Grid = TypeVar("Grid", xr.Dataset, xr.DataArray)


def load_danger(workspace: Workspace) -> xr.Dataset | None:
    """Fire danger of the days whose weather is registered, None when there is none."""
    return _load(workspace, "weather", _read_danger)


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
def _read_danger(path: Path, changed_ns: int, size: int) -> xr.Dataset:
    del changed_ns, size
    return danger_of_days(read_weather(path.read_bytes(), source_name=path.name))


@lru_cache(maxsize=1)
def _read_landcover(path: Path, changed_ns: int, size: int) -> xr.DataArray:
    del changed_ns, size
    return read_grid("landcover", path.read_bytes(), source_name=path.name)


@lru_cache(maxsize=1)
def _read_elevation(path: Path, changed_ns: int, size: int) -> xr.DataArray:
    del changed_ns, size
    return read_grid("dem", path.read_bytes(), source_name=path.name)
