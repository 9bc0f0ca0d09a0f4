"""Minutes by road against a plain search over every corner, and what is odd in a register."""

from __future__ import annotations

import heapq

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.errors import CrsError
from jdzfire.reach.drive import drive_times, minutes_at, put_on_road, route_to
from jdzfire.reach.network import RoadNetwork, build_network
from jdzfire.reach.speeds import ROAD_SPEEDS, Conditions, Speed, TravelRules

LON, LAT = 117.2, 29.3
STEP = 0.01


def roads(
    *rows: tuple[str, list[tuple[float, float]]], **columns: list[object]
) -> gpd.GeoDataFrame:
    """Roads by class and corners, in hundredths of a degree from the middle of the city."""
    lines = [
        shapely.LineString([(LON + x * STEP, LAT + y * STEP) for x, y in corners])
        for _, corners in rows
    ]
    return gpd.GeoDataFrame(
        {
            "road_id": [f"R{number}" for number in range(len(rows))],
            "name": None,
            "road_class": [kind for kind, _ in rows],
            **columns,
        },
        geometry=lines,
        crs=4326,
    )


def places(network: RoadNetwork, *points: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    spots = gpd.GeoSeries(
        [shapely.Point(LON + x * STEP, LAT + y * STEP) for x, y in points], crs=4326
    )
    there = spots.to_crs(network.crs)
    return np.asarray(there.x), np.asarray(there.y)


def minutes(table: gpd.GeoDataFrame, start, *ends, rules=None) -> np.ndarray:
    network = build_network(table, rules)
    times = drive_times(network, put_on_road(network, *places(network, start)))
    return minutes_at(network, times, put_on_road(network, *places(network, *ends)))[0]


def plain_minutes(network: RoadNetwork, source: int) -> np.ndarray:
    """Least minutes from a node to every node, link by link."""
    ways: dict[int, list[tuple[int, float]]] = {}
    for start, end, ahead, back in zip(
        network.start, network.end, network.forward, network.backward, strict=True
    ):
        ways.setdefault(int(start), []).append((int(end), float(ahead)))
        ways.setdefault(int(end), []).append((int(start), float(back)))
    found = np.full(network.node_count, np.inf)
    heap = [(0.0, source)]
    while heap:
        now, node = heapq.heappop(heap)
        if now >= found[node]:
            continue
        found[node] = now
        for other, taken in ways.get(node, []):
            if now + taken < found[other]:
                heapq.heappush(heap, (now + taken, other))
    return found


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_drive_times_are_those_of_a_plain_search(seed):
    draw = np.random.default_rng(seed)
    corners = [(int(x), int(y)) for x, y in draw.integers(0, 6, (14, 2))]
    rows = []
    for _ in range(12):
        picked = draw.choice(14, size=int(draw.integers(2, 4)), replace=False)
        rows.append((str(draw.choice(list(ROAD_SPEEDS))), [corners[one] for one in picked]))
    rows = [row for row in rows if len(set(row[1])) > 1]
    ways = draw.choice(["both", "forward", "backward"], len(rows)).tolist()
    network = build_network(roads(*rows, one_way=ways))
    source = int(draw.integers(network.node_count))
    stand = put_on_road(network, network.x[[source]], network.y[[source]])
    found = drive_times(network, stand).minutes[0]
    np.testing.assert_allclose(found, plain_minutes(network, source), rtol=1e-6, atol=1e-3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 100_000))
def test_a_route_takes_the_minutes_it_is_said_to_take(seed):
    draw = np.random.default_rng(seed)
    corners = [(int(x), int(y)) for x, y in draw.integers(0, 6, (10, 2))]
    rows = [
        ("primary", [corners[a], corners[b]])
        for a, b in draw.integers(0, 10, (12, 2))
        if corners[a] != corners[b]
    ]
    network = build_network(roads(*rows))
    where = draw.random((2, 2)) * 6
    x, y = places(network, *[(float(a), float(b)) for a, b in where])
    stations = put_on_road(network, x[:1], y[:1])
    stations = type(stations)(stations.link, stations.share, np.zeros(1))
    there = put_on_road(network, x[1:], y[1:])
    times = drive_times(network, stations)
    taken = minutes_at(network, times, there)[0, 0]
    line = route_to(network, times, 0, there)
    if np.isinf(taken):
        assert line is None
        return
    assert line is not None
    assert line.length / 1000 / 50 * 60 == pytest.approx(taken, abs=1e-3)
    assert shapely.distance(shapely.get_point(line, 0), shapely.Point(x[0], y[0])) == pytest.approx(
        put_on_road(network, x[:1], y[:1]).off_m[0], abs=0.01
    )


