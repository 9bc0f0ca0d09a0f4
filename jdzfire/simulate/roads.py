"""Roads laid over the relief: between seats, to every village, and tracks into the forest."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

from jdzfire.arrays import Floats, Ints
from jdzfire.schemas import STORED_CRS
from jdzfire.simulate import gazetteer
from jdzfire.simulate.land import TREE, Land
from jdzfire.simulate.noise import stream
from jdzfire.simulate.places import EARTH_KM, Region, to_plane_km

LONGEST_KM = 60.0
TRACKS_PER_TOWNSHIP = 3


@dataclass(frozen=True)
class _Net:
    """A coarse grid of places roads may pass, and the cost of going from one to the next."""

    lons: Floats
    lats: Floats
    cost: csr_array

    def node(self, lon: Floats, lat: Floats) -> Ints:
        """Nearest nodes of the places."""
        col = np.rint((np.asarray(lon) - self.lons[0]) / (self.lons[1] - self.lons[0]))
        row = np.rint((np.asarray(lat) - self.lats[0]) / (self.lats[1] - self.lats[0]))
        col = np.clip(col, 0, len(self.lons) - 1).astype(np.int64)
        row = np.clip(row, 0, len(self.lats) - 1).astype(np.int64)
        return np.asarray(row * len(self.lons) + col)

    def line(self, nodes: list[int], junctions: set[int]) -> shapely.LineString:
        """The nodes as a line with its corners rounded, but for those where roads meet."""
        rows, cols = np.divmod(np.array(nodes), len(self.lons))
        points = np.column_stack([self.lons[cols], self.lats[rows]])
        if len(points) > 2:
            middle = 0.25 * points[:-2] + 0.5 * points[1:-1] + 0.25 * points[2:]
            meets = np.array([node in junctions for node in nodes[1:-1]])
            middle[meets] = points[1:-1][meets]
            points = np.vstack([points[:1], middle, points[-1:]])
        return shapely.LineString(np.round(points, 5))


def build_roads(
    region: Region, land: Land, settlements: gpd.GeoDataFrame, seed: int, *, step: float
) -> gpd.GeoDataFrame:
    """Roads of the region; only the motorways follow a known course.

    Seats are joined by their spanning tree and its short neighbours, villages to the nearest of
    these roads, forest tracks to the nearest road of any kind. Cost grows with the square of
    the slope, so that roads keep to the valleys.

    Returns
    -------
    GeoDataFrame [ROADS]
    """
    net = _build_net(land, step)
    paths: list[tuple[str | None, str, list[int]]] = _join_seats(region, net)
    laid = {node for _, _, nodes in paths for node in nodes}
    villages = settlements[settlements["kind"] == "village"]
    ends = net.node(villages.geometry.x.to_numpy(), villages.geometry.y.to_numpy())
    for nodes, name in zip(_branches(net, laid, ends), villages["name"], strict=True):
        if len(nodes) > 1:
            paths.append((f"{name}村道", "tertiary", nodes))
            laid.update(nodes)
    tracks = _branches(net, laid, _track_ends(region, land, net, seed))
    paths += [(None, "track", nodes) for nodes in tracks if len(nodes) > 1]
    passed = Counter(node for _, _, nodes in paths for node in nodes)
    junctions = {node for node, times in passed.items() if times > 1}
    rows: list[tuple[str | None, str, shapely.LineString]] = [
        (name, kind, shapely.LineString(course)) for name, kind, course in gazetteer.CITY_ROADS
    ]
    rows += [(name, kind, net.line(nodes, junctions)) for name, kind, nodes in paths]
    return gpd.GeoDataFrame(
        {
            "road_id": [f"R{number:05d}" for number in range(len(rows))],
            "name": [name for name, _, _ in rows],
            "road_class": [kind for _, kind, _ in rows],
        },
        geometry=[line for _, _, line in rows],
        crs=STORED_CRS,
    )


def _build_net(land: Land, step: float) -> _Net:
    every = max(round(step / land.grid.step), 1)
    height = land.height_m[every // 2 :: every, every // 2 :: every]
    lons = land.grid.lons[every // 2 :: every]
    lats = land.grid.lats[every // 2 :: every]
    rows, cols = height.shape
    number = np.arange(rows * cols).reshape(rows, cols)
    dy, dx = land.grid.cell_km
    starts, ends, costs = [], [], []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        a = number[: rows - down, max(0, -right) : cols - max(0, right)]
        b = number[down:, max(0, right) : cols + min(0, right)]
        km = every * float(np.hypot(down * dy, right * dx))
        climb = np.abs(height.ravel()[a] - height.ravel()[b]) / (km * 1000)
        starts.append(a.ravel())
        ends.append(b.ravel())
        costs.append((km * (1 + (climb / 0.05) ** 2)).ravel())
    graph = coo_array(
        (np.concatenate(costs), (np.concatenate(starts), np.concatenate(ends))),
        shape=(number.size, number.size),
    )
    return _Net(lons, lats, graph.tocsr())


def _join_seats(region: Region, net: _Net) -> list[tuple[str | None, str, list[int]]]:
    """Paths between neighbouring seats: name, class, nodes."""
    towns = region.townships
    nodes = net.node(towns["lon"].to_numpy(), towns["lat"].to_numpy())
    pairs = _neighbours(region)
    seats = {
        int(net.node(np.array([lon]), np.array([lat]))[0])
        for lon, lat in region.county_seats.values()
    }
    joined: list[tuple[str | None, str, list[int]]] = []
    for first in np.unique(pairs[:, 0]):
        _, before = dijkstra(
            net.cost,
            directed=False,
            indices=int(nodes[first]),
            return_predecessors=True,
            limit=4 * LONGEST_KM,
        )
        for second in pairs[pairs[:, 0] == first, 1]:
            path = _walk(before, int(nodes[second]))
            if len(path) > 1:
                major = len({path[0], path[-1]} & seats)
                kind = ("secondary", "primary", "trunk")[major]
                name = f"{towns['name'].iloc[first]}—{towns['name'].iloc[second]}公路"
                joined.append((name, kind, path))
    return joined


def _neighbours(region: Region) -> Ints:
    """Pairs of seats to join: the spanning tree and the edges not much longer than it."""
    towns = region.townships
    lat0 = float(towns["lat"].mean())
    x, y = to_plane_km(towns["lon"], towns["lat"], lat0=lat0)
    corners = Delaunay(np.column_stack([x, y])).simplices
    edges = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    km = np.hypot(x[edges[:, 0]] - x[edges[:, 1]], y[edges[:, 0]] - y[edges[:, 1]])
    tree = minimum_spanning_tree(
        coo_array((km, (edges[:, 0], edges[:, 1])), shape=(len(towns), len(towns))).tocsr()
    ).tocoo()
    spanning = set(zip(tree.row.tolist(), tree.col.tolist(), strict=True))
    kept = [
        length < min(LONGEST_KM, 1.25 * np.median(km)) or (a, b) in spanning or (b, a) in spanning
        for (a, b), length in zip(edges.tolist(), km, strict=True)
    ]
    return np.asarray(edges[np.array(kept)])


def _branches(net: _Net, laid: set[int], ends: Ints) -> list[list[int]]:
    """The cheapest way from each end to the roads laid."""
    _, before, _ = dijkstra(
        net.cost,
        directed=False,
        indices=np.array(sorted(laid)),
        return_predecessors=True,
        min_only=True,
    )
    return [_walk(before, int(end)) for end in ends]


def _walk(before: NDArray[np.int32], end: int) -> list[int]:
    path = [end]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path[::-1]


def _track_ends(region: Region, land: Land, net: _Net, seed: int) -> Ints:
    rng = stream(seed, "tracks")
    forest = np.flatnonzero((land.cover == TREE) & (land.township >= 0))
    cells = rng.choice(forest, size=TRACKS_PER_TOWNSHIP * len(region.townships))
    rows, cols = np.unravel_index(cells, land.grid.shape)
    far_km = 6.0
    nodes = net.node(land.grid.lons[cols], land.grid.lats[rows])
    centre = net.node(region.townships["lon"].to_numpy(), region.townships["lat"].to_numpy())
    splits = np.abs(nodes[:, None] // len(net.lons) - centre[None, :] // len(net.lons)).min(axis=1)
    step_km = (net.lats[0] - net.lats[1]) * EARTH_KM
    return np.asarray(nodes[splits * step_km < far_km])
