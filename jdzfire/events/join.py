"""Hotspots into events: components of linked hotspots, under stable ids.

Only new and changed hotspots are joined anew; the others hold together through the event they
have. The result is what changed: whoever keeps the tables needs to give only the neighbourhood of
what is new (:mod:`jdzfire.events.around`), and the work grows with that and not with the archive.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Bools, Ints
from jdzfire.events.describe import describe_events, highest_numbers
from jdzfire.events.link import label_components
from jdzfire.events.rules import EventRules, SplitStatement
from jdzfire.events.splits import keep_split, related_hotspots
from jdzfire.schemas import EVENT_LOG, EVENTS, MEMBERS, conform, empty_table

_BEIJING = "Asia/Shanghai"
FOUND_BY = "jdzfire"
"""Author of log entries that were found by the program, not stated by a person."""


@dataclass(frozen=True)
class Joined:
    """What changed."""

    events: gpd.GeoDataFrame
    """[EVENTS] new and touched ones, and those merged into others; by event_id."""
    members: pd.DataFrame
    """[MEMBERS] of the hotspots that are new or have another event now; by hotspot_id."""
    merged: Mapping[str, str]
    """Event that took each merged one over: its other members move there too."""
    log: pd.DataFrame
    """[EVENT_LOG] without ``seq``: merges, splits, late and moved hotspots."""

    @property
    def touched(self) -> frozenset[str]:
        """Events that must be judged again: all that changed and were not merged."""
        stand = self.events["merged_into"].isna()
        return frozenset(self.events.loc[stand, "event_id"])


def join_events(
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    *,
    events: gpd.GeoDataFrame,
    members: pd.DataFrame,
    at: datetime,
    changed: Collection[str] = (),
    splits: Sequence[SplitStatement] = (),
    numbers: Mapping[str, int] | None = None,
    rules: EventRules | None = None,
) -> Joined:
    """Join hotspots that have no event yet, and join those that changed anew.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
        The new and changed ones; every other one within ``end_h`` and reach of them; those of the
        same passes and events; and all hotspots of events that own a changed one, or one that
        duty staff split from another of these. Further rows do not matter.
    footprints : GeoSeries [EPSG:4326 convex polygons], n rows, same order
    events : GeoDataFrame [EVENTS]
        At least those the hotspots belong to.
    members : DataFrame [MEMBERS]
        At least those of the hotspots.
    at : datetime
        Now.
    changed : collection of hotspot_id
        Members that were replaced by a better version: their events are put together anew.
    splits : sequence of Apart
        Statements of duty staff that hotspots are not one fire.
    numbers : mapping of day to int, optional
        Highest number given on a day ``YYYYMMDD``; default: from ``events``.
    rules : EventRules, optional

    Returns
    -------
    Joined

    Notes
    -----
    The grouping is that of all hotspots at once, whatever came first. Of the parts of an event
    that is split, the one with most of its former hotspots keeps the id (ties: with the
    earliest). A group that keeps several ids takes the one first seen earliest (ties by id), and
    the others are merged into it. New ids are numbered per Beijing date of the first hotspot, in
    the order of first time, longitude, latitude, id; a number is never given twice.
    """
    rules = rules or EventRules()
    hotspots = hotspots.reset_index(drop=True)
    footprints = footprints.reset_index(drop=True)
    owner = members.set_index("hotspot_id")["event_id"].reindex(hotspots["hotspot_id"])
    code, owners = pd.factorize(owner)
    is_new = code < 0
    is_changed = hotspots["hotspot_id"].isin(list(changed)).to_numpy() & ~is_new
    is_stated = _is_split(hotspots, splits)
    opened = np.zeros(len(owners) + 1, dtype=bool)  # the last one: none
    opened[code[(is_changed | is_stated) & ~is_new]] = True
    is_free = is_new | opened[code]
    redo = is_new | is_changed | is_stated
    if not redo.any():
        return empty_join()
    held = np.where(is_free, -1, code)
    label = label_components(hotspots, footprints, new=is_free, held=held, rules=rules)
    label = keep_split(label, hotspots, footprints, splits=splits, rules=rules)
    groups = _Groups(hotspots, label, code, np.asarray(owners, dtype=object))
    kept = _heirs(groups, events)
    touched = np.zeros(int(label.max()) + 1, dtype=bool)
    touched[label[redo]] = True
    touched[label[np.isin(code, np.unique(code[redo & ~is_new]))]] = True
    names = _names(groups, kept, touched, events, numbers, rules)
    merged = {str(own): str(names[part]) for own, part in kept.items() if names[part] != own}
    rows = touched[label]
    fresh = _describe(hotspots, footprints, events, groups, names, rows=rows, is_free=is_free)
    gone = events[events["event_id"].isin(list(merged))]
    gone = gone.assign(merged_into=gone["event_id"].map(merged))
    table = pd.concat([fresh, gone]) if len(gone) else fresh
    table = conform(table.sort_values("event_id"), EVENTS)
    named = names[label]
    is_moved = rows & (named != groups.former)
    joined = pd.DataFrame(
        {"hotspot_id": hotspots["hotspot_id"][is_moved], "event_id": named[is_moved]}
    )
    return Joined(
        events=refresh_states(table, at=at, rules=rules),
        members=conform(joined.sort_values("hotspot_id"), MEMBERS),
        merged=merged,
        log=_log(groups, named, merged, events, is_new=is_new, is_changed=is_changed, at=at),
    )


def apply_join(
    events: gpd.GeoDataFrame, members: pd.DataFrame, joined: Joined
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """All events and members after a join.

    Parameters
    ----------
    events : GeoDataFrame [EVENTS], n rows
    members : DataFrame [MEMBERS], m rows
    joined : Joined

    Returns
    -------
    events : GeoDataFrame [EVENTS], sorted by event_id; never fewer than before
    members : DataFrame [MEMBERS], sorted by hotspot_id
    """
    stood = events[~events["event_id"].isin(joined.events["event_id"])]
    table = pd.concat([stood, joined.events]) if len(stood) else joined.events
    moved = members
    if joined.merged:
        into = members["event_id"].map(joined.merged)
        moved = members.assign(event_id=into.where(into.notna(), members["event_id"]))
    kept = moved[~moved["hotspot_id"].isin(joined.members["hotspot_id"])]
    all_members = pd.concat([kept, joined.members]) if len(kept) else joined.members
    return (
        conform(table.sort_values("event_id"), EVENTS),
        conform(all_members.sort_values("hotspot_id"), MEMBERS),
    )


def refresh_states(
    events: gpd.GeoDataFrame, *, at: datetime, rules: EventRules | None = None
) -> gpd.GeoDataFrame:
    """Events with the state they have now: active, dormant, ended, or merged.

    Parameters
    ----------
    events : GeoDataFrame [EVENTS], n rows
    at : datetime
    rules : EventRules, optional

    Returns
    -------
    GeoDataFrame [EVENTS], n rows, order kept
    """
    rules = rules or EventRules()
    now = pd.Timestamp(at).timestamp() * 1e6
    quiet_h = (now - events["last_seen_at"].astype("int64").to_numpy()) / 3.6e9
    state = np.select(
        [
            events["merged_into"].notna().to_numpy(),
            quiet_h >= rules.end_h,
            quiet_h >= rules.dormant_h,
        ],
        ["merged", "ended", "dormant"],
        default="active",
    )
    return events.assign(state=pd.Series(state, index=events.index, dtype="str"))


@dataclass(frozen=True)
class _Groups:
    """Hotspots with the group they are in now and the event they were in."""

    hotspots: gpd.GeoDataFrame
    label: Ints
    """Group of each hotspot."""
    code: Ints
    """Former event of each hotspot, -1 for a new one."""
    owners: NDArray[np.object_]
    """event_id of each code."""

    @property
    def former(self) -> NDArray[np.object_]:
        """Former event_id of each hotspot, None for a new one."""
        named = np.full(len(self.owners) + 1, None, dtype=object)
        named[:-1] = self.owners
        return named[self.code]

    def in_order(self) -> Ints:
        """Rows by time, place and id."""
        spots = self.hotspots
        return np.lexsort(
            (
                spots["hotspot_id"].to_numpy(dtype=str),
                np.asarray(spots.geometry.y),
                np.asarray(spots.geometry.x),
                spots["acquired_at"].astype("int64").to_numpy(),
            )
        )


def _is_split(hotspots: gpd.GeoDataFrame, splits: Sequence[SplitStatement]) -> Bools:
    """Hotspots that statements name: their events are put together anew when any is at hand."""
    if not splits:
        return np.zeros(len(hotspots), dtype=bool)
    named = related_hotspots(set(hotspots["hotspot_id"]), splits)
    return np.asarray(hotspots["hotspot_id"].isin(list(named)), dtype=bool)


def empty_join() -> Joined:
    """Nothing changed."""
    log = empty_table(EVENT_LOG).drop(columns="seq")
    return Joined(empty_table(EVENTS), empty_table(MEMBERS), {}, log)


def _describe(
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    events: gpd.GeoDataFrame,
    groups: _Groups,
    names: NDArray[np.object_],
    *,
    rows: Bools,
    is_free: Bools,
) -> gpd.GeoDataFrame:
    """Groups of these rows: from free hotspots, onto what is known of events that hold together."""
    mine, others = np.flatnonzero(rows & is_free), np.flatnonzero(rows & ~is_free)
    named = pd.Series(names[groups.label], dtype="object")
    into = dict(zip(groups.former[others], named.iloc[others], strict=True))
    base = events[events["event_id"].isin(list(into))]
    return describe_events(
        hotspots.iloc[mine],
        footprints.iloc[mine],
        named.iloc[mine],
        onto=base.assign(event_id=base["event_id"].map(into)),
        beside=(hotspots.iloc[others], named.iloc[others]),
    )


def _heirs(groups: _Groups, events: gpd.GeoDataFrame) -> dict[str, int]:
    """The group that keeps the id of each former event, the oldest event first."""
    rows = groups.in_order()
    rows = rows[groups.code[rows] >= 0]
    if not len(rows):
        return {}
    table = pd.DataFrame(
        {"code": groups.code[rows], "label": groups.label[rows], "rank": np.arange(len(rows))}
    )
    parts = table.groupby(["code", "label"])["rank"].agg(["size", "min"]).reset_index()
    parts = parts.sort_values(["code", "size", "min"], ascending=[True, False, True])
    best = parts.drop_duplicates("code")
    ids = groups.owners[best["code"]]
    age = events.set_index("event_id")["first_seen_at"].reindex(ids).astype("int64").to_numpy()
    order = np.lexsort((ids.astype(str), age))
    label = best["label"].to_numpy()
    return {str(ids[k]): int(label[k]) for k in order}


def _names(
    groups: _Groups,
    kept: Mapping[str, int],
    touched: Bools,
    events: gpd.GeoDataFrame,
    numbers: Mapping[str, int] | None,
    rules: EventRules,
) -> NDArray[np.object_]:
    """Event id of each group that has one or was touched, None elsewhere."""
    names = np.full(len(touched), None, dtype=object)
    for own, part in kept.items():  # the oldest first
        if names[part] is None:
            names[part] = own
    nameless = np.flatnonzero(touched & (names == None))  # noqa: E711  (element by element)
    if not len(nameless):
        return names
    rows = groups.in_order()
    rows = rows[np.isin(groups.label[rows], nameless)]
    first = np.sort(np.unique(groups.label[rows], return_index=True)[1])
    rows = rows[first]
    used = highest_numbers(events["event_id"]) if numbers is None else numbers
    times = groups.hotspots["acquired_at"].iloc[rows]
    names[groups.label[rows]] = number_events(times, numbers=used, prefix=rules.prefix)
    return names


def number_events(
    times: pd.Series, *, numbers: Mapping[str, int], prefix: str = EventRules.prefix
) -> list[str]:
    """Ids of new events, numbered by Beijing date in the order given.

    Parameters
    ----------
    times : Series of times, n
        Of the first hotspot of each event, in the order of time, longitude, latitude and id.
    numbers : mapping of day to int
        Highest number given on a day ``YYYYMMDD`` before.
    prefix : str

    Returns
    -------
    list of str, n
    """
    used, ids = dict(numbers), []
    for day in times.dt.tz_convert(_BEIJING).dt.strftime("%Y%m%d"):
        used[day] = used.get(day, 0) + 1
        ids.append(f"{prefix}-{day}-{used[day]:03d}")
    return ids


def _log(
    groups: _Groups,
    named: NDArray[np.object_],
    merged: Mapping[str, str],
    events: gpd.GeoDataFrame,
    *,
    is_new: Bools,
    is_changed: Bools,
    at: datetime,
) -> pd.DataFrame:
    """What happened to earlier events."""
    ids = groups.hotspots["hotspot_id"].to_numpy(dtype=object)
    left = ~is_new & (named != groups.former) & (named != None)  # noqa: E711  (element by element)
    into = pd.Series(groups.former, dtype="object").map(dict(merged)).to_numpy()
    is_split = left & (into != named)
    bringing = _noted("merged", named, None, ids, is_new | is_changed)
    by_whom = dict(zip(bringing["event_id"], bringing["hotspot_ids"], strict=True))
    taken = [
        (own, successor, by_whom.get(successor, "[]"), "merged")
        for own, successor in sorted(merged.items())
    ]
    late = is_new & _is_late(groups, named, events)
    parts = [
        pd.DataFrame(taken, columns=["event_id", "other_id", "hotspot_ids", "action"]),
        _noted("split", groups.former, named, ids, is_split),
        _noted("moved", named, None, ids, is_changed),
        _noted("late", named, None, ids, late),
    ]
    filled = [part for part in parts if len(part)]
    if not filled:
        return empty_join().log
    table = pd.concat(filled, ignore_index=True)
    table = table.assign(seq=0, at=pd.Timestamp(at), who=FOUND_BY, remark=None)
    return conform(table, EVENT_LOG).drop(columns="seq")


def _noted(
    action: str,
    event_id: NDArray[np.object_],
    other_id: NDArray[np.object_] | None,
    hotspot_ids: NDArray[np.object_],
    rows: Bools,
) -> pd.DataFrame:
    """One row a pair of events, with the hotspots concerned."""
    columns = ["event_id", "other_id", "hotspot_ids"]
    if not rows.any():
        return pd.DataFrame(columns=[*columns, "action"])
    other = [""] * int(rows.sum()) if other_id is None else other_id[rows]
    table = pd.DataFrame(
        dict(zip(columns, (event_id[rows], other, hotspot_ids[rows]), strict=True))
    )
    grouped = table.groupby(columns[:2])["hotspot_ids"]
    ids_by_event = grouped.agg(lambda ids: json.dumps(sorted(ids))).reset_index()
    return ids_by_event.assign(action=action, other_id=ids_by_event["other_id"].replace("", None))


def _is_late(groups: _Groups, named: NDArray[np.object_], events: gpd.GeoDataFrame) -> Bools:
    """Hotspots older than the last one their event was known by."""
    last = events.set_index("event_id")["last_seen_at"].astype("int64")
    known = pd.Series(named, dtype="object").map(last).to_numpy(dtype=float)
    return np.asarray(groups.hotspots["acquired_at"].astype("int64").to_numpy() < known)
