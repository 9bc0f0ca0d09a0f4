"""Optical scenes with burn scars whose area is known, as Sentinel-2 hands its bands out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import rasterio
from rasterio.features import rasterize
from rasterio.io import MemoryFile
from scipy.ndimage import gaussian_filter
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from jdzfire.arrays import Floats
from jdzfire.simulate.noise import stream

CELL_M = 20.0
_FINE = 4
_OFFSET, _SCALE = -0.1, 1e-4
_CLOUD, _LAND = 9, 4
_GREEN_NIR, _GREEN_SWIR = 0.32, 0.09
_BURNT_NIR, _BURNT_SWIR = 0.14, 0.19
"""Reflectance of subtropical forest and of its fresh scar [K]: NBR 0.56 and -0.15."""


def draw_scar(x: float, y: float, area_ha: float, *, seed: int) -> Polygon:
    """An uneven outline of a given area around a place; metres."""
    rng = stream(seed, "scar")
    turn = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    waves = sum(
        rng.normal(0, 0.25 / k) * np.cos(k * turn + rng.uniform(0, 2 * np.pi)) for k in range(1, 6)
    )
    radius = np.exp(waves) * np.where(np.cos(turn) > 0, 1.4, 0.8)
    outline = Polygon(np.column_stack([radius * np.cos(turn), radius * np.sin(turn)])).buffer(0)
    factor = np.sqrt(area_ha * 1e4 / outline.area)
    points = np.asarray(outline.exterior.coords) * factor + [x, y]
    return Polygon(points)


def render_scene(
    day: date,
    bounds: tuple[float, float, float, float],
    epsg: int,
    *,
    scars: Sequence[BaseGeometry] = (),
    cloud_share: float = 0.0,
    noise: float = 0.01,
    greenness: float = 1.0,
    seed: int = 1,
) -> Iterator[tuple[str, bytes]]:
    """Files of one scene: bands B8A, B12 and the scene classes as GeoTIFF.

    Parameters
    ----------
    day : date
    bounds : (left, bottom, right, top) [m of the CRS]
    epsg : int
        A CRS in metres.
    scars : sequence of geometry [m of the CRS]
        What had burned by that day; cells at their edge are mixed.
    cloud_share : float [0-1]
        Share of the scene under cloud, in patches of some hundred metres.
    noise : float
        Standard deviation of the reflectance of a cell.
    greenness : float
        1 in full leaf; lower is a drier season, for all land alike.
    seed : int
        Of texture, noise and clouds; the day enters too.

    Yields
    ------
    (name, bytes)
    """
    left, bottom, right, top = bounds
    width, height = round((right - left) / CELL_M), round((top - bottom) / CELL_M)
    transform = rasterio.transform.from_origin(left, top, CELL_M, CELL_M)
    rng = stream(seed, f"scene-{day.isoformat()}")
    texture = gaussian_filter(stream(seed, "land").normal(0, 1, (height, width)), 3) * 0.6
    burnt = _share_burnt(scars, transform, width, height)
    nir = _GREEN_NIR * greenness * (1 + 0.15 * texture) * (1 - burnt) + _BURNT_NIR * burnt
    swir = _GREEN_SWIR * (2 - greenness) * (1 - 0.15 * texture) * (1 - burnt) + _BURNT_SWIR * burnt
    cloud = _clouds(rng, (height, width), cloud_share)
    classes = np.where(cloud, _CLOUD, _LAND).astype("uint8")
    for name, values in (("B8A", nir), ("B12", swir)):
        seen = np.where(cloud, 0.6, values) + rng.normal(0, noise, values.shape)
        numbers = np.round((np.clip(seen, 0.002, 1.5) - _OFFSET) / _SCALE).astype("uint16")
        yield f"T50RMT_{day:%Y%m%d}T025541_{name}_20m.tif", _tiff(numbers, transform, epsg, True)
    yield f"T50RMT_{day:%Y%m%d}T025541_SCL_20m.tif", _tiff(classes, transform, epsg, False)


def _share_burnt(
    scars: Sequence[BaseGeometry], transform: rasterio.Affine, width: int, height: int
) -> Floats:
    """Share of each cell that burned, from a grid four times as fine."""
    if not scars:
        return np.zeros((height, width))
    fine = transform * rasterio.Affine.scale(1 / _FINE)
    shape = (height * _FINE, width * _FINE)
    cells = rasterize([(scar, 1) for scar in scars], shape, transform=fine, dtype="uint8")
    share: Floats = cells.reshape(height, _FINE, width, _FINE).mean(axis=(1, 3))
    return share


def _clouds(rng: np.random.Generator, shape: tuple[int, int], share: float) -> np.ndarray:
    if share <= 0:
        return np.zeros(shape, dtype=bool)
    field = gaussian_filter(rng.normal(0, 1, shape), 8)
    covered: np.ndarray = field > np.quantile(field, 1 - share)
    return covered


def _tiff(values: np.ndarray, transform: rasterio.Affine, epsg: int, is_reflectance: bool) -> bytes:
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", width=values.shape[1], height=values.shape[0], count=1,
            dtype=values.dtype, crs=f"EPSG:{epsg}", transform=transform, compress="deflate",
        ) as file:  # fmt: skip
            file.write(values, 1)
            if is_reflectance:
                file.scales, file.offsets = (_SCALE,), (_OFFSET,)
        return bytes(memory.read())
