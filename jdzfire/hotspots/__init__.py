"""Hotspots: their identity across products, and the ground a pixel covers."""

from jdzfire.hotspots.footprints import FootprintRules, footprints
from jdzfire.hotspots.identity import SAME_PLACE_M, hotspot_id, merge_versions

__all__ = ["SAME_PLACE_M", "FootprintRules", "footprints", "hotspot_id", "merge_versions"]
