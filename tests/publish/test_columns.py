"""Columns and rows are the same table."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jdzfire.publish.columns import pack_rows, unpack_rows

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(0.5, 9), st.sampled_from("ab"),
    st.lists(st.integers(0, 2), max_size=2), st.dictionaries(st.sampled_from("xy"), st.booleans()),
)  # fmt: skip


def exact(rows: list[dict[str, Any]]) -> str:
    # 1, 1.0 and True are equal, and not the same
    return repr([sorted(row.items()) for row in rows])


@given(st.lists(st.fixed_dictionaries({"a": VALUES, "b": VALUES}), max_size=9))
def test_packed_rows_come_back(rows: list[dict[str, Any]]) -> None:
    assert exact(unpack_rows(pack_rows(rows))) == exact(rows)


def test_a_pool_only_where_values_come_again() -> None:
    # 4 rows, 2 values: each comes twice on average, the least that pays
    twice = pack_rows([{"a": v} for v in "xyxy"])["columns"]["a"]
    once = pack_rows([{"a": v} for v in "xyzx"])["columns"]["a"]
    assert (twice, once) == ({"pool": ["x", "y"], "at": [0, 1, 0, 1]}, ["x", "y", "z", "x"])
