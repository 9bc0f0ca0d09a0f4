"""Columns and rows are the same table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdzfire.errors import UsageError
from jdzfire.publish.columns import pool_column, unpack_rows
from jdzfire.publish.packed import pack_document, unpack_document

VALUES = st.one_of(st.none(), st.sampled_from(["a", "b", "", "-1"]))


@given(st.lists(VALUES, max_size=9))
def test_pooled_columns_come_back(values: list[Any]) -> None:
    rows = unpack_rows({"a": pool_column(values)}, len(values))
    assert [row["a"] for row in rows] == values


def test_a_pool_only_where_values_come_again() -> None:
    # 4 rows, 2 values: each comes twice on average, the least that pays
    twice, once = pool_column(list("xyxy")), pool_column(list("xyzx"))
    assert (twice, once) == ({"pool": ["x", "y"], "at": [0, 1, 0, 1]}, ["x", "y", "z", "x"])


@given(st.dictionaries(st.text(max_size=4), st.text(max_size=9), max_size=4))
def test_a_document_comes_back_from_its_page(document: dict[str, str]) -> None:
    element = pack_document(document, "told", raw={"raw</script>": ["[1]", '{"a": null}']})
    assert element.count("<") == 2  # its own two tags
    found = unpack_document(f"<p>{element}</p>", "told")
    assert found == {**document, "raw</script>": [[1], {"a": None}]}


def test_a_page_without_the_document() -> None:
    with pytest.raises(UsageError):
        unpack_document("<html></html>", "told")
