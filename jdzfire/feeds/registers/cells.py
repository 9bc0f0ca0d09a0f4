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

from jdzfire.feeds.reading import RowValidator
from jdzfire.feeds.text import excerpt
from jdzfire.feeds.times import BEIJING, day_order, parse_time, utc_series
from jdzfire.feeds.values import (
    WIDE,
    arabic_numerals,
    is_blank,
    numbers,
    parse_number,
    parse_numeral,
)
from jdzfire.feeds.workbooks import BadCell

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
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d{2,}")
_AREA_CHARS = 60
_ABOUT = re.compile(r"^(?:大约|约为|约|近|共计|共|计|≈|~)|(?:左右|上下|余|多|许|整)$")
_AREA = re.compile(r"([\d.,]+)(万)?(?:([^\d.,]+?)(?:([\d.]+)分|(半))?)?")
BEIJING_NAME = "Asia/Shanghai"
"""1 ha = 15 mu = 10,000 m2 [V]."""


def clean_text(value: object) -> str | None:
    """A cell as text: whole numbers without ``.0``, control characters out, blank is None.

    Examples
    --------
    >>> clean_text(13800000000.0), clean_text("13800000000.0"), clean_text("无")
    ('13800000000', '13800000000', None)
    """
    if is_blank(value):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = re.sub(r"[\x00-\x1f\x7f]+", " ", str(value)).strip()
    text = re.sub(r"^(\d{5,})\.0+$", r"\1", text)
    return text or None


def texts(validator: RowValidator, name: str) -> list[str | None]:
    """A column as texts; formulas without a value, and numbers cut to 1.38E+10, are forgone."""
    read = [clean_text(value) for value in validator.rows[name]]
    lost = [
        isinstance(cell, BadCell) or bool(text and _SCIENTIFIC.fullmatch(text))
        for cell, text in zip(validator.rows[name], read, strict=True)
    ]
    if any(lost):
        validator.forgo(lost, name)
    return [None if is_lost else text for text, is_lost in zip(read, lost, strict=True)]


def derived_ids(
    named: Sequence[str | None], prefix: str, *, parts: Sequence[Iterable[Any]]
) -> list[str]:
    """Ids as stated; a row without one is named by prefix and a hash of its parts."""
    contents = list(zip(*parts, strict=True)) if parts else [()] * len(named)
    return [
        known if known is not None else f"{prefix}-{_digest(content)}"
        for known, content in zip(named, contents, strict=True)
    ]


