"""What a person says of a register file, and what is registered already to hold it against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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
    holds_from: datetime | None = None
    """From when on rows hold that tell no start, aware; null: they always did."""
    region: tuple[float, float, float, float] | None = None
    """West, south, east, north [degree]: a place outside is set aside as a slip of the pen."""

    def plain(self) -> dict[str, Any]:
        """The same as values JSON can hold."""
        held = None if self.holds_from is None else self.holds_from.isoformat()
        region = None if self.region is None else list(self.region)
        return vars(self) | {"assume": dict(self.assume), "holds_from": held, "region": region}

    @classmethod
    def of_plain(cls, told: Mapping[str, Any]) -> Declared:
        """What :meth:`plain` told."""
        held, region = told["holds_from"], told["region"]
        return cls(
            **(
                dict(told)
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
