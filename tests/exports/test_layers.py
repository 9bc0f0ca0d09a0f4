"""GeoPackage and KML: opened by GDAL, by SQLite, by the schema of KML; GeoJSON by RFC 7946."""

from __future__ import annotations

import itertools
import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import fastkml
import pandas as pd
import pyogrio
import pytest
from lxml import etree
from shapely.geometry import shape

from jdzfire.board.board import Board
from jdzfire.exports.events_gpkg import events_gpkg
from jdzfire.exports.events_kml import events_kml
from jdzfire.exports.qml import SIGNS
from jdzfire.exports.unresolved_geojson import unresolved_geojson
from jdzfire.schemas import VERDICT_NAMES

KML = "{http://www.opengis.net/kml/2.2}"
PAGE_CSS = Path(__file__).parents[2] / "jdzfire" / "maps" / "templates" / "page.css"


@pytest.fixture(scope="module")
def kml_schema() -> etree.XMLSchema:
    # ogckml22.xsd imports its neighbours from the folder it lies in
    folder = Path(fastkml.__file__).parent / "schema"
    return etree.XMLSchema(etree.parse(str(folder / "ogckml22.xsd")))


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[bytes, str], Path]:
    def save(content: bytes, name: str) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return save


def test_every_verdict_has_a_sign_and_the_colours_are_those_of_the_page() -> None:
    assert tuple(SIGNS) == VERDICT_NAMES
    day = PAGE_CSS.read_text(encoding="utf-8").partition(":root.day")[2]
    names = ("level-1", "level-2", "permitted", "heat-source", "outside-forest")
    found = [re.search(rf"--{name}: #(\w{{6}})", day) for name in names]
    assert [m[1] for m in found if m] == [sign.colour for sign in SIGNS.values()]


# GeoPackage


def test_gdal_reads_every_layer(
    make_board: Callable[..., Board], saved: Callable[[bytes, str], Path]
) -> None:
    board = make_board()
    path = saved(events_gpkg(board), "events.gpkg")
    kinds = dict(pyogrio.list_layers(path).tolist())
    assert kinds == {
        "events": "MultiPolygon",
        "hotspots": "Point",
        "permit_lots": "MultiPolygon",
        "permit_places": "Point",
        "teams": "Point",
        "layer_styles": None,
    }
    events = pyogrio.read_dataframe(path, layer="events")
    assert events.crs.to_epsg() == 4326
    assert len(events) == 12
    first = events.iloc[0]
    assert first["event_id"] == "JDZ-20240316-001"
    # last seen 2.6 h before 08:10Z
    assert first["last_seen_at"] == pd.Timestamp("2024-03-16T05:34Z")
    # 6 pixels of 15.2 ha; 1 ha = 15 mu
    assert (first["footprint_ha"], first["footprint_mu"]) == (91.2, 1368)
    assert first.geometry.equals_exact(board.events.geometry.iloc[0], 1e-6) or (
        first.geometry.symmetric_difference(board.events.geometry.iloc[0]).area < 1e-9
    )
    hotspots = pyogrio.read_dataframe(path, layer="hotspots")
    assert len(hotspots) == len(board.hotspots)
    assert set(hotspots.loc[hotspots["event_id"] == "JDZ-20240316-002", "verdict"]) == {
        "permit_violation"
    }
    assert len(pyogrio.read_dataframe(path, layer="permit_lots")) == 1
    assert len(pyogrio.read_dataframe(path, layer="permit_places")) == 2
    assert len(pyogrio.read_dataframe(path, layer="teams")) == 8


def test_public_geopackage_has_no_permits_and_teams(
    make_board: Callable[..., Board], saved: Callable[[bytes, str], Path]
) -> None:
    path = saved(events_gpkg(make_board(), edition="public"), "events.gpkg")
    assert [row[0] for row in pyogrio.list_layers(path)] == ["events", "hotspots", "layer_styles"]


