"""The page behind the link of an alert, and acknowledging on the page of a case."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

import pytest

from jdzfire.cases.alert_rules import alert_row, alert_table
from jdzfire.workspace import open_workspace
from tests.desk.test_cases import case_id


def link_of(desk: Any, case: str | None, title: str = "<b>瑶里镇") -> str:
    with open_workspace(desk.home) as workspace:
        row = alert_row(
            ("duty", ""), "new", f"new/{case}/1", title=title, text="<script>x</script>\n二行",
            is_loud=True, at=datetime.now(UTC),
        ) | {"case_id": case}  # fmt: skip
        table = alert_table([row])
        assert workspace.ledger.queue_alerts(table) == 1
    return f"/alerts/{row['token']}"


def lines(desk: Any, case: str) -> list[tuple[str, str]]:
    with open_workspace(desk.home) as workspace:
        log = workspace.ledger.load_case_log(case)
        assert workspace.ledger.check_case_log().is_whole
    return [(a, w) for a, w in zip(log["action"], log["who"], strict=True) if a == "acknowledge"]


def test_a_link_acknowledges_by_its_button_alone(desk: Any) -> None:
    one, nobody = case_id(desk), desk.client()
    link = link_of(desk, one)
    page = nobody.get(link).content.decode()
    assert "签收" in page
    assert "<script>x" not in page
    assert "<b>瑶里镇" not in page
    assert lines(desk, one) == []  # messengers look at links by themselves
    for _ in range(2):
        answer = nobody.post(link, {"name": "张三<b>"})
        assert (answer.status_code, answer["Location"]) == (302, link)
    ((_, who),) = lines(desk, one)
    assert who.startswith("张三<b> · duty ")
    assert "已签收" in nobody.get(link).content.decode()
    assert nobody.get(f"/cases/{one}").status_code == 302  # the link opens nothing else


def test_a_link_of_an_ended_case_says_so(desk: Any) -> None:
    from jdzfire.cases.steps import cancel

    one = case_id(desk)
    link = link_of(desk, one)
    with open_workspace(desk.home) as workspace:
        workspace.ledger.change_case(one, cancel("误报", who="王五", at=datetime.now(UTC)))
    assert "已经结束" in desk.client().get(link).content.decode()
    assert desk.client().post(link).status_code == 302
    assert lines(desk, one) == []


@pytest.mark.parametrize("token", ["", "x", "%00", "../admin", "' OR 1=1 --"])
def test_a_guessed_link_opens_nothing(desk: Any, token: str) -> None:
    assert desk.client().get(f"/alerts/{token}").status_code == 404
    assert desk.client().post(f"/alerts/{token}").status_code == 404


def test_a_link_is_forged_by_no_other_site(desk: Any) -> None:
    one = case_id(desk)
    link = link_of(desk, one)
    assert desk.client(enforce_csrf_checks=True).post(link).status_code == 403
    assert lines(desk, one) == []


def test_an_officer_acknowledges_on_the_page(desk: Any) -> None:
    one, city = case_id(desk), desk.client("city")
    assert 'name="token"' in city.get(f"/cases/{one}").content.decode()
    given = {"version": 1, "token": secrets.token_hex(16), "remark": ""}
    assert city.post(f"/cases/{one}/acknowledge", given).status_code == 302
    assert lines(desk, one) == [("acknowledge", "city<b>")]
    with open_workspace(desk.home) as workspace:
        assert workspace.ledger.load_case(one)["version"] == 1


def test_the_board_says_that_alerts_are_not_taken(desk: Any) -> None:
    from jdzfire.desk.views import board

    one, client = case_id(desk), desk.client("city")
    link_of(desk, one)
    assert "提醒未送达" not in client.get("/").content.decode()
    with open_workspace(desk.home) as workspace:
        (alert,) = workspace.ledger.load_alerts()["alert_id"]
        for _ in range(2):
            now = datetime.now(UTC)
            assert workspace.ledger.claim_alerts([alert], "m", at=now)
            workspace.ledger.note_not_sent("m", "status 500", next_at=now)
    board.forget()
    page = client.get("/").content.decode()
    assert "提醒未送达，请电话通知： duty (1)" in page
