"""Elevation and land-cover grids: GeoTIFF checked for CRS, size and what its numbers mean."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr

from jdzfire.errors import CrsError, InputError, UsageError
from jdzfire.feeds.text import excerpt

LANDCOVER_CODES = (10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100)
"""WorldCover: tree, shrub, grass, crop, built, bare, snow, water, wetland, mangrove, moss [K]."""

_ELEVATION_M = (-500.0, 9000.0)
_CELLS_MAX = 200_000_000
_NO_CODES = (0, 255)
_METRES = {
    **dict.fromkeys(("", "m", "metre", "metres", "meter", "meters"), 1.0),
    **dict.fromkeys(("ft", "foot", "feet", "international foot"), 0.3048),
    "us survey foot": 1200 / 3937,
}
"""Metres of the units a band may have; both feet by their definitions [V]."""
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
"""How a TIFF and a BigTIFF begin."""


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
        Not a GeoTIFF of one band, without CRS, too large, with values the kind cannot have, or a
        unit that is no length we know. Scale and offset of the band are applied to an elevation.
    """
    if kind not in ("dem", "landcover"):
        raise UsageError("not a grid kind", expected="dem, landcover", found=excerpt(kind))
    name = excerpt(source_name)
    grid, crs, nodata = _opened(raw, name)
    read = _elevation if kind == "dem" else _landcover
    return _with_crs(read(grid, nodata, name), kind, crs)


class ClassesQuestion(InputError):
    """The codes of a land-cover grid may be those of another product."""


_GLOBELAND_M = (25.0, 35.0)
_M_PER_DEGREE = 111_000.0


def ask_classes(grid: xr.DataArray, *, source_name: str, classes: str = "") -> None:
    """Ask whose codes a land-cover grid has when its cells are as large as GlobeLand30's.

    GlobeLand30 uses WorldCover's numbers for other things: forest is 20 there and 10 here, so
    that a forest would become shrubland without a word. WorldCover has cells of 10 m [V].

    Parameters
    ----------
    grid : DataArray
        From :func:`read_grid`.
    source_name : str
    classes : str
        ``worldcover`` when the operator declared it.

    Raises
    ------
    ClassesQuestion
        The classes were not declared, and the cells are 25 to 35 m wide.
    """
    if classes == "worldcover":
        return
    step = float(np.abs(np.diff(grid["y"].to_numpy()[:2])).sum())
    is_degrees = grid.rio.crs is not None and grid.rio.crs.is_geographic
    metres = step * (_M_PER_DEGREE if is_degrees else 1.0)
    if classes or _GLOBELAND_M[0] <= metres <= _GLOBELAND_M[1]:
        raise ClassesQuestion(
            f"{excerpt(source_name)} may have the codes of GlobeLand30",
            expected="codes of ESA WorldCover: 10 trees, 20 shrubs, 30 grass, 40 crops, ...",
            found=excerpt(classes) or f"cells of {metres:.0f} m, which WorldCover has not",
            remedy="if they are WorldCover's, use --assume classes=worldcover; GlobeLand30: turn "
            "10 into 40, 20 into 10, 40 into 20, 50 into 90, 60 into 80, 70 into 100, 80 into 50, "
            "90 into 60, 100 into 70",
        )


def _opened(raw: bytes, name: str) -> tuple[xr.DataArray, Any, float | None]:
    """Values with their cell-centre coordinates, the CRS, and the nodata value."""
    from rasterio.io import MemoryFile

    if not raw.startswith(_TIFF):
        raise InputError(
            f"{name} is not a readable GeoTIFF",
            expected="GeoTIFF of one band",
            found=excerpt(repr(raw[:16])),
            remedy="export it as GeoTIFF",
        )
    try:  # the one format is named: others would open what the file points to
        with MemoryFile(raw) as memory, memory.open(driver="GTiff", sharing=False) as source:
            _check_source(source, name)
            affine = source.transform
            x = affine.c + affine.a * (np.arange(source.width) + 0.5)
            y = affine.f + affine.e * (np.arange(source.height) + 0.5)
            grid = xr.DataArray(source.read(1), coords={"y": y, "x": x}, dims=("y", "x"))
            scaling = {"scale": source.scales[0], "offset": source.offsets[0]}
            grid = grid.assign_attrs(scaling | {"units": source.units[0] or ""})
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
            f"{name} states no CRS", expected="a CRS in the file", remedy="export it with its CRS"
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
    unit = str(grid.attrs["units"]).strip().lower()
    if unit not in _METRES:
        raise InputError(
            f"{name} is not elevation in metres",
            expected="unit m or ft, or none",
            found=f"unit {excerpt(unit)!r}",
            remedy="convert it to metres before registering",
        )
    values = grid.astype("float32")
    factor, offset = grid.attrs["scale"] * _METRES[unit], grid.attrs["offset"] * _METRES[unit]
    if factor != 1.0 or offset != 0.0:
        values = (grid.astype("float64") * factor + offset).astype("float32")
    if nodata is not None and not np.isnan(nodata):
        is_float = np.issubdtype(grid.dtype, np.floating)  # a tag and its cells round otherwise
        blank = np.isclose(grid, nodata, rtol=1e-6, atol=0.0) if is_float else grid == nodata
        values = values.where(~blank)
    known = values.to_numpy()[np.isfinite(values.to_numpy())]
    low, high = _ELEVATION_M
    if known.size and (known.min() < low or known.max() > high):
        raise InputError(
            f"{name} is not elevation in metres",
            expected=f"{low:g} to {high:g} m",
            found=f"{known.min():g} to {known.max():g}",
            remedy="check the unit and the nodata value of the file",
        )
    values.attrs = {"units": "m", "_FillValue": np.float32("nan")}
    return values


def _landcover(grid: xr.DataArray, nodata: float | None, name: str) -> xr.DataArray:
    if grid.attrs["scale"] != 1.0 or grid.attrs["offset"] != 0.0:
        raise InputError(
            f"{name} has codes with a scale or an offset",
            expected="unscaled codes",
            found=f"scale {grid.attrs['scale']:g}, offset {grid.attrs['offset']:g}",
            remedy="write the codes without them",
        )
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
    values.attrs = {"_FillValue": np.uint8(0)}
    return values


def _with_crs(values: xr.DataArray, kind: str, crs: Any) -> xr.DataArray:
    import rioxarray  # noqa: F401  (gives .rio)

    written: xr.DataArray = values.rename(kind).rio.write_crs(crs)
    return written
