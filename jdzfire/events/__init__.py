"""Events: hotspots that are one fire, with stable ids."""

from jdzfire.events.book import EventBook
from jdzfire.events.describe import describe_events, highest_numbers
from jdzfire.events.growth import trace_growth
from jdzfire.events.join import Joined, apply_join, empty_join, join_events, refresh_states
from jdzfire.events.link import linked_pairs
from jdzfire.events.rules import EventRules, SplitStatement
from jdzfire.events.splits import related_hotspots
from jdzfire.events.within import concerning_area

__all__ = [
    "EventBook",
    "EventRules",
    "Joined",
    "SplitStatement",
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
