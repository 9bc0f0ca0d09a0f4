"""How much of everything a season holds, for the city and for the province."""

from __future__ import annotations

from dataclasses import dataclass

from jdzfire.errors import UsageError


@dataclass(frozen=True)
class Scale:
    """Counts and grid steps of one scale."""

    name: str
    """city or province."""
    permits: int
    """Approved burn permits of the year; 88 in the city's report of 2024 [V]."""
    faults: tuple[tuple[str, int], ...]
    """How many of them are broken, and how."""
    unburned: int
    """Permits whose burn never took place."""
    handled: int
    """Fires and hotspots dispatched and handled; 46 in the city's report of 2024 [V]."""
    unnoticed: int
    """Small wildfires that go out before anybody knows."""
    farm_fires: int
    """Straw and field fires outside the forest."""
    teams: int
    """Semi-professional teams: 47 in the city [V], 1,485 in the province [V 2019]."""
    volunteers: int
    """Volunteer rescue teams: 6 in the city [V]."""
    mistakes: int
    """Calls about smoke or light that was no fire."""
    grid_deg: float
    """Step of relief and land cover [degree]."""
    route_deg: float
    """Step of the grid roads are laid on [degree]."""
    weather_deg: float
    """Step of the weather grid [degree]."""
    geo_observation_h: int
    """The truth has the geostationary observations of each township this often [h]."""


SCALES = {
    "city": Scale(
        name="city",
        permits=88,
        faults=(("early", 3), ("late", 3), ("oversize", 2), ("weather", 2), ("escaped", 4)),
        unburned=10,
        handled=46,
        unnoticed=8,
        farm_fires=300,
        teams=47,
        volunteers=6,
        mistakes=5,
        grid_deg=0.0025,
        route_deg=0.01,
        weather_deg=0.1,
        geo_observation_h=1,
    ),
    "province": Scale(
        name="province",
        permits=2640,
        faults=(("early", 90), ("late", 90), ("oversize", 60), ("weather", 60), ("escaped", 120)),
        unburned=300,
        handled=1380,
        unnoticed=240,
        farm_fires=9000,
        teams=1485,
        volunteers=180,
        mistakes=150,
        grid_deg=0.0025,
        route_deg=0.02,
        weather_deg=0.1,
        geo_observation_h=3,
    ),
}


def choose_scale(name: str) -> Scale:
    """The scale of this name.

    Raises
    ------
    UsageError
        No such scale.
    """
    if name not in SCALES:
        raise UsageError(
            "no such scale of the simulation", expected=" or ".join(SCALES), found=repr(name)
        )
    return SCALES[name]
