"""Layers as programmes write them: odd text, odd shapes, odd columns."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon, box, mapping

from jdzfire.errors import InputError
from jdzfire.feeds.reading import Reading
from jdzfire.feeds.registers import read_register
from jdzfire.feeds.registers.division_codes import JIANGXI_CODES

AT = datetime(2024, 5, 1, tzinfo=UTC)
SQUARE = box(117.34, 29.39, 117.37, 29.42)


def read(kind: str, raw: bytes) -> Reading:
    return read_register(kind, raw, source_name="layer", received_at=AT)


def dbf(fields: Sequence[tuple[bytes, int]], rows: Sequence[Sequence[bytes]], mark: int) -> bytes:
    """A dBase III table of character columns, as its published layout says."""
    width = 1 + sum(size for _, size in fields)
    start = 32 + 32 * len(fields) + 1
    head = struct.pack("<BBBBIHH16xBBxx", 3, 124, 5, 1, len(rows), start, width, 0, mark)
    columns = b"".join(
        name.ljust(11, b"\0")[:11] + b"C" + b"\0" * 4 + bytes((size, 0)) + b"\0" * 14
        for name, size in fields
    )
    body = b"".join(
        b" "
        + b"".join(cell[:size].ljust(size) for cell, (_, size) in zip(row, fields, strict=True))
        for row in rows
    )
    return head + columns + b"\r" + body + b"\x1a"


def shapefile(tmp_path: Path, fields: Sequence[tuple[bytes, int]], rows: Any, mark: int = 0,
              *, inside: str = "zones", more: dict[str, bytes] | None = None) -> bytes:  # fmt: skip
    """A zipped shapefile of squares with the attribute table given."""
    tmp_path.mkdir(exist_ok=True)
    shapes = [shapely.affinity.translate(SQUARE, 0.05 * i) for i in range(len(rows))]
    gpd.GeoDataFrame({"a": range(len(rows))}, geometry=shapes, crs="EPSG:4326").to_file(
        tmp_path / "z.shp"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for suffix in (".shp", ".shx", ".prj"):
            archive.writestr(inside + suffix, (tmp_path / "z").with_suffix(suffix).read_bytes())
        archive.writestr(f"{inside}.dbf", dbf(fields, rows, mark))
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return buffer.getvalue()


FIELDS = [(b"name", 20), (b"species", 10)]


@pytest.mark.slow
@pytest.mark.parametrize("mark", [0, 0x57, 0x4D])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("cpg", [None, b"GBK", b"UTF-8", b"ISO-8859-1"])
def test_text_is_told_by_its_bytes(
    tmp_path: Path, encoding: str, mark: int, cpg: bytes | None
) -> None:
    row = [text.encode(encoding) for text in ("瑶里镇东港村", "马尾松")]
    more = {} if cpg is None else {"zones.cpg": cpg}
    table = read("zones", shapefile(tmp_path, FIELDS, [row], mark, more=more)).table
    assert table["name"].tolist() == ["瑶里镇东港村"]
    assert table["species"].tolist() == ["马尾松"]


@pytest.mark.parametrize(
    ("encoding", "shown"), [("utf-8", "浮梁县瑶里镇"), ("gb18030", "浮梁县瑶里镇汪胡村")]
)
def test_text_cut_inside_a_character_loses_that_character(
    tmp_path: Path, encoding: str, shown: str
) -> None:
    name = "浮梁县瑶里镇汪胡村小".encode(encoding)[:19]
    table = read("zones", shapefile(tmp_path, FIELDS, [[name, "杉木".encode(encoding)]])).table
    assert table["name"].tolist() == [shown]
    assert table["species"].tolist() == ["杉木"]


def test_each_layer_of_a_zip_has_its_own_encoding(tmp_path: Path) -> None:
    other = shapefile(tmp_path / "b", FIELDS, [["路".encode("gb18030"), b""]], inside="a_roads")
    with zipfile.ZipFile(io.BytesIO(other)) as archive:
        more = {name: archive.read(name) for name in archive.namelist()}
    raw = shapefile(tmp_path / "a", FIELDS, [["瑶里镇".encode(), "杉木".encode()]], more=more)
    reading = read("zones", raw)
    assert reading.table["name"].tolist() == ["瑶里镇"]
    assert "layers not used: a_roads" in reading.notes


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_names_of_columns_cut_after_ten_bytes(tmp_path: Path, encoding: str) -> None:
    names = ("小班编号", "优势树种", "林缘距离") if encoding == "utf-8" else (
        "优势树种组", "小班编号", "森林类别")  # fmt: skip
    fields = [(name.encode(encoding)[:10], 12) for name in names]
    row = [b"001", "杉木".encode(encoding), b"150"]
    if encoding != "utf-8":
        row = ["杉木".encode(encoding), b"001", "公益林".encode(encoding)]
    table = read("zones", shapefile(tmp_path, fields, [row])).table
    assert table["zone_id"].tolist() == ["001"]
    assert table["species"].tolist() == ["杉木"]


@pytest.mark.parametrize(
    "names",
    [
        ("林班号", "小班", "林场", "地类", "优势树种", "起源", "亚林种", "面积"),
        (
            "LIN_BAN",
            "XIAO_BAN",
            "LIN_CHANG",
            "DI_LEI",
            "YOU_SHI_SZ",
            "QI_YUAN",
            "亚林种",
            "MIAN_JI",
        ),
    ],
)
def test_forest_compartments(names: tuple[str, ...]) -> None:
    values = ("12", "3", "枫树山林场", "乔木林地", "杉木", "人工", "水源涵养林", "8.4")
    features = [
        {
            "type": "Feature",
            "properties": dict(zip(names, values, strict=True)) | {"备用1": "x"},
            "geometry": mapping(SQUARE),
        }
    ]
    raw = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    reading = read("zones", raw)
    (zone,) = reading.table.to_dict("records")
    assert zone["zone_id"] == "枫树山林场-12-3"
    assert zone["name"] == "12林班3小班"
    stated = ("forest_farm", "land_type", "species", "origin", "forest_subclass", "area_ha")
    assert [zone[name] for name in stated] == [
        "枫树山林场", "乔木林地", "杉木", "人工", "水源涵养林", 8.4]  # fmt: skip
    assert "columns not used: 备用1" in reading.notes


def test_two_lots_of_one_compartment_number_both_stay() -> None:
    features = [
        {
            "type": "Feature",
            "properties": {"林班号": "1", "小班": "2"},
            "geometry": mapping(shapely.affinity.translate(SQUARE, i / 10)),
        }
        for i in range(2)
    ]
    raw = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    assert read("zones", raw).table["zone_id"].nunique() == 2


@pytest.mark.parametrize(
    ("name", "code", "level"),
    [
        ("浮梁县", "360222", "county"),
        ("乐平市", "360281", "county"),
        ("景德镇市", "360200", "city"),
        ("浮梁县（2024）", "360222", "county"),
        ("婺源县 & <b>x</b>", "361130", "county"),
    ],
)
def test_an_area_by_its_name_alone(name: str, code: str, level: str) -> None:
    feature = {"type": "Feature", "properties": {"name": name}, "geometry": mapping(SQUARE)}
    reading = read("admin", json.dumps(feature).encode())
    assert reading.table["admin_id"].tolist() == [code]
    assert reading.table["level"].tolist() == [level]
    assert any("GB/T 2260" in note for note in reading.notes)


def test_an_area_of_another_province_gets_an_id_of_its_own() -> None:
    feature = {"type": "Feature", "properties": {"name": "祁门县"}, "geometry": mapping(SQUARE)}
    table = read("admin", json.dumps(feature).encode()).table
    assert table["admin_id"][0].startswith("ADMIN-")
    assert table["level"].tolist() == ["county"]
    assert len(JIANGXI_CODES) == 112  # 1 province, 11 cities, 100 counties


@pytest.mark.parametrize("classes", [["residential", "tertiary"], "['residential', 'tertiary']"])
def test_a_list_of_road_classes_is_the_slowest_of_them(classes: Any) -> None:
    line = LineString([(117.3, 29.3), (117.35, 29.35)])
    ring = Polygon([(117.4, 29.4), (117.401, 29.4), (117.401, 29.401)])
    listed: list[tuple[dict[str, Any], Any]] = [
        ({"highway": "secondary", "name": "某路"}, line),
        ({"highway": classes, "name": ["甲路", "乙路"]}, line),
        ({"highway": ["primary", "secondary"]}, ring),
        ({"highway": "bridleway"}, line),
        ({"highway": "traffic_signals"}, Point(117.4, 29.4)),
    ]
    features = [
        {"type": "Feature", "id": f"w{i}", "properties": {"编号": f"w{i}"} | stated,
         "geometry": mapping(shape)} for i, (stated, shape) in enumerate(listed)
    ]  # fmt: skip
    raw = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    reading = read("roads", raw)
    roads = reading.table.set_index("road_id")
    assert roads["road_class"].to_dict() == {
        "w0": "secondary", "w1": "residential", "w2": "secondary", "w3": "track"}  # fmt: skip
    assert roads.loc["w1", "name"] == "甲路；乙路"
    assert roads.loc["w2", "geometry"].length == pytest.approx(ring.exterior.length)
    assert reading.rejected["reason"].tolist() == ["geometry_type"]
    assert any("unknown class count as track: bridleway" in note for note in reading.notes)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["geojson", "gpkg"])
def test_a_place_that_is_no_number_costs_its_row(tmp_path: Path, form: str) -> None:
    names = ["瑶里", "坏", "高岭"]
    if form == "geojson":
        features = [
            {"type": "Feature", "properties": {"name": name},
             "geometry": {"type": "Point", "coordinates": [x, 29.5]}}
            for name, x in zip(names, (117.58, float("nan"), 117.6), strict=True)
        ]  # fmt: skip
        raw = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    else:
        places = gpd.GeoSeries([Point(117.58, 29.5), Point(np.nan, np.nan), Point(117.6, 29.5)])
        path = tmp_path / "p.gpkg"
        gpd.GeoDataFrame({"name": names}, geometry=places, crs="EPSG:4326").to_file(path)
        raw = path.read_bytes()
    reading = read("settlements", raw)
    assert reading.table["name"].tolist() == ["瑶里", "高岭"]
    assert reading.rejected["line"].tolist() == [2]
    assert reading.faulty == 1


def placemark(name: str, inside: str) -> str:
    return f"<Placemark><name>{name}</name>{inside}</Placemark>"


POINT = "<Point><coordinates>117.35,29.4</coordinates></Point>"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def kml(*marks: str, head: str = HEAD, root: str = "<kml>") -> str:
    return f"{head}{root}<Document>{''.join(marks)}</Document></kml>"


def test_every_placemark_is_registered_or_counted() -> None:
    reading = read(
        "teams",
        kml(
            placemark("甲专业队", POINT),
            placemark("无形状专业队", ""),
            placemark("轨迹专业队", "<gx:Track><gx:coord>117 29 0</gx:coord></gx:Track>"),
            placemark("两处专业队", f"<MultiGeometry>{POINT * 2}</MultiGeometry>"),
            placemark(
                "线专业队", "<LineString><coordinates>117,29 118,29</coordinates></LineString>"
            ),
            "<NetworkLink><name>链接</name><Link><href>a.kml</href></Link></NetworkLink>",
            root='<kml xmlns:gx="http://www.google.com/kml/ext/2.2">',
        ).encode(),
    )
    assert reading.table["name"].tolist() == ["甲专业队"]
    assert reading.rejected["line"].tolist() == [2, 3, 4, 5, 6]


RING = "<LinearRing><coordinates>{}</coordinates></LinearRing>"


def square(west: float, south: float, size: float) -> str:
    east, north = west + size, south + size
    return RING.format(
        f"{west},{south} {east},{south} {east},{north} {west},{north} {west},{south}"
    )


@pytest.mark.parametrize("is_one", [True, False])
def test_holes_are_holes_however_they_are_written(is_one: bool) -> None:
    holes = [square(117.32, 29.32, 0.02), square(117.36, 29.36, 0.02)]
    inner = "<innerBoundaryIs>{}</innerBoundaryIs>"
    inside = inner.format("".join(holes)) if is_one else "".join(map(inner.format, holes))
    outer = f"<outerBoundaryIs>{square(117.3, 29.3, 0.1)}</outerBoundaryIs>"
    reading = read("zones", kml(placemark("瑶里", f"<Polygon>{outer}{inside}</Polygon>")).encode())
    (zone,) = reading.table.geometry
    assert zone.area == pytest.approx(0.01 - 2 * 0.0004)
    assert zone.contains(Point(117.35, 29.35))  # forest between the holes
    assert not zone.contains(Point(117.33, 29.33))


@pytest.mark.parametrize(
    ("head", "encoding", "root"),
    [
        (HEAD, "utf-8", '<kml xsi:schemaLocation="x">'),
        (HEAD, "utf-8", "<kml><gx:Tour/>"),
        ('<?xml version="1.0" encoding="GB2312"?>', "gb18030", "<kml>"),
        ('<?xml version="1.0" encoding="gbk"?>', "gb18030", "<kml>"),
        ('<?xml version="1.0" encoding="utf8"?>', "utf-8", "<kml>"),
        ("", "utf-16", "<kml>"),
    ],
)
def test_kml_against_the_rules_of_xml(head: str, encoding: str, root: str) -> None:
    text = kml(placemark("瑶里队", POINT), head=head, root=root)
    assert read("settlements", text.encode(encoding)).table["name"].tolist() == ["瑶里队"]


def test_kml_with_entities_stays_refused() -> None:
    text = kml(placemark("&x;", POINT), head=HEAD + '<!DOCTYPE k [<!ENTITY x "y">]>')
    with pytest.raises(InputError):
        read("settlements", text.encode())


@pytest.mark.parametrize("folder", ["林区/", "林区\\", ""])
def test_a_zipped_folder_with_what_the_finder_leaves(tmp_path: Path, folder: str) -> None:
    row = ["瑶里".encode(), b""]
    clutter = {"__MACOSX/林区/._zones.shp": b"\0\5\x16\7", f"{folder}.DS_Store": b"x"}
    raw = shapefile(tmp_path, FIELDS, [row], inside=f"{folder}zones", more=clutter)
    assert read("zones", raw).table["name"].tolist() == ["瑶里"]


@pytest.mark.parametrize("table", ["layer_styles", "qgis_projects"])
def test_a_geopackage_with_tables_of_qgis(tmp_path: Path, table: str) -> None:
    import sqlite3

    path = tmp_path / "forest.gpkg"
    gpd.GeoDataFrame({"name": ["瑶里"]}, geometry=[SQUARE], crs="EPSG:4326").to_file(
        path, layer="forest"
    )
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, styleName TEXT)")
    connection.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, ?, ?)",
        (table, "attributes", table),
    )
    connection.commit()
    connection.close()
    assert read("zones", path.read_bytes()).table["name"].tolist() == ["瑶里"]
