"""Dates, clock times and moments as offices write them, read from cells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd

from jdzfire.feeds.values import WIDE, is_blank, parse_number

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has kept one time without summer time since 1991 [K]."""


_EXCEL_EPOCH = date(1899, 12, 30)


_SERIALS = range(32_874, 73_051)
"""Excel day numbers of 1990-01-01 to 2100-01-01 [C]."""


_YMD = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")


_YMD_PACKED = re.compile(r"^(\d{4})(\d{2})(\d{2})$")


_DMY = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")


_DATE_HEAD = re.compile(
    r"^(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{8})(?:[T\s]+|(?=\d)|$)"
)


HALVES = "凌晨|早上|早晨|清晨|早|上午|中午|午后|下午|傍晚|晚上|晚|夜间|AM|PM"
"""Words for a part of the day before a clock time."""


_CLOCK = re.compile(
    rf"^({HALVES})?\s*(\d{{1,2}})(?:[:时点](\d{{1,2}}|半)?)?"
    r"(?:[:分](\d{1,2})(?:\.\d+)?秒?)?[时点分整]?\s*(AM|PM)?$",
    re.I,
)


LATE = ("下午", "午后", "傍晚", "晚上", "晚", "夜间", "PM")
"""Words for the second half of the day."""


_NIGHT = ("晚上", "晚", "夜间")


_MORNING = ("凌晨", "早", "早上", "早晨", "清晨", "上午")


_ZONE = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


_SPAN_DAYS = 10
"""A file of a few days spans no more; read the wrong way round it spans a month or more [C]."""


def day_order(values: Iterable[Any], *, by_span: bool = False) -> str | None:
    """How a column writes day and month before the year: ``dmy``, ``mdy`` or None (undecided).

    27/02/2022 can only be day first; 02/03/2022 alone decides nothing, and nothing is guessed. With
    ``by_span``, for files of a few days: 6/3/2022 and 6/4/2022 are two days in a row, or two
    months; the reading in a row holds.
    """
    values = list(values)
    firsts, seconds = set(), set()
    for value in values:
        match = _DMY.match(str(value).strip().split(" ")[0]) if isinstance(value, str) else None
        if match:
            firsts.add(int(match.group(1)) > 12)
            seconds.add(int(match.group(2)) > 12)
    day_first, month_first = True in firsts, True in seconds
    if day_first != month_first:
        return "dmy" if day_first else "mdy"
    return _order_by_span(values) if by_span and not day_first else None


def _order_by_span(values: list[Any]) -> str | None:
    days = {}
    for order in ("dmy", "mdy"):
        read = {
            parse_date(str(value).split(" ")[0], order=order) for value in set(map(str, values))
        }
        days[order] = sorted(day for day in read if day is not None)
    if len(days["dmy"]) != len(days["mdy"]) or len(days["dmy"]) < 2:
        return None
    spans = {order: (found[-1] - found[0]).days for order, found in days.items()}
    short = min(spans, key=lambda order: spans[order])
    is_sure = spans[short] <= _SPAN_DAYS and max(spans.values()) > 2 * _SPAN_DAYS
    return short if is_sure else None


