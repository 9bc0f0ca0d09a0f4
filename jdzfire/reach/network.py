"""The roads as a graph: junctions, and the pieces of road between them with their minutes.

Two roads meet where they share a corner. Lines of offices often miss each other by metres, so an
end that lies within a stated length of another road is joined to it, and counted. Roads that only
cross, as at a bridge, are not joined.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from jdzfire.arrays import Floats, Ints
from jdzfire.crs import metric_crs
from jdzfire.errors import CrsError
from jdzfire.reach.speeds import AGAINST_ONE_WAY, DIVIDED, SURFACE_FACTORS, Speed, TravelRules

_SAME_M = 0.05
"""Corners nearer than this are one [m]: a centimetre of rounding in seven decimals of a degree."""


@dataclass(frozen=True)
class RoadNetwork:
    """Junctions (nodes) and pieces of road between two of them (links).

    A link may be driven one way or both; ``forward`` is from its ``start`` to its ``end``, infinite
    where it may not be driven.
    """

    crs: CRS
    """Metric CRS of all coordinates."""
    x: Floats
    """Of each node [m]."""
    y: Floats
    """Of each node [m]."""
    start: Ints
    """Node each link begins at."""
    end: Ints
    """Node each link ends at."""
    length_m: Floats
    """Of each link [m]."""
    forward: Floats
    """Minutes from start to end [min]."""
    backward: Floats
    """Minutes from end to start [min]."""
    slowness: tuple[float, float]
    """Minutes of a fast and of a slow engine as a share of the best value."""
    shapes: np.ndarray
    """Course of each link, LineStrings in ``crs`` from start to end."""
    road: Ints
    """Row of the road register each link is of."""
    road_ids: np.ndarray
    """``road_id`` of each row of the register."""
    component: Ints
    """Of each node the island it is on; 0 is the largest by length."""
    notes: tuple[str, ...]
    """What was joined, left out or odd."""

    @property
    def node_count(self) -> int:
        """Junctions and ends."""
        return len(self.x)

    def graph(self) -> sparse.csr_array:
        """Minutes from node to node, the quickest of several links."""
        tail = np.concatenate([self.start, self.end])
        head = np.concatenate([self.end, self.start])
        minutes = np.concatenate([self.forward, self.backward])
        return quickest(tail, head, minutes, self.node_count)


def quickest(tail: Ints, head: Ints, minutes: Floats, count: int) -> sparse.csr_array:
    """A graph of the quickest of the links between each two nodes; infinite ones are left out.

    csgraph takes a zero for no link, so that no link is quicker than a nanosecond.
    """
    kept = np.isfinite(minutes) & (tail != head)
    tail, head, minutes = tail[kept], head[kept], np.maximum(minutes[kept], 1e-11)
    order = np.lexsort((minutes, head, tail))
    tail, head, minutes = tail[order], head[order], minutes[order]
    is_first = np.ones(len(tail), dtype=bool)
    is_first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    return sparse.csr_array(
        (minutes[is_first], (tail[is_first], head[is_first])), shape=(count, count)
    )


def build_network(roads: gpd.GeoDataFrame, rules: TravelRules | None = None) -> RoadNetwork:
    """Turn a road register into a graph.

    Parameters
    ----------
    roads : GeoDataFrame [ROADS, EPSG:4326], n rows, may be empty
        Rows without a line are left out and counted.
    rules : TravelRules, optional

    Returns
    -------
    RoadNetwork
        Links in the order of the register, then along the road.

    Raises
    ------
    CrsError
        The table has rows and is not in EPSG:4326.

    Notes
    -----
    About n log n in corners; 230,000 corners take 1 s.
    """
    rules = rules or TravelRules()
    if len(roads) and (roads.crs is None or roads.crs.to_epsg() != 4326):
        raise CrsError(
            "roads are not in the stored CRS", expected="EPSG:4326", found=str(roads.crs)
        )
    notes: list[str] = []
    is_line = np.isin(shapely.get_type_id(roads.geometry.to_numpy()), (1, 5)) & (
        shapely.get_num_coordinates(roads.geometry.to_numpy()) > 1
    )
    if (~is_line).any():
        notes.append(f"{int((~is_line).sum())} roads have no line and are left out")
    if "access" in roads:
        is_closed = (roads["access"] == "closed").to_numpy(dtype=bool)
        if (is_closed & is_line).any():
            notes.append(f"{int((is_closed & is_line).sum())} roads are closed and are left out")
        is_line &= ~is_closed
    bounds = tuple(roads.loc[is_line].total_bounds) if is_line.any() else None
    crs = metric_crs(bounds)
    lines, road = _lines(roads.loc[is_line].to_crs(crs) if is_line.any() else roads.iloc[:0])
    road = np.flatnonzero(is_line)[road] if len(road) else road
    lines, joins = _close_gaps(lines, road, roads, rules.join_gap_m)
    if len(joins):
        far_m = float(shapely.length(joins["shape"].to_numpy()).max())
        notes.append(
            f"{len(joins)} ends of roads are joined to a road up to {far_m:.0f} m away "
            f"(at most {rules.join_gap_m:g} m)"
        )
    lines = np.concatenate([lines, joins["shape"].to_numpy(dtype=object)])
    road = np.concatenate([road, joins["road"].to_numpy(dtype=np.int64)])
    network = _cut_at_junctions(lines, road, crs)
    network = _timed(
        replace(network, road_ids=roads["road_id"].to_numpy(dtype=object)), roads, rules
    )
    network = _with_islands(network)
    islands = int(network.component.max(initial=0))
    if islands:
        apart = network.component[network.start] > 0
        km = float(network.length_m[apart].sum()) / 1000
        notes.append(f"{islands} islands of roads, {km:.1f} km, do not meet the rest")
    return replace(network, notes=tuple(notes))


def _lines(roads: gpd.GeoDataFrame) -> tuple[np.ndarray, Ints]:
    """Single lines of the rows, and the position of the row each is of."""
    parts, row = shapely.get_parts(roads.geometry.to_numpy(), return_index=True)
    parts = shapely.remove_repeated_points(parts, tolerance=_SAME_M)
    kept = shapely.length(parts) > 0
    return parts[kept], row[kept].astype(np.int64)


def _close_gaps(
    lines: np.ndarray, road: Ints, roads: gpd.GeoDataFrame, within_m: float
) -> tuple[np.ndarray, pd.DataFrame]:
    """Join loose ends to the nearest other road: the lines with new corners, and the links.

    The end of a bridge or a tunnel is not loose, nor is one that lies on a corner of another road.
    """
    empty = pd.DataFrame(
        {"shape": np.array([], dtype=object), "road": np.array([], dtype=np.int64)}
    )
    if len(lines) < 2 or within_m <= 0:
        return lines, empty
    line = np.tile(np.arange(len(lines)), 2)
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    tree = shapely.STRtree(lines)
    end, other = tree.query(ends, predicate="dwithin", distance=within_m)
    is_other = line[end] != other
    end, other = end[is_other], other[is_other]
    off_m = shapely.distance(ends[end], lines[other])
    loose = ~np.isin(end, _meeting(ends, end, lines, other, off_m))
    end, other, off_m = end[loose], other[loose], off_m[loose]
    order = np.lexsort((other, off_m, end))
    _, first = np.unique(end[order], return_index=True)
    chosen = order[first]
    if not len(chosen):
        return lines, empty
    at = shapely.line_locate_point(lines[other[chosen]], ends[end[chosen]])
    place = shapely.line_interpolate_point(lines[other[chosen]], at)
    lines = _with_corners(lines, other[chosen], at, place)
    shapes = shapely.linestrings(
        np.stack(
            [shapely.get_coordinates(ends[end[chosen]]), shapely.get_coordinates(place)], axis=1
        )
    )
    joined = pd.DataFrame({"shape": shapes, "road": road[line[end[chosen]]]})
    is_drawn = np.asarray(shapely.length(shapes) > _SAME_M, dtype=bool)
    return lines, joined.loc[is_drawn].reset_index(drop=True)


def _meeting(ends: np.ndarray, end: Ints, lines: np.ndarray, other: Ints, off_m: Floats) -> Ints:
    """Ends that lie on a corner of another road: they are joined already."""
    near = off_m <= _SAME_M
    if not near.any():
        return np.array([], dtype=np.int64)
    coordinates, index = shapely.get_coordinates(lines[other[near]], return_index=True)
    corners = shapely.multipoints(coordinates, indices=index)
    return end[near][shapely.distance(ends[end[near]], corners) <= _SAME_M]


def _with_corners(lines: np.ndarray, which: Ints, at: Floats, place: np.ndarray) -> np.ndarray:
    """The lines with new corners at some lengths along them."""
    lines = lines.copy()
    for number in np.unique(which):
        mine = which == number
        old = shapely.get_coordinates(lines[number])
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(old, axis=0).T))])
        both = np.vstack([old, shapely.get_coordinates(place[mine])])
        order = np.argsort(np.concatenate([along, at[mine]]), kind="stable")
        lines[number] = shapely.LineString(both[order])
    return lines


def _cut_at_junctions(lines: np.ndarray, road: Ints, crs: CRS) -> RoadNetwork:
    """Links between ends and corners that several roads share."""
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    corner = _same_places(coordinates)
    count = int(corner.max(initial=-1)) + 1
    is_end = np.zeros(len(line), dtype=bool)
    if len(line):
        is_end[np.flatnonzero(np.diff(line))] = True
        is_end[np.flatnonzero(np.diff(line)) + 1] = True
        is_end[[0, -1]] = True
    is_node = np.zeros(count, dtype=bool)
    is_node[corner[is_end]] = True
    is_node[np.bincount(corner, minlength=count) > 1] = True
    cut = np.flatnonzero(is_node[corner])
    same = line[cut[:-1]] == line[cut[1:]]
    first, last = cut[:-1][same], cut[1:][same]
    size = last - first + 1
    point = np.repeat(first, size) + np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    shapes = (
        shapely.linestrings(coordinates[point], indices=np.repeat(np.arange(len(first)), size))
        if len(first)
        else np.array([], dtype=object)
    )
    nodes = np.flatnonzero(is_node)
    number = np.full(count, -1)
    number[nodes] = np.arange(len(nodes))
    place = np.zeros((count, 2))
    place[corner] = coordinates
    start, end = number[corner[first]], number[corner[last]]
    return RoadNetwork(
        crs=crs,
        x=place[nodes, 0],
        y=place[nodes, 1],
        start=start.astype(np.int64),
        end=end.astype(np.int64),
        length_m=shapely.length(shapes).astype(float),
        forward=np.full(len(first), np.inf),
        backward=np.full(len(first), np.inf),
        slowness=(1.0, 1.0),
        shapes=shapes,
        road=road[line[first]] if len(first) else np.array([], dtype=np.int64),
        road_ids=np.array([], dtype=object),
        component=np.zeros(len(nodes), dtype=np.int64),
        notes=(),
    )


def _same_places(coordinates: Floats) -> Ints:
    """Number of the place of each corner; nearer than the rounding is the same."""
    if not len(coordinates):
        return np.array([], dtype=np.int64)
    rounded = np.round(coordinates / _SAME_M).astype(np.int64)
    _, number = np.unique(rounded, axis=0, return_inverse=True)
    return np.asarray(number, dtype=np.int64).ravel()


def _timed(network: RoadNetwork, roads: gpd.GeoDataFrame, rules: TravelRules) -> RoadNetwork:
    """Minutes of the links, both ways."""
    classes = roads["road_class"].fillna("track").to_numpy(dtype=object)
    kmh = np.array([_kmh(rules.speeds, str(one)).best for one in classes], dtype=float)
    kept = np.array([rules.conditions.driving(str(one)) for one in classes], dtype=float)
    if "surface" in roads:
        kept *= roads["surface"].map(SURFACE_FACTORS).fillna(1.0).to_numpy(dtype=float)
    if "max_speed_kmh" in roads:
        stated = roads["max_speed_kmh"].to_numpy(dtype=float)
        kmh = np.where(stated > 0, np.minimum(kmh, stated), kmh)
    minutes = network.length_m / 1000 / (kmh * kept)[network.road] * 60
    way = _one_way(roads)[network.road]
    against = np.where(np.isin(classes, DIVIDED), np.inf, 1 / AGAINST_ONE_WAY)[network.road]
    return replace(
        network,
        forward=np.where(way < 0, minutes * against, minutes),
        backward=np.where(way > 0, minutes * against, minutes),
        slowness=_slowness(rules.speeds),
    )


def _kmh(speeds: Mapping[str, Speed], road_class: str) -> Speed:
    """Speed of a class; of one that is not known the track's, which promises least."""
    return speeds.get(road_class, speeds["track"])


