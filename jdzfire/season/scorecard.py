"""The scorecard of the townships, in which chance shames nobody.

A township with little forest and one fire has a high rate by chance. Each rate is therefore drawn
towards that of all townships, the more the less is known of it (empirical Bayes: counts Poisson,
true rates gamma, its two numbers by maximum likelihood), and each rank comes with the interval of
the ranks it may as well have.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, special, stats

from jdzfire.arrays import Floats
from jdzfire.crs import metric_crs
from jdzfire.season.intervals import LEVEL

SCORED = {
    "illegal_burns": ("违规用火", "burns against the rules"),
    "unexplained": ("无人说明的热点", "events nobody explained"),
    "broken_permits": ("违规炼山许可", "permits broken"),
}
"""What is scored: what duty staff read, and English."""

_NO_FAULT = ("heat_source", "no_fire")
"""Answers of the field that clear a township: a site with heat, a glint."""

_DRAWS = 4000
_POOLED = 1e6


def forest_by_township(zones: gpd.GeoDataFrame, admin: gpd.GeoDataFrame) -> pd.DataFrame:
    """Forest of each township.

    Parameters
    ----------
    zones : GeoDataFrame [ZONES, EPSG:4326]
    admin : GeoDataFrame [ADMIN, EPSG:4326]
        Townships of it cut the zones; without any the townships that the zones name count.

    Returns
    -------
    DataFrame
        ``county``, ``township``, ``forest_ha`` [ha], by name.
    """
    if zones.empty:
        return pd.DataFrame(columns=["county", "township", "forest_ha"])
    west, south, east, north = (float(v) for v in zones.total_bounds)
    metric = metric_crs((west, south, east, north))
    townships = admin[admin["level"] == "township"]
    if townships.empty:
        cut = zones[["county", "township", "geometry"]].to_crs(metric)
    else:
        named = townships[["geometry"]].assign(
            township=townships["name"], county=_county_of(townships, admin)
        )
        cut = gpd.overlay(named.to_crs(metric), zones[["geometry"]].to_crs(metric))
    table = pd.DataFrame(
        {"county": cut["county"], "township": cut["township"], "forest_ha": cut.geometry.area / 1e4}
    )
    grouped = table.dropna(subset="township").groupby("township")
    return grouped.agg(county=("county", "first"), forest_ha=("forest_ha", "sum")).reset_index()[
        ["county", "township", "forest_ha"]
    ]


def _county_of(townships: gpd.GeoDataFrame, admin: gpd.GeoDataFrame) -> pd.Series:
    """County that holds a point of each township."""
    counties = admin.loc[admin["level"] == "county", ["name", "geometry"]]
    points = gpd.GeoDataFrame(geometry=townships.representative_point(), crs=townships.crs)
    joined = gpd.sjoin(points, counties, how="left", predicate="within")
    named: pd.Series = joined["name"].groupby(level=0).first().reindex(townships.index)
    return named


def shrink_rates(
    count: npt.ArrayLike, exposure: npt.ArrayLike, *, level: float = LEVEL, seed: int = 0
) -> pd.DataFrame:
    """Rates drawn towards the common one, with ranks.

    Parameters
    ----------
    count : ndarray, n
    exposure : ndarray, n
        What the count grows with, for example forest; rows without any get nothing.
    level : float
        Confidence of the intervals of rate and rank.
    seed : int
        Of the draws that give the ranks.

    Returns
    -------
    DataFrame, n rows
        ``rate`` raw, ``shrunk``, ``low``, ``high``; ``rank`` (1 is the highest rate; the mean over
        what the rates may be), ``rank_low``, ``rank_high``. NaN without exposure.
    """
    k, e = np.asarray(count, dtype=float), np.asarray(exposure, dtype=float)
    known = e > 0
    names = ["rate", "shrunk", "low", "high", "rank", "rank_low", "rank_high"]
    table = pd.DataFrame(np.nan, index=range(len(k)), columns=names)
    if not known.any():
        return table
    shape, per = _prior(k[known], e[known])
    a, b = shape + k[known], per + e[known]
    tail = (1 - level) / 2
    draws = np.random.default_rng(seed).gamma(a, 1 / b, (_DRAWS, len(a)))
    ranks = stats.rankdata(-draws, axis=1)
    columns = (
        k[known] / e[known],
        a / b,
        stats.gamma.ppf(tail, a, scale=1 / b),
        stats.gamma.ppf(1 - tail, a, scale=1 / b),
        ranks.mean(axis=0),
        np.quantile(ranks, tail, axis=0, method="lower"),
        np.quantile(ranks, 1 - tail, axis=0, method="higher"),
    )
    for name, values in zip(names, columns, strict=True):
        table.loc[known, name] = values
    return table


def _prior(k: Floats, e: Floats) -> tuple[float, float]:
    """Shape and rate of the gamma of the true rates, by the likelihood of the counts."""
    common = max(k.sum(), 0.5) / e.sum()
    if len(k) < 3:
        return _POOLED, _POOLED / common

    def unlikely(logs: Floats) -> float:
        shape = float(np.exp(logs[0]))
        mean = common * float(np.exp(logs[1]))
        per = shape / mean
        likely = (
            special.gammaln(shape + k)
            - special.gammaln(shape)
            + shape * np.log(per / (per + e))
            + k * np.log(e / (per + e))
        )
        return -float(likely.sum())

    best = min(
        (
            optimize.minimize(
                unlikely, [begin, 0.0], method="L-BFGS-B",
                bounds=[(-4.0, np.log(_POOLED)), (-3.0, 3.0)],
            )
            for begin in (0.0, 3.0)
        ),
        key=lambda found: found.fun,
    )  # fmt: skip
    shape = float(np.exp(best.x[0]))
    return shape, shape / (common * float(np.exp(best.x[1])))


def township_scorecard(
    told: pd.DataFrame, outcomes: pd.DataFrame, forest: pd.DataFrame, *, seed: int = 0
) -> pd.DataFrame:
    """Townships with what counts for and against them, in long form.

    Parameters
    ----------
    told : DataFrame [TOLD_COLUMNS]
        Cases of the season.
    outcomes : DataFrame
        From :func:`jdzfire.season.outcomes.outcome_of_permits`, of the season.
    forest : DataFrame
        From :func:`forest_by_township`.

    Returns
    -------
    DataFrame, a row a township and measure
        ``county``, ``township``, ``forest_ha``, ``measure`` (a key of :data:`SCORED`), ``count``,
        ``exposure`` (1,000 ha of forest; registered burns for ``broken_permits``), and the columns
        of :func:`shrink_rates`.
    """
    counts = {
        "illegal_burns": told.loc[told["category"].eq("permit_violation"), "township"],
        "unexplained": told.loc[
            told["verdict"].eq("unresolved") & ~told["category"].isin(_NO_FAULT), "township"
        ],
        "broken_permits": outcomes.loc[outcomes["outcome"].eq("broken"), "township"],
    }
    registered = outcomes["township"].value_counts()
    area = forest["forest_ha"].to_numpy(float) / 1000
    permits = registered.reindex(forest["township"]).fillna(0).to_numpy(float)
    parts = []
    for measure, names in counts.items():
        held = names.value_counts().reindex(forest["township"]).fillna(0).to_numpy(float)
        exposure = permits if measure == "broken_permits" else area
        part = forest.assign(measure=measure, count=held.astype(int), exposure=exposure)
        shrunk = shrink_rates(held, exposure, seed=seed).set_axis(part.index)
        parts.append(pd.concat([part, shrunk], axis=1))
    return pd.concat(parts, ignore_index=True)


def township_times(told: pd.DataFrame) -> pd.DataFrame:
    """Cases of each township, answered ones and their median minutes to the first answer."""
    minutes = (told["answered_at"] - told["opened_at"]).dt.total_seconds() / 60
    keyed = told.assign(minutes=minutes.where(minutes >= 0)).groupby("township")
    return keyed.agg(
        cases=("case_id", "size"), answered=("minutes", "count"), median_min=("minutes", "median")
    ).reset_index()
