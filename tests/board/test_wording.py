"""Values as people read them, and outside text made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jdzfire.board.wording import kilometres, measures, mu, plain


@pytest.mark.parametrize(
    ("metres", "text"), [(3240.0, "3.2"), (49.0, "0"), (99_949.0, "99.9"), (123_456.0, "123")]
)
def test_kilometres(metres: float, text: str) -> None:
    assert kilometres(metres) == text


def test_mu_is_fifteen_to_the_hectare() -> None:
    assert mu(13.0) == "195"


def test_measures_name_value_and_unit() -> None:
    values = {
        "forest_share": 0.94,
        "late_h": 5.3,
        "valid_to": "2024-03-16T03:00:00Z",
        "is_night": True,
        "odd_thing": "x",
    }
    assert measures(values, "zh") == [
        "林地占比 94%",
        "超时 5.3 h",
        "结束 03-16 11:00",
        "is night ✓",
        "odd thing x",
    ]


@given(st.text(max_size=300))
def test_plain_text_holds_nothing_markup_is_made_of(text: str) -> None:
    found = plain(text)
    assert not set("<>[]`*_#|~\\&@\n\r\t") & set(found)
    assert "://" not in found
    assert len(found) <= 120
    assert found.isprintable()
