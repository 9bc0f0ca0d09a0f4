from __future__ import annotations

import numpy as np
import pytest

from jdzfire.simulate import Season
from jdzfire.simulate.geostationary import geostationary_view
from jdzfire.simulate.glint import glint_angle_deg


def test_view_of_the_city_from_140_east() -> None:
    zenith, east, north = geostationary_view(np.array([117.2]), np.array([29.3]))
    # field notes: 42.8 degrees; 500 m of height move the place 0.5 tan 42.8 = 0.46 km
    assert zenith[0] == pytest.approx(42.8, abs=0.3)
    assert 0.5 * np.tan(np.radians(zenith[0])) == pytest.approx(0.46, abs=0.01)
    # the satellite stands in the south-east, so high ground slides to the north-west
    assert east[0] < -0.5
    assert north[0] > 0.4
    assert np.hypot(east[0], north[0]) == pytest.approx(1.0)


def test_ahi_cells_lie_within_their_errors(season: Season) -> None:
    cells = season.lines[season.lines["feed"] == "himawari"]
    assert len(cells) > 0
    km = np.hypot(
        (cells["lon"] - cells["lon_true"]) * 97.0, (cells["lat"] - cells["lat_true"]) * 111.2
    )
    # half a cell 1.5, the neighbour cell 1.9, parallax of 1,500 m 1.4, error 4 sigma 2.8 km
    assert (km < 7.6).all()


@pytest.mark.parametrize(
    ("sun_deg", "view_deg", "apart_deg", "glint_deg"),
    [
        # straight down on the sun's mirror image, the other side of the zenith
        (50.0, 40.0, 180.0, 0.0),
        # on the sun's own side: 40 + 40
        (50.0, 40.0, 0.0, 80.0),
        (90.0, 25.0, 77.0, 25.0),
    ],
)
def test_glint_angle(sun_deg: float, view_deg: float, apart_deg: float, glint_deg: float) -> None:
    angle = glint_angle_deg(
        np.array([sun_deg]), np.array([10.0]), np.array([view_deg]), np.array([10.0 + apart_deg])
    )
    assert angle[0] == pytest.approx(glint_deg, abs=1e-4)
