from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdzfire.registers.heat_history import past_states, source_history
from tests.tables import utc

START = utc("2024-01-01")


def observations(rows):
    table = pd.DataFrame(rows, columns=["source_id", "hour", "frp_mw"])
    table["source_id"] = table["source_id"].astype("str")
    times = START + pd.to_timedelta(table["hour"].astype("int64"), unit="h")
    table["acquired_at"] = times.astype("datetime64[us, UTC]")
    east = 1000.0 + 10.0 * table["hour"].astype("float64")
    return table.assign(satellite="N", east_m=east, north_m=0.0).astype({"frp_mw": "float64"})


def until(hour):
    return np.array([int((START + pd.Timedelta(hours=hour)).value // 1000)])


def test_by_hand():
    # four looks on three dates; 95 % of the 4 values: the value at int(0.95 x 3) = 2 of 1 2 3 4
    past = source_history(
        observations([("a", 1, 3.0), ("a", 2, 1.0), ("a", 30, 4.0), ("a", 60, 2.0)])
    )
    known = past_states(past, np.array(["a"], dtype=object), until(100))
    assert known.dates.tolist() == [3]
    assert known.frp_p95_mw.tolist() == [3.0]
    # 10 m an hour: 10, 20, 300, 600 east of 1,000; mean 232.5
    assert known.east_m.tolist() == [1232.5]
    assert known.spread_m[0] == pytest.approx(np.std([10.0, 20.0, 300.0, 600.0]))
    assert known.pixels_p95.tolist() == [1.0]
    # a look at the time itself does not count
    known = past_states(past, np.array(["a"], dtype=object), until(30))
    assert known.dates.tolist() == [1]
    assert known.frp_p95_mw.tolist() == [1.0]
    nobody = past_states(past, np.array(["b"], dtype=object), until(100))
    assert nobody.dates.tolist() == [0]
    assert np.isnan(nobody.frp_p95_mw[0])


def test_nothing_in_nothing_out():
    assert source_history(observations([])) == {}


frp = st.one_of(st.none(), st.integers(0, 30).map(float))


@pytest.mark.slow
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 200), frp), max_size=25),
    st.integers(-5, 205),
)
def test_it_is_what_brute_force_says(rows, hour):
    past = source_history(observations(rows))
    known = past_states(past, np.array(["a"], dtype=object), until(hour))
    before = [(h, f) for name, h, f in rows if name == "a" and h < hour]
    assert known.dates[0] == len({h // 24 for h, _ in before})
    values = sorted(f for _, f in before if f is not None)
    if values:
        assert known.frp_p95_mw[0] == values[int(0.95 * (len(values) - 1))]
    else:
        assert np.isnan(known.frp_p95_mw[0])
    hours = [h for h, _ in before]
    if hours:
        assert known.east_m[0] == pytest.approx(1000.0 + 10.0 * np.mean(hours))
        assert known.spread_m[0] == pytest.approx(10.0 * np.std(hours), abs=1e-5)
        # the pixels of the last pass are known once it is over: here by the passes before it
        passes = [hours.count(h) for h in sorted(set(hours))[:-1]]
        if passes:
            assert known.pixels_p95[0] == sorted(passes)[int(0.95 * (len(passes) - 1))]
