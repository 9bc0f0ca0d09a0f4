"""Datums and reference systems: everything that turns a written place into WGS84 degrees.

What belongs here: the arithmetic of WGS84, CGCS2000, GCJ-02, BD-09 and the Gauss-Kruger belts,
and the choice of a metric CRS. What does not: reading coordinates out of text (that is the
registers' work) and any geometry beyond moving its vertices.
"""

from jdzfire.crs.belts import (
    CHINA_BOUNDS,
    HOME_METRIC_CRS,
    belt_of,
    gauss_kruger_to_wgs84,
    metres_per_degree,
    metric_crs,
    named_crs,
    project_to_wgs84,
)
from jdzfire.crs.datums import DATUMS, from_wgs84, normalise_datum, shift_to_wgs84, to_wgs84

__all__ = [
    "CHINA_BOUNDS",
    "DATUMS",
    "HOME_METRIC_CRS",
    "belt_of",
    "from_wgs84",
    "gauss_kruger_to_wgs84",
    "metres_per_degree",
    "metric_crs",
    "named_crs",
    "normalise_datum",
    "project_to_wgs84",
    "shift_to_wgs84",
    "to_wgs84",
]
