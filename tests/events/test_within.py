from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from jdzfire.events.within import concerning_area
from jdzfire.hotspots.footprints import footprints
from tests.events.test_book import brute_force
from tests.tables import hotspot_table

LON, LAT = 117.2, 29.4
M_EAST = 1 / 97_070.0
HOME = box(LON - 0.5, LAT - 0.5, LON, LAT + 0.5)
"""A city that ends at LON."""


def concerned(rows):
    table = hotspot_table([{"lat": LAT, "at": "2024-04-04T05:00"} | row for row in rows])
    return concerning_area(table, footprints(table), HOME).tolist()


# a footprint of 400 m pixels and 200 m error reaches 411 m and a little more along the latitude
@pytest.mark.parametrize(("east_m", "expected"), [(-100, True), (400, True), (530, False)])
def test_a_pixel_that_may_lie_at_home_concerns_home(east_m, expected):
    assert concerned([{"lon": LON + east_m * M_EAST}]) == [expected]


def test_a_fire_over_the_border_is_one_fire():
    chain = [{"lon": LON + k * 900 * M_EAST} for k in range(4)]
    assert concerned(chain) == [True] * 4
    assert concerned(chain[1:]) == [False] * 3
    assert concerned([chain[0], chain[3]]) == [True, False]
    later = chain[1] | {"at": "2024-04-06T05:00"}
    assert concerned([chain[0], later]) == [True, False]


def test_nothing_in_nothing_out():
    assert concerned([]) == []


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-20, 60), min_size=1, max_size=8))
def test_it_is_whole_events(steps):
    table = hotspot_table(
        [
            {
                "lon": LON + k * 200 * M_EAST,
                "lat": LAT,
                "at": "2024-04-04T05:00",
                "hotspot_id": f"{i}",
            }
            for i, k in enumerate(steps)
        ]
    )
    shapes = footprints(table)
    found = set(table["hotspot_id"][concerning_area(table, shapes, HOME)])
    touching = set(table["hotspot_id"][np.asarray(shapes.intersects(HOME))])
    expected = [group for group in brute_force(table) if group & touching]
    assert found == frozenset().union(*expected)
