"""Numbers, dates, clock times and degrees as people and spreadsheets write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdzfire.feeds.times import day_order, parse_clock, parse_date, parse_time, utc_series
from jdzfire.feeds.values import (
    is_blank,
    map_array,
    map_distinct,
    numbers,
    parse_degrees,
    parse_number,
)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("0242", 162),  # 2 * 60 + 42
        ("242", 162),
        ("5", 5),
        ("00:05", 5),
        ("0:05", 5),
        (503, 303),  # 5 * 60 + 3
        ("503.0", 303),
        ("05:03:00", 303),
        ("0000", 0),
        ("2359", 1439),
        ("2400", None),
        ("1260", None),
        ("24:00", None),
        ("12345", None),
        ("5:3", None),
        ("5.5", None),
        ("-5", None),
        ("", None),
        (None, None),
        (True, None),
    ],
)
def test_clock(text: object, minutes: int | None) -> None:
    assert parse_clock(text) == minutes


@given(st.integers(0, 23), st.integers(0, 59))
def test_clock_without_leading_zeros_is_the_same_minute(hour: int, minute: int) -> None:
    packed = f"{hour:02d}{minute:02d}"
    for text in (packed, str(int(packed)), f"{int(packed)}.0", f"{hour}:{minute:02d}"):
        assert parse_clock(text) == hour * 60 + minute


@pytest.mark.parametrize(
    "text",
    [
        "2022-02-27",
        "2022/2/27",
        "2022.02.27",
        "20220227",
        "2022年2月27日",
        "２０２２年２月２７日",
        "44619",  # 1899-12-30 + 44,619 days: 44,562 is 2022-01-01, and 57 days later
        44619,
        44619.0,
        "2022-02-27 00:00:00",
        datetime(2022, 2, 27, 5, tzinfo=UTC),
        date(2022, 2, 27),
    ],
)
def test_date(text: object) -> None:
    assert parse_date(text) == date(2022, 2, 27)


def test_date_with_the_year_last_needs_a_witness() -> None:
    assert parse_date("27/02/2022", order="dmy") == date(2022, 2, 27)
    assert parse_date("02/27/2022", order="mdy") == date(2022, 2, 27)
    assert parse_date("03/04/2022") is None
    assert parse_date("04/04/2022") == date(2022, 4, 4)
    assert day_order(["03/04/2022", "27/02/2022"]) == "dmy"
    assert day_order(["03/04/2022", "02/27/2022"]) == "mdy"
    assert day_order(["03/04/2022"]) is None
    assert day_order(["27/02/2022", "02/27/2022"]) is None
    assert day_order(["2022-02-27", None, 44619]) is None


@pytest.mark.parametrize(
    "text", ["2022-02-30", "2022-13-01", "27", "tomorrow", "", None, True, "99999"]
)
def test_no_date(text: object) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05 08:30",
        "2024/3/5 8:30",
        "2024-03-05T08:30:00",
        "2024年3月5日8时30分",
        "2024年3月5日 上午8:30",
        "2024-03-05 08:30:00+08:00",
        "2024-03-05T00:30:00Z",
        "2024-03-05T00:30Z",
        datetime(2024, 3, 5, 8, 30),  # noqa: DTZ001  (Excel has no zone)
        datetime(2024, 3, 5, 0, 30, tzinfo=UTC),
        45356.354166666664,  # 2024-03-05 is day 45,356; 8.5 / 24 = 0.3541666
    ],
)
def test_time_is_beijing_unless_it_says_otherwise(text: object) -> None:
    assert parse_time(text) == datetime(2024, 3, 5, 0, 30, tzinfo=UTC)  # 08:30 - 8 h


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024年3月5日8时", "2024-03-05T00:00"),
        ("2024年3月5日", "2024-03-04T16:00"),
        ("2024-03-05 下午2:00", "2024-03-05T06:00"),
        ("2024-03-05 12:00 PM", "2024-03-05T04:00"),
        ("2024-03-05 12:00 AM", "2024-03-04T16:00"),
        ("2024-03-05 24:00", "2024-03-05T16:00"),
        (date(2024, 3, 5), "2024-03-04T16:00"),
    ],
)
def test_other_times(text: object, expected: str) -> None:
    assert parse_time(text) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2024-03-05 25:00", "2024-03-05 08:61", "8:30", "上午", "", None, "待定"]
)
def test_no_time(text: object) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    ("text", "degrees", "axis"),
    [
        ("117°12′30″E", 117 + 12 / 60 + 30 / 3600, "lon"),
        ("117°12'30\"", 117 + 12 / 60 + 30 / 3600, ""),
        ("117º12’30”", 117 + 12 / 60 + 30 / 3600, ""),
        ("东经117度12分30秒", 117 + 12 / 60 + 30 / 3600, "lon"),
        ("N29°17′05.5″", 29 + 17 / 60 + 5.5 / 3600, "lat"),
        ("29°17.5′", 29 + 17.5 / 60, ""),
        ("117.2083E", 117.2083, "lon"),
        ("33°30′S", -33.5, "lat"),
        ("117.2083", 117.2083, ""),
        (117.2083, 117.2083, ""),
        ("１１７．５", 117.5, ""),
    ],
)
def test_degrees(text: object, degrees: float, axis: str) -> None:
    read = parse_degrees(text)
    assert read is not None
    assert read[0] == pytest.approx(degrees, abs=1e-12)
    assert read[1] == axis


@pytest.mark.parametrize(
    "text", ["银坑村", "117°61′", "117°12′75″", "117 12 30 5", "", None, True, "E"]
)
def test_no_degrees(text: object) -> None:
    assert parse_degrees(text) is None


@given(st.integers(73, 135), st.integers(0, 59), st.integers(0, 59))
def test_degrees_of_parts(degree: int, minute: int, second: int) -> None:
    read = parse_degrees(f"{degree}°{minute:02d}′{second:02d}″")
    assert read is not None
    assert read[0] * 3600 == pytest.approx(degree * 3600 + minute * 60 + second)


def test_numbers_keep_blank_and_unreadable_apart() -> None:
    values, blank = numbers(["1.5", "", None, "abc", "inf", "nan", " 2 ", "1_0", ".64"])
    assert values[[0, 6, 8]].tolist() == [1.5, 2.0, 0.64]
    assert np.isnan(values[[1, 2, 3, 4, 5, 7]]).all()
    assert blank.tolist() == [False, True, True, False, False, True, False, False, False]
    plain, none = numbers(["1", "2_9", "3"])
    assert plain.tolist()[::2] == [1.0, 3.0]
    assert np.isnan(plain[1])
    assert not none.any()
    assert numbers([])[0].shape == (0,)


number_texts = st.one_of(
    st.sampled_from(["", " ", "nan", "inf", "-inf", "nan(1)", "1e400", "-0", "+5", ".5", "5.",
                     "1_0", "0x1", "1,200", "２９", "null", "--", "1e5", "29.40112", " 7 ",
                     "infinity"]),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
    st.decimals(-180, 180, places=5).map(str),
    st.text(st.characters(codec="utf-8"), max_size=3),
)  # fmt: skip


@pytest.mark.slow
@given(st.lists(number_texts, max_size=6))
def test_numbers_of_a_text_column_are_those_of_its_texts(texts: list[str]) -> None:
    fast, fast_blank = numbers(pd.Series(texts, dtype="str"))
    slow, slow_blank = numbers(texts)
    np.testing.assert_array_equal(fast, slow)
    assert fast_blank.tolist() == slow_blank.tolist()


@given(st.lists(st.sampled_from(["a", "bb", "", None]), max_size=8))
def test_map_array_parses_each_distinct_value_once(texts: list[str | None]) -> None:
    met: list[object] = []

    def size(value: object) -> int:
        met.append(value)
        return -1 if is_blank(value) else len(str(value))

    plain = pd.Series(texts, dtype=object)
    expected = [-1 if not text else len(text) for text in texts]
    assert map_array(plain, size, np.int64).tolist() == expected
    assert len(met) == len(set(texts))
    assert map_array(plain.astype("str"), size, np.int64).tolist() == expected


def test_parse_number() -> None:
    assert parse_number("1,234.5") == 1234.5
    assert parse_number("1,2") == 1.2  # a decimal comma: thousands have three digits
    assert parse_number("1,2,3") is None
    assert parse_number(np.int64(3)) == 3.0
    assert parse_number(float("nan")) is None


def test_blank_words_and_null_kinds() -> None:
    assert all(
        is_blank(v) for v in [None, "", "  ", "NULL", "N/A", "无", float("nan"), pd.NaT, pd.NA]
    )
    assert not any(is_blank(v) for v in [0, "0", False, "x"])


def test_map_distinct_calls_once_for_each_text() -> None:
    calls: list[str] = []

    def spell(text: str) -> int:
        calls.append(text)
        return len(text)

    assert map_distinct(["aa", "b", "aa", "aa"], spell) == [2, 1, 2, 2]
    assert calls == ["aa", "b"]
    assert map_distinct([], spell) == []


def test_utc_series_of_nothing_has_the_house_dtype() -> None:
    assert str(utc_series([], pd.RangeIndex(0)).dtype) == "datetime64[us, UTC]"
    column = utc_series([None, datetime(2024, 1, 1, tzinfo=UTC)], pd.Index([4, 9]))
    assert column.isna().tolist() == [True, False]
    assert column.index.tolist() == [4, 9]
