"""A past season joined cycle by cycle and not judged yet: all that a verdict would have seen.

What hotspots make one event does not depend on verdicts, so it is done once; every rule of the
verdict can then be tried on the same cycles.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Ints
from jdzfire.hotspots.identity import merge_versions
from jdzfire.schemas import EVENTS, HOTSPOTS, MEMBERS, conform, empty_table
from jdzfire.triage.cycle import TriageState, empty_triage_state, join_arrivals
from jdzfire.triage.rules import Rules


@dataclass(frozen=True)
class Gathered:
    """Every event of every cycle that touched it, as it was then: a *snapshot*.

    Snapshots have names of their own in place of event ids, and their hotspots likewise, so that
    all cycles fit into one table. Both sort as cycle and id do.
    """

    snapshots: pd.DataFrame
    """One row a snapshot, by cycle_at, event_id: snapshot, event_id, cycle_at."""
    events: gpd.GeoDataFrame
    """[EVENTS] of the snapshots, by their names."""
    hotspots: gpd.GeoDataFrame
    """[HOTSPOTS] of the snapshots, in the versions held then."""
    members: pd.DataFrame
    """[MEMBERS] of the snapshots, in the order of ``hotspots``."""
    arrivals: pd.DataFrame
    """One row a hotspot when it first arrived: hotspot_id, cycle_at, event_id."""
    dropped_at: pd.Series
    """By event_id: last cycle in which an event was judged and this one was marked as merged."""
    triage_state: TriageState
    """State at the end, without verdicts."""
    cycles: int
    """Cycles in which something arrived."""
    rows: gpd.GeoDataFrame
    """[HOTSPOTS] all rows as they were given: of these the past of the heat sources is made."""


def gather_cycles(
    hotspots: gpd.GeoDataFrame,
    *,
    cycle_min: int = 10,
    rules: Rules | None = None,
    progress: Callable[[], object] = lambda: None,
) -> Gathered:
    """Join the hotspots of a season cycle by cycle.

    A cycle runs every ``cycle_min`` minutes and takes what arrived since the last one; cycles
    in which nothing arrived change nothing and are left out.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
        Every row of every product as its feed gave it, ``received_at`` = when it was available.
        Ids may repeat.
    cycle_min : int [min]
    rules : Rules, optional
        Only ``footprint``, ``events`` and ``persistence`` matter.
    progress : callable
        Called after each cycle.

    Returns
    -------
    Gathered
    """
    rules = rules or Rules()
    rows, ticks = _better_rows(hotspots, cycle_min)
    ids = rows["hotspot_id"].to_numpy(dtype=object)
    starts = np.flatnonzero(np.r_[True, ticks[1:] != ticks[:-1]]) if len(ticks) else np.array([])
    bounds = np.r_[starts, len(ticks)].astype(np.int64)
    triage_state, taken = empty_triage_state(), _Taken()
    held, joined = np.empty(0, dtype=np.int64), set[str]()
    for first, after in pairwise(bounds.tolist()):
        at = pd.Timestamp(ticks[first], tz="UTC").as_unit("us")
        mine = set(ids[first:after])
        kept = held[[one not in mine for one in ids[held]]]
        held = np.r_[kept, np.arange(first, after)]
        triage_state, joined_now = join_arrivals(
            replace(triage_state, hotspots=rows.iloc[held].reset_index(drop=True)),
            at=at,
            changed=mine & joined,
            rules=rules,
        )
        members = triage_state.members
        owner = dict(zip(members["hotspot_id"], members["event_id"], strict=True))
        new = [one for one in ids[first:after] if one not in joined]
        taken.arrived(new, owner, at)
        if joined_now.touched:
            taken.saw(
                triage_state.events,
                joined_now.touched,
                held,
                [owner.get(one) for one in ids[held]],
                at,
            )
        joined = set(owner)
        progress()
    return _as_gathered(taken, rows, hotspots, triage_state)


def _better_rows(
    hotspots: gpd.GeoDataFrame, cycle_min: int
) -> tuple[gpd.GeoDataFrame, NDArray[np.datetime64]]:
    """Rows that were new or better when they arrived, by cycle; and the cycle of each.

    Only rows of one minute can be the same hotspot. So the first cycle of every minute is merged
    in one call, then the second of every minute, and so on: a handful of calls instead of one
    a cycle.
    """
    none: gpd.GeoDataFrame = empty_table(HOTSPOTS)
    if hotspots.empty:
        return none, np.empty(0, dtype="datetime64[us]")
    tick = hotspots["received_at"].dt.ceil(f"{cycle_min}min")
    arrived = tick.dt.tz_convert(None).to_numpy(dtype="datetime64[us]")
    minute = hotspots["acquired_at"].dt.floor("min")
    layer = tick.groupby(minute).rank(method="dense").astype(np.int64)
    known, parts, ticks = none, [], []
    for number in range(1, int(layer.max()) + 1):
        chosen = (layer == number).to_numpy()
        tick_of = pd.Series(arrived[chosen], index=minute[chosen])
        tick_of = tick_of[~tick_of.index.duplicated()]
        around = known[known["acquired_at"].dt.floor("min").isin(tick_of.index)]
        new_or_updated = merge_versions(
            around.reset_index(drop=True), hotspots[chosen].reset_index(drop=True)
        )
        kept = known[~known["hotspot_id"].isin(new_or_updated["hotspot_id"])]
        known = pd.concat([kept, new_or_updated]) if len(kept) else new_or_updated
        parts.append(new_or_updated)
        ticks.append(tick_of.reindex(new_or_updated["acquired_at"].dt.floor("min")).to_numpy())
    together = pd.concat([part for part in parts if len(part)])
    arrived = np.concatenate(ticks)
    ordered = np.lexsort(
        (
            together["hotspot_id"].to_numpy(dtype=str),
            together["acquired_at"].astype("int64").to_numpy(),
            arrived,
        )
    )
    return together.iloc[ordered].reset_index(drop=True), arrived[ordered]


@dataclass(frozen=True)
class _Taken:
    """What was seen, cycle by cycle; filled as the cycles go."""

    arrivals: list[pd.DataFrame] = field(default_factory=list)
    events: list[gpd.GeoDataFrame] = field(default_factory=list)
    spots: list[pd.DataFrame] = field(default_factory=list)
    """Row of each hotspot of the events judged, event_id, cycle_at."""
    dropped_at: dict[str, pd.Timestamp] = field(default_factory=dict)

    def arrived(self, new: list[str], owner: dict[str, str], at: pd.Timestamp) -> None:
        """Keep which hotspots were new, and of which event."""
        table = {"hotspot_id": new, "cycle_at": at, "event_id": [owner.get(one) for one in new]}
        self.arrivals.append(pd.DataFrame(table))

    def saw(
        self,
        events: gpd.GeoDataFrame,
        touched: Collection[str],
        held: Ints,
        owner: list[str | None],
        at: pd.Timestamp,
    ) -> None:
        """Keep the events a verdict would judge, and all their hotspots."""
        merged = events["merged_into"].notna()
        self.dropped_at.update(dict.fromkeys(events.loc[merged, "event_id"], at))
        judged = [number for number, one in enumerate(owner) if one in touched]
        event_id = [owner[number] for number in judged]
        self.spots.append(pd.DataFrame({"row": held[judged], "event_id": event_id, "cycle_at": at}))
        mine = events[events["event_id"].isin(set(event_id)) & ~merged]
        self.events.append(mine.assign(cycle_at=at))


def _as_gathered(
    taken: _Taken, rows: gpd.GeoDataFrame, hotspots: gpd.GeoDataFrame, triage_state: TriageState
) -> Gathered:
    """All rows in one table, every snapshot under a name of its own."""
    events = _together(taken.events, _KEYS).sort_values(_KEYS)
    names = [f"{number:07d}" for number in range(len(events))]
    snapshots = events[_KEYS].assign(snapshot=names).reset_index(drop=True)
    spots = _together(taken.spots, ["row", *_KEYS]).merge(snapshots, on=_KEYS)
    row = spots["row"].to_numpy(dtype=np.int64)
    # ranks of one width sort as the ids do, whatever these are made of
    rank = pd.factorize(rows["hotspot_id"], sort=True)[0]
    own = [f"{k:07d}-{name}" for k, name in zip(rank[row], spots["snapshot"], strict=True)]
    seen = rows.iloc[row].assign(hotspot_id=own)
    return Gathered(
        snapshots,
        conform(events.assign(event_id=names), EVENTS),
        conform(seen, HOTSPOTS),
        conform(spots.assign(hotspot_id=own, event_id=spots["snapshot"]), MEMBERS),
        _together(taken.arrivals, ["hotspot_id", *_KEYS]),
        pd.Series(taken.dropped_at, dtype="datetime64[us, UTC]"),
        triage_state,
        len(taken.arrivals),
        hotspots,
    )


_KEYS = ["cycle_at", "event_id"]


def _together(tables: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Tables one under the other; without any, an empty one of these columns."""
    filled = [table for table in tables if len(table)]
    nothing = pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
    table = pd.concat(filled, ignore_index=True) if filled else nothing
    return table.astype({"cycle_at": "datetime64[us, UTC]"})
