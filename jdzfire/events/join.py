"""Hotspots into events: components of linked hotspots, under ids that stand.

Only hotspots without an event are looked at anew; the others hold together through the event
they have. A component that meets no event gets a new id; one that meets several is merged into
the oldest, and the others point to it for ever.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely import union_all

from jdzfire.crs import metric_crs
from jdzfire.events.link import EventRules, linked_pairs
from jdzfire.schemas import EVENTS, MEMBERS, conform

__all__ = ["EventRules", "join_events", "refresh_states"]

_BEIJING = "Asia/Shanghai"


def join_events(
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    *,
    events: gpd.GeoDataFrame,
    members: pd.DataFrame,
    at: datetime,
    changed: Collection[str] = (),
    rules: EventRules | None = None,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Join hotspots that have no event yet, and bring the touched events up to date.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
        The new ones, every earlier one within ``end_h`` of a new one, and all hotspots of the
        events these belong to.
    footprints : GeoSeries [EPSG:4326 polygons], n rows, same order
    events : GeoDataFrame [EVENTS], all events there are
    members : DataFrame [MEMBERS], all memberships there are
    at : datetime
        Now; decides the states.
    changed : collection of hotspot_id
        Members that were replaced by a better version: their events are described anew.
    rules : EventRules, optional

    Returns
    -------
    events : GeoDataFrame [EVENTS], sorted by event_id; never fewer than before
    members : DataFrame [MEMBERS], sorted by hotspot_id

    Notes
    -----
    New ids are numbered per Beijing date of the first hotspot, in the order of first time, then
    longitude, then latitude. Of several events the one first seen earliest stays (ties by id).
    An event is never split here.
    """
    rules = rules or EventRules()
    hotspots = hotspots.reset_index(drop=True)
    footprints = footprints.reset_index(drop=True)
    held = members.set_index("hotspot_id")["event_id"]
    owner = held.reindex(hotspots["hotspot_id"]).reset_index(drop=True)
    new = owner.isna().to_numpy()
    redo = new | hotspots["hotspot_id"].isin(list(changed)).to_numpy()
    if not redo.any():
        return refresh_states(events, at=at, rules=rules), members
    label = _components(hotspots, footprints, owner, new, rules)
    names, merged = _names_of_components(hotspots, label, owner, events, rules)
    joined = pd.DataFrame({"hotspot_id": hotspots["hotspot_id"], "event_id": names[label]})
    joined = joined[joined["event_id"].isin(names[np.unique(label[redo])])]
    all_members = _moved_members(members, joined, merged)
    touched = set(joined["event_id"])
    fresh = _describe(hotspots, footprints, all_members, touched)
    stood = events[~events["event_id"].isin(touched)]
    taken = stood["event_id"].map(merged)
    stood = stood.assign(merged_into=stood["merged_into"].where(taken.isna(), taken))
    table = pd.concat([stood, fresh]) if len(stood) else fresh
    table = table.sort_values("event_id").reset_index(drop=True)
    return refresh_states(conform(table, EVENTS), at=at, rules=rules), all_members


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
    quiet_h = (pd.Timestamp(at) - events["last_seen_at"]).dt.total_seconds() / 3600.0
    state = np.select(
        [
            events["merged_into"].notna().to_numpy(),
            (quiet_h >= rules.end_h).to_numpy(),
            (quiet_h >= rules.dormant_h).to_numpy(),
        ],
        ["merged", "ended", "dormant"],
        default="active",
    )
    return events.assign(state=pd.Series(state, index=events.index, dtype="str"))


