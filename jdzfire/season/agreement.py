"""Does danger tell burnt days from others: area under the ROC curve, with an interval."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from jdzfire.arrays import Floats
from jdzfire.season.calendar import beijing_days
from jdzfire.season.intervals import LEVEL, with_rates

INDICES = {
    "danger_grade": ("火险等级", "danger grade"),
    "danger_index": ("火险指数", "danger index"),
    "fwi": ("FWI", "FWI"),
    "wind_ms": ("最大风速", "highest wind"),
    "rh_pct": ("最低湿度", "lowest humidity"),
    "tmax_c": ("最高气温", "highest temperature"),
}
"""Indices that are compared when they are there; low humidity is turned round: it is dry."""

_TURNED = ("rh_pct",)
_SHUFFLES = 500


def burnt_area_days(told: pd.DataFrame, *, area: str = "township") -> pd.DataFrame:
    """Areas and Beijing days on which a fire began.

    Parameters
    ----------
    told : DataFrame [TOLD_COLUMNS]
        Cases answered with a fire count.
    area : str
        Column that names the area.

    Returns
    -------
    DataFrame
        ``area`` under its own name, ``day`` (naive), ``fires``.
    """
    fires = told[told["is_fire"] & told[area].notna()]
    keyed = fires[[area]].assign(day=beijing_days(fires["seen_at"]))
    return keyed.groupby([area, "day"]).size().rename("fires").reset_index()


def danger_agreement(
    days: pd.DataFrame,
    burnt: pd.DataFrame,
    *,
    area: str = "township",
    indices: Iterable[str] = INDICES,
    level: float = LEVEL,
    seed: int = 0,
) -> pd.DataFrame:
    """How well each index tells area-days with a fire from those without.

    The area under the curve is the chance that a burnt area-day has a higher index than one that
    did not burn, ties counting half: 0.5 is no knowledge. Days share their weather over all
    areas, so the interval deals out whole days anew (bootstrap, 500 times).

    Parameters
    ----------
    days : DataFrame
        From :func:`jdzfire.weather.areas.danger_of_areas`.
    burnt : DataFrame
        From :func:`burnt_area_days`.
    area : str
    indices : iterable of str
        Those not in ``days`` are left out.
    level : float
    seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        ``index``, ``auc``, ``low``, ``high`` (null without a burnt or an unburnt day), ``burnt``,
        ``unburnt`` (area-days that count: those whose index is known).
    """
    joined = days.merge(burnt, on=[area, "day"], how="left")
    is_burnt = joined["fires"].fillna(0).gt(0).to_numpy()
    code, every = pd.factorize(joined["day"])
    draw = np.random.default_rng(seed)
    weights = [
        np.bincount(draw.integers(0, len(every), len(every)), minlength=len(every))
        for _ in range(_SHUFFLES if len(every) else 0)
    ]
    rows = []
    for name in [one for one in indices if one in joined]:
        values = joined[name].to_numpy(dtype=float, na_value=np.nan)
        known = np.isfinite(values)
        held = np.where(name in _TURNED, -values, values)[known]
        mine, day = is_burnt[known], code[known]
        ranked = _Ranked(held, mine)
        auc = ranked.auc(np.ones(len(held)))
        again = np.array([ranked.auc(weight[day].astype(float)) for weight in weights])
        again = again[np.isfinite(again)]
        tail = 50 * (1 - level)
        ends = np.percentile(again, [tail, 100 - tail]) if len(again) else (np.nan, np.nan)
        rows.append(
            (name, auc, float(ends[0]), float(ends[1]), int(mine.sum()), int((~mine).sum()))
        )
    return pd.DataFrame(rows, columns=["index", "auc", "low", "high", "burnt", "unburnt"])


class _Ranked:
    """Values in order once, for many weights."""

    def __init__(self, values: Floats, is_burnt: np.ndarray) -> None:
        self.order = np.argsort(values, kind="stable")
        ordered = values[self.order]
        self.starts = np.flatnonzero(np.diff(ordered, prepend=-np.inf) > 0)
        self.burnt = is_burnt[self.order].astype(float)

    def auc(self, weight: Floats) -> float:
        """Share of the pairs (burnt, unburnt) in which the burnt has more, ties half."""
        if not len(self.order):
            return float("nan")
        held = weight[self.order]
        up = np.add.reduceat(held * self.burnt, self.starts)
        down = np.add.reduceat(held * (1 - self.burnt), self.starts)
        pairs = up.sum() * down.sum()
        if not pairs:
            return float("nan")
        return float((up * (np.cumsum(down) - down / 2)).sum() / pairs)


def fires_by_grade(
    days: pd.DataFrame, burnt: pd.DataFrame, *, area: str = "township"
) -> pd.DataFrame:
    """Fires by danger grade, and by 1,000 area-days of that grade.

    Returns
    -------
    DataFrame, five rows
        ``danger_grade``, ``count``, ``area_days``, ``per_1000_days`` with ``_low`` and ``_high``.
    """
    joined = days.merge(burnt, on=[area, "day"], how="left")
    grouped = joined.assign(fires=joined["fires"].fillna(0)).groupby("danger_grade")["fires"]
    counts = pd.DataFrame({"count": grouped.sum(), "area_days": grouped.size()})
    table = counts.reindex(range(1, 6), fill_value=0).astype("int64")
    table = table.rename_axis("danger_grade").reset_index()
    return with_rates(table, table["area_days"] / 1000, name="per_1000_days")
