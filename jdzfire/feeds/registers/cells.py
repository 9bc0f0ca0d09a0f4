"""Columns of register rows as clean values: texts, counts, areas, times, words of a list."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.feeds.reading import Sieve
from jdzfire.feeds.values import (
    BEIJING,
    day_order,
    is_blank,
    numbers,
    parse_number,
    parse_time,
    utc_series,
)

__all__ = [
    "areas_ha",
    "clean_text",
    "counts",
    "derived_ids",
    "measures",
    "reject_repeated",
    "texts",
    "times",
    "words",
]

_HECTARES = {
    "亩": 1 / 15,
    "mu": 1 / 15,
    "公顷": 1.0,
    "ha": 1.0,
    "hm2": 1.0,
    "hm²": 1.0,
    "平方米": 1e-4,
    "㎡": 1e-4,
    "m2": 1e-4,
    "m²": 1e-4,
    "平方公里": 100.0,
    "km2": 100.0,
    "km²": 100.0,
    "acres": 0.40468564224,
    "acre": 0.40468564224,
    "英亩": 0.40468564224,
}
BEIJING_NAME = "Asia/Shanghai"
"""1 ha = 15 mu = 10,000 m2 [V]."""


def clean_text(value: object) -> str | None:
    """A cell as text: whole numbers without ``.0``, control characters out, blank is None.

    Examples
    --------
    >>> clean_text(13800000000.0), clean_text(" 竟成镇 "), clean_text("无")
    ('13800000000', '竟成镇', None)
    """
    if is_blank(value):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = re.sub(r"[\x00-\x1f\x7f]+", " ", str(value)).strip()
    return text or None


def texts(sieve: Sieve, name: str) -> list[str | None]:
    """A column as texts."""
    return [clean_text(value) for value in sieve.rows[name]]


def derived_ids(
    sieve: Sieve, name: str, *, prefix: str, parts: Sequence[Iterable[Any]]
) -> list[str]:
    """Ids of a column; a row without one is named by prefix and a hash of its parts."""
    named = texts(sieve, name)
    contents = list(zip(*parts, strict=True)) if parts else [()] * len(named)
    return [
        known if known is not None else f"{prefix}-{_digest(content)}"
        for known, content in zip(named, contents, strict=True)
    ]


def _digest(content: Any) -> str:
    text = json.dumps([str(part) for part in content], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def reject_repeated(sieve: Sieve, ids: Sequence[str]) -> None:
    """Set aside rows whose id an earlier usable row already has."""
    names = pd.Series(list(ids), dtype=object)
    kept = sieve.kept
    repeated = np.zeros(len(kept), dtype=bool)
    repeated[np.flatnonzero(kept)] = names[kept].duplicated(keep="first").to_numpy()
    detail = np.array([f"an earlier row is already {name}" for name in names], dtype=object)
    sieve.reject(repeated, "duplicate_id", detail)


def words(
    sieve: Sieve,
    name: str,
    known: Mapping[str, str],
    *,
    blank: str | None,
    inside: bool = False,
) -> list[str | None]:
    """Words of a closed list, by the whole cell; with ``inside`` also the longest word in it.

    A blank cell is ``blank``, or a fault when that is None; an unknown word is a fault. States
    are never read with ``inside``: 待批准 holds 批准 and means the opposite.
    """
    result = [
        blank if value is None else _word(value, known, inside=inside)
        for value in texts(sieve, name)
    ]
    faulty = np.array([value is None for value in result], dtype=bool)
    sieve.reject(faulty, name, f"expected one of {', '.join(list(known)[:12])}")
    return result


def _word(value: str, known: Mapping[str, str], *, inside: bool) -> str | None:
    low = value.strip().lower()
    if low in known:
        return known[low]
    found = [way for way in known if inside and not way.isascii() and way in low]
    return known[max(found, key=len)] if found else None


def counts(sieve: Sieve, name: str, *, reason: str) -> Any:
    """Whole numbers such as people or vehicles; ``30人`` is 30, blank is null."""
    read = [None if is_blank(value) else _count(value) for value in sieve.rows[name]]
    blank = [is_blank(value) for value in sieve.rows[name]]
    faulty = [value is None and not no for value, no in zip(read, blank, strict=True)]
    sieve.reject(np.array(faulty, dtype=bool), reason, "expected a whole number from 0 on")
    return pd.array(read, dtype="Int64")


def _count(value: object) -> int | None:
    text = re.sub(r"(人|名|辆|台|户|口)$", "", str(value).strip())
    number = parse_number(text)
    whole = number is not None and number >= 0 and number == int(number)
    return int(number) if number is not None and whole and number < 1e9 else None


def measures(
    sieve: Sieve, name: str, *, low: float, high: float, blank: float
) -> NDArray[np.float64]:
    """Numbers within limits; blank cells get the value given, NaN for null."""
    values, is_empty = numbers(sieve.rows[name])
    wrong = ~is_empty & ~((values >= low) & (values <= high))
    sieve.reject(wrong, name, f"expected a number from {low:g} to {high:g}")
    return np.where(is_empty, blank, values)


def areas_ha(sieve: Sieve, name: str, *, header: str) -> NDArray[np.float64]:
    """Areas in hectares: unit of the cell, else of the header, else mu.

    Without any unit it is mu: what offices write [K], and the smaller reading, which explains
    less.
    """
    default = _hectares(header) or _HECTARES["mu"]
    result = np.full(len(sieve.rows), np.nan)
    faulty = np.zeros(len(result), dtype=bool)
    for i, value in enumerate(sieve.rows[name]):
        if is_blank(value):
            continue
        match = re.fullmatch(r"\s*([\d.,]+)\s*(\D\S*)?\s*", str(value))
        number = parse_number(match.group(1)) if match else None
        factor = (_hectares(match.group(2)) if match and match.group(2) else default) or 0.0
        result[i] = (number or 0.0) * factor
        faulty[i] = not 0 < result[i] < 1e6
    sieve.reject(faulty, "area", "expected an area above 0 with unit mu, ha or m2")
    return result


def _hectares(text: str) -> float | None:
    low = re.sub(r"[\s_]+", " ", text.lower())
    for unit in sorted(_HECTARES, key=len, reverse=True):
        if unit in low if not unit.isascii() else re.search(rf"(?<![a-z]){unit}(?![a-z0-9])", low):
            return _HECTARES[unit]
    return None


def times(sieve: Sieve, name: str, *, reason: str, whole_day: bool = False) -> pd.Series[Any]:
    """UTC times of Beijing times; null where blank.

    ``whole_day`` reads a date without a clock time as the end of that day.
    """
    column = sieve.rows[name]
    order = day_order(column)
    read: list[datetime | None] = []
    for value in column:
        moment = parse_time(value, order=order)
        if moment is not None and whole_day and _is_day_alone(value):
            moment += timedelta(days=1)
        if moment is not None and sieve.source.time_zone != BEIJING_NAME:
            moment = _in_zone(moment, value, sieve.source.time_zone)
        read.append(moment if moment is not None and 1990 <= moment.year <= 2200 else None)
    faulty = [m is None and not is_blank(v) for m, v in zip(read, column, strict=True)]
    sieve.reject(np.array(faulty, dtype=bool), reason, "expected a time, as 2024-03-05 08:00")
    return utc_series(read, column.index)


def _in_zone(moment: datetime, value: object, time_zone: str) -> datetime | None:
    """A moment read as Beijing time, in the zone declared, unless it told its own."""
    if re.search(r"(Z|[+-]\d{2}:?\d{2})$", str(value)) and ":" in str(value):
        return moment
    try:
        wall = moment.astimezone(BEIJING).replace(tzinfo=ZoneInfo(time_zone))
        return wall.astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _is_day_alone(value: object) -> bool:
    if isinstance(value, datetime):
        return False
    if isinstance(value, date):
        return True
    number = parse_number(value)
    if number is not None:
        return number == int(number)
    return not re.search(r"[:时点：]|\d{1,2}[T ]\d", str(value))
