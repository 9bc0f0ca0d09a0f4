"""Rows of a register on their way in: cells, places and what was noted on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jdzfire.feeds.reading import Sieve

__all__ = ["Rows"]


@dataclass(frozen=True)
class Rows:
    """What a kind's reader works on."""

    sieve: Sieve
    """Cells under our column names, and the faults found so far."""
    units: Mapping[str, str]
    """Header text of each column, as written."""
    geometry: NDArray[np.object_]
    """WGS84 shapes, n; None for rows set aside."""
    datum: NDArray[np.object_]
    """Datum each place was given in, n."""
    error_m: NDArray[np.float64]
    """Position error of each place [m], n."""

    def place_parts(self) -> list[Any]:
        """What stands for the place when an id is derived: its text, to about 1 m."""
        return [[None if shape is None else _rounded(shape) for shape in self.geometry]]


def _rounded(shape: Any) -> str:
    west, south, east, north = (round(float(value), 5) for value in shape.bounds)
    return f"{shape.geom_type} {west} {south} {east} {north}"
