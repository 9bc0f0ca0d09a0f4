from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from jdzfire.simulate.growth import STEP_S, build_curves

FIRES = pd.DataFrame(
    {
        "start_s": [1_000_000.0, 2_000_000.0],
        "grow_s": [4 * 3600.0, 1200.0],
        "area_ha": [10.0, 0.5],
        "fuel_kg_m2": [3.0, 0.6],
        "smoulder_share": [0.3, 0.2],
        "smoulder_s": [3 * 3600.0, 1800.0],
    }
)


def test_a_fire_reaches_its_area_and_no_more() -> None:
    curves = build_curves(FIRES)
    assert curves.area_ha[:, -1] == pytest.approx([10.0, 0.5])
    assert (np.diff(curves.area_ha, axis=1) >= -1e-6).all()


def test_the_fuel_gives_its_radiant_energy() -> None:
    curves = build_curves(FIRES)
    # 10 ha = 1e5 m2 x 3 kg = 3e5 kg x 0.368 MJ = 110,400 MJ; the smoulder is gone after 72 h
    assert float(curves.frp_mw[0].sum() * STEP_S) == pytest.approx(110_400, rel=1e-3)
    # 0.5 ha x 0.6 kg m-2 = 3,000 kg x 0.368 = 1,104 MJ
    assert float(curves.frp_mw[1].sum() * STEP_S) == pytest.approx(1_104, rel=1e-3)


def test_nothing_burns_before_the_start_or_after_the_end() -> None:
    curves = build_curves(FIRES)
    fire = np.array([0, 0, 0])
    at = np.array([999_999.0, 1_000_000.0 + 7200, curves.ended_s[0] + 1])
    area, frp = curves.at(fire, at)
    assert area[0] == frp[0] == area[2] == frp[2] == 0.0
    # Beta(2, 3) at half of the time: 12 (1/8 - 2/24 + 1/64) = 0.6875
    assert area[1] == pytest.approx(6.875)
    assert frp[1] > 1.0


def test_a_field_fire_is_over_within_hours_and_a_slash_burn_smoulders() -> None:
    lasted = build_curves(FIRES).ended_s - FIRES["start_s"].to_numpy()
    assert 4 * 3600 < lasted[0] < 48 * 3600
    assert lasted[1] < 4 * 3600


def test_no_fires_no_curves() -> None:
    curves = build_curves(FIRES.iloc[:0])
    assert curves.area_ha.shape[0] == 0
    assert len(curves.ended_s) == 0
