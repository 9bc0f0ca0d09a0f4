"""One cycle: what just arrived, joined to what is known, judged.

The same steps serve the watch, which keeps its tables in the store, and the replay, which
keeps them in memory; so what is scored is what runs.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd

from jdzfire.events import (
    Apart,
    EventRules,
    Joined,
    apply_join,
    empty_join,
    join_events,
    refresh_states,
    related_hotspots,
)
from jdzfire.heat_sources import SourcePast, source_history
from jdzfire.hotspots import (
    GEOSTATIONARY,
    confirmed_scans,
    footprints,
    number_passes,
)
from jdzfire.schemas import EVENTS, HOTSPOTS, MEMBERS, ORBITERS, VERDICTS, conform, empty_table
from jdzfire.triage.candidates import describe_sources, touch_sources
from jdzfire.triage.ground import Ground
from jdzfire.triage.measures import JUDGED_BY
from jdzfire.triage.rules import Rules
from jdzfire.triage.verdict import decide_verdicts

__all__ = [
    "Standing",
    "advance",
    "empty_standing",
    "join_arrivals",
    "judge_again",
    "source_past",
]


@dataclass(frozen=True)
class Standing:
    """What is known between two cycles."""

    hotspots: gpd.GeoDataFrame
    """[HOTSPOTS] in the watched area, best versions."""
    events: gpd.GeoDataFrame
    """[EVENTS]"""
    members: pd.DataFrame
    """[MEMBERS]"""
    verdicts: pd.DataFrame
    """[VERDICTS]"""


def empty_standing() -> Standing:
    """Nothing known yet."""
    return Standing(
        empty_table(HOTSPOTS), empty_table(EVENTS), empty_table(MEMBERS), empty_table(VERDICTS)
    )


def advance(
    standing: Standing,
    ground: Ground,
    *,
    at: datetime,
    changed: Collection[str] = (),
    apart: Sequence[Apart] = (),
    rules: Rules | None = None,
    settled: pd.Series | None = None,
) -> tuple[Standing, Joined]:
    """Join the hotspots that have no event yet, and judge every event this touches.

    Parameters
    ----------
    standing : Standing
        Its hotspots include the new ones; those without a membership are new. A geostationary
        one waits until a second scan confirms it.
    ground : Ground
    at : datetime
        Now.
    changed : collection of hotspot_id
        Hotspots that were replaced by a better version: their events are put together anew.
    apart : sequence of Apart
        What people said is not one fire.
    rules : Rules, optional
    settled : Series of times indexed by event_id, optional
        When the case of an event was last closed.

    Returns
    -------
    Standing
        Events that were not touched keep their verdict and row, states aside.
    Joined
        What changed among the events.
    """
    after, joined = join_arrivals(standing, at=at, changed=changed, apart=apart, rules=rules)
    if joined.touched:
        after = judge_again(after, ground, joined.touched, at=at, rules=rules, settled=settled)
    return after, joined


def join_arrivals(
    standing: Standing,
    *,
    at: datetime,
    changed: Collection[str] = (),
    apart: Sequence[Apart] = (),
    rules: Rules | None = None,
) -> tuple[Standing, Joined]:
    """Join the hotspots that have no event yet; nothing is judged.

    Parameters
    ----------
    standing, at, changed, apart, rules
        As for :func:`advance`.

    Returns
    -------
    Standing
        Verdicts as they were.
    Joined
        What changed; its ``touched`` events must be judged again.
    """
    rules = rules or Rules()
    waiting = _waiting(standing, rules)
    hotspots = _neighbourhood(standing, changed, rules.events, waiting=waiting, apart=apart)
    if hotspots.empty:
        fresh = refresh_states(standing.events, at=at, rules=rules.events)
        return replace(standing, events=fresh), empty_join()
    joined = join_events(
        hotspots,
        footprints(hotspots, rules=rules.footprint),
        events=standing.events,
        members=standing.members,
        changed=changed,
        apart=apart,
        at=at,
        rules=rules.events,
    )
    events, members = apply_join(standing.events, standing.members, joined)
    fresh = refresh_states(events, at=at, rules=rules.events)
    return replace(standing, events=fresh, members=members), joined


def judge_again(
    standing: Standing,
    ground: Ground,
    event_ids: Collection[str],
    *,
    at: datetime,
    rules: Rules | None = None,
    settled: pd.Series | None = None,
) -> Standing:
    """Decide the verdicts of these events anew, from all their hotspots.

    Parameters
    ----------
    standing : Standing
    ground : Ground
    event_ids : collection of str
    at : datetime
    rules : Rules, optional
    settled : Series of times indexed by event_id, optional

    Returns
    -------
    Standing
        Verdicts of merged events are dropped; the others stand, also those of events none of
        whose hotspots are at hand.
    """
    rules = rules or Rules()
    mine = standing.members[standing.members["event_id"].isin(list(event_ids))]
    hotspots = standing.hotspots[standing.hotspots["hotspot_id"].isin(mine["hotspot_id"])]
    mine = mine[mine["hotspot_id"].isin(hotspots["hotspot_id"])]
    events = standing.events[standing.events["event_id"].isin(mine["event_id"])]
    fresh = decide_verdicts(
        events, hotspots, mine, ground, at=pd.Timestamp(at), rules=rules, settled=settled
    )
    merged = standing.events.loc[standing.events["merged_into"].notna(), "event_id"]
    gone = set(fresh["event_id"]) | set(merged)
    kept = standing.verdicts[~standing.verdicts["event_id"].isin(gone)]
    table = pd.concat([kept, fresh]) if len(kept) else fresh
    return replace(standing, verdicts=conform(table.sort_values("event_id"), VERDICTS))


def source_past(
    hotspots: gpd.GeoDataFrame, ground: Ground, *, rules: Rules | None = None
) -> dict[str, SourcePast]:
    """How the heat sources have looked so far: what they are held against.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows
    ground : Ground
    rules : Rules, optional

    Returns
    -------
    dict of SourcePast by source_id
        From polar orbiters only.
    """
    rules = rules or Rules()
    is_polar = hotspots["instrument"].isin(ORBITERS)
    polar = hotspots.loc[is_polar, list(JUDGED_BY)].reset_index(drop=True)
    left, right = touch_sources(polar, ground, rules)
    passing = number_passes(polar)

    def measured(past: dict[str, SourcePast]) -> pd.DataFrame:
        return describe_sources(polar, left, right, passing, replace(ground, past=past), rules)

    steady = rules.triage.heat_steady_passes
    first = source_history(measured({}).drop(columns="is_usual"), steady_passes=steady)
    return source_history(measured(first), steady_passes=steady)


def _waiting(standing: Standing, rules: Rules) -> Collection[str]:
    """New geostationary hotspots that no second scan has confirmed yet."""
    hotspots = standing.hotspots
    is_new = ~hotspots["hotspot_id"].isin(standing.members["hotspot_id"])
    is_scan = hotspots["instrument"].isin(GEOSTATIONARY)
    new = hotspots[is_new & is_scan]
    if new.empty:
        return ()
    day = timedelta(days=1)
    slots = pd.DatetimeIndex(new["acquired_at"].dt.floor("D").unique())
    days = slots.union(slots - day).union(slots + day)
    near = hotspots[is_scan & hotspots["acquired_at"].dt.floor("D").isin(days)]
    counts = confirmed_scans(near, rules=rules.persistence)
    return set(near.loc[~counts, "hotspot_id"]) & set(new["hotspot_id"])


def _neighbourhood(
    standing: Standing,
    changed: Collection[str],
    rules: EventRules,
    *,
    waiting: Collection[str],
    apart: Sequence[Apart],
) -> gpd.GeoDataFrame:
    """New and changed hotspots, those near them in time, and all of events to put together anew."""
    hotspots = standing.hotspots
    if waiting:
        hotspots = hotspots[~hotspots["hotspot_id"].isin(list(waiting))]
    owner = standing.members.set_index("hotspot_id")["event_id"].reindex(hotspots["hotspot_id"])
    owner = owner.set_axis(hotspots.index)
    is_anew = hotspots["hotspot_id"].isin(list(changed))
    is_told = hotspots["hotspot_id"].isin(_unheeded(standing, apart))
    is_touched = owner.isna() | is_anew | is_told
    if not is_touched.any():
        return hotspots.iloc[:0]
    times = np.sort(hotspots.loc[is_touched, "acquired_at"].unique())
    reach = timedelta(hours=rules.end_h)
    is_near = pd.Series(False, index=hotspots.index)
    for first, last in _spans(pd.DatetimeIndex(times), 2 * reach):
        is_near |= hotspots["acquired_at"].between(first - reach, last + reach)
    related = related_hotspots(set(hotspots["hotspot_id"][is_near]), apart)
    is_anew |= hotspots["hotspot_id"].isin(list(related))
    is_kin = owner.isin(owner[is_anew].dropna())
    return hotspots[is_near | is_kin].reset_index(drop=True)


def _unheeded(standing: Standing, apart: Sequence[Apart]) -> set[str]:
    """Hotspots of statements both sides of which are in one event still."""
    owner = standing.members.set_index("hotspot_id")["event_id"]
    found: set[str] = set()
    for one in apart:
        sides = [set(owner.reindex(list(side)).dropna()) for side in (one.these, one.those)]
        if sides[0] & sides[1]:
            found |= one.these
    return found


def _spans(times: pd.DatetimeIndex, gap: timedelta) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Runs of sorted times without a pause longer than the gap."""
    spans: list[tuple[pd.Timestamp, pd.Timestamp]] = []
    for time in times:
        if spans and time - spans[-1][1] <= gap:
            spans[-1] = (spans[-1][0], time)
        else:
            spans.append((time, time))
    return spans
