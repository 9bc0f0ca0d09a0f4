"""How a fire grows and how strongly it shines.

Burned area follows a Beta(2, 3) course over the growing time: a quick start, a long end.
Radiant energy is 0.368 MJ per kilogram of dry fuel (Wooster et al. 2005 [K]); a share of the
fuel smoulders after the front has passed and dies away exponentially.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Floats
from jdzfire.simulate.clock import DAY_S

RADIANT_MJ_PER_KG = 0.368
STEP_S = 600.0
LONGEST_S = 3.0 * DAY_S
FAINT_MW = 0.05
"""A fire is over when it has stopped growing and shines less than this [MW]."""


@dataclass(frozen=True)
class Curves:
    """Area and strength of every fire in steps of STEP_S from its start."""

    start_s: Floats
    """Start, seconds since 1970; n."""
    ended_s: Floats
    """End, seconds since 1970; n."""
    area_ha: NDArray[np.float32]
    """Burned area [ha]; n x steps."""
    frp_mw: NDArray[np.float32]
    """Radiative power under the canopy [MW]; n x steps."""

    def at(self, fire: NDArray[np.int64], at_s: Floats) -> tuple[Floats, Floats]:
        """Area [ha] and power [MW] of fires at times, linear between the steps."""
        place = np.clip((at_s - self.start_s[fire]) / STEP_S, 0, self.area_ha.shape[1] - 1.001)
        low = place.astype(np.int64)
        part = place - low
        area = self.area_ha[fire, low] * (1 - part) + self.area_ha[fire, low + 1] * part
        frp = self.frp_mw[fire, low] * (1 - part) + self.frp_mw[fire, low + 1] * part
        alive = (at_s >= self.start_s[fire]) & (at_s <= self.ended_s[fire])
        return np.where(alive, area, 0.0), np.where(alive, frp, 0.0)


def build_curves(fires: pd.DataFrame) -> Curves:
    """The course of each fire.

    Parameters
    ----------
    fires : DataFrame, n rows
        start_s, grow_s [s], area_ha (final) [ha], fuel_kg_m2 [kg m-2], smoulder_share,
        smoulder_s (e-folding time) [s].
    """
    start = fires["start_s"].to_numpy(dtype=float)
    grow = fires["grow_s"].to_numpy(dtype=float)
    final = fires["area_ha"].to_numpy(dtype=float)
    steps = int(LONGEST_S / STEP_S) + 2
    since = np.arange(steps + 1) * STEP_S
    part = np.clip(since[None, :] / grow[:, None], 0, 1)
    done = 12 * (part**2 / 2 - 2 * part**3 / 3 + part**4 / 4)
    area = final[:, None] * done
    energy_mj = np.diff(area) * 1e4 * fires["fuel_kg_m2"].to_numpy(dtype=float)[:, None]
    energy_mj *= RADIANT_MJ_PER_KG
    share = fires["smoulder_share"].to_numpy(dtype=float)
    fade = fires["smoulder_s"].to_numpy(dtype=float)
    frp = energy_mj * (1 - share)[:, None] / STEP_S
    ember = np.zeros(len(fires))
    for step in range(energy_mj.shape[1]):
        ember = ember + share * energy_mj[:, step]
        loss = ember * (1 - np.exp(-STEP_S / fade))
        frp[:, step] += loss / STEP_S
        ember = ember - loss
    growing = since[None, 1:] < grow[:, None]
    burns = growing | (frp > FAINT_MW)
    last = np.where(burns.any(axis=1), burns.shape[1] - np.argmax(burns[:, ::-1], axis=1), 1)
    return Curves(
        start_s=start,
        ended_s=start + np.minimum(last, steps - 1) * STEP_S,
        area_ha=area[:, :steps].astype(np.float32),
        frp_mw=frp[:, :steps].astype(np.float32),
    )
