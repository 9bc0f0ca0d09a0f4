"""Which two hotspots are linked: close in space and in time.

Two hotspots are linked when their footprints are at most ``gap_m`` apart and their times at most
``link_h``; or when their footprints touch and their times are at most ``end_h`` apart (a dormant
fire that wakes). With a coarse sensor (AHI) the footprints must touch within ``link_h``.

The relation is symmetric and depends on nothing but the two, so that the events are the same
however the hotspots come and whatever else is in the table: gaps are measured on the ground about
the pair, not in a CRS chosen for the table.
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

from jdzfire.arrays import Bools, Floats, Ints
from jdzfire.crs import metres_per_degree
from jdzfire.events.rules import EventRules
from jdzfire.schemas import COARSE_INSTRUMENTS

_CLASS_EDGES_M = (700.0, 1500.0, 4000.0)
"""Footprints are searched by size: a VIIRS pixel with its error reaches 0.6 km, MODIS 1 to 3 km,
AHI 4 km. One size for all would make every VIIRS pixel search 4 km around."""
_CHUNK_PAIRS = 4_000_000
"""Pairs compared at once: some 300 MB."""
_CHUNK_GAPS = 500_000
"""Gaps measured in one go."""
_SAFE = 1e-3
"""Share by which the discs in and about a footprint are drawn too small and too large, so that
rounding never decides what is decided without the exact gap."""


@dataclass(frozen=True)
class _Places:
    """What the search needs of each hotspot; arrays of n."""

    lon: Floats
    """Middle of the footprint's corners [degree]."""
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
    per_lon: Floats
    """Length of a degree of longitude there [m]."""
    per_lat: Floats
    """The same of latitude [m]."""
    shapes: NDArray[np.object_]
    """Footprints [EPSG:4326]."""


def largest_reach_m(hotspots: gpd.GeoDataFrame, footprints: gpd.GeoSeries) -> float:
    """Radius of the largest footprint about its middle [m]; 0 without any."""
    return float(_places(hotspots, footprints).outer_m.max(initial=0.0))


