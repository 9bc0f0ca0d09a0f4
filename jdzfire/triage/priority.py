"""Priority 0-100: which unresolved event to check first, with its parts shown.

It orders the list; it never decides what is on it. What must be reported at once is reported
beside.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.triage.context import TriageContext
from jdzfire.triage.measures import Measures
from jdzfire.triage.rules import TriageRules

_DANGER_POINTS = np.array([0, 0, 3, 6, 10, 15])
_NIGHT_H = (19, 6)  # Beijing hours: fewer witnesses [K]
_RESERVE = ("保护区", "自然保护", "风景", "森林公园", "湿地公园", "古树")
PROVISIONAL_MAX = 30
"""An event that only needs a confirmation ranks below one that nobody explained [K]; not one that
with ground reports."""


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
    context: TriageContext,
    rules: TriageRules,
    *,
    usual: NDArray[np.bool_],
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
    context : TriageContext
    rules : TriageRules
    usual : array of bool, one a hotspot
        Usual heat of industrial sites: neither pixels nor growth of a fire.

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
    share = measures.largest("forest_share")
    grade = np.nan_to_num(measures.largest("danger_grade")).astype(np.int64)
    pixels, has_grown = _growth(measures, ~usual)
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
    is_low = provisional & (parts["report"] == 0)
    most = np.where(is_low, PROVISIONAL_MAX, 100)
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
        "reserve": _in_reserve(measures, context),
        "border": places["border_m"].to_numpy(dtype=float) < rules.near_border_m,
        "festival": _on_festival(events, context),
    }
    urgent = asks & ~is_low
    kinds = np.full(count, None, dtype=object)
    for event in np.flatnonzero(urgent):
        kinds[event] = ",".join(name for name, holds in causes.items() if holds[event]) or None
    return Ranked(points.astype(np.int64), shown, kinds)


def _growth(
    measures: Measures, counted: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Most pixels in one pass, and whether a later pass of a sensor lit more than its first.

    Pixels are counted as delivered, also where two scans cover the same ground: rather one report
    too many.
    """
    rows, count = measures.hotspots[counted], measures.count
    pixels = np.zeros(count, dtype=np.int64)
    has_grown = np.zeros(count, dtype=bool)
    if rows.empty:
        return pixels, has_grown
    event, observation = rows["event"].to_numpy(), rows["observation"].to_numpy()
    observation = observation - observation.min()
    size = np.bincount(observation)
    np.maximum.at(pixels, event, size[observation])
    polar = np.flatnonzero(rows["is_orbiter"].to_numpy())
    kind = pd.factorize(rows["instrument"], sort=True)[0]
    seen = polar[np.unique(observation[polar], return_index=True)[1]]  # first row of each
    at = rows["acquired_at"].astype("int64").to_numpy()
    satellite = pd.factorize(rows["satellite"], sort=True)[0]
    seen = seen[np.lexsort((satellite[seen], at[seen], kind[seen], event[seen]))]
    starts = np.ones(len(seen), dtype=bool)
    starts[1:] = (np.diff(event[seen]) != 0) | (np.diff(kind[seen]) != 0)
    lit = size[observation[seen]]
    first = lit[starts][np.cumsum(starts) - 1]
    has_grown[event[seen[lit > first]]] = True
    return pixels, has_grown


def _in_reserve(measures: Measures, context: TriageContext) -> NDArray[np.bool_]:
    """Whether an event touches a zone of a protected class."""
    inside = np.zeros(measures.count, dtype=bool)
    code, ids = pd.factorize(measures.hotspots["zone_id"])
    zones = context.zones[context.zones["zone_id"].isin(list(ids))]
    kinds = zones["forest_class"].fillna("") + zones["name"].fillna("")
    is_reserve = [any(word in text for word in _RESERVE) for text in kinds]
    among = np.append(np.isin(ids, zones["zone_id"].to_numpy(dtype=object)[is_reserve]), False)
    inside[measures.hotspots["event"].to_numpy()[among[code]]] = True
    return inside


def _on_festival(events: gpd.GeoDataFrame, context: TriageContext) -> NDArray[np.bool_]:
    """Whether an event was last seen on a day on which more fires start."""
    found = np.zeros(len(events), dtype=bool)
    last = events["last_seen_at"]
    for day in context.festivals.itertuples():
        found |= ((last >= day.begins_at) & (last < day.ends_at)).to_numpy()
    return found
