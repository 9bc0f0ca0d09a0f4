"""Starts and ends of register rows, from two cells or one, made whole before they are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd

from jdzfire.feeds.reading import RowValidator
from jdzfire.feeds.registers.windows import Moment, as_moment, read_window, settle
from jdzfire.feeds.times import day_order, parse_time
from jdzfire.feeds.values import is_blank

_YEAR = re.compile(r"(?<!\d)(20\d{2})\s*年")


def complete_windows(
    validator: RowValidator, start: str, end: str, *, period: str | None = None
) -> None:
    """Fill start and end cells from each other, from the one cell of both, and the sheet's year.

    A complete cell stays as it is. A window without a year takes the one year the
    other rows have, else the one in the lines above the header; this is noted.

    Parameters
    ----------
    validator : RowValidator
        Rejected: ``year_missing``.
    start, end, period : str
        Columns.
    """
    rows = validator.rows
    found = [
        _moments(cells[0], cells[1], cells[2])
        for cells in zip(
            rows[start], rows[end], rows[period] if period else [None] * len(rows), strict=True
        )
    ]
    year, from_where = _year_of(found, validator.titles)
    orders = {name: day_order(rows[name]) for name in (start, end)}
    first, last = list(rows[start]), list(rows[end])
    yearless: list[int] = []
    for i, (a, b) in enumerate(found):
        if _states_all(first[i], orders[start]) and _states_all(last[i], orders[end]):
            continue
        if a is not None and a.year is None and a.day is not None and _has_no_year(b):
            yearless.append(i)
        wall_a, wall_b = settle(a, b, year=year)
        first[i] = _filled(first[i], wall_a, orders[start])
        last[i] = _filled(last[i], wall_b, orders[end])
    mask = pd.Series(range(len(rows))).isin(yearless).to_numpy()
    if year is None:
        validator.reject(mask, "year_missing", "no year, and the other rows have none")
    elif yearless:
        validator.note(f"{len(yearless)} windows state no year: taken as {year}, {from_where}")
    validator.rows = rows.assign(
        **{
            start: pd.Series(first, index=rows.index, dtype=object),
            end: pd.Series(last, index=rows.index, dtype=object),
        }
    )


def _moments(start: Any, end: Any, period: Any) -> tuple[Moment | None, Moment | None]:
    if is_blank(start) and is_blank(end):
        window = read_window(period)
        return (None, None) if window is None else window
    return _moment(start), _moment(end)


def _moment(cell: Any) -> Moment | None:
    if isinstance(cell, str):
        moment = None if _has_zone(cell) else as_moment(cell)
        whole = parse_time(cell) if moment is None else None
        return as_moment(whole) if whole is not None else moment
    return None if is_blank(cell) else as_moment(cell)


def _has_zone(text: str) -> bool:
    return bool(re.search(r"\d(Z|[+-]\d{2}:?\d{2})$", text.strip())) and ":" in text


def _has_no_year(end: Moment | None) -> bool:
    return end is None or end.year is None


def _states_all(cell: Any, order: str | None) -> bool:
    return is_blank(cell) is False and parse_time(cell, order=order) is not None


def _filled(cell: Any, wall: datetime | date | None, order: str | None) -> Any:
    """The cell, or what it leaves out filled in; a text that stays unread keeps its fault."""
    return cell if wall is None or _states_all(cell, order) else wall


def _year_of(
    found: Sequence[tuple[Moment | None, Moment | None]], titles: Sequence[str]
) -> tuple[int | None, str]:
    years = {a.year for a, _ in found if a is not None and a.year is not None}
    if years:
        return (min(years), "the year of the other rows") if len(years) == 1 else (None, "")
    above = {int(year) for title in titles for year in _YEAR.findall(title)}
    return (min(above), "the year above the header") if len(above) == 1 else (None, "")
