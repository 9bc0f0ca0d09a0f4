"""Rejected rows are kept once, with their reasons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from jdzfire.errors import ContractError, UsageError
from jdzfire.schemas import REJECTED, empty_table
from jdzfire.store.home import Home, open_home
from jdzfire.store.rejected import keep_rejected, load_rejected

Make = Callable[..., Any]
NOON = datetime(2024, 4, 4, 4, 0, tzinfo=UTC)


def test_rows_come_back_with_nulls_and_hostile_text(home: Home, make: Make) -> None:
    table = make("rejected", {"line": 3}, {"line": None, "reason": "file"})
    assert keep_rejected(home, table) == 2
    assert_frame_equal(load_rejected(home), table)
    assert "<img" in load_rejected(home)["row"].iloc[0]


def test_rejecting_the_same_rows_again_keeps_the_first_time(home: Home, make: Make) -> None:
    keep_rejected(home, make("rejected", {}))
    path = next((home.archive_dir / "rejected").glob("*/*.parquet"))
    before = path.stat().st_ino, path.read_bytes()
    later = NOON + timedelta(days=1)
    assert keep_rejected(home, make("rejected", {"rejected_at": later})) == 0
    assert (path.stat().st_ino, path.read_bytes()) == before
    assert load_rejected(home)["rejected_at"].tolist() == [NOON]


def test_another_reading_of_the_file_takes_the_place_of_the_first(home: Home, make: Make) -> None:
    keep_rejected(home, make("rejected", {"line": 3}, {"line": 4}))
    assert keep_rejected(home, make("rejected", {"line": 4})) == 1
    assert load_rejected(home)["line"].tolist() == [4]


def test_files_and_kinds_are_apart(home: Home, make: Make) -> None:
    table = make("rejected", {}, {"kind": "heat-sources"}, {"raw_sha256": "c" * 64}, {"line": 4})
    assert keep_rejected(home, table) == 4
    assert keep_rejected(home, make("rejected", {"kind": "heat-sources", "line": 9})) == 1
    found = load_rejected(home)
    assert sorted(zip(found["raw_sha256"].str[0], found["kind"], found["line"], strict=True)) == [
        ("b", "heat-sources", 9),
        ("b", "permits", 3),
        ("b", "permits", 4),
        ("c", "permits", 3),
    ]


def test_nothing_rejected_is_an_empty_table(home: Home) -> None:
    nothing = empty_table(REJECTED)
    assert keep_rejected(home, nothing) == 0
    assert_frame_equal(load_rejected(home), nothing)


def test_names_that_are_paths_are_refused(home: Home, make: Make) -> None:
    for wrong in ({"kind": "../x"}, {"kind": ""}, {"raw_sha256": "../../x"}):
        with pytest.raises(UsageError):
            keep_rejected(home, make("rejected", wrong))
    with pytest.raises(ContractError):
        keep_rejected(home, make("rejected", {}).drop(columns="reason"))
    assert load_rejected(home).empty


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=st.lists(st.none() | st.integers(1, 9), max_size=6),
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=6, max_size=6),
)
def test_any_rows_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    make: Make,
    lines: list[int | None],
    texts: list[str],
) -> None:
    home = open_home(tmp_path_factory.mktemp("home"))
    rows = [{"line": line, "row": text} for line, text in zip(lines, texts, strict=False)]
    table = make("rejected", *rows) if rows else empty_table(REJECTED)
    assert keep_rejected(home, table) == len(table)
    assert keep_rejected(home, table.iloc[::-1]) == 0
    order = ["line", "row"]
    assert_frame_equal(
        load_rejected(home).sort_values(order).reset_index(drop=True),
        pd.DataFrame(table).sort_values(order).reset_index(drop=True),
    )
