"""Events: hotspots that are one fire, with ids that stand."""

from jdzfire.events.join import EventRules, join_events, refresh_states
from jdzfire.events.link import linked_pairs

__all__ = ["EventRules", "join_events", "linked_pairs", "refresh_states"]
