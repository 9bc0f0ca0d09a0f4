"""Minutes by road from stations to every junction, and the way to a place."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra

from jdzfire.arrays import Floats, Ints
from jdzfire.reach.network import RoadNetwork, quickest

_ACCESS_KMH = 15.0
"""From a station to the road it stands beside [km/h] [K]."""


@dataclass(frozen=True)
class OnRoad:
    """Places put on the nearest road; arrays of n."""

    link: Ints
    """Link each place is on, -1 where there are no roads."""
    share: Floats
    """How far along it, 0 at its start, 1 at its end."""
    off_m: Floats
    """Straight line from the place to the road [m]; infinite where there are none."""


@dataclass(frozen=True)
class DriveTimes:
    """Minutes from each of k places to every node; infinite where no road leads."""

    minutes: Floats
    """(k, nodes) [min]."""
    before: Ints
    """(k, nodes) the node before it on the way; below 0 at the first one."""
    stations: OnRoad
    """Where the places meet the roads."""
    access_min: Floats
    """From each place to its road, among the minutes [min]."""

    def of(self, places: Ints | slice) -> DriveTimes:
        """The same of some of the places."""
        at = self.stations
        return DriveTimes(
            self.minutes[places],
            self.before[places],
            OnRoad(at.link[places], at.share[places], at.off_m[places]),
            self.access_min[places],
        )


def put_on_road(network: RoadNetwork, x: Floats, y: Floats) -> OnRoad:
    """The nearest road to each place.

    Parameters
    ----------
    network : RoadNetwork
    x, y : arrays, n [m, in the CRS of the network]

    Returns
    -------
    OnRoad
        Of roads equally near the first.
    """
    count = len(x)
    if not len(network.shapes):
        return OnRoad(np.full(count, -1), np.zeros(count), np.full(count, np.inf))
    points = shapely.points(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    tree = shapely.STRtree(network.shapes)
    place, link = tree.query_nearest(points, all_matches=True)
    order = np.lexsort((link, place))
    _, first = np.unique(place[order], return_index=True)
    link = link[order][first].astype(np.int64)
    at_m = shapely.line_locate_point(network.shapes[link], points)
    return OnRoad(
        link=link,
        share=np.clip(at_m / network.length_m[link], 0.0, 1.0),
        off_m=shapely.distance(network.shapes[link], points),
    )


def drive_times(network: RoadNetwork, places: OnRoad, *, limit_min: float = np.inf) -> DriveTimes:
    """Minutes by road from each place to every node.

    Parameters
    ----------
    network : RoadNetwork
    places : OnRoad, k
    limit_min : float [min]
        What takes longer is infinite.

    Returns
    -------
    DriveTimes

    Notes
    -----
    Dijkstra of scipy; 47 places over 50,000 nodes 0.4 s [C].
    """
    count, nodes = len(places.link), network.node_count
    access = places.off_m / 1000 / _ACCESS_KMH * 60
    minutes = np.full((count, nodes), np.inf)
    before = np.full((count, nodes), -9999)
    on = np.flatnonzero(places.link >= 0)
    if not len(on) or not nodes:
        return DriveTimes(minutes, before, places, access)
    link, share = places.link[on], places.share[on]
    first = nodes + np.arange(len(on))
    to_start = _times(network.backward[link], share)
    to_end = _times(network.forward[link], 1 - share)
    graph = network.graph().tocoo()
    whole = quickest(
        np.concatenate([graph.row, first, first]),
        np.concatenate([graph.col, network.end[link], network.start[link]]),
        np.concatenate([graph.data, to_end, to_start]),
        nodes + len(on),
    )
    found, last = dijkstra(whole, indices=first, return_predecessors=True, limit=limit_min)
    minutes[on] = found[:, :nodes] + access[on][:, None]
    kept = last[:, :nodes].astype(np.int64)
    before[on] = np.where(kept >= nodes, -1, kept)
    minutes[minutes > limit_min] = np.inf
    return DriveTimes(minutes, before, places, access)


def _times(minutes: Floats, share: Floats) -> Floats:
    """A share of some minutes; none of a way that is closed is no way either, but at its end."""
    with np.errstate(invalid="ignore"):
        part = minutes * share
    return np.where(share == 0.0, 0.0, part)


def minutes_at(network: RoadNetwork, times: DriveTimes, places: OnRoad) -> Floats:
    """Minutes by road from each station to each place on a road.

    Parameters
    ----------
    network : RoadNetwork
    times : DriveTimes, k stations
    places : OnRoad, n

    Returns
    -------
    array, (k, n) [min]
        Infinite where no road leads, or the place is on no road.
    """
    count = len(places.link)
    result = np.full((len(times.minutes), count), np.inf)
    on = np.flatnonzero(places.link >= 0)
    if not len(on):
        return result
    link, share = places.link[on], places.share[on]
    by_start = times.minutes[:, network.start[link]] + _times(network.forward[link], share)
    by_end = times.minutes[:, network.end[link]] + _times(network.backward[link], 1 - share)
    result[:, on] = np.minimum(by_start, by_end)
    for station in np.flatnonzero(times.stations.link >= 0):  # on the same link: no node between
        same = np.flatnonzero(link == times.stations.link[station])
        ahead = share[same] - times.stations.share[station]
        way = np.where(ahead >= 0, network.forward[link[same]], network.backward[link[same]])
        straight = _times(way, np.abs(ahead)) + times.access_min[station]
        result[station, on[same]] = np.minimum(result[station, on[same]], straight)
    return result


def route_to(
    network: RoadNetwork, times: DriveTimes, station: int, place: OnRoad
) -> shapely.LineString | None:
    """The road from a station to one place on a road.

    Parameters
    ----------
    network : RoadNetwork
    times : DriveTimes
    station : int
        Row of the times.
    place : OnRoad, 1

    Returns
    -------
    LineString in the CRS of the network, None when no road leads there
    """
    link, share = int(place.link[0]), float(place.share[0])
    origin, begun = int(times.stations.link[station]), float(times.stations.share[station])
    if link < 0 or origin < 0:
        return None
    best = minutes_at(network, times, place)[station, 0]
    if not np.isfinite(best):
        return None
    if link == origin:
        way = network.forward[link] if share >= begun else network.backward[link]
        straight = float(_times(np.array([way]), np.array([abs(share - begun)]))[0])
        if straight + times.access_min[station] <= best + 1e-9:
            return _piece(network, link, begun, share)
    start, end = int(network.start[link]), int(network.end[link])
    share_of = np.array([share])
    by_start = times.minutes[station, start] + _times(network.forward[[link]], share_of)[0]
    by_end = times.minutes[station, end] + _times(network.backward[[link]], 1 - share_of)[0]
    node = start if by_start <= by_end else end
    last = _piece(network, link, 0.0 if by_start <= by_end else 1.0, share)
    return _joined([*_links_to(network, times, station, node), last])


def _links_to(
    network: RoadNetwork, times: DriveTimes, station: int, node: int
) -> list[shapely.LineString]:
    """Pieces of road from a station to a node, in order."""
    nodes = [node]
    while times.before[station, nodes[-1]] >= 0:
        nodes.append(int(times.before[station, nodes[-1]]))
    nodes.reverse()
    origin, begun = int(times.stations.link[station]), float(times.stations.share[station])
    target = 1.0 if _leaves_by_end(network, times, station, nodes[0]) else 0.0
    pieces = [_piece(network, origin, begun, target)]
    for tail, head in pairwise(nodes):
        pieces.append(_link_between(network, tail, head))
    return pieces


def _leaves_by_end(network: RoadNetwork, times: DriveTimes, station: int, node: int) -> bool:
    link, share = int(times.stations.link[station]), float(times.stations.share[station])
    if network.start[link] != network.end[link]:
        return bool(network.end[link] == node)
    ways = (
        _times(network.forward[[link]], np.array([1 - share]))[0],
        _times(network.backward[[link]], np.array([share]))[0],
    )
    return bool(ways[0] <= ways[1])


def _link_between(network: RoadNetwork, tail: int, head: int) -> shapely.LineString:
    """The quickest link from a node to the next."""
    along = np.flatnonzero((network.start == tail) & (network.end == head))
    against = np.flatnonzero((network.start == head) & (network.end == tail))
    minutes = np.concatenate([network.forward[along], network.backward[against]])
    best = int(minutes.argmin())
    if best < len(along):
        shape: Any = network.shapes[along[best]]
    else:
        shape = shapely.reverse(network.shapes[against[best - len(along)]])
    found: shapely.LineString = shape
    return found


def _piece(network: RoadNetwork, link: int, begin: float, end: float) -> shapely.LineString:
    """Part of a link between two shares of its length, in that direction."""
    line = network.shapes[link]
    if begin > end:
        return shapely.reverse(_piece(network, link, end, begin))
    length = network.length_m[link]
    coordinates = shapely.get_coordinates(line)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(coordinates, axis=0).T))])
    inside = coordinates[(along > begin * length) & (along < end * length)]
    ends = shapely.get_coordinates(
        shapely.line_interpolate_point(line, np.array([begin, end]) * length)
    )
    return shapely.LineString(np.vstack([ends[:1], inside, ends[1:]]))


def _joined(pieces: list[shapely.LineString]) -> shapely.LineString:
    coordinates = np.vstack([shapely.get_coordinates(piece) for piece in pieces])
    kept = np.ones(len(coordinates), dtype=bool)
    kept[1:] = (np.diff(coordinates, axis=0) != 0).any(axis=1)
    points = coordinates[kept]
    return shapely.LineString(points if len(points) > 1 else np.vstack([points, points]))
