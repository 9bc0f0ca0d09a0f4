"""Rings of footprints: turned, closed, rounded."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import GeometryCollection, MultiPolygon, Point, Polygon, box, shape

from jdzfire.board.geometries import bounds, geojson_geometry, polygon_parts, polygon_rings

CLOCKWISE = Polygon(
    [(117, 29), (117, 30), (118, 30), (118, 29)], [box(117.2, 29.2, 117.4, 29.4).exterior.coords]
)


def turns_left(ring: list[tuple[float, float]]) -> bool:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring)) > 0


def test_outer_rings_turn_left_and_holes_right() -> None:
    (part,) = polygon_parts(CLOCKWISE)
    outer, hole = polygon_rings(part)
    assert turns_left(outer)
    assert not turns_left(hole)


def test_points_in_a_collection_are_left_out() -> None:
    mixed = GeometryCollection([Point(117, 29), box(117, 29, 118, 30)])
    assert len(polygon_parts(mixed)) == 1
    assert geojson_geometry(Point(117, 29)) is None
    assert polygon_parts(None) == []


def test_polygons_in_a_collection_in_a_collection_are_found() -> None:
    inner = MultiPolygon([box(117, 29, 118, 30), box(119, 29, 120, 30)])
    mixed = GeometryCollection([Point(117, 29), GeometryCollection([inner])])
    assert len(polygon_parts(mixed)) == 2


def test_corners_have_six_decimals() -> None:
    (part,) = polygon_parts(box(117.12345678, 29.00000049, 117.2, 29.1))
    ring = polygon_rings(part)[0]
    assert {x for x, _ in ring} == {117.123457, 117.2}
    assert {y for _, y in ring} == {29.0, 29.1}


def test_a_polygon_too_small_to_round_stays() -> None:
    (part,) = polygon_parts(box(117, 29, 117 + 1e-9, 29 + 1e-9))
    assert part.area == pytest.approx(1e-18, rel=0.01)


def test_bounds() -> None:
    assert bounds([]) is None
    assert bounds([None, MultiPolygon()]) is None
    assert bounds([box(117, 29, 118, 30), Point(116.5, 31)]) == [116.5, 29.0, 118.0, 31.0]


@given(
    st.lists(
        st.tuples(
            st.floats(116, 118), st.floats(28, 30), st.floats(0.001, 0.5), st.floats(0.001, 0.5)
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_drawn_covers_what_was_given(cells: list[tuple[float, ...]]) -> None:
    whole = MultiPolygon([]).union(Polygon())
    for west, south, width, height in cells:
        whole = whole.union(box(west, south, west + width, south + height))
    found = geojson_geometry(whole)
    assert found is not None
    # moved by half of 1e-6 degree at most along a border of at most 5 * 2 degree
    assert shape(found).symmetric_difference(whole).area < 1e-5
    for part in polygon_parts(whole):
        assert turns_left(polygon_rings(part)[0])
