"""Land-cover codes of the house: those of ESA WorldCover."""

from __future__ import annotations

__all__ = ["LANDCOVER_ZH", "TREE_COVER"]

TREE_COVER = 10
"""Code of tree cover."""

LANDCOVER_ZH = {
    10: "林地",
    20: "灌木",
    30: "草地",
    40: "耕地",
    50: "建设用地",
    60: "裸地",
    70: "冰雪",
    80: "水体",
    90: "湿地",
    95: "红树林",
    100: "苔藓地衣",
}
"""Codes of ESA WorldCover v200 [K] and what duty staff read."""
