"""Reach: who can be at an event first, by road and on foot, else as the crow flies."""

from jdzfire.reach.columns import NEARBY_COLUMNS, NEAREST_COLUMNS, OUTLOOK_COLUMNS, ROUTE_COLUMNS
from jdzfire.reach.straight_line import STRAIGHT_LINE, free_first, nearest_teams

__all__ = [
    "NEARBY_COLUMNS",
    "NEAREST_COLUMNS",
    "OUTLOOK_COLUMNS",
    "ROUTE_COLUMNS",
    "STRAIGHT_LINE",
    "free_first",
    "nearest_teams",
]
