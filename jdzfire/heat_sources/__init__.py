"""Fixed heat sources: which are valid when, the ground they cover, and their own past."""

from jdzfire.heat_sources.history import (
    PastLook,
    SourcePast,
    look_up_past,
    source_areas,
    source_history,
)

__all__ = ["PastLook", "SourcePast", "look_up_past", "source_areas", "source_history"]
