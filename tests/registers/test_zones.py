from __future__ import annotations

import geopandas as gpd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import union_all
from shapely.geometry import Point, box

from jdzfire.registers.zones import fire_zones, forest_shares
from tests.tables import register_table

ORIGIN = (500_000.0, 3_250_000.0)  # metres, EPSG:4548, near 117 E 29.4 N


def degrees(shapes):
    return gpd.GeoSeries(shapes, crs="EPSG:4548").to_crs("EPSG:4326")


def square(x_m, y_m, side_m):
    x, y = ORIGIN[0] + x_m, ORIGIN[1] + y_m
    return box(x, y, x + side_m, y + side_m)


def zones(*squares, buffer_m=0.0):
    shapes = degrees([square(*s) for s in squares])
    rows = [
        {"zone_id": f"z{k}", "geometry": shape, "edge_buffer_m": buffer_m}
        for k, shape in enumerate(shapes)
    ]
    return fire_zones(register_table("zones", rows))


def test_a_quarter_of_the_footprint():
    # footprint 1000 m, zone covers its 500 x 500 m corner
    share = forest_shares(degrees([square(0, 0, 1000)]), zones((500, 500, 1000)))
    assert share["forest_share"][0] == pytest.approx(0.25, abs=1e-3)
    assert share["zone_id"][0] == "z0"


def test_the_edge_buffer_counts():
    # zone begins 100 m east of the footprint; with 200 m of edge, 100 m of 1000 m are inside
    far = zones((1100, 0, 1000))
    assert forest_shares(degrees([square(0, 0, 1000)]), far)["forest_share"][0] == 0
    near = zones((1100, 0, 1000), buffer_m=200.0)
    share = forest_shares(degrees([square(0, 0, 1000)]), near)["forest_share"][0]
    assert share == pytest.approx(0.10, abs=2e-3)


def test_overlap_counts_once_and_the_larger_part_names_it():
    share = forest_shares(
        degrees([square(0, 0, 1000)]), zones((0, 0, 300), (0, 0, 600), (5000, 0, 100))
    )
    assert share["forest_share"][0] == pytest.approx(0.36, abs=1e-3)
    assert share["zone_id"][0] == "z1"


def test_without_zones_the_share_is_unknown_not_zero():
    share = forest_shares(degrees([square(0, 0, 100)]), zones())
    assert share["forest_share"].isna().all()
    assert share["zone_id"].isna().all()
    empty = forest_shares(degrees([]), zones((0, 0, 100)))
    assert list(empty.columns) == ["forest_share", "zone_id"]
    assert len(empty) == 0


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 12)), max_size=5).map(
        lambda rows: [(100 * x, 100 * y, 100 * side) for x, y, side in rows]
    )
)
def test_shares_are_those_of_counting_points(squares):
    area = square(0, 0, 2000)
    share = forest_shares(degrees([area]), zones(*squares))["forest_share"][0]
    shapes = [square(*s) for s in squares]
    points = [
        Point(ORIGIN[0] + 50 + 100 * i, ORIGIN[1] + 50 + 100 * j)
        for i in range(20)
        for j in range(20)
    ]
    inside = sum(any(shape.contains(p) for shape in shapes) for p in points)
    if squares:
        assert share == pytest.approx(inside / 400, abs=0.003)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 20)), max_size=6),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 8)), max_size=8),
)
def test_many_areas_are_as_one_by_one(wooded, drawn):
    there = zones(*[(50 * x, 50 * y, 50 * side) for x, y, side in wooded])
    areas = degrees([square(50 * x, 50 * y, 50 * side) for x, y, side in drawn])
    found = forest_shares(areas, there)
    for shape, row in zip(areas.to_crs(there.crs), found.itertuples(), strict=True):
        parts = {z.zone_id: shape.intersection(z.geometry) for z in there.itertuples()}
        if not parts:
            assert row.forest_share != row.forest_share
            continue
        covered = union_all(list(parts.values())).area / shape.area
        assert row.forest_share == pytest.approx(covered, abs=1e-9)
        best = max(part.area for part in parts.values())
        if best < 1e-6 * shape.area:
            assert covered < 1e-5
        else:
            ties = [name for name, part in parts.items() if part.area > best * (1 - 1e-9)]
            assert row.zone_id in ties


def test_two_zones_around_one_area_are_told_by_the_smaller_id():
    around = zones((0, 0, 1000), (0, 0, 1500))
    share = forest_shares(degrees([square(100, 100, 300)]), around.iloc[::-1])
    assert share["forest_share"][0] == 1.0
    assert share["zone_id"][0] == "z0"
