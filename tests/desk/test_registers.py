"""Registers on the desk: looked at first, taken when somebody says so."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from jdzfire.store.registers import load_register
from jdzfire.workspace import open_workspace

HEAD = "队伍编号,队伍名称,队伍类型,县（市、区）,乡镇,经度,纬度,坐标系\n"
NEW = HEAD + "T-90,<script>新队,半专业,浮梁县,鹅湖镇,117.45,29.45,wgs84\n"


def teams(desk: Any) -> Any:
    with open_workspace(desk.home) as workspace:
        return load_register(workspace.home, "teams")


def look(client: Any, text: str, kind: str = "teams", **more: Any) -> Any:
    file = io.BytesIO(text.encode())
    file.name = "队伍.csv"
    return client.post("/registers", {"kind": kind, "file": file, "datum": "wgs84"} | more)


def held_of(page: str) -> str:
    found = re.search(r'action="/registers/take">.*?name="held" value="([^"]+)"', page, re.DOTALL)
    assert found
    return found[1]


def test_a_file_is_looked_at_and_then_taken(desk: Any) -> None:
    client, before = desk.client("city"), len(teams(desk))
    answer = look(client, NEW)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<b>1</b> 新增" in page
    assert "T-90" in page
    assert len(teams(desk)) == before  # nothing is kept yet
    given = {"kind": "teams", "datum": "wgs84", "held": held_of(page)}
    assert desk.client("admin").post("/registers/take", given).status_code == 422  # another's
    taken = client.post("/registers/take", given)
    assert "已导入行数 1" in taken.content.decode()
    assert len(teams(desk)) == before + 1
    assert client.post("/registers/take", given).status_code == 422  # it is gone
    changed = look(client, NEW.replace("<script>新队", "另一个名字")).content.decode()
    assert "<b>1</b> 修改" in changed
    assert "&lt;script&gt;新队" in changed
    assert "<script>新队" not in changed
    assert list((desk.home / "uploads").glob("*")) != []
    for path in (desk.home / "uploads").glob("*"):
        assert path.stat().st_mode & 0o077 == 0


def test_rows_that_cannot_be_used_are_told(desk: Any) -> None:
    text = NEW + "T-91,远队,半专业,浮梁县,鹅湖镇,977.45,29.45,wgs84\n"
    page = look(desk.client("city"), text).content.decode()
    assert "<b>1</b> 不能用的行" in page
    assert "position" in page


def test_a_question_is_answered_without_sending_the_file_again(desk: Any) -> None:
    client = desk.client("city")
    text = "灾害信息员,县（市、区）,乡镇,经度,纬度\n李四,浮梁县,鹅湖镇,117.45,29.45\n"
    answer = look(client, text, kind="resources")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "kind" in page
    held = re.search(r'name="held" value="([^"]+)"', page)
    assert held
    given = {"kind": "resources", "datum": "wgs84", "held": held[1]}
    again = client.post("/registers", given | {"column": "kind", "words": "officer"})
    assert again.status_code == 200
    assert "<b>1</b> 新增" in again.content.decode()


@pytest.mark.parametrize("raw", [b"", b"\x00" * 1000, b"PK\x03\x04" + b"x" * 200])
def test_a_file_that_is_none_is_a_fault_on_the_page(desk: Any, raw: bytes) -> None:
    file = io.BytesIO(raw or b" ")
    file.name = "../../etc/passwd"
    answer = desk.client("city").post("/registers", {"kind": "teams", "file": file})
    assert answer.status_code == 422
    assert "problem" in answer.content.decode()


@pytest.mark.parametrize("held", ["", "x", "WyJhIl0:1:2", "../../ledger.sqlite"])
def test_a_forged_reference_opens_no_file(desk: Any, held: str) -> None:
    client = desk.client("city")
    for path in ("/registers", "/registers/take"):
        assert client.post(path, {"kind": "teams", "held": held}).status_code == 422


@pytest.mark.parametrize("name", ["viewer", "town", "county", "other"])
def test_registers_are_the_citys(desk: Any, name: str) -> None:
    client = desk.client(name)
    assert client.get("/registers").status_code == 403
    assert look(client, NEW).status_code == 403
    assert client.post("/registers/take", {"kind": "teams"}).status_code == 403
    assert client.get("/wrong").status_code == 403
