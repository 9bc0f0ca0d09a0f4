"""For the review of a season: verdicts the field contradicted, and the rules that made them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from jdzfire.board import labels
from jdzfire.board.labels import Lang
from jdzfire.board.wording import beijing, records, text_or_none
from jdzfire.schemas import FIRE_CATEGORIES, decode_reasons
from jdzfire.season.counts import count_crossed
from jdzfire.season.told import tell_cases
from jdzfire.workspace import Workspace

_EXPLAINED = ("permitted", "heat_source", "outside_forest")
_NO_FIRE = ("heat_source", "no_fire", "prescribed_burn")


def wrong_verdicts(
    workspace: Workspace, *, since: datetime, until: datetime, lang: Lang
) -> list[dict[str, Any]]:
    """Answered cases whose verdict the answer contradicts, the gravest kind first.

    Graver is a fire that a verdict explained away: ``missed``. The other kind, ``false``, is an
    event that asked for an answer and was a permitted burn or an industrial site: each could have
    been explained.

    Parameters
    ----------
    workspace : Workspace
    since, until : datetime, aware
        Of the opening of the case.
    lang : {"zh", "en"}

    Returns
    -------
    list of dict
        ``case_id``, ``event_id``, ``place``, ``seen`` (Beijing time), ``kind``, ``verdict``,
        ``answer`` in words, ``rule`` (what explained it, or the last rule that failed to) and its
        ``text``, ``lon``, ``lat``.
    """
    ledger = workspace.ledger
    cases = ledger.load_cases()
    spans = (cases["opened_at"] >= pd.Timestamp(since)) & (
        cases["opened_at"] <= pd.Timestamp(until)
    )
    cases = cases[spans & cases["category"].notna()]
    ids = cases["event_id"]
    verdicts = {row["event_id"]: row for row in records(ledger.load_verdicts(ids))}
    events = {row["event_id"]: row for row in records(ledger.load_events(ids))}
    rows = []
    for case in records(cases):
        verdict, event = verdicts.get(case["event_id"]), events.get(case["event_id"])
        kind = None if verdict is None else _kind(verdict["verdict"], case["category"])
        if kind is None or verdict is None or event is None:
            continue
        reason = _deciding(verdict["reasons"], kind)
        rows.append(
            {
                "case_id": case["case_id"],
                "event_id": case["event_id"],
                "place": text_or_none(verdict["place"]) or case["event_id"],
                "seen": beijing(event["first_seen_at"], "%Y-%m-%d %H:%M"),
                "kind": kind,
                "verdict": labels.verdict_name(
                    verdict["verdict"], lang, is_provisional=bool(verdict["is_provisional"])
                ),
                "answer": labels.category(case["category"], lang),
                "rule": reason[0],
                "text": reason[1] if lang == "zh" else reason[2],
                "lon": float(event["lon"]),
                "lat": float(event["lat"]),
            }
        )
    rows.sort(key=lambda row: (row["kind"] != "missed", row["rule"], row["case_id"]))
    return rows


def _kind(verdict: str, category: str) -> str | None:
    if verdict in _EXPLAINED and category in FIRE_CATEGORIES:
        return "missed"
    if verdict not in _EXPLAINED and category in _NO_FIRE:
        return "false"
    return None


def _deciding(reasons: str, kind: str) -> tuple[str, str, str]:
    """Rule and texts of what explained a fire away, or of the last that failed to explain."""
    tried = [one for one in decode_reasons(reasons) if not one.rule.startswith("verdict.")]
    outcome = "met" if kind == "missed" else "failed"
    some = [one for one in tried if one.outcome == outcome] or tried or decode_reasons(reasons)
    return (some[-1].rule, some[-1].text_zh, some[-1].text_en) if some else ("", "", "")


def accuracy(workspace: Workspace, *, since: datetime, until: datetime) -> pd.DataFrame:
    """Verdict against answer with counts and intervals, see ``season.counts.count_crossed``."""
    ledger = workspace.ledger
    cases = ledger.load_cases()
    mine = cases[cases["opened_at"].between(pd.Timestamp(since), pd.Timestamp(until))]
    ids = mine["event_id"]
    return count_crossed(tell_cases(mine, ledger.load_events(ids), ledger.load_verdicts(ids)))