def parse_date(value: object, *, order: str | None = None) -> date | None:
    """A date of any of the ways ISO, Excel and Chinese offices write it; None when unreadable.

    Parameters
    ----------
    value : object
        ISO or slashed text, ``2024年3月5日``, an Excel day number, a datetime or date.
    order : {"dmy", "mdy"}, optional
        For dates that end with the year, from :func:`day_order`; without it they are
        unreadable unless both readings are the same day.

    Examples
    --------
    >>> parse_date("2022/2/27"), parse_date("44619"), parse_date("02/03/2022")
    (datetime.date(2022, 2, 27), datetime.date(2022, 2, 27), None)
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if is_blank(value) or isinstance(value, bool):
        return None
    text = str(value).translate(WIDE).strip()
    text = re.sub(r"[T\s]0?0:00(:00(\.0+)?)?$", "", text)
    number = parse_number(text)
    if number is not None and number == int(number) and int(number) in _SERIALS:
        return _EXCEL_EPOCH + timedelta(days=int(number))
    match = _YMD.match(text) or _YMD_PACKED.match(text)
    if match:
        return _date(int(match.group(1)), int(match.group(2)), int(match.group(3)))
    match = _DMY.match(text)
    if not match:
        return None
    first, second, year = (int(part) for part in match.groups())
    if first == second:
        return _date(year, first, second)
    if order is None:
        return None
    day, month = (first, second) if order == "dmy" else (second, first)
    return _date(year, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def parse_clock(value: object) -> int | None:
    """Minutes since midnight of an HHMM clock time; None when unreadable.

    Leading zeros may be lost and a decimal point added on the way through a spreadsheet:
    ``0242``, ``242``, ``"5"`` (00:05), ``00:05``, ``503``, ``503.0``, ``05:03:00``.

    Examples
    --------
    >>> [parse_clock(text) for text in ("0242", "5", "00:05", "503.0", "2460", "")]
    [162, 5, 5, 303, None, None]
    """
    if is_blank(value) or isinstance(value, bool):
        return None
    text = str(value).translate(WIDE).strip()
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?", text)
    if match:
        hours, minutes = int(match.group(1)), int(match.group(2))
    else:
        match = re.fullmatch(r"(\d{1,4})(?:\.0*)?", text)
        if not match:
            return None
        hours, minutes = divmod(int(match.group(1)), 100)
    return hours * 60 + minutes if hours < 24 and minutes < 60 else None


def parse_time(value: object, *, order: str | None = None) -> datetime | None:
    """An aware UTC time of a Beijing wall-clock text or Excel time; None when unreadable.

    A text with its own offset (``Z``, ``+08:00``) keeps it. A date alone is its first minute.

    Examples
    --------
    >>> parse_time("2024年3月5日8时").isoformat()
    '2024-03-05T00:00:00+00:00'
    >>> parse_time("2024-03-05 08:30").isoformat()
    '2024-03-05T00:30:00+00:00'
    """
    if is_blank(value) or isinstance(value, bool):
        return None
    if isinstance(value, datetime):
        return _utc(value)
    if isinstance(value, date):
        return _utc(datetime(value.year, value.month, value.day, tzinfo=BEIJING))
    text = str(value).translate(WIDE).strip()
    number = parse_number(text)
    if number is not None and int(number) in _SERIALS:
        moment = datetime.combine(_EXCEL_EPOCH, datetime.min.time(), tzinfo=BEIJING)
        return _utc(moment + timedelta(minutes=round(number * 1440)))
    zone = _ZONE.search(text) if ":" in text else None
    if zone:
        return _iso(text)
    head = _DATE_HEAD.match(text)
    day = parse_date(head.group(1), order=order) if head else None
    if head is None or day is None:
        return None
    rest = text[head.end() :].strip()
    minutes = 0.0 if not rest else _wall_minutes(rest)
    if minutes is None:
        return None
    start = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    return _utc(start + timedelta(minutes=minutes))


def utc_series(moments: Iterable[datetime | None], index: pd.Index) -> pd.Series[Any]:
    """Aware moments as one column of jdzfire's time dtype; None is null."""
    naive = [None if m is None else m.astimezone(UTC).replace(tzinfo=None) for m in moments]
    values = np.array(naive, dtype="datetime64[us]")
    return pd.Series(pd.DatetimeIndex(values).tz_localize("UTC"), index=index)


def _wall_minutes(text: str) -> float | None:
    match = _CLOCK.match(text)
    if not match:
        return None
    half = match.group(1) or match.group(5) or ""
    second = int(match.group(4) or 0)
    minutes = clock_minutes(int(match.group(2)), match.group(3), half)
    return None if minutes is None or second > 59 else minutes + second / 60


def clock_minutes(hour: int, minute: str | None, half: str) -> int | None:
    """Minutes since midnight of an hour with its part of the day; 1440 for 24:00.

    Examples
    --------
    >>> [clock_minutes(*one) for one in ((5, "半", "下午"), (12, "", "晚上"), (13, "", "上午"))]
    [1050, 1440, None]
    """
    half, minutes = half.upper(), 30 if minute == "半" else int(minute or 0)
    if half in LATE and hour < 12:
        hour += 12
    elif half in _NIGHT and hour == 12:
        hour = 24
    elif half == "中午" and hour < 3:
        hour += 12
    elif half in ("凌晨", "AM") and hour == 12:
        hour = 0
    elif half in _MORNING and hour > 12:
        return None
    if hour == 24 and minutes == 0:
        return 1440
    return hour * 60 + minutes if hour < 24 and minutes < 60 else None


def _iso(text: str) -> datetime | None:
    try:
        return _utc(datetime.fromisoformat(text.replace("/", "-")))
    except ValueError:
        return None


def _utc(moment: datetime) -> datetime | None:
    try:
        aware = moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
        return aware.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
