"""Tables through a mapping: words, units, zones, datums, and what a mapping may not say."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest

from jdzfire.crs import to_wgs84
from jdzfire.errors import InputError, SettingsError
from jdzfire.feeds.registry import FEEDS, feeds_of_mappings, read_hotspots
from jdzfire.feeds.satellites import satellite_and_sensor
from tests.feeds.samples import AT, sample

OWN = """
title_zh = "省级热点"
title_en = "Provincial hotspots"
recognise = ["监测编号"]
time_zone = "UTC"
datum = "gcj02"
satellite = "FY-4B"
pixel_km = 2.0
remark = ["监测编号"]

[columns]
time = ["世界时"]
lon = ["X"]
lat = ["Y"]
frp = ["功率"]
bright_mir = ["亮温"]
confidence = ["可信度"]

[units]
frp = "kW"
temperature = "degC"

[confidence]
"高可信" = "high"
"""
HEADER = "监测编号,世界时,X,Y,功率,亮温,可信度"


def own(*rows: str, text: str = OWN) -> Any:
    raw = "\n".join([HEADER, *rows, ""]).encode()
    feeds = feeds_of_mappings({"province": text})
    return read_hotspots(
        "province", raw, source_name="x.csv", received_at=AT, feeds={**FEEDS, **feeds}
    )


def test_units_zone_datum_and_words() -> None:
    table = own("A1,2024-04-04 05:03,117.2,29.4,6500,60,高可信").table
    row = table.iloc[0]
    assert row["acquired_at"] == datetime(2024, 4, 4, 5, 3, tzinfo=UTC)
    assert row["frp_mw"] == 6.5
    assert row["bright_mir_k"] == pytest.approx(333.15)
    assert (row["satellite"], row["instrument"]) == ("FY-4B", "AGRI")
    assert (row["confidence"], row["scan_km"], row["remark"]) == ("high", 2.0, "监测编号: A1")
    lon, lat = to_wgs84(117.2, 29.4, "gcj02")
    assert (row.geometry.x, row.geometry.y) == pytest.approx((float(lon), float(lat)))


def test_a_zone_of_its_own_comes_before_that_of_the_mapping() -> None:
    table = own("A1,2024-04-04T13:03:00+08:00,117.2,29.4,,,").table
    assert table["acquired_at"][0] == datetime(2024, 4, 4, 5, 3, tzinfo=UTC)


def test_a_date_alone_is_noon_and_says_so() -> None:
    table = own("A1,2024-04-04,117.2,29.4,,,").table
    assert table["acquired_at"][0] == datetime(2024, 4, 4, 12, tzinfo=UTC)  # the mapping is UTC
    assert table["remark"][0] == "监测编号: A1；无时刻，按正午计"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A1,yesterday,117.2,29.4,,,", "time"),
        ("A1,2024-04-04 05:03,217.2,29.4,,,", "position_range"),
        ("A1,2024-04-04 05:03,,29.4,,,", "position_missing"),
        ("A1,2024-04-04 05:03,117.2,29.4,99999999999,,", "frp"),
        ("A1,2024-04-04 05:03,117.2,29.4,1,900,", "bright_mir"),
        ("A1,2024-06-04 05:03,117.2,29.4,1,60,", "future"),
    ],
)
def test_bad_rows_are_set_aside(row: str, reason: str) -> None:
    reading = own(row, "A2,2024-04-04 05:03,117.2,29.4,1,60,")
    assert len(reading.table) == 1
    assert reading.rejected["reason"].tolist() == [reason]
    assert reading.rejected["line"].tolist() == [2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "stated"),
    [
        (("recognise", "recognize"), "unknown key recognize"),
        (('lon = ["X"]', ""), "no column lon"),
        (('time = ["世界时"]', ""), "no column time"),
        (('frp = "kW"', 'frp = "W"'), "unit frp = W"),
        (('"gcj02"', '"mars"'), "datum mars"),
        (('time_zone = "UTC"', 'time_zone = "Moon/Sea"'), "time_zone Moon/Sea"),
        (('= "high"', '= "sure"'), "confidence 高可信 = sure"),
        (("pixel_km = 2.0", "pixel_km = 0"), "pixel_km is no number"),
        (('lat = ["Y"]', 'lat = "Y"'), "columns.lat is no list"),
        (("[units]", "[units"), "not TOML"),
    ],
)
def test_a_wrong_mapping_says_what(change: tuple[str, str], stated: str) -> None:
    with pytest.raises(SettingsError, match=stated.replace("[", r"\[")):
        feeds_of_mappings({"province": OWN.replace(*change)})


@pytest.mark.parametrize("name", ["firms", "auto", "Ab", "../x", ""])
def test_names_that_are_taken_or_strange_are_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be named"):
        feeds_of_mappings({name: OWN})


def test_csv_excel_and_json_say_the_same() -> None:
    lines = sample("straw_burning.csv").decode().splitlines()
    rows = [line.split(",") for line in lines]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    xlsx = io.BytesIO()
    book.save(xlsx)
    objects = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    forms = {
        "csv": sample("straw_burning.csv"),
        "gb": sample("straw_burning.csv").decode().encode("gb18030"),
        "xlsx": xlsx.getvalue(),
        "list": json.dumps(objects, ensure_ascii=False).encode(),
        "data": json.dumps({"data": objects}, ensure_ascii=False).encode(),
    }
    tables = {
        name: read_hotspots("auto", raw, source_name="x", received_at=AT).table
        for name, raw in forms.items()
    }
    plain = tables["csv"].drop(columns=["raw_sha256"])
    for table in tables.values():
        assert table.drop(columns=["raw_sha256"]).equals(plain)


@pytest.mark.parametrize("raw", [b"[", b"[1, 2]", b'{"data": 5}', b'{"features": null}', b"[[]]"])
def test_json_that_is_no_table(raw: bytes) -> None:
    with pytest.raises(InputError):
        read_hotspots("straw-burning", raw, source_name="x.json", received_at=AT)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FY-3E/MERSI", ("FY-3E", "MERSI")),
        ("FY4A", ("FY-4A", "AGRI")),
        ("葵花9号", ("Himawari-9", "AHI")),
        ("Ｎ２０", ("NOAA-20", "VIIRS")),
        ("<script>alert(1)</script>" * 9, ("<script>alert(1)</script><script>alert(1", "OTHER")),
    ],
)
def test_names_of_satellites(text: str, found: tuple[str, str]) -> None:
    assert satellite_and_sensor(text) == found
