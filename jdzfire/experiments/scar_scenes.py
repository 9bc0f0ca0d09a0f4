"""Simulated scenes of one fire, written to a folder."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from pyproj import Transformer

from jdzfire.simulate.scenes import draw_scar, render_scene
from jdzfire.store.atomic import write_atomic

EPSG = 32650
"""UTM zone 50 north: 114 to 120 degrees east."""

_HALF_M = 4000.0
_GAP_DAYS = 5  # between passes of Sentinel-2


def write_scar_scenes(
    folder: Path,
    *,
    lon: float,
    lat: float,
    area_ha: float,
    on: date,
    seed: int = 1,
    cloud_share: float = 0.3,
    each_side: int = 3,
) -> float:
    """Scenes before and after a fire at a place, with a scar of a given area.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    lon, lat : float [degree, EPSG:4326], between 114 and 120 east
    area_ha : float [ha]
    on : date
        Day of the fire; the scenes are 5, 10, ... days before and after.
    seed : int
    cloud_share : float [0-1]
    each_side : int
        Scenes before, and after.

    Returns
    -------
    float
        Area of the scar [ha].
    """
    x, y = Transformer.from_crs(4326, EPSG, always_xy=True).transform(lon, lat)
    x, y = round(x / 20) * 20.0, round(y / 20) * 20.0
    scar = draw_scar(x, y, area_ha, seed=seed)
    bounds = (x - _HALF_M, y - _HALF_M, x + _HALF_M, y + _HALF_M)
    folder.mkdir(parents=True, exist_ok=True)
    for step in [*range(-each_side, 0), *range(1, each_side + 1)]:
        day = on + timedelta(days=_GAP_DAYS * step)
        for name, data in render_scene(
            day, bounds, EPSG, scars=[scar] if step > 0 else [], cloud_share=cloud_share,
            greenness=1.0 if step < 0 else 0.93, seed=seed,
        ):  # fmt: skip
            write_atomic(folder / name, data)
    return float(scar.area / 1e4)
