"""Which two hotspots are linked: close in space and in time.

Two hotspots are linked when their footprints are at most ``gap_m`` apart and their times at most
``link_h``; or when their footprints touch and their times are at most ``end_h`` apart (a dormant
fire that wakes). With a coarse sensor (AHI) the footprints must touch within ``link_h``.

The relation is symmetric and looks at nothing but the two, so that the events are the same however
the hotspots come and whatever else is in the table: gaps are measured on the ground about the
pair, not in a CRS chosen for the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from jdzfire.crs import metres_per_degree
from jdzfire.events.rules import EventRules
from jdzfire.schemas import COARSE_INSTRUMENTS

__all__ = ["label_components", "linked_pairs"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_CLASS_EDGES_M = (700.0, 1500.0, 4000.0)
"""Footprints are searched by size: a VIIRS pixel with its error reaches 0.6 km, MODIS 1 to 3 km,
AHI 4 km. One size for all would make every VIIRS pixel look 4 km around."""
_CHUNK_PAIRS = 4_000_000
"""Pairs looked at in one go: some 300 MB."""
_SAFE = 1e-3
"""Share by which the discs in and about a footprint are drawn too small and too large, so that
rounding never decides what is decided without the exact gap."""


@dataclass(frozen=True)
class _Places:
    """What the search needs of each hotspot; arrays of n."""

    lon: Floats
    """Middle of the footprint's box [degree]."""
    lat: Floats
    """The same [degree]."""
    inner_m: Floats
    """Radius about the middle that lies in the footprint [m]."""
    outer_m: Floats
    """Radius about the middle that holds the footprint [m]."""
    minute: Ints
    """Time in whole minutes."""
    hours: Floats
    """Time [h]."""
    is_coarse: Bools
    """Whether its sensor is a coarse one."""
    shapes: NDArray[np.object_]
    """Footprints [EPSG:4326]."""


def linked_pairs(
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    *,
    new: Bools,
    rules: EventRules,
) -> tuple[Ints, Floats]:
    """Pairs of positions of linked hotspots, at least one of each pair new, with their gaps.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
    footprints : GeoSeries [EPSG:4326 convex polygons], n rows, same order
    new : array of bool, n
    rules : EventRules

    Returns
    -------
    pairs : array of int, shape (k, 2)
        First < second, sorted, each pair once.
    gap_m : array [m], k
        Between the footprints, 0 where they touch.

    Notes
    -----
    For small tables and for tests: every pair is measured. Use :func:`label_components` to group.
    """
    places = _places(hotspots, footprints)
    found = [np.empty((0, 2), dtype=np.int64)]
    gaps = [np.empty(0)]
    for a, b in _candidates(places, new, rules):
        limit_m = _limits(places, a, b, rules)
        near = _middles_m(places, a, b) <= places.outer_m[a] + places.outer_m[b] + limit_m
        a, b, limit_m = a[near], b[near], limit_m[near]
        gap_m = _gaps_m(places, a, b)
        linked = gap_m <= limit_m
        found.append(np.column_stack([a, b])[linked])
        gaps.append(gap_m[linked])
    pairs, gap_m = np.concatenate(found), np.concatenate(gaps)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[order], gap_m[order]


def label_components(
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    *,
    new: Bools,
    held: Ints,
    rules: EventRules,
) -> Ints:
    """Number of the group each hotspot belongs to: linked hotspots, and what holds together.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
    footprints : GeoSeries [EPSG:4326 convex polygons], n rows, same order
    new : array of bool, n
        Links are looked for from these.
    held : array of int, n
        Hotspots of one number >= 0 hold together without being asked.
    rules : EventRules

    Returns
    -------
    array of int, n

    Notes
    -----
    Most pairs are decided by the discs in and about the footprints alone; the exact gap is measured
    only where these leave it open and the two are not in one group already. About m times the
    hotspots near in space and time, for m new rows; memory is bounded by pairs in chunks.
    """
    count = len(hotspots)
    rows = np.flatnonzero(held >= 0)
    order = rows[np.argsort(held[rows], kind="stable")]
    same = held[order[1:]] == held[order[:-1]]
    edges = (order[:-1][same], order[1:][same])
    if not new.any():
        return _labels(count, *edges)
    places = _places(hotspots, footprints)
    open_pairs: list[tuple[Ints, Ints, Floats]] = []
    for a, b in _candidates(places, new, rules):
        limit_m = _limits(places, a, b, rules)
        middle_m = _middles_m(places, a, b)
        sure = middle_m <= places.inner_m[a] + places.inner_m[b] + limit_m
        maybe = ~sure & (middle_m <= places.outer_m[a] + places.outer_m[b] + limit_m)
        open_pairs.append((a[maybe], b[maybe], limit_m[maybe]))
        edges = _forest(count, *edges, a[sure], b[sure])
    label = _labels(count, *edges)
    for a, b, limit_m in open_pairs:
        apart = label[a] != label[b]
        a, b, limit_m = a[apart], b[apart], limit_m[apart]
        linked = _gaps_m(places, a, b) <= limit_m
        if linked.any():
            edges = _forest(count, *edges, a[linked], b[linked])
            label = _labels(count, *edges)
    return label


