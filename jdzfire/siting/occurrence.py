"""Where fires are to be expected: past fires smoothed to a surface, its edge corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from jdzfire.arrays import Floats
from jdzfire.errors import UsageError

BANDWIDTHS_M = (1_500.0, 2_500.0, 4_000.0, 6_000.0, 9_000.0, 14_000.0, 20_000.0)
"""Bandwidths that are compared [m] [C]: from a valley to a county."""
_REACH = 4.0
"""Beyond so many bandwidths a fire tells nothing."""


@dataclass(frozen=True)
class FireSurface:
    """Fires to be expected in each cell, as many in all as there were."""

    fires: Floats
    """(rows, columns); 0 outside the area."""
    bandwidth_m: float
    """Standard deviation of the kernel [m]."""
    count: int
    """Fires it was made of."""


def fire_surface(
    counts: Floats,
    inside: NDArray[np.bool_],
    *,
    cell_m: float,
    bandwidths_m: Sequence[float] = BANDWIDTHS_M,
) -> FireSurface:
    """Smooth the fires of past seasons by a Gaussian kernel.

    Near the edge a part of the kernel lies outside; each fire's kernel is scaled so that all of
    it counts inside (Diggle 1985). The bandwidth is the one under which each fire is best
    foretold by the others (likelihood with one left out).

    Parameters
    ----------
    counts : array, (rows, columns)
        Fires in each cell; those outside the area are left out.
    inside : bool array, (rows, columns)
        Where fires can be, such as forest land.
    cell_m : float [m]
    bandwidths_m : sequence of float [m]
        To choose from.

    Returns
    -------
    FireSurface
        Without a fire the same everywhere inside, and 0 in all; with one the widest bandwidth.

    Raises
    ------
    UsageError
        The shapes differ, or there is no bandwidth.
    """
    if counts.shape != inside.shape or not bandwidths_m:
        raise UsageError(
            "the fire surface is ill-posed",
            expected="counts and area of one shape, at least one bandwidth",
            found=f"{counts.shape}, {inside.shape}, {len(bandwidths_m)} bandwidths",
        )
    held = np.where(inside, counts, 0.0)
    number = round(float(held.sum()))
    if number == 0:
        return FireSurface(np.zeros(inside.shape), max(bandwidths_m), 0)
    widest_first = sorted(bandwidths_m, reverse=True)
    scores, surfaces = [], []
    for bandwidth in widest_first:
        surface, foretold = _smoothed(held, inside, bandwidth / cell_m)
        surfaces.append(surface)
        scores.append((held[held > 0] * np.log(np.maximum(foretold[held > 0], 1e-300))).sum())
    at = int(np.argmax(scores)) if number > 1 else 0
    return FireSurface(surfaces[at], widest_first[at], number)


def _smoothed(held: Floats, inside: NDArray[np.bool_], sigma: float) -> tuple[Floats, Floats]:
    """The surface, and in each cell what the other fires foretell of one there."""
    within = _kernel(inside.astype(float), sigma)
    share = np.where(inside, np.maximum(within, 1e-12), 1.0)
    surface = np.where(inside, _kernel(held / share, sigma), 0.0)
    middle = np.zeros(2 * int(np.ceil(_REACH * sigma)) + 1)
    middle[len(middle) // 2] = 1.0
    own = _kernel(middle, sigma).max() ** 2
    return surface, surface - own / share


def _kernel(values: Floats, sigma: float) -> Floats:
    found = gaussian_filter(values, sigma, mode="constant", truncate=_REACH)
    return np.asarray(found, dtype=float)
