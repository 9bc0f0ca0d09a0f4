"""The outbox in the ledger, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from jdzfire.cases.alert_rules import alert_row, alert_table
from jdzfire.errors import NotFound
from jdzfire.store.home import Home
from jdzfire.store.ledger import Ledger, open_ledger
from jdzfire.store.ledger_alerts import TURN
from tests.store.conftest import HOSTILE, NOON


@pytest.fixture
def ledger(home: Home, database: str | None) -> Iterator[Ledger]:
    with open_ledger(home, database) as opened:
        yield opened


def rows(*subjects: str) -> Any:
    made = [
        alert_row(("duty", ""), "test", one, title=HOSTILE, text="\x00二行", is_loud=True, at=NOON)
        for one in subjects
    ]
    return alert_table(made)


def test_an_alert_is_queued_once_and_goes_its_way(ledger: Ledger) -> None:
    assert ledger.queue_alerts(rows("a", "b")) == 2
    assert ledger.queue_alerts(rows("b", "c")) == 1
    waiting = ledger.load_waiting_alerts(NOON)
    assert waiting["title"].eq(HOSTILE).all()
    one, two, three = waiting["alert_id"]
    assert ledger.claim_alerts([one, two], "m", at=NOON)
    assert not ledger.claim_alerts([two, three], "n", at=NOON)
    assert ledger.load_waiting_alerts(NOON)["alert_id"].tolist() == [three]
    assert ledger.count_sent_since("duty", NOON - timedelta(minutes=1)) == 1
    ledger.note_not_sent("m", "status 500", next_at=NOON + timedelta(seconds=30))
    assert ledger.claim_alerts([one, two], "m", at=NOON + timedelta(seconds=30))
    ledger.note_sent("m", at=NOON + timedelta(seconds=31))
    held = ledger.load_alerts().set_index("alert_id")
    assert held.loc[[one, two], "state"].tolist() == ["sent", "sent"]
    assert held.loc[one, "tries"] == 2
    ledger.drop_alerts([one, three], "over")
    held = ledger.load_alerts().set_index("alert_id")
    assert held["state"].to_dict() == {one: "sent", two: "sent", three: "dropped"}
    assert ledger.load_waiting_alerts(NOON + timedelta(days=9)).empty


def test_a_claim_ends_with_its_turn(ledger: Ledger) -> None:
    ledger.queue_alerts(rows("a"))
    (one,) = ledger.load_alerts()["alert_id"]
    assert ledger.claim_alerts([one], "m", at=NOON)
    assert ledger.load_waiting_alerts(NOON + TURN - timedelta(seconds=1)).empty
    assert ledger.claim_alerts([one], "n", at=NOON + TURN)


def test_a_link_is_found_by_its_token(ledger: Ledger) -> None:
    ledger.queue_alerts(rows("a"))
    row = ledger.load_alerts().iloc[0]
    assert ledger.load_alert_of_link(row["token"])["alert_id"] == row["alert_id"]
    with pytest.raises(NotFound, match="no such link"):
        ledger.load_alert_of_link("x\x00")


def test_a_note_of_a_burn_counts_once(ledger: Ledger) -> None:
    line = {
        "permit_id": HOSTILE, "at": NOON, "action": "in", "who": "王五", "people": None,
        "remark": HOSTILE, "token": "t",
    }  # fmt: skip
    assert ledger.note_burn(line)
    assert not ledger.note_burn(line)
    assert ledger.has_burn_token("t")
    assert not ledger.has_burn_token("u")
    assert ledger.load_burn_log([HOSTILE])["remark"].tolist() == [HOSTILE]
    assert ledger.load_burn_log(["other"]).empty
