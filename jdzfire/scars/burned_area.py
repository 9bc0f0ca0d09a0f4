"""Burned area inside an area, by the change of the normalised burn ratio (dNBR).

NBR = (NIR - SWIR) / (NIR + SWIR), of reflectance near 0.86 and 2.2 micrometres; burning lowers it.
dNBR = before - after, less the change of the unburned land around it (season, haze). Thresholds
after Key and Benson (2006) [V].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import rioxarray  # noqa: F401  (gives arrays their .rio)
import shapely
import xarray as xr
from rasterio.features import geometry_mask
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from jdzfire.arrays import Floats
from jdzfire.errors import InputError

SEVERITY = {
    "low": (0.10, "轻度", "low"),
    "moderate_low": (0.27, "中轻度", "moderate-low"),
    "moderate_high": (0.44, "中重度", "moderate-high"),
    "high": (0.66, "重度", "high"),
}
"""Classes of dNBR: lowest value, what duty staff read, English [V, Key and Benson 2006]."""

BURNED_FROM = 0.20
"""Least dNBR that counts as burned [K]: between unburned (< 0.10) and moderate-low (0.27)."""

RING_M = 600.0
"""Width of the land around the area whose change is taken as that without fire [m] [K]."""

LEAST_CELLS = 3
"""Patches of fewer cells are taken as noise [K]."""

_NEIGHBOURS = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True)
class BurnedArea:
    """What burned in an area."""

    burned_ha: float
    """Best estimate [ha]: cells under cloud are taken as the seen cell nearest to them."""
    low_ha: float
    """When nothing under cloud burned [ha]."""
    high_ha: float
    """When all under cloud within the area burned [ha]."""
    clear_share: float
    """Share of the area seen before and after [0-1]."""
    by_severity_ha: dict[str, float]
    """Burned cells by class of :data:`SEVERITY` [ha]."""
    offset: float
    """Change of NBR without fire, taken off."""
    before: tuple[date, ...]
    """Days of the scenes before."""
    after: tuple[date, ...]
    """Days of the scenes after."""
    dnbr: xr.DataArray
    """dNBR (y, x) around the area, NaN where not seen."""
    burned: xr.DataArray
    """Cells taken as burned (y, x), bool."""


def burn_ratio(scene: xr.Dataset) -> xr.DataArray:
    """NBR of a scene where it is clear; NaN elsewhere.

    Parameters
    ----------
    scene : Dataset (y, x)
        ``nir`` and ``swir`` reflectance [0-1], ``clear`` bool.
    """
    total = scene["nir"] + scene["swir"]
    ratio: xr.DataArray = (scene["nir"] - scene["swir"]) / total.where(total > 0)
    return ratio.where(scene["clear"])


def burned_area(
    before: Sequence[xr.Dataset],
    after: Sequence[xr.Dataset],
    area: BaseGeometry,
    *,
    burned_from: float = BURNED_FROM,
    ring_m: float = RING_M,
) -> BurnedArea:
    """The area that burned between scenes.

    Parameters
    ----------
    before, after : sequence of Dataset (y, x)
        As :func:`burn_ratio` takes them, on one grid in metres, with a CRS and the attribute
        ``day`` (ISO date). The median over the clear scenes of each side is used.
    area : geometry [EPSG:4326]
        Where it may have burned: footprints of an event with their error, or a permit's lot.
    burned_from : float
        Least dNBR that counts as burned.
    ring_m : float [m]
        Width of the unburned land around the area.

    Returns
    -------
    BurnedArea

    Raises
    ------
    InputError
        A side has no scene, the grids differ, or none of the area was seen on both sides.
    """
    _check(before, after)
    crs = before[0].rio.crs
    shape = gpd.GeoSeries([area], crs=4326).to_crs(crs).iloc[0]
    ratios = [_median(side) for side in (before, after)]
    change = ratios[0] - ratios[1]
    transform, cells = before[0].rio.transform(), change.shape
    inside = ~geometry_mask([shape], cells, transform, all_touched=False)
    ring_shape = shape.buffer(ring_m).difference(shape.buffer(2 * abs(transform.a)))
    ring = ~geometry_mask([ring_shape], cells, transform, all_touched=False)
    seen = change.notnull().to_numpy()
    if not (inside & seen).any():
        raise InputError(
            "none of the area was seen clearly before and after",
            expected="a clear scene on both sides",
            found=f"{len(before)} scenes before, {len(after)} after",
            remedy="give more scenes",
        )
    offset = float(np.median(change.to_numpy()[ring & seen])) if (ring & seen).any() else 0.0
    values = change.to_numpy() - offset
    burned = _burned_cells(values, inside & seen, burned_from)
    ha = abs(transform.a * transform.e) / 1e4
    unseen = inside & ~seen
    guessed = _as_nearest(burned, seen)[unseen]
    sure = float(burned.sum()) * ha
    return BurnedArea(
        burned_ha=sure + float(guessed.sum()) * ha,
        low_ha=sure,
        high_ha=sure + float(unseen.sum()) * ha,
        clear_share=float((inside & seen).sum() / inside.sum()),
        by_severity_ha=_by_severity(values, burned, burned_from, ha),
        offset=offset,
        before=_days(before),
        after=_days(after),
        dnbr=change.copy(data=values),
        burned=change.copy(data=burned),
    )


def _check(before: Sequence[xr.Dataset], after: Sequence[xr.Dataset]) -> None:
    if not before or not after:
        raise InputError(
            "a burn scar needs a scene before and one after",
            found=f"{len(before)} before, {len(after)} after",
            remedy="give scenes of both sides",
        )
    first = before[0]
    for other in [*before, *after]:
        same = other.rio.crs == first.rio.crs and other["nir"].shape == first["nir"].shape
        if not same or other.rio.transform() != first.rio.transform():
            raise InputError(
                "scenes lie on different grids",
                expected=f"{first.rio.crs}, {first['nir'].shape}",
                found=f"{other.rio.crs}, {other['nir'].shape}",
                remedy="read them with one reference",
            )
    if first.rio.crs is None or not first.rio.crs.is_projected:
        raise InputError(
            "scenes are not in metres", expected="a projected CRS", found=str(first.rio.crs)
        )


def _median(scenes: Sequence[xr.Dataset]) -> xr.DataArray:
    stacked = xr.concat([burn_ratio(scene) for scene in scenes], "scene", join="override")
    middle: xr.DataArray = stacked.median("scene", skipna=True)
    return middle


def _burned_cells(values: Floats, usable: np.ndarray, burned_from: float) -> np.ndarray:
    """Cells that changed by half of what the scar did, or by ``burned_from`` if that is more.

    A cell of which half burned has half of the change: so the edge is neither given nor taken.
    """
    changed = np.nan_to_num(values, nan=-1.0)
    first = _patches((changed >= burned_from) & usable)
    if not first.any():
        return first
    half = float(np.median(changed[first])) / 2
    return _patches((changed >= max(half, burned_from)) & usable)


def _patches(burned: np.ndarray) -> np.ndarray:
    """Cells of patches of :data:`LEAST_CELLS` or more."""
    number, count = ndimage.label(burned, _NEIGHBOURS)
    sizes = ndimage.sum_labels(burned, number, np.arange(count + 1))
    kept: np.ndarray = burned & (sizes[number] >= LEAST_CELLS)
    return kept


def _as_nearest(burned: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Each cell as the seen cell nearest to it."""
    rows, cols = ndimage.distance_transform_edt(~seen, return_distances=False, return_indices=True)
    nearest: np.ndarray = burned[rows, cols]
    return nearest


def _by_severity(
    values: Floats, burned: np.ndarray, burned_from: float, ha: float
) -> dict[str, float]:
    ends = [low for low, _, _ in SEVERITY.values()] + [np.inf]
    held = np.maximum(values[burned], burned_from)
    counts, _ = np.histogram(held, ends)
    return {name: float(count) * ha for name, count in zip(SEVERITY, counts, strict=True)}


def _days(scenes: Sequence[xr.Dataset]) -> tuple[date, ...]:
    return tuple(sorted(date.fromisoformat(str(scene.attrs["day"])[:10]) for scene in scenes))


def scar_shape(found: BurnedArea) -> BaseGeometry:
    """Outline of the burned cells [EPSG:4326], empty when nothing burned."""
    from rasterio.features import shapes

    cells = found.burned.to_numpy().astype("uint8")
    transform = found.dnbr.rio.transform()
    polygons = [
        shapely.geometry.shape(outline)
        for outline, value in shapes(cells, cells > 0, 8, transform)
        if value
    ]
    merged = gpd.GeoSeries([shapely.union_all(polygons)], crs=found.dnbr.rio.crs)
    outline: BaseGeometry = merged.to_crs(4326).iloc[0]
    return outline
