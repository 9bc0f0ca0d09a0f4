from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.hotspots.bowtie import note_bowtie
from jdzfire.hotspots.footprints import footprints
from jdzfire.hotspots.passing import number_passes
from jdzfire.schemas import HOTSPOTS, empty_table
from tests.tables import hotspot_table

M_NORTH = 1 / 110_860.0  # degrees, at 29.4 N
WIDE = {"instrument": "MODIS", "satellite": "Aqua", "scan_km": 4.0, "track_km": 2.0, "lon": 117.2}


def rows(*stated):
    return hotspot_table(
        [
            {"lat": 29.4, "at": "2024-04-04T05:03", "hotspot_id": f"h{k}"} | WIDE | row
            for k, row in enumerate(stated)
        ]
    )


def along_m(metres):
    """Moved north, which is nearly along the track: 13 degrees off, 3 % less."""
    return {"lat": 29.4 + metres * M_NORTH}


@pytest.mark.parametrize(
    ("metres", "expected"),
    [
        # pixels of 4 x 2 km moved by m along: shared is 1 - 0.97 m / 2000 (and 1 - 0.23 m / 4000)
        (0, [False, True]),
        (900, [False, True]),  # 0.563 x 0.948 = 0.53
        (1050, [False, False]),  # 0.491 x 0.940 = 0.46
        (2200, [False, False]),
    ],
)
def test_both_sides_of_half(metres, expected):
    assert note_bowtie(rows({}, along_m(metres))).tolist() == expected


def test_another_pass_another_satellite_another_sensor():
    assert note_bowtie(rows({}, {"at": "2024-04-04T05:04"})).tolist() == [False, True]
    assert note_bowtie(rows({}, {"at": "2024-04-04T06:42"})).tolist() == [False, False]
    assert note_bowtie(rows({}, {"satellite": "Terra"})).tolist() == [False, False]
    himawari = {"instrument": "AHI", "satellite": "Himawari-9"}
    assert note_bowtie(rows(himawari, himawari)).tolist() == [False, False]
    assert note_bowtie(empty_table(HOTSPOTS)).tolist() == []


def test_a_small_pixel_within_a_wide_one_is_a_twin():
    assert note_bowtie(rows({}, {"scan_km": 1.0, "track_km": 1.0})).tolist() == [False, True]


def test_the_neighbour_of_a_twin_stands():
    # the second is a twin of the first, the third only of the second
    found = note_bowtie(rows({}, along_m(800), along_m(1600)))
    assert found.tolist() == [False, True, False]


def test_the_index_is_kept():
    table = rows({}, {})
    table.index = [7, 3]
    assert note_bowtie(table).loc[3]


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 8), st.integers(0, 8), st.sampled_from([3, 4, 50])), max_size=8
    )
)
def test_as_by_brute_force(drawn):
    table = rows(
        *[
            {"lon": 117.2 + 0.004 * x, "lat": 29.4 + 0.004 * y, "at": f"2024-04-04T05:{m:02d}"}
            for x, y, m in drawn
        ]
    )
    shapes, passing = footprints(table, widened=False).tolist(), number_passes(table)
    marked: list[bool] = []
    for j, shape in enumerate(shapes):
        marked.append(
            any(
                passing[i] == passing[j]
                and not marked[i]
                and shape.intersection(shapes[i]).area > 0.5 * min(shape.area, shapes[i].area)
                for i in range(j)
            )
        )
    assert note_bowtie(table).tolist() == marked
