"""The steps of a case: who may take which, from where, and what it changes.

A case goes open -> dispatched -> on scene -> answered -> reviewed by the county -> reviewed by the
city -> closed. A call may be answered without sending anyone, an answered case may be sent or
answered again, a reviewer may send it back (a reviewed answer is changed in no other way), and an
ended one is opened again by name. Each step gives one line for ``case_log``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import pandas as pd

from jdzfire.errors import UsageError
from jdzfire.schemas import CATEGORY_ZH, CAUSE_ZH, ENDED_STATUSES, storable_text

_BEFORE_ANSWER = ("open", "dispatched", "on_scene")
_ANSWERED = ("answered", "county_reviewed", "city_reviewed")
_COUNTY = ("county", "city", "admin")
_CITY = ("city", "admin")


@dataclass(frozen=True)
class Kind:
    """A kind of step."""

    starts: tuple[str, ...]
    """States it may start from."""
    end: str
    """State it leads to; empty when the state stays."""
    roles: tuple[str, ...]
    """Roles that may take it; empty: only the program itself."""


STEPS: Mapping[str, Kind] = {
    "dispatch": Kind((*_BEFORE_ANSWER, "answered"), "dispatched", _COUNTY),
    "arrive": Kind(("open", "dispatched"), "on_scene", ("township", *_COUNTY)),
    "answer": Kind((*_BEFORE_ANSWER, "answered"), "answered", ("township", *_COUNTY)),
    "review_county": Kind(("answered",), "county_reviewed", _COUNTY),
    "review_city": Kind(("answered", "county_reviewed"), "city_reviewed", _CITY),
    "send_back": Kind(_ANSWERED, "open", _COUNTY),
    "close": Kind(_ANSWERED, "closed", _CITY),
    "cancel": Kind((*_BEFORE_ANSWER, *_ANSWERED), "cancelled", _CITY),
    "hand_over": Kind((*_BEFORE_ANSWER, *_ANSWERED), "", _COUNTY),
    "reopen": Kind(ENDED_STATUSES, "open", _CITY),
    "acknowledge": Kind((*_BEFORE_ANSWER, *_ANSWERED), "", ("township", *_COUNTY)),
    "note": Kind((*_BEFORE_ANSWER, *_ANSWERED, *ENDED_STATUSES), "", ("township", *_COUNTY)),
    "attach": Kind((*_BEFORE_ANSWER, *_ANSWERED), "", ("township", *_COUNTY)),
    "merge": Kind((*_BEFORE_ANSWER, *_ANSWERED), "closed", ()),
}
"""Every kind of step."""

UNCHANGING = ("note", "attach", "acknowledge")
"""Steps that leave the case, and its version, as they are."""

ROLES = ("viewer", "township", "county", "city", "admin")
"""Roles of people, the one that may do least first. A viewer takes no step."""

Review = Literal["none", "county", "city"]
"""The review a case needs before it may be closed."""

_REVIEWED: Mapping[str, tuple[str, ...]] = {
    "none": _ANSWERED,
    "county": ("county_reviewed", "city_reviewed"),
    "city": ("city_reviewed",),
}

PROGRAM = "jdzfire"
"""Author, in the log, of the steps that the program takes by itself."""

Case = Mapping[str, Any]
"""A row of [CASES] as plain values: times aware, missing is None."""


@dataclass(frozen=True)
class CaseChange:
    """A legal step that was taken."""

    action: str
    """``open`` or a step of :data:`STEPS`."""
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


def possible_steps(status: str, role: str | None = None) -> tuple[str, ...]:
    """Steps that people may take on a case in this state, in the order of :data:`STEPS`.

    Parameters
    ----------
    status : str
    role : str, optional
        Those of this role only.

    Examples
    --------
    >>> possible_steps("closed"), possible_steps("closed", "county")
    (('reopen', 'note'), ('note',))
    """
    return tuple(
        name
        for name, kind in STEPS.items()
        if status in kind.starts and (role in kind.roles if role else kind.roles)
    )


def check_role(role: str, action: str) -> None:
    """See that a role may take a kind of step.

    Raises
    ------
    UsageError
        It may not, or there is no such step.
    """
    kind = STEPS.get(action)
    if kind is None or role not in kind.roles:
        raise UsageError(
            f"a {role} may not {action.replace('_', ' ')}",
            expected=" or ".join(kind.roles) if kind and kind.roles else "another step",
            found=role[:40],
            remedy="ask somebody who may",
        )


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


def arrive(*, who: str, at: datetime, remark: str | None = None) -> CaseStep:
    """Somebody is there; ``arrived_at`` stays that of the first. Raises as :func:`dispatch`."""
    return _step(
        "arrive",
        lambda case: {"arrived_at": case["arrived_at"] or at},
        who=who,
        at=at,
        remark=remark,
    )


@dataclass(frozen=True)
class Findings:
    """What the field found, beside the category. Nothing is a field of its own: not stated."""

    affected_forest_ha: float | None = None
    """受害森林面积 [ha]."""
    burned_ha: float | None = None
    """过火面积 [ha], of any kind."""
    cause: str | None = None
    """One of ``schemas.CAUSE_ZH``."""
    people: float | None = None
    """People sent."""
    dead: float | None = None
    injured: float | None = None
    """People badly hurt."""
    out_at: datetime | None = None
    """When the fire was put out, aware."""

    def checked(self) -> dict[str, Any]:
        """The fields of a case. Raises UsageError for what cannot be."""
        if self.cause is not None and self.cause not in CAUSE_ZH:
            raise UsageError(
                "no such cause", expected=", ".join(CAUSE_ZH), found=repr(self.cause[:80])
            )
        areas = {name: _amount(name, getattr(self, name), "hectares") for name in _AREAS}
        counts = {name: _amount(name, getattr(self, name), "people") for name in _COUNTS}
        return {**areas, **counts, "cause": self.cause, "out_at": self.out_at}


_AREAS = ("affected_forest_ha", "burned_ha")
_COUNTS = ("people", "dead", "injured")
FINDINGS = (*_AREAS, "cause", *_COUNTS, "out_at")
"""Columns of [CASES] that an answer sets beside ``category`` and ``answered_at``."""


def _amount(name: str, value: float | None, unit: str) -> float | None:
    if value is None:
        return None
    is_whole = unit != "people" or float(value).is_integer()
    if not (math.isfinite(value) and value >= 0 and is_whole):
        raise UsageError(
            "not an area" if unit == "hectares" else f"not a number of people: {name}",
            expected=f"{unit}, 0 or more, or nothing",
            found=repr(value),
        )
    return float(value)


def answer(
    category: str,
    *,
    who: str,
    at: datetime,
    affected_forest_ha: float | None = None,
    found: Findings | None = None,
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
        受害森林面积, when nothing more is known than that.
    found : Findings, optional
        All that was found, in place of the area alone.
    remark : str, optional
        Free text, kept as written.

    Raises
    ------
    UsageError
        No such category, cause, area or number, no zone or name; when taken: not from this state.
    """
    if category not in CATEGORY_ZH:
        raise UsageError(
            "no such answer of the field",
            expected=", ".join(CATEGORY_ZH),
            found=repr(category[:80]),
        )
    given = found or Findings(affected_forest_ha=affected_forest_ha)
    fields = {"category": category, "answered_at": at, **given.checked()}
    return _step("answer", lambda _: fields, who=who, at=at, remark=remark)


