"""Thresholds of the verdict, each with its unit, default and source."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from jdzfire.errors import SettingsError
from jdzfire.events.rules import EventRules
from jdzfire.hotspots.footprints import FootprintRules
from jdzfire.hotspots.persistence import PersistenceRules


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
    heat_pixels_factor: float = 1.5
    """More pixels in one pass than this times the 95th percentile of its past are not its
    usual extent [K]."""
    heat_more_pixels: int = 2
    """Up to so many pixels more than that percentile are usual too: counts are small and whole
    [K]."""
    heat_floor_pixels: int = 3
    """Never doubt the extent of a source up to this many pixels in one pass [K]."""
    heat_moved_factor: float = 2.5
    """Farther from the mean place of its past than this times the spread of its past is not the
    source; of round scatter 0.2 % lie farther [C]."""
    heat_moved_floor_m: float = 450.0
    """Never doubt the place of a source within this distance: half a VIIRS pixel's diagonal and
    its error [C]."""
    heat_place_dates: int = 2
    """Dates on which a source must have been hot at a place farther off, and gone on as usual, for
    that place to be no new one: steelworks have several furnaces [K]."""
    heat_steady_passes: int = 5
    """Usual passes in a row after which a source has gone on as usual: what was unusual before is
    explained again, and a similar one is not new. Some two days of three VIIRS over industrial
    sites always hot [K]."""
    heat_like_factor: float = 1.25
    """Up to this times the brightest pass a source went on after is its like: FRP of one heat
    differs by a quarter between observations [K]."""

    # permits
    permit_near_m: float = 2000.0
    """Permits up to this far away are named as near misses; it explains nothing [K]."""
    permit_near_h: float = 72.0
    """A burn on the lot up to this long before or after the time is early or late [K]."""
    permit_max_error_m: float = 500.0
    """A permit whose place is known no better is named and explains nothing: a village's name
    alone must not silence a fire [own rule]."""
    permit_min_score: float = 0.45
    """Score a permit must reach to explain a hotspot: a pixel that just reaches a lot whose place
    is known well has 0.5, the same with a place known to 200 m has 0.43 [own rule]."""
    smoulder_h: float = 12.0
    """Grace after the end of the permitted time, for smouldering [K]."""
    permit_max_danger_grade: int = 3
    """Highest weather danger grade for a burn: "三级以下", 3 taken as allowed
    [V, Jiangxi regulation Art. 20; whether 3 counts is open, so it is a setting]."""
    permit_max_wind_force: int = 3
    """Highest wind force for a burn [V, Xiajiang county 2016]."""
    confirm_after_h: float = 0.5
    """A pass this long after the first one that still fits the lot confirms the burn [K]."""

    # forest
    outside_max_share: float = 0.02
    """Share of a footprint in the forest fire zone below which a hotspot is outside forest [K]."""
    outside_max_tree_share: float = 0.10
    """Share of a footprint under trees in the land-cover grid below which a hotspot is outside
    forest; woods too small for the zones burn too [K, from simulated seasons: farm fires had at
    most 0.19, nine in ten below 0.09; wildfires outside all zones 0.3 and more]."""
    edge_max_share: float = 0.35
    """Up to this share a small fire by day is probably outside: it is called so and stays on the
    map until it is confirmed [K, simulated seasons 1-10: wildfires began at 0.15]."""
    edge_max_tree_share: float = 0.35
    """The same for the share under trees [K]."""
    field_max_frp_mw: float = 10.0
    """Brighter hotspots are no field fire for certain [K]."""
    field_day_h: tuple[int, int] = (6, 19)
    """Beijing hours in which fields are burnt; outside them it is never certain [K]."""

    # escalation and priority
    escalate_pixels: int = 3
    """Pixels in one pass to be reported at once [V, Sichuan rule, field notes section 3]."""
    near_settlement_m: float = 500.0
    """An event this near to a settlement is escalated [K]."""
    near_border_m: float = 1000.0
    """An event this near to the border of the watched counties is escalated [K]."""


@dataclass(frozen=True)
class Rules:
    """All rules a cycle needs."""

    footprint: FootprintRules = field(default_factory=FootprintRules)
    """Sizes and errors of the sensors."""
    events: EventRules = field(default_factory=EventRules)
    """When hotspots are one fire."""
    triage: TriageRules = field(default_factory=TriageRules)
    """When an event is explained."""
    persistence: PersistenceRules = field(default_factory=PersistenceRules)
    """When a geostationary hotspot counts."""


def load_rules(text: str, *, base: Rules | None = None) -> Rules:
    r"""Rules from TOML: sections ``[footprint]``, ``[events]``, ``[triage]``, ``[persistence]``.

    Parameters
    ----------
    text : str
    base : Rules, optional
        What is not given keeps its default.

    Raises
    ------
    SettingsError
        Not TOML, an unknown section or rule, or a value of another type.

    Examples
    --------
    >>> load_rules("[triage]\nsmoulder_h = 6").triage.smoulder_h
    6.0
    """
    rules = base or Rules()
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            "the rules are not TOML", found=str(error), remedy="correct the line named"
        ) from None
    faults: list[str] = []
    for section, values in document.items():
        if not hasattr(rules, section) or not isinstance(values, dict):
            faults.append(f"[{section}]")
            continue
        held = getattr(rules, section)
        known = {one.name: getattr(held, one.name) for one in fields(held)}
        faults += [
            f"{section}.{name} = {value!r}"
            for name, value in values.items()
            if name not in known or not _fits(value, known[name])
        ]
        if not faults:
            changes = {name: _like(value, known[name]) for name, value in values.items()}
            rules = replace(rules, **{section: replace(held, **changes)})
    if faults:
        raise SettingsError(
            "the rules cannot be used",
            expected="sections and names of docs/settings.md, with values of their type",
            found="; ".join(faults[:8])[:400],
            remedy="correct them",
        )
    return rules


def _fits(value: Any, held: Any) -> bool:
    if isinstance(held, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(held, bool)
    if isinstance(held, float):
        return isinstance(value, int | float)
    if isinstance(held, tuple):
        return (
            isinstance(value, list)
            and len(value) == len(held)
            and all(_fits(a, b) for a, b in zip(value, held, strict=True))
        )
    return isinstance(value, type(held))


def _like(value: Any, held: Any) -> Any:
    return tuple(value) if isinstance(held, tuple) else type(held)(value)


def rules_version(rules: TriageRules) -> str:
    """Twelve hexadecimal digits that change with any value of the rules.

    Examples
    --------
    >>> rules_version(TriageRules()) == rules_version(TriageRules(smoulder_h=13.0))
    False
    """
    values: Mapping[str, Any] = asdict(rules)
    text = json.dumps(values, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