def style_rows(path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as base:
        return base.execute(
            "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML, update_time"
            " FROM layer_styles ORDER BY id"
        ).fetchall()


def test_each_layer_has_its_default_style(
    make_board: Callable[..., Board], saved: Callable[[bytes, str], Path]
) -> None:
    path = saved(events_gpkg(make_board()), "events.gpkg")
    rows = style_rows(path)
    assert [row[0] for row in rows] == [
        "events",
        "hotspots",
        "permit_lots",
        "permit_places",
        "teams",
    ]
    for _, column, is_default, text, stated in rows:
        assert (column, is_default, stated) == ("geom", 1, "2024-03-16T08:10:00.000Z")
        root = etree.fromstring(text.encode("utf-8"))
        assert root.tag == "qgis"
        assert root.find("renderer-v2/symbols/symbol/layer/Option") is not None
    root = etree.fromstring(rows[0][3].encode("utf-8"))
    renderer = root.find("renderer-v2")
    assert renderer is not None
    assert (renderer.get("type"), renderer.get("attr")) == ("categorizedSymbol", "verdict")
    categories = renderer.findall("categories/category")
    symbols = {s.get("name") for s in renderer.findall("symbols/symbol")}
    assert [c.get("value") for c in categories] == list(VERDICT_NAMES)
    assert {c.get("symbol") for c in categories} == symbols
    # #d25837 is 210, 88, 55
    fill = renderer.find("symbols/symbol[@name='0']/layer/Option/Option[@name='color']")
    assert fill is not None
    assert fill.get("value") == "210,88,55,80"
    # where a permit lies is hollow: a hotspot of a registered burn is a full square of that green
    place = etree.fromstring(rows[3][3].encode("utf-8")).find("renderer-v2/symbols/symbol/layer")
    assert place is not None
    stated = {one.get("name"): one.get("value") for one in place.findall("Option/Option")}
    assert (stated["name"], stated["color"], stated["outline_color"]) == (
        "square",
        "23,124,102,0",
        "23,124,102,255",
    )


def test_the_geopackage_is_sound(
    make_board: Callable[..., Board], saved: Callable[[bytes, str], Path]
) -> None:
    content = events_gpkg(make_board())
    assert content[24:28] == content[92:96] == b"\0\0\0\1"
    path = saved(content, "events.gpkg")
    with closing(sqlite3.connect(path)) as base:
        assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        # application id and version of GeoPackage: "GPKG", 1.2: GDAL before 3.7, as in QGIS 3.22,
        # warns of 1.4
        assert base.execute("PRAGMA application_id").fetchone()[0] == 0x47504B47
        assert base.execute("PRAGMA user_version").fetchone()[0] == 10200
        kinds = dict(base.execute("SELECT table_name, data_type FROM gpkg_contents").fetchall())
        assert kinds["layer_styles"] == "attributes"
        times = base.execute("SELECT DISTINCT last_change FROM gpkg_contents").fetchall()
        assert times == [("2024-03-16T08:10:00.000Z",)]


def test_the_temporary_folder_is_gone(
    make_board: Callable[..., Board], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    events_gpkg(make_board())
    assert list(tmp_path.iterdir()) == []


def test_hostile_texts_in_a_geopackage(
    hostile_board: Board, saved: Callable[[bytes, str], Path]
) -> None:
    path = saved(events_gpkg(hostile_board), "events.gpkg")
    places = set(pyogrio.read_dataframe(path, layer="events")["place"].dropna())
    assert "<script>alert(1)</script>" in places
    assert "=cmd|' /C calc'!A0" in places
    assert max(map(len, places)) == 2000
    for row in style_rows(path):
        assert "script" not in row[3]


# KML


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_kml_is_valid(
    make_board: Callable[..., Board], kml_schema: etree.XMLSchema, lang: Any
) -> None:
    root = etree.fromstring(events_kml(make_board(), lang=lang))
    kml_schema.assertValid(root)
    folders = root.findall(f"{KML}Document/{KML}Folder")
    # six unresolved (one of them closed), two violations, one permitted, one works, two outside
    assert [len(folder.findall(f"{KML}Placemark")) for folder in folders] == [6, 2, 1, 1, 2]
    broken = (
        events_kml(make_board()).replace(b"<Point>", b"<Punkt>").replace(b"</Point>", b"</Punkt>")
    )
    assert not kml_schema.validate(etree.fromstring(broken))


def test_an_empty_kml_is_valid(empty_board: Board, kml_schema: etree.XMLSchema) -> None:
    kml_schema.assertValid(etree.fromstring(events_kml(empty_board)))


def test_gdal_reads_the_kml(
    make_board: Callable[..., Board], saved: Callable[[bytes, str], Path]
) -> None:
    path = saved(events_kml(make_board()), "events.kml")
    layers = [str(row[0]) for row in pyogrio.list_layers(path)]
    assert layers == ["待核查", "疑似违规炼山", "报备炼山", "固定热源", "林区外"]
    marks = pyogrio.read_dataframe(path, layer="待核查")
    first = marks.iloc[0]
    assert first["Name"] == "待核查 浮梁县瑶里镇高岭村东北1.2公里"
    kinds = {part.geom_type for part in first.geometry.geoms}
    assert {"Point"} < kinds
    west, south, east, north = first.geometry.bounds
    assert 117.6 < west < east < 117.7
    assert 29.5 < south < north < 29.6


def test_kml_tells_time_style_and_colour(make_board: Callable[..., Board]) -> None:
    root = etree.fromstring(events_kml(make_board()))
    mark = next(root.iter(f"{KML}Placemark"))
    assert mark.findtext(f"{KML}TimeStamp/{KML}when") == "2024-03-16T05:34:00Z"
    assert mark.findtext(f"{KML}styleUrl") == "#unresolved"
    style = root.find(f"{KML}Document/{KML}Style[@id='unresolved']")
    assert style is not None
    # d25837 in the order blue, green, red behind an opaque ff
    assert style.findtext(f"{KML}IconStyle/{KML}color") == "ff3758d2"


def test_hostile_texts_in_a_kml(hostile_board: Board, kml_schema: etree.XMLSchema) -> None:
    content = events_kml(hostile_board)
    root = etree.fromstring(content)
    kml_schema.assertValid(root)
    for mark in root.iter(f"{KML}Placemark"):
        for text in (mark.findtext(f"{KML}name"), mark.findtext(f"{KML}description")):
            # viewers render what they read as HTML: there must be no tag left in it
            assert text
            assert "<" not in text
    assert b"&amp;lt;script" in content
    assert "\u202e" not in content.decode("utf-8")


# GeoJSON


def corners(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    parts = geometry["coordinates"]
    for part in [parts] if geometry["type"] == "Polygon" else parts:
        yield from part


def signed_area(ring: list[list[float]]) -> float:
    pairs = itertools.pairwise(ring)
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs) / 2


def test_unresolved_geojson_keeps_rfc_7946(make_board: Callable[..., Board]) -> None:
    text = unresolved_geojson(make_board())
    document = json.loads(text)
    assert "crs" not in document
    west, south, east, north = document["bbox"]
    assert not re.search(r"\d\.\d{8,}", text)
    for feature in document["features"]:
        for ring in corners(feature["geometry"]):
            assert ring[0] == ring[-1]
            assert signed_area(ring) > 0  # no holes here: every ring is an outer one
        x0, y0, x1, y1 = shape(feature["geometry"]).bounds
        assert west <= x0 + 1e-9
        assert south <= y0 + 1e-9
        assert east >= x1 - 1e-9
        assert north >= y1 - 1e-9


def test_hostile_texts_in_a_geojson_lose_what_nobody_sees(hostile_board: Board) -> None:
    text = unresolved_geojson(hostile_board)
    text.encode("utf-8")
    stated = json.loads(text)
    places = [feature["properties"]["place"] for feature in stated["features"]]
    assert "<script>alert(1)</script>" in places
    assert "right to left" in places
    assert "nulbell村" in places
    assert max(map(len, filter(None, places))) <= 2000


def test_an_empty_geojson_has_no_bbox(empty_board: Board) -> None:
    assert "bbox" not in json.loads(unresolved_geojson(empty_board))
