"""Hotspots joined so far, kept so that a new day costs what a day costs.

The book holds hotspots by UTC day. To join new ones it opens the days within reach of them, and of
these the cells of the ground near them; what lies elsewhere is not touched, however much it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from jdzfire.arrays import Bools, Ints
from jdzfire.crs import metres_per_degree
from jdzfire.events.describe import highest_numbers
from jdzfire.events.join import Joined, join_events, refresh_states
from jdzfire.events.rules import EventRules, SplitStatement
from jdzfire.events.splits import related_hotspots
from jdzfire.hotspots.footprints import FootprintRules, footprints
from jdzfire.schemas import EVENTS, HOTSPOTS, MEMBERS, conform, empty_table

_DAY_US = 86_400_000_000
_CELL_DEG = 0.02
"""Cells of the ground: about as wide as two VIIRS footprints and the gap between them reach."""
_PASS_US = 1_200_000_000
"""Hotspots of one pass lie within this time of each other: twice the longest pause in a pass."""
_NEEDED = ["hotspot_id", "satellite", "instrument", "acquired_at", "frp_mw", "geometry"]
"""What a join needs; nothing else is kept."""


@dataclass(frozen=True)
class _Day:
    """Hotspots of one UTC day."""

    hotspots: gpd.GeoDataFrame
    shapes: NDArray[np.object_]
    owner: NDArray[np.object_]

    @cached_property
    def row_of(self) -> pd.Index[str]:
        """Hotspot ids."""
        ids: pd.Index[str] = pd.Index(self.hotspots["hotspot_id"])
        return ids

    @cached_property
    def cell(self) -> Ints:
        """Cell of the ground of each hotspot."""
        return _cell(*_row_col(self.hotspots))


class EventBook:
    """Events in memory, to which hotspots are added day by day.

    Parameters
    ----------
    rules : EventRules, optional
    footprint_rules : FootprintRules, optional

    Notes
    -----
    A join costs about the hotspots of the days within ``end_h`` near the new ones, not the book.
    The events are those of all hotspots at once, whatever came first (:func:`join_events`).
    """

    def __init__(
        self, *, rules: EventRules | None = None, footprint_rules: FootprintRules | None = None
    ) -> None:
        self._rules = rules or EventRules()
        self._footprint_rules = footprint_rules
        self._days: dict[int, _Day] = {}
        self._events: dict[str, tuple[object, ...]] = {}
        self._days_of: dict[str, set[int]] = {}
        self._numbers: dict[str, int] = {}
        self._splits: list[SplitStatement] = []
        self._event_days: dict[str, int] = {}
        self._reach_m = 0.0

    def add(self, hotspots: gpd.GeoDataFrame, *, at: datetime) -> Joined:
        """Join new hotspots, and put events anew together whose hotspots came in a better version.

        Parameters
        ----------
        hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
            Each id once; an id the book holds takes the new row. Its UTC day stays.
        at : datetime
            Now.

        Returns
        -------
        Joined
        """
        if hotspots.empty:
            return self._join(hotspots, (), at=at)
        is_known = self._put(hotspots.reset_index(drop=True))
        return self._join(hotspots, set(hotspots["hotspot_id"][is_known]), at=at)

    def split_event(self, splits: SplitStatement, *, at: datetime) -> Joined:
        """Form events anew after duty staff stated that hotspots are not one fire."""
        self._splits.append(splits)
        named = splits.these | splits.those
        found = []
        for number, day in self._days.items():
            mine = day.hotspots[day.row_of.isin(named)]
            self._note_day(mine, number)
            found += [mine] if len(mine) else []
        return self._join(pd.concat(found) if found else empty_table(HOTSPOTS)[_NEEDED], (), at=at)

    @property
    def members(self) -> pd.DataFrame:
        """All memberships [MEMBERS], sorted by hotspot_id."""
        if not self._days:
            return pd.DataFrame(empty_table(MEMBERS))
        ids = np.concatenate([day.hotspots["hotspot_id"] for day in self._days.values()])
        owner = np.concatenate([day.owner for day in self._days.values()])
        table = pd.DataFrame({"hotspot_id": ids, "event_id": owner}).sort_values("hotspot_id")
        return conform(table, MEMBERS)

    def events(self, *, at: datetime, ids: Iterable[str] | None = None) -> gpd.GeoDataFrame:
        """Events [EVENTS] in the states they have now, sorted by event_id; all by default."""
        return refresh_states(self._rows(self._events if ids is None else ids), at=at)

    def _rows(self, ids: Iterable[str]) -> gpd.GeoDataFrame:
        rows = [self._events[event_id] for event_id in sorted(ids) if event_id in self._events]
        if not rows:
            none: gpd.GeoDataFrame = empty_table(EVENTS)
            return none
        table = pd.DataFrame(rows, columns=list(EVENTS.columns))
        return conform(gpd.GeoDataFrame(table, geometry="geometry", crs="EPSG:4326"), EVENTS)

    def _put(self, hotspots: gpd.GeoDataFrame) -> Bools:
        """Keep rows in their days; whether each was known before."""
        shapes = footprints(hotspots, rules=self._footprint_rules).to_numpy()
        self._reach_m = max(self._reach_m, _longest_m(shapes))
        hotspots = hotspots[_NEEDED]
        day = hotspots["acquired_at"].astype("int64").to_numpy() // _DAY_US
        is_known = np.zeros(len(hotspots), dtype=bool)
        for number in np.unique(day).tolist():
            mine = np.flatnonzero(day == number)
            rows = hotspots.iloc[mine]
            if self._splits:
                self._note_day(rows, number)
            owner = np.full(len(mine), None, dtype=object)
            held = self._days.get(number)
            if held is None:
                self._days[number] = _Day(rows.reset_index(drop=True), shapes[mine], owner)
                continue
            place = held.row_of.get_indexer(pd.Index(rows["hotspot_id"]))
            known = place >= 0
            is_known[mine[known]] = True
            owner[known] = held.owner[place[known]]
            kept = np.ones(len(held.hotspots), dtype=bool)
            kept[place[known]] = False
            self._days[number] = _Day(
                pd.concat([held.hotspots[kept], rows], ignore_index=True),
                np.concatenate([held.shapes[kept], shapes[mine]]),
                np.concatenate([held.owner[kept], owner]),
            )
        return is_known

    def _note_day(self, rows: gpd.GeoDataFrame, number: int) -> None:
        """Places of hotspots named in statements, present or still to come."""
        named = frozenset().union(*(one.these | one.those for one in self._splits))
        ids = rows["hotspot_id"][rows["hotspot_id"].isin(named)]
        self._event_days |= dict.fromkeys(ids, number)

    def _join(
        self, hotspots: gpd.GeoDataFrame, changed: Collection[str], *, at: datetime
    ) -> Joined:
        around, shapes, owner, events = self._around(hotspots, changed)
        has_owner = owner != None  # noqa: E711  (element by element)
        members = pd.DataFrame(
            {"hotspot_id": around["hotspot_id"][has_owner], "event_id": owner[has_owner]}
        )
        joined = join_events(
            around,
            gpd.GeoSeries(shapes, crs="EPSG:4326"),
            events=events,
            members=members,
            at=at,
            changed=changed,
            splits=self._splits,
            numbers=self._numbers,
            rules=self._rules,
        )
        self._keep(joined, around)
        return joined

    def _around(
        self, hotspots: gpd.GeoDataFrame, changed: Collection[str]
    ) -> tuple[gpd.GeoDataFrame, NDArray[np.object_], NDArray[np.object_], gpd.GeoDataFrame]:
        """What a join of these needs: hotspots, footprints, owners, and events."""
        marks: dict[int, Bools] = {}
        cells = _cells_about(hotspots, self._reach_m + self._rules.gap_m)
        for number in self._days_within(hotspots, int(self._rules.end_h * 3.6e9)):
            marks[number] = _among(self._days[number].cell, cells)
        near = self._owners(marks)
        for number in self._days_within(hotspots, _PASS_US):  # their other hotspots of one pass
            marks[number] |= pd.Index(self._days[number].owner).isin(near)
        anew = self._anew(marks, changed)
        for event_id in anew:
            for number in self._days_of[event_id]:
                day = self._days[number]
                mine = day.owner == event_id
                marks[number] = marks.get(number, np.zeros(len(mine), dtype=bool)) | mine
        picked = [(self._days[number], mark) for number, mark in sorted(marks.items())]
        picked = [(day, mark) for day, mark in picked if mark.any()]
        if not picked:
            none = np.empty(0, dtype=object)
            return empty_table(HOTSPOTS)[_NEEDED], none, none, empty_table(EVENTS)
        table = pd.concat([day.hotspots[mark] for day, mark in picked], ignore_index=True)
        shapes = np.concatenate([day.shapes[mark] for day, mark in picked])
        owner = np.concatenate([day.owner[mark] for day, mark in picked])
        return table, shapes, owner, self._rows(near | anew)

    def _days_within(self, hotspots: gpd.GeoDataFrame, reach: int) -> list[int]:
        """Days within so many microseconds of any of these."""
        if hotspots.empty:
            return []
        at = np.unique(hotspots["acquired_at"].astype("int64").to_numpy())
        first, last = (at - reach) // _DAY_US, (at + reach) // _DAY_US
        spans = np.unique(np.column_stack([first, last]), axis=0).tolist()
        wanted = {number for begin, end in spans for number in range(begin, end + 1)}
        return sorted(wanted & self._days.keys())

    def _owners(self, marks: Mapping[int, Bools]) -> set[str]:
        found: set[str] = set()
        for number, mark in marks.items():
            found.update(self._days[number].owner[mark])
        return found - {None}

    def _anew(self, marks: Mapping[int, Bools], changed: Collection[str]) -> set[str]:
        """Events to be formed anew: those of changed hotspots, and those split by duty staff."""
        if not changed and not self._splits:
            return set()
        ids: set[str] = set()
        for number, mark in marks.items():
            ids.update(self._days[number].hotspots["hotspot_id"][mark])
        related = related_hotspots(ids, self._splits)
        wanted = set(changed) | related
        found: set[str] = set()
        days = {self._event_days[one] for one in related & self._event_days.keys()}
        for number in days | marks.keys():
            day = self._days[number]
            found.update(day.owner[day.row_of.isin(wanted)])
        return found - {None}

    def _keep(self, joined: Joined, around: gpd.GeoDataFrame) -> None:
        for row in joined.events.itertuples(index=False, name=None):
            self._events[str(row[0])] = row
        for own, successor in joined.merged.items():
            for number in self._days_of.pop(own, set()):
                owner = self._days[number].owner
                owner[owner == own] = successor
                self._days_of.setdefault(successor, set()).add(number)
        into = joined.members.set_index("hotspot_id")["event_id"]
        moved = around[around["hotspot_id"].isin(into.index)]
        day = moved["acquired_at"].astype("int64").to_numpy() // _DAY_US
        ids = moved["hotspot_id"].to_numpy(dtype=object)
        named = into.reindex(ids).to_numpy(dtype=object)
        for number in np.unique(day).tolist():
            mine = day == number
            block = self._days[number]
            block.owner[block.row_of.get_indexer(pd.Index(ids[mine]))] = named[mine]
            for event_id in set(named[mine]):
                self._days_of.setdefault(event_id, set()).add(number)
        for key, number in highest_numbers(joined.events["event_id"]).items():
            self._numbers[key] = max(self._numbers.get(key, 0), number)


def _row_col(hotspots: gpd.GeoDataFrame) -> tuple[Ints, Ints]:
    lat = np.asarray(hotspots.geometry.y, dtype=np.float64)
    lon = np.asarray(hotspots.geometry.x, dtype=np.float64)
    row = np.floor((lat + 90.0) / _CELL_DEG).astype(np.int64)
    return row, np.floor((lon + 180.0) / _CELL_DEG).astype(np.int64)


def _cell(row: Ints, col: Ints) -> Ints:
    across = int(360.0 / _CELL_DEG)
    return row * across + col % across


def _among(values: Ints, ordered: Ints) -> Bools:
    """Whether each value is one of the sorted others."""
    if not len(ordered):
        return np.zeros(len(values), dtype=bool)
    place = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return np.asarray(ordered[place] == values)


def _longest_m(shapes: NDArray[np.object_]) -> float:
    """Diagonal of the largest box around any of these: what two of them reach at the most."""
    west, south, east, north = shapely.bounds(shapes).T
    per_lon, per_lat = metres_per_degree((south + north) / 2.0)
    return float(np.hypot((east - west) * per_lon, (north - south) * per_lat).max())


def _cells_about(hotspots: gpd.GeoDataFrame, reach_m: float) -> Ints:
    """Cells of these hotspots and of the ground within reach of them."""
    if hotspots.empty:
        return np.empty(0, dtype=np.int64)
    row, col = _row_col(hotspots)
    row, col = np.unique(np.column_stack([row, col]), axis=0).T
    farthest = min(float(np.abs((row + 0.5) * _CELL_DEG - 90.0).max()) + _CELL_DEG, 89.0)
    per_lon, _ = metres_per_degree(np.array([farthest]))
    _, per_lat = metres_per_degree(np.array([0.0]))
    high = int(np.ceil(reach_m / (float(per_lat[0]) * _CELL_DEG)))
    wide = int(np.ceil(reach_m / (float(per_lon[0]) * _CELL_DEG)))
    up, side = np.meshgrid(np.arange(-high, high + 1), np.arange(-wide, wide + 1))
    return np.unique(_cell(row[:, None] + up.ravel(), col[:, None] + side.ravel()))
