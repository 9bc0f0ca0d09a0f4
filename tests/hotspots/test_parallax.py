from __future__ import annotations

import numpy as np
import pytest

from jdzfire.hotspots.footprints import FootprintRules, footprints
from jdzfire.hotspots.parallax import correct_parallax, parallax_m, view_from
from tests.tables import hotspot_table

# seen from 117.2 E 29.3 N, Himawari over 140.7 E: cos(c) = cos(29.3) cos(23.5) = 0.87207 x 0.91706
# = 0.79974, sin(c) = 0.60035; tan(z) = 0.60035 / (0.79974 - 6371 / 42164) = 0.92555, z = 42.79
LON, LAT, TAN = 117.2, 29.3, 0.92555


def test_the_view_of_the_city_by_hand():
    zenith, east, north = view_from(LON, LAT)
    assert float(zenith) == pytest.approx(42.79, abs=0.01)
    # towards the satellite: atan2(sin(23.5), -sin(29.3) cos(23.5)) = atan2(0.39875, -0.44880):
    # 138.4 degrees, south-east; away from it is east -0.664, north 0.748
    assert (float(east), float(north)) == pytest.approx((-0.6642, 0.7476), abs=1e-3)
    # 500 m x 0.92555 = 462.8 m: the 0.46 km of the field notes
    assert float(parallax_m(LON, LAT, 500.0)) == pytest.approx(462.8, abs=0.5)
    assert float(parallax_m(LON, LAT, 0.0)) == 0.0


def test_below_the_satellite_nothing_moves():
    zenith, _, _ = view_from(140.7, 0.0)
    assert float(zenith) == pytest.approx(0.0, abs=1e-9)
    assert float(parallax_m(140.7, 0.0, 3000.0)) == pytest.approx(0.0, abs=1e-6)


def test_what_appears_north_west_lies_south_east():
    x, y = correct_parallax(LON, LAT, 500.0)
    # 462.8 x 0.6642 = 307.4 m east of 96,970 m a degree; 462.8 x 0.7476 = 346 m south of 111,195
    assert float(x) - LON == pytest.approx(307.4 / 96_970, rel=0.01)
    assert float(y) - LAT == pytest.approx(-346.0 / 111_195, rel=0.01)


def cells(**stated):
    rows = [
        {"hotspot_id": "a", "instrument": "AHI", "satellite": "Himawari-9"},
        {"hotspot_id": "v", "instrument": "VIIRS"},
    ]
    here = {"lon": LON, "lat": LAT, "at": "2024-04-04T05:00"}
    table = hotspot_table([here | row | stated for row in rows])
    return table, table.geometry.to_crs("EPSG:4548")


def drawn(table, **stated):
    return footprints(table, **stated).to_crs("EPSG:4548")


def test_a_cell_moves_to_its_ground_and_a_viirs_pixel_stays():
    table, points = cells()
    high = np.array([500.0, 500.0])
    bare = drawn(table, widened=False, elevation_m=high)
    centre = bare.centroid
    assert centre.x[0] - points.x[0] == pytest.approx(307.4, abs=5.0)
    assert centre.y[0] - points.y[0] == pytest.approx(-346.0, abs=5.0)
    assert bare[1].equals_exact(drawn(table, widened=False)[1], 1e-9)
    # 0.02 degrees: 1,941.6 x 2,216.8 m, the same as before
    assert bare.area[0] == pytest.approx(drawn(table, widened=False).area[0], rel=1e-3)


@pytest.mark.parametrize(
    ("height_m", "relief_m", "error_m"),
    [
        (500.0, None, 940.0),  # 1400 - 460: what stood for the height is reported
        (0.0, None, 940.0),
        (500.0, 0.0, 940.0),
        (500.0, 100.0, 940.0 + 2 * 100 * TAN),
        (500.0, 300.0, 940.0 + 2 * 300 * TAN),  # rugged: more than not knowing
        (np.nan, np.nan, 1400.0),
        (500.0, np.nan, 940.0),
    ],
)
def test_the_error_without_the_part_for_height(height_m, relief_m, error_m):
    table, _ = cells()
    relief = None if relief_m is None else np.full(2, relief_m)
    wide = drawn(table, elevation_m=np.full(2, height_m), relief_m=relief)
    # sides: 0.02 degrees, 1,941.6 m east (97,080 a degree) and 2,216.8 m north, and the error twice
    assert wide.area[0] == pytest.approx((1941.6 + 2 * error_m) * (2216.8 + 2 * error_m), rel=0.01)
    assert wide.area[1] == pytest.approx((400 + 2 * 200) ** 2, rel=0.01)


def test_an_error_that_the_row_tells_stays():
    table, _ = cells(location_error_m=300.0)
    wide = drawn(table, elevation_m=np.full(2, 500.0))
    assert wide.area[0] == pytest.approx((1941.6 + 600) * (2216.8 + 600), rel=0.01)


def test_the_satellite_may_stand_elsewhere():
    table, points = cells()
    rules = FootprintRules(himawari_lon_deg=LON)
    centre = drawn(table, rules=rules, widened=False, elevation_m=np.full(2, 500.0)).centroid[0]
    # straight to the south: cos(c) = cos(29.3), tan(z) = 0.48938 / (0.87207 - 0.15110) = 0.67879
    assert centre.x - points.x[0] == pytest.approx(0.0, abs=3.0)
    assert centre.y - points.y[0] == pytest.approx(-500 * 0.67879, abs=4.0)
