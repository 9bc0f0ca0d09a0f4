"""Windows of time as offices write them: every spelling of one window is the same window."""

# ruff: noqa: DTZ001  (wall clocks have no zone)

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from jdzfire.feeds.reading import Reading
from jdzfire.feeds.registers import read_register
from jdzfire.feeds.registers.cells import parse_area_ha
from jdzfire.feeds.registers.windows import as_moment, read_moment, read_window, settle

AT = datetime(2024, 5, 1, tzinfo=UTC)
BEIJING = timedelta(hours=8)


def window(text: object, year: int | None = None) -> tuple[Any, Any]:
    found = read_window(text)
    return (None, None) if found is None else settle(*found, year=year)


DAYTIME = (datetime(2024, 3, 5, 8), datetime(2024, 3, 5, 18))


@pytest.mark.parametrize(
    "text",
    [
        "2024年3月5日8:00-3月5日18:00",
        "2024年3月5日8时至18时",
        "2024-03-05 08:00 至 2024-03-05 18:00",
        "2024/3/5 8:00~18:00",
        "2024.3.5 08:00—18:00",
        "2024年3月5日 8：00－18：00",
        "２０２４年３月５日８时～１８时",
        "2024年3月5日上午8时至下午6时",
        "2024年3月5日早上8点到当日晚上6点",
        "自2024年3月5日8时起至3月5日18时止",
        "二〇二四年三月五日八时至十八时",
        "2024年3月5日（星期二）8时至18时整",
        "2024-3-5 8:00–18:00",
        "20240305 8:00-18:00",
        "2024年3月5号8点00分至18点00分",
        "2024年3月5日8-18时",
    ],
)
def test_one_window_in_many_spellings(text: str) -> None:
    assert window(text) == DAYTIME


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024.3.6-3.8", date(2024, 3, 6), date(2024, 3, 8)),
        ("2024年3月6-8日", date(2024, 3, 6), date(2024, 3, 8)),
        ("2024年2月28日至29日", date(2024, 2, 28), date(2024, 2, 29)),
        ("2024-03-31至04-01", date(2024, 3, 31), date(2024, 4, 1)),
        ("2024年12月30日-1月2日", date(2024, 12, 30), date(2025, 1, 2)),
        ("12月30日-2025年1月2日", date(2024, 12, 30), date(2025, 1, 2)),
        ("2024年3月5日", date(2024, 3, 5), date(2024, 3, 5)),
        ("2024年3月5日全天", date(2024, 3, 5), date(2024, 3, 5)),
        ("2024-03-05-2024-03-07", date(2024, 3, 5), date(2024, 3, 7)),
        (45362, date(2024, 3, 11), date(2024, 3, 11)),
        ("2024年3月5日20时至次日6时", datetime(2024, 3, 5, 20), datetime(2024, 3, 6, 6)),
        ("2024年3月5日8时至24时", datetime(2024, 3, 5, 8), datetime(2024, 3, 6)),
        ("2024年3月5日下午2时至5时", datetime(2024, 3, 5, 14), datetime(2024, 3, 5, 17)),
        ("2024年3月5日上午8时半至中午12点", datetime(2024, 3, 5, 8, 30), datetime(2024, 3, 5, 12)),
        ("2024年3月5日晚上8点至晚上12点", datetime(2024, 3, 5, 20), datetime(2024, 3, 6)),
    ],
)
def test_windows_by_hand(text: object, start: date, end: date) -> None:
    assert window(text) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        "2024年2月30日",
        "2023年2月29日至3月1日",
        "2024年3月上旬",
        "2024年3月5日8时",  # no end
        "2024年3月5日-7日8时至18时",  # every day, or from the first to the last?
        "3-5-7",
        "24:30",
        "近期",
        True,
        "",
    ],
)
def test_what_could_be_read_two_ways_is_no_window(text: object) -> None:
    assert window(text, year=2024) == (None, None)


@pytest.mark.parametrize("cell", [3.1, 3.5, "3.1", 5, "12", 20240])
def test_a_bare_number_that_is_no_day_of_excel_is_no_window(cell: object) -> None:
    assert window(cell, year=2024) == (None, None)
    assert as_moment(cell) is None


def test_a_leap_day_needs_a_year_that_has_it() -> None:
    assert window("2月29日", year=2024) == (date(2024, 2, 29),) * 2
    assert window("2月29日", year=2023) == (None, None)


DAY = ("{y}年{m}月{d}日", "{y}-{m:02d}-{d:02d}", "{y}/{m}/{d}", "{y}.{m}.{d}", "{y}{m:02d}{d:02d}")
CLOCK = ("{h}:{i:02d}", "{h:02d}：{i:02d}", "{h}时{i}分", "{h}点{i:02d}", "{h}时{i:02d}分")
BETWEEN = ("至", "—", " ~ ", "－", "到", "～", "–", " 至 ")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@settings(max_examples=400, deadline=None)
@given(
    start=st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)),
    minutes=st.integers(1, 20 * 1440),
    day=st.sampled_from(DAY),
    clock=st.sampled_from(CLOCK),
    between=st.sampled_from(BETWEEN),
    is_wide=st.booleans(),
    is_short=st.booleans(),
)
def test_any_spelling_gives_the_same_window(
    start: datetime,
    minutes: int,
    day: str,
    clock: str,
    between: str,
    is_wide: bool,
    is_short: bool,
) -> None:
    start = start.replace(second=0, microsecond=0)
    end = start + timedelta(minutes=minutes)

    def words(form: str, at: datetime) -> str:
        return form.format(y=at.year, m=at.month, d=at.day, h=at.hour, i=at.minute)

    same_day = start.date() == end.date()
    last_day = "" if is_short and same_day else words(day, end)
    gap = " " if day != DAY[0] else ""
    text = (
        f"{words(day, start)}{gap}{words(clock, start)}{between}{last_day}{gap}{words(clock, end)}"
    )
    assert window(text.translate(WIDE) if is_wide else text) == (start, end)


