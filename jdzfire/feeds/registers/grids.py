"""Elevation and land-cover grids: GeoTIFF checked for CRS, size and what its numbers mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from jdzfire.errors import CrsError, InputError, UsageError
from jdzfire.feeds.text import excerpt

__all__ = ["LANDCOVER_CODES", "read_grid"]

LANDCOVER_CODES = (10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)
"""WorldCover: tree, shrub, grass, crop, built, bare, snow, water, wetland, mangrove, moss [K]."""

_ELEVATION_M = (-500.0, 9000.0)
_CELLS_MAX = 200_000_000
_NO_CODES = (0, 255)


def read_grid(kind: str, raw: bytes, *, source_name: str) -> xr.DataArray:
    """Elevation in metres or land-cover codes.

    Parameters
    ----------
    kind : str
        ``dem`` or ``landcover``.
    raw : bytes
        GeoTIFF of one band, in any CRS.
    source_name : str

    Returns
    -------
    DataArray, dimensions y, x
        Named after the kind, CRS in ``.rio``, in memory. ``dem``: float32, null where there is
        no data, attribute units m. ``landcover``: uint8, 0 where there is no data.

    Raises
    ------
    InputError, CrsError
        Not a GeoTIFF of one band, without CRS, too large, or with values the kind cannot have.
    """
    if kind not in ("dem", "landcover"):
        raise UsageError("not a grid kind", expected="dem, landcover", found=excerpt(kind))
    name = excerpt(source_name)
    grid, crs, nodata = _opened(raw, name)
    read = _elevation if kind == "dem" else _landcover
    return _with_crs(read(grid, nodata, name), kind, crs)


def _opened(raw: bytes, name: str) -> tuple[xr.DataArray, Any, float | None]:
    """Values with their cell-centre coordinates, the CRS, and the nodata value."""
    from rasterio.io import MemoryFile

    try:
        with MemoryFile(raw) as memory, memory.open() as source:
            _check_source(source, name)
            affine = source.transform
            x = affine.c + affine.a * (np.arange(source.width) + 0.5)
            y = affine.f + affine.e * (np.arange(source.height) + 0.5)
            grid = xr.DataArray(source.read(1), coords={"y": y, "x": x}, dims=("y", "x"))
            return grid, source.crs, source.nodata
    except (InputError, CrsError):
        raise
    except Exception as error:  # GDAL reports damage in many classes
        raise InputError(
            f"{name} is not a readable GeoTIFF",
            expected="GeoTIFF of one band",
            found=excerpt(f"{type(error).__name__}: {error}"),
            remedy="export it again",
        ) from error


def _check_source(source: Any, name: str) -> None:
    if source.crs is None:
        raise CrsError(
            f"{name} tells no CRS", expected="a CRS in the file", remedy="export it with its CRS"
        )
    if source.transform.b or source.transform.d:
        raise InputError(f"{name} is rotated", expected="rows and columns along its CRS axes")
    if source.count != 1:
        raise InputError(f"{name} has several bands", expected="one band", found=str(source.count))
    if source.width * source.height > _CELLS_MAX:
        raise InputError(
            f"{name} is too large",
            expected=f"at most {_CELLS_MAX:,} cells",
            found=f"{source.width} x {source.height}",
            remedy="cut it to the city",
        )


def _elevation(grid: xr.DataArray, nodata: float | None, name: str) -> xr.DataArray:
    values = grid.astype("float32")
    if nodata is not None and not np.isnan(nodata):
        values = values.where(grid != nodata)
    known = values.to_numpy()[np.isfinite(values.to_numpy())]
    low, high = _ELEVATION_M
    if known.size and (known.min() < low or known.max() > high):
        raise InputError(
            f"{name} is not elevation in metres",
            expected=f"{low:g} to {high:g} m",
            found=f"{known.min():g} to {known.max():g}",
            remedy="check the unit and the nodata value of the file",
        )
    return values.assign_attrs(units="m", _FillValue=np.float32("nan"))


def _landcover(grid: xr.DataArray, nodata: float | None, name: str) -> xr.DataArray:
    blank = {*_NO_CODES, *([] if nodata is None or np.isnan(nodata) else [nodata])}
    found = {float(value) for value in np.unique(grid.to_numpy())}
    strange = sorted(v for v in found if v not in LANDCOVER_CODES and v not in blank)
    if strange:
        raise InputError(
            f"{name} has land-cover codes of another key",
            expected="ESA WorldCover codes " + ", ".join(map(str, LANDCOVER_CODES)),
            found=", ".join(f"{value:g}" for value in strange[:8]),
            remedy="translate the codes to WorldCover before registering",
        )
    values = grid.where(np.isin(grid.to_numpy(), LANDCOVER_CODES), 0).astype("uint8")
    return values.assign_attrs(_FillValue=np.uint8(0))


def _with_crs(values: xr.DataArray, kind: str, crs: Any) -> xr.DataArray:
    import rioxarray  # noqa: F401  (gives .rio)

    written: xr.DataArray = values.rename(kind).rio.write_crs(crs)
    return written
