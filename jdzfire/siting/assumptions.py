"""From minutes to metres: the assumptions under every answer of siting, in one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.errors import SettingsError

Metres = TypeVar("Metres", float, pd.Series, NDArray[np.float64])


@dataclass(frozen=True)
class TravelAssumptions:
    """How a team travels when roads are not used: straight line times a detour factor."""

    speed_kmh: float = 30.0
    """Mean speed on hill roads [km/h] [K]; a setting, not a measurement."""
    detour_factor: float = 1.35
    """Road length over straight line; 1.3-1.4 is usual for hill roads [K]."""
    preparation_min: float = 10.0
    """From the alarm to wheels turning [min] [K]."""

    def __post_init__(self) -> None:
        if self.speed_kmh <= 0 or self.detour_factor < 1 or self.preparation_min < 0:
            raise SettingsError(
                "travel assumptions are impossible",
                expected="speed_kmh > 0, detour_factor >= 1, preparation_min >= 0",
                found=str(self),
            )

    def reach_m(self, minutes: float) -> float:
        """Straight-line distance reached within minutes of the alarm [m]; 0 while preparing.

        Examples
        --------
        30 min less 10 is 20 min at 30 km/h: 10 km of road, 10 / 1.25 = 8 km straight.

        >>> TravelAssumptions(detour_factor=1.25).reach_m(30)
        8000.0
        """
        driving_h = max(minutes - self.preparation_min, 0.0) / 60
        return driving_h * self.speed_kmh * 1000 / self.detour_factor

    def minutes_at(self, distance_m: Metres) -> Metres:
        """Minutes from the alarm to arrival over straight-line distances [m], one or many [min]."""
        return self.preparation_min + distance_m * self.detour_factor / self.speed_kmh * 0.06

    @property
    def text_zh(self) -> str:
        """The assumptions in words."""
        return (
            f"直线距离×绕行系数{self.detour_factor:g}，平均车速{self.speed_kmh:g}公里/小时，"
            f"出发准备{self.preparation_min:g}分钟；未计实际道路和步行"
        )

    @property
    def text_en(self) -> str:
        """The assumptions in words."""
        return (
            f"straight line x detour factor {self.detour_factor:g}, {self.speed_kmh:g} km/h, "
            f"{self.preparation_min:g} min to get out; no roads, no walk-in"
        )
