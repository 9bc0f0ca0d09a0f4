"""Burns on the desk: advice, lit, dead out, and who may note them."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jdzfire.errors import NotFound, UsageError
from jdzfire.pipeline.burn import note_burn
from jdzfire.queries.burns import burns_now, states_of_burns
from jdzfire.store.registers import load_register
from jdzfire.workspace import open_workspace

PERMIT = "示批〔2024〕001号"


@pytest.fixture
def at(desk: Any, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """A moment within the permit; the desk's clock says so."""
    with open_workspace(desk.home) as workspace:
        permits = load_register(workspace.home, "permits").set_index("permit_id")
    moment: datetime = (permits.loc[PERMIT, "valid_from"] + timedelta(hours=1)).to_pydatetime()

    class Clock(datetime):
        shown = moment

        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return cls.shown.astimezone(tz)

    from jdzfire.desk.views import burns as views

    monkeypatch.setattr(views, "datetime", Clock)
    return moment


def note(client: Any, action: str, **more: Any) -> int:
    given = {"permit_id": PERMIT, "action": action, "token": secrets.token_hex(16)} | more
    return int(client.post("/burns/note", given).status_code)


def test_a_burn_is_lit_and_put_out(desk: Any, at: datetime) -> None:
    county = desk.client("county")
    page = county.get("/burns").content.decode()
    assert PERMIT in page
    assert "未点烧" in page
    token = secrets.token_hex(16)
    for _ in range(2):  # a bad line
        assert note(county, "in", token=token, people=6, remark="<script>风小") == 302
    assert "已点烧" in county.get("/burns").content.decode()
    assert note(county, "in") == 422
    assert note(county, "out") == 302
    with open_workspace(desk.home) as workspace:
        log = workspace.ledger.load_burn_log()
        assert log["action"].tolist() == ["in", "out"]
        assert log["people"].iloc[0] == 6
        assert log["who"].iloc[0] == "county<b>"
        assert states_of_burns(workspace)[PERMIT]["action"] == "out"
    assert note(county, "in") == 302  # it flared up again


def test_who_looks_only_and_who_is_elsewhere_notes_nothing(desk: Any, at: datetime) -> None:
    assert note(desk.client("viewer"), "in") == 403
    assert note(desk.client("other"), "in") == 404
    assert PERMIT not in desk.client("other").get("/burns").content.decode()
    assert re.search(r'name="action"', desk.client("viewer").get("/burns").content.decode()) is None
    assert note(desk.client("city"), "in", permit_id="none") == 404
    assert note(desk.client("city"), "lit") == 422
    assert note(desk.client("city"), "in", token="x") == 422  # noqa: S106


def test_what_is_lit_stays_on_the_list_until_it_is_out(desk: Any, at: datetime) -> None:
    with open_workspace(desk.home) as workspace:
        note_burn(workspace, PERMIT, "in", who="王五", at=at)
        later = at + timedelta(days=40)
        (row,) = [r for r in burns_now(workspace, at=later, lang="zh") if r["permit_id"] == PERMIT]
        assert (row["state"], row["advice"], row["is_late"], row["lit_against"]) == (
            "in", "stop", True, True,
        )  # fmt: skip
        note_burn(workspace, PERMIT, "out", who="王五", at=later)
        rows = burns_now(workspace, at=later, lang="zh")
        assert PERMIT not in [r["permit_id"] for r in rows]


def test_a_note_explains_no_hotspot(desk: Any, at: datetime) -> None:
    with open_workspace(desk.home) as workspace:
        before = workspace.ledger.load_verdicts()
        note_burn(workspace, PERMIT, "in", who="王五", at=at)
        from jdzfire.pipeline.triage import run_triage

        run_triage(workspace, at=datetime.now(UTC))
        after = workspace.ledger.load_verdicts()
    assert after["verdict"].tolist() == before["verdict"].tolist()


def test_only_permits_there_are_and_steps_there_are(desk: Any, at: datetime) -> None:
    with open_workspace(desk.home) as workspace:
        with pytest.raises(NotFound, match="no such permit"):
            note_burn(workspace, "nothing", "in", who="w", at=at)
        with pytest.raises(UsageError, match="no such note"):
            note_burn(workspace, PERMIT, "burn", who="w", at=at)
        with pytest.raises(UsageError, match="cannot be noted as out"):
            note_burn(workspace, PERMIT, "out", who="w", at=at)
