"""Columns of the page's document: values that come again are written once.

What belongs here: making one column small, and reading columns back as rows. A column is a list
of values, or ``{"all": value}`` when there is but one, or ``{"pool": values, "at": places}``,
where -1 stands for null; ``places`` is an array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

__all__ = ["pool_column", "unpack_rows"]

LEAST_REPEATS = 2.0
"""A column is pooled when each value comes at least this often on average [C: below it the
numbers of the places cost more than the values they save]."""


def pool_column(values: Sequence[Any] | pd.Series) -> Any:
    """A column of texts or numbers, null where one is missing.

    Examples
    --------
    >>> pool_column(["x", "y", "x", None])
    {'pool': ['x', 'y'], 'at': array([ 0,  1,  0, -1])}
    >>> pool_column(["x", "x"]), pool_column(["x", "y", "z"])
    ({'all': 'x'}, ['x', 'y', 'z'])
    """
    column = pd.Series(values, dtype="object") if not isinstance(values, pd.Series) else values
    at, pool = pd.factorize(column)
    found = pool.tolist()
    has_null = bool((at < 0).any())
    if len(found) + has_null <= 1:
        return {"all": found[0] if found else None}
    if len(column) < LEAST_REPEATS * len(found):
        return [None if place < 0 else found[place] for place in at.tolist()]
    return {"pool": found, "at": at}


def unpack_rows(columns: Mapping[str, Any], count: int) -> list[dict[str, Any]]:
    """The rows again; what the page's script does, for tests and other readers."""
    rows: list[dict[str, Any]] = [{} for _ in range(count)]
    for key, column in columns.items():
        if not isinstance(column, Mapping):
            values = column
        elif "all" in column:
            values = [column["all"]] * count
        else:
            values = [None if place < 0 else column["pool"][place] for place in column["at"]]
        for row, value in zip(rows, values, strict=True):
            row[key] = value
    return rows
