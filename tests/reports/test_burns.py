"""The sheet of a day's burns."""

from __future__ import annotations

from datetime import date

from jdzfire.reports.burns import write_burns
from jdzfire.reports.document import Cell, Grid
from jdzfire.reports.render_docx import render_docx
from jdzfire.reports.render_html import render_html
from tests.tables import utc
from tests.triage.test_burn_days import judged, permits

AT = utc("2024-03-01T08:30").to_pydatetime()


def test_the_strictest_advice_comes_first_and_names_are_text() -> None:
    burns = judged(permits(township="<script>镇"))
    report = write_burns(burns, day=date(2024, 3, 2), at=AT)
    (_, grid) = report.blocks
    assert isinstance(grid, Grid)
    advice = [row[3] for row in grid.rows]
    assert [cell.text for cell in advice if isinstance(cell, Cell)] == [
        "禁止用火", "禁止用火", "可以用火", "可以用火",
    ]  # fmt: skip
    page = render_html(report).decode()
    assert "<script>" not in page
    assert "共4起：禁止用火 2, 可以用火 2。" in page
    assert render_docx(report)[:2] == b"PK"


def test_a_day_without_burns_says_so() -> None:
    report = write_burns(judged(permits()).head(0), day=date(2024, 3, 2), at=AT, lang="en")
    assert "No burn is permitted that day." in render_html(report).decode()
