"""Two of three scans, three of four while the sun is low; brute force has the same content."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.hotspots.persistence import PersistenceRules, confirmed_scans
from jdzfire.schemas import HOTSPOTS, empty_table
from tests.tables import hotspot_table, utc

NOON = utc("2024-04-04T04:02")  # 12:02 in Beijing: the sun is high
DUSK = utc("2024-04-04T10:22")  # the sun sets about 10:25 UTC at 117 E, 29 N in early April


def seen(*scans: int, at=NOON, lon=117.2, lat=29.4, **more) -> list[dict]:
    return [
        {"lon": lon, "lat": lat, "at": at + timedelta(minutes=10 * k), "satellite": "Himawari-9",
         "instrument": "AHI", "frp_mw": 30.0, **more}
        for k in scans
    ]  # fmt: skip


def confirmed(*rows: dict) -> list[bool]:
    return confirmed_scans(hotspot_table(list(rows))).tolist()


@pytest.mark.parametrize(
    ("scans", "found"),
    [
        ((0,), [False]),
        ((0, 1), [True, True]),
        ((0, 2), [True, True]),
        ((0, 3), [False, False]),
        ((0, 2, 5), [True, True, False]),
    ],
)
def test_two_of_three(scans: tuple[int, ...], found: list[bool]) -> None:
    assert confirmed(*seen(*scans)) == found


@pytest.mark.parametrize(
    ("scans", "found"),
    [((0, 1), [False] * 2), ((0, 1, 2), [True] * 3), ((0, 2, 3), [True] * 3),
     ((0, 1, 4), [False] * 3)],
)  # fmt: skip
def test_three_of_four_while_the_sun_is_low(scans: tuple[int, ...], found: list[bool]) -> None:
    assert confirmed(*seen(*scans, at=DUSK)) == found


def test_the_neighbouring_cell_is_the_same_fire_the_one_after_is_not() -> None:
    for step, found in ((0.02, True), (0.04, False)):
        rows = [*seen(0), *seen(1, lon=117.2 + step)]
        assert confirmed(*rows) == [found] * 2


def test_lines_of_one_scan_do_not_confirm_each_other() -> None:
    rows = [*seen(0), *seen(0, lon=117.22, at=NOON + timedelta(minutes=6))]
    assert confirmed(*rows) == [False, False]


def test_another_satellite_does_not_confirm() -> None:
    rows = [*seen(0), *seen(1, satellite="FY-4B", instrument="AGRI")]
    assert confirmed(*rows) == [False, False]


def test_strong_ones_polar_ones_and_people_count_at_once() -> None:
    assert confirmed(*seen(0, frp_mw=199.9)) == [False]
    assert confirmed(*seen(0, frp_mw=200.0)) == [True]
    assert confirmed({"lon": 117.2, "lat": 29.4, "at": NOON}) == [True]
    assert confirmed_scans(empty_table(HOTSPOTS)).empty


@st.composite
def scenes(draw):
    rows = []
    for _ in range(draw(st.integers(1, 12))):
        rows += seen(
            draw(st.integers(0, 8)),
            lon=117.2 + 0.02 * draw(st.integers(0, 4)),
            at=draw(st.sampled_from([NOON, DUSK])),
        )
    return [dict(row) for row in {(r["lon"], r["at"]): r for r in rows}.values()]


@pytest.mark.slow
@settings(max_examples=60)
@given(scenes())
def test_runs_are_those_of_brute_force(rows: list[dict]) -> None:
    table = hotspot_table(rows)
    found = confirmed_scans(table)
    rules = PersistenceRules()
    slots = (table["acquired_at"].astype("int64") // 600_000_000).to_numpy()
    lon = table.geometry.x.to_numpy()
    from jdzfire.orbits import sun_elevation

    sun = sun_elevation(lon, np.full(len(lon), 29.4), table["acquired_at"].astype("int64") / 1e6)[0]
    for k in range(len(table)):
        near = {int(s) for s, x in zip(slots, lon, strict=True) if abs(x - lon[k]) <= 0.03 + 1e-9}
        least, of = (3, 4) if abs(sun[k]) <= rules.low_sun_deg else (2, 3)
        runs = [range(first, first + of) for first in range(slots[k] - of + 1, slots[k] + 1)]
        assert found.iloc[k] == any(len(near & set(run)) >= least for run in runs)
    order = np.random.default_rng(1).permutation(len(table))
    again = confirmed_scans(table.iloc[order])
    pd.testing.assert_series_equal(again.sort_index(), found)
