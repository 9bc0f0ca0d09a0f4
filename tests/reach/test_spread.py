"""The spread outlook: its rates as published, its shape by wind, slope and fuel."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import CRS

from jdzfire.errors import UsageError
from jdzfire.reach.spread import LIMIT_MIN, FireWeather, spread_outlook
from jdzfire.reach.walk import WalkGrid

SIZE = 201
CENTRE = SIZE // 2
CALM = FireWeather(tmax_c=20.0, wind_ms=0.0, rh_pct=50.0, wind_from_deg=0.0)


def grid_of(height: np.ndarray | None = None, cell_m: float = 50.0) -> WalkGrid:
    height = np.zeros((SIZE, SIZE)) if height is None else height
    return WalkGrid(CRS(32650), 0.0, SIZE * cell_m, cell_m, height, np.ones((SIZE, SIZE)))


def outlook(weather=CALM, *, height=None, cover=None, after=(120.0,), cell_m=50.0):
    grid = grid_of(height, cell_m)
    cover = np.full((SIZE, SIZE), 10.0) if cover is None else cover
    middle = (CENTRE + 0.5) * cell_m
    return spread_outlook(grid, cover, middle, middle, weather, after)


def reach(found, direction: str) -> float:
    """How far from the middle the shape goes [m]."""
    west, south, east, north = found.shape.bounds
    middle = (CENTRE + 0.5) * 50.0
    return {"n": north - middle, "s": middle - south, "e": east - middle, "w": middle - west}[
        direction
    ]


def test_the_base_rate_is_the_published_one():
    # 0.03 x 30 + 0.05 x 4 + 0.01 x (100 - 30) - 0.3; force 4 is 6.7 m/s
    weather = FireWeather(tmax_c=30.0, wind_ms=0.836 * 4**1.5, rh_pct=30.0)
    assert weather.base_rate == pytest.approx(1.5)
    assert FireWeather(tmax_c=-5.0, wind_ms=0.0, rh_pct=100.0).base_rate > 0


def test_on_level_ground_without_wind_it_is_nearly_round():
    found = outlook(after=(60.0, 600.0, 120.0))
    assert [one.after_min for one in found] == [60.0, 600.0, 120.0]
    rate = CALM.base_rate  # 0.8 m/min
    assert reach(found[2], "e") == pytest.approx(rate * 120, abs=50)
    assert reach(found[2], "n") == pytest.approx(reach(found[2], "w"))
    radius = rate * LIMIT_MIN
    assert found[1].area_ha == pytest.approx(np.pi * radius**2 / 1e4, rel=0.1)
    for one in found:
        assert one.low_ha <= one.area_ha <= one.high_ha
    assert found[0].area_ha <= found[2].area_ha <= found[1].area_ha
    assert found[1].high_ha == pytest.approx(4 * found[1].area_ha, rel=0.1)


def test_wind_from_the_west_drives_it_east():
    west_wind = FireWeather(20.0, 5.0, 50.0, wind_from_deg=270.0)
    (found,) = outlook(west_wind, after=(240.0,))
    head = west_wind.base_rate * np.exp(0.1783 * 5.0)
    assert reach(found, "e") == pytest.approx(head * 240, abs=50)
    assert reach(found, "w") < 0.35 * reach(found, "e")
    (unknown,) = outlook(FireWeather(20.0, 5.0, 50.0), after=(240.0,))
    assert unknown.shape.covers(found.shape)
    assert reach(unknown, "w") == pytest.approx(reach(unknown, "e"))


def test_it_climbs_faster_than_it_descends():
    height = 50.0 * 0.3 * (SIZE - np.arange(SIZE))[:, None] * np.ones(SIZE)  # up to the north
    (found,) = outlook(height=height, after=(120.0,))
    uphill = CALM.base_rate * np.exp(3.533 * 0.3**1.2)
    assert reach(found, "n") == pytest.approx(uphill * 120, abs=51)
    assert reach(found, "s") < 0.5 * reach(found, "n")


def test_water_and_houses_stop_it_and_grass_speeds_it():
    cover = np.full((SIZE, SIZE), 10.0)
    cover[:, : CENTRE - 2] = 80.0
    cover[:, CENTRE + 1 :] = 30.0
    hot = FireWeather(35.0, 8.0, 20.0, wind_from_deg=None)
    (found,) = outlook(hot, cover=cover, after=(100.0,))
    assert reach(found, "w") < 150
    (woods,) = outlook(hot, after=(100.0,))
    assert reach(found, "e") == pytest.approx(1.6 * reach(woods, "e"), rel=0.1)


def test_off_the_grid_it_says_so():
    with pytest.raises(UsageError, match="ill-posed"):
        spread_outlook(grid_of(), np.full((SIZE, SIZE), 10.0), -5.0, 5.0, CALM, [60.0])
    with pytest.raises(UsageError, match="ill-posed"):
        spread_outlook(grid_of(), np.full((3, 3), 10.0), 5.0, 5.0, CALM, [60.0])
