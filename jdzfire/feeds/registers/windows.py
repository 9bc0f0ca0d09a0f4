"""Windows of time as offices write them: ``3月5日8时至18时``, ``2024.3.6-3.8``, and others.

A moment may leave out what another has: the year, the day, the half of the day. What two
readings could explain is no window: nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from jdzfire.feeds.times import BEIJING, HALVES, LATE, clock_minutes, parse_date, parse_time
from jdzfire.feeds.values import WIDE, arabic_numerals, is_blank, parse_number

_CHARS_MAX = 120
"""A longer cell is a remark, and splitting it everywhere would take long."""
_DAY_MIN = 1440
_ENDS = re.compile(r"^(?:自|从|于)|(?:起|止|为止|之间|期间|内)$")
_NOT_READ = re.compile(
    r"[(（【\[]?(?:星期|周|礼拜)[一二三四五六日天][)）】\]]?|\(北京时间\)|北京时间"
)
_RANGE = re.compile(r"起?\s*(?:至|到|—+|–|－|~|-+|→)\s*")
_DATE = r"""
    (?:(?P<year>\d{4})\s*(?:年|[-/.])\s*)?
    (?P<month>\d{1,2})\s*(?:月|[-/.])\s*(?P<day>\d{1,2})\s*(?:日|号)?
  | (?P<packed>\d{8})
  | (?P<alone>\d{1,2})\s*(?:日|号)
  | (?P<same>当日|当天|同日|当晚)
  | (?P<next>次日|翌日|第二天)
"""
_CLOCK = rf"""
    (?P<half>{HALVES})?\s*
    (?P<hour>\d{{1,2}})\s*(?P<mark>[:时点])\s*
    (?:(?P<minute>\d{{1,2}}|半)\s*(?:[:分]\s*(?:(?P<second>\d{{1,2}})\s*秒?)?)?)?\s*(?:整|正)?\s*
    (?P<tail>AM|PM)?
"""
_MOMENT = re.compile(
    rf"^(?:{_DATE})?\s*[T,]?\s*(?:(?P<whole>全天|整天)|(?:{_CLOCK}))?$", re.VERBOSE | re.IGNORECASE
)


@dataclass(frozen=True)
class Moment:
    """Parts of a moment in a text; None where it has none."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    minute: int | None = None
    """Minutes since midnight, 1440 for 24:00."""
    half: str = ""
    """The half of the day as written, for a second moment that leaves it out."""
    days_on: int | None = None
    """Days after the day of the first moment: 0 for 当日, 1 for 次日."""
    second: int = 0

    @property
    def has_day(self) -> bool:
        """Whether it names a day, whole or in part."""
        return self.day is not None or self.days_on is not None


def as_moment(value: object) -> Moment | None:
    """The moment of a typed cell, or of a complete text: wall clock, Beijing.

    Examples
    --------
    >>> as_moment(datetime(2024, 3, 5, 8)).minute, as_moment("2024-03-05").minute
    (480, None)
    """
    if isinstance(value, datetime):
        wall = value if value.tzinfo is None else value.astimezone(BEIJING)
        minute = wall.hour * 60 + wall.minute
        return Moment(wall.year, wall.month, wall.day, minute, second=wall.second)
    if isinstance(value, date):
        return Moment(value.year, value.month, value.day)
    number = None if is_blank(value) else parse_number(value)
    if number is not None and parse_time(value) is None:
        return None  # 3.1 may be the first or the tenth of March
    return read_moment(value)


def read_moment(text: object) -> Moment | None:
    """The moment a text writes; None when it writes none, or an impossible one.

    Examples
    --------
    >>> read_moment("3月5日下午2点半")
    Moment(year=None, month=3, day=5, minute=870, half='下午', days_on=None, second=0)
    >>> read_moment("24:00").minute, read_moment("2月30日"), read_moment("8")
    (1440, None, None)
    """
    if is_blank(text) or isinstance(text, bool) or len(str(text)) > _CHARS_MAX:
        return None
    day = None if ":" in str(text) else parse_date(text)
    if day is not None:
        return Moment(day.year, day.month, day.day)
    serial = parse_time(text) if re.fullmatch(r"\s*\d+\.\d+\s*", str(text)) else None
    if serial is not None:
        return as_moment(serial)
    plain = _plain(str(text))
    match = _MOMENT.match(plain)
    return None if match is None or not plain else _moment_of(match)


def _plain(text: str) -> str:
    plain = arabic_numerals(_NOT_READ.sub("", text.translate(WIDE))).strip()
    before = ""
    while before != plain:
        before, plain = plain, _ENDS.sub("", plain).strip()
    return plain


def _moment_of(match: re.Match[str]) -> Moment | None:
    year, month, day = _day_of(match)
    if not _is_day(year, month, day):
        return None
    days_on = 0 if match["same"] else 1 if match["next"] else None
    if match["hour"] is None:
        return Moment(year, month, day, days_on=days_on)
    evening = "晚" if match["same"] == "当晚" else ""
    half = (match["half"] or match["tail"] or evening).upper()
    clock = clock_minutes(int(match["hour"]), match["minute"], half)
    if clock is None:
        return None
    second = int(match["second"] or 0)
    return None if second > 59 else Moment(year, month, day, clock, half, days_on, second)


