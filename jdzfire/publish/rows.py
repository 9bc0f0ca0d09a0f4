"""Rows of a table as plain dicts, and the age of a time: shared by facts and layers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from jdzfire.publish.wording import missing

__all__ = ["minutes_since", "minutes_until", "records"]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One dict a row, in order."""
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def minutes_since(then: Any, now: datetime) -> int | None:
    """Whole minutes from ``then`` to ``now``, not below 0; None when ``then`` is missing."""
    if missing(then):
        return None
    return max(0, round((pd.Timestamp(now) - pd.Timestamp(then)).total_seconds() / 60))


def minutes_until(then: Any, now: datetime) -> int | None:
    """Whole minutes from ``now`` to ``then``, below 0 when it has passed; None when missing."""
    if missing(then):
        return None
    return round((pd.Timestamp(then) - pd.Timestamp(now)).total_seconds() / 60)
