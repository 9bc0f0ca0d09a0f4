"""Burn permits: which of them can explain anything, and the ground they cover."""

from jdzfire.permits.lots import EXPLAINING_STATUSES, explaining_permits, lots
from jdzfire.permits.revocation import note_revocations

__all__ = ["EXPLAINING_STATUSES", "explaining_permits", "lots", "note_revocations"]
