from __future__ import annotations

import pandas as pd
import pytest

from jdzfire.events.growth import trace_growth
from jdzfire.schemas import GROWTH
from tests.tables import hotspot_table

LON, LAT = 117.2, 29.4
# one degree at 29.4 N: 97.1 km east, 110.9 km north
M_EAST = 1 / 97_070.0


def grown(rows):
    table = hotspot_table(
        [{"lon": LON, "lat": LAT, "at": "2024-04-04T05:00"} | row for row in rows]
    )
    return trace_growth(table, pd.Series("E", table.index))


def test_two_passes_by_hand():
    # bare pixels of 400 m, 16 ha each; the second pass sees the first pixel again, and one
    # 800 m east of it
    later = {"at": "2024-04-04T06:40", "satellite": "NOAA-21"}
    table = grown([{"frp_mw": 5.0}, later | {"frp_mw": 4.0}, later | {"lon": LON + 800 * M_EAST}])
    assert table["hotspot_count"].tolist() == [1, 2]
    assert table["area_ha"].tolist() == pytest.approx([16.0, 32.0], rel=0.002)
    assert table["total_ha"].tolist() == pytest.approx([16.0, 32.0], rel=0.002)
    assert table["new_ha"].tolist() == pytest.approx([16.0, 16.0], rel=0.002)
    assert table["frp_sum_mw"].tolist() == [5.0, 9.0]
    # the pixel is turned by 13.4 degrees: its edge eastward lies 200 / cos(13.4) = 205.6 m off
    # along the latitude; the nearest point is the foot on that edge, (800 - 205.6) x cos(13.4)
    assert pd.isna(table["front_m"][0])
    assert table["front_m"][1] == pytest.approx(800 * 0.9728 - 200, abs=3)
    assert table["front_deg"][1] == pytest.approx(90.0, abs=1)


def test_what_burns_where_it_burnt_has_not_moved():
    table = grown([{}, {"at": "2024-04-04T06:40", "satellite": "NOAA-21"}])
    assert table["new_ha"][1] == pytest.approx(0.0, abs=1e-6)
    assert table["front_m"][1] == 0.0
    assert pd.isna(table["front_deg"][1])


def test_scans_and_people_do_not_grow_and_a_minute_makes_no_pass():
    ahi = {"instrument": "AHI", "satellite": "Himawari-9", "scan_km": None, "track_km": None}
    assert grown([ahi]).columns.tolist() == list(GROWTH.columns)
    assert len(grown([ahi])) == 0
    table = grown([{}, {"at": "2024-04-04T05:01", "lon": LON + 400 * M_EAST}])
    assert table["hotspot_count"].tolist() == [2]


def test_power_nobody_told_is_not_zero():
    assert pd.isna(grown([{"frp_mw": None}])["frp_sum_mw"][0])
