from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from jdzfire.heat_sources import look_up_past, source_history
from tests.tables import utc

START = utc("2024-01-01")


def looks(rows):
    table = pd.DataFrame(rows, columns=["source_id", "hour", "frp_mw"])
    table["source_id"] = table["source_id"].astype("str")
    times = START + pd.to_timedelta(table["hour"].astype("int64"), unit="h")
    table["acquired_at"] = times.astype("datetime64[us, UTC]")
    return table.astype({"frp_mw": "float64"})


def until(hour):
    return np.array([int((START + pd.Timedelta(hours=hour)).value // 1000)])


def test_by_hand():
    # four looks on three dates; 95 % of the 4 values: the value at int(0.95 x 3) = 2 of 1 2 3 4
    past = source_history(looks([("a", 1, 3.0), ("a", 2, 1.0), ("a", 30, 4.0), ("a", 60, 2.0)]))
    dates, p95 = look_up_past(past, np.array(["a"], dtype=object), until(100))
    assert dates.tolist() == [3]
    assert p95.tolist() == [3.0]
    # a look at the time itself does not count
    dates, p95 = look_up_past(past, np.array(["a"], dtype=object), until(30))
    assert dates.tolist() == [1]
    assert p95.tolist() == [1.0]
    dates, p95 = look_up_past(past, np.array(["b"], dtype=object), until(100))
    assert dates.tolist() == [0]
    assert np.isnan(p95[0])


def test_nothing_in_nothing_out():
    assert source_history(looks([])) == {}


frp = st.one_of(st.none(), st.integers(0, 30).map(float))


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 200), frp), max_size=25),
    st.integers(-5, 205),
)
def test_it_is_what_brute_force_says(rows, hour):
    past = source_history(looks(rows))
    dates, p95 = look_up_past(past, np.array(["a"], dtype=object), until(hour))
    before = [(h, f) for name, h, f in rows if name == "a" and h < hour]
    assert dates[0] == len({h // 24 for h, _ in before})
    values = sorted(f for _, f in before if f is not None)
    if values:
        assert p95[0] == values[int(0.95 * (len(values) - 1))]
    else:
        assert np.isnan(p95[0])
