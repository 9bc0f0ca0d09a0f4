"""Hotspots: their identity across products, and the ground a pixel covers."""

from jdzfire.hotspots.footprints import FootprintRules, footprints
from jdzfire.hotspots.identity import (
    SAME_PLACE_M,
    Joined,
    hotspot_id,
    join_versions,
    merge_versions,
)

__all__ = [
    "SAME_PLACE_M",
    "FootprintRules",
    "Joined",
    "footprints",
    "hotspot_id",
    "join_versions",
    "merge_versions",
]
