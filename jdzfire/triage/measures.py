"""What was measured on the hotspots of events: one table, and the pairs with registers.

Three numberings meet in triage:

- a **hotspot row** is a position in ``Measures.hotspots``; arrays of length n are by hotspot row;
- an **event position** counts the events that are judged; arrays of length ``count`` are by it;
- a **pair row** is a row of ``Measures.permits`` or ``Measures.sources``; its ``row`` is a hotspot
  row, its ``event`` an event position, its ``lot`` or ``source`` a row of the register.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.arrays import Bools, Floats, Ints
from jdzfire.hotspots.bowtie import note_bowtie
from jdzfire.hotspots.footprints import footprints
from jdzfire.hotspots.passing import number_passes
from jdzfire.registers.zones import forest_shares
from jdzfire.schemas import COARSE_INSTRUMENTS, ORBITERS
from jdzfire.terrain.cover import area_heights, cover_shares
from jdzfire.triage.candidates import (
    describe_sources,
    match_permits,
    number_together,
    touch_sources,
)
from jdzfire.triage.context import TriageContext
from jdzfire.triage.rules import Rules
from jdzfire.weather.sampling import sample_weather

_ROWS_AT_ONCE = 20_000
"""Hotspots whose shapes are held at once: some 40 MB [C]."""


@dataclass(frozen=True)
class Measures:
    """All that was measured; rows are numbered, events too."""

    count: int
    """Events."""
    hotspots: pd.DataFrame
    """Judged hotspots by event, acquired_at, hotspot_id: ``event`` (position), satellite,
    instrument, acquired_at, frp_mw, scan_km, track_km, ``is_orbiter``, ``is_person``,
    ``is_coarse``, ``is_field_time``, forest_share, zone_id, tree_share, danger_grade, wind_force,
    ``passing`` (number of its pass, over all events of its round), ``observation`` (number of its
    event and pass)."""
    permits: pd.DataFrame
    """Pairs with permits, of orbiters only; ``is_twin`` whether another hotspot of its pass that
    the lot explains covers the same ground."""
    sources: pd.DataFrame
    """Pairs with heat sources, of orbiters only."""

    def by_event(self, rows: Bools) -> Ints:
        """How many of the rows marked each event has."""
        return np.bincount(self.hotspots["event"].to_numpy()[rows], minlength=self.count)

    def largest(self, column: str, rows: Bools | None = None) -> Floats:
        """Largest value of a column in each event, NaN where none is known."""
        event, values = (self.hotspots[name].to_numpy() for name in ("event", column))
        found = np.full(self.count, np.nan)
        if rows is not None:
            event, values = event[rows], values[rows]
        np.fmax.at(found, event, values)
        return found

    def part(self, first: int, last: int) -> Measures:
        """What was measured on the events ``first`` up to before ``last``, numbered from 0."""
        begin, end = np.searchsorted(self.hotspots["event"].to_numpy(), [first, last])
        rows = self.hotspots.iloc[begin:end].reset_index(drop=True)
        rows["event"] -= first
        pairs = []
        for table in (self.permits, self.sources):
            some = slice(*np.searchsorted(table["row"].to_numpy(), [begin, end]))
            mine = table.iloc[some].reset_index(drop=True)
            pairs.append(mine.assign(row=mine["row"] - begin, event=mine["event"] - first))
        return Measures(last - first, rows, *pairs)


def measure(
    judged: gpd.GeoDataFrame,
    event: Ints,
    count: int,
    context: TriageContext,
    rules: Rules,
    *,
    now: Ints,
    rounds: Ints | None = None,
) -> Measures:
    """Measure hotspots against the registers.

    Parameters
    ----------
    judged : GeoDataFrame [HOTSPOTS], n rows
    event : array of int, n
        Position of the event each belongs to.
    count : int
        Events.
    context : TriageContext
    rules : Rules
    now : array of int [microseconds since 1970, UTC], count
        Time each event is judged at.
    rounds : array of int, count, optional
        Round each event is judged in; hotspots of two rounds are never of one pass.

    Returns
    -------
    Measures
    """
    # hotspot rows are numbered in this order from here on
    order = _by_event_and_time(judged, event)
    rows = judged[list(JUDGED_BY)].iloc[order].reset_index(drop=True)
    event = event[order]
    passing = number_passes(rows, within=None if rounds is None else rounds[event])
    # what needs shapes is done in parts, so that no more than some of them are held
    begins = range(0, len(rows), _ROWS_AT_ONCE)
    parts = [_measure_part(rows, begin, context, rules) for begin in begins or [0]]
    is_orbiter = rows["instrument"].isin(ORBITERS).to_numpy()
    hour = rows["acquired_at"].astype("int64").to_numpy() // _US_PER_H % 24
    first, last = rules.triage.field_day_h
    local_hour = (hour + _BEIJING_H) % 24
    columns = {
        name: np.concatenate([part.columns[name] for part in parts]) for name in parts[0].columns
    }
    names = {"satellite": "category", "instrument": "category"}  # a million texts are 30 MB
    table = (
        pd.DataFrame(rows[[*_SHOWN]])
        .astype(names)
        .assign(
            event=event,
            is_orbiter=is_orbiter,
            is_person=(rows["instrument"] == "PERSON").to_numpy(),
            is_coarse=rows["instrument"].isin(COARSE_INSTRUMENTS).to_numpy(),
            is_field_time=(local_hour >= first) & (local_hour < last),
            passing=passing,
            observation=number_together(event, passing),
            **columns,
        )
    )
    permits = pd.concat([part.permits for part in parts], ignore_index=True)
    permits = permits.assign(is_twin=_twins(permits, rows, passing, rules))
    left = np.concatenate([part.on_source[0] for part in parts])
    right = np.concatenate([part.on_source[1] for part in parts])
    sources = describe_sources(rows, left, right, passing, context, rules, now=now[event])
    return Measures(count, table, _with_event(permits, event), _with_event(sources, event))


_SHOWN = ("satellite", "instrument", "acquired_at", "frp_mw", "scan_km", "track_km")
JUDGED_BY = ("hotspot_id", *_SHOWN, "location_error_m", "is_day", "geometry")
"""Columns of hotspots that are used."""
_US_PER_H = 3_600_000_000
_BEIJING_H = 8


@dataclass(frozen=True)
class _Part:
    """Measures of a run of rows; positions count from the first of all."""

    columns: dict[str, NDArray[np.object_] | Floats]
    permits: pd.DataFrame
    on_source: tuple[Ints, Ints]


def _measure_part(
    rows: gpd.GeoDataFrame, begin: int, context: TriageContext, rules: Rules
) -> _Part:
    some = rows.iloc[begin : begin + _ROWS_AT_ONCE].reset_index(drop=True)
    wide = wide_footprints(some, context, rules)
    forest = forest_shares(wide, context.zones)
    columns = {
        "forest_share": forest["forest_share"].to_numpy(),
        "zone_id": _shared(forest["zone_id"]),
        "tree_share": _tree_share(wide, context),
        **_weather(some, context),
    }
    # pairs are of orbiters only: their row goes back to the part, then to all hotspot rows
    seen = np.flatnonzero(some["instrument"].isin(ORBITERS).to_numpy())
    orbiters = some.iloc[seen].reset_index(drop=True)
    permits = match_permits(orbiters, context, rules)
    row, source = touch_sources(orbiters, context, rules)
    return _Part(
        columns,
        permits.assign(row=begin + seen[permits["row"].to_numpy()]),
        (begin + seen[row], source),
    )


def _shared(texts: pd.Series) -> NDArray[np.object_]:
    """Texts as objects, each text once; None where there is none."""
    code, known = pd.factorize(texts)
    held: NDArray[np.object_] = np.array([*known, None], dtype=object)
    return np.asarray(held[code], dtype=object)


def _by_event_and_time(judged: gpd.GeoDataFrame, event: Ints) -> Ints:
    """Order by event, time, id; ids are compared only where the others agree."""
    at = judged["acquired_at"].astype("int64").to_numpy()
    order = np.lexsort((at, event))
    is_same = (np.diff(at[order]) == 0) & (np.diff(event[order]) == 0)
    tied = np.zeros(len(order), dtype=bool)
    tied[1:] |= is_same
    tied[:-1] |= is_same
    rows = order[tied]
    ids = judged["hotspot_id"].to_numpy(dtype=object)[rows].astype(str)
    order[tied] = rows[np.lexsort((ids, at[rows], event[rows]))]
    return order


def _twins(permits: pd.DataFrame, rows: gpd.GeoDataFrame, passing: Ints, rules: Rules) -> Bools:
    """Of the pairs that explain a hotspot: whether its lot and pass have its ground already."""
    is_twin = np.zeros(len(permits), dtype=bool)
    # of each hotspot row the first pair that explains it: pairs are in order of their score
    explained = np.flatnonzero(permits["is_explained"].to_numpy(dtype=bool))
    row = permits["row"].to_numpy(dtype=np.int64)[explained]
    row, first = np.unique(row, return_index=True)
    best = explained[first]
    together = number_together(permits["lot"].to_numpy(dtype=np.int64)[best], passing[row])
    is_twin[best] = note_bowtie(rows.iloc[row], passing=together, rules=rules.footprint)
    return is_twin


def _with_event(pairs: pd.DataFrame, event: Ints) -> pd.DataFrame:
    return pairs.assign(event=event[pairs["row"].to_numpy(dtype=np.int64)])


def wide_footprints(rows: gpd.GeoDataFrame, context: TriageContext, rules: Rules) -> gpd.GeoSeries:
    """Footprints, error included; those seen aslant moved back to the ground.

    Parameters
    ----------
    rows : GeoDataFrame [HOTSPOTS], n rows
    context : TriageContext
        Without an elevation all stay where their product has them.
    rules : Rules

    Returns
    -------
    GeoSeries [EPSG:4326 polygons], n rows, index kept
    """
    aslant = np.flatnonzero((rows["instrument"] == "AHI").to_numpy())
    if context.elevation is None or not len(aslant):
        return footprints(rows, rules=rules.footprint)
    cells = footprints(rows.iloc[aslant], rules=rules.footprint, widened=False)
    columns = area_heights(cells, context.elevation).to_numpy()
    height, relief = np.full((2, len(rows)), np.nan)
    height[aslant], relief[aslant] = columns.T
    return footprints(rows, rules=rules.footprint, elevation_m=height, relief_m=relief)


def _weather(rows: gpd.GeoDataFrame, context: TriageContext) -> dict[str, Floats]:
    columns = ["danger_grade", "wind_force"]
    if context.danger is None or rows.empty:
        return {name: np.full(len(rows), np.nan) for name in columns}
    sampled = sample_weather(context.danger, rows.geometry.x, rows.geometry.y, rows["acquired_at"])
    return {name: sampled[name].to_numpy(dtype=float, na_value=np.nan) for name in columns}


def _tree_share(wide: gpd.GeoSeries, context: TriageContext) -> Floats:
    if context.landcover is None:
        return np.full(len(wide), np.nan)
    return cover_shares(wide, context.landcover).to_numpy()
