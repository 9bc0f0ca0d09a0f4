"""Hotspots: their identity across products, and the ground a pixel covers."""

from jdzfire.hotspots.bowtie import TWIN_OVERLAP, note_bowtie
from jdzfire.hotspots.footprints import (
    FootprintRules,
    footprints,
    location_errors_m,
    pixel_reaches_m,
)
from jdzfire.hotspots.identity import (
    SAME_PLACE_M,
    Joined,
    hotspot_id,
    join_versions,
    merge_versions,
)
from jdzfire.hotspots.observations import last_observations
from jdzfire.hotspots.parallax import correct_parallax, parallax_m
from jdzfire.hotspots.passes import PREDICTED, PassRules, passes_over, phase_shift_s
from jdzfire.hotspots.passing import PASS_GAP_MIN, number_passes
from jdzfire.hotspots.persistence import GEOSTATIONARY, PersistenceRules, confirmed_scans

__all__ = [
    "GEOSTATIONARY",
    "PASS_GAP_MIN",
    "PREDICTED",
    "SAME_PLACE_M",
    "TWIN_OVERLAP",
    "FootprintRules",
    "Joined",
    "PassRules",
    "PersistenceRules",
    "confirmed_scans",
    "correct_parallax",
    "footprints",
    "hotspot_id",
    "join_versions",
    "last_observations",
    "location_errors_m",
    "merge_versions",
    "note_bowtie",
    "number_passes",
    "parallax_m",
    "passes_over",
    "phase_shift_s",
    "pixel_reaches_m",
]
