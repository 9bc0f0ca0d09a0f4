from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.hotspots.passing import number_passes
from jdzfire.schemas import HOTSPOTS, ORBITERS, empty_table
from tests.tables import hotspot_table, utc

START = utc("2024-04-04T05:03")
SENSORS = [
    ("NOAA-20", "VIIRS"),
    ("S-NPP", "VIIRS"),
    ("Aqua", "MODIS"),
    ("Himawari-9", "AHI"),
    ("12119", "PERSON"),
]


def rows(*stated):
    """Rows of (satellite, instrument, minutes after the start)."""
    here = {"lon": 117.2, "lat": 29.4}
    return hotspot_table(
        [
            here | {"hotspot_id": f"h{k}", "satellite": name, "instrument": sensor,
                    "at": START + timedelta(minutes=minutes)}
            for k, (name, sensor, minutes) in enumerate(stated)
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ((0, 1), [0, 0]),  # 05:03 and 05:04: one pass over the turn of a minute
        ((1, 0), [0, 0]),
        ((0, 10), [0, 0]),
        ((0, 11), [0, 1]),
        ((11, 0), [1, 0]),  # numbered by time, not by row
        ((0, 10, 20), [0, 0, 0]),  # one after the other
        ((0, 98), [0, 1]),  # the next orbit
    ],
)
def test_both_sides_of_the_gap(minutes, expected):
    assert number_passes(rows(*(("Aqua", "MODIS", m) for m in minutes))).tolist() == expected


def test_another_satellite_is_another_pass():
    # at one time the names decide the order: NOAA-20 before S-NPP
    table = rows(("S-NPP", "VIIRS", 0), ("NOAA-20", "VIIRS", 0), ("NOAA-20", "VIIRS", 1))
    assert number_passes(table).tolist() == [1, 0, 0]


@pytest.mark.parametrize(("name", "sensor"), [("Himawari-9", "AHI"), ("12119", "PERSON")])
def test_each_scan_and_each_call_is_its_own(name, sensor):
    table = rows((name, sensor, 10), (name, sensor, 0), (name, sensor, 10))
    assert number_passes(table).tolist() == [1, 0, 1]


def test_no_pass_reaches_over_two_groups():
    table = rows(*[("NOAA-20", "VIIRS", 0)] * 3)
    assert number_passes(table, within=np.array([4, 2, 4])).tolist() == [1, 0, 1]


def test_nothing_in_nothing_out():
    assert number_passes(empty_table(HOTSPOTS)).tolist() == []


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SENSORS), st.integers(0, 60)), min_size=1, max_size=12))
def test_as_by_brute_force(drawn):
    stated = [(*sensor, minutes) for sensor, minutes in drawn]
    found = number_passes(rows(*stated))
    # grow each row's pass until nothing more is within reach
    passes = []
    for seed in stated:
        mine = {k for k, row in enumerate(stated) if row == seed}
        while seed[1] in ORBITERS:
            more = {
                k for k, row in enumerate(stated)
                if row[0] == seed[0] and any(abs(row[2] - stated[j][2]) <= 10 for j in mine)
            }  # fmt: skip
            if more == mine:
                break
            mine = more
        passes.append(frozenset(mine))
    ranked = sorted(set(passes), key=lambda p: (min(stated[k][2] for k in p), stated[min(p)][0]))
    assert found.tolist() == [ranked.index(p) for p in passes]
