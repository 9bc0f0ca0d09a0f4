"""Events: hotspots that are one fire, with ids that stand."""

from jdzfire.events.apart import related_hotspots
from jdzfire.events.book import EventBook
from jdzfire.events.describe import describe_events
from jdzfire.events.growth import trace_growth
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
from jdzfire.events.within import concerning_area

__all__ = [
    "Apart",
    "EventBook",
    "EventRules",
    "Joined",
    "apply_join",
    "concerning_area",
    "describe_events",
    "empty_join",
    "highest_numbers",
    "join_events",
    "linked_pairs",
    "refresh_states",
    "related_hotspots",
    "trace_growth",
]
