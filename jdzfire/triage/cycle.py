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
import shapely

from jdzfire.arrays import Ints
from jdzfire.events.join import Joined, apply_join, empty_join, join_events, refresh_states
from jdzfire.events.rules import EventRules, SplitStatement
from jdzfire.events.splits import related_hotspots
from jdzfire.hotspots.footprints import footprints
from jdzfire.hotspots.passing import number_passes
from jdzfire.hotspots.persistence import GEOSTATIONARY, confirmed_scans
from jdzfire.registers.heat_history import SourceHistory, source_history
from jdzfire.schemas import EVENTS, HOTSPOTS, MEMBERS, ORBITERS, VERDICTS, conform, empty_table
from jdzfire.triage.candidates import describe_sources, touch_sources
from jdzfire.triage.context import TriageContext
from jdzfire.triage.measures import JUDGED_BY
from jdzfire.triage.rules import Rules
from jdzfire.triage.verdict import decide_verdicts

_FAR_DEG = 0.1
"""No pixel of a polar orbiter reaches so far: MODIS has 2.6 km at the edge of its swath."""


@dataclass(frozen=True)
class TriageState:
    """What is known between two cycles."""

    hotspots: gpd.GeoDataFrame
    """[HOTSPOTS] in the watched area, best versions."""
    events: gpd.GeoDataFrame
    """[EVENTS]"""
    members: pd.DataFrame
    """[MEMBERS]"""
    verdicts: pd.DataFrame
    """[VERDICTS]"""


def empty_triage_state() -> TriageState:
    """Nothing known yet."""
    return TriageState(
        empty_table(HOTSPOTS), empty_table(EVENTS), empty_table(MEMBERS), empty_table(VERDICTS)
    )


def advance(
    triage_state: TriageState,
    context: TriageContext,
    *,
    at: datetime,
    changed: Collection[str] = (),
    splits: Sequence[SplitStatement] = (),
    rules: Rules | None = None,
    settled: pd.Series | None = None,
) -> tuple[TriageState, Joined]:
    """Join the hotspots that have no event yet, and judge every event this touches.

    Parameters
    ----------
    triage_state : TriageState
        Its hotspots include the new ones; those without a membership are new. A geostationary
        one waits until a second scan confirms it.
    context : TriageContext
    at : datetime
        Now.
    changed : collection of hotspot_id
        Hotspots that were replaced by a better version: their events are put together anew.
    splits : sequence of Apart
        Statements of duty staff that hotspots are not one fire.
    rules : Rules, optional
    settled : Series of times indexed by event_id, optional
        When the case of an event was last closed.

    Returns
    -------
    TriageState
        Events that were not touched keep their verdict and row, except for the state.
    Joined
        What changed among the events.
    """
    after, joined = join_arrivals(triage_state, at=at, changed=changed, splits=splits, rules=rules)
    if joined.touched:
        after = reassess(after, context, joined.touched, at=at, rules=rules, settled=settled)
    return after, joined


def join_arrivals(
    triage_state: TriageState,
    *,
    at: datetime,
    changed: Collection[str] = (),
    splits: Sequence[SplitStatement] = (),
    rules: Rules | None = None,
) -> tuple[TriageState, Joined]:
    """Join the hotspots that have no event yet; nothing is judged.

    Parameters
    ----------
    triage_state, at, changed, splits, rules
        As for :func:`advance`.

    Returns
    -------
    TriageState
        Verdicts as they were.
    Joined
        What changed; its ``touched`` events must be judged again.
    """
    rules = rules or Rules()
    waiting = _waiting(triage_state, rules)
    hotspots = _neighbourhood(triage_state, changed, rules.events, waiting=waiting, splits=splits)
    if hotspots.empty:
        fresh = refresh_states(triage_state.events, at=at, rules=rules.events)
        return replace(triage_state, events=fresh), empty_join()
    joined = join_events(
        hotspots,
        footprints(hotspots, rules=rules.footprint),
        events=triage_state.events,
        members=triage_state.members,
        changed=changed,
        splits=splits,
        at=at,
        rules=rules.events,
    )
    events, members = apply_join(triage_state.events, triage_state.members, joined)
    fresh = refresh_states(events, at=at, rules=rules.events)
    return replace(triage_state, events=fresh, members=members), joined


def reassess(
    triage_state: TriageState,
    context: TriageContext,
    event_ids: Collection[str],
    *,
    at: datetime,
    rules: Rules | None = None,
    settled: pd.Series | None = None,
) -> TriageState:
    """Decide the verdicts of these events anew, from all their hotspots.

    Parameters
    ----------
    triage_state : TriageState
    context : TriageContext
    event_ids : collection of str
    at : datetime
    rules : Rules, optional
    settled : Series of times indexed by event_id, optional

    Returns
    -------
    TriageState
        Verdicts of merged events are dropped; the others are kept, also those of events none of
        whose hotspots are at hand.
    """
    rules = rules or Rules()
    mine = triage_state.members[triage_state.members["event_id"].isin(list(event_ids))]
    hotspots = triage_state.hotspots[triage_state.hotspots["hotspot_id"].isin(mine["hotspot_id"])]
    mine = mine[mine["hotspot_id"].isin(hotspots["hotspot_id"])]
    events = triage_state.events[triage_state.events["event_id"].isin(mine["event_id"])]
    fresh = decide_verdicts(
        events, hotspots, mine, context, at=pd.Timestamp(at), rules=rules, settled=settled
    )
    merged = triage_state.events.loc[triage_state.events["merged_into"].notna(), "event_id"]
    gone = set(fresh["event_id"]) | set(merged)
    kept = triage_state.verdicts[~triage_state.verdicts["event_id"].isin(gone)]
    table = pd.concat([kept, fresh]) if len(kept) else fresh
    return replace(triage_state, verdicts=conform(table.sort_values("event_id"), VERDICTS))


