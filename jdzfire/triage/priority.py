"""Priority 0-100: which unresolved event to look at first, with its parts shown.

It orders the list; it never decides what is on it.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from jdzfire.schemas import ORBITERS

__all__ = ["rank_event"]

_DANGER_POINTS = {1: 0, 2: 3, 3: 6, 4: 10, 5: 15}
_NIGHT_H = (19, 6)  # Beijing hours: fewer people see a fire [K]


def rank_event(
    event: Any, hotspots: pd.DataFrame, *, verdict: str, settlement_m: Any
) -> tuple[int, dict[str, int]]:
    """Points of one event and where they come from.

    Parameters
    ----------
    event : row of EVENTS
    hotspots : DataFrame
        The hotspots judged, with forest_share [0-1] and danger_grade [1-5], null where unknown.
    verdict : str
        An explained event gets 0.
    settlement_m : float [m]
        Distance to the nearest settlement, NaN when none is known.

    Returns
    -------
    priority : int, 0-100
    parts : dict of int
        Points by part; their sum, cut at 100, is the priority.

    Notes
    -----
    The weights are ours [K]. Three or more pixels in a pass weigh heavily because such hotspots
    are to be reported at once [V, Sichuan rule, field notes section 3].
    """
    if verdict not in ("unresolved", "permit_violation"):
        return 0, {}
    share = hotspots["forest_share"].max()
    grade = hotspots["danger_grade"].max()
    passes = hotspots.groupby(["satellite", "acquired_at"]).size()
    pixels = int(passes.max())
    frp_mw = 0.0 if pd.isna(event.frp_sum_mw) else float(event.frp_sum_mw)
    hour = pd.Timestamp(event.last_seen_at).tz_convert("Asia/Shanghai").hour
    parts = {
        "base": 20,
        "forest": 0 if pd.isna(share) else round(20 * float(share)),
        "danger": 0 if pd.isna(grade) else _DANGER_POINTS[int(grade)],
        "pixels": 15 if pixels >= 3 else 5 * (pixels - 1),
        "growth": 10 if _has_grown(hotspots) else 0,
        "frp": min(10, int(frp_mw // 10)),
        "night": 5 if hour >= _NIGHT_H[0] or hour < _NIGHT_H[1] else 0,
        "settlement": _settlement_points(settlement_m),
        "report": 10 if (hotspots["instrument"] == "PERSON").any() else 0,
    }
    shown = {name: points for name, points in parts.items() if points}
    return min(100, sum(shown.values())), shown


def _has_grown(hotspots: pd.DataFrame) -> bool:
    """Whether a later pass of the same instrument lit more pixels than its first one."""
    polar = hotspots[hotspots["instrument"].isin(ORBITERS)]
    for _, rows in polar.groupby("instrument"):
        counts = rows.groupby(["acquired_at", "satellite"]).size()
        if len(counts) > 1 and counts.iloc[1:].max() > counts.iloc[0]:
            return True
    return False


def _settlement_points(settlement_m: float) -> int:
    if settlement_m < 500:
        return 10
    return 5 if settlement_m < 2000 else 0
