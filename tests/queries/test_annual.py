"""The annual report: every number has its cases, and hostile text stays text."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import jdzfire
from jdzfire.errors import NotFound
from jdzfire.queries.annual import _changes, annual_report, gather_annual
from jdzfire.reports.annual import write_annual
from jdzfire.reports.document import Note
from jdzfire.reports.render_html import render_html

AT = pd.Timestamp("2024-05-01T00:00Z").to_pydatetime()


def text_of(page: bytes) -> str:
    return re.sub(r"<[^>]+>", "", page.decode())


def test_a_year_with_one_case(home: Path) -> None:
    opened = jdzfire.open(home)
    page = annual_report(opened, 2024, at=AT)
    stated = text_of(page)
    assert "2024年，景德镇市共调度处置火情、热点0起，报备炼山0起，" in stated
    assert "由值班领导核填" in stated
    assert "未发生人员伤亡事故" in text_of(annual_report(opened, 2024, at=AT, nobody_hurt=True))
    assert "<script" not in page.decode()
    english = text_of(annual_report(opened, 2024, at=AT, lang="en"))
    assert "In 2024 " in english
    with pytest.raises(NotFound, match="nothing was seen in 2019"):
        annual_report(opened, 2019, at=AT)


@pytest.mark.slow
def test_each_number_links_to_its_cases(month_home: Path) -> None:
    opened = jdzfire.open(month_home)
    data = gather_annual(opened, 2024, at=AT)
    report = write_annual(data, at=AT)
    page = render_html(report).decode()
    links = set(re.findall(r'<a href="#([^"]+)">', page))
    notes = {block.name: block for block in report.appendix if isinstance(block, Note)}
    assert links
    assert links <= set(notes)
    assert f">{len(opened.told)}</a>" in page
    assert notes["n-cases"].text.split(", ") == data.told["case_id"].tolist()
    assert notes["n-permits"].text.count("号") == data.counts["permits"][0]
    fires = data.told.query("is_fire")  # the query of the note gives the number again
    assert notes["n-fires"].query == 'home.in_year(2024).query("is_fire")'
    assert data.counts["fires"][0] == len(fires)
    raw = annual_report(opened, 2024, at=AT, form="docx")
    with zipfile.ZipFile(io.BytesIO(raw)) as document:
        xml = document.read("word/document.xml").decode()
    anchors = set(re.findall(r'w:anchor="([^"]+)"', xml))
    assert anchors == links
    assert anchors <= set(re.findall(r'<w:bookmarkStart [^>]*w:name="([^"]+)"', xml))
    hostile = data.card.assign(township="<script>alert(1)</script>")
    written = render_html(write_annual(type(data)(**{**vars(data), "card": hostile}), at=AT))
    assert b"<script>" not in written


def test_change_beside_chance() -> None:
    found = _changes({"fires": (46, 40), "cases": (30, 10), "handled": (0, 0), "permits": (5, 0)})
    found = found.set_index("measure")
    assert found.loc["fires", "low"] < 1 < found.loc["fires", "high"]
    assert found.loc["cases", "low"] > 1
    assert found.loc["cases", "ratio"] == 3.0
    assert found.loc["handled"].isna().all()
    assert found.loc["permits"].isna().all()


@pytest.mark.slow
def test_who_came_to_harm_is_stated_where_every_fire_says_so(month_home: Path) -> None:
    opened = jdzfire.open(month_home)
    data = gather_annual(opened, 2024, at=AT)
    first = data.told.index < 3
    told = data.told.assign(
        category=data.told["category"].mask(first, "forest_fire"), is_fire=first
    )
    is_fire = told["is_fire"]

    def stated(**values: object) -> str:
        held = told.assign(**{name: told[name].mask(is_fire, v) for name, v in values.items()})
        return text_of(render_html(write_annual(replace(data, told=held), at=AT)))

    none = stated(dead=0.0, injured=0.0, cause="smoking", affected_forest_ha=1.5)
    assert "未发生人员伤亡事故。" in none
    assert "野外吸烟" in none
    assert "较大森林火灾" in none
    known = told["dead"].mask(is_fire, 0.0)
    known[is_fire.idxmax()] = 2.0
    some = replace(data, told=told.assign(dead=known, injured=told["dead"].mask(is_fire, 0.0)))
    assert "死亡2人、重伤0人。" in text_of(render_html(write_annual(some, at=AT)))
    assert "由值班领导核填" in stated(dead=0.0, injured=float("nan"))
