"""Metres for siting: places projected once into a CRS that fits them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer

from jdzfire.crs import metric_crs

__all__ = ["nearest_index", "planar"]

Floats = npt.NDArray[np.float64]

_PAIRS_AT_ONCE = 4_000_000


def planar(cells: pd.DataFrame, *others: pd.DataFrame) -> list[Floats]:
    """Metric coordinates (n, 2) of tables with ``lon``, ``lat``, in the CRS that fits the first."""
    lon, lat = cells["lon"], cells["lat"]
    bounds = None
    if len(cells):
        bounds = (float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))
    to_metric = Transformer.from_crs("EPSG:4326", metric_crs(bounds), always_xy=True)
    places = []
    for table in (cells, *others):
        x, y = to_metric.transform(table["lon"].to_numpy(float), table["lat"].to_numpy(float))
        places.append(np.column_stack([x, y]).astype(float).reshape(-1, 2))
    return places


def nearest_index(places: Floats, targets: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Index of and distance [m] to the nearest target; equal to the millimetre: the first.

    Without targets the index is -1 and the distance infinite.
    """
    index = np.full(len(places), -1, dtype=np.int64)
    distance = np.full(len(places), np.inf)
    if len(targets) == 0:
        return index, distance
    block = max(1, _PAIRS_AT_ONCE // len(targets))
    for start in range(0, len(places), block):
        part = places[start : start + block]
        lengths = np.hypot(
            part[:, None, 0] - targets[None, :, 0], part[:, None, 1] - targets[None, :, 1]
        ).round(3)
        best = lengths.argmin(axis=1)
        index[start : start + block] = best
        distance[start : start + block] = lengths[np.arange(len(part)), best]
    return index, distance
