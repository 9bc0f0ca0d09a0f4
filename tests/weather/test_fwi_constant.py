"""Why the FWI differs from cffdrs: one constant of xclim, and nothing else.

The moisture of fine fuel is 147.2 (101 - F) / (59.5 + F) in Van Wagner (1987) and in xclim, and
250 * 59.5 / 101 (101 - F) / (59.5 + F) in cffdrs. Here the published equations are written out
once more, with the constant as a parameter.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from jdzfire.weather.danger import danger_of_days
from tests.weather.grids import weather_days

PRINTED, CFFDRS = 147.2, 250 * 59.5 / 101
REFERENCE = Path(__file__).resolve().parents[3] / "shared/data/reference_points/fwi_cffdrs"


def fine_fuel(before: float, t: float, h: float, w: float, r: float, constant: float) -> float:
    """FFMC of a day: degC, %, km/h, mm."""
    m = constant * (101 - before) / (59.5 + before)
    if r > 0.5:
        fell = r - 0.5
        wet = m + 42.5 * fell * math.exp(-100 / (251 - m)) * (1 - math.exp(-6.93 / fell))
        if m > 150:
            wet += 0.0015 * (m - 150) ** 2 * fell**0.5
        m = min(wet, 250.0)
    swell = 0.18 * (21.1 - t) * (1 - math.exp(-0.115 * h))
    drying = 0.942 * h**0.679 + 11 * math.exp((h - 100) / 10) + swell
    wetting = 0.618 * h**0.753 + 10 * math.exp((h - 100) / 10) + swell
    if m > drying or m < wetting:
        part = h / 100 if m > drying else (100 - h) / 100
        rate = 0.424 * (1 - part**1.7) + 0.0694 * w**0.5 * (1 - part**8)
        ends = drying if m > drying else wetting
        m = ends + (m - ends) * 10 ** -(rate * 0.581 * math.exp(0.0365 * t))
    return max(0.0, min(101.0, 59.5 * (250 - m) / (constant + m)))


def spread(code: float, w: float, constant: float) -> float:
    m = constant * (101 - code) / (59.5 + code)
    fuel = 91.9 * math.exp(-0.1386 * m) * (1 + m**5.31 / 4.93e7)
    return 0.208 * math.exp(0.05039 * w) * fuel


def run(rows, constant: float) -> tuple[list[float], list[float]]:
    code, codes, spreads = 85.0, [], []
    for t, h, w, r in rows:
        code = fine_fuel(code, t, h, w, r, constant)
        codes.append(code)
        spreads.append(spread(code, w, constant))
    return codes, spreads


def test_xclim_has_the_printed_constant_and_nothing_else_differs() -> None:
    draw = np.random.default_rng(3)
    count = 200
    rows = np.column_stack(
        [draw.uniform(2, 32, count), draw.uniform(20, 95, count), draw.gamma(2, 6, count),
         np.where(draw.random(count) < 0.3, draw.exponential(8, count), 0.0)]
    )  # fmt: skip
    names = ("tas", "hurs", "sfcWind", "pr")
    series = dict(zip(names, (rows * [1, 1, 1 / 3.6, 1]).T, strict=True))
    ours = danger_of_days(weather_days(count=count, **series)).isel(lat=0, lon=0)
    codes, spreads = run(rows, PRINTED)
    np.testing.assert_allclose(ours["ffmc"], codes, atol=1e-6)
    np.testing.assert_allclose(ours["isi"], spreads, rtol=1e-6, atol=1e-9)
    newer, _ = run(rows, CFFDRS)
    assert 0.01 < np.abs(np.subtract(newer, codes)).max() < 0.2


@pytest.mark.skipif(
    not REFERENCE.exists(), reason="no ../shared: the values of cffdrs are not here"
)
def test_cffdrs_has_the_other_constant() -> None:
    with (REFERENCE / "fwi_01.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    weather = [tuple(float(row[name]) for name in ("TEMP", "RH", "WS", "PREC")) for row in rows]
    codes, spreads = run(weather, CFFDRS)
    # four significant digits are given
    np.testing.assert_allclose(codes, [float(row["FFMC"]) for row in rows], atol=0.0051)
    np.testing.assert_allclose(spreads, [float(row["ISI"]) for row in rows], rtol=6e-4)
