"""Forest zones: how much of a place is forest fire zone, and whose it is."""

from jdzfire.zones.share import fire_zones, forest_shares

__all__ = ["fire_zones", "forest_shares"]
