"""What a person says of a register file, and what is registered already to hold it against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd

from jdzfire.feeds.registers.gazetteer import Gazetteer

__all__ = ["Declared", "Known"]


@dataclass(frozen=True)
class Declared:
    """What the file does not tell and a person does."""

    datum: str | None = None
    """What degrees are in, and that it is sure: nothing is asked."""
    crs: str | None = None
    """CRS of projected numbers, for example ``EPSG:4548``."""
    assume: Mapping[str, str] = field(default_factory=dict)
    """Our column -> the words every blank cell of it stands for, such as status -> executed."""
    time_zone: str = "Asia/Shanghai"
    """Zone of times that carry none."""
    region: tuple[float, float, float, float] | None = None
    """West, south, east, north [degree]: a place outside is set aside as a slip of the pen."""


@dataclass(frozen=True)
class Known:
    """What is registered already."""

    gazetteer: Gazetteer | None = None
    """Names of villages and townships, for rows with no other place."""
    reference: gpd.GeoDataFrame | None = None
    """Shapes known to be right, for finding out a datum."""
