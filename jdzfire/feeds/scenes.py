"""Optical scenes for burn scars: Sentinel-2 and Landsat, from local files or a STAC catalogue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import rioxarray  # noqa: F401  (gives arrays their .rio)
import xarray as xr
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from jdzfire.errors import InputError, UsageError
from jdzfire.feeds.text import excerpt

_CLOUDY_SCL = (0, 1, 3, 8, 9, 10, 11)
"""Scene classes without clear land: no data, saturated, shadow, clouds, cirrus, snow [V, ESA]."""

_CLOUDY_QA = 0b11_1111
"""Bits of Landsat's QA_PIXEL: fill, dilated cloud, cirrus, cloud, shadow, snow [V, USGS]."""

_DRIVERS = {
    b"II*\x00": "GTiff",
    b"MM\x00*": "GTiff",
    b"II+\x00": "GTiff",
    b"\x00\x00\x00\x0c": "JP2OpenJPEG",
    b"\xff\x4f\xff\x51": "JP2OpenJPEG",
}
"""First bytes and the driver named to GDAL: no file that sends it elsewhere is opened."""

_S2_DAY = re.compile(r"_(20\d{6})T\d{6}")
_DAY = re.compile(r"(?<!\d)(20\d{2})-?(\d{2})-?(\d{2})(?!\d)")
_OFFSET = re.compile(r"<BOA_ADD_OFFSET[^>]*>(-?\d+)</BOA_ADD_OFFSET>")
_QUANTITY = re.compile(r"<BOA_QUANTIFICATION_VALUE[^>]*>(\d+)</BOA_QUANTIFICATION_VALUE>")


@dataclass(frozen=True)
class SceneFiles:
    """Files of one scene."""

    day: date
    """Day it was taken, UTC."""
    sensor: str
    """``sentinel-2`` or ``landsat``."""
    nir: Path
    swir: Path
    quality: Path
    scale: float
    """Reflectance = number * scale + offset."""
    offset: float


def find_scenes(folder: Path) -> list[SceneFiles]:
    """Scenes in a folder and those below it, by day.

    Sentinel-2 Level-2A as SAFE folders (20 m) or single files ``*B8A*``, ``*B12*``, ``*SCL*``;
    Landsat Collection 2 surface reflectance ``*SR_B5*``, ``*SR_B7*``, ``*QA_PIXEL*``. The day is in
    the name. The offset of -1000 of Sentinel-2 since baseline 04.00 is read from
    ``MTD_MSIL2A.xml``, or from the scale and offset in the file.

    Raises
    ------
    InputError
        No scene, or one whose files are not whole.
    """
    nirs = [
        path for path in sorted(folder.rglob("*"))
        if re.search(r"(B8A(_20m)?|SR_B5)\.(jp2|tiff?)$", path.name, re.IGNORECASE)
    ]  # fmt: skip
    scenes = [_scene_of(path) for path in nirs]
    if not scenes:
        raise InputError(
            f"no scene in {excerpt(folder.name)}",
            expected="Sentinel-2 Level-2A (B8A, B12, SCL) or Landsat (SR_B5, SR_B7, QA_PIXEL)",
            found=f"{sum(1 for _ in folder.rglob('*'))} files" if folder.is_dir() else "no folder",
            remedy="unpack the scenes there",
        )
    return sorted(scenes, key=lambda scene: (scene.day, scene.nir.name))


def _scene_of(nir: Path) -> SceneFiles:
    is_landsat = "SR_B5" in nir.name.upper()
    names = ("SR_B7", "QA_PIXEL") if is_landsat else ("B12", "SCL")
    own = "SR_B5" if is_landsat else "B8A"
    others = [nir.with_name(re.sub(own, name, nir.name, flags=re.IGNORECASE)) for name in names]
    lost = [path.name for path in others if not path.exists()]
    day = _day_of(nir)
    if lost or day is None:
        raise InputError(
            f"the scene of {excerpt(nir.name)} is not whole",
            expected=", ".join(path.name for path in others) + ", and its day in the name",
            found=f"no {', '.join(lost)}" if lost else "no day",
            remedy="put the files of a scene into one folder under their own names",
        )
    scale, offset = (0.0000275, -0.2) if is_landsat else _s2_scale(nir)
    sensor = "landsat" if is_landsat else "sentinel-2"
    return SceneFiles(day, sensor, nir, others[0], others[1], scale, offset)


def _day_of(path: Path) -> date | None:
    for text in (path.name, *(parent.name for parent in path.parents)):
        found = _S2_DAY.search(text) or _DAY.search(text)
        if found:
            digits = "".join(found.groups())
            try:
                return datetime.strptime(digits, "%Y%m%d").date()  # noqa: DTZ007  (a day)
            except ValueError:
                continue
    return None


