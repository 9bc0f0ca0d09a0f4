"""Which days a live source is asked for: the last ones always, and every gap."""

from __future__ import annotations

from datetime import date

import pandas as pd

from jdzfire.pipeline.fetch import GAP_DAYS, days_to_ask
from tests.tables import utc

AT = utc("2026-11-24T02:00")


def held(*rows: tuple[str, str | None]) -> pd.DataFrame:
    """Fetches of one source: day and up to when good answers cover it."""
    covered = [None if text is None else utc(text) for _, text in rows]
    return pd.DataFrame(
        {
            "slot": [day for day, _ in rows],
            "covered_to": pd.Series(covered, dtype="datetime64[us, UTC]"),
        }
    )


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


def test_the_first_run_looks_two_days_back():
    assert days_to_ask(held(), at=AT, lookback=2) == days("2026-11-22", "2026-11-23", "2026-11-24")


def test_covered_days_are_not_asked_again():
    table = held(
        ("2026-11-20", "2026-11-21T00:00"),
        ("2026-11-21", "2026-11-22T00:00"),
        ("2026-11-22", "2026-11-23T00:00"),
    )
    assert days_to_ask(table, at=AT, lookback=2)[0] == date(2026, 11, 22)


def test_a_day_covered_to_a_minute_before_its_end_is_a_gap():
    table = held(("2026-11-20", "2026-11-20T23:59"), ("2026-11-21", "2026-11-22T00:00"))
    assert days_to_ask(table, at=AT, lookback=2)[0] == date(2026, 11, 20)
    whole = held(("2026-11-20", "2026-11-21T00:00"), ("2026-11-21", "2026-11-22T00:00"))
    assert days_to_ask(whole, at=AT, lookback=2)[0] == date(2026, 11, 22)


def test_days_nobody_asked_for_while_the_watch_stood_still_are_gaps():
    table = held(("2026-11-18", "2026-11-19T00:00"))
    assert days_to_ask(table, at=AT, lookback=2)[0] == date(2026, 11, 19)


def test_a_failed_day_is_asked_for_until_it_is_too_old():
    table = held(("2026-01-01", None), ("2026-11-01", None))
    wanted = days_to_ask(table, at=AT, lookback=2)
    assert date(2026, 11, 1) in wanted
    assert wanted[0] == date(2026, 10, 10)  # 45 days before the 24th of November
    assert (AT.date() - wanted[0]).days == GAP_DAYS