def review(
    level: Literal["county", "city"], *, who: str, at: datetime, remark: str | None = None
) -> CaseStep:
    """The answer was looked at by the county or the city, and holds. Raises as :func:`dispatch`."""
    return _step(f"review_{level}", lambda _: {}, who=who, at=at, remark=remark)


def send_back(remark: str, *, who: str, at: datetime) -> CaseStep:
    """A reviewer does not take the answer: the case waits again, and the answer stays to be seen.

    Raises as :func:`dispatch`, also when no reason is given.
    """
    reason = _name(remark, "remark")
    return _step("send_back", lambda _: {}, who=who, at=at, remark=reason)


def close(*, who: str, at: datetime, remark: str | None = None, needs: Review = "none") -> CaseStep:
    """Close a case that was answered and reviewed as ``needs`` says. Raises as :func:`dispatch`."""
    return _step(
        "close",
        lambda _: {"closed_at": at},
        who=who,
        at=at,
        remark=remark,
        starts=_REVIEWED[needs],
    )


def cancel(remark: str, *, who: str, at: datetime) -> CaseStep:
    """End a case that should never have been one, with the reason.

    Raises as :func:`dispatch`, also when no reason is given.
    """
    reason = _name(remark, "remark")
    return _step("cancel", lambda _: {"closed_at": at}, who=who, at=at, remark=reason)


def hand_over(to: str, *, who: str, at: datetime, remark: str | None = None) -> CaseStep:
    """Give a case to another county or office; its state stays. Raises as :func:`dispatch`."""
    holder = _name(to, "to")
    return _step("hand_over", lambda _: {"held_by": holder}, who=who, at=at, remark=remark)


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
    """Open an ended case again: team, answer and findings are removed (the log keeps them).

    Deadlines stay unless given. Raises as :func:`dispatch`.
    """
    return _step(
        "reopen",
        lambda case: {
            **dict.fromkeys(("category", "team_id", "closed_at", *FINDINGS)),
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


def acknowledge(*, who: str, at: datetime, remark: str | None = None) -> CaseStep:
    """Note that somebody knows of a case that has not ended; the case stays as it is."""
    _check_aware(at, "at")
    person, text = _name(who, "who"), None if remark is None else storable_text(remark)

    def take(case: Case) -> CaseChange:
        _check_start("acknowledge", case, STEPS["acknowledge"].starts)
        return CaseChange("acknowledge", case, case, person, at, text)

    return take


def attach(sha256: str, name: str, *, who: str, at: datetime) -> CaseStep:
    """Note that a photo was added to a case that has not ended; the case stays as it is."""
    _check_aware(at, "at")
    person, text = _name(who, "who"), f"{sha256} {storable_text(name)}"

    def take(case: Case) -> CaseChange:
        _check_start("attach", case, STEPS["attach"].starts)
        return CaseChange("attach", case, case, person, at, text)

    return take


def _check_start(action: str, case: Case, allowed: tuple[str, ...]) -> None:
    if case["status"] not in allowed:
        raise UsageError(
            f"cannot {action.replace('_', ' ')} case {case['case_id']} now",
            expected=f"status {' or '.join(allowed)}",
            found=f"status {case['status']}",
            remedy=f"from here one can {' or '.join(possible_steps(case['status']))}",
        )


def _step(
    action: str,
    fields: Callable[[Case], Mapping[str, Any]],
    *,
    who: str,
    at: datetime,
    remark: str | None,
    starts: tuple[str, ...] | None = None,
) -> CaseStep:
    """A step of :data:`STEPS` that gives the case these fields; ``starts`` narrows its own."""
    text = None if remark is None else storable_text(remark)
    kind = STEPS[action]
    allowed = starts or kind.starts

    def take(case: Case) -> CaseChange:
        _check_start(action, case, allowed)
        change = fields(case)
        for field, value in {**change, "at": at}.items():
            if isinstance(value, datetime):
                _check_aware(value, field)
        version = case["version"] + 1
        after = {**case, **change, "version": version, "status": kind.end or case["status"]}
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
