"""Areas, counts and numbers in any spelling; a bad cell costs its row only where it is needed."""

# ruff: noqa: DTZ001  (Excel cells have no zone)

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdzfire.feeds.reading import Reading
from jdzfire.feeds.registers import read_register
from jdzfire.feeds.registers.cells import parse_area_ha
from jdzfire.feeds.registry import read_hotspots
from jdzfire.feeds.times import day_order
from jdzfire.feeds.values import parse_number, parse_numeral

AT = datetime(2024, 5, 1, tzinfo=UTC)
DIGITS = "零一二三四五六七八九"


@pytest.mark.parametrize(
    "text",
    [
        "20", "20亩", "约20亩", "20 亩", "２０亩", "二十亩", "20亩左右", "廿亩", "近20亩",
        "共计20亩",
        "1.3333333公顷", "13333.33平方米", "13333.33㎡", "20.0亩", "20亩（1.333公顷）", "0.002万亩",
    ],
)  # fmt: skip
def test_twenty_mu_in_many_spellings(text: str) -> None:
    assert parse_area_ha(text) == pytest.approx(20 / 15, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "mu"), [("半亩", 0.5), ("两亩半", 2.5), ("3亩5分", 3.5), ("一百零五亩", 105)]
)
def test_parts_of_a_mu(text: str, mu: float) -> None:
    assert parse_area_ha(text) == pytest.approx(mu / 15)


@pytest.mark.parametrize("text", ["20-30亩", "20亩（5公顷）", "很大", "=10*2", "亩", "20头"])
def test_an_area_that_could_be_several_is_none(text: str) -> None:
    assert parse_area_ha(text) is None


def numeral(number: int) -> str:
    """A whole number below ten thousand in Chinese numerals by places; written for the test."""
    text, gap = "", False
    for power, mark in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // power % 10
        if digit == 0:
            gap = bool(text)
            continue
        text += ("零" if gap else "") + DIGITS[digit] + mark
        gap = False
    return text or "零"


@given(st.integers(0, 9999))
def test_numerals_are_read_as_they_are_written(number: int) -> None:
    assert parse_numeral(numeral(number)) == number
    assert parse_numeral("".join(DIGITS[int(digit)] for digit in str(number))) == number


@given(st.decimals(-999, 99_999, places=5))
def test_a_decimal_comma_is_a_point(number: object) -> None:
    assert parse_number(str(number).replace(".", ",")) == parse_number(str(number))


HEADER = "队伍名称,队伍类型,经度,纬度,人数,车辆,联系电话\n"


def teams(*lines: str) -> Reading:
    text = HEADER + "".join(f"{line}\n" for line in lines)
    return read_register("teams", text.encode("gb18030"), source_name="t.csv", received_at=AT)


def test_a_bad_cell_that_is_not_needed_costs_the_cell() -> None:
    reading = teams(
        "甲队,专业,117.35,29.4,二十,3,13800000001",
        "乙队,专业,117.36,29.4,若干,x,13800000002",
        "丙队,专业,117.37,29.4,30人,两辆,13800000003",
    )
    assert reading.table["headcount"].isna().tolist() == [False, True, False]
    assert reading.table["headcount"].dropna().tolist() == [20, 30]
    assert reading.table["vehicles"].dropna().tolist() == [3, 2]
    assert any("cells of headcount" in note and "若干" in note for note in reading.notes)
    assert reading.faulty == 0


def test_digits_a_spreadsheet_threw_away_are_no_phone_and_no_id() -> None:
    text = "队伍编号," + HEADER + (
        "2.02E+11,甲队,专业,117.35,29.4,20,1,1.38E+10\n"
        "T-2,乙队,专业,117.36,29.4,20,1,13800000001.0\n"
        "T-3,丙队,专业,117.37,29.4,20,1,07988000000\n"
    )  # fmt: skip
    reading = read_register("teams", text.encode(), source_name="t.csv", received_at=AT)
    assert reading.table["phone"].fillna("").tolist() == ["", "13800000001", "07988000000"]
    assert reading.table["team_id"][0].startswith("TEAM-")
    assert any("cells of phone" in note and "1.38E+10" in note for note in reading.notes)


