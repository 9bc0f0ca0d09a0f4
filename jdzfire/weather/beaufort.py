"""Wind force on the Beaufort scale, as Chinese rules count wind (风力等级)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["BEAUFORT_FROM_MS", "beaufort_force"]

BEAUFORT_FROM_MS = (0.3, 1.6, 3.4, 5.5, 8.0, 10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7)
"""Lowest wind of force 1, 2, ..., 12 [m/s at 10 m] ([V] for 0-8: doi 10.12677/wjf.2020.93016
table 9; [K] above)."""


def beaufort_force(wind_ms: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Beaufort force of a wind speed.

    Speeds are rounded to 0.1 m/s first, as the scale is written (force 3 is 3.4-5.4), so that
    no speed falls between two forces.

    Parameters
    ----------
    wind_ms : array_like [m s-1]
        Wind at 10 m; NaN is allowed.

    Returns
    -------
    ndarray of float, same shape [0-12]
        NaN where the wind is missing.

    Examples
    --------
    >>> beaufort_force([0.2, 3.3, 3.4, 5.4, 5.5, 40.0]).tolist()
    [0.0, 2.0, 3.0, 3.0, 4.0, 12.0]
    """
    speed = np.round(np.asarray(wind_ms, dtype=float), 1)
    force = np.searchsorted(BEAUFORT_FROM_MS, speed, side="right").astype(float)
    return np.where(np.isnan(speed), np.nan, force)
