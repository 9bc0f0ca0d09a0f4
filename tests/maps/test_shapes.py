"""Shapes made small and read back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from jdzfire.maps.shapes import lines, point, polygons, polygons_of, simpler

degrees = st.floats(min_value=100.0, max_value=120.0, allow_nan=False)


def corners(steps: list[int]) -> list[tuple[float, float]]:
    """The ten-line oracle of ``templates/shapes.js``."""
    x = y = 0
    found = []
    for i in range(0, len(steps), 2):
        x, y = x + steps[i], y + steps[i + 1]
        found.append((x / 1e5, y / 1e5))
    return found


def test_a_square_by_hand() -> None:
    ring = polygons(
        Polygon([(117.0, 29.0), (117.00002, 29.0), (117.00002, 29.00003), (117.0, 29.00003)])
    )
    # 117 and 29 degrees in 1e-5, then +2 east, +3 north, -2 west; not closed
    assert ring == [[[11700000, 2900000, 2, 0, 0, 3, -2, 0]]]


@given(st.lists(st.tuples(degrees, degrees), min_size=2, max_size=30))
def test_a_line_reads_back_within_a_metre(places: list[tuple[float, float]]) -> None:
    found = corners(lines(LineString(places))[0])
    assert abs(found[0][0] - places[0][0]) < 1e-5
    assert abs(found[-1][1] - places[-1][1]) < 1e-5
    for x, y in places:
        assert any(abs(a - x) < 1e-5 and abs(b - y) < 1e-5 for a, b in found)


def test_holes_and_parts_stay_apart() -> None:
    shape = MultiPolygon([box(0, 0, 1, 1).difference(box(0.4, 0.4, 0.6, 0.6)), box(2, 2, 3, 3)])
    assert [len(polygon) for polygon in polygons(shape)] == [2, 1]


def test_nothing_gives_nothing() -> None:
    assert (polygons(None), polygons(Polygon()), lines(Point(1, 1)), point(None)) == (
        [],
        [],
        [],
        None,
    )
    assert simpler([], tolerance_deg=0.1) == []


def test_simplifying_never_loses_a_small_area() -> None:
    tiny = box(117, 29, 117.0001, 29.0001)
    assert simpler([tiny], tolerance_deg=0.01)[0].area > 0


def test_all_at_once_is_one_by_one() -> None:
    ring = box(0, 0, 1, 1).difference(box(0.4, 0.4, 0.6, 0.6))
    several = [
        None,
        box(2, 2, 3, 3),
        GeometryCollection([GeometryCollection([ring, Point(1, 1)]), LineString([(0, 0), (1, 1)])]),
        Polygon(),
        MultiPolygon([ring, box(5, 5, 6, 6)]),
        Point(3, 3),
    ]
    found = polygons_of(several)
    assert [len(one) for one in found] == [0, 1, 1, 0, 2, 0]
    assert found == [polygons(one) for one in several]
    assert [len(part) for part in found[4]] == [2, 1]
    assert found[4][1] == [[600000, 500000, 0, 100000, -100000, 0, 0, -100000]]
