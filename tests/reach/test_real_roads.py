"""Minutes over a real extract of OpenStreetMap against networkx; skipped without the data."""

from __future__ import annotations

import bz2
from pathlib import Path

import networkx as nx
import numpy as np
import pyogrio
import pytest

from jdzfire.reach.drive import drive_times, put_on_road
from jdzfire.reach.network import build_network

EXTRACT = (
    Path(__file__).resolve().parents[3] / "shared/data/terrain_landcover_roads/West-Oakland.osm.bz2"
)
DRIVEN = (
    "motorway",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "residential",
    "unclassified",
    "service",
)

pytestmark = pytest.mark.skipif(
    not EXTRACT.exists(), reason="the real extract West-Oakland.osm.bz2 is not here"
)


def test_drive_times_on_a_real_extract_are_those_of_networkx(tmp_path):
    path = tmp_path / "extract.osm"
    path.write_bytes(bz2.decompress(EXTRACT.read_bytes()))
    if "OSM" not in pyogrio.list_drivers():
        pytest.skip("this GDAL has no OSM driver")
    lines = pyogrio.read_dataframe(path, layer="lines")
    lines = lines[lines["highway"].isin(DRIVEN)].reset_index(drop=True)
    tags = lines["other_tags"].fillna("")
    roads = lines.assign(
        road_id=lines["osm_id"],
        road_class=lines["highway"],
        one_way=np.where(tags.str.contains('"oneway"=>"yes"'), "forward", "both"),
    )
    network = build_network(roads)
    assert network.node_count > 20
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(network.node_count))
    for tail, head, ahead, back in zip(
        network.start, network.end, network.forward, network.backward, strict=True
    ):
        for one, other, minutes in ((tail, head, ahead), (head, tail, back)):
            if np.isfinite(minutes):
                graph.add_edge(int(one), int(other), weight=float(minutes))
    for source in (0, network.node_count // 2, network.node_count - 1):
        stand = put_on_road(network, network.x[[source]], network.y[[source]])
        found = drive_times(network, stand).minutes[0]
        expected = np.full(network.node_count, np.inf)
        for node, minutes in nx.single_source_dijkstra_path_length(graph, source).items():
            expected[node] = minutes
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-4)
