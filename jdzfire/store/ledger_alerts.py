"""The outbox of alerts in the ledger: queued once, taken by one sender at a time, noted when taken.

An alert is ``sent`` only when its receiver said so. A sender that is killed between the receiver's
answer and the note here leaves the alert ``sending``; it is sent again after its turn has ended:
the one case in which a receiver gets it twice, with the same message id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import sqlalchemy as sa

from jdzfire.errors import NotFound
from jdzfire.schemas import ALERTS, storable_text, validate
from jdzfire.store import ledger_schema as sql
from jdzfire.store.ledger_base import LedgerBase
from jdzfire.store.ledger_rows import select_some, select_table, table_rows

_FAR = timedelta(hours=2)
"""No wait is that long."""

TURN = timedelta(seconds=120)
"""How long a sender has for a message before another may send it [K]."""


class AlertTables(LedgerBase):
    """The methods of a ledger on alerts."""

    def queue_alerts(self, alerts: pd.DataFrame) -> int:
        """Queue alerts [ALERTS] that were not queued before, by ``alert_id``; how many."""
        given = validate(alerts, ALERTS)
        if given.empty:
            return 0
        with self._writing() as connection:
            key = sql.alerts.c.alert_id
            ids = given["alert_id"].tolist()
            held: set[str] = set()
            for first in range(0, len(ids), 500):
                some = sa.select(key).where(key.in_(ids[first : first + 500]))
                held |= set(connection.scalars(some))
            fresh = table_rows(given[~given["alert_id"].isin(list(held))])
            if fresh:
                connection.execute(sa.insert(sql.alerts), fresh)
            return len(fresh)

    def load_alerts(self, case_ids: Iterable[str] | None = None) -> pd.DataFrame:
        """Alerts [ALERTS], of some cases or all, the oldest first."""
        with self._reading() as connection:
            query, key = sa.select(sql.alerts), sql.alerts.c.case_id
            return select_some(connection, query, ALERTS, key, case_ids, ["made_at", "alert_id"])

    def load_waiting_alerts(self, at: datetime) -> pd.DataFrame:
        """Alerts [ALERTS] that may be sent now, the oldest first."""
        with self._reading() as connection:
            query = sa.select(sql.alerts).where(_is_due(at))
            query = query.order_by(sql.alerts.c.made_at, sql.alerts.c.alert_id)
            return select_table(connection, query, ALERTS)

    def failing_channels(self, *, tries: int = 2) -> list[tuple[str, int]]:
        """Channels with alerts that were tried so often and not taken, and how many."""
        mine = sql.alerts.c
        query = (
            sa.select(mine.channel, sa.func.count())
            .where(mine.state.in_(["waiting", "sending"]) & (mine.tries >= tries))
            .group_by(mine.channel)
            .order_by(mine.channel)
        )
        with self._reading() as connection:
            return [(str(name), int(count)) for name, count in connection.execute(query)]

    def count_sent_since(self, channel: str, since: datetime) -> int:
        """Messages that a channel took since then, and those on their way; a digest is one."""
        mine = sql.alerts.c
        query = sa.select(sa.func.count(sa.distinct(mine.message_id))).where(
            (mine.channel == channel)
            & ((mine.sent_at >= since) | ((mine.state == "sending") & (mine.next_at >= since)))
        )
        with self._reading() as connection:
            return int(connection.scalar(query) or 0)

    def claim_alerts(self, alert_ids: Sequence[str], message_id: str, *, at: datetime) -> bool:
        """Take alerts to send them in one message; False when another sender has one of them."""
        mine = sql.alerts.c.alert_id.in_(list(alert_ids)) & _is_due(at)
        with self._writing() as connection:
            held = connection.execute(
                sa.select(sql.alerts.c.alert_id).where(mine).with_for_update()
            )
            if len(held.all()) != len(set(alert_ids)):
                return False
            values = {
                "state": "sending",
                "message_id": message_id,
                "tries": sql.alerts.c.tries + 1,
                "next_at": at + TURN,
            }
            connection.execute(sa.update(sql.alerts).where(mine).values(values))
            return True

    def note_sent(self, message_id: str, *, at: datetime) -> None:
        """Note that the receiver took a message."""
        self._note(message_id, state="sent", sent_at=at, detail="")

    def note_not_sent(self, message_id: str, why: str, *, next_at: datetime) -> None:
        """Note why a message was not taken, and when to try again."""
        self._note(message_id, state="waiting", next_at=next_at, detail=storable_text(why[:300]))

    def drop_alerts(self, alert_ids: Sequence[str], why: str) -> None:
        """Give up alerts that nobody needs any more; those on their way stay."""
        mine = sql.alerts.c
        with self._writing() as connection:
            some = mine.alert_id.in_(list(alert_ids)) & (mine.state == "waiting")
            values = {"state": "dropped", "detail": storable_text(why[:300])}
            connection.execute(sa.update(sql.alerts).where(some).values(values))

    def load_alert_of_link(self, token: str) -> dict[str, Any]:
        """The alert whose link has this token. Raises NotFound."""
        with self._reading() as connection:
            known = sql.alerts.c.token == storable_text(token)
            row = connection.execute(sa.select(sql.alerts).where(known)).one_or_none()
        if row is None:
            raise NotFound("no such link", remedy="log in to the desk and open the case there")
        return row._asdict()

    def _note(self, message_id: str, **values: Any) -> None:
        mine = (sql.alerts.c.message_id == message_id) & (sql.alerts.c.state == "sending")
        with self._writing() as connection:
            connection.execute(sa.update(sql.alerts).where(mine).values(values))


def _is_due(at: datetime) -> sa.ColumnElement[bool]:
    mine = sql.alerts.c
    is_now = (mine.next_at <= at) | (mine.next_at > at + _FAR)  # the clock was set back
    return mine.state.in_(["waiting", "sending"]) & is_now
