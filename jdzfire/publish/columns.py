"""Rows of one kind as columns: keys once, values that come again once.

What belongs here: making a table small for the page and reading it back. A row of an event is
about a third of its plain JSON this way.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

__all__ = ["pack_rows", "unpack_rows"]

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
LEAST_REPEATS = 2.0
"""A column is pooled when each value comes at least this often on average [C: below it the
numbers of the places cost more than the values they save]."""


def pack_rows(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Columns of rows that all have the same keys.

    Returns
    -------
    dict
        ``n``, the count, and ``columns``: a list of values, or ``{"all": value}`` when there
        is but one, or ``{"pool": values, "at": place of each row's value in it}``.

    Examples
    --------
    >>> pack_rows([{"a": 1, "b": "x"}, {"a": 2, "b": "x"}])
    {'n': 2, 'columns': {'a': [1, 2], 'b': {'all': 'x'}}}
    """
    keys = rows[0].keys() if rows else ()
    return {"n": len(rows), "columns": {k: _column([row[k] for row in rows]) for k in keys}}


def _column(values: list[Any]) -> Any:
    if all(type(v) is int or type(v) is float for v in values):
        is_one = len(set(values)) == 1 and len(set(map(type, values))) == 1
        return {"all": values[0]} if is_one else values
    places: dict[Any, int] = {}
    pool: list[Any] = []
    at: list[int] = []
    for value in values:
        name = (value,) if isinstance(value, str) or value is None else _ENCODER.encode(value)
        place = places.setdefault(name, len(pool))
        if place == len(pool):
            pool.append(value)
        at.append(place)
    if len(pool) == 1:
        return {"all": pool[0]}
    return {"pool": pool, "at": at} if len(values) >= LEAST_REPEATS * len(pool) else values


def unpack_rows(table: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows again; what the page's script does, for tests and other readers."""
    rows: list[dict[str, Any]] = [{} for _ in range(table["n"])]
    for key, column in table["columns"].items():
        if isinstance(column, list):
            values = column
        elif "all" in column:
            values = [column["all"]] * table["n"]
        else:
            values = [column["pool"][place] for place in column["at"]]
        for row, value in zip(rows, values, strict=True):
            row[key] = value
    return rows
