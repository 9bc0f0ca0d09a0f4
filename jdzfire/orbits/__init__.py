"""Where the polar orbiters are and where the sun stands: physics, no rule of the house."""

from jdzfire.orbits.tracks import (
    EARTH_RADIUS_KM,
    ORBITS,
    Look,
    Orbit,
    find_passes,
    look_at,
    sun_elevation,
)

__all__ = [
    "EARTH_RADIUS_KM",
    "ORBITS",
    "Look",
    "Orbit",
    "find_passes",
    "look_at",
    "sun_elevation",
]
