"""How fast a fire engine drives and a crew walks, with the range of each number.

One table each, so that an office can argue with it. Ranges are what the low and the high end of
the minutes come from; the best value is what teams are ranked by.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from jdzfire.errors import SettingsError


@dataclass(frozen=True)
class Speed:
    """A speed with its range [km/h]."""

    best: float
    """What is reckoned with."""
    slow: float
    """Nine of ten are faster [K]."""
    fast: float
    """Nine of ten are slower [K]."""

    def __post_init__(self) -> None:
        if not 0 < self.slow <= self.best <= self.fast:
            raise SettingsError(
                "a speed is impossible", expected="0 < slow <= best <= fast", found=str(self)
            )


ROAD_SPEEDS: Mapping[str, Speed] = {
    "motorway": Speed(80, 60, 95),
    "trunk": Speed(60, 45, 72),
    "primary": Speed(50, 38, 60),
    "secondary": Speed(42, 32, 52),
    "tertiary": Speed(32, 24, 40),
    "unclassified": Speed(25, 18, 32),
    "residential": Speed(20, 14, 28),
    "service": Speed(15, 10, 20),
    "track": Speed(12, 8, 18),
}
"""Laden engine by class of road, free flow in hills [K].

From the design speeds of JTG B01-2014 (class 2: 80/60, class 3: 40/30, class 4: 30/20 km/h) and
LY/T 5005 for forest roads (class 4: 15-20 km/h), of which a laden engine keeps some four fifths.
"""

SURFACE_FACTORS: Mapping[str, float] = {"paved": 1.0, "gravel": 0.8, "unpaved": 0.65}
"""Share of the speed that is kept; a track's own speed is meant unpaved [K]."""

AGAINST_ONE_WAY = 0.5
"""Share of the speed against a one-way street: an engine on a call may (Road Traffic Safety Law of
the PRC, article 53), slowly [K]. Never on a motorway or a trunk road, whose sides are divided."""

DIVIDED = ("motorway", "trunk")

NIGHT_FACTOR = 0.85
"""Share of the speed that is kept at night, on wheels and on foot [K]."""
RAIN_FACTOR = 0.8
"""The same in rain [K]; tracks of earth lose more: :data:`RAIN_TRACK_FACTOR`."""
RAIN_TRACK_FACTOR = 0.5

WALKING_FACTORS: Mapping[int, float] = {
    10: 0.5,  # trees
    20: 0.45,  # shrubs
    30: 0.8,  # grass
    40: 0.75,  # crops
    50: 1.0,  # built up
    60: 0.9,  # bare
    70: 0.0,  # snow and ice
    80: 0.0,  # water
    90: 0.25,  # wetland
    95: 0.0,  # mangroves
    100: 0.8,  # moss
}
"""Share of Tobler's speed by WorldCover code for a crew with hand tools, 0: closed [K].

Tobler (1993) gives 0.6 off any path on open ground; woods of China's south with undergrowth are
slower, fields have paths.
"""

WALKING_RANGE = (0.7, 1.3)
"""Slow and fast walking as a share of the best value [K]."""
CLIFF_DEG = 45.0
"""Steeper ground is closed to a crew on foot [K]."""


@dataclass(frozen=True)
class Conditions:
    """What slows everybody down."""

    is_night: bool = False
    """Between sunset and sunrise."""
    is_rain: bool = False
    """Rain, or roads wet from it."""

    def driving(self, road_class: str) -> float:
        """Share of the driving speed that is kept on a class of road."""
        rain = RAIN_TRACK_FACTOR if road_class == "track" else RAIN_FACTOR
        return (NIGHT_FACTOR if self.is_night else 1.0) * (rain if self.is_rain else 1.0)

    @property
    def walking(self) -> float:
        """Share of the walking speed that is kept."""
        return (NIGHT_FACTOR if self.is_night else 1.0) * (RAIN_FACTOR if self.is_rain else 1.0)


@dataclass(frozen=True)
class TravelRules:
    """Everything minutes are reckoned from."""

    turn_out_min: float = 10.0
    """From the alarm to wheels turning [min] [K]."""
    turn_out_range: tuple[float, float] = (5.0, 20.0)
    """Its quick and its slow end [min] [K]."""
    speeds: Mapping[str, Speed] = field(default_factory=lambda: dict(ROAD_SPEEDS))
    """By class of road."""
    walking: Mapping[int, float] = field(default_factory=lambda: dict(WALKING_FACTORS))
    """By land cover."""
    join_gap_m: float = 30.0
    """Ends of roads this near another road are joined to it [m] [K]."""
    far_from_road_m: float = 1000.0
    """A station farther from every road is warned about [m] [K]."""
    conditions: Conditions = Conditions()
    """Night and rain."""
