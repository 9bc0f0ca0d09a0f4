"""Priority 0-100: which unresolved event to look at first, with its parts shown.

It orders the list; it never decides what is on it. What must be reported at once is told beside.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.triage.ground import Ground
from jdzfire.triage.measures import Measures
from jdzfire.triage.rules import TriageRules

__all__ = ["Ranked", "rank_events"]

_DANGER_POINTS = np.array([0, 0, 3, 6, 10, 15])
_NIGHT_H = (19, 6)  # Beijing hours: fewer people see a fire [K]
_RESERVE = ("保护区", "自然保护", "风景", "森林公园", "湿地公园", "古树")
PROVISIONAL_MAX = 30
"""An event that only needs a confirmation ranks below one that nobody explained [K]."""


@dataclass(frozen=True)
class Ranked:
    """Points of n events."""

    points: NDArray[np.int64]
    """0-100; 0 for an event that is explained."""
    parts: list[dict[str, int]]
    """Points by part; their sum, cut at the maximum, is the priority."""
    escalation: NDArray[np.object_]
    """Causes to report at once, by comma: pixels, growth, settlement, reserve, border, festival;
    None without one."""


def rank_events(
    events: gpd.GeoDataFrame,
    measures: Measures,
    verdict: NDArray[np.object_],
    provisional: NDArray[np.bool_],
    places: pd.DataFrame,
    ground: Ground,
    rules: TriageRules,
) -> Ranked:
    """Points of events and where they come from.

    Parameters
    ----------
    events : GeoDataFrame [EVENTS], n rows
    measures : Measures
        Of the hotspots judged.
    verdict : array of str, n
        An explained event gets 0, a provisional one few.
    provisional : array of bool, n
    places : DataFrame, n rows
        ``settlement_m`` and ``border_m``, NaN when not known.
    ground : Ground
    rules : TriageRules

    Returns
    -------
    Ranked

    Notes
    -----
    The weights are ours [K]. Three or more pixels in a pass weigh heavily because such hotspots
    are to be reported at once [V, Sichuan rule, field notes section 3].
    """
    rows, count = measures.hotspots, measures.count
    asks = np.isin(verdict, ("unresolved", "permit_violation")) | provisional
    share = _largest(rows, "forest_share", count)
    grade = np.nan_to_num(_largest(rows, "danger_grade", count)).astype(np.int64)
    pixels, has_grown = _growth(measures)
    frp_mw = np.nan_to_num(events["frp_sum_mw"].to_numpy(dtype=float))
    hour = events["last_seen_at"].dt.tz_convert("Asia/Shanghai").dt.hour.to_numpy()
    settlement_m = places["settlement_m"].to_numpy(dtype=float)
    near = np.select([settlement_m < 500, settlement_m < 2000], [10, 5], 0)
    parts = {
        "base": np.full(count, 20),
        "forest": np.round(20 * np.nan_to_num(share)).astype(np.int64),
        "danger": _DANGER_POINTS[grade],
        "pixels": np.where(pixels >= 3, 15, 5 * (np.maximum(pixels, 1) - 1)),
        "growth": np.where(has_grown, 10, 0),
        "frp": np.minimum(10, frp_mw // 10).astype(np.int64),
        "night": np.where((hour >= _NIGHT_H[0]) | (hour < _NIGHT_H[1]), 5, 0),
        "settlement": near,
        "report": np.where(measures.by_event(rows["is_person"].to_numpy()) > 0, 10, 0),
    }
    stacked = np.stack(list(parts.values()), axis=1)
    most = np.where(provisional, PROVISIONAL_MAX, 100)
    points = np.where(asks, np.minimum(stacked.sum(axis=1), most), 0)
    names = list(parts)
    shown = [
        {name: int(value) for name, value in zip(names, values, strict=True) if value}
        if ask
        else {}
        for ask, values in zip(asks.tolist(), stacked.tolist(), strict=True)
    ]
    causes = {
        "pixels": pixels >= rules.escalate_pixels,
        "growth": has_grown,
        "settlement": settlement_m < rules.near_settlement_m,
        "reserve": _in_reserve(measures, ground),
        "border": places["border_m"].to_numpy(dtype=float) < rules.near_border_m,
        "festival": _on_festival(events, ground),
    }
    urgent = asks & ~provisional
    told = np.full(count, None, dtype=object)
    for event in np.flatnonzero(urgent):
        told[event] = ",".join(name for name, holds in causes.items() if holds[event]) or None
    return Ranked(points.astype(np.int64), shown, told)


def _largest(rows: pd.DataFrame, column: str, count: int) -> NDArray[np.float64]:
    largest: pd.Series = rows.groupby("event")[column].max().reindex(np.arange(count))
    return largest.to_numpy(dtype=float)


def _growth(measures: Measures) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Most pixels in one pass, and whether a later pass of a sensor lit more than its first."""
    rows, count = measures.hotspots, measures.count
    pixels = np.zeros(count, dtype=np.int64)
    size = np.bincount(rows["passing"], minlength=1)
    np.maximum.at(pixels, rows["event"], size[rows["passing"]])
    has_grown = np.zeros(count, dtype=bool)
    polar = rows[rows["is_orbiter"]].drop_duplicates("passing")
    lit = polar.assign(size=size[polar["passing"]])
    lit = lit.sort_values(["event", "instrument", "acquired_at", "satellite"])
    first = lit.groupby(["event", "instrument"])["size"].transform("first")
    has_grown[lit.loc[lit["size"] > first, "event"]] = True
    return pixels, has_grown


def _in_reserve(measures: Measures, ground: Ground) -> NDArray[np.bool_]:
    """Whether an event touches a zone of a protected class."""
    inside = np.zeros(measures.count, dtype=bool)
    told = ground.zones["forest_class"].fillna("") + ground.zones["name"].fillna("")
    is_reserve = [any(word in text for word in _RESERVE) for text in told]
    ids = set(ground.zones["zone_id"][is_reserve])
    rows = measures.hotspots
    inside[rows.loc[rows["zone_id"].isin(ids), "event"]] = True
    return inside


def _on_festival(events: gpd.GeoDataFrame, ground: Ground) -> NDArray[np.bool_]:
    """Whether an event was last seen on a day on which more fires start."""
    found = np.zeros(len(events), dtype=bool)
    last = events["last_seen_at"]
    for day in ground.festivals.itertuples():
        found |= ((last >= day.begins_at) & (last < day.ends_at)).to_numpy()
    return found
