"""Many events in one call: as one by one, however they are portioned."""

from __future__ import annotations

import sys
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
import rioxarray  # noqa: F401  # the .rio accessor
import xarray as xr
from shapely.geometry import Point, box

from jdzfire.events.join import join_events
from jdzfire.hotspots.footprints import footprints
from jdzfire.schemas import EVENTS, MEMBERS, decode_reasons, empty_table
from jdzfire.triage.candidates import number_together
from jdzfire.triage.cycle import source_histories
from jdzfire.triage.measures import measure
from jdzfire.triage.rules import Rules
from jdzfire.triage.verdict import decide_verdicts
from tests.tables import hotspot_table, utc
from tests.triage.scenes import AT, FOREST, LAT, LON, LOT, M_EAST, context, rules_of

M_NORTH = 1 / 110_860.0


def joined(rows):
    here = {"lon": LON, "lat": LAT, "at": "2024-04-04T05:03"}
    hotspots = hotspot_table([here | {"hotspot_id": f"h{k}"} | row for k, row in enumerate(rows)])
    joined = join_events(
        hotspots,
        footprints(hotspots),
        events=empty_table(EVENTS),
        members=empty_table(MEMBERS),
        at=AT,
    )
    return joined.events, hotspots, joined.members


def mixed_season():
    """Fires on lots, on industrial sites, in forest and on fields, from three satellites."""
    rng = np.random.default_rng(7)
    rows = []
    for k in range(60):
        x, y = rng.integers(0, 12, 2) * 3000
        for _ in range(int(rng.integers(1, 5))):
            name, sensor = [("NOAA-20", "VIIRS"), ("Aqua", "MODIS"), ("Himawari-9", "AHI")][k % 3]
            minute = int(rng.integers(0, 20_000)) if k % 5 else 301
            rows.append(
                {
                    "lon": LON + (x + rng.normal(0, 300)) * M_EAST,
                    "lat": LAT + (y + rng.normal(0, 300)) * M_NORTH,
                    "at": utc("2024-04-01T00:00") + timedelta(minutes=minute),
                    "satellite": name,
                    "instrument": sensor,
                    "frp_mw": float(rng.gamma(1, 8)),
                }
            )
    lots = [
        LOT
        | {
            "permit_id": f"P{k}",
            "geometry": Point(LON + 3000 * k * M_EAST, LAT + 3000 * k * M_NORTH),
            "valid_from": utc("2024-04-01"),
            "valid_to": utc("2024-04-12"),
            "area_ha": 1.0 + k,
        }
        for k in range(6)
    ]
    sites = [
        {"source_id": f"S{k}", "geometry": Point(LON + 6000 * k * M_EAST, LAT), "radius_m": 400.0}
        for k in range(5)
    ]
    surroundings = context(permits=lots, sources=sites, zones=FOREST)
    events, hotspots, members = joined(rows)
    past = source_histories(hotspots, surroundings)
    return events, hotspots, members, type(surroundings)(**{**vars(surroundings), "past": past})


@pytest.fixture
def portions(monkeypatch):
    """Few hotspots and few events at a time."""
    monkeypatch.setattr(sys.modules["jdzfire.triage.measures"], "_ROWS_AT_ONCE", 7)
    monkeypatch.setattr(sys.modules["jdzfire.triage.verdict"], "_EVENTS_AT_ONCE", 3)


@pytest.mark.slow
def test_portions_change_nothing(monkeypatch, request):
    events, hotspots, members, there = mixed_season()
    whole = decide_verdicts(events, hotspots, members, there, at=AT)
    assert set(whole["verdict"]) >= {"unresolved", "heat_source", "outside_forest"}
    assert len(whole) > 20
    request.getfixturevalue("portions")
    pd.testing.assert_frame_equal(decide_verdicts(events, hotspots, members, there, at=AT), whole)


def test_the_order_of_rows_changes_nothing():
    events, hotspots, members, there = mixed_season()
    shuffled = hotspots.sample(frac=1.0, random_state=3)
    pd.testing.assert_frame_equal(
        decide_verdicts(events.iloc[::-1], shuffled, members.iloc[::-1], there, at=AT),
        decide_verdicts(events, hotspots, members, there, at=AT),
    )


def causes_of(events, hotspots, members):
    (stated,) = decide_verdicts(events, hotspots, members, context(), at=AT)["escalation"].fillna(
        ""
    )
    return stated.split(",")


def test_three_pixels_over_the_turn_of_a_minute_are_one_pass():
    # 05:03, 05:03 and 05:04 of one satellite: three pixels in one pass, to be reported at once
    rows = [{"lat": LAT + 400 * k * M_NORTH} for k in range(3)]
    rows[2]["at"] = "2024-04-04T05:04"
    events, hotspots, members = joined(rows)
    assert "pixels" in causes_of(events, hotspots, members)
    hotspots.loc[2, "acquired_at"] = utc("2024-04-04T05:20")
    assert "pixels" not in causes_of(events, hotspots, members)


