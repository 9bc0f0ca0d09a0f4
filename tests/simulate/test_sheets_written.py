from __future__ import annotations

import zipfile
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from jdzfire.simulate import Season
from jdzfire.simulate.render_sheets import PERMIT_HEADERS, SPOILED_ROWS, TEAM_HEADERS

LON, LAT, DATUM = (PERMIT_HEADERS.index(name) for name in ("经度", "纬度", "坐标系"))
START, END = (PERMIT_HEADERS.index(name) for name in ("计划开始时间", "计划结束时间"))


@pytest.fixture(scope="module")
def rows(files: dict[str, bytes]) -> list[tuple[Any, ...]]:
    sheet = load_workbook(BytesIO(files["registers/permits.xlsx"])).active
    assert sheet is not None
    assert [str(cells) for cells in sheet.merged_cells.ranges] == ["A1:Q1"]
    everything = list(sheet.iter_rows(values_only=True))
    assert everything[1] == PERMIT_HEADERS
    return everything[2:]


def test_the_sheet_has_all_permits_and_the_promised_dirt(
    season: Season, rows: list[tuple[Any, ...]]
) -> None:
    assert len(rows) == len(season.permits) + SPOILED_ROWS
    assert sum(row[LON] is None and row[0] != "合计" for row in rows) == 1
    assert sum(row[LAT] == 95.0 for row in rows) == 1
    assert rows[-1][0] == "合计"
    numbers = [row[0] for row in rows]
    assert len(numbers) - len(set(numbers)) == 1
    turned = [row for row in rows if isinstance(row[START], str) and row[START] > str(row[END])]
    assert len([row for row in turned if "-" in row[START] and "-" in str(row[END])]) >= 1


def test_places_come_in_every_way_people_write_them(rows: list[tuple[Any, ...]]) -> None:
    assert {row[DATUM] for row in rows} >= {"WGS84", "CGCS2000", "GCJ-02", None}
    texts = [row[LON] for row in rows if isinstance(row[LON], str)]
    assert any(text.endswith("″E") for text in texts)
    assert any(text.endswith("″") for text in texts)
    assert sum(isinstance(row[LON], float) for row in rows) > 40


def test_times_come_as_dates_and_as_two_kinds_of_text(rows: list[tuple[Any, ...]]) -> None:
    starts = [row[START] for row in rows]
    assert sum(isinstance(value, datetime) for value in starts) > 30
    assert any(isinstance(value, str) and "年" in value for value in starts)
    assert any(isinstance(value, str) and value.count("-") == 2 for value in starts)


def test_gcj_places_are_moved_and_the_others_are_not(
    season: Season, rows: list[tuple[Any, ...]]
) -> None:
    known = season.permits.set_index("permit_id")
    for row in rows:
        if not isinstance(row[LON], float) or row[0] not in known.index or row[LAT] == 95.0:
            continue
        moved_m = abs(row[LON] - known.loc[row[0], "lon"]) * 97_000
        # GCJ-02 lies 450 to 560 m east of WGS84 here; a typist errs by 15 m
        assert (moved_m > 350) == (row[DATUM] == "GCJ-02")
        assert moved_m < 700


def test_telephones_cannot_ring(season: Season, rows: list[tuple[Any, ...]]) -> None:
    phones = [row[PERMIT_HEADERS.index("联系电话")] for row in rows[:-1]]
    assert all(phone.startswith("100") and len(phone) == 11 for phone in phones)
    assert season.teams["phone"].str.match(r"100\d{8}$").all()


def test_teams_sheet(season: Season, files: dict[str, bytes]) -> None:
    sheet = load_workbook(BytesIO(files["registers/teams.xlsx"])).active
    assert sheet is not None
    head, *body = sheet.iter_rows(values_only=True)
    assert head == TEAM_HEADERS
    assert len(body) == len(season.teams) == 53
    assert {row[2] for row in body} == {"半专业", "志愿"}
    assert {row[-1] for row in body} == {"是", "否"}


def test_no_clock_in_the_workbook(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(BytesIO(files["registers/permits.xlsx"])) as book:
        assert {entry.date_time for entry in book.infolist()} == {(2024, 1, 1, 0, 0, 0)}
        assert book.read("docProps/core.xml").count(b"2024-01-01T00:00:00Z") == 2
