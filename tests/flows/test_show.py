"""Texts of artifacts: markup is shown as it is, secrets and what files held are left out."""

from __future__ import annotations

from typing import Any

import pytest

from jdzfire.pipeline.inbox import Delivery
from jdzfire.redact import remember_secrets

pytestmark = pytest.mark.filterwarnings("ignore")
HOSTILE = (
    "<script>alert(1)</script> [x](javascript:alert(1)) | a | `b` **c** ![p](http://evil.example)"
)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    from flows import show

    found: list[dict[str, Any]] = []
    for name in ("create_markdown_artifact", "create_table_artifact"):
        monkeypatch.setattr(
            show, name, lambda data, key, description: found.append({"data": data, "key": key})
        )
    return found


def test_markup_from_outside_is_shown_as_it_is():
    from flows.show import plain

    text = plain(HOSTILE)
    assert "<script>" not in text.replace("\\<", "")
    for sign in "<>[]()|`*!":
        assert all(text[i - 1] == "\\" for i, c in enumerate(text) if c == sign)
    assert plain("a\nb\n# c") == "a b \\# c"


def test_what_was_found_in_a_file_is_left_out(shown):
    from flows.show import show_deliveries

    detail = (
        "permits.xlsx cannot be read; expected: a sheet; found: 王小明 13900001111; "
        "remedy: save it again"
    )
    show_deliveries([Delivery("permits.xlsx", "permits", "rejected", detail=detail)], lang="zh")
    (one,) = shown
    assert "13900001111" not in one["data"]
    assert "王小明" not in one["data"]
    assert "save it again" in one["data"]
    assert "未登记" in one["data"]


def test_secrets_are_taken_out(shown):
    from flows.show import show_deliveries, show_table

    remember_secrets(["map-key-of-the-office"])
    detail = "share refused: map-key-of-the-office"
    show_deliveries([Delivery("a.csv", "unknown", "question", detail=detail)], lang="en")
    show_table("jdzfire-x", [{"detail": detail, "count": 1}], title="x")
    assert "map-key-of-the-office" not in str(shown)
    assert shown[1]["data"][0]["count"] == 1
