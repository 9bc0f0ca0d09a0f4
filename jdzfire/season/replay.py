"""Replay: a past season cycle by cycle, with only what had arrived by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import geopandas as gpd
import pandas as pd

from jdzfire.heat_sources import SourcePast
from jdzfire.hotspots import merge_versions
from jdzfire.triage import (
    Ground,
    Rules,
    Standing,
    advance,
    asks_for_people,
    empty_standing,
    source_past,
)

__all__ = ["Replay", "replay_cycles"]

ANSWER_H = 3.0
"""Hours after which people are taken to have answered an event shown to them [K]."""


@dataclass(frozen=True)
class Replay:
    """What happened in the replay."""

    arrivals: pd.DataFrame
    """One row a hotspot when it first arrived: hotspot_id, cycle_at, event_id, verdict and
    is_provisional then."""
    judged: pd.DataFrame
    """One row an event and cycle that judged it: cycle_at, event_id, verdict, is_provisional,
    explained_by."""
    standing: Standing
    """What stood at the end."""
    cycles: int
    """Cycles in which something arrived."""


def replay_cycles(
    hotspots: gpd.GeoDataFrame,
    ground: Ground,
    *,
    cycle_min: int = 10,
    rules: Rules | None = None,
    progress: Callable[[], object] = lambda: None,
) -> Replay:
    """Run the cycles of a season.

    A cycle runs every ``cycle_min`` minutes and takes what arrived since the last one; cycles
    in which nothing arrived change nothing and are left out. Events shown to people count as
    answered ``ANSWER_H`` later, so that only what comes after is judged again.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
        Every row of every product as its feed gave it, ``received_at`` = when it was available.
        Ids may repeat.
    ground : Ground
        Registers as they stand; the past of the heat sources is made by the replay.
    cycle_min : int [min]
    rules : Rules, optional
    progress : callable
        Called after each cycle.

    Returns
    -------
    Replay
    """
    rules = rules or Rules()
    ticks = hotspots["received_at"].dt.ceil(f"{cycle_min}min")
    ground = replace(ground, past=_known_past(hotspots, ground, rules))
    standing = empty_standing()
    settled: dict[str, pd.Timestamp] = {}
    arrivals, judged, cycles = [], [], 0
    for tick, incoming in hotspots.groupby(ticks):
        at = pd.Timestamp(str(tick))
        before = standing
        better = merge_versions(_around(before.hotspots, incoming), incoming.reset_index(drop=True))
        if better.empty:
            progress()
            continue
        is_new = ~better["hotspot_id"].isin(before.members["hotspot_id"])
        kept = before.hotspots[~before.hotspots["hotspot_id"].isin(better["hotspot_id"])]
        pool = pd.concat([kept, better]) if len(kept) else better
        standing, _ = advance(
            replace(before, hotspots=pool.reset_index(drop=True)),
            ground,
            at=at,
            changed=set(better["hotspot_id"][~is_new]),
            rules=rules,
            settled=_settled_by(settled, at),
        )
        fresh = standing.verdicts[standing.verdicts["decided_at"] == at]
        judged.append(fresh[_JUDGED[:-1]].assign(cycle_at=at))
        arrivals.append(_arrivals(better[is_new], standing, at))
        for event_id in fresh.loc[asks_for_people(fresh), "event_id"]:
            if not settled.get(event_id, at) > at:
                settled[event_id] = at + timedelta(hours=ANSWER_H)
        cycles += 1
        progress()
    return Replay(_together(arrivals, _ARRIVALS), _together(judged, _JUDGED), standing, cycles)


_ARRIVALS = ["hotspot_id", "cycle_at", "event_id", "verdict", "is_provisional"]
_JUDGED = ["event_id", "verdict", "is_provisional", "explained_by", "cycle_at"]


def _around(known: gpd.GeoDataFrame, incoming: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Known hotspots of the minutes that came in: all that could be the same pixel."""
    minutes = incoming["acquired_at"].dt.floor("min").unique()
    return known[known["acquired_at"].dt.floor("min").isin(minutes)].reset_index(drop=True)


def _known_past(hotspots: gpd.GeoDataFrame, ground: Ground, rules: Rules) -> dict[str, SourcePast]:
    """Past of the heat sources over the whole season.

    Triage looks at it only up to ``heat_past_gap_h`` before each hotspot. Rows that took longer
    than that to arrive are left out, so nothing is known before it had arrived.
    """
    delay = hotspots["received_at"] - hotspots["acquired_at"]
    prompt = hotspots[delay <= timedelta(hours=rules.triage.heat_past_gap_h)]
    return source_past(prompt.drop_duplicates("hotspot_id"), ground, rules=rules)


def _settled_by(settled: dict[str, pd.Timestamp], at: pd.Timestamp) -> pd.Series:
    known = {event_id: when for event_id, when in settled.items() if when <= at}
    return pd.Series(known, dtype="datetime64[us, UTC]")


def _arrivals(new: gpd.GeoDataFrame, standing: Standing, at: pd.Timestamp) -> pd.DataFrame:
    owner = standing.members.set_index("hotspot_id")["event_id"].reindex(new["hotspot_id"])
    told = standing.verdicts.set_index("event_id")[["verdict", "is_provisional"]].reindex(owner)
    return pd.DataFrame(
        {
            "hotspot_id": new["hotspot_id"].to_numpy(),
            "cycle_at": at,
            "event_id": owner.to_numpy(),
            "verdict": told["verdict"].to_numpy(),
            "is_provisional": told["is_provisional"].eq(True).to_numpy(),
        }
    )


def _together(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    nothing = pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
    table = pd.concat(filled, ignore_index=True)[columns] if filled else nothing
    return table.astype({"cycle_at": "datetime64[us, UTC]"})
