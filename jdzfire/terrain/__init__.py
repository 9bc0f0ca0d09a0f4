"""Terrain: elevation, slope and land cover sampled at places."""

from jdzfire.terrain.cover import area_heights, cover_shares
from jdzfire.terrain.sampling import LANDCOVER_ZH, TREE_COVER, sample_grid, sample_terrain
from jdzfire.terrain.slope import slope_deg

__all__ = [
    "LANDCOVER_ZH",
    "TREE_COVER",
    "area_heights",
    "cover_shares",
    "sample_grid",
    "sample_terrain",
    "slope_deg",
]