@pytest.mark.parametrize(
    "header",
    ["纵坐标X,横坐标Y", "纵坐标（X）,横坐标（Y）", "X纵坐标,Y横坐标", "纵坐标,横坐标"],
)
def test_surveyors_axes(header: str) -> None:
    text = f"队伍名称,队伍类型,{header}\n甲队,专业,3253655.9,39533971.6\n"
    place = read_register(
        "teams", text.encode(), source_name="t.csv", received_at=AT
    ).table.geometry
    assert place.x[0] == pytest.approx(117.35, abs=1e-5)
    assert place.y[0] == pytest.approx(29.40, abs=1e-5)


FIRMS = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,"
    "confidence,version,bright_ti5,frp,daynight"
)
PIXEL = "29.40112,117.35208,333.1,0.39,0.36,2024-04-04,503,N20,VIIRS,n,2.0NRT,291.2,6.35,D"


def hotspots(text: str) -> Reading:
    return read_hotspots("auto", text.encode(), source_name="h.csv", received_at=AT)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_decimal_commas_of_a_spreadsheet(mark: str) -> None:
    text = "\n".join(
        line.replace(",", mark).replace(".", ",").replace("2,0NRT", "2.0NRT")
        for line in (FIRMS, PIXEL)
    )
    for begin in ("", "\ufeff"):
        reading = hotspots(begin + text + "\n")
        assert reading.table["frp_mw"].tolist() == [6.35]
        assert reading.table["scan_km"].tolist() == [0.39]
        assert reading.table.geometry.x.tolist() == [117.35208]
        assert reading.table["acquired_at"].tolist() == [datetime(2024, 4, 4, 5, 3, tzinfo=UTC)]


def test_files_put_together_are_read_under_their_own_headers() -> None:
    modis = "latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,confidence,frp\n"
    more = "29.5,117.4,320.5,1.1,1.0,2024-04-04,0210,Terra,77,9.5\n"
    reading = hotspots(f"{FIRMS}\n{PIXEL}\n{FIRMS}\n{PIXEL.replace('503', '603')}\n{modis}{more}")
    assert reading.table["satellite"].tolist() == ["NOAA-20", "NOAA-20", "Terra"]
    assert reading.table["bright_mir_k"].tolist() == [333.1, 333.1, 320.5]
    assert reading.rejected["reason"].tolist() == ["header_again"] * 2
    assert reading.rejected["line"].tolist() == [3, 5]
    assert reading.faulty == 0


def workbook(rows: list[list[object]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("title", [[], [["卫星热点"]]])
def test_a_workbook_of_hotspots(title: list[list[object]]) -> None:
    cells: list[object] = list(PIXEL.split(","))
    cells[0], cells[1], cells[5], cells[6], cells[12] = (
        29.40112, 117.35208, datetime(2024, 4, 4), 503, 6.35)  # fmt: skip
    raw = workbook([*title, list(FIRMS.split(",")), cells])
    reading = read_hotspots("auto", raw, source_name="h.xlsx", received_at=AT)
    assert reading.kind == "firms"
    plain = hotspots(f"{FIRMS}\n{PIXEL}\n")
    same = ["hotspot_id", "satellite", "acquired_at", "frp_mw", "confidence", "scan_km"]
    assert reading.table[same].equals(plain.table[same])


def test_the_span_of_a_file_settles_day_and_month() -> None:
    rows = [PIXEL.replace("2024-04-04", day) for day in ("4/3/2024", "4/4/2024")]
    reading = hotspots("\n".join([FIRMS, *rows]) + "\n")
    days = [when.strftime("%m-%d") for when in reading.table["acquired_at"]]
    assert days == ["04-03", "04-04"]
    assert any("month before day" in note for note in reading.notes)
    alone = hotspots(f"{FIRMS}\n{PIXEL.replace('2024-04-04', '4/3/2024')}\n")
    assert alone.rejected["reason"].tolist() == ["date_ambiguous"]


def test_a_span_that_both_readings_share_settles_nothing() -> None:
    assert day_order(["1/2/2024", "2/1/2024"], by_span=True) is None
    assert day_order(["3/4/2024", "4/4/2024"], by_span=True) == "dmy"
    assert day_order(["3/4/2024", "4/4/2024"]) is None


def test_columns_nobody_uses_are_named() -> None:
    reading = hotspots(f"{FIRMS},备用\n{PIXEL},7\n")
    assert reading.notes == ("columns not used: 备用",)
    stated = teams("甲队,专业,117.35,29.4,20,1,13800000001").notes
    assert not any(note.startswith("columns not used") for note in stated)
