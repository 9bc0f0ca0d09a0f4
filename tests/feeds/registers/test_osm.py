"""Roads from OpenStreetMap extracts: what engines drive on, which way, how fast, and damage."""

from __future__ import annotations

import bz2
import gzip

import numpy as np
import pytest

from jdzfire.errors import InputError
from jdzfire.feeds.registers.osm import is_osm, read_osm
from jdzfire.feeds.registers.recognise import recognise_register
from tests.feeds.registers.test_vectors import read

NODES = {number: (117.2 + 0.01 * number, 29.3) for number in range(1, 7)}


def extract(*ways: tuple[dict[str, str], list[int]], head: str = "") -> bytes:
    """An extract with these ways, tags and numbers of their nodes."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', head, '<osm version="0.6">']
    lines += [
        f'<node id="{number}" lat="{lat}" lon="{lon}" version="1"/>'
        for number, (lon, lat) in NODES.items()
    ]
    for number, (tags, nodes) in enumerate(ways, 101):
        lines.append(f'<way id="{number}" version="1">')
        lines += [f'<nd ref="{node}"/>' for node in nodes]
        lines += [f"<tag k='{key}' v='{value}'/>" for key, value in tags.items()]
        lines.append("</way>")
    return "\n".join([*lines, "</osm>"]).encode()


WAYS = extract(
    ({"highway": "tertiary", "name": "村 &quot;路&lt;b&gt;", "surface": "concrete",
      "maxspeed": "30"}, [1, 2, 3]),
    ({"highway": "track", "surface": "dirt", "access": "forestry"}, [3, 4]),
    ({"highway": "residential", "oneway": "-1", "maxspeed": "20 mph"}, [4, 5]),
    ({"highway": "unclassified", "access": "no"}, [5, 6]),
    ({"highway": "service", "access": "no", "emergency": "yes", "maxspeed": "walk"}, [1, 6]),
    ({"highway": "motorway"}, [2, 6]),
    ({"highway": "footway"}, [1, 4]),
    ({"highway": "tertiary", "junction": "roundabout", "surface": "moon dust"}, [1, 3, 5, 1]),
    ({"waterway": "river"}, [1, 5]),
)  # fmt: skip


def test_roads_an_engine_drives_on_are_read_with_their_tags():
    reading = read("roads", WAYS)
    table = reading.table.set_index("road_id")
    assert table["road_class"].to_dict() == {
        "101": "tertiary", "102": "track", "103": "residential", "104": "unclassified",
        "105": "service", "106": "motorway", "108": "tertiary",
    }  # fmt: skip
    assert table.loc["101", "name"] == '村 "路<b>'
    assert table["surface"].dropna().to_dict() == {"101": "paved", "102": "unpaved"}
    assert table["one_way"].dropna().to_dict() == {
        "103": "backward", "106": "forward", "108": "forward"
    }  # fmt: skip
    assert table["access"].dropna().to_dict() == {"104": "closed"}
    speeds = table["max_speed_kmh"].dropna()
    assert speeds.to_dict() == {"101": 30.0, "103": pytest.approx(32.19, abs=0.01)}
    assert np.array(table.loc["101", "geometry"].coords).tolist() == pytest.approx(
        np.array([NODES[number] for number in (1, 2, 3)])
    )
    assert any("moon dust" in note for note in reading.notes)
    assert recognise_register(WAYS, source_name="extract.osm") == "roads"


@pytest.mark.parametrize("pack", [bz2.compress, gzip.compress])
def test_a_packed_extract_is_the_same(pack):
    assert is_osm(pack(WAYS))
    assert read_osm(pack(WAYS), source_name="x.osm").equals(read_osm(WAYS, source_name="x.osm"))


def test_corners_outside_the_extract_are_left_out():
    table = read_osm(extract(({"highway": "track"}, [1, 2, 99])), source_name="x.osm")
    assert [len(line.coords) for line in table.geometry] == [2]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (extract(({"waterway": "river"}, [1, 2])), "has no road"),
        (extract(({"highway": "track"}, [1])), "has no road"),
        (WAYS[:-400], "not a readable"),
        (extract(head='<!DOCTYPE osm [<!ENTITY a "aaaa">]>'), "declares a document type"),
        (b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\xff\xff", "not a readable"),
    ],
)
def test_a_damaged_or_hostile_extract_is_refused(raw, expected):
    assert expected == "declares a document type" or is_osm(raw)
    with pytest.raises(InputError, match=expected):
        read_osm(raw, source_name="x.osm")


def test_a_damaged_pack_is_no_extract():
    assert not is_osm(bz2.compress(WAYS)[:20])
    assert not is_osm(b"BZh not a pack")
