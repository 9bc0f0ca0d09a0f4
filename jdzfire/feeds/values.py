"""Single values as offices and services write them: numbers, dates, clock times, degrees.

Everything here turns text into a value or into null; what a null means (left out, or
unreadable) the caller tells by whether the text was blank. Lists are short of surprises:
each distinct text is read once, so 48,000 rows of one day cost one parse of its date.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jdzfire.feeds.text import DECIMAL_COMMA

__all__ = [
    "BEIJING",
    "HALVES",
    "LATE",
    "WIDE",
    "arabic_numerals",
    "clock_minutes",
    "day_order",
    "is_blank",
    "map_array",
    "map_distinct",
    "numbers",
    "parse_clock",
    "parse_date",
    "parse_degrees",
    "parse_number",
    "parse_numeral",
    "parse_time",
    "utc_series",
]

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has kept one time without summer time since 1991 [K]."""

_BLANKS = frozenset(
    {"", "null", "none", "nan", "na", "n/a", "nat", "-", "--", "—", "/", "\\n", "无", "空", "<na>"}
)
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(32_874, 73_051)
"""Excel day numbers of 1990-01-01 to 2100-01-01 [C]."""
WIDE = str.maketrans("０１２３４５６７８９．，：；－＋／（）～　", "0123456789.,:;-+/()~ ")
"""Full-width digits and marks as plain ones."""
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
_DIGITS = {mark: value for value, mark in enumerate("零一二三四五六七八九")} | {
    **{mark: value for value, mark in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2,
}
_POWERS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_NUMERAL_CHARS = 20
_NUMERAL = re.compile(f"[{''.join(_DIGITS)}{''.join(_POWERS)}万廿卅]+")
LATE = ("下午", "午后", "傍晚", "晚上", "晚", "夜间", "PM")
"""Words for the second half of the day."""
_NIGHT = ("晚上", "晚", "夜间")
_MORNING = ("凌晨", "早", "早上", "早晨", "清晨", "上午")
_ZONE = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")


def is_blank(value: object) -> bool:
    """Whether a cell says nothing: null, empty, or one of the usual words for it."""
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    if isinstance(value, float) and math.isnan(value):
        return True
    return isinstance(value, str) and value.strip().lower() in _BLANKS


def map_distinct(values: Iterable[Any], parse: Callable[[Any], Any]) -> list[Any]:
    """``parse`` of each text, called once per distinct text."""
    return list(map_array(values, parse))


def map_array(
    values: Iterable[Any], parse: Callable[[Any], Any], dtype: Any = object
) -> NDArray[Any]:
    """``parse`` of each text as an array of one dtype, called once per distinct text."""
    codes, distinct = _distinct(values)
    parsed = [parse(value) for value in distinct]
    found = _objects(parsed) if dtype is object else np.array(parsed, dtype=dtype)
    return found[codes]


def numbers(values: Iterable[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Numbers of texts, and which of them are blank.

    Returns
    -------
    array, n; mask, n
        NaN where blank and where unreadable; infinities count as unreadable.
    """
    plain = _plain_numbers(values)
    if plain is not None:
        return plain
    texts = _objects(values)
    try:
        result = texts.astype(np.float64)
    except (TypeError, ValueError):
        result = map_array(texts, _number_or_nan, np.float64)
    result[~np.isfinite(result)] = math.nan
    if "_" in "".join(map(str, texts)):
        result[["_" in str(text) for text in texts]] = math.nan  # float() reads 2_9 as 29
    blank = np.isnan(result)
    blank[blank] = map_array(texts[blank], is_blank, np.bool_)
    return result, blank


def _plain_numbers(
    values: Iterable[Any],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """The same of a text column in which every text is a plain number or empty; else None."""
    if not isinstance(values, pd.Series) or not isinstance(values.dtype, pd.StringDtype):
        return None
    texts = pa.array(values.array)
    try:
        found = pc.cast(pc.if_else(pc.equal(texts, ""), None, texts), pa.float64())
    except pa.ArrowInvalid:
        return None
    result = found.to_numpy(zero_copy_only=False)
    finite = np.isfinite(result)
    if finite.all():
        return result.copy(), ~finite
    if not bool(pc.all(pc.is_finite(found)).as_py()):
        return None  # nan and inf are words; is_blank knows which of them are blank
    return result, np.isnan(result)


def _number_or_nan(value: object) -> float:
    number = parse_number(value)
    return math.nan if number is None else number


def _distinct(values: Iterable[Any]) -> tuple[NDArray[np.int64], Iterable[Any]]:
    """Codes of the values, and what each code stands for."""
    if isinstance(values, pd.Series) and isinstance(values.dtype, pd.StringDtype):
        codes, distinct = values.factorize(use_na_sentinel=False)
        return np.asarray(codes, dtype=np.int64), distinct
    codes, distinct = pd.factorize(_objects(values), use_na_sentinel=False)
    return np.asarray(codes, dtype=np.int64), distinct


def _objects(values: Iterable[Any]) -> NDArray[np.object_]:
    if isinstance(values, pd.Series) and values.dtype == object:
        plain: NDArray[np.object_] = values.to_numpy(dtype=object, copy=True)
        return plain
    listed = list(values)
    result = np.empty(len(listed), dtype=object)
    result[:] = listed
    return result


def parse_number(value: object) -> float | None:
    """A number, with wide digits, thousands commas and a decimal comma; None when it is none.

    A comma before three digits parts thousands; before any other number of digits, or after
    a lone zero, it is the decimal mark.

    Examples
    --------
    >>> parse_number("１,200.5"), parse_number("29,40112"), parse_number("0,375")
    (1200.5, 29.40112, 0.375)
    >>> parse_number("12亩"), parse_number(True), parse_number("1,2,3")
    (None, None, None)
    """
    if isinstance(value, bool) or is_blank(value):
        return None
    if isinstance(value, int | float | np.integer | np.floating):
        return float(value) if math.isfinite(float(value)) else None
    text = str(value).translate(WIDE).strip()
    if DECIMAL_COMMA.fullmatch(text):
        text = text.replace(",", ".")
    elif re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def parse_numeral(text: str) -> int | None:
    """A whole number in Chinese numerals, by places or digit by digit; None when it is none.

    Examples
    --------
    >>> [parse_numeral(text) for text in ("二十", "一百零五", "三万二千", "二〇二四", "十", "十十")]
    [20, 105, 32000, 2024, 10, None]
    """
    plain = text.strip().replace("廿", "二十").replace("卅", "三十")
    if len(plain) > _NUMERAL_CHARS or not _NUMERAL.fullmatch(plain) or plain.count("万") > 1:
        return None
    if not any(mark in _POWERS or mark == "万" for mark in plain):
        return int("".join(str(_DIGITS[mark]) for mark in plain))
    high, _, low = plain.rpartition("万")
    above = parse_numeral(high) if high else 0
    below = _by_places(low) if low else 0
    if above is None or below is None or ("万" in plain and not high):
        return None
    return above * 10_000 + below


def _by_places(text: str) -> int | None:
    total, digit, last = 0, None, 10_000
    for mark in text:
        power = _POWERS.get(mark)
        if power is None:
            if digit not in (None, 0):
                return None
            digit = _DIGITS[mark]
            continue
        if power >= last or digit == 0 or (digit is None and total):
            return None
        total, digit, last = total + (1 if digit is None else digit) * power, None, power
    return total + (digit or 0)


def arabic_numerals(text: str) -> str:
    """The text with its Chinese numerals as digits; what is no number stays.

    Examples
    --------
    >>> arabic_numerals("三月十五日八时"), arabic_numerals("二〇二四年"), arabic_numerals("3月5日")
    ('3月15日8时', '2024年', '3月5日')
    """

    def digits(match: re.Match[str]) -> str:
        number = parse_numeral(match[0])
        return match[0] if number is None else str(number)

    return _NUMERAL.sub(digits, text)


_SPAN_DAYS = 10
"""A file of a few days spans no more; read the wrong way round it spans a month or more [C]."""


def day_order(values: Iterable[Any], *, by_span: bool = False) -> str | None:
    """How a column writes day and month before the year: ``dmy``, ``mdy`` or None (cannot tell).

    27/02/2022 can only be day first; 02/03/2022 alone tells nothing, and nothing is guessed. With
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
    """Aware moments as one column of the house's time dtype; None is null."""
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
    """Minutes since midnight of an hour with the part of the day it was said of; 1440 for 24:00.

    Examples
    --------
    >>> [clock_minutes(*told) for told in ((5, "半", "下午"), (12, "", "晚上"), (13, "", "上午"))]
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


_DEGREES = re.compile(
    r"""^\s*(?P<head>[NSEW东西南北]?(?:经|纬)?)\s*
    (?P<sign>[+-]?)(?P<deg>\d+(?:\.\d+)?)\s*(?:[°º度d]|(?=\s|$|[NSEW东西南北]))\s*
    (?:(?P<min>\d+(?:\.\d+)?)\s*['′’‘分m]\s*)?
    (?:(?P<sec>\d+(?:\.\d+)?)\s*(?:["″”“秒s]|''|′′|’’)\s*)?
    (?P<tail>[NSEW东西南北]?)\s*$""",
    re.VERBOSE | re.IGNORECASE,
)


def parse_degrees(value: object) -> tuple[float, str] | None:
    """Degrees of a number or text, and the axis its letter names (``lon``, ``lat`` or ``""``).

    Examples
    --------
    >>> parse_degrees("117°12′30″E")
    (117.20833333333334, 'lon')
    >>> parse_degrees("29.2847"), parse_degrees("北纬29度17分"), parse_degrees("银坑村")
    ((29.2847, ''), (29.283333333333335, 'lat'), None)
    """
    number = parse_number(value)
    if number is not None:
        return number, ""
    if is_blank(value) or isinstance(value, bool):
        return None
    match = _DEGREES.match(str(value).translate(WIDE))
    if match is None:
        return None
    minutes, seconds = float(match["min"] or 0), float(match["sec"] or 0)
    if minutes >= 60 or seconds >= 60:
        return None
    letters = (match["head"] + match["tail"]).upper()
    degrees = float(match["deg"]) + minutes / 60 + seconds / 3600
    is_negative = match["sign"] == "-" or any(mark in letters for mark in "SW南西")
    axis = "lat" if any(mark in letters for mark in "NS南北纬") else ""
    axis = "lon" if any(mark in letters for mark in "EW东西经") else axis
    return (-degrees if is_negative else degrees), axis
