"""Fixed heat sources: which are valid when, the ground they cover, and their own past."""

from jdzfire.heat_sources.history import (
    PastLook,
    SourcePast,
    count_dates_near,
    look_up_past,
    source_areas,
    source_history,
)
from jdzfire.heat_sources.proposals import ProposalRules, propose_sources

__all__ = [
    "PastLook",
    "ProposalRules",
    "SourcePast",
    "count_dates_near",
    "look_up_past",
    "propose_sources",
    "source_areas",
    "source_history",
]
