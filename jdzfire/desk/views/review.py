"""For those who look after the whole: what is late by county, and what was judged wrongly."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from jdzfire.board import labels
from jdzfire.board.wording import records
from jdzfire.desk.access import allowed, anybody, officer_of
from jdzfire.desk.language import lang_of, words_in
from jdzfire.desk.pool import borrow
from jdzfire.queries.feedback import late_cases
from jdzfire.queries.review import accuracy, wrong_verdicts
from jdzfire.queries.season import year_span

_CITY = allowed("city", "admin")


@require_GET
@anybody
def late(request: HttpRequest) -> HttpResponse:
    """Cases that are late, by county, with the level that is to be told by now."""
    officer = officer_of(request)
    with borrow() as workspace:
        rows = records(late_cases(workspace, at=datetime.now(UTC)))
    mine = [row for row in rows if officer.holds(row["county"], row["township"])]
    for row in mine:
        row["county"] = row["county"] or "-"
        row["late_by"] = _span(row["late_min"], words_in(lang_of(request)))
    counties = [
        (county, list(held)) for county, held in groupby(mine, key=lambda row: row["county"])
    ]
    return render(request, "desk/late.html", {"counties": counties})


def _span(minutes: float, words: dict[str, str]) -> str:
    """A span of time as duty staff say it: minutes, hours or days."""
    if minutes < 120:
        return f"{minutes:.0f} {words['minutes']}"
    if minutes < 2 * 24 * 60:
        return f"{minutes / 60:.0f} {words['hours']}"
    return f"{minutes / 60 / 24:.0f} {words['whole_days']}"


@require_GET
@_CITY
def wrong(request: HttpRequest) -> HttpResponse:
    """Verdicts of a calendar year that the field contradicted, with their rule, and how all did."""
    lang = lang_of(request)
    with borrow() as workspace:
        opened = workspace.ledger.load_cases()["opened_at"].dt.tz_convert("Asia/Shanghai")
        years = sorted({int(year) for year in opened.dt.year}, reverse=True)
        year = _year_of(request, years)
        since, until = year_span(year)
        rows = wrong_verdicts(workspace, since=since, until=until, lang=lang)
        table = records(accuracy(workspace, since=since, until=until))
    crossed = [
        {
            "verdict": labels.verdict_name(row["verdict"], lang, is_provisional=False),
            "answer": "–"
            if row["category"] == "unanswered"
            else labels.category(row["category"], lang),
            "count": row["count"],
            "total": row["total"],
            "share": f"{100 * row['share']:.0f}%",
            "range": f"{100 * row['low']:.0f}–{100 * row['high']:.0f}%",
        }
        for row in table
    ]
    context = {"rows": rows, "crossed": crossed, "years": years, "year": year}
    return render(request, "desk/wrong.html", context)


def _year_of(request: HttpRequest, years: list[int]) -> int:
    """The year asked for, else the last one with a case."""
    asked = request.GET.get("year", "")
    if asked.isdecimal() and int(asked) in years:
        return int(asked)
    return years[0] if years else datetime.now(UTC).year
