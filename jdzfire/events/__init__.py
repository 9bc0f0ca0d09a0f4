"""Events: hotspots that are one fire, with ids that stand."""

from jdzfire.events.apart import related_hotspots
from jdzfire.events.describe import describe_events
from jdzfire.events.join import (
    Joined,
    apply_join,
    empty_join,
    highest_numbers,
    join_events,
    refresh_states,
)
from jdzfire.events.link import linked_pairs
from jdzfire.events.rules import Apart, EventRules

__all__ = [
    "Apart",
    "EventRules",
    "Joined",
    "apply_join",
    "describe_events",
    "empty_join",
    "highest_numbers",
    "join_events",
    "linked_pairs",
    "refresh_states",
    "related_hotspots",
]
