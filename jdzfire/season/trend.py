"""The trend of yearly counts, through changes of the sensors that counted."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jdzfire.arrays import Floats

YEARS_MIN = 5
"""Fewer years give no trend: two numbers are estimated from them."""

_DISPERSION_MAX = 50.0


@dataclass(frozen=True)
class Trend:
    """Change of a yearly count by year."""

    per_year: float
    """Relative change a year: 0.05 is +5 %; NaN when there is none."""
    low: float
    """Lower end of the interval."""
    high: float
    """Upper end of the interval."""
    level: float
    """Confidence of the interval [0-1]."""
    dispersion: float
    """Variance beyond Poisson, relative to the square of the mean: good and bad years."""
    years: int
    """Years used."""
    reason: str = ""
    """Why there is no trend, else empty."""

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out no change at all."""
        return bool(self.low > 0 or self.high < 0)


def fit_trend(counts: pd.DataFrame, *, level: float = 0.9) -> Trend:
    """Negative binomial trend of counts by year and sensor.

    Each sensor sees a constant share of what happens; the years in which sensors overlap tie their
    shares together. The year's total over the sensors present is then a negative binomial count
    with a log-linear trend. Its dispersion is that at which Pearson's chi square
    equals the degrees of freedom, and the interval takes Student's t, since the years are few.

    Parameters
    ----------
    counts : DataFrame
        ``year`` (int), ``count``, and ``series`` (the sensor) when there are several; a row for
        each year in which the sensor worked all year, with 0 where it saw nothing.
    level : float
        Confidence of the interval.

    Returns
    -------
    Trend
        Without one (``reason``) for fewer than :data:`YEARS_MIN` years, nothing
        counted, or sensors that never overlap.
    """
    table = counts if "series" in counts else counts.assign(series="")
    table = table.groupby(["year", "series"])["count"].sum().reset_index()
    years = np.sort(table["year"].unique()).astype(float)

    def without(reason: str) -> Trend:
        return Trend(
            float("nan"), float("nan"), float("nan"), level, float("nan"), len(years), reason
        )

    if len(years) < YEARS_MIN:
        return without(f"{len(years)} years are too few, {YEARS_MIN} are needed")
    if not table["count"].sum():
        return without("nothing was counted")
    if not _is_tied(table):
        return without("sensors that never saw the same year cannot be tied together")
    offset = np.log(_exposure(table))
    total = table.groupby("year")["count"].sum().to_numpy(float)
    return _fitted(total, years - years.mean(), offset, level)


def _is_tied(table: pd.DataFrame) -> bool:
    """Whether every sensor overlaps another one, over any number of steps."""
    year, years = pd.factorize(table["year"])
    series, names = pd.factorize(table["series"])
    size = len(years) + len(names)
    links = coo_array((np.ones(len(year)), (year, series + len(years))), shape=(size, size))
    count, _ = connected_components(links, directed=False)
    return bool(count == 1)


def _exposure(table: pd.DataFrame) -> Floats:
    """Sum of the shares of the sensors present in each year, by year.

    The maximum likelihood of counts with a factor for each year and each sensor, by turns.
    """
    wide = table.pivot(index="year", columns="series", values="count")
    present = wide.notna().to_numpy()
    seen = wide.fillna(0.0).to_numpy(float)
    shares = np.ones(seen.shape[1])
    for _ in range(500):
        of_year = seen.sum(axis=1) / (present @ shares)
        changed = seen.sum(axis=0) / np.maximum(of_year @ present, 1e-12)
        changed /= changed.sum() or 1.0
        if np.allclose(changed, shares, rtol=1e-10, atol=0):
            break
        shares = np.maximum(changed, 1e-12)
    exposure: Floats = present @ shares
    return exposure


def _fitted(total: Floats, year: Floats, offset: Floats, level: float) -> Trend:
    import statsmodels.api as sm

    design = sm.add_constant(year)
    free = len(total) - 2

    def fit(dispersion: float) -> object:
        family = (
            sm.families.NegativeBinomial(alpha=dispersion)
            if dispersion > 0
            else sm.families.Poisson()
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # counts that lie on the curve are no fault here
            return sm.GLM(total, design, family=family, offset=offset).fit()

    def excess(dispersion: float) -> float:
        return float(fit(dispersion).pearson_chi2) - free  # type: ignore[attr-defined]

    dispersion = 0.0
    if excess(0.0) > 0:
        is_wild = excess(_DISPERSION_MAX) > 0
        dispersion = (
            _DISPERSION_MAX if is_wild else float(optimize.brentq(excess, 1e-9, _DISPERSION_MAX))
        )
    result = fit(dispersion)
    slope, error = float(result.params[1]), float(result.bse[1])  # type: ignore[attr-defined]
    reach = float(stats.t.ppf((1 + level) / 2, free)) * error
    ends = (slope, slope - reach, slope + reach)
    change, low, high = (float(np.expm1(value)) for value in ends)
    return Trend(change, low, high, level, dispersion, len(total))
