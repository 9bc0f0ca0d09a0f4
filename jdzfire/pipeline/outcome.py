"""What a round of judging changed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What a round of judging changed."""

    events: int
    """Events there are, merged ones excluded."""
    unresolved: int
    """Events that need the duty room."""
    opened: int
    """Cases opened."""
    reopened: int
    """Cases opened again because their event was seen after closing."""
