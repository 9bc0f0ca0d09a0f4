"""Registered works that are always hot: asked about what is new, and about nothing twice."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from jdzfire.registers.heat_history import count_dates_near, past_states, source_history
from jdzfire.triage.cycle import source_histories
from tests.tables import hotspot_table, utc
from tests.triage.scenes import LAT, LON, M_EAST, SOURCE, context, rules_of, verdict

M_NORTH = 1 / 110_860.0
LAST = utc("2024-04-04T05:00")
STEP = timedelta(hours=12)
BLOCK = {
    1: [(0, 0)],
    2: [(-190, 0), (190, 0)],
    3: [(-380, 0), (0, 0), (380, 0)],
    4: [(-190, -190), (190, -190), (-190, 190), (190, 190)],
    6: [(x, y) for x in (-380, 0, 380) for y in (-190, 190)],
}
"""Pixels beside each other [m east, north], none 450 m from their middle."""


def passes(*pixels, frp_mw=2.0, until=LAST):
    """Hotspots of passes half a day apart, the last of them at a time, so many pixels in each."""
    rows = []
    for number, count in enumerate(pixels):
        at = until - STEP * (len(pixels) - 1 - number)
        rows += [
            {"lon": LON + x * M_EAST, "lat": LAT + y * M_NORTH, "at": at.isoformat()}
            | {"frp_mw": frp_mw}
            for x, y in BLOCK[count]
        ]
    return rows


def judged(rows, sources=({**SOURCE, "radius_m": 2000.0},)):
    """Verdict of the one event of these hotspots, with the past they make themselves."""
    rows = [{"lon": LON, "lat": LAT} | row for row in rows]
    table = hotspot_table([{"hotspot_id": f"h{k}"} | row for k, row in enumerate(rows)])
    surroundings = context(sources=list(sources))
    past = source_histories(table, surroundings)
    return verdict(rows, context(sources=list(sources), past=past))


@pytest.mark.slow
def test_one_wide_pass_weeks_ago_is_asked_about_and_then_explained_again():
    calm = [1] * 12
    asked = judged(passes(*calm, 4))
    assert asked["verdict"] == "unresolved"
    assert ("heat_source.usual_extent", "failed") in rules_of(asked)
    # five usual passes and a day later the industrial sites have gone on as usual
    still = judged(passes(*calm, 4, *[1] * 5))
    assert still["verdict"] == "unresolved"
    again = judged(passes(*calm, 4, *[1] * 8))
    assert again["verdict"] == "heat_source"
    assert ("heat_source.usual_since", "met") in rules_of(again)
    # its like is not new; what is wider still is
    assert judged(passes(*calm, 4, *[1] * 8, 4))["verdict"] == "heat_source"
    assert judged(passes(*calm, 4, *[1] * 8, 6))["verdict"] == "unresolved"


def test_brightness_is_asked_about_once_and_never_learned_without_bounds():
    calm = passes(*[1] * 12, until=LAST - 20 * STEP)
    bright = [{"frp_mw": 9.0, "at": (LAST - 15 * STEP).isoformat()}]
    since = passes(*[1] * 8, until=LAST - STEP)
    assert judged([*calm, *bright, *since, {"frp_mw": 9.5, "at": LAST.isoformat()}])["verdict"] == (
        "heat_source"
    )
    far = judged([*calm, {**bright[0], "frp_mw": 300.0}, *since])
    assert far["verdict"] == "heat_source"  # it went on as usual since
    # 300 MW were outlived, but no more than twice the limit it broke is believed of it
    brighter = {"frp_mw": 40.0, "at": LAST.isoformat()}
    assert judged([*calm, {**bright[0], "frp_mw": 300.0}, *since, brighter])["verdict"] == (
        "unresolved"
    )


def test_a_fire_off_the_works_is_not_outlived_with_them():
    calm, since = passes(*[1] * 12, until=LAST - 10 * STEP), passes(*[1] * 8)
    off = {"lon": LON - 900 * M_EAST, "at": (LAST - 9 * STEP).isoformat()}
    row = judged([*calm, off, *since], sources=[SOURCE])
    assert row["verdict"] == "unresolved"
    assert not any(rule == "heat_source.usual_since" for rule, _ in rules_of(row))


def test_a_wildfire_beside_works_that_go_on_is_shown_at_once_and_while_it_burns():
    calm = passes(*[1] * 30, until=LAST - 4 * STEP)
    fire = [
        {"lon": LON - 480 * M_EAST, "frp_mw": 8.0, "at": (LAST - k * STEP).isoformat()}
        for k in range(4)
    ]
    for burnt in range(1, 5):
        assert judged([*calm, *fire[4 - burnt :]], sources=[SOURCE])["verdict"] == "unresolved"


@pytest.mark.parametrize("seed", range(3))
def test_ninety_days_of_works_always_hot_ask_less_than_once_a_quarter_in_the_end(seed):
    rng = np.random.default_rng(seed)
    pixels = np.minimum(1 + rng.poisson(0.35, 180), 3)
    pixels[40] = 4  # weeks ago
    assert judged(passes(*pixels.tolist()))["verdict"] == "heat_source"


def observations(rows):
    table = pd.DataFrame(rows, columns=["hour", "is_usual", "frp_mw", "east_m"])
    times = utc("2024-01-01") + pd.to_timedelta(table.pop("hour").astype("int64"), unit="h")
    return table.assign(
        source_id="S",
        satellite="N",
        north_m=0.0,
        acquired_at=times.astype("datetime64[us, UTC]"),
        frp_limit_mw=5.0,
        pixels_limit=3.0,
    )


def us(hour):
    return int((utc("2024-01-01") + timedelta(hours=hour)).timestamp() * 1e6)


def test_a_steady_run_begins_after_the_last_unusual_pass():
    rows = [(h, h not in (30, 40), 8.0 if h == 30 else 20.0 if h == 40 else 2.0, 0.0)
            for h in range(0, 130, 10)]  # fmt: skip
    past = source_history(observations(rows))
    known = past_states(past, np.array(["S"] * 3, object), np.array([us(85), us(105), us(200)]))
    # passes 50 to 90 are the five; they are known before the pass of 100
    assert np.isnan(known.steady_us[0])
    assert known.steady_us[1:].tolist() == [us(50), us(70)]
    # 8 MW counts in full, 20 MW up to twice the limit of 5 MW
    assert known.frp_outlived_mw[1:].tolist() == [10.0, 10.0]


def test_a_place_counts_on_dates_on_which_it_was_usual_or_outlived():
    rows = [(h, h != 30, 2.0, 700.0 if h in (30, 60) else 0.0) for h in range(0, 130, 10)]
    past = source_history(observations(rows))["S"]
    assert count_dates_near(past, us(45), (700.0, 0.0), 100.0) == 0  # unusual then
    assert count_dates_near(past, us(75), (700.0, 0.0), 100.0) == 1  # hour 60
    assert count_dates_near(past, us(200), (700.0, 0.0), 100.0) == 2
    assert count_dates_near(past, us(0), (0.0, 0.0), 100.0) == 0
