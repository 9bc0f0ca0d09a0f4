"""The steps of a case: who may take which, and what it changes.

A case goes open -> dispatched -> answered -> closed. A call may be answered without sending
anyone, an answered case may be sent again, and a closed one is opened again by name. Each step
gives one line for ``case_log``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from jdzfire.errors import UsageError
from jdzfire.schemas import CATEGORY_ZH, storable_text

STEPS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "dispatch": (("open", "dispatched", "answered"), "dispatched"),
    "answer": (("open", "dispatched", "answered"), "answered"),
    "close": (("answered",), "closed"),
    "reopen": (("closed",), "open"),
    "merge": (("open", "dispatched", "answered"), "closed"),
}
"""Step -> the states it may start from, and the state it leads to."""

PROGRAM = "jdzfire"
"""Author, in the log, of the steps that the program takes by itself."""

Case = Mapping[str, Any]
"""A row of [CASES] as plain values: times aware, missing is None."""


@dataclass(frozen=True)
class CaseChange:
    """A legal step that was taken."""

    action: str
    """``open``, ``note`` or a step of :data:`STEPS`."""
    before: Case
    """The case before it; empty when it is opened."""
    after: Case
    """The case after it."""
    who: str
    """Who took it; internal only."""
    at: datetime
    """When, aware."""
    remark: str | None = None
    """Free text; internal only, to be escaped where it is shown."""

    @property
    def changed(self) -> dict[str, Any]:
        """Fields that differ, with their new values."""
        return {k: v for k, v in self.after.items() if self.before.get(k) != v}

    @property
    def log_line(self) -> dict[str, Any]:
        """Its row of [CASE_LOG] without ``seq``."""
        before = {name: self.before[name] for name in self.changed if name in self.before}
        return {
            "case_id": self.after["case_id"],
            "at": self.at,
            "who": self.who,
            "action": self.action,
            "before": _json(before),
            "after": _json(self.changed),
            "remark": self.remark,
        }


CaseStep = Callable[[Case], CaseChange]
"""A step that is still to be taken on a case. It raises UsageError where it is not legal."""


def possible_steps(status: str) -> tuple[str, ...]:
    """Steps that a case in this state may take, in the order of :data:`STEPS`.

    Examples
    --------
    >>> possible_steps("closed")
    ('reopen',)
    """
    return tuple(name for name, (starts, _) in STEPS.items() if status in starts)


def teams_out(cases: pd.DataFrame) -> dict[str, str]:
    """Event each team was sent to, of the cases that are not closed.

    Parameters
    ----------
    cases : DataFrame [CASES]

    Returns
    -------
    dict
        By ``team_id``; of several the one sent last.
    """
    out = cases[cases["dispatched_at"].notna() & cases["closed_at"].isna()]
    out = out[out["team_id"].notna()].sort_values("dispatched_at")
    return dict(zip(out["team_id"], out["event_id"], strict=True))


def open_case(row: Case) -> CaseChange:
    """The opening of a case; ``row`` is a row of [CASES] made by ``cases.opening``."""
    return CaseChange("open", {}, dict(row), PROGRAM, row["opened_at"])


def dispatch(team_id: str, *, who: str, at: datetime, remark: str | None = None) -> CaseStep:
    """Send a team; ``dispatched_at`` stays that of the first team sent.

    Raises
    ------
    UsageError
        ``at`` has no zone, or ``who`` or ``team_id`` is empty; when taken: not from this state.
    """
    team = _name(team_id, "team_id")
    return _step(
        "dispatch",
        lambda case: {"team_id": team, "dispatched_at": case["dispatched_at"] or at},
        who=who,
        at=at,
        remark=remark,
    )


def answer(
    category: str,
    *,
    who: str,
    at: datetime,
    affected_forest_ha: float | None = None,
    remark: str | None = None,
) -> CaseStep:
    """Record the answer from the field; it replaces the one before it as a whole.

    Parameters
    ----------
    category : str
        One of ``schemas.CATEGORY_ZH``.
    who : str
        Kept in the log, internal only.
    at : datetime, aware
    affected_forest_ha : float [ha], optional
        受害森林面积.
    remark : str, optional
        Free text, kept as written.

    Raises
    ------
    UsageError
        No such category or area, no zone or name; when taken: not from this state.
    """
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
    fields = {
        "category": category,
        "affected_forest_ha": None if area is None else float(area),
        "answered_at": at,
    }
    return _step("answer", lambda _: fields, who=who, at=at, remark=remark)


def close(*, who: str, at: datetime, remark: str | None = None) -> CaseStep:
    """Close an answered case. Raises as :func:`dispatch`."""
    return _step("close", lambda _: {"closed_at": at}, who=who, at=at, remark=remark)


def merge(into: str, *, at: datetime) -> CaseStep:
    """Close the case of an event that event ``into`` took over."""
    remark = f"event merged into {into}"
    return _step("merge", lambda _: {"closed_at": at}, who=PROGRAM, at=at, remark=remark)


def reopen(
    *,
    who: str,
    at: datetime,
    remark: str | None = None,
    answer_due_at: datetime | None = None,
    result_due_at: datetime | None = None,
) -> CaseStep:
    """Open a closed case again: team, answer and area are removed (the log keeps them).

    Deadlines stay unless given. Raises as :func:`dispatch`.
    """
    return _step(
        "reopen",
        lambda case: {
            "category": None,
            "team_id": None,
            "affected_forest_ha": None,
            "closed_at": None,
            "answer_due_at": answer_due_at or case["answer_due_at"],
            "result_due_at": result_due_at or case["result_due_at"],
        },
        who=who,
        at=at,
        remark=remark,
    )


def note(remark: str, *, who: str, at: datetime) -> CaseStep:
    """Add a remark to the log of a case in any state; the case stays as it is."""
    _check_aware(at, "at")
    name, text = _name(who, "who"), _name(remark, "remark")
    return lambda case: CaseChange("note", case, case, name, at, text)


def _step(
    action: str,
    fields: Callable[[Case], Mapping[str, Any]],
    *,
    who: str,
    at: datetime,
    remark: str | None,
) -> CaseStep:
    """A step of :data:`STEPS` that gives the case these fields."""
    text = None if remark is None else storable_text(remark)
    starts, end = STEPS[action]

    def take(case: Case) -> CaseChange:
        if case["status"] not in starts:
            raise UsageError(
                f"cannot {action} case {case['case_id']} now",
                expected=f"status {' or '.join(starts)}",
                found=f"status {case['status']}",
                remedy=f"from here one can {' or '.join(possible_steps(case['status']))}",
            )
        change = fields(case)
        for field, value in {**change, "at": at}.items():
            if isinstance(value, datetime):
                _check_aware(value, field)
        after = {**case, **change, "status": end}
        return CaseChange(action, case, after, _name(who, "who"), at, text)

    return take


def _check_aware(when: datetime, name: str) -> None:
    if when.tzinfo is None:
        raise UsageError(f"{name} has no time zone", expected="an aware time", found=str(when))


def _name(text: str, what: str) -> str:
    if not text or not text.strip():
        raise UsageError(f"{what} is empty", expected="a name or text", found=repr(text))
    return storable_text(text)


def _json(fields: Mapping[str, Any]) -> str:
    plain = {
        name: value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        if isinstance(value, datetime)
        else value
        for name, value in fields.items()
    }
    return json.dumps(plain, ensure_ascii=False, sort_keys=True)
