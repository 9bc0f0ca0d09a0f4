"""Columns and rows are the same table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdzfire.errors import UsageError
from jdzfire.maps.packed import (
    Decimals,
    JsonTexts,
    pack_document,
    pool_column,
    round_column,
    unpack_document,
    unpack_rows,
)

VALUES = st.one_of(st.none(), st.sampled_from(["a", "b", "", "-1"]))


@given(st.lists(VALUES, max_size=9))
def test_pooled_columns_come_back(values: list[Any]) -> None:
    rows = unpack_rows({"a": pool_column(values)}, len(values))
    assert [row["a"] for row in rows] == values


def test_a_pool_only_where_values_come_again() -> None:
    # 4 rows, 2 values: each comes twice on average, the least that pays
    twice, once = pool_column(list("xyxy")), pool_column(list("xyzx"))
    assert (twice["pool"], twice["at"].tolist()) == (["x", "y"], [0, 1, 0, 1])
    assert once == ["x", "y", "z", "x"]


@given(st.dictionaries(st.text(max_size=4), st.text(max_size=9), max_size=4))
def test_a_document_comes_back_from_its_page(document: dict[str, str]) -> None:
    texts = JsonTexts(["[1]", '{"a": null}', '"</script>界"'])
    element = pack_document({**document, "raw</script>": texts}, "stated")
    assert element.count("<") == 2  # its own two tags
    found = unpack_document(f"<p>{element}</p>", "stated")
    assert found == {**document, "raw</script>": [[1], {"a": None}, "</script>界"]}


NUMBERS = st.one_of(st.none(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
TREES = st.recursive(
    st.one_of(NUMBERS, st.booleans(), st.text(max_size=4), st.lists(NUMBERS)),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(max_size=4), inner)),
    max_leaves=12,
)


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=4), TREES, max_size=4))
def test_any_document_comes_back(document: dict[str, Any]) -> None:
    found = unpack_document(pack_document(document, "stated"), "stated")
    assert repr(found) == repr(document)  # 1, 1.0 and True are equal, and not the same


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("document", [{"a": [1.0, None]}, {"a": {"b": [1]}}, {"a": "x"}])
def test_what_json_has_no_word_for_is_refused(value: float, document: dict[str, Any]) -> None:
    for stated in (value, [value, None], {"a": value}):
        with pytest.raises(ValueError, match="not JSON compliant"):
            pack_document({**document, "stated": stated}, "stated")


@given(st.lists(st.lists(st.integers(-(2**31), 2**31 - 1)), max_size=4), st.text(max_size=9))
def test_columns_of_numbers_come_back(columns: list[list[int]], text: str) -> None:
    given_arrays = {str(i): np.array(one, dtype=np.int64) for i, one in enumerate(columns)}
    document = {"text": text, "deep": given_arrays, "#ints": "a text", **given_arrays}
    found = unpack_document(pack_document(document, "stated"), "stated")
    lists = {str(i): one for i, one in enumerate(columns)}
    assert found == {"text": text, "deep": lists, "#ints": "a text", **lists}


TOLD = st.one_of(st.none(), st.floats(-1e12, 1e12), st.sampled_from([math.nan, math.inf]))


@given(st.lists(TOLD, max_size=6), st.integers(0, 3))
def test_rounded_columns_come_back(values: list[float | None], digits: int) -> None:
    column = pd.Series(values, dtype="Float64")
    found = unpack_document(pack_document({"a": round_column(column, digits)}, "x"), "x")["a"]
    for value, stated in zip(values, found, strict=True):
        if value is None or not math.isfinite(value):
            assert stated is None
        else:
            # half a unit of the last digit, and what floats cannot tell of large numbers
            assert abs(stated - value) <= 0.5 * 10**-digits + 1e-12 * abs(value)


def test_a_rounded_number_is_the_one_people_write() -> None:
    column = pd.Series([12.34, 0.1, -3.26, 345.0])
    found = unpack_document(pack_document({"a": round_column(column)}, "x"), "x")["a"]
    assert found == [12.3, 0.1, -3.3, 345.0]
    assert isinstance(round_column(column), Decimals)


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 0.5])
def test_a_number_too_wide_is_refused(value: float) -> None:
    with pytest.raises(OverflowError):
        pack_document({"a": np.array([1, value])}, "stated")


def test_a_page_without_the_document() -> None:
    with pytest.raises(UsageError):
        unpack_document("<html></html>", "stated")