def _digest(content: Any) -> str:
    text = json.dumps([str(part) for part in content], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def reject_repeated(validator: RowValidator, ids: Sequence[str], values: Mapping[str, Any]) -> None:
    """Reject rows whose id an earlier usable row already has.

    A row that has the same content again is ``duplicate_id``; one that has other content under the
    same id is ``id_again``, and the notes ask about it: it may be a second lot, or a correction.
    """
    table = pd.DataFrame({name: _plain_column(value) for name, value in values.items()})
    table["_id"] = list(ids)
    kept = validator.kept
    repeated, other = np.zeros(len(kept), dtype=bool), np.zeros(len(kept), dtype=bool)
    usable = table[kept]
    repeated[np.flatnonzero(kept)] = usable["_id"].duplicated(keep="first").to_numpy()
    other[np.flatnonzero(kept)] = ~usable.astype(str).duplicated(keep="first").to_numpy()
    detail = np.array([f"an earlier row is already {name}" for name in ids], dtype=object)
    other &= repeated
    if other.any():
        named = sorted({str(name) for name in np.array(ids, dtype=object)[other]})
        validator.note(
            f"{int(other.sum())} rows have the id of another row and have other content: "
            f"{excerpt(', '.join(named))}; give each its own id, or leave out the one that is wrong"
        )
    validator.reject(other, "id_again", detail)
    validator.reject(repeated, "duplicate_id", detail)


def _plain_column(value: Any) -> Any:
    return value.to_numpy() if isinstance(value, pd.Series) else value


def words(
    validator: RowValidator,
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
        for value in texts(validator, name)
    ]
    faulty = np.array([value is None for value in result], dtype=bool)
    validator.reject(faulty, name, f"expected one of {', '.join(list(known)[:12])}")
    return result


def _word(value: str, known: Mapping[str, str], *, inside: bool) -> str | None:
    low = value.strip().lower()
    if low in known:
        return known[low]
    found = [way for way in known if inside and not way.isascii() and way in low]
    return known[max(found, key=len)] if found else None


def counts(validator: RowValidator, name: str) -> Any:
    """Whole numbers such as persons or vehicles; ``30人`` and ``三十`` are 30.

    Null where blank; a cell that cannot be read is forgone.
    """
    read = [None if is_blank(value) else _count(value) for value in validator.rows[name]]
    blank = [is_blank(value) for value in validator.rows[name]]
    validator.forgo([v is None and not no for v, no in zip(read, blank, strict=True)], name)
    return pd.array(read, dtype="Int64")


def _count(value: object) -> int | None:
    text = re.sub(r"(人|名|辆|台|户|口)$", "", _ABOUT.sub("", str(value).strip()))
    numeral = parse_numeral(text)
    number = parse_number(text) if numeral is None else float(numeral)
    whole = number is not None and number >= 0 and number == int(number)
    return int(number) if number is not None and whole and number < 1e9 else None


def measures(
    validator: RowValidator, name: str, *, low: float, high: float, blank: float
) -> NDArray[np.float64]:
    """Numbers within limits; blank cells get the value given, NaN for null.

    A cell that cannot be read, or is beyond the limits, is forgone.
    """
    values, is_empty = numbers(validator.rows[name])
    wrong = ~is_empty & ~((values >= low) & (values <= high))
    validator.forgo(wrong, name)
    return np.where(is_empty | wrong, blank, values)


def areas_ha(validator: RowValidator, name: str, *, header: str) -> NDArray[np.float64]:
    """Areas in hectares: unit of the cell, else of the header, else mu.

    Without any unit it is mu: what offices write [K], and the smaller reading, which explains
    less. An area bounds what its permit explains, so a row whose area cannot be read is rejected
    (``area``).
    """
    default = _hectares(header) or _HECTARES["mu"]
    _note_no_unit(validator, name, header, "mu")
    result = np.full(len(validator.rows), np.nan)
    for i, value in enumerate(validator.rows[name]):
        if not is_blank(value):
            area = parse_area_ha(value, default=default)
            result[i] = 0.0 if area is None else area
    faulty = ~np.isnan(result) & ~((result > 0) & (result < 1e6))
    validator.reject(faulty, "area", "expected an area above 0 with unit mu, ha or m2")
    return result


def _note_no_unit(validator: RowValidator, name: str, header: str, unit: str) -> None:
    bare = [parse_number(value) is not None for value in validator.rows[name]]
    if _hectares(header) is None and any(bare):
        validator.note(f"{sum(bare)} areas state no unit, nor does their column: taken as {unit}")


def stated_areas_ha(validator: RowValidator, name: str, *, header: str) -> NDArray[np.float64]:
    """Areas in hectares that nothing hangs on; a cell that cannot be read is forgone."""
    default = _hectares(header) or 1.0
    _note_no_unit(validator, name, header, "hectares")
    read = [
        None if is_blank(v) else parse_area_ha(v, default=default) for v in validator.rows[name]
    ]
    blank = validator.rows[name].map(is_blank)
    usable = [area is not None and 0 < area < 1e7 for area in read]
    validator.forgo([not ok and not no for ok, no in zip(usable, blank, strict=True)], name)
    pairs = zip(read, usable, strict=True)
    return np.array([area if ok else np.nan for area, ok in pairs], dtype=np.float64)


def parse_area_ha(value: object, *, default: float = 1 / 15) -> float | None:
    """Hectares of an area as written; None when it is none, or could be several.

    Parameters
    ----------
    value : object
    default : float
        Hectares of the unit when the cell names none.

    Examples
    --------
    >>> [parse_area_ha(text) for text in ("约20亩", "1.5公顷", "３０亩", "一百五十亩", "两亩半")]
    [1.3333333333333333, 1.5, 2.0, 10.0, 0.16666666666666666]
    >>> parse_area_ha("15亩（1公顷）"), parse_area_ha("20-30亩"), parse_area_ha("15亩（2公顷）")
    (1.0, None, None)
    """
    if len(str(value)) > _AREA_CHARS:
        return None
    text = arabic_numerals(str(value).translate(WIDE)).replace(" ", "")
    parts = [part for part in re.split(r"[(（)）]|合", text) if part]
    parts_ha = [_one_area_ha(part, default) for part in parts]
    areas = [area for area in parts_ha if area is not None]
    if len(areas) != len(parts_ha) or not areas or max(areas) > 1.05 * min(areas):
        return None
    return areas[0]


def _one_area_ha(text: str, default: float) -> float | None:
    before = ""
    while before != text:
        before, text = text, _ABOUT.sub("", text)
    if re.fullmatch(r"半\D+", text):
        text = f"0.5{text[1:]}"
    match = _AREA.fullmatch(text)
    number = None if match is None else parse_number(match[1])
    if match is None or number is None:
        return None
    factor = _hectares(match[3]) if match[3] else default
    if factor is None or (match[3] and (match[4] or match[5]) and "亩" not in match[3]):
        return None
    number = number * (10_000 if match[2] else 1) + (float(match[4]) / 10 if match[4] else 0.0)
    return (number + (0.5 if match[5] else 0.0)) * factor


def _hectares(text: str) -> float | None:
    low = re.sub(r"[\s_]+", " ", text.lower())
    for unit in sorted(_HECTARES, key=len, reverse=True):
        if unit in low if not unit.isascii() else re.search(rf"(?<![a-z]){unit}(?![a-z0-9])", low):
            return _HECTARES[unit]
    return None


def times(
    validator: RowValidator, name: str, *, reason: str, whole_day: bool = False
) -> pd.Series[Any]:
    """UTC times of Beijing times; null where blank.

    ``whole_day`` reads a date without a clock time as the end of that day.
    """
    column = validator.rows[name]
    order = day_order(column)
    read: list[datetime | None] = []
    for value in column:
        moment = parse_time(value, order=order)
        if moment is not None and whole_day and _is_day_alone(value):
            moment += timedelta(days=1)
        if moment is not None and validator.source.time_zone != BEIJING_NAME:
            moment = _in_zone(moment, value, validator.source.time_zone)
        read.append(moment if moment is not None and 1990 <= moment.year <= 2200 else None)
    faulty = [m is None and not is_blank(v) for m, v in zip(read, column, strict=True)]
    validator.reject(np.array(faulty, dtype=bool), reason, "expected a time, as 2024-03-05 08:00")
    return utc_series(read, column.index)


def _in_zone(moment: datetime, value: object, time_zone: str) -> datetime | None:
    """A moment read as Beijing time, in the zone declared, unless the cell has its own."""
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