def _s2_scale(nir: Path) -> tuple[float, float]:
    for parent in nir.parents:
        about = parent / "MTD_MSIL2A.xml"
        if about.exists():
            text = about.read_text(encoding="utf-8", errors="replace")
            quantity, added = _QUANTITY.search(text), _OFFSET.search(text)
            factor = 1.0 / float(quantity.group(1) if quantity else 10_000)
            return factor, float(added.group(1) if added else 0) * factor
    with rasterio.open(nir, driver=_driver_of(nir)) as file:
        scale, offset = float(file.scales[0]), float(file.offsets[0])
    return (scale, offset) if scale != 1.0 else (1e-4, 0.0)


def _driver_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _DRIVERS[file.read(4)]
    except (OSError, KeyError) as error:
        raise InputError(
            f"{excerpt(path.name)} cannot be read",
            expected="a band as GeoTIFF or JPEG 2000",
            found=f"{type(error).__name__}: {excerpt(str(error))}",
            remedy="fetch the scene again",
        ) from error


def read_scene(
    files: SceneFiles,
    bounds: tuple[float, float, float, float],
    *,
    like: xr.Dataset | None = None,
    cell_m: float = 20.0,
) -> xr.Dataset:
    """Reflectance and clear sky of a scene around a place.

    Parameters
    ----------
    files : SceneFiles
    bounds : (west, south, east, north) [degree, EPSG:4326]
    like : Dataset, optional
        A scene read before: the grid to read on. Else a grid of UTM of the middle.
    cell_m : float [m]

    Returns
    -------
    Dataset (y, x)
        ``nir``, ``swir`` [0-1] float32, ``clear`` bool; CRS in metres; attributes ``day`` and
        ``sensor``.

    Raises
    ------
    InputError
        A file cannot be read, or does not cover the place.
    """
    grid = _grid_of(like) if like is not None else _utm_grid(bounds, cell_m)
    bands = {}
    for name, path in (("nir", files.nir), ("swir", files.swir), ("quality", files.quality)):
        how = Resampling.nearest if name == "quality" else Resampling.average
        bands[name] = _read_band(path, grid, how)
    if files.sensor == "landsat":
        clear = (bands["quality"].astype(int) & _CLOUDY_QA) == 0
    else:
        clear = ~np.isin(bands["quality"].astype(int), _CLOUDY_SCL)
    clear &= (bands["nir"] > 0) & (bands["swir"] > 0)
    if not clear.any() and not (bands["nir"] > 0).any():
        raise InputError(
            f"{excerpt(files.nir.name)} does not cover the place",
            expected=f"{bounds[0]:.3f}, {bounds[1]:.3f} to {bounds[2]:.3f}, {bounds[3]:.3f}",
            found="no value there",
            remedy="take a scene of this tile",
        )
    transform, width, height, crs = grid
    x = transform.c + transform.a * (np.arange(width) + 0.5)
    y = transform.f + transform.e * (np.arange(height) + 0.5)
    scene = xr.Dataset(
        {
            "nir": (("y", "x"), (bands["nir"] * files.scale + files.offset).astype("float32")),
            "swir": (("y", "x"), (bands["swir"] * files.scale + files.offset).astype("float32")),
            "clear": (("y", "x"), clear),
        },
        coords={"y": y, "x": x},
        attrs={"day": files.day.isoformat(), "sensor": files.sensor},
    )
    made: xr.Dataset = scene.rio.write_crs(crs).rio.write_transform(transform)
    return made


Grid = tuple[Any, int, int, Any]


def _grid_of(scene: xr.Dataset) -> Grid:
    height, width = scene["nir"].shape
    return scene.rio.transform(), width, height, scene.rio.crs


