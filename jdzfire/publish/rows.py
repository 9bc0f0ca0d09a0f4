"""Rows of a table as plain dicts, and the age of a time: shared by facts and layers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.publish.wording import missing

__all__ = ["minutes_before", "minutes_since", "minutes_until", "records"]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One dict a row, in order."""
    names = [str(name) for name in table.columns]
    columns = [table[name].tolist() for name in table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def minutes_since(then: Any, now: datetime) -> int | None:
    """Whole minutes from ``then`` to ``now``, not below 0; None when ``then`` is missing."""
    if missing(then):
        return None
    return max(0, round((now.timestamp() - pd.Timestamp(then).timestamp()) / 60))


def minutes_until(then: Any, now: datetime) -> int | None:
    """Whole minutes from ``now`` to ``then``, below 0 when it has passed; None when missing."""
    if missing(then):
        return None
    return round((pd.Timestamp(then).timestamp() - now.timestamp()) / 60)


def minutes_before(times: pd.Series, now: datetime) -> NDArray[np.int64]:
    """Whole minutes from each time to ``now``, below 0 when it is later."""
    minutes = (pd.Timestamp(now) - times).dt.total_seconds() / 60
    whole: NDArray[np.int64] = np.rint(minutes.to_numpy(dtype=np.float64)).astype(np.int64)
    return whole
