"""Shifts of the duty room: 08:00 to 20:00 and 20:00 to 08:00, Beijing time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from jdzfire.board.wording import BEIJING

SHIFT_HOURS = (8, 20)
"""Hours at which shifts change [K; two shifts of 12 h a day]."""

GRACE = timedelta(hours=1)
"""This long after a change the report is still that of the previous shift [K]."""


@dataclass(frozen=True)
class Shift:
    """One shift, half open: what happens at ``end`` belongs to the next one."""

    start: pd.Timestamp
    end: pd.Timestamp
    is_day: bool

    def holds(self, times: pd.Series) -> pd.Series:
        """Which times lie in [start, end); False for null."""
        inside: pd.Series = (times >= self.start) & (times < self.end)
        return inside.fillna(False).astype(bool)


def shift_of(at: datetime) -> Shift:
    """The shift a handover written at this moment speaks of.

    The one going on; within :data:`GRACE` of a change the one that has just ended.

    Examples
    --------
    09:00 in Beijing is 01:00 UTC: the night shift until then, the day shift after it.

    >>> shift_of(datetime.fromisoformat("2024-04-05T01:00+00:00")).is_day
    False
    >>> shift_of(datetime.fromisoformat("2024-04-05T01:00:01+00:00")).is_day
    True
    """
    # at the very end of the grace it is still the shift that went
    moment = pd.Timestamp(at).tz_convert(BEIJING) - GRACE - timedelta(microseconds=1)
    morning, evening = (moment.normalize() + timedelta(hours=hour) for hour in SHIFT_HOURS)
    if moment < morning:
        start, is_day = evening - timedelta(days=1), False
    else:
        start, is_day = (morning, True) if moment < evening else (evening, False)
    start = start.tz_convert("UTC")
    return Shift(start, start + timedelta(hours=12), is_day)
