"""Hot places: the most dates first, each hotspot in one place, whatever the order of the rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.registers.hot_places import find_hot_places

NEAR = {"near_m": 500.0, "apart_m": 750.0, "min_dates": 3}


def places(rows, **options):
    """Found middles with their rows, of (x, y, day)."""
    table = np.array(rows, dtype=float).reshape(-1, 3)
    found = find_hot_places(table[:, :2], table[:, 2].astype(np.int64), **{**NEAR, **options})
    return [(one.middle.round(6).tolist(), one.rows.tolist()) for one in found]


def test_dates_count_and_not_hotspots():
    assert places([(0, 0, 1), (0, 0, 1), (0, 0, 2)]) == []
    assert places([(0, 0, 1), (0, 0, 2), (30, 0, 3)]) == [([10.0, 0.0], [0, 1, 2])]
    assert places([]) == []


@pytest.mark.parametrize(("offset", "count"), [(740.0, 1), (760.0, 2)])
def test_two_places_lie_further_apart_than_the_rule(offset, count):
    rows = [(x, 0, day) for x in (0.0, offset) for day in range(4)]
    assert len(places(rows)) == count


def test_a_second_place_is_counted_without_the_hotspots_of_the_first():
    # 4 dates at 0; two more at 900 share one hotspot at 450 with it: 2 of its own are too few
    rows = [(0, 0, 1), (0, 0, 2), (0, 0, 3), (0, 0, 4), (450, 0, 5), (900, 0, 6), (900, 0, 7)]
    assert [mine for _, mine in places(rows)] == [[0, 1, 2, 3, 4]]
    rows.append((900, 0, 8))
    assert [mine for _, mine in places(rows)] == [[0, 1, 2, 3, 4], [5, 6, 7]]


def found_slowly(rows):
    """The rule by plain loops: all cells are starts, counts are taken anew each time."""
    rows = sorted(rows)
    free, found, cells = set(range(len(rows))), [], {}
    for k, (x, y, _) in enumerate(rows):
        cells.setdefault((x // 250, y // 250), []).append(k)
    starts = {tuple(np.mean([rows[k][:2] for k in own], axis=0)) for own in cells.values()}

    def near(middle):
        return [k for k in sorted(free) if np.hypot(*(np.array(rows[k][:2]) - middle)) <= 500.0]

    def dates(middle):
        return len({rows[k][2] for k in near(middle)})

    while starts:
        start = min(starts, key=lambda one: (-dates(one), one))
        starts.remove(start)
        if dates(start) < NEAR["min_dates"]:
            break
        middle, mine = start, near(start)
        for _ in range(3):
            mean = np.mean([rows[k][:2] for k in mine], axis=0)
            if not near(mean):
                break
            middle, mine = mean, near(mean)
        free -= set(mine)
        if all(np.hypot(*(middle - other)) > 750.0 for other, _ in found):
            found.append((middle, sorted(rows[k] for k in mine)))
    return found


spot = st.tuples(st.integers(0, 30), st.integers(0, 8), st.integers(0, 7))


@settings(max_examples=150, deadline=None)
@given(st.lists(spot, max_size=40), st.randoms())
def test_as_plain_loops_find_them_in_any_order(spots, rng):
    # odd numbers of metres, so that no distance is a threshold and no sum is rounded
    rows = [(x * 83.0, y * 97.0, day) for x, y, day in spots]
    slow = found_slowly(rows)
    mixed = rows.copy()
    rng.shuffle(mixed)
    fast = places(mixed)
    assert [sorted(mixed[k] for k in mine) for _, mine in fast] == [mine for _, mine in slow]
    assert [middle for middle, _ in fast] == [middle.round(6).tolist() for middle, _ in slow]
