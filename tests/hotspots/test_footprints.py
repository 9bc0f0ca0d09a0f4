from __future__ import annotations

import numpy as np
import pytest

from jdzfire.hotspots.footprints import FootprintRules, footprints, track_heading_deg
from jdzfire.schemas import HOTSPOTS, empty_table
from tests.tables import hotspot_table

LON, LAT = 117.2, 29.4


def metric(**row):
    """Footprint in metres around the hotspot, and the hotspot."""
    table = hotspot_table([{"lon": LON, "lat": LAT, "at": "2024-04-04T05:00"} | row])
    shape = footprints(table).to_crs("EPSG:4548")[0]
    return shape, table.geometry.to_crs("EPSG:4548")[0]


@pytest.mark.parametrize(
    ("row", "area_ha"),
    [
        # VIIRS: (375 + 2 x 200 m)^2 = 60.06 ha
        ({"scan_km": 0.375, "track_km": 0.375}, 60.06),
        # edge of scan 0.8 x 0.78 km: 1200 x 1180 m = 141.6 ha
        ({"scan_km": 0.8, "track_km": 0.78}, 141.6),
        # not stated: nadir
        ({"scan_km": None, "track_km": None}, 60.06),
        # MODIS 1 x 1 km: (1000 + 2 x 300 m)^2 = 256 ha
        ({"instrument": "MODIS", "satellite": "Aqua", "scan_km": 1.0, "track_km": 1.0}, 256.0),
        # AHI cell 0.02 degree: 1943.1 m east (97.15 km a degree), 2216.9 m north, + 2 x 1400 m:
        # 4743 x 5017 m = 2379 ha
        ({"instrument": "AHI", "satellite": "Himawari-9"}, 2379.0),
        # a report with 300 m error: pi x 300^2 = 28.27 ha; a 32-gon is 0.6 % smaller
        ({"instrument": "PERSON", "satellite": "12119", "location_error_m": 300.0}, 28.1),
        # a report that states none: 500 m
        ({"instrument": "PERSON", "satellite": "12119"}, 78.0),
    ],
)
def test_areas(row, area_ha):
    shape, point = metric(**row)
    assert shape.area / 1e4 == pytest.approx(area_ha, rel=0.01)
    assert shape.centroid.distance(point) < 2.0


def test_a_wide_scan_lies_across_the_track():
    # ascending by day at 29.4 N: heading -13.4 degrees, so the long side points 13.4 degrees
    # south of east: tan(13.4) x 1000 m = 238 m lower at the eastern end
    shape, point = metric(scan_km=1.6, track_km=0.4, location_error_m=0.0, is_day=True)
    corners = np.array(shape.exterior.coords) - [point.x, point.y]
    east = corners[corners[:, 0] > 0][:, :2].mean(axis=0)
    angle = np.degrees(np.arctan2(east[1], east[0]))
    assert angle == pytest.approx(13.4, abs=1.0)


def test_day_and_night_are_mirrored_and_terra_is_the_other_way():
    # the shape at night is the shape by day mirrored east-west
    def tilt(**row):
        shape, point = metric(scan_km=1.6, track_km=0.4, **row)
        corners = np.array(shape.exterior.coords) - [point.x, point.y]
        east = corners[corners[:, 0] > 0][:, :2].mean(axis=0)
        return np.sign(east[1])

    assert tilt(is_day=True) == -tilt(is_day=False)
    terra = {"satellite": "Terra", "instrument": "MODIS"}
    assert tilt(is_day=True, **terra) == -tilt(is_day=True)
    # without the flag the sun decides: 05:00 UTC is 12:49 solar time at 117.2 E
    assert tilt(at="2024-04-04T05:00") == tilt(is_day=True)
    assert tilt(at="2024-04-04T17:30") == tilt(is_day=False)


def test_heading_at_the_equator_by_hand():
    # i = 98.7: sin(az) = cos(98.7) = -0.15126; period 6084 s: 1.03274e-3 rad/s
    # east: 1.03274e-3 x -0.15126 - 7.2921e-5 = -2.2913e-4; north: 1.03274e-3 x 0.98850 = 1.02086e-3
    # atan2(-0.22913, 1.02086) = -12.65 degrees
    up = track_heading_deg(np.array([0.0]), np.array([True]), inclination_deg=98.7, period_s=6084.0)
    assert up[0] == pytest.approx(-12.65, abs=0.01)
    down = track_heading_deg(
        np.array([0.0]), np.array([False]), inclination_deg=98.7, period_s=6084.0
    )
    assert down[0] == pytest.approx(-180 + 12.65, abs=0.01)


def test_beyond_the_highest_latitude_there_is_still_a_heading():
    heading = track_heading_deg(
        np.array([85.0, -85.0]), np.array([True, True]), inclination_deg=98.7, period_s=6084.0
    )
    assert np.isfinite(heading).all()


def test_nothing_in_nothing_out_and_index_kept():
    assert len(footprints(empty_table(HOTSPOTS))) == 0
    table = hotspot_table([{"lon": LON, "lat": LAT, "at": "2024-04-04T05:00"}])
    table.index = [7]
    assert footprints(table).index.tolist() == [7]


def test_the_errors_are_rules():
    # (400 + 2 x 400 m)^2 = 144 ha instead of (400 + 2 x 200 m)^2 = 64 ha
    table = hotspot_table([{"lon": LON, "lat": LAT, "at": "2024-04-04T05:00"}])
    wide = footprints(table, rules=FootprintRules(viirs_error_m=400.0)).to_crs("EPSG:4548")
    assert wide.area[0] / 1e4 == pytest.approx(144.0, rel=0.01)


@pytest.mark.parametrize(
    ("instrument", "side_m"),
    [
        ("MERSI", 1000 + 2 * 1000),
        ("OLI", 30 + 2 * 30),
        ("AGRI", 4000 + 2 * 2000),
        ("OTHER", 1000 + 2 * 1500),
    ],
)
def test_sizes_of_further_sensors(instrument: str, side_m: float) -> None:
    table = hotspot_table(
        [{"lon": 117.2, "lat": 29.4, "at": "2024-04-04T05:00", "instrument": instrument,
          "satellite": "X", "scan_km": None, "track_km": None}]
    )  # fmt: skip
    (shape,) = footprints(table).to_crs(4548)
    assert shape.area == pytest.approx(side_m**2, rel=0.01)
    # a sensor with an orbit is drawn along its track, the others along the grid
    west, _, east, _ = shape.bounds
    is_turned = (east - west) > side_m * 1.05
    assert is_turned == (instrument in ("MERSI", "OLI"))
