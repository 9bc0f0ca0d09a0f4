"""When hotspots are one fire, and what duty staff stated against it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EventRules:
    """When hotspots are one fire."""

    gap_m: float = 500.0
    """Largest gap between two footprints of one fire [own rule, ADR 7; peers: 700-1,000 m V]."""
    link_h: float = 24.0
    """Longest time between two observations linked over a gap [own rule, ADR 7; USFA 24 h V]."""
    dormant_h: float = 72.0
    """Quiet time after which an event is dormant [own rule, ADR 7; India +3 d V]."""
    end_h: float = 120.0
    """Quiet time after which an event has ended; until then a footprint that touches it wakes it
    under the same id [V, NASA FEDS: inactive after 5 d]."""
    prefix: str = "JDZ"
    """First part of event ids."""


@dataclass(frozen=True)
class SplitStatement:
    """Duty staff stated that two groups of hotspots are not the same fire. It holds for ever."""

    these: frozenset[str]
    """hotspot_id of the ones."""
    those: frozenset[str]
    """hotspot_id of the others."""
