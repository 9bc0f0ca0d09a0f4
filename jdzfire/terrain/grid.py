"""A regular grid: where its cells are, given once and checked.

Grids arrive as rioxarray arrays: dimensions ``(y, x)`` (a leading ``band`` of one is allowed),
coordinates at cell centres, the CRS on ``.rio``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from pyproj import CRS

from jdzfire.arrays import Floats
from jdzfire.errors import CrsError, InputError

_SPACING_TOLERANCE = 0.01
"""Largest unevenness of the spacing, in cells [K]: float32 coordinates are no better."""


@dataclass(frozen=True)
class Grid:
    """Values of a grid with its layout."""

    values: Floats
    """Shape (rows, columns); missing cells are NaN."""
    x: Floats
    """Centres of the columns, in the units of ``crs``."""
    y: Floats
    """Centres of the rows, in the units of ``crs``; may descend."""
    crs: CRS
    """CRS of ``x`` and ``y``."""

    @property
    def step_x(self) -> float:
        """Signed width of a column, in the units of the CRS."""
        return float((self.x[-1] - self.x[0]) / (len(self.x) - 1))

    @property
    def step_y(self) -> float:
        """Signed height of a row, in the units of the CRS."""
        return float((self.y[-1] - self.y[0]) / (len(self.y) - 1))

    def locate(self, x: Floats, y: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Row and column of the cell that holds each place; -1 where the grid ends.

        A place on the line between two cells belongs to the one with the higher index.
        """
        col = np.floor((x - self.x[0]) / self.step_x + 0.5)
        row = np.floor((y - self.y[0]) / self.step_y + 0.5)
        with np.errstate(invalid="ignore"):
            inside = (col >= 0) & (col < len(self.x)) & (row >= 0) & (row < len(self.y))
        return (
            np.where(inside, row, -1).astype(np.int64),
            np.where(inside, col, -1).astype(np.int64),
        )

    def at(self, row: npt.NDArray[np.int64], col: npt.NDArray[np.int64]) -> Floats:
        """Values at cells; NaN where row or column lies outside."""
        inside = (row >= 0) & (row < len(self.y)) & (col >= 0) & (col < len(self.x))
        found = self.values[np.where(inside, row, 0), np.where(inside, col, 0)]
        return np.where(inside, found, np.nan)


def read_layout(array: xr.DataArray, *, name: str) -> Grid:
    """The layout of a rioxarray grid, checked.

    Parameters
    ----------
    array : DataArray, (y, x) or (1, y, x)
        CRS and nodata value on ``.rio``.
    name : str
        What the grid is, for messages.

    Raises
    ------
    CrsError
        The grid has no CRS.
    InputError
        The grid is smaller than 2 x 2 or unevenly spaced, or has more than one band.
    """
    import rioxarray  # noqa: F401  # gives .rio; not above: it takes half a second

    flat = array.squeeze([dim for dim in array.dims if array.sizes[dim] == 1 and dim == "band"])
    if flat.ndim != 2:
        raise InputError(
            f"grid {name} is not a single layer",
            expected="dimensions (y, x)",
            found=str(dict(array.sizes)),
        )
    if flat.rio.crs is None:
        raise CrsError(f"grid {name} has no CRS", remedy="write it into the file")
    x_name, y_name = str(flat.rio.x_dim), str(flat.rio.y_dim)
    flat = flat.transpose(y_name, x_name)
    grid = Grid(
        values=_with_nan(flat),
        x=flat[x_name].to_numpy().astype(float),
        y=flat[y_name].to_numpy().astype(float),
        crs=CRS.from_wkt(flat.rio.crs.to_wkt()),
    )
    _check_spacing(grid.x, name)
    _check_spacing(grid.y, name)
    return grid


def _with_nan(flat: xr.DataArray) -> Floats:
    values = flat.to_numpy().astype(float)
    nodata = flat.rio.nodata
    if nodata is not None and not np.isnan(nodata):
        values = np.where(values == nodata, np.nan, values)
    return values


def _check_spacing(centres: Floats, name: str) -> None:
    if len(centres) < 2:
        raise InputError(f"grid {name} is too small", expected="2 x 2 cells or more")
    step = (centres[-1] - centres[0]) / (len(centres) - 1)
    even = centres[0] + step * np.arange(len(centres))
    if step == 0 or np.max(np.abs(centres - even)) > _SPACING_TOLERANCE * abs(step):
        raise InputError(
            f"grid {name} is unevenly spaced",
            expected="one cell size per axis",
            remedy="resample it to a regular grid",
        )
