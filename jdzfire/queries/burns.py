"""Burns as they are carried out: those permitted today, and those lit that nobody reported out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from jdzfire.board.labels import Lang
from jdzfire.board.wording import beijing, missing, records, text_or_none
from jdzfire.queries.outlook import burns_of_day
from jdzfire.store.registers import load_register
from jdzfire.triage.burn_days import ADVICE
from jdzfire.workspace import Workspace

NEXT_STEPS = {"planned": ("in", "off"), "in": ("out",), "out": ("in",), "off": ("in",)}
"""What may be noted next of a burn, by its state: the action noted last."""

_LATE_H = 12.0
"""A burn lit longer ago than this and not reported out is late [K]."""


def burns_now(workspace: Workspace, *, at: datetime, lang: Lang) -> list[dict[str, Any]]:
    """Burns permitted today and burns that are lit, those lit first, then by county and place.

    Parameters
    ----------
    workspace : Workspace
    at : datetime, aware
    lang : {"zh", "en"}

    Returns
    -------
    list of dict
        ``permit_id``, ``county``, ``township``, ``place``, ``area_ha``, ``until`` (Beijing time),
        ``contact``, ``phone``, ``advice`` and its ``advice_name`` and ``why``, ``state`` (a key of
        :data:`NEXT_STEPS`), ``since``, ``people``, ``is_late``, ``lit_against``: whether it was
        lit though it was not to be, ``next``. Texts are raw and hostile.
    """
    permits = load_register(workspace.home, "permits").set_index("permit_id", drop=False)
    last = states_of_burns(workspace)
    today = {row["permit_id"]: row for row in records(burns_of_day(workspace, at))}
    lit = {permit for permit, line in last.items() if line["action"] == "in"}
    rows = []
    for permit_id in [*today, *sorted(lit - set(today))]:
        if permit_id not in permits.index:
            continue
        permit, day = permits.loc[permit_id], today.get(permit_id)
        rows.append(_row(permit, day, last.get(permit_id), at, lang))
    order = {name: number for number, name in enumerate(("in", "planned", "out", "off"))}
    rows.sort(key=lambda row: (order[row["state"]], str(row["county"]), str(row["place"])))
    return rows


def states_of_burns(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """The last line of each burn's log, by permit."""
    log = workspace.ledger.load_burn_log()
    return {row["permit_id"]: row for row in records(log.drop_duplicates("permit_id", keep="last"))}


def _row(
    permit: pd.Series,
    day: dict[str, Any] | None,
    line: dict[str, Any] | None,
    at: datetime,
    lang: Lang,
) -> dict[str, Any]:
    state = _state(line, at)
    advice = "stop" if day is None else str(day["advice"])
    is_lit = state == "in"
    since = None if line is None or state == "planned" else pd.Timestamp(line["at"])
    burning = timedelta(0) if since is None else pd.Timestamp(at) - since
    area = permit["area_ha"]
    return {
        "permit_id": str(permit["permit_id"]),
        "county": text_or_none(permit["county"]),
        "township": text_or_none(permit["township"]),
        "place": text_or_none(permit["place"]) or str(permit["permit_id"]),
        "area_ha": None if missing(area) else float(area),
        "until": beijing(permit["valid_to"]),
        "contact": text_or_none(permit["contact"]),
        "phone": text_or_none(permit["phone"]),
        "advice": advice,
        "advice_name": ADVICE[advice][lang == "en"],
        "why": _why(day, lang),
        "state": state,
        "since": beijing(since),
        "people": None if line is None or missing(line["people"]) else int(line["people"]),
        "is_late": is_lit and burning > timedelta(hours=_LATE_H),
        "lit_against": is_lit and advice == "stop",
        "next": NEXT_STEPS[state],
    }


def _state(line: dict[str, Any] | None, at: datetime) -> str:
    """What was noted last; an end or a calling off counts for its Beijing day only."""
    if line is None:
        return "planned"
    if line["action"] == "in":
        return "in"
    day = pd.Timestamp(at).tz_convert("Asia/Shanghai").normalize()
    return str(line["action"]) if pd.Timestamp(line["at"]) >= day else "planned"


def _why(day: dict[str, Any] | None, lang: Lang) -> str:
    if day is None:
        return "不在许可时间内" if lang == "zh" else "outside the permitted time"
    return text_or_none(day["reasons_zh" if lang == "zh" else "reasons_en"]) or ""


def case_burn(workspace: Workspace, permit_id: str | None) -> dict[str, Any] | None:
    """What was noted of the burn that explains an event: ``state``, ``since``; None without."""
    line = None if permit_id is None else states_of_burns(workspace).get(permit_id)
    if line is None:
        return None
    return {"permit_id": permit_id, "state": line["action"], "since": beijing(line["at"])}
