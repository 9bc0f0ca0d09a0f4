"""Datums, Gauss-Kruger belts and the choice of a metric CRS."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely.geometry import MultiPolygon, Point, Polygon

from jdzfire.crs import (
    DATUMS,
    HOME_METRIC_CRS,
    belt_of,
    from_wgs84,
    gauss_kruger_to_wgs84,
    metric_crs,
    named_crs,
    normalise_datum,
    project_to_wgs84,
    shift_to_wgs84,
    to_wgs84,
)
from jdzfire.errors import CrsError

SHARED = Path(__file__).resolve().parents[1].parent / "shared" / "data"
REFERENCE = SHARED / "reference_points" / "coords" / "wgs84_gcj02_bd09_reference.csv"

# Published test pairs of the GCJ-02 and BD-09 formulas: datum, lon, lat, datum, lon, lat.
PUBLISHED = [
    ("wgs84", 121.5272106, 31.1774276, "gcj02", 121.531541859215, 31.17530398364597),
    ("wgs84", 113.912316, 22.543847, "gcj02", 113.9171764808363, 22.540796131694766),
    ("wgs84", 116.377817, 39.911954, "gcj02", 116.38404722455657, 39.91334545536069),
    ("wgs84", 116.404, 39.915, "gcj02", 116.41024449916938, 39.91640428150164),
    ("gcj02", 116.404, 39.915, "bd09", 116.41036949371029, 39.92133699351021),
    ("wgs84", 116.404, 39.915, "bd09", 116.41662724378733, 39.922699552216216),
]


def distance_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Metres between two near points: one degree is 111,320 m (east: times cos lat)."""
    east = (lon - other_lon) * 111_320 * np.cos(np.radians(lat))
    return float(np.hypot(east, (lat - other_lat) * 111_320))


@pytest.mark.parametrize(("one", "lon", "lat", "other", "to_lon", "to_lat"), PUBLISHED)
def test_published_pairs_agree_both_ways(
    one: str, lon: float, lat: float, other: str, to_lon: float, to_lat: float
) -> None:
    there = from_wgs84(*to_wgs84(lon, lat, one), other)
    back = from_wgs84(*to_wgs84(to_lon, to_lat, other), one)
    assert distance_m(float(there[0]), float(there[1]), to_lon, to_lat) < 0.01
    assert distance_m(float(back[0]), float(back[1]), lon, lat) < 0.01


