from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdzfire.simulate.polar import _sample_number, _scan_of_sample
from jdzfire.simulate.radiometry import (
    MODIS,
    VIIRS,
    brightness_k,
    detection_chance,
    pixel_size_km,
)


@pytest.mark.parametrize(
    ("scan_deg", "scan_km", "track_km"),
    [
        (0.0, 0.38, 0.36),
        # just inside 31.72 deg: incidence asin(1.1301 sin 31.71) = 36.4, slant ratio 1.208;
        # scan 0.38 x 1.208 / cos 36.4 = 0.57, track 0.36 x 1.208 = 0.43
        (31.71, 0.57, 0.43),
        # just outside, two samples instead of three: 0.57 x 2 / 3 = 0.38
        (31.73, 0.38, 0.43),
        # 44.86 deg: incidence 52.9, ratio 1.51; 0.2533 x 1.51 / cos 52.9 = 0.64 -> one sample 0.32
        (44.85, 0.63, 0.54),
        (44.87, 0.32, 0.54),
        # 56.28 deg: incidence 70.1, ratio 2.2; 0.1267 x 2.2 / cos 70.1 = 0.81, 0.36 x 2.2 = 0.79
        (56.27, 0.81, 0.79),
    ],
)
def test_viirs_pixels_grow(scan_deg: float, scan_km: float, track_km: float) -> None:
    scan, track = pixel_size_km(VIIRS, np.array([scan_deg]))
    assert scan[0] == pytest.approx(scan_km, abs=0.012)
    assert track[0] == pytest.approx(track_km, abs=0.008)


@pytest.mark.parametrize(
    ("scan_deg", "scan_km", "track_km"), [(0.0, 1.0, 1.0), (30.0, 1.38, 1.17), (55.0, 4.8, 2.0)]
)
def test_modis_pixels_grow(scan_deg: float, scan_km: float, track_km: float) -> None:
    # 30 deg: incidence asin(1.1107 x 0.5) = 33.73, slant 6371 sin 3.73 / 0.5 / 705 = 1.176,
    # scan 1.176 / cos 33.73 = 1.41
    scan, track = pixel_size_km(MODIS, np.array([scan_deg]))
    assert scan[0] == pytest.approx(scan_km, rel=0.03)
    assert track[0] == pytest.approx(track_km, rel=0.03)


def test_half_are_noticed_at_the_half_power_and_more_at_more() -> None:
    nadir = np.array([VIIRS.scan_km * VIIRS.track_km])
    day = np.array([True])
    chance = detection_chance(VIIRS, np.array([VIIRS.half_day_mw]), nadir, day)
    assert chance[0] == pytest.approx(0.5)
    assert detection_chance(VIIRS, np.array([25.0]), nadir, day)[0] > 0.99
    assert detection_chance(VIIRS, np.array([0.2]), nadir, day)[0] < 0.01
    # the same power is easier to see at night, and harder in a larger pixel
    assert detection_chance(VIIRS, np.array([1.5]), nadir, ~day)[0] > 0.7
    assert detection_chance(VIIRS, np.array([2.5]), 4 * nadir, day)[0] < 0.3


def test_brightness_rises_with_power_and_saturates() -> None:
    cold, area = np.array([290.0]), np.array([0.14])
    none, little, much = (
        float(brightness_k(VIIRS, cold, np.array([mw]), area)[0]) for mw in (0.0, 2.0, 500.0)
    )
    assert none == pytest.approx(290.0, abs=0.01)
    assert 305 < little < 330
    assert much == 367.0


@given(st.floats(-55.9, 55.9))
def test_samples_and_scan_angles_are_each_others_inverse(scan_deg: float) -> None:
    angle = np.radians(np.array([scan_deg]))
    for sensor in (VIIRS, MODIS):
        back = _scan_of_sample(sensor, _sample_number(sensor, angle))
        assert back[0] == pytest.approx(angle[0], abs=1e-9)