def test_a_kilometre_takes_what_its_class_says():
    table = roads(("primary", [(0, 0), (10, 0)]), ("track", [(10, 0), (20, 0)]))
    on_primary, on_track = minutes(table, (0, 0), (10, 0), (20, 0))
    km = table.to_crs(build_network(table).crs).length.to_numpy() / 1000
    assert on_primary == pytest.approx(km[0] / 50 * 60, rel=1e-6)
    assert on_track - on_primary == pytest.approx(km[1] / 12 * 60, rel=1e-6)


def test_night_and_rain_slow_and_rain_slows_tracks_more():
    table = roads(("primary", [(0, 0), (10, 0)]), ("track", [(10, 0), (20, 0)]))
    dry = minutes(table, (0, 0), (10, 0), (20, 0))
    wet = minutes(
        table, (0, 0), (10, 0), (20, 0), rules=TravelRules(conditions=Conditions(True, True))
    )
    assert wet[0] / dry[0] == pytest.approx(1 / (0.85 * 0.8))
    assert (wet[1] - wet[0]) / (dry[1] - dry[0]) == pytest.approx(1 / (0.85 * 0.5))


def test_one_way_streets_are_slow_and_motorways_closed_against_their_way():
    street = roads(("residential", [(0, 0), (5, 0)]), one_way=["forward"])
    along, against = minutes(street, (0, 0), (5, 0))[0], minutes(street, (5, 0), (0, 0))[0]
    assert against == pytest.approx(2 * along)
    motorway = roads(("motorway", [(0, 0), (5, 0)]), one_way=["backward"])
    assert np.isinf(minutes(motorway, (0, 0), (5, 0))[0])
    assert np.isfinite(minutes(motorway, (5, 0), (0, 0))[0])


def test_surface_stated_limit_and_closed_roads():
    plain = roads(("primary", [(0, 0), (10, 0)]))
    gravel = roads(("primary", [(0, 0), (10, 0)]), surface=["gravel"], max_speed_kmh=[30.0])
    ratio = minutes(gravel, (0, 0), (10, 0))[0] / minutes(plain, (0, 0), (10, 0))[0]
    assert ratio == pytest.approx(50 / 30 / 0.8)
    closed = build_network(roads(("primary", [(0, 0), (1, 0)]), access=["closed"]))
    assert closed.node_count == 0
    assert "closed" in closed.notes[0]


def test_a_crossing_is_no_junction_and_a_shared_corner_is():
    bridge = roads(("primary", [(0, 0), (10, 0)]), ("primary", [(5, -5), (5, 5)]))
    assert np.isinf(minutes(bridge, (0, 0), (5, 5))[0])
    met = roads(("primary", [(0, 0), (5, 0), (10, 0)]), ("primary", [(5, -5), (5, 0), (5, 5)]))
    assert np.isfinite(minutes(met, (0, 0), (5, 5))[0])


def test_a_gap_up_to_the_stated_length_is_closed_and_counted():
    gap = roads(("primary", [(0, 0), (10, 0)]), ("primary", [(5, 0.02), (5, 5)]))  # some 21 m
    network = build_network(gap)
    assert network.notes == ("1 ends of roads are joined to a road up to 21 m away (at most 30 m)",)
    assert np.isfinite(minutes(gap, (0, 0), (5, 5))[0])
    apart = build_network(gap, TravelRules(join_gap_m=10))
    assert "1 islands of roads" in apart.notes[0]


def test_an_end_on_a_line_without_a_corner_is_joined():
    touching = roads(("primary", [(0, 0), (10, 0)]), ("primary", [(5, 0), (5, 5)]))
    assert np.isfinite(minutes(touching, (0, 0), (5, 5), rules=TravelRules(join_gap_m=5))[0])


def test_no_road_at_all_and_rows_without_a_line():
    empty = build_network(roads().set_crs(4326))
    times = drive_times(empty, put_on_road(empty, np.array([0.0]), np.array([0.0])))
    assert times.minutes.shape == (1, 0)
    assert np.isinf(minutes_at(empty, times, put_on_road(empty, np.zeros(2), np.zeros(2)))).all()
    table = roads(("primary", [(0, 0), (1, 0)]), ("primary", [(1, 0), (2, 0)]))
    table.loc[1, "geometry"] = None
    assert build_network(table).notes == ("1 roads have no line and are left out",)


def test_a_class_without_a_speed_counts_as_a_track():
    odd, track = roads(("towpath", [(0, 0), (3, 0)])), roads(("track", [(0, 0), (3, 0)]))
    assert minutes(odd, (0, 0), (3, 0)) == minutes(track, (0, 0), (3, 0))


def test_other_crs_and_impossible_speeds_are_refused():
    with pytest.raises(CrsError):
        build_network(roads(("primary", [(0, 0), (1, 0)])).to_crs(32650))
    with pytest.raises(Exception, match="impossible"):
        Speed(10, 20, 30)
