"""Intervals of counts, rates and shares: what chance alone would make of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from jdzfire.arrays import Floats

LEVEL = 0.95
"""Confidence of every interval, unless another is asked for."""


def count_interval(count: npt.ArrayLike, *, level: float = LEVEL) -> tuple[Floats, Floats]:
    """Exact interval of the mean of a Poisson count (Garwood 1936).

    Examples
    --------
    >>> low, high = count_interval([0, 10])
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.0, 4.8], [3.69, 18.39])
    """
    held = np.asarray(count, dtype=float)
    tail = (1 - level) / 2
    low = np.where(held > 0, stats.chi2.ppf(tail, 2 * held) / 2, 0.0)
    high = stats.chi2.ppf(1 - tail, 2 * held + 2) / 2
    return low, high


def share_interval(
    hits: npt.ArrayLike, total: npt.ArrayLike, *, level: float = LEVEL
) -> tuple[Floats, Floats]:
    """Interval of a share by Wilson (1927); NaN of nothing.

    Examples
    --------
    >>> low, high = share_interval(8, 10)
    >>> float(low.round(3)), float(high.round(3))
    (0.49, 0.943)
    """
    k, n = np.asarray(hits, dtype=float), np.asarray(total, dtype=float)
    z = stats.norm.ppf((1 + level) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = k / n
        middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
        half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    none = n <= 0
    return (
        np.where(none, np.nan, np.clip(middle - half, 0, 1)),
        np.where(none, np.nan, np.clip(middle + half, 0, 1)),
    )


def with_counts(table: pd.DataFrame, *, level: float = LEVEL) -> pd.DataFrame:
    """A table with ``count``, and the ``low`` and ``high`` of its interval added."""
    low, high = count_interval(table["count"].to_numpy(), level=level)
    return table.assign(low=low, high=high)


def with_rates(
    table: pd.DataFrame, exposure: pd.Series, *, name: str, level: float = LEVEL
) -> pd.DataFrame:
    """A table with ``count``, and its rate by exposure: ``name``, ``name_low``, ``name_high``.

    Parameters
    ----------
    table : DataFrame
    exposure : Series, the same index
        Days, hectares or whatever the count grows with; nothing gives NaN.
    """
    low, high = count_interval(table["count"].to_numpy(), level=level)
    by = exposure.to_numpy(dtype=float)
    by = np.where(by > 0, by, np.nan)
    return table.assign(
        **{name: table["count"] / by, f"{name}_low": low / by, f"{name}_high": high / by}
    )


def with_shares(table: pd.DataFrame, *, level: float = LEVEL) -> pd.DataFrame:
    """A table with ``count`` and ``total``, and ``share``, ``low``, ``high`` added."""
    hits, total = table["count"].to_numpy(dtype=float), table["total"].to_numpy(dtype=float)
    low, high = share_interval(hits, total, level=level)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(total > 0, hits / total, np.nan)
    return table.assign(share=share, low=low, high=high)