def linked_pairs(
    hotspots: gpd.GeoDataFrame,
    footprints: gpd.GeoSeries,
    *,
    new: Bools,
    rules: EventRules,
) -> Ints:
    """Pairs of positions of linked hotspots, at least one of each pair new.

    Parameters
    ----------
    hotspots : GeoDataFrame [HOTSPOTS, EPSG:4326 points], n rows
    footprints : GeoSeries [EPSG:4326 convex polygons], n rows, same order
    new : array of bool, n
    rules : EventRules

    Returns
    -------
    array of int, shape (k, 2)
        First < second, sorted, each pair once.

    Notes
    -----
    For small tables and for tests: every pair is measured. Use :func:`label_components` to group.
    """
    places = _places(hotspots, footprints)
    found = [np.empty((0, 2), dtype=np.int64)]
    for a, b in _candidates(places, new, rules):
        limit_m = _limits(places, a, b, rules)
        near = _middles_m(places, a, b) <= places.outer_m[a] + places.outer_m[b] + limit_m
        a, b, limit_m = a[near], b[near], limit_m[near]
        linked = _gaps_m(places, a, b) <= limit_m
        found.append(np.column_stack([a, b])[linked])
    pairs = np.concatenate(found)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


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
        Links are searched from these.
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
        return _labels(count, [edges])
    places = _places(hotspots, footprints)
    sure_pairs = [edges]
    open_pairs: list[tuple[Ints, Ints, Floats]] = []
    for a, b in _candidates(places, new, rules):
        limit_m = _limits(places, a, b, rules)
        middle_m = _middles_m(places, a, b)
        sure = middle_m <= places.inner_m[a] + places.inner_m[b] + limit_m
        maybe = ~sure & (middle_m <= places.outer_m[a] + places.outer_m[b] + limit_m)
        open_pairs.append((a[maybe], b[maybe], limit_m[maybe]))
        sure_pairs.append((a[sure], b[sure]))
        if sum(len(part[0]) for part in sure_pairs) > _CHUNK_PAIRS:
            sure_pairs = [_forest(count, sure_pairs)]
    label = _labels(count, sure_pairs)
    if not open_pairs:
        return label
    a, b, limit_m = (np.concatenate(parts) for parts in zip(*open_pairs, strict=True))
    splits = np.flatnonzero(label[a] != label[b])
    linked = [np.empty(0, dtype=np.int64)]
    for some in np.array_split(splits, len(splits) // _CHUNK_GAPS + 1):
        linked.append(some[_gaps_m(places, a[some], b[some]) <= limit_m[some]])
    found = np.concatenate(linked)
    if not len(found):
        return label
    merged = _labels(int(label.max()) + 1, [(label[a[found]], label[b[found]])])
    return merged[label]


def _labels(count: int, pairs: list[tuple[Ints, Ints]]) -> Ints:
    a, b = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _forest(count: int, pairs: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    """Fewer pairs that group the same: each row with the first of its group."""
    label = _labels(count, pairs)
    first = np.full(label.max() + 1, count, dtype=np.int64)
    rows = np.arange(count)
    np.minimum.at(first, label, rows)
    head = first[label]
    inner = head != rows
    return rows[inner], head[inner]


def _places(hotspots: gpd.GeoDataFrame, footprints: gpd.GeoSeries) -> _Places:
    shapes = footprints.to_numpy()
    corners = shapely.get_num_coordinates(shapes)
    found = np.empty((4, len(shapes)))
    for number in np.unique(corners):
        rows = np.flatnonzero(corners == number)
        whole = rows if len(rows) < len(shapes) else slice(None)
        xy = shapely.get_coordinates(shapes[whole]).reshape(len(rows), number, 2)
        found[:, whole] = _discs(xy[:, :, 0], xy[:, :, 1])
    lon, lat, inner, outer = found
    per_lon, per_lat = metres_per_degree(lat)
    micros = hotspots["acquired_at"].astype("int64").to_numpy()
    return _Places(
        lon=lon,
        lat=lat,
        inner_m=inner * (1.0 - _SAFE),
        outer_m=outer * (1.0 + _SAFE),
        minute=micros // 60_000_000,
        hours=micros / 3.6e9,
        is_coarse=hotspots["instrument"].isin(COARSE_INSTRUMENTS).to_numpy(),
        per_lon=per_lon,
        per_lat=per_lat,
        shapes=shapes,
    )


def _discs(x: Floats, y: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Middles [degree] of rings of one number of corners, and the discs in and about each [m]."""
    lon, lat = x[:, :-1].mean(axis=1), y[:, :-1].mean(axis=1)
    per_lon, per_lat = metres_per_degree(lat)
    u, v = (x - lon[:, None]) * per_lon[:, None], (y - lat[:, None]) * per_lat[:, None]
    side = np.hypot(np.diff(u, axis=1), np.diff(v, axis=1))
    across = np.abs(u[:, :-1] * v[:, 1:] - u[:, 1:] * v[:, :-1])
    height = across / np.where(side > 0.0, side, np.inf)
    height = np.where(side > 0.0, height, np.inf).min(axis=1)
    return lon, lat, height, np.sqrt((u * u + v * v).max(axis=1))


def _limits(places: _Places, a: Ints, b: Ints, rules: EventRules) -> Floats:
    """Largest gap at which two are linked [m]; minus infinity where no gap is small enough."""
    hours = np.abs(places.hours[a] - places.hours[b])
    coarse = places.is_coarse[a] | places.is_coarse[b]
    touch = np.where(hours <= np.where(coarse, rules.link_h, rules.end_h), 0.0, -np.inf)
    return np.where((hours <= rules.link_h) & ~coarse, rules.gap_m, touch)


def _middles_m(places: _Places, a: Ints, b: Ints) -> Floats:
    """Distance between the middles of two footprints, on the ground about the pair."""
    east = (places.lon[b] - places.lon[a] + 180.0) % 360.0 - 180.0
    east *= (places.per_lon[a] + places.per_lon[b]) / 2.0
    return np.hypot(east, (places.lat[b] - places.lat[a]) * places.per_lat[a])


def _gaps_m(places: _Places, a: Ints, b: Ints) -> Floats:
    """Exact gap between footprints, on the ground about the pair."""
    if not len(a):
        return np.empty(0)
    per_lon = (places.per_lon[a] + places.per_lon[b]) / 2.0
    per_lat = (places.per_lat[a] + places.per_lat[b]) / 2.0
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

    Sizes are searched from small to large: each size is searched with its own and smaller ones.
    """
    size = np.searchsorted(_CLASS_EDGES_M, places.outer_m)
    for number in range(len(_CLASS_EDGES_M) + 1):
        mine = size == number
        if not mine.any():
            continue
        reach_m = 2.0 * float(places.outer_m[mine].max()) + rules.gap_m
        own, less = np.flatnonzero(mine & new), (size < number) & new
        others = np.flatnonzero((size <= number) & ~(mine & new))
        searches = (
            (own, None),
            (own, others),
            (np.flatnonzero(less), np.flatnonzero(mine & ~new)),
        )
        for asking, base in searches:
            for a, b in _near(places, asking, base, reach_m, rules.end_h):
                yield np.minimum(a, b), np.maximum(a, b)


def _near(
    places: _Places, asking: Ints, base: Ints | None, reach_m: float, reach_h: float
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of rows in neighbouring cells as wide as the reach, within the time.

    One sorted key holds cell and minute, so that a neighbouring cell's hotspots of the right
    time are one run of it. Without a base the pairs are those among the asking rows, each once.
    """
    if not len(asking) or (base is not None and not len(base)):
        return
    held = asking if base is None else base
    minutes = int(reach_h * 60.0) + 2
    start = int(places.minute[held].min()) - 2 * minutes
    span = int(places.minute[held].max()) - start + 2 * minutes + 1
    row, col, across = _cells(places, reach_m)
    minute = np.clip(places.minute - start, 0, span - 1)
    key = (row * across + col) * span + minute
    asking = asking[np.argsort(key[asking], kind="stable")]
    held = asking if base is None else base[np.argsort(key[base], kind="stable")]
    sorted_key = key[held]
    from_minute = np.maximum(minute[asking] - minutes, 0)
    to_minute = np.minimum(minute[asking] + minutes, span - 1)
    up, side = row[asking], col[asking]
    if base is None:
        after = sorted_key - minute[asking] + to_minute
        last = np.searchsorted(sorted_key, after, side="right")
        yield from _runs(asking, held, np.arange(1, len(held) + 1), last)
    steps = _HALF if base is None else _ALL
    for north, east in steps:
        cell = ((up + north) * across + (side + east) % across) * span
        first = np.searchsorted(sorted_key, cell + from_minute, side="left")
        last = np.searchsorted(sorted_key, cell + to_minute, side="right")
        yield from _runs(asking, held, first, last)


_HALF = ((0, 1), (1, -1), (1, 0), (1, 1))
_ALL = tuple((north, east) for north in (-1, 0, 1) for east in (-1, 0, 1))


def _cells(places: _Places, reach_m: float) -> tuple[Ints, Ints, int]:
    """Row and column of each hotspot, in cells at least as wide as the reach, and the columns."""
    lat = min(float(np.abs(places.lat).max()) + 0.1, 89.0)
    per_lon, _ = metres_per_degree(np.array([lat]))
    _, per_lat = metres_per_degree(np.array([0.0]))  # a degree of latitude is shortest there
    across = max(int(360.0 * float(per_lon[0]) / reach_m), 3)
    row = np.floor((places.lat + 90.0) * (float(per_lat[0]) / reach_m)).astype(np.int64) + 1
    col = np.floor((places.lon + 180.0) * (across / 360.0)).astype(np.int64) % across
    return row, col, across


def _runs(asking: Ints, base: Ints, first: Ints, last: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of each asking row with its run of base rows, in chunks."""
    length = last - first
    filled = np.flatnonzero(length > 0)
    if not len(filled):
        return
    total = np.cumsum(length[filled])
    cuts = np.searchsorted(total, np.arange(_CHUNK_PAIRS, total[-1], _CHUNK_PAIRS))
    for rows in np.split(filled, np.unique(cuts)):
        if len(rows):
            many = length[rows]
            offset = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
            yield np.repeat(asking[rows], many), base[np.repeat(first[rows], many) + offset]
