"""Work beside the cases: telephone reports, feedback sheets, industrial sites."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from jdzfire.workspace import open_workspace
from tests.desk.test_cases import case_id, held

REPORT = {
    "lon": "117.2052", "lat": "29.2942", "datum": "wgs84", "source": "call-12119",
    "seen": "", "error_m": "", "remark": "<script>alert(1)</script> 冒烟",
}  # fmt: skip


def events(desk: Any) -> int:
    with open_workspace(desk.home) as workspace:
        return len(workspace.ledger.load_events())


def test_a_report_by_telephone_is_judged_at_once(desk: Any) -> None:
    before = events(desk)
    town = desk.client("city")
    known = town.get("/").content.decode().count('class="item')
    assert "报警" in town.get("/report").content.decode()
    assert town.post("/report", REPORT).status_code == 302
    assert events(desk) == before + 1
    page = town.get("/").content.decode()
    assert page.count('class="item') == known + 1
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    "wrong",
    [
        {"lon": "somewhere"},
        {"lat": "200"},
        {"lon": "1e5"},
        {"source": "martian"},
        {"datum": "beijing54"},
        {"seen": "2001-01-01T00:00"},
        {"error_m": "0"},
    ],
)
def test_a_report_that_cannot_be_is_refused(desk: Any, wrong: dict[str, str]) -> None:
    before = events(desk)
    assert desk.client("city").post("/report", {**REPORT, **wrong}).status_code == 422
    assert events(desk) == before


def filled(raw: bytes, one: str, **values: str) -> io.BytesIO:
    book = load_workbook(io.BytesIO(raw))
    sheet = book["核查反馈"]
    heads = {cell.value: cell.column for cell in sheet[1]}
    line = next(row[0].row for row in sheet.iter_rows(min_row=2) if row[0].value == one)
    for head, value in values.items():
        sheet.cell(line, heads[head]).value = value
    target = io.BytesIO()
    book.save(target)
    target.name = "feedback.xlsx"
    target.seek(0)
    return target


def test_a_sheet_goes_out_and_comes_back_row_by_row(desk: Any) -> None:
    one, city = case_id(desk), desk.client("city")
    raw = city.get("/sheet/file").content
    page = city.post("/sheet", {"sheet": filled(raw, one, 核查类别="农用火")}).content.decode()
    assert "已录入：反馈" in page
    assert held(desk, one)["category"] == "farm_fire"
    page = city.post("/sheet", {"sheet": filled(raw, one, 核查类别="森林火灾")}).content.decode()
    assert "表中“森林火灾”，系统中“农用火”" in page
    assert held(desk, one)["category"] == "farm_fire"
    other = desk.client("other")  # of another county
    page = other.post("/sheet", {"sheet": filled(raw, one, 核查类别="农用火")}).content.decode()
    assert "no such case" in page
    book = load_workbook(io.BytesIO(other.get("/sheet/file").content))
    assert one not in {row[0].value for row in book["核查反馈"].iter_rows(min_row=2)}


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04broken", b"<html></html>", b"a,b\n1,2\n"])
def test_what_is_no_sheet_is_refused(desk: Any, raw: bytes) -> None:
    sent = io.BytesIO(raw)
    sent.name = "feedback.xlsx"
    assert desk.client("city").post("/sheet", {"sheet": sent}).status_code == 422


def test_a_zip_bomb_is_refused(desk: Any) -> None:
    import zipfile

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("[Content_Types].xml", "<Types/>")
        bomb.writestr("xl/worksheets/sheet1.xml", b"0" * (900 << 20))
    target.seek(0)
    target.name = "feedback.xlsx"
    assert len(target.getvalue()) < 2 << 20
    assert desk.client("city").post("/sheet", {"sheet": target}).status_code == 422


def test_a_proposed_site_is_registered_by_the_city(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jdzfire.desk.views import office

    stamp = pd.Timestamp("2024-03-01T00:00Z")
    row = {
        "proposal_id": "P-1", "lon": 117.2, "lat": 29.3, "dates": 30, "hotspots": 44,
        "night_share": 0.5, "first_seen_at": stamp, "last_seen_at": stamp,
    }  # fmt: skip
    given: dict[str, Any] = {}
    monkeypatch.setattr(office, "proposals_of", lambda workspace, at: pd.DataFrame([row]))
    monkeypatch.setattr(
        office, "approve_proposal", lambda workspace, one, **more: given.update(more, one=one)
    )
    city = desk.client("city")
    assert "P-1" in city.get("/sources").content.decode()
    assert desk.client("county").get("/sources").status_code == 403
    form = {"proposal_id": "P-1", "name": "某瓷厂", "kind": "ceramics", "days": "365"}
    assert desk.client("county").post("/sources/approve", form).status_code == 403
    assert city.post("/sources/approve", form).status_code == 302
    assert (given["one"], given["name"], given["who"]) == ("P-1", "某瓷厂", "city<b>")
    assert city.post("/sources/approve", form | {"days": "9999"}).status_code == 422
