"""Burn permits: which of them can explain anything, and the ground they cover."""

from jdzfire.permits.lots import EXPLAINING_STATUSES, explaining_permits, lots

__all__ = ["EXPLAINING_STATUSES", "explaining_permits", "lots"]