def lot_lit_by(pixels, **stated):
    """A lot of 1 ha: d = 0.1128 km, (0.1128 / 0.4 + 1)^2 = 1.64, so 2 pixels of 0.4 km."""
    rows = [{"lat": LAT + 150 * k * M_NORTH, "scan_km": 0.4, "track_km": 0.4} | p
            for k, p in enumerate(pixels)]  # fmt: skip
    events, hotspots, members = joined(rows)
    lot = LOT | {"area_ha": 1.0, "location_error_m": 100.0}
    decided = decide_verdicts(events, hotspots, members, context(permits=[lot]), at=AT, **stated)
    return decided, events


def test_ground_told_twice_lights_a_lot_once():
    # at 0, 230 and 290 m along: the third shares 1 - 60/400 = 0.85 of the second: two pixels lit
    twins = [{"lat": LAT}, {"lat": LAT + 230 * M_NORTH}, {"lat": LAT + 290 * M_NORTH}]
    (row,) = lot_lit_by(twins)[0].to_dict("records")
    assert ("permit.oversize", "failed") not in rules_of(row)
    # at -230, 0 and 230 m neighbours share 1 - 0.98 x 230/400 = 0.44: three pixels lit
    splits = [{"lat": LAT + k * 230 * M_NORTH} for k in (-1, 0, 1)]
    (row,) = lot_lit_by(splits)[0].to_dict("records")
    assert ("permit.oversize", "failed") in rules_of(row)
    # over the turn of a minute too
    splits[2]["at"] = "2024-04-04T05:04"
    (row,) = lot_lit_by(splits)[0].to_dict("records")
    assert ("permit.oversize", "failed") in rules_of(row)


def test_pixels_of_two_rounds_are_not_counted_together():
    # the event of three pixels, and the same as it stood with two of them an hour before
    pixels = [{"lat": LAT + k * 230 * M_NORTH} for k in (-1, 0, 1)]
    events, hotspots, members = joined(pixels)
    earlier = hotspots.iloc[:2].assign(hotspot_id=["e0", "e1"])
    both = pd.concat([hotspots, earlier], ignore_index=True)
    name = events["event_id"][0]
    events = pd.concat([events, events.assign(event_id="EARLIER")], ignore_index=True)
    before = pd.DataFrame({"hotspot_id": ["e0", "e1"], "event_id": "EARLIER"})
    members = pd.concat([members, before], ignore_index=True)
    lot = LOT | {"area_ha": 1.0, "location_error_m": 100.0}
    decided = decide_verdicts(
        events,
        both,
        members,
        context(permits=[lot]),
        at=AT,
        rounds=pd.Series({name: AT, "EARLIER": AT - timedelta(hours=1)}),
    ).set_index("event_id")
    assert decided.loc[name, "verdict"] == "permit_violation"
    assert decided.loc["EARLIER", "verdict"] == "permitted"
    (place,) = [
        r for r in decode_reasons(decided.loc["EARLIER", "reasons"])
        if r.rule == "permit.place"
    ]  # fmt: skip
    assert place.measured["hotspots"] == 2


def test_a_himawari_cell_is_measured_where_its_ground_is():
    # 1,500 m high: the cell lies 1500 x 0.926 = 1,390 m to the south-east of where it appears
    y, x = np.arange(30.0, 28.9, -0.01), np.arange(116.5, 118.0, 0.01)
    high = xr.DataArray(
        np.full((len(y), len(x)), 1500.0), coords={"y": y, "x": x}, dims=("y", "x")
    ).rio.write_crs("EPSG:4326")
    there = context(zones=[{"geometry": box(LON, 29.0, 118.0, 30.0), "edge_buffer_m": 0.0}])
    _, hotspots, _ = joined([{"instrument": "AHI", "satellite": "Himawari-9"}])
    shares = []
    for elevation in (None, high):
        made = type(there)(**{**vars(there), "elevation": elevation})
        found = measure(hotspots, np.array([0]), 1, made, Rules(), now=np.array([0]))
        shares.append(found.hotspots["forest_share"][0])
    # half of it lies east of LON; then moved 1,390 x 0.66 = 920 m east, half side 970 + 940 m:
    # (1910 + 920) / 3820 = 0.74
    assert shares[0] == pytest.approx(0.5, abs=0.01)
    assert shares[1] == pytest.approx(0.74, abs=0.02)


def test_numbers_of_combinations():
    found = number_together(np.array([2, 0, 2, 0]), np.array([5, 1, 5, 0]))
    assert found.tolist() == [2, 1, 2, 0]


def test_largest_skips_what_is_not_known():
    _, hotspots, _ = joined([{"frp_mw": None}, {"frp_mw": 3.0, "at": "2024-04-04T06:00"}])
    found = measure(hotspots, np.array([0, 0]), 2, context(), Rules(), now=np.array([0, 0]))
    assert found.largest("frp_mw").tolist()[0] == 3.0
    assert np.isnan(found.largest("frp_mw")[1])
