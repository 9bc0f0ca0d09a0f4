"""FIRMS: layouts, damage, duplicates."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.errors import InputError, JdzfireError, UsageError
from jdzfire.feeds.firms import product_of, read_firms, recognise_firms, satellite_of
from jdzfire.feeds.reading import Reading
from jdzfire.schemas import HOTSPOTS, REJECTED, empty_table
from tests.feeds.samples import AT, sample

HEADER = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,"
    "confidence,version,bright_ti5,frp,daynight"
)
GOOD = {
    "latitude": "29.40112",
    "longitude": "117.35208",
    "bright_ti4": "338.4",
    "scan": "0.41",
    "track": "0.44",
    "acq_date": "2024-04-04",
    "acq_time": "0503",
    "satellite": "N20",
    "instrument": "VIIRS",
    "confidence": "n",
    "version": "2.0NRT",
    "bright_ti5": "297.1",
    "frp": "6.35",
    "daynight": "D",
}


def line(**changes: str) -> str:
    return ",".join((GOOD | changes).values())


def read(*lines: str, header: str = HEADER, end: str = "\n") -> Reading:
    raw = "\n".join([header, *lines]) + end
    return read_firms(raw.encode(), source_name="test.csv", received_at=AT)


def test_a_row_comes_through_whole() -> None:
    reading = read(line())
    assert reading.kind == "firms"
    assert reading.rejected.empty
    row = reading.table.iloc[0]
    assert (row.geometry.x, row.geometry.y) == (117.35208, 29.40112)
    assert row.acquired_at == datetime(2024, 4, 4, 5, 3, tzinfo=UTC)
    assert row.received_at == AT
    assert (row.satellite, row.instrument, row["product"]) == ("NOAA-20", "VIIRS", "NRT")
    assert (row.scan_km, row.track_km, row.frp_mw) == (0.41, 0.44, 6.35)
    assert (row.bright_mir_k, row.bright_tir_k) == (338.4, 297.1)
    assert (row.confidence, bool(row.is_day), row.raw_line) == ("nominal", True, 2)
    assert np.isnan(row.confidence_pct)
    assert row.version == "2.0NRT"


def test_archive_layout_names_bands_otherwise_and_tells_the_type() -> None:
    raw = sample("firms_viirs_archive.csv")
    table = read_firms(raw, source_name="a.csv", received_at=AT).table
    assert table["bright_mir_k"].tolist() == [338.47, 329.80]
    assert table["bright_tir_k"].tolist() == [297.15, 296.31]
    assert table["source_type"].tolist() == [0, 2]
    assert table["product"].tolist() == ["SP", "SP"]


def test_modis_confidence_is_percent_and_viirs_class() -> None:
    modis = read_firms(sample("firms_modis_nrt.csv"), source_name="m", received_at=AT).table
    assert modis["confidence_pct"].tolist() == [62.0, 88.0]
    assert modis["confidence"].isna().all()
    assert modis["satellite"].tolist() == ["Terra", "Aqua"]
    viirs = read(*[line(confidence=text, acq_time=str(i)) for i, text in enumerate("lnh")])
    assert viirs.table["confidence"].tolist() == ["low", "nominal", "high"]
    assert viirs.table["confidence_pct"].isna().all()
    blank = read(line(confidence=""))
    assert blank.table["confidence"].isna().all()


@pytest.mark.parametrize(
    ("version", "product"),
    [("2.0NRT", "NRT"), ("2.0RT", "RT"), ("2.0URT", "URT"), ("6.1NRT", "NRT"), ("6.03", "SP"),
     ("61.03", "SP"), ("1", "SP"), ("2", "SP"), ("", "NRT"), (None, "NRT")],
)  # fmt: skip
def test_product_is_in_the_version(version: str | None, product: str) -> None:
    assert product_of(version) == product


@pytest.mark.parametrize(
    ("text", "satellite"),
    [("N", "S-NPP"), ("NPP", "S-NPP"), ("1", "NOAA-20"), ("1.0", "NOAA-20"), ("N20", "NOAA-20"),
     ("N21", "NOAA-21"), ("2", "NOAA-21"), ("NOAA-21", "NOAA-21"), ("T", "Terra"),
     ("Terra", "Terra"), ("A", "Aqua"), ("Aqua", "Aqua"), ("L8", "Landsat-8"),
     ("Landsat 9", "Landsat-9"), ("L7", None), ("", None)],
)  # fmt: skip
def test_satellites(text: str, satellite: str | None) -> None:
    assert satellite_of(text) == satellite


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024/4/4", 4),
        ("20240404", 4),
        ("45386", 4),
        ("2024-04-04 00:00:00", 4),
        ("2024年4月4日", 4),
    ],
)
def test_mangled_dates_are_read(text: str, day: int) -> None:
    # 45,386: 45,292 is 2024-01-01; 31 + 29 + 31 + 3 = 94 days later
    reading = read(line(acq_date=text))
    assert reading.table["acquired_at"].iloc[0] == datetime(2024, 4, day, 5, 3, tzinfo=UTC)


def test_dates_with_the_year_last_need_a_witness_in_the_file() -> None:
    stated = read(line(acq_date="27/02/2024"), line(acq_date="03/04/2024"))
    assert stated.table["acquired_at"].dt.day.tolist() == [27, 3]
    assert stated.table["acquired_at"].dt.month.tolist() == [2, 4]
    alone = read(line(acq_date="03/04/2024"))
    assert alone.table.empty
    assert alone.rejected["reason"].tolist() == ["date_ambiguous"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"latitude": "95"}, "position_range"),
        ({"longitude": "181"}, "position_range"),
        ({"latitude": ""}, "position_missing"),
        ({"longitude": "null"}, "position_missing"),
        ({"latitude": "NaN"}, "position_missing"),
        ({"latitude": "29.4N"}, "position_unreadable"),
        ({"latitude": "inf"}, "position_unreadable"),
        ({"latitude": "0", "longitude": "0.0"}, "position_zero"),
        ({"acq_date": "2024-02-30"}, "date"),
        ({"acq_date": ""}, "date"),
        ({"acq_date": "1999-12-31"}, "date"),
        ({"acq_time": "2460"}, "time"),
        ({"acq_time": ""}, "time"),
        ({"acq_date": "2024-04-12"}, "future"),
        ({"satellite": "L7"}, "satellite"),
        ({"satellite": "L8"}, "instrument"),
        ({"satellite": ""}, "satellite"),
        ({"instrument": "MODIS"}, "instrument"),
        ({"confidence": "101"}, "confidence"),
        ({"confidence": "sure"}, "confidence"),
        ({"daynight": "X"}, "daynight"),
        ({"scan": "-0.4"}, "scan"),
        ({"track": "abc"}, "track"),
        ({"frp": "1e9"}, "frp"),
        ({"bright_ti4": "33.84"}, "bright_mir"),
        ({"bright_ti5": "D"}, "bright_tir"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_reason(changes: dict[str, str], reason: str) -> None:
    reading = read(line(acq_time="0001"), line(**changes), line(acq_time="0002"))
    assert len(reading.table) == 2
    assert reading.rejected["reason"].tolist() == [reason]
    assert reading.rejected["line"].tolist() == [3]
    kept = json.loads(reading.rejected["row"].iloc[0])
    stated = {"bright_ti4": "bright_mir", "bright_ti5": "bright_tir"}
    assert all(kept[stated.get(name, name)] == text for name, text in changes.items())


def test_the_edge_of_the_future_is_a_day() -> None:
    just = AT + timedelta(hours=24)
    assert len(read(line(acq_date=f"{just:%Y-%m-%d}", acq_time=f"{just:%H%M}")).table) == 1
    late = just + timedelta(minutes=1)
    assert read(line(acq_date=f"{late:%Y-%m-%d}", acq_time=f"{late:%H%M}")).table.empty


def test_blank_values_are_null_not_zero() -> None:
    blank = dict.fromkeys(
        ("bright_ti4", "bright_ti5", "scan", "track", "frp", "daynight", "confidence", "version"),
        "",
    )
    row = read(line(**blank)).table.iloc[0]
    for name in ("bright_mir_k", "bright_tir_k", "scan_km", "track_km", "frp_mw"):
        assert np.isnan(row[name])
    assert row[["is_day", "confidence", "version"]].isna().all()


def test_a_cut_last_line_is_told_apart_from_a_short_one() -> None:
    cut = read(line(), line(acq_time="0504")[:40], end="")
    assert cut.rejected["reason"].tolist() == ["truncated_line"]
    short = read(line()[:40], line(acq_time="0504"))
    assert short.rejected["reason"].tolist() == ["column_count"]
    long = read(line() + ",extra")
    assert long.rejected["reason"].tolist() == ["column_count"]
    assert len(read(line() + ",,").table) == 1


def test_exact_duplicates_leave_one_row() -> None:
    reading = read(line(), line(), line())
    assert len(reading.table) == 1
    assert reading.table["raw_line"].tolist() == [2]
    assert reading.rejected["reason"].tolist() == ["duplicate_row"] * 2
    assert reading.rejected["line"].tolist() == [3, 4]


def test_of_one_id_the_best_product_then_version_then_frp_stays() -> None:
    rows = [
        line(version="2.0NRT", frp="9"),
        line(version="2", frp="1"),
        line(version="1", frp="8"),
        line(version="2", frp="3"),
    ]
    reading = read(*rows)
    assert reading.table["raw_line"].tolist() == [5]
    assert sorted(reading.rejected["line"]) == [2, 3, 4]


def test_two_satellites_at_one_spot_are_two_hotspots() -> None:
    assert len(read(line(), line(satellite="N")).table) == 2


def test_a_faulty_twin_does_not_take_the_good_row_with_it() -> None:
    reading = read(line(frp="abc"), line())
    assert reading.table["raw_line"].tolist() == [3]
    assert reading.rejected["reason"].tolist() == ["frp"]


def test_header_only_is_a_normal_empty_day() -> None:
    reading = read()
    assert reading.rejected.empty
    assert reading.table.crs.to_epsg() == 4326
    assert reading.table.dtypes.equals(empty_table(HOTSPOTS).dtypes)
    assert reading.rejected.dtypes.equals(empty_table(REJECTED).dtypes)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "is empty"),
        (b"\n\r\n  ", "is empty"),
        (b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title>", "web page.*502 Bad Gateway"),
        (b"Invalid MAP_KEY.", "MAP_KEY"),
        (b"Exceeding allowed transaction limit.", "too many requests"),
        (b'{"error": "no data"}', "not a FIRMS"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"\x89HDF\r\n", "HDF5"),
        (b"abc\x00def", "not text"),
        (b"latitude,longitude,acq_date,acq_time\n1,2,2024-04-04,0503\n", "no satellite"),
        (b"29.4,117.3,338.4\n29.4,117.3,338.4\n", "no latitude"),
    ],
)
def test_what_is_no_table_is_refused(raw: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_firms(raw, source_name="x.csv", received_at=AT)
    assert caught.value.exit_code == 3
    assert caught.value.expected


def test_a_key_is_never_repeated() -> None:
    key = "0123456789abcdef0123456789abcdef"
    with pytest.raises(InputError) as caught:
        read_firms(
            f"Invalid MAP_KEY {key}".encode(), source_name=f"/api/csv/{key}/N", received_at=AT
        )
    assert key not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_encodings_and_line_ends(encoding: str) -> None:
    raw = f"{HEADER},备注\r\n{line()},浮梁县\r\n".encode(encoding)
    assert len(read_firms(raw, source_name="x", received_at=AT).table) == 1
    assert recognise_firms(raw, "x")


@pytest.mark.parametrize("mark", ["\t", ";"])
def test_other_delimiters_and_quotes(mark: str) -> None:
    text = f"{HEADER}\n{line()}\n".replace(",", mark)
    assert len(read_firms(text.encode(), source_name="x", received_at=AT).table) == 1
    quoted = ",".join(f'"{field}"' for field in GOOD.values())
    assert len(read(quoted).table) == 1


def test_a_stray_quote_costs_one_row_only() -> None:
    rows = [line(acq_time=str(minute)) for minute in range(5)]
    rows[1] = rows[1].replace("29.40112", '"29.40112')
    reading = read(*rows)
    assert len(reading.table) == 4
    assert len(reading.rejected) == 1


def test_columns_in_another_order_and_unknown_ones() -> None:
    names, values = list(GOOD), list(GOOD.values())
    header = ",".join([*reversed(names), "country_id"])
    reading = read(",".join([*reversed(values), "CHN"]), header=header)
    assert reading.table["frp_mw"].tolist() == [6.35]


def test_received_at_must_be_aware() -> None:
    with pytest.raises(UsageError, match="time zone"):
        read_firms(b"x", source_name="x", received_at=datetime(2024, 4, 4))  # noqa: DTZ001


def test_every_line_is_in_one_of_the_two_tables() -> None:
    rows = [line(acq_time=str(i)) for i in range(50)] + [
        "junk",
        line(latitude="x"),
        line(acq_time="1"),
    ]
    reading = read(*rows)
    lines = [*reading.table["raw_line"], *reading.rejected["line"]]
    assert sorted(lines) == list(range(2, 2 + len(rows)))


texts = st.one_of(
    st.sampled_from(["", "0", "-1", "1e400", "nan", "29.4", "117.3", "２９", "0503", "2024-04-04",
                     "N", "T", '"', "''", ",", "2.0NRT", "h", "44619", "\x00", "\ufeff", "无"]),
    st.text(max_size=8),
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(list(GOOD)), texts, max_size=4), max_size=4))
def test_fuzzed_fields_give_rows_or_reasons(changes: list[dict[str, str]]) -> None:
    try:
        reading = read(*[line(**change) for change in changes])
    except JdzfireError:
        return
    assert reading.table.geometry.is_valid.all()
    zero = (reading.table.geometry.x == 0) & (reading.table.geometry.y == 0)
    assert not zero.any()
    assert reading.table["hotspot_id"].is_unique


@settings(max_examples=25, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_fuzzed_bytes_raise_only_our_errors(raw: bytes) -> None:
    for data in (raw, HEADER.encode() + b"\n" + raw):
        with suppress(JdzfireError):
            assert read_firms(data, source_name="fuzz", received_at=AT).kind == "firms"


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 600))
def test_a_file_cut_anywhere_loses_only_its_last_line(at: int) -> None:
    raw = "\n".join([HEADER, *[line(acq_time=str(i)) for i in range(4)]]).encode()
    whole = read_firms(raw, source_name="x", received_at=AT).table
    try:
        cut = read_firms(raw[:at], source_name="x", received_at=AT)
    except InputError:
        assert at < len(HEADER)
        return
    assert set(cut.table["hotspot_id"]) <= set(whole["hotspot_id"])
    complete = max(raw[:at].count(b"\n") - 1, 0)
    assert len(cut.table) >= complete
    assert len(cut.rejected) <= 1
