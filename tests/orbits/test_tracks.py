from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jdzfire.orbits import ORBITS, Orbit, find_passes, sun_elevation, view_from
from jdzfire.simulate.polar import SENSORS
from jdzfire.simulate.radiometry import pixel_size_km

CITY = (117.2, 29.3)
START_S = datetime(2024, 1, 1, tzinfo=UTC).timestamp()
DAYS = 32
BY_NAME = {orbit.satellite: orbit for orbit in ORBITS}


def _observations(orbit: Orbit) -> tuple[np.ndarray, np.ndarray]:
    """Local hours and signs of flight (northward or not) of the looks at the city."""
    times = find_passes(orbit, *CITY, START_S, START_S + DAYS * 86400, reach_deg=16)
    view = view_from(orbit, times, np.full(len(times), CITY[0]), np.full(len(times), CITY[1]))
    seen = np.abs(view.scan_deg) < SENSORS[orbit.instrument].reach_deg
    return (view.at_s[seen] / 3600 + CITY[0] / 15) % 24, view.along[seen, 1] > 0


def test_viirs_looks_in_the_early_afternoon_and_night() -> None:
    for name in ("S-NPP", "NOAA-20", "NOAA-21"):
        hour, northward = _observations(BY_NAME[name])
        # node 13:25 local; at 29 N the track lies asin(tan 29.3 / tan 98.7) = 4.9 degrees west, so
        # 13:06 and 01:45; the swath reaches 13.8 / cos 29.3 = 15.8 degrees, 1.05 h to each side
        assert ((hour[northward] > 12.0) & (hour[northward] < 14.2)).all()
        assert ((hour[~northward] > 0.7) & (hour[~northward] < 2.85)).all()


def test_modis_looks_keep_to_their_drifting_hours() -> None:
    hour, northward = _observations(BY_NAME["Terra"])
    # Terra flies south in the morning: node 10.37 h in 2022.2 less 0.25 h/year x 1.9 = 9.9
    assert ((hour[~northward] > 9.2) & (hour[~northward] < 11.4)).all()
    hour, northward = _observations(BY_NAME["Aqua"])
    assert ((hour[northward] > 12.5) & (hour[northward] < 14.9)).all()


@pytest.mark.parametrize(
    ("name", "per_day"),
    [
        # swath on the ground: VIIRS 56.28 deg -> asin(1.1301 sin 56.28) - 56.28 = 13.8 deg each
        # side, 3,066 km; tracks 40,030 / 14.19 = 2,821 km apart, x cos 29.3 x cos 10 at the city
        # = 2,424 km; 3,066 / 2,424 x 2 half-days = 2.53
        ("S-NPP", 2.53),
        ("NOAA-20", 2.53),
        ("NOAA-21", 2.53),
        # MODIS 55 deg -> 10.5 deg, 2,331 km; 40,030 / 14.56 = 2,749 -> 2,363 km; x 2 = 1.97
        ("Terra", 1.97),
        ("Aqua", 1.97),
    ],
)
def test_looks_per_day(name: str, per_day: float) -> None:
    hour, _ = _observations(BY_NAME[name])
    assert len(hour) / DAYS == pytest.approx(per_day, abs=0.08)


def test_snpp_and_noaa20_are_half_an_orbit_apart() -> None:
    first, second = (
        find_passes(BY_NAME[name], *CITY, START_S, START_S + 16 * 86400, reach_deg=90)
        for name in ("S-NPP", "NOAA-20")
    )
    gap = np.abs(first[:, None] - second[None, :]).min(axis=1) / 60
    # period 16 x 1440 / 227 = 101.5 min; passes near one place come in pairs 50.7 min apart
    assert np.median(gap) == pytest.approx(50.7, abs=3)


def test_the_place_is_abeam_when_it_is_looked_at() -> None:
    orbit = BY_NAME["NOAA-20"]
    times = find_passes(orbit, *CITY, START_S, START_S + 4 * 86400, reach_deg=16)
    view = view_from(orbit, times, np.full(len(times), CITY[0]), np.full(len(times), CITY[1]))
    x, y = np.radians(CITY)
    place = np.array([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)])
    _, ahead, _ = orbit.axes(view.at_s)
    assert np.abs(ahead @ place).max() < 1e-7
    assert np.hypot(*view.along.T) == pytest.approx(1.0)
    # left of the way is a quarter turn against the clock
    assert (view.along[:, 0] * view.across[:, 1] - view.along[:, 1] * view.across[:, 0]) == (
        pytest.approx(1.0)
    )


def test_heading_follows_from_the_inclination() -> None:
    orbit = BY_NAME["S-NPP"]
    times = find_passes(orbit, *CITY, START_S, START_S + 16 * 86400, reach_deg=2)
    view = view_from(orbit, times, np.full(len(times), CITY[0]), np.full(len(times), CITY[1]))
    # sin(heading) = cos 98.7 / cos 29.3 = -0.1513 / 0.8721 = -0.1735, at nadir
    assert view.along[:, 0] == pytest.approx(-0.1735, abs=0.03)


def test_sun_stands_high_at_noon_and_below_at_night() -> None:
    # solstice noon at 117.2 E is 04:11 UTC less 2 min of equation of time: 90 - 29.3 + 23.44
    noon = datetime(2024, 6, 21, 4, 13, tzinfo=UTC).timestamp()
    height, _ = sun_elevation(np.array([117.2]), np.array([29.3]), np.array([noon]))
    assert height[0] == pytest.approx(84.1, abs=0.5)
    night, _ = sun_elevation(np.array([117.2]), np.array([29.3]), np.array([noon + 43200]))
    assert night[0] < -30


@pytest.mark.real
@pytest.mark.parametrize(
    ("file", "satellite"),
    [
        ("sechina_snpp_viirs_nrt_2021-09-28_29.csv", "S-NPP"),
        ("sechina_noaa20_viirs_nrt_2023-11-09.csv", "NOAA-20"),
        ("sechina_modis_nrt_2022-02-27.csv", "Terra"),
    ],
)
def test_real_passes_are_met(file: str, satellite: str) -> None:
    path = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "firms" / file
    if not path.exists():
        pytest.skip("real FIRMS samples are not beside the repository")
    rows = pd.read_csv(path, dtype={"acq_time": str})
    letters = {"S-NPP": "N", "NOAA-20": "1", "Terra": "T"}
    rows = rows[rows["satellite"].astype(str) == letters[satellite]]
    clock = rows["acq_time"].str.replace(":", "").str.zfill(4)
    stamp = pd.to_datetime(rows["acq_date"] + " " + clock, format="%Y-%m-%d %H%M")
    at = (stamp - pd.Timestamp(0)).dt.total_seconds().to_numpy() + 30.0
    orbit = BY_NAME[satellite]
    view = view_from(orbit, at, rows["longitude"].to_numpy(), rows["latitude"].to_numpy())
    _, track = pixel_size_km(SENSORS[orbit.instrument], view.scan_deg)
    assert np.median(np.abs(view.at_s - at)) < 180
    assert np.median(np.abs(track - rows["track"])) < 0.02
