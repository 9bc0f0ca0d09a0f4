"""Random numbers by name, and smooth random fields made of them.

Every part of the simulator draws from its own named stream, so that a change in one part
does not move the dice of another, and the same seed gives the same season.
"""

from __future__ import annotations

import zlib

import numpy as np
from scipy.ndimage import gaussian_filter

from jdzfire.arrays import Floats


def stream(seed: int, name: str) -> np.random.Generator:
    """The random stream of this name under this seed.

    Examples
    --------
    >>> bool(stream(1, "rain").random() == stream(1, "rain").random())
    True
    >>> bool(stream(1, "rain").random() == stream(1, "wind").random())
    False
    """
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def random_field(rng: np.random.Generator, shape: tuple[int, int], *, slope: float) -> Floats:
    """A field of mean 0 and deviation 1 whose spectrum falls as wavenumber**-slope."""
    rows, cols = (2 * n for n in shape)
    waves = np.hypot(*np.meshgrid(np.fft.fftfreq(rows), np.fft.rfftfreq(cols), indexing="ij"))
    waves[0, 0] = np.inf
    # wavelengths beyond the frame would only tilt it: the regional trend does that
    waves = np.maximum(waves, 1.0 / max(shape))
    white = np.fft.rfft2(rng.standard_normal((rows, cols)))
    field = np.fft.irfft2(white * waves ** (-slope / 2.0), s=(rows, cols))
    field = field[: shape[0], : shape[1]]
    return np.asarray((field - field.mean()) / field.std())


def smooth_field(rng: np.random.Generator, shape: tuple[int, ...], *, width: float) -> Floats:
    """White noise smoothed over `width` cells in its last two axes, deviation about 1."""
    sigma = (0.0,) * (len(shape) - 2) + (width, width)
    field = gaussian_filter(rng.standard_normal(shape), sigma, mode="wrap")
    return np.asarray(field / field.std())


def autoregressive(rng: np.random.Generator, count: int, *, memory: float) -> Floats:
    """A series of mean 0 and deviation 1 with lag-one correlation `memory`."""
    shocks = rng.standard_normal(count) * np.sqrt(1.0 - memory**2)
    series = np.empty(count)
    last = rng.standard_normal()
    for day, shock in enumerate(shocks):
        last = memory * last + shock
        series[day] = last
    return series