def _labels(count: int, a: Ints, b: Ints) -> Ints:
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _forest(count: int, a: Ints, b: Ints, more_a: Ints, more_b: Ints) -> tuple[Ints, Ints]:
    """Fewer edges that group the same: each row to the first of its group."""
    if not len(more_a):
        return a, b
    label = _labels(count, np.concatenate([a, more_a]), np.concatenate([b, more_b]))
    first = np.full(label.max() + 1, count, dtype=np.int64)
    rows = np.arange(count)
    np.minimum.at(first, label, rows)
    head = first[label]
    inner = head != rows
    return rows[inner], head[inner]


def _places(hotspots: gpd.GeoDataFrame, footprints: gpd.GeoSeries) -> _Places:
    shapes = footprints.to_numpy()
    west, south, east, north = shapely.bounds(shapes).T
    lon, lat = (west + east) / 2.0, (south + north) / 2.0
    xy, part = shapely.get_coordinates(shapes, return_index=True)
    per_lon, per_lat = metres_per_degree(lat)
    u, v = (xy[:, 0] - lon[part]) * per_lon[part], (xy[:, 1] - lat[part]) * per_lat[part]
    starts = np.searchsorted(part, np.arange(len(shapes)))
    outer = np.maximum.reduceat(np.hypot(u, v), starts)
    side = np.hypot(np.diff(u), np.diff(v))
    across = np.abs(u[:-1] * v[1:] - u[1:] * v[:-1])
    is_side = (part[1:] == part[:-1]) & (side > 0.0)
    height = np.where(is_side, across / np.where(is_side, side, 1.0), np.inf)
    inner = np.minimum.reduceat(np.append(height, np.inf), starts)
    micros = hotspots["acquired_at"].astype("int64").to_numpy()
    return _Places(
        lon=lon,
        lat=lat,
        inner_m=inner * (1.0 - _SAFE),
        outer_m=outer * (1.0 + _SAFE),
        minute=micros // 60_000_000,
        hours=micros / 3.6e9,
        is_coarse=hotspots["instrument"].isin(COARSE_INSTRUMENTS).to_numpy(),
        shapes=shapes,
    )


def _limits(places: _Places, a: Ints, b: Ints, rules: EventRules) -> Floats:
    """Largest gap at which two are linked [m]; minus infinity where no gap is small enough."""
    hours = np.abs(places.hours[a] - places.hours[b])
    coarse = places.is_coarse[a] | places.is_coarse[b]
    touch = np.where(hours <= np.where(coarse, rules.link_h, rules.end_h), 0.0, -np.inf)
    return np.where((hours <= rules.link_h) & ~coarse, rules.gap_m, touch)


def _middles_m(places: _Places, a: Ints, b: Ints) -> Floats:
    """Distance between the middles of two footprints."""
    per_lon, per_lat = metres_per_degree((places.lat[a] + places.lat[b]) / 2.0)
    east = (places.lon[b] - places.lon[a] + 180.0) % 360.0 - 180.0
    return np.hypot(east * per_lon, (places.lat[b] - places.lat[a]) * per_lat)


def _gaps_m(places: _Places, a: Ints, b: Ints) -> Floats:
    """Exact gap between footprints, on the ground about the pair."""
    if not len(a):
        return np.empty(0)
    per_lon, per_lat = metres_per_degree((places.lat[a] + places.lat[b]) / 2.0)
    lon, lat = places.lon[a], places.lat[a]
    return np.asarray(
        shapely.distance(
            _drawn(places.shapes[a], lon, lat, per_lon, per_lat),
            _drawn(places.shapes[b], lon, lat, per_lon, per_lat),
        )
    )


def _drawn(
    shapes: NDArray[np.object_], lon: Floats, lat: Floats, per_lon: Floats, per_lat: Floats
) -> NDArray[np.object_]:
    """Each shape in metres about its place."""
    xy, part = shapely.get_coordinates(shapes, return_index=True)
    east = (xy[:, 0] - lon[part] + 180.0) % 360.0 - 180.0
    metres = np.column_stack([east * per_lon[part], (xy[:, 1] - lat[part]) * per_lat[part]])
    return np.asarray(shapely.set_coordinates(shapes.copy(), metres))


