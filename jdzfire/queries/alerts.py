"""Cases as alerts tell them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import pandas as pd

from jdzfire.board import labels
from jdzfire.board.labels import Lang
from jdzfire.board.text import clean
from jdzfire.board.wording import missing, records, text_or_none
from jdzfire.cases.alert_rules import Subject
from jdzfire.cases.steps import PROGRAM
from jdzfire.queries.desk import BoardRow, board_rows
from jdzfire.schemas import ENDED_STATUSES
from jdzfire.workspace import Workspace

_TEXT = {
    "zh": "判定：{verdict}（{level}级）\n首次发现 {first}，最近观测 {last}（北京时间）\n"
    "经纬度 {lon:.5f}, {lat:.5f}（WGS84）\n{due}时限 {due_at}\n{case}",
    "en": "verdict: {verdict} (level {level})\nfirst seen {first}, last {last} "
    "(Beijing time)\nat {lon:.5f}, {lat:.5f} (WGS84)\n{due} due {due_at}\n{case}",
}
_DUE = {"answer": ("首次反馈", "answer"), "result": ("结果", "result")}


def alert_subjects(
    workspace: Workspace, told: Iterable[str], *, at: datetime, lang: Lang
) -> list[Subject]:
    """Every case that has not ended, and ended ones that alerts were sent of.

    Parameters
    ----------
    workspace : Workspace
    told : iterable of str
        Cases that alerts were queued of.
    at : datetime, aware
    lang : {"zh", "en"}
    """
    rows = board_rows(workspace, at=at, lang=lang)
    ended = sorted(set(told) - {row.case_id for row in rows})
    ids = [*(row.case_id for row in rows), *ended]
    log = workspace.ledger.load_case_logs(ids)
    lives = {str(case_id): _Life(lines) for case_id, lines in log.groupby("case_id")}
    found = [_subject(row, lives[row.case_id], lang) for row in rows]
    return [*found, *_ended(workspace, ended, lives, lang)]


class _Life:
    """What the log of a case says of its last opening."""

    def __init__(self, lines: pd.DataFrame) -> None:
        opening = lines["action"].isin(["open", "reopen"])
        self.openings = int(opening.sum())
        begin = lines[opening | lines["action"].eq("hand_over")].iloc[-1]
        self.opened_at: datetime = begin["at"].to_pydatetime()
        since = lines[lines["seq"] > begin["seq"]]
        self.is_acknowledged = bool((since["who"] != PROGRAM).any())


def _line(text: str) -> str:
    return " ".join(clean(text, most=120).split())


def _subject(row: BoardRow, life: _Life, lang: Lang) -> Subject:
    place = _line(row.place)
    text = _TEXT[lang].format(
        verdict=row.verdict_name,
        level=row.level,
        first=row.first_seen,
        last=row.last_seen,
        lon=row.lon,
        lat=row.lat,
        due=_DUE[row.due][lang == "en"],
        due_at=row.due_at,
        case=row.case_id,
    )
    return Subject(
        case_id=row.case_id,
        event_id=row.event_id,
        status=row.status,
        county=row.county,
        verdict=row.verdict,
        level=row.level,
        opened_at=life.opened_at,
        openings=life.openings,
        is_acknowledged=life.is_acknowledged,
        due=row.due,
        escalation=row.escalation,
        line=f"{place} {row.verdict_name}",
        text=text,
    )


def _ended(
    workspace: Workspace, case_ids: list[str], lives: dict[str, _Life], lang: Lang
) -> Iterator[Subject]:
    """Subjects of ended cases: what they ended with."""
    if not case_ids:
        return
    ledger = workspace.ledger
    cases = ledger.load_cases()
    cases = cases[cases["case_id"].isin(case_ids) & cases["status"].isin(ENDED_STATUSES)]
    verdicts = {one["event_id"]: one for one in records(ledger.load_verdicts(cases["event_id"]))}
    for case in records(cases):
        verdict, life = verdicts.get(case["event_id"]), lives[case["case_id"]]
        if verdict is None:
            continue
        place = _line(text_or_none(verdict["place"]) or case["event_id"])
        words = [labels.case_status(case["status"], lang)]
        if not missing(case["category"]):
            words.append(labels.category(case["category"], lang))
        yield Subject(
            case_id=case["case_id"],
            event_id=case["event_id"],
            status=case["status"],
            county=text_or_none(case["held_by"]) or text_or_none(verdict["county"]),
            verdict=verdict["verdict"],
            level=labels.priority_level(
                0 if missing(verdict["priority"]) else int(verdict["priority"])
            ),
            opened_at=life.opened_at,
            openings=life.openings,
            is_acknowledged=True,
            due="result",
            escalation=0,
            line=f"{place} {' '.join(words)}",
            text=f"{' '.join(words)}\n{case['case_id']}",
        )
