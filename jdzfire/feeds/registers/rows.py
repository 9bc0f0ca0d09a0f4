"""What a register's reader works on: its rows, and what the operator declares about the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from jdzfire.feeds.reading import RowValidator
from jdzfire.feeds.registers.gazetteer import Gazetteer


@dataclass(frozen=True)
class Rows:
    """Input of the reader of a kind."""

    validator: RowValidator
    """Cells under our column names, and the faults found so far."""
    units: Mapping[str, str]
    """Header text of each column, as written."""
    geometry: NDArray[np.object_]
    """WGS84 shapes, n; None for rejected rows."""
    datum: NDArray[np.object_]
    """Datum each place was given in, n."""
    error_m: NDArray[np.float64]
    """Position error of each place [m], n."""

    def place_parts(self) -> list[Any]:
        """What represents the place when an id is derived: its text, to about 1 m."""
        return [[None if shape is None else _rounded(shape) for shape in self.geometry]]


def _rounded(shape: Any) -> str:
    west, south, east, north = (round(float(value), 5) for value in shape.bounds)
    return f"{shape.geom_type} {west} {south} {east} {north}"


@dataclass(frozen=True)
class Declared:
    """What the file does not state and the operator declares."""

    datum: str | None = None
    """What degrees are in, and that it is sure: nothing is asked."""
    crs: str | None = None
    """CRS of projected numbers, for example ``EPSG:4548``."""
    assume: Mapping[str, str] = field(default_factory=dict)
    """Our column -> the value every blank cell of it means, such as status -> executed."""
    time_zone: str = "Asia/Shanghai"
    """Zone of times that carry none."""
    holds_from: datetime | None = None
    """Start of validity of rows without one, aware; null: always valid."""
    region: tuple[float, float, float, float] | None = None
    """West, south, east, north [degree]: a place outside is rejected as a typing error."""

    def plain(self) -> dict[str, Any]:
        """The same as values JSON can hold."""
        held = None if self.holds_from is None else self.holds_from.isoformat()
        region = None if self.region is None else list(self.region)
        return vars(self) | {"assume": dict(self.assume), "holds_from": held, "region": region}

    @classmethod
    def of_plain(cls, fields: Mapping[str, Any]) -> Declared:
        """From what :meth:`plain` gave."""
        held, region = fields["holds_from"], fields["region"]
        return cls(
            **(
                dict(fields)
                | {"holds_from": None if held is None else datetime.fromisoformat(held)}
                | {"region": None if region is None else tuple(region)}
            )
        )


@dataclass(frozen=True)
class Known:
    """What is registered already."""

    gazetteer: Gazetteer | None = None
    """Names of villages and townships, for rows with no other place."""
    reference: gpd.GeoDataFrame | None = None
    """Shapes known to be right, for finding out a datum."""