def _one_way(roads: gpd.GeoDataFrame) -> Ints:
    """1: along the line only, -1: against it only, 0: both."""
    if "one_way" not in roads:
        return np.zeros(len(roads), dtype=np.int64)
    found = roads["one_way"].map({"forward": 1, "backward": -1}).fillna(0)
    return np.asarray(found, dtype=np.int64)


def _slowness(speeds: Mapping[str, Speed]) -> tuple[float, float]:
    """Fast and slow minutes as a share of the best, the mean of the classes."""
    fast = float(np.mean([one.best / one.fast for one in speeds.values()]))
    slow = float(np.mean([one.best / one.slow for one in speeds.values()]))
    return fast, slow


def _with_islands(network: RoadNetwork) -> RoadNetwork:
    """Number the islands by the length of their roads, the largest first."""
    if not network.node_count:
        return network
    links = sparse.csr_array(
        (np.ones(len(network.start)), (network.start, network.end)),
        shape=(network.node_count, network.node_count),
    )
    count, label = connected_components(links, directed=False)
    length = np.bincount(label[network.start], weights=network.length_m, minlength=count)
    rank = np.empty(count, dtype=np.int64)
    rank[np.argsort(-length, kind="stable")] = np.arange(count)
    return replace(network, component=rank[label])