@pytest.mark.real
def test_reference_file_agrees() -> None:
    if not REFERENCE.exists():
        pytest.skip("no ../shared/data/reference_points beside the repository")
    rows = list(csv.DictReader(REFERENCE.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 13
    for row in rows:
        lon, lat = to_wgs84(float(row["from_lon"]), float(row["from_lat"]), row["from_crs"])
        lon, lat = from_wgs84(lon, lat, row["to_crs"])
        off = distance_m(float(lon), float(lat), float(row["to_lon"]), float(row["to_lat"]))
        # two published inverses say themselves that they are approximate
        assert off < (0.3 if "approximate" in row["method"] else 0.1), row


@settings(max_examples=60, deadline=None)
@given(
    lon=st.floats(73.5, 135.0),
    lat=st.floats(18.0, 53.5),
    datum=st.sampled_from(DATUMS),
)
def test_there_and_back_is_under_a_millimetre(lon: float, lat: float, datum: str) -> None:
    there = from_wgs84(lon, lat, datum)
    back = to_wgs84(there[0], there[1], datum)
    assert distance_m(float(back[0]), float(back[1]), lon, lat) < 0.001


def test_shift_at_home_is_what_the_map_files_show() -> None:
    # read off the county files: about 513 m east and some 270 m south; the formula gives 280-330
    lon, lat = from_wgs84(117.2, 29.29, "gcj02")
    east = (float(lon) - 117.2) * 111_320 * np.cos(np.radians(29.29))
    north = (float(lat) - 29.29) * 110_850
    assert east == pytest.approx(513, abs=15)
    assert -330 < north < -260


@pytest.mark.parametrize(
    ("lon", "lat"), [(-104.9903, 39.7392), (153.0251, -27.4698), (139.8, 35.7)]
)
def test_outside_china_nothing_moves(lon: float, lat: float) -> None:
    for datum in DATUMS:
        assert [float(v) for v in to_wgs84(lon, lat, datum)] == [lon, lat]
        assert [float(v) for v in from_wgs84(lon, lat, datum)] == [lon, lat]


def test_nulls_stay_null_and_arguments_stay_as_they_were() -> None:
    lon, lat = np.array([117.2, np.nan]), np.array([29.3, np.nan])
    x, y = to_wgs84(lon, lat, "gcj02")
    assert np.isnan(x[1])
    assert np.isnan(y[1])
    assert lon[0] == 117.2
    assert x[0] != 117.2
    empty = to_wgs84([], [], "bd09")
    assert empty[0].shape == (0,)


@pytest.mark.parametrize("name", ["GCJ-02", "gcj02", "火星坐标系", " 高德 "])
def test_datum_spellings(name: str) -> None:
    assert normalise_datum(name) == "gcj02"


def test_unknown_datum_and_impossible_degrees_are_refused() -> None:
    with pytest.raises(CrsError, match="unknown datum"):
        normalise_datum("jgd2011")
    with pytest.raises(CrsError, match="not degrees"):
        to_wgs84(39512345.0, 3240000.0, "wgs84")
    with pytest.raises(CrsError, match="not degrees"):
        to_wgs84(29.3, 117.2, "gcj02")


def test_shift_moves_every_kind_of_shape_and_keeps_the_rest() -> None:
    square = Polygon([(117.2, 29.3), (117.3, 29.3), (117.3, 29.4), (117.2, 29.3)])
    table = gpd.GeoDataFrame(
        {"name": list("abcd")},
        geometry=[square, MultiPolygon([square]), Point(117.2, 29.3), None],
        index=[7, 5, 3, 1],
        crs="EPSG:4326",
    )
    moved = shift_to_wgs84(table, "gcj02")
    lon, lat = to_wgs84(117.2, 29.3, "gcj02")
    assert moved.crs.to_epsg() == 4326
    assert list(moved.index) == [7, 5, 3, 1]
    assert list(moved["name"]) == list("abcd")
    assert moved.geometry.iloc[2].equals_exact(Point(float(lon), float(lat)), 1e-12)
    assert moved.geometry.iloc[0].exterior.coords[0] == moved.geometry.iloc[2].coords[0]
    assert moved.geometry.iloc[3] is None
    assert table.geometry.iloc[2] == Point(117.2, 29.3)


def test_shift_of_an_empty_table_and_of_a_projected_one() -> None:
    empty = gpd.GeoDataFrame({"name": []}, geometry=[], crs=None)
    assert shift_to_wgs84(empty, "gcj02").crs.to_epsg() == 4326
    metres = gpd.GeoDataFrame(geometry=[Point(500_000, 3_240_000)], crs="EPSG:4548")
    with pytest.raises(CrsError, match="projected"):
        shift_to_wgs84(metres, "gcj02")


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        (None, 4548),
        ((np.nan, np.nan, np.nan, np.nan), 4548),
        ((116.9, 28.7, 117.9, 30.0), 4548),
        ((115.5, 28.0, 118.5, 30.0), 4548),
        ((118.6, 29.0, 119.6, 30.0), 4549),  # middle 119.1, nearest belt 120
        ((113.5, 24.4, 118.5, 30.1), 4548),  # the province: middle 116.0, nearest belt 117
        ((-120.0, 36.0, -119.0, 38.0), 32611),  # UTM zone (-119.5 + 180) / 6 = 10.08 -> 11
        ((150.0, -34.0, 151.0, -33.0), 32756),  # (150.5 + 180) / 6 = 55.08 -> 56, south
    ],
)
def test_metric_crs(bounds: tuple[float, float, float, float] | None, code: int) -> None:
    assert metric_crs(bounds).to_epsg() == code


def test_metric_crs_of_wide_bounds_is_centred_on_them() -> None:
    for bounds in [(73.0, 18.0, 135.0, 53.0), (170.0, -5.0, -170.0, 5.0)]:
        crs = metric_crs(bounds)
        assert crs.axis_info[0].unit_name == "metre"
        assert "Azimuthal" in crs.coordinate_operation.method_name
    with pytest.raises(CrsError, match="bounds"):
        metric_crs((500_000.0, 3_000_000.0, 501_000.0, 3_001_000.0))


