"""Single values as offices and services write them: numbers, dates, clock times, degrees.

Everything here turns text into a value or into null; what a null means (left out, or
unreadable) the caller sees from whether the text was blank. Lists are short of surprises:
each distinct text is read once, so 48,000 rows of one day cost one parse of its date.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from jdzfire.feeds.text import DECIMAL_COMMA

_BLANKS = frozenset(
    {"", "null", "none", "nan", "na", "n/a", "nat", "-", "--", "—", "/", "\\n", "无", "空", "<na>"}
)
WIDE = str.maketrans("０１２３４５６７８９．，：；－＋／（）～　", "0123456789.,:;-+/()~ ")
"""Full-width digits and marks as plain ones."""
_DIGITS = {mark: value for value, mark in enumerate("零一二三四五六七八九")} | {
    **{mark: value for value, mark in enumerate("〇壹贰叁肆伍陆柒捌玖")},
    "两": 2,
}
_POWERS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_NUMERAL_CHARS = 20
_NUMERAL = re.compile(f"[{''.join(_DIGITS)}{''.join(_POWERS)}万廿卅]+")


def is_blank(value: object) -> bool:
    """Whether a cell contains nothing: null, empty, or one of the usual words for it."""
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
    """Codes of the values, and the value of each code."""
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
