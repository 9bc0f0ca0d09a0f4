"""Colours and shapes of the kinds of events, for programs that draw them.

The colours are those of the duty map by day (``templates/page.css``). Shape and outline differ
too, so that nobody needs to tell red from green.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SIGNS", "TEAM_COLOUR", "Sign"]


@dataclass(frozen=True)
class Sign:
    """How one verdict is drawn."""

    colour: str
    """RRGGBB."""
    shape: str
    """Marker of QGIS."""
    width_mm: float
    """Outline."""
    dash: str
    """Line style of QGIS."""


SIGNS = {
    "unresolved": Sign("d25837", "diamond", 0.9, "solid"),
    "permit_violation": Sign("ee8901", "triangle", 0.9, "dash"),
    "permitted": Sign("177c66", "square", 0.4, "solid"),
    "heat_source": Sign("543acd", "pentagon", 0.4, "dash dot"),
    "outside_forest": Sign("506775", "circle", 0.4, "dot"),
}
"""Verdict -> sign, the most urgent first; --level-1, --level-2, --permitted, --heat-source and
--outside-forest of the page."""

TEAM_COLOUR = "4275a4"
"""--team of the page by day."""
