"""A case as it was at an earlier version, and answers compared: so that nobody is overwritten."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from jdzfire.cases.steps import FINDINGS, UNCHANGING

_SAME_HA = 1e-4  # 1 m2: less than a sheet in mu with four digits shows
_SAME_S = 60.0  # sheets show minutes


def case_at(log: Iterable[Mapping[str, Any]], version: int) -> dict[str, Any] | None:
    """A case as it was at a version.

    Parameters
    ----------
    log : iterable of mapping
        Its lines of [CASE_LOG], the oldest first.
    version : int

    Returns
    -------
    dict or None
        A row of [CASES] as plain values; None when it never had this version. A line written
        before cases had versions counts one.
    """
    case: dict[str, Any] = {}
    reached = 0
    for line in log:
        if line["action"] in UNCHANGING:
            continue
        after = json.loads(line["after"])
        reached = int(after.get("version", reached + 1))
        if reached > version:
            break
        case |= {name: _plain(name, value) for name, value in after.items()}
        case["version"] = reached
    return case if case.get("version") == version else None


def answer_of(case: Mapping[str, Any]) -> dict[str, Any]:
    """Category and findings of a case, or of anything with the same names; missing is None."""
    return {name: _none(case.get(name)) for name in ("category", *FINDINGS)}


def is_same_answer(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two answers (:func:`answer_of`) say the same, but for what a sheet rounds."""
    return all(is_same(one[name], other[name]) for name in one)


def is_same(one: Any, other: Any) -> bool:
    """Whether two values of a case are the same, but for what a sheet rounds."""
    if one is None or other is None:
        return one is other
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs((one - other).total_seconds()) < _SAME_S
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return math.isclose(one, other, abs_tol=_SAME_HA)
    return bool(one == other)


def _plain(name: str, value: Any) -> Any:
    if name.endswith("_at") and isinstance(value, str):
        return datetime.fromisoformat(value)
    return _none(value)


def _none(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
