"""Where the polar orbiters and the sun are: physics, no rule of jdzfire."""

from jdzfire.orbits.tracks import (
    EARTH_RADIUS_KM,
    ORBITS,
    Orbit,
    ViewGeometry,
    find_passes,
    sun_elevation,
    view_from,
)

__all__ = [
    "EARTH_RADIUS_KM",
    "ORBITS",
    "Orbit",
    "ViewGeometry",
    "find_passes",
    "sun_elevation",
    "view_from",
]