def test_belts_are_known_by_their_numbers() -> None:
    assert belt_of(CRS.from_user_input(HOME_METRIC_CRS)) == (39, 117.0, 500_000.0)
    assert belt_of(CRS.from_epsg(4527)) == (39, 117.0, 39_500_000.0)
    assert belt_of(CRS.from_epsg(2415)) == (39, 117.0, 39_500_000.0)  # Beijing 1954
    assert belt_of(CRS.from_epsg(4498)) == (20, 117.0, 20_500_000.0)  # 6-degree belt
    assert belt_of(CRS.from_epsg(4326)) is None
    assert belt_of(CRS.from_epsg(3857)) is None


# Half a degree east of the meridian at 30 N on GRS80, by the series (Snyder 8-9, 8-10):
# N = 6378137 / sqrt(1 - 0.00669438 * 0.25) = 6383480.918, A = 0.5 deg * cos 30 = 0.00755750,
# east = N * (A + (1 - 1/3 + 0.005055) * A^3 / 6) = 48,243.449,
# north = 3,320,113.398 (arc to 30 N) + N * tan 30 * A^2 / 2 * (1 + ...) = 3,320,218.651.
EAST_M, NORTH_M = 48_243.449, 3_320_218.651


@pytest.mark.parametrize(
    ("easting", "crs"),
    [
        (500_000 + EAST_M, "EPSG:4548"),  # no zone, declared without
        (39_500_000 + EAST_M, "EPSG:4548"),  # zone in front, declared without
        (500_000 + EAST_M, "EPSG:4527"),  # no zone, declared with
        (39_500_000 + EAST_M, "EPSG:4527"),
        (39_500_000 + EAST_M, None),  # the zone alone states it
        (20_500_000 + EAST_M, None),  # 6-degree zone 20 has the same meridian
    ],
)
def test_zone_in_front_or_not(easting: float, crs: str | None) -> None:
    lon, lat = gauss_kruger_to_wgs84([easting], [NORTH_M], crs=crs)
    assert lon[0] == pytest.approx(117.5, abs=2e-7)
    assert lat[0] == pytest.approx(30.0, abs=2e-7)


def test_surveyors_order_is_turned_and_nulls_stay() -> None:
    easting = [39_500_000 + EAST_M, np.nan]
    lon, lat = gauss_kruger_to_wgs84([NORTH_M, np.nan], easting)
    assert lon[0] == pytest.approx(117.5, abs=2e-7)
    assert np.isnan(lon[1])
    assert np.isnan(lat[1])
    none = gauss_kruger_to_wgs84([np.nan], [np.nan])
    assert np.isnan(none[0]).all()


@pytest.mark.parametrize(
    ("easting", "northing", "crs", "message"),
    [
        ([548_000.0], [3_320_000.0], None, "without a zone"),
        ([38_548_000.0], [3_320_000.0], "EPSG:4548", "different zones"),
        ([39_548_000.0, 38_548_000.0], [3_320_000.0] * 2, None, "one Gauss-Kruger zone"),
        ([24_548_000.0], [3_320_000.0], None, "one Gauss-Kruger zone"),
        ([39_950_000.0], [3_320_000.0], None, "eastings"),
        ([39_548_000.0], [320_000.0], None, "northings"),
        ([-548_000.0], [3_320_000.0], "EPSG:4548", "one Gauss-Kruger zone"),
        ([548_000.0], [3_320_000.0], "EPSG:32650", "not a Chinese"),
        ([890_000.0], [3_320_000.0], "EPSG:4548", "do not fit their belt"),
    ],
)
def test_wrong_belts_are_refused(
    easting: list[float], northing: list[float], crs: str | None, message: str
) -> None:
    with pytest.raises(CrsError, match=message):
        gauss_kruger_to_wgs84(easting, northing, crs=crs)


def test_named_crs_and_projection_refuse_what_they_cannot_do() -> None:
    with pytest.raises(CrsError, match="unknown CRS"):
        named_crs("EPSG:999999")
    with pytest.raises(CrsError, match="outside"):
        project_to_wgs84([1e12], [1e12], named_crs("EPSG:32650"))
    lon, lat = project_to_wgs84([500_000.0, np.nan], [0.0, np.nan], named_crs("EPSG:32650"))
    assert (round(float(lon[0]), 9), round(float(lat[0]), 9)) == (117.0, 0.0)
    assert np.isnan(lon[1])
