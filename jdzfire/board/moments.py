"""Until when a board shows what a board of later would show, but for ages and deadlines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd

from jdzfire.board.board import Board

DRAWN_FOR = timedelta(hours=1)
"""After this all is drawn anew even if nothing is known to have changed [K]: windows of a day slide
in papers, and the newest data time in exports."""

_SHIFTS_H = (0, 8, 20)
"""Beijing hours at which a day or a shift begins."""


def next_moment(board: Board) -> datetime:
    """When the board must be drawn anew though nothing came in.

    The first of: an hour, the turn of a day or shift, the begin or end of a permit, of a heat
    source or of a special day, and a deadline of a case.
    """
    now = pd.Timestamp(board.now)
    moments = [now + DRAWN_FOR]
    day = now.tz_convert("Asia/Shanghai").normalize()
    moments += [day + timedelta(hours=hours) for hours in (*_SHIFTS_H, 24)]
    for table, columns in (
        (board.permits, ("valid_from", "valid_to", "revoked_at")),
        (board.heat_sources, ("valid_from", "valid_to")),
        (board.special_days, ("begins_at", "ends_at")),
        (board.cases, ("answer_due_at", "result_due_at")),
    ):
        for column in columns:
            times = table[column]
            moments += list(times[times > now])
    coming: datetime = min(when for when in moments if when > now).to_pydatetime()
    return coming.astimezone(UTC)
