"""Reach: who can be at an event first. For now as the crow flies, and labelled so."""

from jdzfire.reach.straight_line import NEAREST_COLUMNS, STRAIGHT_LINE, nearest_teams

__all__ = ["NEAREST_COLUMNS", "STRAIGHT_LINE", "nearest_teams"]