def _candidates(places: _Places, new: Bools, rules: EventRules) -> Iterator[tuple[Ints, Ints]]:
    """Pairs near enough in time whose footprints may be near enough, each once, a < b.

    Sizes are searched from small to large: each size looks for its own and for smaller ones.
    """
    size = np.searchsorted(_CLASS_EDGES_M, places.outer_m)
    for number in range(len(_CLASS_EDGES_M) + 1):
        mine = size == number
        if not mine.any():
            continue
        reach_m = 2.0 * float(places.outer_m[mine].max()) + rules.gap_m
        own, less = np.flatnonzero(mine & new), np.flatnonzero((size < number) & new)
        for a, b in _near(places, own, np.flatnonzero(size <= number), reach_m, rules.end_h):
            # two new ones of this size find each other twice
            once = (a < b) | ~(new[b] & mine[b])
            yield np.minimum(a, b)[once], np.maximum(a, b)[once]
        others = np.flatnonzero(mine & ~new)
        for a, b in _near(places, less, others, reach_m, rules.end_h):
            yield np.minimum(a, b), np.maximum(a, b)


def _near(
    places: _Places, asking: Ints, base: Ints, reach_m: float, reach_h: float
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of rows in neighbouring cells as wide as the reach, within the time; a != b.

    One sorted key holds cell and minute, so that a neighbouring cell's hotspots of the right
    time are one run of it.
    """
    if not len(asking) or not len(base):
        return
    minutes = int(reach_h * 60.0) + 2
    start = int(places.minute[base].min()) - 2 * minutes
    span = int(places.minute[base].max()) - start + 2 * minutes
    cells = _cells(places, base, asking, reach_m)
    ask_minute = np.clip(places.minute[asking] - start, -minutes, span + minutes)
    row, col, across = cells(asking)
    base_row, base_col, _ = cells(base)
    key = (base_row * across + base_col) * (span + 1) + (places.minute[base] - start)
    order = np.argsort(key, kind="stable")
    key, sorted_base = key[order], base[order]
    for up in (-1, 0, 1):
        for side in (-1, 0, 1):
            cell = (row + up) * across + (col + side) % across
            begin = cell * (span + 1) + np.clip(ask_minute - minutes, 0, span)
            end = cell * (span + 1) + np.clip(ask_minute + minutes, 0, span)
            first = np.searchsorted(key, begin, side="left")
            last = np.searchsorted(key, end, side="right")
            yield from _runs(asking, sorted_base, first, last)


def _cells(places: _Places, base: Ints, asking: Ints, reach_m: float) -> _CellsOf:
    """Cells at least as wide as the reach at every latitude there is."""
    lat = np.abs(np.concatenate([places.lat[base], places.lat[asking]])).max()
    per_lon, _ = metres_per_degree(np.array([min(float(lat) + 0.1, 89.0)]))
    _, per_lat = metres_per_degree(np.array([0.0]))  # a degree of latitude is shortest there
    high, wide = reach_m / float(per_lat[0]), reach_m / float(per_lon[0])
    return _CellsOf(places, high, max(int(360.0 / wide), 3))


@dataclass(frozen=True)
class _CellsOf:
    """Cells of a grid over the globe."""

    places: _Places
    high_deg: float
    across: int

    def __call__(self, rows: Ints) -> tuple[Ints, Ints, int]:
        """Row and column of each hotspot's cell, and how many columns there are."""
        lat, lon = self.places.lat[rows], self.places.lon[rows]
        row = np.floor((lat + 90.0) / self.high_deg).astype(np.int64) + 1
        col = np.floor((lon + 180.0) / 360.0 * self.across).astype(np.int64) % self.across
        return row, col, self.across


def _runs(asking: Ints, base: Ints, first: Ints, last: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of each asking row with its run of base rows, in chunks."""
    length = last - first
    filled = np.flatnonzero(length > 0)
    if not len(filled):
        return
    total = np.cumsum(length[filled])
    cuts = np.searchsorted(total, np.arange(_CHUNK_PAIRS, total[-1], _CHUNK_PAIRS))
    for rows in np.split(filled, np.unique(cuts)):
        if not len(rows):
            continue
        many = length[rows]
        offset = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        a = np.repeat(asking[rows], many)
        b = base[np.repeat(first[rows], many) + offset]
        different = a != b
        yield a[different], b[different]