def _utm_grid(bounds: tuple[float, float, float, float], cell_m: float) -> Grid:
    from pyproj import Transformer
    from rasterio.crs import CRS

    west, south, east, north = bounds
    zone = int(((west + east) / 2 + 180) // 6) + 1
    crs = CRS.from_epsg((32600 if south + north >= 0 else 32700) + zone)
    to_metres = Transformer.from_crs(4326, crs, always_xy=True)
    left, low, right, high = to_metres.transform_bounds(west, south, east, north)
    left, high = np.floor(left / cell_m) * cell_m, np.ceil(high / cell_m) * cell_m
    width, height = int(np.ceil((right - left) / cell_m)), int(np.ceil((high - low) / cell_m))
    return rasterio.transform.from_origin(left, high, cell_m, cell_m), width, height, crs


def _read_band(path: Path, grid: Grid, how: Resampling) -> np.ndarray:
    transform, width, height, crs = grid
    try:
        with (
            rasterio.open(path, driver=_driver_of(path)) as file,
            WarpedVRT(
                file, crs=crs, transform=transform, width=width, height=height, resampling=how,
                nodata=0,
            ) as warped,
        ):  # fmt: skip
            values: np.ndarray = warped.read(1)
            return values
    except (rasterio.errors.RasterioError, rasterio.errors.RasterioIOError, ValueError) as error:
        raise InputError(
            f"{excerpt(path.name)} cannot be read",
            expected="a band as GeoTIFF or JPEG 2000",
            found=excerpt(str(error)),
            remedy="fetch the scene again",
        ) from error


def stac_scenes(
    address: str,
    bounds: tuple[float, float, float, float],
    first: date,
    last: date,
    *,
    collection: str = "sentinel-2-l2a",
    most: int = 6,
) -> list[xr.Dataset]:
    """The clearest scenes of a span of days from a STAC catalogue.

    Parameters
    ----------
    address : str
        Of the catalogue's API.
    bounds : (west, south, east, north) [degree]
    first, last : date
        Days searched, both counted.
    collection : str
        Sentinel-2 Level-2A with the assets ``nir08``, ``swir22``, ``scl``.
    most : int
        Most scenes, those with the least cloud.

    Returns
    -------
    list of Dataset (y, x)
        As :func:`read_scene` gives them, on one grid; may be empty.

    Raises
    ------
    UsageError
        The extra ``scars`` is not installed.
    """
    try:
        import odc.stac
        from pystac_client import Client
    except ImportError as error:
        raise UsageError(
            "scenes of a catalogue cannot be asked for here",
            expected="the extra scars",
            found=str(error),
            remedy="pip install 'jdzfire[scars]', or give a folder of scenes",
        ) from error
    found = Client.open(address).search(
        collections=[collection],
        bbox=bounds,
        datetime=f"{first.isoformat()}/{(last + timedelta(days=1)).isoformat()}",
    )
    items = sorted(found.items(), key=lambda item: item.properties.get("eo:cloud_cover", 100))[
        :most
    ]
    if not items:
        return []
    transform, width, height, crs = _utm_grid(bounds, 20.0)
    from odc.geo.geobox import GeoBox

    box = GeoBox((height, width), transform, str(crs))
    loaded = odc.stac.load(
        items, bands=["nir08", "swir22", "scl"], geobox=box, groupby="solar_day",
        resampling={"scl": "nearest", "*": "average"},
    )  # fmt: skip
    return [
        _scene_of_stac(loaded.isel(time=place), items[0], crs, transform)
        for place in range(loaded.sizes["time"])
    ]


def _scene_of_stac(taken: Any, item: Any, crs: Any, transform: Any) -> xr.Dataset:
    applied = item.properties.get("earthsearch:boa_offset_applied", False)
    band = item.assets["nir08"].extra_fields.get("raster:bands", [{}])[0]
    scale = float(band.get("scale", 1e-4))
    offset = 0.0 if applied else float(band.get("offset", 0.0))
    clear = ~np.isin(taken["scl"].to_numpy(), _CLOUDY_SCL)
    scene = xr.Dataset(
        {
            "nir": (("y", "x"), (taken["nir08"].to_numpy() * scale + offset).astype("float32")),
            "swir": (("y", "x"), (taken["swir22"].to_numpy() * scale + offset).astype("float32")),
            "clear": (("y", "x"), clear & (taken["nir08"].to_numpy() > 0)),
        },
        coords={"y": taken["y"].to_numpy(), "x": taken["x"].to_numpy()},
        attrs={"day": str(taken["time"].to_numpy())[:10], "sensor": "sentinel-2"},
    )
    made: xr.Dataset = scene.rio.write_crs(crs).rio.write_transform(transform)
    return made


def read_around(
    scenes: Sequence[SceneFiles],
    bounds: tuple[float, float, float, float],
    *,
    most: int | None = None,
    like: xr.Dataset | None = None,
) -> list[xr.Dataset]:
    """The first scenes that cover a place, on one grid; those of other tiles are left out.

    Parameters
    ----------
    scenes : sequence of SceneFiles
        In the order in which they are wanted.
    bounds : (west, south, east, north) [degree, EPSG:4326]
    most : int, optional
        Read no more than so many.
    like : Dataset, optional
        A scene whose grid is taken; else that of the first.
    """
    read: list[xr.Dataset] = []
    for files in scenes:
        if most is not None and len(read) == most:
            break
        try:
            read.append(read_scene(files, bounds, like=read[0] if read else like))
        except InputError as error:
            if "does not cover" not in str(error):
                raise
    return read