def source_histories(
    hotspots: gpd.GeoDataFrame, context: TriageContext, *, rules: Rules | None = None
) -> dict[str, SourceHistory]:
    """The observed past of the heat sources, with which they are compared.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS], n rows
    context : TriageContext
    rules : Rules, optional

    Returns
    -------
    dict of SourceHistory by source_id
        From polar orbiters only.
    """
    rules = rules or Rules()
    return histories_of_rows(rows_on_sources(hotspots, context, rules=rules), context, rules=rules)


def rows_on_sources(
    hotspots: gpd.GeoDataFrame, context: TriageContext, *, rules: Rules | None = None
) -> gpd.GeoDataFrame:
    """Hotspots of polar orbiters that may lie on a heat source: all that its past follows from.

    Returns
    -------
    GeoDataFrame [JUDGED_BY, EPSG:4326 points], order kept
    """
    is_polar = hotspots["instrument"].isin(ORBITERS)
    polar = hotspots.loc[is_polar, list(JUDGED_BY)].reset_index(drop=True)
    left, _ = touch_sources(polar, context, rules or Rules())
    return polar.iloc[np.unique(left)].reset_index(drop=True)


def histories_of_rows(
    rows: gpd.GeoDataFrame,
    context: TriageContext,
    *,
    near: gpd.GeoDataFrame | None = None,
    rules: Rules | None = None,
) -> dict[str, SourceHistory]:
    """The past of heat sources from the rows on them.

    Parameters
    ----------
    rows : GeoDataFrame
        From :func:`rows_on_sources`.
    context : TriageContext
    near : GeoDataFrame [HOTSPOTS], optional
        Only sources that one of these hotspots touches; default: all.
    rules : Rules, optional

    Returns
    -------
    dict of SourceHistory by source_id
    """
    rules = rules or Rules()
    if near is not None:
        _, wanted = touch_sources(near, context, rules)
        rows = _rows_about(rows, context, np.unique(wanted))
    left, right = touch_sources(rows, context, rules)
    if near is not None:
        is_wanted = np.isin(right, wanted)
        left, right = left[is_wanted], right[is_wanted]
    places, left = np.unique(left, return_inverse=True)
    mine = rows.iloc[places].reset_index(drop=True)
    passing = number_passes(mine)

    def measured(past: dict[str, SourceHistory]) -> pd.DataFrame:
        return describe_sources(mine, left, right, passing, replace(context, past=past), rules)

    steady = rules.triage.heat_steady_passes
    first = source_history(measured({}).drop(columns="is_usual"), steady_passes=steady)
    return source_history(measured(first), steady_passes=steady)


def _rows_about(rows: gpd.GeoDataFrame, context: TriageContext, sources: Ints) -> gpd.GeoDataFrame:
    """Rows that may lie on one of some sources: a year of others need not be drawn."""
    bounds = context.sources.geometry.iloc[sources].to_crs(rows.crs).bounds.to_numpy()
    boxes = shapely.box(*(bounds + _FAR_DEG * np.array([-1, -1, 1, 1])).T)
    _, at = shapely.STRtree(rows.geometry.to_numpy()).query(boxes)
    return rows.iloc[np.unique(at)].reset_index(drop=True)


def _waiting(triage_state: TriageState, rules: Rules) -> Collection[str]:
    """New geostationary hotspots that no second scan has confirmed yet."""
    hotspots = triage_state.hotspots
    is_new = ~hotspots["hotspot_id"].isin(triage_state.members["hotspot_id"])
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
    triage_state: TriageState,
    changed: Collection[str],
    rules: EventRules,
    *,
    waiting: Collection[str],
    splits: Sequence[SplitStatement],
) -> gpd.GeoDataFrame:
    """New and changed hotspots, those near them in time, and all of events to put together anew."""
    hotspots = triage_state.hotspots
    if waiting:
        hotspots = hotspots[~hotspots["hotspot_id"].isin(list(waiting))]
    owner = triage_state.members.set_index("hotspot_id")["event_id"].reindex(hotspots["hotspot_id"])
    owner = owner.set_axis(hotspots.index)
    is_anew = hotspots["hotspot_id"].isin(list(changed))
    is_stated = hotspots["hotspot_id"].isin(_unheeded(triage_state, splits))
    is_touched = owner.isna() | is_anew | is_stated
    if not is_touched.any():
        return hotspots.iloc[:0]
    times = np.sort(hotspots.loc[is_touched, "acquired_at"].unique())
    reach = timedelta(hours=rules.end_h)
    is_near = pd.Series(False, index=hotspots.index)
    for first, last in _spans(pd.DatetimeIndex(times), 2 * reach):
        is_near |= hotspots["acquired_at"].between(first - reach, last + reach)
    related = related_hotspots(set(hotspots["hotspot_id"][is_near]), splits)
    is_anew |= hotspots["hotspot_id"].isin(list(related))
    is_related = owner.isin(owner[is_anew].dropna())
    return hotspots[is_near | is_related].reset_index(drop=True)


def _unheeded(triage_state: TriageState, splits: Sequence[SplitStatement]) -> set[str]:
    """Hotspots of statements both sides of which are in one event still."""
    owner = triage_state.members.set_index("hotspot_id")["event_id"]
    found: set[str] = set()
    for one in splits:
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
