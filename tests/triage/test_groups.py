from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from jdzfire.triage.groups import group_rows

values = st.one_of(st.none(), st.integers(0, 3).map(float))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab"), values), max_size=10))
def test_groups_are_those_of_pandas(drawn):
    columns = {"event": "int64", "id": "str", "x": "float64"}
    table = pd.DataFrame(drawn, columns=list(columns)).astype(columns)
    found = group_rows(table, "event", "id", then=("x",), missing_first=True)
    expected = [group for _, group in table.groupby(["event", "id"])]
    assert found.counts.tolist() == [len(group) for group in expected]
    largest = [group["x"].max() for group in expected]
    np.testing.assert_array_equal(found.last["x"].to_numpy(), np.array(largest, dtype=float))
    last = group_rows(table, "event", "id", then=("x",)).last["x"]
    missing = [group["x"].isna().any() for group in expected]
    assert last.isna().tolist() == missing
