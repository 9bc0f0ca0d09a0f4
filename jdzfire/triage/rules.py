"""Thresholds of the verdict, each with its unit, default and source."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

__all__ = ["TriageRules", "rules_version"]


@dataclass(frozen=True)
class TriageRules:
    """When an event counts as explained. In doubt it does not."""

    # fixed heat sources
    heat_min_dates: int = 5
    """Distinct dates a source must have been seen on before its own past is trusted
    [V, FIRMS static mask: at least 5 detections a year in a cell]."""
    heat_frp_factor: float = 2.0
    """Brighter than this times the 95th percentile of its past is not its usual heat [K]."""
    heat_frp_floor_mw: float = 5.0
    """Never doubt a source with a past below this FRP [K]."""
    heat_new_frp_mw: float = 10.0
    """Largest FRP believed of a source without a past [K]."""
    heat_past_gap_h: float = 24.0
    """The past of a source ends this long before the hotspot judged: none speaks for itself [K]."""

    # permits
    permit_near_m: float = 2000.0
    """Permits up to this far away are named as near misses; it explains nothing [K]."""
    permit_near_h: float = 72.0
    """A burn on the lot up to this long before or after the time is early or late [K]."""
    permit_max_error_m: float = 500.0
    """A permit whose place is known no better is named and explains nothing: a village's name
    alone must not silence a fire [house rule]."""
    smoulder_h: float = 12.0
    """Grace after the end of the permitted time, for smouldering [K]."""
    permit_max_danger_grade: int = 3
    """Highest weather danger grade for a burn: "三级以下", 3 taken as allowed
    [V, Jiangxi regulation Art. 20; whether 3 counts is open, so it is a setting]."""
    permit_max_wind_force: int = 3
    """Highest wind force for a burn [V, Xiajiang county 2016]."""

    # forest
    outside_max_share: float = 0.02
    """Share of a footprint in the forest fire zone below which a hotspot is outside forest [K]."""
    outside_max_tree_share: float = 0.10
    """Share of a footprint under trees in the land-cover grid below which a hotspot is outside
    forest; woods too small for the zones burn too [K, from simulated seasons: farm fires had at
    most 0.19, nine in ten below 0.09; wildfires outside all zones 0.3 and more]."""


def rules_version(rules: TriageRules) -> str:
    """Twelve hexadecimal digits that change with any value of the rules.

    Examples
    --------
    >>> rules_version(TriageRules()) == rules_version(TriageRules(smoulder_h=13.0))
    False
    """
    text = json.dumps(asdict(rules), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
