"""The chain of the case log: whatever is done to a past line shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jdzfire.cases.chain import START, chained, check_chain, link

AT = datetime(2024, 4, 4, 6, 30, tzinfo=UTC)


def lines(count: int = 5) -> list[dict[str, Any]]:
    made = [
        {
            "case_id": f"CASE-{n % 2}", "at": AT + timedelta(minutes=n), "who": "王五",
            "action": "note", "before": "{}", "after": "{}", "remark": None if n % 2 else f"r{n}",
        }
        for n in range(count)
    ]  # fmt: skip
    return [{**line, "seq": n + 1} for n, line in enumerate(chained(made, START))]


def test_a_whole_log() -> None:
    found = check_chain(lines())
    assert found.is_whole
    assert (found.lines, found.head) == (5, lines()[-1]["chain"])
    empty = check_chain([])
    assert (empty.lines, empty.head, empty.is_whole) == (0, START, True)


@given(
    st.integers(0, 4), st.sampled_from(["who", "action", "before", "after", "remark", "case_id"])
)
def test_a_changed_line_shows(place: int, field: str) -> None:
    changed = lines()
    changed[place] = {**changed[place], field: "other"}
    assert check_chain(changed).broken_at == place + 1


@given(st.integers(0, 4))
def test_a_line_that_is_gone_moved_or_new_shows(place: int) -> None:
    held = lines()
    without = held[:place] + held[place + 1 :]
    gone = check_chain(without)
    # the last line gone leaves a whole chain: only its head tells
    assert gone.broken_at == (None if place == 4 else held[place + 1]["seq"])
    assert gone.head != held[-1]["chain"] or place < 4
    extra = [*held[: place + 1], {**held[place], "seq": 99}, *held[place + 1 :]]
    assert not check_chain(extra).is_whole
    late = [*held]
    late[place] = {**late[place], "at": late[place]["at"] + timedelta(microseconds=1)}
    assert not check_chain(late).is_whole


def test_the_zone_of_a_time_does_not_count() -> None:
    line = lines()[0]
    beijing = line["at"].astimezone(timezone(timedelta(hours=8)))
    assert link({**line, "at": beijing}, START) == link(line, START)
