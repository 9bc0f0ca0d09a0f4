"""Bit by bit is all at once: any split and order, better versions, and what duty staff stated."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations, pairwise

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.events.book import EventBook
from jdzfire.events.join import apply_join, join_events
from jdzfire.events.rules import EventRules, SplitStatement
from jdzfire.hotspots.footprints import footprints
from jdzfire.schemas import EVENTS, MEMBERS, empty_table
from tests.tables import hotspot_table, utc

START = utc("2024-04-04T05:00")
RULES = EventRules()
LON, LAT = 117.2, 29.4
M_EAST = 1 / 97_070.0


@dataclass
class Story:
    """Hotspots as they came: batches of rows, some again in a better place; and statements."""

    batches: list[list[dict]]
    splits: list[SplitStatement] = field(default_factory=list)


@st.composite
def stories(draw):
    count = draw(st.integers(2, 12))
    rows = []
    for k in range(count):
        coarse = draw(st.integers(0, 5)) == 0
        satellite = "Himawari-9" if coarse else draw(st.sampled_from(["NOAA-20", "S-NPP"]))
        rows.append(
            {
                "lon": LON + draw(st.integers(0, 40)) * 120 * M_EAST,
                "lat": LAT + draw(st.integers(0, 3)) * 0.004,
                "at": START + timedelta(hours=draw(st.integers(0, 300))),
                "satellite": satellite,
                "instrument": "AHI" if coarse else "VIIRS",
                "frp_mw": float(draw(st.integers(1, 20))),
                "hotspot_id": f"h{k:02d}",
            }
        )
    order = draw(st.permutations(range(count)))
    cuts = sorted(draw(st.lists(st.integers(0, count), max_size=4)))
    edges = [0, *cuts, count]
    batches = [[rows[i] for i in order[a:b]] for a, b in pairwise(edges)]
    for k in draw(st.lists(st.integers(0, count - 1), max_size=3)):
        moved_m = draw(st.integers(-4, 4)) * 40
        rows[k] = rows[k] | {"lon": rows[k]["lon"] + moved_m * M_EAST}
        batches.append([rows[k]])
    splits = []
    for _ in range(draw(st.integers(0, 2))):
        sides = draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
        these, those = ({f"h{k:02d}" for k in range(count) if sides[k] == side} for side in (0, 1))
        if these and those:
            splits.append(SplitStatement(frozenset(these), frozenset(those)))
    return Story([batch for batch in batches if batch], splits)


def final(story):
    """Every hotspot in the version that came last."""
    rows = {row["hotspot_id"]: row for batch in story.batches for row in batch}
    return hotspot_table([rows[key] for key in sorted(rows)])


def links(hotspots):
    """Every linked pair with its gap, asked one by one."""
    metric = footprints(hotspots).to_crs("EPSG:4548")
    points = hotspots.geometry.to_crs("EPSG:4548")
    found = []
    for a, b in combinations(range(len(hotspots)), 2):
        wait = abs(hotspots.acquired_at[a] - hotspots.acquired_at[b])
        hours, gap = wait / timedelta(hours=1), metric[a].distance(metric[b])
        has_ahi = "AHI" in (hotspots.instrument[a], hotspots.instrument[b])
        near = hours <= RULES.link_h and gap <= (0 if has_ahi else RULES.gap_m)
        if near or (hours <= RULES.end_h and gap == 0 and not has_ahi):
            away = round(points[a].distance(points[b]))
            found.append((away, wait, hotspots.hotspot_id[a], hotspots.hotspot_id[b]))
    return sorted(found)


def brute_force(hotspots, splits=()):
    """Closest links first; a link whose sets people distinguished is left out."""
    sets = {key: {key} for key in hotspots["hotspot_id"]}
    whole = {key: {key} for key in hotspots["hotspot_id"]}  # without regard to the statements
    for _, _, a, b in links(hotspots):
        whole[a] |= whole[b]
        for key in whole[a]:
            whole[key] = whole[a]
    for _, _, a, b in links(hotspots):
        one, two = sets[a], sets[b]
        against = any(
            (one & x.these and two & x.those) or (two & x.these and one & x.those) for x in splits
        )
        if one is not two and not against:
            one |= two
            for key in two:
                sets[key] = one
    return {frozenset(one) for one in sets.values()}


def partition(members):
    return set(members.groupby("event_id")["hotspot_id"].apply(frozenset))


def stated(story):
    """The story stated to a book; statements in between."""
    book = EventBook()
    for number, batch in enumerate(story.batches):
        book.add(hotspot_table(batch), at=START)
        if number == 0:
            for one in story.splits[:1]:
                book.split_event(one, at=START)
    for one in story.splits[1:]:
        book.split_event(one, at=START)
    return book


def by_first_member(events, members):
    first = members.groupby("event_id")["hotspot_id"].min()
    return events.assign(key=events["event_id"].map(first)).sort_values("key")


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(stories())
def test_bit_by_bit_is_all_at_once(story):
    book = stated(Story(story.batches))
    hotspots = final(story)
    assert partition(book.members) == brute_force(hotspots)
    whole = join_events(
        hotspots,
        footprints(hotspots),
        events=empty_table(EVENTS),
        members=empty_table(MEMBERS),
        at=START,
    )
    triage_state = book.events(at=START)
    triage_state = triage_state[triage_state["merged_into"].isna()]
    ours, theirs = (
        frame.assign(
            key=[
                members[members["event_id"] == one]["hotspot_id"].min() for one in frame["event_id"]
            ]
        )
        .sort_values("key")
        .reset_index(drop=True)
        for frame, members in ((triage_state, book.members), (whole.events, whole.members))
    )
    for name in ("first_seen_at", "last_seen_at", "hotspot_count", "satellites", "instruments"):
        assert ours[name].tolist() == theirs[name].tolist()
    for name in ("frp_max_mw", "frp_sum_mw", "lon", "lat", "footprint_ha"):
        assert ours[name].to_numpy() == pytest.approx(theirs[name].to_numpy(), rel=1e-9)
    differs = shapely.symmetric_difference(ours.geometry.array, theirs.geometry.array)
    assert (shapely.area(differs) < 1e-12).all()


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(stories())
def test_what_people_told_apart_stays_apart(story):
    book = stated(story)
    found = partition(book.members)
    assert found == brute_force(final(story), story.splits)
    for one in story.splits:
        assert not any(group & one.these and group & one.those for group in found)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(stories())
def test_the_book_and_whole_tables_agree(story):
    """Also in ids, log and merges: the neighbourhood is enough."""
    book = EventBook()
    events, members, held = empty_table(EVENTS), empty_table(MEMBERS), {}
    for batch in story.batches:
        before = set(held)
        held |= {row["hotspot_id"]: row for row in batch}
        hotspots = hotspot_table(list(held.values()))
        by_table = join_events(
            hotspots,
            footprints(hotspots),
            events=events,
            members=members,
            at=START,
            changed={row["hotspot_id"] for row in batch} & before,
        )
        events, members = apply_join(events, members, by_table)
        by_book = book.add(hotspot_table(batch), at=START)
        pd.testing.assert_frame_equal(by_book.log, by_table.log)
        assert by_book.merged == by_table.merged
    pd.testing.assert_frame_equal(book.members, members)
    kept = book.events(at=START)
    assert kept["event_id"].tolist() == events["event_id"].tolist()
    assert kept["merged_into"].tolist() == pytest.approx(
        events["merged_into"].tolist(), nan_ok=True
    )
