from __future__ import annotations

import math
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from jdzfire.hotspots.footprints import footprints
from jdzfire.registers.permits import lots
from jdzfire.triage.candidates import match_permits, match_sources
from jdzfire.triage.context import prepare_context
from jdzfire.triage.rules import Rules
from tests.tables import hotspot_table, register_table, utc

START = utc("2024-04-04T00:00")
LON, LAT = 117.2, 29.4
RULES = Rules()
STATUSES = ("approved", "executed", "pending", "withdrawn")


def context(permits, sources):
    return prepare_context(
        permits=permits,
        zones=register_table("zones", []),
        heat_sources=sources,
        admin=register_table("admin", []),
        settlements=register_table("settlements", []),
    )


places = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(
    lambda k: (LON + k[0] * 0.002, LAT + k[1] * 0.002)
)


@st.composite
def scenes(draw):
    hotspots = [
        {
            "lon": x,
            "lat": y,
            "at": START + timedelta(hours=draw(st.integers(0, 240))),
            "hotspot_id": f"h{k}",
        }
        for k, (x, y) in enumerate(draw(st.lists(places, min_size=1, max_size=6)))
    ]
    permits, sources = [], []
    for k, (x, y) in enumerate(draw(st.lists(places, max_size=6))):
        begin = START + timedelta(hours=draw(st.integers(0, 240)))
        permits.append(
            {
                "permit_id": f"p{k}",
                "geometry": Point(x, y),
                "area_ha": draw(st.sampled_from([1.0, 13.0])),
                "status": draw(st.sampled_from(STATUSES)),
                "valid_from": begin,
                "valid_to": begin + timedelta(hours=draw(st.integers(1, 30))),
                "location_error_m": draw(st.sampled_from([0.0, 300.0])),
            }
        )
    for k, (x, y) in enumerate(draw(st.lists(places, max_size=4))):
        begin = START + timedelta(hours=draw(st.integers(-100, 240)))
        end = draw(st.sampled_from([None, begin + timedelta(hours=50)]))
        sources.append(
            {"source_id": f"s{k}", "geometry": Point(x, y), "valid_from": begin, "valid_to": end}
        )
    return (
        hotspot_table(hotspots),
        register_table("permits", permits),
        register_table("heat-sources", sources),
    )


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(scenes())
def test_permit_pairs_are_those_of_brute_force(scene):
    hotspots, permits, sources = scene
    found = match_permits(hotspots, context(permits, sources), RULES)
    shapes = footprints(hotspots, widened=False)
    centres = hotspots.geometry.to_crs("EPSG:4548")
    grounds = lots(permits).to_crs("EPSG:4548")
    metric = shapes.to_crs("EPSG:4548")
    expected = {}
    for h in hotspots.itertuples():
        for p in permits.itertuples():
            early = (p.valid_from - h.acquired_at) / timedelta(hours=1)
            late = (h.acquired_at - p.valid_to) / timedelta(hours=1) - 12
            gap = metric[h.Index].distance(grounds[p.Index])
            if p.status in ("approved", "executed") and max(early, late) <= 72 and gap <= 2000:
                error = math.hypot(200.0, p.location_error_m)
                time = 1.0 - 0.5 * min(max(late + 12, 0) / 12, 1) if max(early, late) <= 0 else 0.0
                half = metric[h.Index].length / 4 / math.sqrt(2)
                off = centres[h.Index].distance(grounds[p.Index]) / (half + error)
                known = 1 / (1 + (p.location_error_m / 500) ** 2)
                score = max(1 - off**2 / 2, 0) * known * time
                expected[h.Index, p.permit_id] = (gap <= error, time > 0, pytest.approx(score))
    got = {
        (r.row, r.permit_id): (bool(r.is_place), bool(r.is_time), r.score)
        for r in found.itertuples()
    }
    assert got == expected
    explained = found["is_place"] & found["is_time"] & (found["score"] >= 0.45)
    assert (found["is_explained"] == explained).all()


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(scenes())
def test_source_pairs_are_those_of_brute_force(scene):
    hotspots, permits, sources = scene
    shapes = footprints(hotspots)
    found = match_sources(hotspots, context(permits, sources), RULES)
    places = sources.geometry.to_crs("EPSG:4548").buffer(sources["radius_m"], quad_segs=16)
    metric = shapes.to_crs("EPSG:4548")
    expected = {
        (h.hotspot_id, s.source_id)
        for h in hotspots.itertuples()
        for s in sources.itertuples()
        if s.valid_from <= h.acquired_at
        and not h.acquired_at > s.valid_to
        and metric[h.Index].distance(places[s.Index]) == 0
    }
    ids = hotspots["hotspot_id"].to_numpy()[found["row"]]
    assert set(zip(ids, found["source_id"], strict=True)) == expected
