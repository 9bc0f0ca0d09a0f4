"""An archive worked on in parts has the events of one piece."""

from __future__ import annotations

from random import Random

import numpy as np
import pandas as pd
import pytest

from jdzfire.errors import UsageError
from jdzfire.events import seams
from jdzfire.events.join import join_events
from jdzfire.events.rules import EventRules
from jdzfire.events.seams import bounds_of_part, link_part, name_events, parts_of
from jdzfire.hotspots.footprints import footprints
from jdzfire.schemas import EVENTS, MEMBERS, empty_table
from tests.tables import hotspot_table, utc

RULES = EventRules()
TILE = 0.5
M_EAST, M_NORTH = 1 / 97_070.0, 1 / 110_900.0
END = utc("2024-06-01T00:00")


def in_one_piece(hotspots):
    done = join_events(
        hotspots,
        footprints(hotspots),
        events=empty_table(EVENTS),
        members=empty_table(MEMBERS),
        at=END,
        rules=RULES,
    )
    return done.members.set_index("hotspot_id")["event_id"].sort_index()


def in_parts(hotspots, *, order=None):
    """Members as the parts give them, each from what :func:`bounds_of_part` says it needs."""
    keys = parts_of(hotspots, tile_deg=TILE)
    parts = sorted(set(keys))
    if order is not None:
        order.shuffle(parts)
    links = []
    for part in parts:
        need = bounds_of_part(part, tile_deg=TILE, rules=RULES)
        west, south, east, north = need.bbox
        near = hotspots.cx[west:east, south:north]
        near = near[(near["acquired_at"] >= need.since) & (near["acquired_at"] < need.until)]
        links.append(link_part(near, footprints(near), part, tile_deg=TILE, rules=RULES))
    names = name_events(links)
    members = pd.concat(
        [
            one.own["hotspot_id"].to_frame().assign(event_id=one.own["group"].map(name))
            for one, name in zip(links, names, strict=True)
        ]
    )
    return members.set_index("hotspot_id")["event_id"].sort_index()


def spots(rows):
    return hotspot_table(rows)


def chain(start, step_m, count, *, hours=0.0, towards=(1.0, 0.0), instrument="VIIRS"):
    """Hotspots one after the other, each linked to the next only."""
    lon, lat, at = start
    return [
        {
            "lon": lon + k * step_m * towards[0] * M_EAST,
            "lat": lat + k * step_m * towards[1] * M_NORTH,
            "at": utc(at) + pd.Timedelta(hours=hours * k),
        }
        for k in range(count)
    ]


SEAMS = {
    "border of two tiles": chain((117.494, 29.2, "2024-04-10T05:03"), 600.0, 3),
    "corner of four tiles": chain((117.494, 29.494, "2024-04-10T05:03"), 600.0, 3, towards=(1, 1)),
    "month's end": chain((117.2, 29.2, "2024-04-30T18:00"), 0.0, 3, hours=12.0),
    "month's end and border": chain((117.494, 29.2, "2024-04-30T18:00"), 600.0, 3, hours=12.0),
    "a long way over three tiles": chain((117.45, 29.2, "2024-04-10T05:03"), 600.0, 120, hours=2.0),
    "three months": chain((117.2, 29.2, "2024-03-20T05:03"), 0.0, 30, hours=48.0),
}


@pytest.mark.parametrize("name", SEAMS)
def test_a_fire_on_a_seam_is_one_event_with_its_id(name):
    hotspots = spots(SEAMS[name])
    whole = in_one_piece(hotspots)
    assert whole.nunique() == 1
    assert len(set(parts_of(hotspots, tile_deg=TILE))) > 1
    pd.testing.assert_series_equal(in_parts(hotspots), whole)


@pytest.mark.parametrize("seed", range(6))
def test_events_and_ids_are_those_of_one_piece(seed):
    chance = Random(seed)  # noqa: S311
    rows = []
    for _ in range(60):  # fires, many of them on seams
        lon = chance.choice([116.5, 117.0, 117.5, chance.uniform(116.4, 117.9)])
        lat = chance.choice([29.0, 29.5, chance.uniform(28.8, 29.8)])
        at = chance.choice(["2024-03-31T18:00", "2024-04-30T20:00", "2024-04-10T05:00"])
        begin = utc(at) + pd.Timedelta(hours=chance.uniform(-100, 100))
        for _ in range(chance.randint(1, 12)):
            rows.append(
                {
                    "lon": lon + chance.gauss(0, 900) * M_EAST,
                    "lat": lat + chance.gauss(0, 900) * M_NORTH,
                    "at": (begin + pd.Timedelta(hours=chance.expovariate(1 / 20))).floor("min"),
                }
            )
    hotspots = spots(rows)
    whole = in_one_piece(hotspots)
    parts = in_parts(hotspots, order=chance)
    pd.testing.assert_series_equal(parts, whole)
    keys = pd.Series(parts_of(hotspots, tile_deg=TILE), index=hotspots["hotspot_id"])
    crossing = keys.groupby(whole.reindex(keys.index).to_numpy()).nunique()
    assert (crossing > 1).sum() > 5  # the test is of seams


def test_a_halo_that_is_too_small_is_refused(monkeypatch):
    hotspots = spots(SEAMS["border of two tiles"])
    part = parts_of(hotspots, tile_deg=TILE)[0]
    monkeypatch.setattr(seams, "HALO_M", 900.0)
    with pytest.raises(UsageError, match="beyond the halo"):
        link_part(hotspots, footprints(hotspots), part, tile_deg=TILE, rules=RULES)


def test_nothing_is_nothing():
    none = spots([])
    part = parts_of(spots(SEAMS["month's end"]), tile_deg=TILE)[0]
    links = link_part(none, footprints(none), part, tile_deg=TILE, rules=RULES)
    assert len(links.own) == len(links.seam) == len(links.first) == 0
    assert [len(one) for one in name_events([links])] == [0]
    assert name_events([]) == []
    assert np.size(parts_of(none, tile_deg=TILE)) == 0
