"""GeoJSON, GeoPackage and zipped shapefiles of every register kind."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon, box

from jdzfire.crs import from_wgs84
from jdzfire.errors import CrsError, InputError, UsageError
from jdzfire.feeds.reading import Reading
from jdzfire.feeds.registers import REGISTER_KINDS, TABLE_KINDS, Declared, read_register
from jdzfire.feeds.registers.shape_repair import ShapeQuestion
from jdzfire.schemas import REGISTERS, empty_table, validate
from tests.feeds.samples import AT, REGISTER_SAMPLES, sample

SQUARE = box(117.34, 29.39, 117.37, 29.42)


def geojson(*features: tuple[dict[str, Any], Any]) -> bytes:
    listed = [
        {"type": "Feature", "properties": properties,
         "geometry": None if shape is None else json.loads(shapely.to_geojson(shape))}
        for properties, shape in features
    ]  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": listed}).encode()


def read(kind: str, raw: bytes, **options: Any) -> Reading:
    stated = ("datum", "crs", "assume")
    said = Declared(**{name: options.pop(name) for name in stated if name in options})
    return read_register(
        kind, raw, source_name="r.geojson", received_at=AT, declared=said, **options
    )


def packed(table: gpd.GeoDataFrame, path: Path, **options: Any) -> bytes:
    table.to_file(path, **options)
    return path.read_bytes()


@pytest.mark.parametrize(
    ("name", "kind", "rows"), [(n, k, r) for n, (k, r) in REGISTER_SAMPLES.items()]
)
def test_samples_by_the_contract(name: str, kind: str, rows: int) -> None:
    reading = read_register(kind, sample(name), source_name=name, received_at=AT)
    assert len(reading.table) == rows
    validate(reading.table, REGISTERS[kind])
    assert set(reading.rejected["reason"]) <= {"total_line"}
    again = read_register(kind, sample(name), source_name=name, received_at=AT)
    assert again.table.equals(reading.table)


def test_every_table_kind_has_a_sample() -> None:
    assert {kind for kind, _ in REGISTER_SAMPLES.values()} == set(TABLE_KINDS)
    assert set(REGISTERS) == set(TABLE_KINDS)
    assert set(REGISTER_KINDS) == {*TABLE_KINDS, "weather", "dem", "landcover"}


@pytest.mark.parametrize("kind", [kind for kind in TABLE_KINDS if kind != "special-days"])
def test_an_empty_layer_gives_the_empty_table(kind: str, tmp_path: Path) -> None:
    empty = empty_table(REGISTERS[kind])
    raw = packed(empty, tmp_path / "e.gpkg", layer=kind.replace("-", "_"))
    reading = read(kind, raw)
    assert reading.table.dtypes.equals(empty.dtypes)
    assert reading.table.crs == empty.crs


@pytest.mark.parametrize("name", [n for n in REGISTER_SAMPLES if n.endswith(".geojson")])
def test_damaged_or_foreign_vector_files_are_refused(name: str) -> None:
    kind, _ = REGISTER_SAMPLES[name]
    raw = sample(name)
    for bad in (
        raw[: len(raw) // 2],
        b"{}",
        b'{"type": "FeatureCollection"',
        b"SQLite format 3\x00junk",
    ):
        with pytest.raises(InputError) as caught:
            read(kind, bad)
        assert caught.value.exit_code == 3
    metres = raw.replace(b"[117.", b"[511117.")
    with pytest.raises(CrsError, match="not degrees"):
        read(kind, metres)


@pytest.mark.parametrize("name", [n for n in REGISTER_SAMPLES if n.endswith(".geojson")])
def test_contract_tables_survive_a_geopackage(name: str, tmp_path: Path) -> None:
    kind, rows = REGISTER_SAMPLES[name]
    table = read(kind, sample(name)).table
    raw = packed(table, tmp_path / "t.gpkg", layer=kind.replace("-", "_"))
    back = read(kind, raw)
    assert back.rejected.empty
    assert len(back.table) == rows
    plain = [c for c in table.columns if c != "geometry"]
    assert back.table[plain].equals(table[plain])
    assert back.table.geometry.geom_equals(table.geometry).all()


def test_declared_datum_moves_every_vertex() -> None:
    raw = geojson(({"adcode": 360203, "name": "珠山区"}, SQUARE))
    there = shapely.transform(SQUARE, lambda xy: _shift(xy))
    moved = geojson(({"adcode": 360203, "name": "珠山区"}, there))
    plain = read("admin", raw).table.geometry[0]
    back = read("admin", moved, datum="gcj02").table.geometry[0]
    assert back.equals_exact(plain, 1e-7)
    assert not read("admin", moved).table.geometry[0].equals_exact(plain, 1e-3)


def _shift(points: Any) -> Any:
    lon, lat = from_wgs84(points[:, 0], points[:, 1], "gcj02")
    return shapely.get_coordinates(shapely.points(lon, lat))


def test_projected_layers_with_and_without_zone(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame({"name": ["a"]}, geometry=[SQUARE], crs="EPSG:4326")
    for code in (4548, 4527, 32650):
        raw = packed(table.to_crs(code), tmp_path / f"{code}.gpkg", layer="zones")
        for datum in (None, "cgcs2000"):
            shape = read("zones", raw, datum=datum).table.geometry[0]
            assert shape.equals_exact(SQUARE, 1e-7), code
    with_zone = table.to_crs(4527).set_crs(
        4548, allow_override=True
    )  # eastings 39,5..., label 4548
    raw = packed(with_zone, tmp_path / "w.gpkg", layer="zones")
    assert read("zones", raw).table.geometry[0].equals_exact(SQUARE, 1e-7)


def test_contradicting_labels_are_refused(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame({"name": ["a"]}, geometry=[SQUARE], crs="EPSG:4326")
    raw = packed(table.to_crs(4548), tmp_path / "p.gpkg", layer="zones")
    with pytest.raises(CrsError, match="contradict"):
        read("zones", raw, crs="EPSG:4547")
    with pytest.raises(CrsError, match="projected"):
        read("zones", raw, datum="gcj02")
    assert len(read("zones", raw, crs="EPSG:4548").table) == 1
    with pytest.warns(UserWarning, match="crs"):
        bare = packed(table.set_crs(None, allow_override=True), tmp_path / "n.gpkg", layer="zones")
    with pytest.raises(CrsError, match="no CRS"):
        read("zones", bare)
    assert len(read("zones", bare, crs="EPSG:4326").table) == 1
    wrong = table.to_crs(4548).set_crs(4547, allow_override=True)  # a belt that is not its own
    off = read("zones", packed(wrong, tmp_path / "x.gpkg", layer="zones")).table.geometry[0]
    assert off.centroid.x == pytest.approx(114.355, abs=1e-3)  # no zone in front: cannot be seen


def test_geojson_in_metres_needs_its_crs() -> None:
    square = gpd.GeoSeries([SQUARE], crs=4326).to_crs(4548)[0]
    raw = geojson(({"name": "a"}, square))
    with pytest.raises(CrsError, match="not degrees"):
        read("zones", raw)
    assert read("zones", raw, crs="EPSG:4548").table.geometry[0].equals_exact(SQUARE, 1e-7)


def test_cgcs2000_degrees_are_taken_as_they_are(tmp_path: Path) -> None:
    table = gpd.GeoDataFrame({"name": ["a"]}, geometry=[SQUARE], crs="EPSG:4490")
    raw = packed(table, tmp_path / "c.gpkg", layer="zones")
    assert read("zones", raw).table.geometry[0].equals_exact(SQUARE, 1e-12)


def test_a_repair_that_changes_the_area_is_asked_about() -> None:
    bow = Polygon([(117.40, 29.40), (117.42, 29.42), (117.42, 29.40), (117.40, 29.42)])
    raw = geojson(({"name": "a"}, bow), ({"name": "b"}, SQUARE))
    with pytest.raises(ShapeQuestion, match=r"shape 1.*--assume repair=yes"):
        read("zones", raw)
    reading = read("zones", raw, assume={"repair": "yes"})
    assert reading.notes[0] == "1 invalid shapes repaired"
    assert reading.table.is_valid.all()
    # two triangles of base 0.02 and height 0.01 degree: 2 * 0.02 * 0.01 / 2 = 0.0002
    assert reading.table.geometry[0].area == pytest.approx(0.0002)
    assert set(reading.table.geom_type) <= {"Polygon", "MultiPolygon"}


def test_a_slip_of_the_pen_is_repaired_and_noted() -> None:
    reading = read("zones", sample("zones.geojson"))
    assert reading.notes[0] == "1 invalid shapes repaired"
    assert reading.table.is_valid.all()
    assert shapely.area(reading.table.geometry[1]) == pytest.approx(0.0004, rel=0.01)


def test_missing_and_wrong_shapes_are_set_aside() -> None:
    road = LineString([(117.2, 29.3), (117.3, 29.4)])
    raw = geojson(({"name": "a"}, None), ({"name": "b"}, road), ({"name": "c"}, SQUARE),
                  ({"name": "d"}, Polygon()))  # fmt: skip
    reading = read("zones", raw)
    assert reading.table["name"].tolist() == ["c"]
    assert reading.rejected["reason"].tolist() == [
        "geometry_missing", "geometry_type", "geometry_missing"]  # fmt: skip
    assert reading.rejected["line"].tolist() == [1, 2, 4]
    point = read("settlements", geojson(({"name": "镇", "kind": "town"}, SQUARE)))
    assert SQUARE.contains(point.table.geometry[0])


def test_admin_levels_from_words_or_codes() -> None:
    features = [
        ({"adcode": 360000, "name": "省"}, SQUARE),
        ({"adcode": 360200, "name": "市"}, SQUARE),
        (
            {"adcode": 360222, "name": "县", "level": "district", "parent": {"adcode": 360200}},
            SQUARE,
        ),
        ({"adcode": "360222104", "name": "镇", "level": "street"}, SQUARE),
        ({"adcode": None, "name": "无码"}, SQUARE),
        ({"adcode": 12, "name": "怪"}, SQUARE),
    ]
    reading = read("admin", geojson(*features))
    assert reading.table["level"].tolist() == ["province", "city", "county", "township"]
    assert reading.table["admin_id"].tolist() == ["360000", "360200", "360222", "360222104"]
    assert reading.table["parent_id"].iloc[2] == "360200"
    assert reading.rejected["reason"].tolist() == ["level", "level"]


def test_zones_without_buffer_get_the_wider_county_rule() -> None:
    table = read("zones", sample("zones.geojson")).table
    assert table["edge_buffer_m"].tolist() == [100.0, 200.0]


def test_heat_sources_default_small_and_hold_always() -> None:
    at = Point(117.2, 29.3)
    features = [
        ({"name": "某水泥厂"}, at),
        ({"name": "x", "kind": "焦化"}, SQUARE),
        ({"name": "y", "valid_from": "2024-02-01", "valid_to": "2024-01-01"}, at),
    ]
    reading = read("heat-sources", geojson(*features))
    assert reading.table["kind"].tolist() == ["cement", "coke"]
    assert reading.table["radius_m"].tolist() == [250.0, 0.0]
    assert reading.table["valid_from"].isna().all()
    assert "2 rows state no start: they hold always" in reading.notes[-1]
    assert reading.table["valid_to"].isna().all()
    assert reading.rejected["reason"].tolist() == ["time_order"]


def test_road_classes_from_osm_and_chinese_words() -> None:
    line = LineString([(117.2, 29.3), (117.3, 29.4)])
    words = ["primary", "国道", "unclassified", "防火道", "ferry", None]
    raw = geojson(*[({"osm_id": i, "fclass": word}, line) for i, word in enumerate(words)])
    table = read("roads", raw).table
    assert table["road_class"].tolist() == [
        "primary", "trunk", "unclassified", "track", "track", "track"]  # fmt: skip
    assert table["road_id"].tolist() == ["0", "1", "2", "3", "4", "5"]


def test_rows_without_id_are_named_by_content_whatever_their_order() -> None:
    one, two = ({"name": "甲"}, SQUARE), ({"name": "乙"}, box(117.0, 29.0, 117.1, 29.1))
    forward = read("zones", geojson(one, two)).table.set_index("name")["zone_id"]
    backward = read("zones", geojson(two, one)).table.set_index("name")["zone_id"]
    assert forward.to_dict() == backward.to_dict()
    assert forward.is_unique


def test_a_datum_column_beside_shapes_is_noted_not_believed() -> None:
    text = sample("permits_polygon.geojson").decode()
    raw = text.replace('"申请单位"', '"坐标系": "GCJ-02", "申请单位"').encode()
    reading = read("permits", raw)
    assert reading.table["source_datum"].tolist() == ["wgs84"]
    assert reading.notes[0] == "rows name a datum; all shapes were taken as wgs84"


def test_layers_are_chosen_by_name_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    zones = gpd.GeoDataFrame({"name": ["z"]}, geometry=[SQUARE], crs="EPSG:4326")
    sites = gpd.GeoDataFrame({"name": ["h"]}, geometry=[Point(117.2, 29.3)], crs="EPSG:4326")
    zones.to_file(path, layer="zones")
    raw = packed(sites, path, layer="heat_sources", mode="a")
    assert read("zones", raw).table["name"].tolist() == ["z"]
    assert read("heat-sources", raw).table["name"].tolist() == ["h"]
    with pytest.raises(InputError, match="no layer for roads"):
        read("roads", raw)


def test_zipped_shapefile(tmp_path: Path) -> None:
    zones = gpd.GeoDataFrame({"name": ["后山"]}, geometry=[SQUARE], crs="EPSG:4548")
    zones = zones.set_crs(4326, allow_override=True).to_crs(4548)
    zones.to_file(tmp_path / "zones.shp", encoding="utf-8")
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for part in sorted(tmp_path.iterdir()):
            archive.write(part, part.name)
    table = read("zones", held.getvalue()).table
    assert table["name"].tolist() == ["后山"]
    assert table.geometry[0].normalize().equals_exact(SQUARE.normalize(), 1e-6)


def test_hostile_names_are_kept_as_text() -> None:
    name = "<img src=x onerror=alert(1)>\x07"
    table = read("settlements", geojson(({"name": name, "kind": "村"}, Point(117.2, 29.3)))).table
    assert table["name"].tolist() == ["<img src=x onerror=alert(1)>"]


def test_a_kind_without_places_is_refused_as_a_layer() -> None:
    raw = b'{"type": "FeatureCollection", "features": []}'
    with pytest.raises(InputError, match="vector file"):
        read_register("special-days", raw, source_name="x.geojson", received_at=AT)


@pytest.mark.parametrize("name", ["repar", "statsu", "classes"])
def test_what_is_assumed_of_no_column_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=name):
        read("zones", sample("zones.geojson"), assume={name: "yes"})
