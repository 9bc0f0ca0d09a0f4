"""Marks of a ledger: a few numbers that change whenever what it holds does.

They are compared between two cycles instead of the tables, so that knowing that nothing happened
costs the same after ten years as after one.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from jdzfire.store import ledger_schema as sql
from jdzfire.store.ledger_base import LedgerBase
from jdzfire.store.ledger_inputs import ARCHIVED, DONE


class MarkTables(LedgerBase):
    """The methods of a ledger on its marks."""

    def event_marks(self) -> str:
        """Marks of events, members and verdicts; a verdict that changed has a line of history."""
        events = sql.events.c
        return self._marks(
            sa.select(events.state, sa.func.count(), sa.func.max(events.last_seen_at))
            .group_by(events.state)
            .order_by(events.state),
            sa.select(sa.func.count()).select_from(sql.members),
            sa.select(sa.func.max(sql.verdict_history.c.seq)),
            sa.select(sa.func.max(sql.event_log.c.seq)),
        )

    def case_marks(self) -> str:
        """Marks of the cases: each step has a line in their log."""
        return self._marks(sa.select(sa.func.max(sql.case_log.c.seq)))

    def input_marks(self) -> str:
        """Marks of the inputs that gave a row or a fault; empty files do not count."""
        given = sql.inputs.c
        return self._marks(
            sa.select(
                given.kind,
                given.state,
                sa.func.count(),
                sa.func.sum(given.rows),
                sa.func.sum(given.rejected),
                sa.func.max(given.received_at),
            )
            .where((given.rows > 0) | (given.rejected > 0) | given.state.not_in([ARCHIVED, DONE]))
            .group_by(given.kind, given.state)
            .order_by(given.kind, given.state)
        )

    def feed_marks(self) -> str:
        """Marks of how the feeds do and of what their data cover."""
        feed, held, asked = sql.feed_runs.c, sql.coverage.c, sql.fetches.c
        return self._marks(
            sa.select(feed.feed, feed.state, feed.last_data_at, feed.detail).order_by(feed.feed),
            sa.select(held.kind, sa.func.count(), sa.func.max(held.ends_at))
            .group_by(held.kind)
            .order_by(held.kind),
            sa.select(asked.source, sa.func.count(), sa.func.max(asked.covered_to))
            .group_by(asked.source)
            .order_by(asked.source),
        )

    def _marks(self, *queries: sa.Select[Any]) -> str:
        with self._reading() as connection:
            found = [[tuple(row) for row in connection.execute(query).all()] for query in queries]
            return repr(found)
