"""Cases and their log: who may take which step. The caller holds the transaction.

A case goes open -> dispatched -> answered -> closed. A call may be answered without sending
anyone, an answered case may be sent again, and a closed one is opened again by name. Each
step writes one line into ``case_log``, which the database itself refuses to change.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from jdzfire.errors import ContractError, NotFound, UsageError
from jdzfire.schemas import CASE_LOG, CASES, CATEGORY_ZH, validate
from jdzfire.store.ledger_inputs import check_time
from jdzfire.store.ledger_rows import clean_text, select_table, table_rows
from jdzfire.store.ledger_schema import case_log, cases, events

__all__ = [
    "LEGAL_STEPS",
    "answer_case",
    "close_case",
    "dispatch_case",
    "load_case_log",
    "load_cases",
    "merge_case",
    "note_case",
    "open_cases",
    "reopen_case",
]

LEGAL_STEPS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "dispatch": (("open", "dispatched", "answered"), "dispatched"),
    "answer": (("open", "dispatched", "answered"), "answered"),
    "close": (("answered",), "closed"),
    "reopen": (("closed",), "open"),
    "merge": (("open", "dispatched", "answered"), "closed"),
}
"""Step: the states it may start from, and the state it leads to."""

_HOUSE = "jdzfire"
"""Who opens cases in the log: the house itself."""


def load_cases(connection: sa.Connection) -> pd.DataFrame:
    """All cases, by id."""
    return select_table(connection, sa.select(cases).order_by(cases.c.case_id), CASES)


def load_case_log(connection: sa.Connection, case_id: str | None = None) -> pd.DataFrame:
    """The log of one case, or of all, the oldest first."""
    query = sa.select(case_log).order_by(case_log.c.seq)
    if case_id is not None:
        _case(connection, case_id)
        query = query.where(case_log.c.case_id == case_id)
    return select_table(connection, query, CASE_LOG)


def open_cases(connection: sa.Connection, table: pd.DataFrame) -> int:
    """Open cases for events that have none; returns how many."""
    given = validate(table, CASES)
    held = {
        row.case_id: row.event_id
        for row in connection.execute(sa.select(cases.c.case_id, cases.c.event_id))
    }
    clash = given[given["case_id"].isin(list(held))]
    clash = clash[clash["event_id"].to_numpy() != [held[case_id] for case_id in clash["case_id"]]]
    if len(clash):
        raise ContractError(
            "a case id is taken by another event",
            expected=f"{clash['case_id'].iloc[0]} of {held[clash['case_id'].iloc[0]]}",
            found=str(clash["event_id"].iloc[0]),
            remedy="name each case after its event",
        )
    missing = given[~given["event_id"].isin(list(held.values()))]
    known = set(connection.scalars(sa.select(events.c.event_id)))
    unknown = sorted(set(missing["event_id"]) - known)
    if unknown:
        raise NotFound(
            "cases of events the ledger does not hold",
            found=", ".join(unknown[:5]),
            remedy="save the events first",
        )
    for row in table_rows(missing):
        connection.execute(sa.insert(cases), row)
        _log(connection, row["case_id"], "open", _HOUSE, row["opened_at"], {}, row, None)
    return len(missing)


def dispatch_case(
    connection: sa.Connection,
    case_id: str,
    team_id: str,
    *,
    who: str,
    at: datetime,
    remark: str | None = None,
) -> dict[str, Any]:
    """Send a team; ``dispatched_at`` stays that of the first team sent."""
    case = _case(connection, case_id)
    change = {"team_id": _name(team_id, "team_id"), "dispatched_at": case["dispatched_at"] or at}
    return _step(connection, case, "dispatch", change, who=who, at=at, remark=remark)


def answer_case(
    connection: sa.Connection,
    case_id: str,
    category: str,
    *,
    who: str,
    at: datetime,
    affected_forest_ha: float | None = None,
    remark: str | None = None,
) -> dict[str, Any]:
    """Write down what the field says it is; an answer replaces the one before it as a whole."""
    if category not in CATEGORY_ZH:
        raise UsageError(
            "no such answer of the field",
            expected=", ".join(CATEGORY_ZH),
            found=repr(category[:80]),
        )
    area = affected_forest_ha
    if area is not None and not (math.isfinite(area) and area >= 0):
        raise UsageError(
            "not an area", expected="hectares, 0 or more, or nothing", found=repr(area)
        )
    case = _case(connection, case_id)
    change = {
        "category": category,
        "affected_forest_ha": None if area is None else float(area),
        "answered_at": at,
    }
    return _step(connection, case, "answer", change, who=who, at=at, remark=remark)


def close_case(
    connection: sa.Connection,
    case_id: str,
    *,
    who: str,
    at: datetime,
    remark: str | None = None,
) -> dict[str, Any]:
    """Close an answered case."""
    case = _case(connection, case_id)
    return _step(connection, case, "close", {"closed_at": at}, who=who, at=at, remark=remark)


def merge_case(
    connection: sa.Connection, case_id: str, *, into: str, at: datetime
) -> dict[str, Any]:
    """Close the case of an event that another event took over."""
    case = _case(connection, case_id)
    remark = f"event merged into {into}"
    return _step(connection, case, "merge", {"closed_at": at}, who=_HOUSE, at=at, remark=remark)


def reopen_case(
    connection: sa.Connection,
    case_id: str,
    *,
    who: str,
    at: datetime,
    remark: str | None = None,
    answer_due_at: datetime | None = None,
    result_due_at: datetime | None = None,
) -> dict[str, Any]:
    """Open a closed case again: team, answer and area are taken back (the log keeps them)."""
    case = _case(connection, case_id)
    change = {
        "category": None,
        "team_id": None,
        "affected_forest_ha": None,
        "closed_at": None,
        "answer_due_at": answer_due_at or case["answer_due_at"],
        "result_due_at": result_due_at or case["result_due_at"],
    }
    return _step(connection, case, "reopen", change, who=who, at=at, remark=remark)


def note_case(
    connection: sa.Connection, case_id: str, *, who: str, at: datetime, remark: str
) -> dict[str, Any]:
    """Write a remark into the log; the case stays as it is."""
    case = _case(connection, case_id)
    check_time(at, "at")
    _log(connection, case_id, "note", _name(who, "who"), at, {}, {}, _name(remark, "remark"))
    return case


def _case(connection: sa.Connection, case_id: str) -> dict[str, Any]:
    """The row of a case, locked until the transaction ends where the database locks rows."""
    asked = clean_text(case_id)
    query = sa.select(cases).where(cases.c.case_id == asked).with_for_update()
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(
            "no such case",
            found=repr(case_id[:80]),
            remedy="`jdzfire case list` shows the cases",
        )
    return row._asdict()


def _step(
    connection: sa.Connection,
    case: dict[str, Any],
    action: str,
    change: dict[str, Any],
    *,
    who: str,
    at: datetime,
    remark: str | None,
) -> dict[str, Any]:
    """Take a legal step: change the row and write the log, both or neither."""
    starts, end = LEGAL_STEPS[action]
    if case["status"] not in starts:
        possible = [name for name, (states, _) in LEGAL_STEPS.items() if case["status"] in states]
        raise UsageError(
            f"cannot {action} case {case['case_id']} now",
            expected=f"status {' or '.join(starts)}",
            found=f"status {case['status']}",
            remedy=f"from here one can {' or '.join(possible)}",
        )
    for name, value in {**change, "at": at}.items():
        if isinstance(value, datetime):
            check_time(value, name)
    name = _name(who, "who")
    after = {**case, **change, "status": end}
    connection.execute(
        sa.update(cases).where(cases.c.case_id == case["case_id"]).values({**change, "status": end})
    )
    text = None if remark is None else clean_text(remark)
    _log(connection, case["case_id"], action, name, at, case, after, text)
    return after


def _log(
    connection: sa.Connection,
    case_id: str,
    action: str,
    who: str,
    at: datetime,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    remark: str | None,
) -> None:
    fields = [name for name in after if before.get(name) != after[name]]
    line = {
        "case_id": case_id,
        "at": at,
        "who": who,
        "action": action,
        "before": _json({name: before[name] for name in fields if name in before}),
        "after": _json({name: after[name] for name in fields}),
        "remark": remark,
    }
    connection.execute(sa.insert(case_log), line)


def _name(text: str, what: str) -> str:
    if not text or not text.strip():
        raise UsageError(f"{what} is empty", expected="a name or text", found=repr(text))
    return clean_text(text)


def _json(fields: Mapping[str, Any]) -> str:
    told = {
        name: value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        if isinstance(value, datetime)
        else value
        for name, value in fields.items()
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True)
