"""Every row that comes in is registered, rejected with a reason, or stated to be no row."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from jdzfire.errors import InputError
from jdzfire.feeds.reading import Reading
from jdzfire.feeds.registers import TABLE_KINDS, read_register
from jdzfire.feeds.registry import read_hotspots
from tests.feeds.samples import AT, FEED_SAMPLES, REGISTER_SAMPLES, sample
from tests.feeds.test_feed_contract import HEADER_LINES

FEED_TABLES = [(name, feed) for name, (feed, _) in FEED_SAMPLES.items()]
SHEETS = [(name, kind) for name, (kind, _) in REGISTER_SAMPLES.items() if name.endswith(".csv")]
LAYERS = [(n, kind) for n, (kind, _) in REGISTER_SAMPLES.items() if n.endswith(".geojson")]
ODD = st.sampled_from(
    ["", "x", "-1", "999", "29.4", "117,3", "2024-13-01", "24:00", "合计", "二十"]
)


def counted(reading: Reading) -> int:
    assert reading.rejected["reason"].ne("").all()
    assert reading.rejected["row"].ne("").all()
    return len(reading.table) + len(reading.rejected)


def spoiled(draw: st.DrawFn, lines: list[str], header: str | None) -> list[str]:
    """Some of the lines again and again: as they are, with a cell changed, cut; or the header."""
    result = []
    for _ in range(draw(st.integers(0, 8))):
        cells = draw(st.sampled_from(lines)).split(",")
        deed = draw(st.sampled_from(["keep", "cell", "cut", "more", "header"]))
        if deed == "cell":
            cells[draw(st.integers(0, len(cells) - 1))] = draw(ODD)
        elif deed == "cut":
            cells = cells[: draw(st.integers(1, len(cells)))]
        elif deed == "more":
            cells.append("7")
        text = header if deed == "header" and header is not None else ",".join(cells)
        if text.strip(" ,") and not text.lstrip().startswith("#"):
            result.append(text)
    return result


@pytest.mark.slow
@pytest.mark.parametrize(("name", "feed"), FEED_TABLES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_of_every_feed(name: str, feed: str, data: st.DataObject) -> None:
    lines = sample(name).decode("utf-8-sig").splitlines()
    head, rows = lines[: HEADER_LINES[feed]], lines[HEADER_LINES[feed] :]
    header = head[-1] if feed == "firms" else None
    stated = data.draw(st.composite(spoiled)(rows, header))
    raw = "\n".join([*head, *stated, ""]).encode()
    reading = read_hotspots(feed, raw, source_name=name, received_at=AT)
    assert counted(reading) == len(stated)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), SHEETS)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_of_every_register_sheet(name: str, kind: str, data: st.DataObject) -> None:
    lines = sample(name).decode("utf-8-sig").splitlines()
    full = [sum(map(bool, line.split(","))) for line in lines]
    start = next(i for i, count in enumerate(full) if count >= 3)  # after a title
    stated = data.draw(st.composite(spoiled)(lines[start + 1 :], lines[start]))
    raw = "\n".join([*lines[: start + 1], *stated, ""]).encode()
    reading = read_register(kind, raw, source_name=name, received_at=AT)
    assert counted(reading) == len(stated)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), LAYERS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_of_every_register_layer(name: str, kind: str, data: st.DataObject) -> None:
    collection = json.loads(sample(name))
    some: list[Any] = []
    for _ in range(data.draw(st.integers(1, 6))):
        feature = json.loads(json.dumps(data.draw(st.sampled_from(collection["features"]))))
        deed = data.draw(st.sampled_from(["keep", "none", "point", "nan", "cell"]))
        if deed == "none":
            feature["geometry"] = None
        elif deed == "point":
            feature["geometry"] = {"type": "Point", "coordinates": [117.3, 29.4]}
        elif deed == "nan":
            feature["geometry"] = {"type": "Point", "coordinates": [float("nan"), 29.4]}
        elif deed == "cell":
            key = data.draw(st.sampled_from(sorted(feature["properties"])))
            feature["properties"][key] = data.draw(ODD)
        some.append(feature)
    raw = json.dumps(collection | {"features": some}).encode()
    assert counted(read_register(kind, raw, source_name=name, received_at=AT)) == len(some)


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_of_a_workbook(data: st.DataObject) -> None:
    book = load_workbook(io.BytesIO(sample("permits.xlsx")))
    sheet = book.active
    assert sheet is not None
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    start = next(i for i, row in enumerate(rows) if "审批编号" in row)
    other = Workbook()
    target = other.active
    assert target is not None
    for row in rows[: start + 1]:
        target.append(row)
    lots = [row for row in rows[start + 1 :] if any(row)]
    stated = data.draw(st.lists(st.sampled_from(lots), max_size=6))
    for i, row in enumerate(stated):
        target.append(row)
        if data.draw(st.booleans()):
            target.row_dimensions[start + 2 + i].hidden = True
    buffer = io.BytesIO()
    other.save(buffer)
    raw = buffer.getvalue()
    assert counted(read_register("permits", raw, source_name="p.xlsx", received_at=AT)) == len(
        stated
    )


def test_every_kind_of_table_is_counted() -> None:
    assert {kind for _, kind in (*SHEETS, *LAYERS)} == set(TABLE_KINDS)


def test_a_file_without_a_row_that_can_be_used_says_so() -> None:
    header = sample("firms_viirs_nrt.csv").splitlines()[0] + b"\n"
    none = read_hotspots("firms", header, source_name="h.csv", received_at=AT)
    assert not none.is_useless
    bad = header + b"x,y,1,1,1,2024-04-04,503,N20,VIIRS,n,2.0NRT,290,6,D\n"
    assert read_hotspots("firms", bad, source_name="h.csv", received_at=AT).is_useless
    with pytest.raises(InputError):
        read_hotspots("auto", b"a,b\n1,2\n", source_name="h.csv", received_at=AT)