def _day_of(match: re.Match[str]) -> tuple[int | None, int | None, int | None]:
    if match["packed"]:
        text = match["packed"]
        return int(text[:4]), int(text[4:6]), int(text[6:])
    if match["alone"]:
        return None, None, int(match["alone"])
    year, month, day = (
        int(match[name]) if match[name] else None for name in ("year", "month", "day")
    )
    return year, month, day


def _is_day(year: int | None, month: int | None, day: int | None) -> bool:
    if day is None:
        return True
    try:
        date(2024 if year is None else year, 1 if month is None else month, day)
    except ValueError:
        return False
    return True


def read_window(text: object) -> tuple[Moment, Moment] | None:
    """Start and end of a window in one text; a day alone is both.

    Returns
    -------
    tuple of Moment, or None
        None when no split of the text gives two moments, or two splits give different ones.

    Examples
    --------
    >>> start, end = read_window("2024.3.6-3.8")
    >>> start.day, end.month, end.day
    (6, 3, 8)
    >>> read_window("2024年3月5日8时") is None
    True
    """
    if is_blank(text) or isinstance(text, bool) or len(str(text)) > _CHARS_MAX:
        return None
    whole = as_moment(text)
    if whole is not None:
        return (whole, whole) if whole.minute is None and whole.day is not None else None
    if not isinstance(text, str):
        return None
    plain = _plain(text)
    found = {
        pair
        for match in _RANGE.finditer(plain)
        if (pair := _halves(plain[: match.start()], plain[match.end() :])) is not None
    }
    return found.pop() if len(found) == 1 else None


def _halves(first: str, second: str) -> tuple[Moment, Moment] | None:
    end = read_moment(second)
    start = read_moment(first)
    if start is None and end is not None and end.minute is not None and not end.has_day:
        start = read_moment(first.rstrip() + "时")  # 3月5日8-18时
    if end is None and start is not None and start.minute is None and "月" in first:
        end = read_moment(second.strip() + "日") if re.fullmatch(r"\s*\d{1,2}", second) else None
    if start is None or end is None or not start.has_day or start.days_on is not None:
        return None
    return start, end


def settle(
    start: Moment | None, end: Moment | None, *, year: int | None
) -> tuple[datetime | date | None, datetime | date | None]:
    """Wall-clock start and end, what one leaves out taken from the other.

    Parameters
    ----------
    start, end : Moment or None
    year : int or None
        For windows that state none.

    Returns
    -------
    datetime, or date where there is no clock time; None where something is missing

    Examples
    --------
    >>> settle(*read_window("2024年12月30日至1月2日"), year=None)
    (datetime.date(2024, 12, 30), datetime.date(2025, 1, 2))
    >>> settle(*read_window("3月5日下午2时至5时"), year=2024)[1]
    datetime.datetime(2024, 3, 5, 17, 0)
    """
    if start is not None and start.year is None:
        start = replace(start, year=_year_before(start, end) or year)
    if start is not None and end is not None:
        end = _completed(start, end)
    if start is None and end is not None and end.year is None:
        end = replace(end, year=year)
    return _wall(start), _wall(end)


def _year_before(start: Moment, end: Moment | None) -> int | None:
    """The year of the end, or the one before when the end would come before its start."""
    if end is None or end.year is None or start.month is None or end.month is None:
        return None
    is_later = (start.month, start.day or 0) > (end.month, end.day or 0)
    return end.year - 1 if is_later else end.year


def _completed(start: Moment, end: Moment) -> Moment:
    if end.days_on is not None or not end.has_day:
        day = _day(start)
        if day is None:
            return end
        day += timedelta(days=end.days_on or 0)
        end = replace(end, year=day.year, month=day.month, day=day.day)
        return _with_half(start, end)
    if end.month is None:
        end = replace(end, month=start.month, year=start.year)
    if end.year is None and start.year is not None:
        is_next = (end.month, end.day or 0) < (start.month or 0, start.day or 0)
        end = replace(end, year=start.year + is_next)
    return _with_half(start, end)


def _with_half(start: Moment, end: Moment) -> Moment:
    """下午2时至5时: the second hour is of the same afternoon when it names no half itself."""
    same_day = (start.year, start.month, start.day) == (end.year, end.month, end.day)
    if not same_day or end.half or start.half not in LATE or end.minute is None:
        return end
    if start.minute is not None and end.minute <= start.minute and end.minute < _DAY_MIN / 2:
        return replace(end, minute=end.minute + _DAY_MIN // 2)
    return end


def _day(moment: Moment) -> date | None:
    if moment.year is None or moment.month is None or moment.day is None:
        return None
    try:
        return date(moment.year, moment.month, moment.day)
    except ValueError:
        return None


def _wall(moment: Moment | None) -> datetime | date | None:
    day = None if moment is None else _day(moment)
    if moment is None or day is None or moment.minute is None:
        return day
    return datetime.combine(day, time()) + timedelta(minutes=moment.minute, seconds=moment.second)