def _components(
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    owner: pd.Series,
    new: NDArray[np.bool_],
    rules: EventRules,
) -> NDArray[np.int64]:
    """Component of each hotspot, through links of new ones and through events that stand."""
    pairs = linked_pairs(hotspots, footprints, new=new, rules=rules)
    codes, _ = pd.factorize(owner)
    first_of_event = pd.Series(np.arange(len(owner))).groupby(codes).transform("first").to_numpy()
    old = np.flatnonzero(codes >= 0)
    rows = np.concatenate([pairs[:, 0], old])
    cols = np.concatenate([pairs[:, 1], first_of_event[old]])
    graph = coo_array((np.ones(len(rows)), (rows, cols)), shape=(len(owner), len(owner)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _names_of_components(
    hotspots: gpd.GeoDataFrame,
    label: NDArray[np.int64],
    owner: pd.Series,
    events: gpd.GeoDataFrame,
    rules: EventRules,
) -> tuple[NDArray[np.object_], dict[str, str]]:
    """Event id of each component, and which event was merged into which."""
    age = events.set_index("event_id")["first_seen_at"]
    names = np.full(label.max() + 1, None, dtype=object)
    merged: dict[str, str] = {}
    owners_of = owner.dropna().groupby(label[owner.notna().to_numpy()]).unique()
    for component, owners in zip(owners_of.index.to_numpy(), owners_of, strict=True):
        ids = sorted(owners, key=lambda event_id: (age[event_id], event_id))
        names[component] = ids[0]
        merged.update(dict.fromkeys(ids[1:], ids[0]))
    nameless = np.flatnonzero(names == None)  # noqa: E711  (an object array, element by element)
    first = (
        pd.DataFrame(
            {
                "component": label,
                "at": hotspots["acquired_at"],
                "lon": hotspots.geometry.x,
                "lat": hotspots.geometry.y,
            }
        )
        .loc[np.isin(label, nameless)]
        .sort_values(["at", "lon", "lat"])
        .drop_duplicates("component")
    )
    used = _used_numbers(events)
    days = first["at"].dt.tz_convert(_BEIJING).dt.strftime("%Y%m%d")
    for component, day in zip(first["component"], days, strict=True):
        used[day] = used.get(day, 0) + 1
        names[component] = f"{rules.prefix}-{day}-{used[day]:03d}"
    return names, merged


def _used_numbers(events: gpd.GeoDataFrame) -> dict[str, int]:
    """Highest number given so far on each day."""
    parts = events["event_id"].str.extract(r"-(\d{8})-(\d+)$")
    numbers = pd.to_numeric(parts[1]).groupby(parts[0]).max()
    return {str(day): int(number) for day, number in numbers.items()}


def _moved_members(
    members: pd.DataFrame, joined: pd.DataFrame, merged: dict[str, str]
) -> pd.DataFrame:
    """All memberships, with those of merged events moved and the new ones added."""
    moved = members.assign(event_id=members["event_id"].replace(merged))
    kept = moved[~moved["hotspot_id"].isin(joined["hotspot_id"])]
    table = pd.concat([kept, joined]) if len(kept) else joined
    return conform(table.sort_values("hotspot_id"), MEMBERS)


def _describe(
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    members: pd.DataFrame,
    touched: set[str],
) -> gpd.GeoDataFrame:
    """The touched events, described from all their hotspots."""
    owner = members.set_index("hotspot_id")["event_id"].reindex(hotspots["hotspot_id"])
    owner = owner.reset_index(drop=True)
    inside = owner.isin(touched)
    west, south, east, north = (float(v) for v in footprints[inside].total_bounds)
    metric = footprints.to_crs(metric_crs((west, south, east, north)))
    rows = []
    for event_id, group in hotspots[inside].groupby(owner[inside], sort=True):
        rows.append(_describe_one(str(event_id), group, footprints, metric))
    table = gpd.GeoDataFrame(rows, geometry="geometry", crs=hotspots.crs)
    return conform(table, EVENTS)


def _describe_one(
    event_id: str, group: gpd.GeoDataFrame, footprints: gpd.GeoSeries, metric: gpd.GeoSeries
) -> dict[str, Any]:
    passes = group.groupby(["satellite", "acquired_at"])["frp_mw"].sum(min_count=1)
    return {
        "event_id": event_id,
        "first_seen_at": group["acquired_at"].min(),
        "last_seen_at": group["acquired_at"].max(),
        "hotspot_count": len(group),
        "satellites": ",".join(sorted(group["satellite"].unique())),
        "instruments": ",".join(sorted(group["instrument"].unique())),
        "frp_max_mw": group["frp_mw"].max(),
        "frp_sum_mw": passes.max(),
        "footprint_ha": union_all(metric.loc[group.index].to_numpy()).area / 1e4,
        "lon": group.geometry.x.mean(),
        "lat": group.geometry.y.mean(),
        "state": "active",
        "merged_into": None,
        "geometry": union_all(footprints.loc[group.index].to_numpy()),
    }