@settings(max_examples=200, deadline=None)
@given(text=st.text("0123456789年月日时分至-~:上下午半 ./T", max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    start, end = window(text, year=2024)
    assert read_window(text) is not None or (start is None and end is None)
    read_moment(text)


@pytest.mark.parametrize("text", ["1-" * 16_000, "3月5日8时至" * 5_000, "万" * 9_000, "一" * 9_000])
def test_a_long_cell_takes_no_time(text: str) -> None:
    assert read_window(text) is None
    assert parse_area_ha(text) is None


HEADER = ("审批编号", "用火地点", "经度", "纬度", "面积(亩)", "用火时间", "状态")


def permits(
    *rows: tuple[Any, ...], header: tuple[Any, ...] = HEADER, title: str | None = None
) -> Reading:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    if title:
        sheet.append([title])
    for row in (header, *rows):
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return read_register("permits", buffer.getvalue(), source_name="p.xlsx", received_at=AT)


def lot(number: str, when: Any, area: Any = 20) -> tuple[Any, ...]:
    return (number, "村后山", 117.35, 29.41, area, when, "已批准")


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC) - BEIJING  # type: ignore[arg-type,misc]


def test_one_cell_holds_the_window_of_a_permit() -> None:
    reading = permits(
        lot("1", "2024年3月5日8:00-3月5日18:00"), lot("2", "2024.3.6-3.8"), lot("3", 45362)
    )
    table = reading.table.set_index("permit_id")
    assert table["valid_from"].to_dict() == {
        "1": utc(2024, 3, 5, 8), "2": utc(2024, 3, 6), "3": utc(2024, 3, 11)}  # fmt: skip
    assert table["valid_to"].to_dict() == {
        "1": utc(2024, 3, 5, 18), "2": utc(2024, 3, 9), "3": utc(2024, 3, 12)}  # fmt: skip


@pytest.mark.slow
def test_the_year_is_that_of_the_other_rows_or_of_the_title_and_is_told() -> None:
    other = permits(lot("1", "2024年3月5日8时至18时"), lot("2", "3月6日8时至18时"))
    assert other.table["valid_from"].tolist()[1] == utc(2024, 3, 6, 8)
    assert "1 windows state no year: taken as 2024, the year of the other rows" in other.notes
    titled = permits(lot("1", "3月6日至8日"), title="景德镇市2023年春季炼山审批表")
    assert titled.table["valid_to"].tolist() == [utc(2023, 3, 9)]
    assert any("taken as 2023, the year above the header" in note for note in titled.notes)


def test_a_year_nobody_tells_is_not_guessed() -> None:
    alone = permits(lot("1", "3月6日至8日"))
    assert alone.rejected["reason"].tolist() == ["year_missing"]
    two = permits(lot("1", "2023年3月6日"), lot("2", "2024年3月6日"), lot("3", "3月7日"))
    assert two.rejected["reason"].tolist() == ["year_missing"]


TWO = ("审批编号", "用火地点", "经度", "纬度", "面积(亩)", "开始时间", "结束时间", "状态")


def test_two_columns_complete_each_other() -> None:
    reading = permits(
        ("1", "村", 117.35, 29.41, 20, "2024-3-5 8:00", "24:00", "已批准"),
        ("2", "村", 117.36, 29.41, 20, "3月5日8时", "18时", "已批准"),
        ("3", "村", 117.37, 29.41, 20, 45356.333333, "2024年3月5日18时", "已批准"),
        ("4", "村", 117.38, 29.41, 20, "2024-3-5 18:00", "8:00", "已批准"),
        header=TWO,
    )
    ends = reading.table.set_index("permit_id")["valid_to"].to_dict()
    assert ends == {"1": utc(2024, 3, 6), "2": utc(2024, 3, 5, 18), "3": utc(2024, 3, 5, 18)}
    starts = reading.table["valid_from"].tolist()
    assert starts == [utc(2024, 3, 5, 8)] * 3
    assert reading.rejected["reason"].tolist() == ["time_order"]


@pytest.mark.parametrize("day", [3.1, "3.1"])
def test_a_number_is_no_day_beside_others_either(day: object) -> None:
    rows = [
        ("1", "村", 117.35, 29.41, 20, first, "2024-3-9", "已批准") for first in ("2024-3-5", day)
    ]
    rows[1] = ("2", *rows[1][1:])
    reading = permits(*rows, header=TWO)
    assert reading.table["permit_id"].tolist() == ["1"]


def test_a_fire_ban_in_one_cell_ends_with_its_last_day() -> None:
    text = "名称,类型,起止时间\n清明禁火,禁火令,2024年4月3日至7日\n"
    reading = read_register("special-days", text.encode(), source_name="d.csv", received_at=AT)
    assert reading.table["begins_at"].tolist() == [utc(2024, 4, 3)]
    assert reading.table["ends_at"].tolist() == [utc(2024, 4, 8)]


def test_the_same_number_with_another_window_is_asked_about() -> None:
    reading = permits(
        lot("P1", "2024年3月5日"), lot("P1", "2024年3月7日"), lot("P1", "2024年3月5日")
    )
    assert reading.table["permit_id"].tolist() == ["P1"]
    assert reading.rejected["reason"].tolist() == ["id_again", "duplicate_id"]
    assert any("have the id of another row and have other content: P1" in n for n in reading.notes)
    assert reading.faulty == 2
