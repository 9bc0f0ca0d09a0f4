"""The page behind the link of an alert: what it told, and a button that says it was heard."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from jdzfire.board.text import clean
from jdzfire.cases.steps import STEPS, acknowledge
from jdzfire.desk.pool import borrow
from jdzfire.errors import NotFound


@require_http_methods(["GET", "POST"])
def alert(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever has the link may say that the case is known, and nothing else.

    Looking at the page acknowledges nothing: messengers open links by themselves.
    """
    with borrow() as workspace:
        told = workspace.ledger.load_alert_of_link(token)
        if told["case_id"] is None:
            raise NotFound("no such link")
        log = workspace.ledger.load_case_log(told["case_id"])
        mine = f"{told['channel']} {told['alert_id'][:6]}"
        case = workspace.ledger.load_case(told["case_id"])
        is_known = bool(((log["action"] == "acknowledge") & log["who"].str.endswith(mine)).any())
        may = case["status"] in STEPS["acknowledge"].starts and not is_known
        if request.method == "POST":
            if may:
                name = clean(request.POST.get("name", ""), most=40) or "链接"
                step = acknowledge(who=f"{name} · {mine}", at=datetime.now(UTC))
                workspace.ledger.change_case(told["case_id"], step, token=f"ack-{token}")
            return redirect("alert", token)
    context = {"told": told, "may": may, "is_known": is_known}
    return render(request, "desk/alert.html", context)
