"""Which cases are late, by how much, and whom that concerns by now."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from jdzfire.cases.opening import CaseRules
from jdzfire.schemas import ENDED_STATUSES, WAITING_STATUSES

OVERDUE_COLUMNS = ("case_id", "event_id", "status", "due", "due_at", "late_min", "level")


def overdue_cases(
    cases: pd.DataFrame, *, at: datetime, rules: CaseRules | None = None
) -> pd.DataFrame:
    """Cases whose first answer, or whose result, is late.

    The first answer is awaited until somebody answered, the result until the case has ended. A case
    late with both is late with its answer.

    Parameters
    ----------
    cases : DataFrame [CASES]
    at : datetime, aware
    rules : CaseRules, optional

    Returns
    -------
    DataFrame [OVERDUE_COLUMNS], the latest first
        ``due`` is answer or result; ``late_min`` [min] is how late; ``level`` counts from 1: how
        many of ``rules.escalate_min`` have passed. A case that no level concerns yet is left out.
    """
    rules = rules or CaseRules()
    now = pd.Timestamp(at)
    is_waiting = cases["status"].isin(WAITING_STATUSES)
    alive = cases[~cases["status"].isin(ENDED_STATUSES)]
    due_at = alive["answer_due_at"].where(is_waiting[alive.index], alive["result_due_at"])
    late_min = (now - due_at).dt.total_seconds() / 60.0
    level = sum((late_min > step).astype("int64") for step in rules.escalate_min)
    found = alive[["case_id", "event_id", "status"]].assign(
        due=is_waiting[alive.index].map({True: "answer", False: "result"}),
        due_at=due_at,
        late_min=late_min.round(1),
        level=level,
    )
    found = found[found["level"] > 0]
    return found.sort_values(["late_min", "case_id"], ascending=[False, True], ignore_index=True)[
        list(OVERDUE_COLUMNS)
    ]
