"""FIRMS in every form: the same rows give the same table, and no archive or XML does harm."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.errors import InputError, JdzfireError
from jdzfire.feeds import firms_forms
from jdzfire.feeds.firms import read_firms, recognise_firms
from jdzfire.feeds.reading import Reading
from jdzfire.feeds.registry import FEEDS, read_hotspots, recognise_feed
from jdzfire.feeds.text import frame_of, plain_frame, split_lines
from tests.feeds.samples import AT, sample

HEADER = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,instrument,"
    "confidence,version,bright_ti5,frp,daynight"
)
NAMES = HEADER.split(",")
WORDS = {"l": "Low", "n": "Nominal", "h": "High"}


def read(raw: bytes) -> Reading:
    return read_firms(raw, source_name="x", received_at=AT)


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def csv_of(rows: list[dict[str, str]]) -> bytes:
    lines = [HEADER, *[",".join(row[name] for name in NAMES) for row in rows]]
    return ("\n".join(lines) + "\n").encode()


def json_of(rows: list[dict[str, str]]) -> bytes:
    numeric = {"latitude", "longitude", "bright_ti4", "scan", "track", "bright_ti5", "frp"}
    return json.dumps(
        [{k: float(v) if k in numeric else v for k, v in row.items()} for row in rows]
    ).encode()


def geojson_of(rows: list[dict[str, str]]) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": row,
            "geometry": {
                "type": "Point",
                "coordinates": [float(row["longitude"]), float(row["latitude"])],
            },
        }
        for row in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def kml_of(rows: list[dict[str, str]]) -> bytes:
    marks = "".join(
        "<Placemark><description><![CDATA["
        f"<b>Latitude: </b> {row['latitude']}<br/><b>Longitude: </b> {row['longitude']}<br/>"
        f"<b>Detection Time: </b> {row['acq_date']} {row['acq_time'][:2]}:{row['acq_time'][2:]} "
        f"UTC<br/><b>Sensor: </b> VIIRS {row['satellite']}<br/>"
        f"<b>Confidence: </b> {WORDS[row['confidence']]}<br/>"
        f"<b>Day/Night: </b> {'Day' if row['daynight'] == 'D' else 'Night'}<br/>"
        f"<b>Scan: </b> {row['scan']} km<br/><b>Track: </b> {row['track']} km<br/>"
        f"<b>FRP: </b> {row['frp']} MW<br/><b>Brightness: </b> {row['bright_ti4']} K"
        "]]></description><Point><coordinates>0,0</coordinates></Point></Placemark>"
        for row in rows
    )
    return (
        f'<kml xmlns="http://earth.google.com/kml/2.1"><Document>{marks}</Document></kml>'.encode()
    )


def shapefile_of(rows: list[dict[str, str]], folder: Path, stem: str) -> dict[str, bytes]:
    """What GDAL writes of the rows, upper-case names and a true date, as the tool does."""
    numeric = ["latitude", "longitude", "bright_ti4", "scan", "track", "bright_ti5", "frp"]
    frame = pd.DataFrame(rows).astype(dict.fromkeys(numeric, "float64"))
    frame["acq_date"] = pd.to_datetime(frame["acq_date"]).dt.date
    places = gpd.points_from_xy(frame["longitude"], frame["latitude"], crs="EPSG:4326")
    table = gpd.GeoDataFrame(frame.rename(columns=str.upper), geometry=places)
    table.to_file(folder / f"{stem}.shp")
    return {path.name: path.read_bytes() for path in sorted(folder.glob(f"{stem}.*"))}


def same(left: Reading, right: Reading, *, without: tuple[str, ...] = ()) -> bool:
    dropped = ["raw_sha256", "raw_line", *without]
    one, two = (reading.table.drop(columns=dropped) for reading in (left, right))
    pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(two))
    return True


row_of = st.fixed_dictionaries(
    {
        "latitude": st.decimals(-80, 80, places=5).map(str),
        "longitude": st.decimals(1, 179, places=5).map(str),
        "bright_ti4": st.decimals(290, 367, places=2).map(str),
        "scan": st.decimals("0.32", "0.8", places=2).map(str),
        "track": st.decimals("0.36", "0.8", places=2).map(str),
        "acq_date": st.dates(pd.Timestamp("2012-01-20").date(), AT.date()).map(str),
        "acq_time": st.integers(0, 1439).map(lambda m: f"{m // 60:02d}{m % 60:02d}"),
        "satellite": st.sampled_from(["N", "N20", "N21"]),
        "instrument": st.just("VIIRS"),
        "confidence": st.sampled_from(list("lnh")),
        "version": st.sampled_from(["2.0NRT", "2", "2.0URT"]),
        "bright_ti5": st.decimals(250, 330, places=2).map(str),
        "frp": st.decimals("0.1", "900", places=2).map(str),
        "daynight": st.sampled_from(["D", "N"]),
    }
)
row_lists = st.lists(row_of, min_size=1, max_size=5)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(row_lists)
def test_the_same_rows_give_the_same_table_as_text(rows: list[dict[str, str]]) -> None:
    stated = read(csv_of(rows))
    assert len(stated.table) + len(stated.rejected) == len(rows)
    assert same(stated, read(json_of(rows)))
    assert same(stated, read(geojson_of(rows)))
    assert same(stated, read(zipped({"fire.csv": csv_of(rows)})))


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(st.lists(row_of, min_size=1, max_size=5, unique_by=lambda r: r["acq_date"]))
def test_the_same_rows_as_kml_say_all_that_kml_tells(rows: list[dict[str, str]]) -> None:
    stated = read(csv_of([row | {"version": ""} for row in rows]))
    untold = ("bright_tir_k",)
    assert same(stated, read(kml_of(rows)), without=untold)
    assert same(stated, read(zipped({"doc.kml": kml_of(rows), "fire.png": b"x"})), without=untold)


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(rows=row_lists)
def test_the_same_rows_as_shapefile(
    rows: list[dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    files = shapefile_of(rows, tmp_path_factory.mktemp("shp"), "fire_archive_1")
    assert same(read(csv_of(rows)), read(zipped(files)))
    assert recognise_firms(zipped(files), "x")


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


def test_archive_and_nrt_in_one_zip_count_on(tmp_path: Path) -> None:
    old = shapefile_of([GOOD, GOOD | {"acq_time": "0504"}], tmp_path, "fire_archive_7")
    new = shapefile_of([GOOD | {"acq_time": "0505"}, GOOD], tmp_path, "fire_nrt_7")
    reading = read(zipped({**old, **new, "Readme.txt": b"Thank you"}))
    assert reading.table["raw_line"].tolist() == [1, 2, 3]
    assert reading.rejected["line"].tolist() == [4]
    assert reading.rejected["reason"].tolist() == ["duplicate_row"]


def test_landsat_rows_have_no_kilometres() -> None:
    table = read(sample("firms_landsat_nrt.csv")).table
    assert table["satellite"].tolist() == ["Landsat-8", "Landsat-8", "Landsat-9"]
    assert set(table["instrument"]) == {"OLI"}
    assert table["confidence"].tolist() == ["high", "nominal", "low"]
    assert table[["scan_km", "track_km", "frp_mw", "bright_mir_k"]].isna().all(axis=None)
    assert table["product"].tolist() == ["NRT"] * 3


def test_samples_of_json_and_kml() -> None:
    archive = read_hotspots(
        "auto", sample("firms_viirs_archive.json"), source_name="x", received_at=AT
    )
    assert archive.kind == "firms"
    assert archive.rejected.empty
    assert archive.table["source_type"].tolist() == [0, 2]
    assert archive.table["product"].tolist() == ["SP", "SP"]
    assert archive.table["raw_line"].tolist() == [1, 2]
    kml = read_hotspots("auto", sample("firms_viirs_24h.kml"), source_name="x", received_at=AT)
    assert kml.kind == "firms"
    assert kml.rejected.empty
    assert kml.table["satellite"].tolist() == ["NOAA-20", "Landsat-8"]
    assert kml.table["acquired_at"].dt.strftime("%H%M").tolist() == ["0503", "0237"]
    assert kml.table["scan_km"].iloc[0] == 0.41
    assert np.isnan(kml.table["scan_km"].iloc[1])


@pytest.mark.parametrize("name", ["firms_viirs_archive.json", "firms_viirs_24h.kml"])
def test_no_other_feed_knows_them(name: str) -> None:
    for raw in (sample(name), zipped({name: sample(name)})):
        found = [feed.name for feed in FEEDS.values() if feed.recognise(raw, "x")]
        assert found == ["firms"]


@pytest.mark.parametrize(
    "raw",
    [b"[]", b'{"type": "FeatureCollection", "features": []}',
     b"<kml><Document><name>Detection Time</name></Document></kml>"],
)  # fmt: skip
def test_a_form_without_rows_is_an_empty_day(raw: bytes) -> None:
    reading = read(raw)
    assert reading.table.empty
    assert reading.rejected.empty


BOMB = b"""<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>
<kml><Document><name>Detection Time &b;</name></Document></kml>"""


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (BOMB, "DOCTYPE"),
        (BOMB.decode().replace('?>', ' encoding="UTF-16"?>', 1).encode("utf-16"), "DOCTYPE"),
        (zipped({"doc.kml": BOMB}), "DOCTYPE"),
        (b"<kml>Detection Time<Folder></kml>", "not readable KML"),
        (b"<kml>Detection Time" + b"<Folder>" * 200, "without end"),
        (b'[{"latitude": 1', "not whole JSON"),
        (b"[" * 100_000, "not whole JSON"),
        (b'{"type": "FeatureCollection"}', "not a FIRMS"),
        (b'[{"a": 1}]', "no latitude"),
        (zipped({"a.png": b"x"}), "without a FIRMS table"),
        (zipped({"fire.csv": b"a,b\n1,2\n"}), "not a FIRMS"),
        (zipped({"fire.csv": csv_of([GOOD])})[:150], "damaged zip"),
        (b"\x03\x18\x04\x04" + b"\x00" * 4 + b"\x41\x00\x09\x00" + b"\x00" * 60, "damaged shape"),
    ],
)  # fmt: skip
def test_what_is_damaged_or_dangerous_is_refused(raw: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read(raw)
    assert all([caught.value.what, caught.value.expected, caught.value.found, caught.value.remedy])


def test_unpacking_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = zipped({"fire.csv": csv_of([GOOD]) + b"\n" * 5_000})
    size = len(csv_of([GOOD])) + 5_000
    monkeypatch.setattr(firms_forms, "UNPACKED_MAX_BYTES", size)
    assert len(read(raw).table) == 1
    monkeypatch.setattr(firms_forms, "UNPACKED_MAX_BYTES", size - 1)
    with pytest.raises(InputError, match="too large unpacked"):
        read(raw)


@pytest.mark.parametrize(
    "raw",
    [b'{"type": "FeatureCollection", "features": [{"properties": {"name": "x"}}]}', b"[1, 2]",
     b"<kml><Placemark/></kml>", zipped({"a.kml": b"<kml><Placemark/></kml>"}),
     zipped({"xl/workbook.xml": b"<x/>"}), b"PK\x03\x04broken", b"\x03", b""],
)  # fmt: skip
def test_foreign_forms_are_not_taken_for_firms(raw: bytes) -> None:
    assert not recognise_firms(raw, "x")
    with pytest.raises(InputError):
        recognise_feed(raw, source_name="x")


def test_json_that_says_odd_things_costs_only_its_rows() -> None:
    odd: list[Any] = [GOOD, 7, None, {**GOOD, "version": "\ud800", "frp": {"a": [1]}}, []]
    reading = read(json.dumps(odd).encode())
    assert reading.table["raw_line"].tolist() == [1]
    assert reading.rejected["line"].tolist() == [2, 3, 4, 5]


fields = st.one_of(
    st.sampled_from(["29.4", "", " ", " 1 ", "-", ";", "0503", "nan", "1e400", "inf", "1_0", "x"]),
    st.text(st.characters(codec="utf-8"), max_size=4),
)
bodies = st.lists(st.lists(fields, max_size=4).map(",".join), max_size=5)


@settings(max_examples=300, deadline=None)
@given(bodies, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.sampled_from([",", ";"]))
def test_the_fast_reading_agrees_with_the_careful_one(
    body: list[str], end: str, is_ended: bool, mark: str
) -> None:
    text = end.join([mark.join("abc"), *body]) + (end if is_ended else "")
    names = ["a", "b", "c"]
    fast = plain_frame(text.encode(), names)
    if fast is None:
        return
    lines = split_lines(text, has_header=True)
    slow, wrong = frame_of(lines, names)
    assert wrong == []
    assert fast.index.tolist() == slow.index.tolist()
    assert fast.to_numpy(dtype=object).tolist() == slow.to_numpy(dtype=object).tolist()


def test_a_mark_of_utf_8_does_not_slow_it_down() -> None:
    marked = b"\xef\xbb\xbf" + csv_of([GOOD])
    (rows,) = firms_forms.text_rows(marked, source_name="x")
    assert rows.lines.header == ()
    assert same(read(marked), read(csv_of([GOOD])))


plain_words = st.sampled_from(["29.40112", "0503", "", "n", "2.0NRT", "x y"])
plain_rows = st.lists(st.lists(plain_words, min_size=3, max_size=3), min_size=1)


@settings(max_examples=50, deadline=None)
@given(plain_rows)
def test_plain_lines_are_read_fast(rows: list[list[str]]) -> None:
    raw = "\n".join(["a,b,c", *[",".join(["k", *row[1:]]) for row in rows]]).encode()
    fast = plain_frame(raw, ["a", "b", "c"])
    assert fast is not None
    assert fast["b"].tolist() == [row[1] for row in rows]


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(row_lists, st.sampled_from(NAMES), fields)
def test_fast_and_careful_tables_are_one(rows: list[dict[str, str]], name: str, text: str) -> None:
    changed = csv_of([rows[0] | {name: text.replace(",", "")}, *rows])
    quoted = changed.replace(HEADER.encode(), HEADER.replace("scan", '"scan"').encode())
    try:
        fast = read(changed)
    except JdzfireError:
        return
    slow = read(quoted)
    assert same(fast, slow)
    columns = ["line", "reason", "detail", "row"]
    pd.testing.assert_frame_equal(fast.rejected[columns], slow.rejected[columns])
