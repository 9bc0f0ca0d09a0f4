"""The replay in two steps gives what the plain loop of cycles gives."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from jdzfire.evaluation.gather import gather_cycles
from jdzfire.evaluation.replay import judge_cycles, known_past, replay_cycles
from jdzfire.experiments.read_season import read_season
from jdzfire.schemas import decode_reasons
from jdzfire.triage.rules import Rules, TriageRules
from tests.evaluation.plain_loop import replay_plainly
from tests.tables import hotspot_table, utc
from tests.triage.scenes import LAT, LON, M_EAST, context

M_NORTH = 1 / 110_900.0
START = utc("2024-04-04T00:00")
LOT_EAST, WORK_EAST, FIELD_EAST = 0.0, 3000.0, 8000.0
SCENE = context(
    zones=[{"geometry": box(117.1, 29.3, LON + 7000 * M_EAST, 29.5)}],
    permits=[
        {
            "geometry": Point(LON, LAT),
            "area_ha": 4.0,
            "valid_from": utc("2024-04-04T00:00"),
            "valid_to": utc("2024-04-04T10:00"),
        }
    ],
    sources=[{"geometry": Point(LON + WORK_EAST * M_EAST, LAT)}],
)

MANY_WORKS = context(
    sources=[{"geometry": Point(LON + WORK_EAST * M_EAST, LAT), "radius_m": 1000.0}]
)


def assert_same(rows, scene, **kwargs):
    replay = replay_cycles(rows, scene, **kwargs)
    arrivals, judged, verdicts = replay_plainly(rows, scene, **kwargs)
    stated = replay.arrivals.astype(object).where(replay.arrivals.notna(), None)
    expected = pd.DataFrame(arrivals, columns=list(stated.columns), dtype=object)
    expected = expected.where(expected.notna(), None)
    assert stated.to_dict("records") == expected.to_dict("records")
    columns = ["event_id", "verdict", "is_provisional", "explained_by", "cycle_at", "reasons"]
    pd.testing.assert_frame_equal(
        replay.judged[columns], judged[columns].reset_index(drop=True), check_dtype=False
    )
    pd.testing.assert_frame_equal(replay.triage_state.verdicts, verdicts)
    return replay


spot = st.fixed_dictionaries(
    {
        "site": st.sampled_from([LOT_EAST, WORK_EAST, FIELD_EAST]),
        "east": st.integers(-4, 4),
        "north": st.integers(-2, 2),
        "hour": st.integers(1, 30),
        "satellite": st.sampled_from(["NOAA-20", "NOAA-21"]),
        "delay_h": st.sampled_from([1, 3, 30]),
        "frp_mw": st.sampled_from([1.0, 8.0, 40.0]),
        "better_after_h": st.sampled_from([None, None, 2, 20]),
    }
)


def as_rows(spots):
    rows = []
    for one in spots:
        at = START + timedelta(hours=one["hour"])
        row = {
            "lon": LON + (one["site"] + 375 * one["east"]) * M_EAST,
            "lat": LAT + 375 * one["north"] * M_NORTH,
            "at": at,
            "satellite": one["satellite"],
            "frp_mw": one["frp_mw"],
            "received_at": at + timedelta(hours=one["delay_h"]),
        }
        rows.append(row)
        if one["better_after_h"]:
            later = row["received_at"] + timedelta(hours=one["better_after_h"])
            rows.append(
                {
                    **row,
                    "lon": row["lon"] + 40 * M_EAST,
                    "product": "SP",
                    "version": "2",
                    "received_at": later,
                    "frp_mw": one["frp_mw"] + 1,
                }
            )
    return hotspot_table(unique(rows))


def unique(rows):
    """Rows without a second pixel in the same place of the same pass."""
    seen = {}
    for row in rows:
        key = (row["satellite"], row["at"], row["lat"], row["lon"], row.get("product"))
        seen.setdefault(key, row)
    return list(seen.values())


@pytest.mark.slow
@settings(max_examples=12)
@given(st.lists(spot, min_size=1, max_size=10))
def test_two_steps_give_what_the_loop_gives(spots):
    assert_same(as_rows(spots), SCENE)


@pytest.mark.slow
def test_answers_act_on_later_cycles_only():
    """Shown at 05:00, answered at 08:00: what is seen from then on is judged by itself."""
    lot = {"site": LOT_EAST, "north": 0, "satellite": "NOAA-20", "better_after_h": None}
    seen = [(1, 0, 1.0), (4, 1, 1.0), (12, 0, 1.0), (16, 4, 40.0), (22, 4, 1.0)]
    rows = as_rows([{**lot, "hour": h, "east": e, "delay_h": 1, "frp_mw": f} for h, e, f in seen])
    replay = assert_same(rows, SCENE)
    assert replay.rounds > 1
    assert replay.judged["answered_at"].notna().any()


def test_events_of_one_cycle_see_each_other_and_those_of_others_do_not():
    """A pass whose pixels arrive in three cycles: 3, 4 and 5 of them; never 12.

    The lot of 4 ha is 226 m wide: (226/400 + 1)^2 = 2.4, so three pixels are allowed.
    """
    east = [-1, 0, 1]
    spots = [
        {"site": LOT_EAST, "east": e, "north": n, "hour": 4, "satellite": "NOAA-20",
         "delay_h": d, "frp_mw": 1.0, "better_after_h": None}
        for e, n, d in [*((e, 0, 1) for e in east), (0, 1, 3), (0, -1, 30)]
    ]  # fmt: skip
    replay = assert_same(as_rows(spots), SCENE)
    stated = [
        next(
            (r.measured["hotspots"] for r in decode_reasons(text) if r.rule == "permit.oversize"), 0
        )
        for text in replay.judged["reasons"]
    ]
    assert stated == [0, 4, 5]


def test_geostationary_hotspots_wait_for_a_second_scan():
    rows = hotspot_table(
        [
            {"lon": LON, "lat": LAT, "at": START + timedelta(minutes=m), "instrument": "AHI",
             "satellite": "Himawari-9", "feed": "himawari-wlf", "scan_km": 2.0, "track_km": 2.0,
             "received_at": START + timedelta(minutes=m + 20)}
            for m in (0, 10, 20, 40)
        ]
    )  # fmt: skip
    assert_same(rows, SCENE)


def test_a_start_near_by_gives_the_same_in_fewer_rounds():
    spots = [
        {"site": s, "east": e, "north": 0, "hour": h, "satellite": "NOAA-20", "delay_h": 1,
         "frp_mw": 8.0, "better_after_h": None}
        for s, e, h in [(LOT_EAST, 0, 2), (LOT_EAST, 3, 7), (LOT_EAST, 4, 16), (FIELD_EAST, 0, 5)]
    ]  # fmt: skip
    gathered = gather_cycles(as_rows(spots))
    past = known_past(gathered, SCENE)
    first = judge_cycles(gathered, SCENE, past=past)
    # on the lot a pixel has 1/(1 + (50/500)^2) = 0.990
    strict = Rules(triage=TriageRules(smoulder_h=0.0, permit_min_score=0.995))
    fresh = judge_cycles(gathered, SCENE, rules=strict, past=past)
    near = judge_cycles(gathered, SCENE, rules=strict, past=past, near=first)
    pd.testing.assert_frame_equal(fresh.judged, near.judged)
    assert not fresh.judged["verdict"].equals(first.judged["verdict"])
    again = judge_cycles(gathered, SCENE, past=past, near=first)
    pd.testing.assert_frame_equal(again.judged, first.judged)
    assert again.rounds == 1 < first.rounds


def test_nothing_to_replay():
    replay = replay_cycles(hotspot_table([]), SCENE)
    assert replay.cycles == 0
    assert replay.arrivals.empty
    assert replay.judged.empty
    assert list(replay.judged.columns) == [
        "event_id", "verdict", "is_provisional", "explained_by", "cycle_at", "reasons",
        "answered_at",
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_snapshots_sort_as_cycle_and_event_do(seed):
    rng = np.random.default_rng(seed)
    spots = [
        {"site": float(rng.choice([LOT_EAST, WORK_EAST, FIELD_EAST])), "east": int(e), "north": 0,
         "hour": int(h), "satellite": "NOAA-20", "delay_h": 1, "frp_mw": 8.0,
         "better_after_h": None}
        for e, h in zip(rng.integers(-4, 4, 8), rng.integers(1, 30, 8), strict=True)
    ]  # fmt: skip
    snapshots = gather_cycles(as_rows(spots)).snapshots
    ordered = snapshots.sort_values(["cycle_at", "event_id"])
    assert ordered["snapshot"].is_monotonic_increasing
    assert snapshots["snapshot"].is_unique


@pytest.mark.slow
def test_some_days_of_a_simulated_season(season_folder):
    season = read_season(season_folder)
    seen = season.rows["received_at"]
    days = seen.between(utc("2024-04-01"), utc("2024-04-11")) | (
        (season.rows["product"] == "SP")
        & season.rows["acquired_at"].between(utc("2024-04-01"), utc("2024-04-10"))
    )
    assert days.sum() > 20
    replay = assert_same(season.rows[days].reset_index(drop=True), season.context)
    assert replay.cycles > 5


def test_pixels_on_works_are_counted_within_one_cycle():
    """Of one pass 2 pixels arrive first and 1 later: 2, then 3, which a new work may have."""
    spots = [
        {"site": WORK_EAST, "east": 0, "north": n, "hour": 4, "satellite": "NOAA-20",
         "delay_h": d, "frp_mw": 1.0, "better_after_h": None}
        for n, d in [(0, 1), (1, 1), (-1, 3)]
    ]  # fmt: skip
    replay = assert_same(as_rows(spots), MANY_WORKS)
    assert replay.judged["verdict"].tolist() == ["heat_source", "heat_source"]
