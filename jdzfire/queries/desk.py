"""What the desk shows: the cases that have not ended, and one case with all about it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import pandas as pd

from jdzfire.board import labels
from jdzfire.board.labels import Lang
from jdzfire.board.wording import beijing, decimal, missing, records, text_or_none
from jdzfire.cases.deadlines import overdue_cases
from jdzfire.cases.grade import GRADE_ZH, fire_grade
from jdzfire.cases.steps import possible_steps
from jdzfire.errors import NotFound
from jdzfire.exports.feedback_xlsx import feedback_rows
from jdzfire.queries.burns import case_burn
from jdzfire.queries.reach import rank_teams
from jdzfire.reach.dispatch import nearby_resources
from jdzfire.schemas import ENDED_STATUSES, FIRE_CATEGORIES, WAITING_STATUSES, decode_reasons
from jdzfire.store.registers import load_register
from jdzfire.workspace import Workspace


@dataclass(frozen=True)
class BoardRow:
    """One case on the board; texts are raw and hostile."""

    case_id: str
    event_id: str
    status: str
    status_name: str
    place: str
    county: str | None
    township: str | None
    verdict: str
    verdict_name: str
    priority: int
    level: int
    """1 to 3, the most urgent first."""
    first_seen: str | None
    last_seen: str | None
    """Beijing time."""
    team: str | None
    due: str
    """answer or result: what is awaited."""
    due_at: str | None
    due_min: int | None
    """Minutes until it is due; below 0 it is late."""
    escalation: int
    """How many levels are to be told by now."""
    lon: float
    lat: float

    @property
    def is_waiting(self) -> bool:
        """Nobody has answered yet."""
        return self.status in WAITING_STATUSES


def board_rows(
    workspace: Workspace, *, at: datetime, lang: Lang, event_id: str | None = None
) -> list[BoardRow]:
    """Cases that have not ended: waiting ones first, then by urgency and by when they are due.

    Parameters
    ----------
    workspace : Workspace
    at : datetime, aware
    lang : {"zh", "en"}
    event_id : str, optional
        The case of this event only.
    """
    ledger = workspace.ledger
    cases = ledger.load_open_cases() if event_id is None else ledger.load_cases([event_id])
    ids = cases["event_id"]
    verdicts, events = ledger.load_verdicts(ids), ledger.load_events(ids)
    table = feedback_rows(cases, events, verdicts)
    judged = verdicts.set_index("event_id")[["verdict", "is_provisional", "priority"]]
    table = table.join(judged, on="event_id")
    late = overdue_cases(cases, at=at, rules=workspace.settings.cases)
    levels = dict(zip(late["case_id"], late["level"], strict=True))
    teams = _team_names(workspace)
    last = events.set_index("event_id")["last_seen_at"]
    rows = []
    for row in records(table):
        is_waiting = row["status"] in WAITING_STATUSES
        due_at = row["answer_due_at"] if is_waiting else row["result_due_at"]
        priority = 0 if missing(row["priority"]) else int(row["priority"])
        lon, lat = float(row["lon"]), float(row["lat"])
        rows.append(
            BoardRow(
                case_id=row["case_id"],
                event_id=row["event_id"],
                status=row["status"],
                status_name=labels.case_status(row["status"], lang),
                place=text_or_none(row["place"]) or f"{lon:.3f}, {lat:.3f}",
                county=text_or_none(row["county"]),
                township=text_or_none(row["township"]),
                verdict=str(row["verdict"]),
                verdict_name=labels.verdict_name(
                    str(row["verdict"]), lang, is_provisional=bool(row["is_provisional"])
                ),
                priority=priority,
                level=labels.priority_level(priority),
                first_seen=beijing(row["first_seen_at"]),
                last_seen=beijing(last.get(row["event_id"])),
                team=teams.get(str(row["team_id"]), text_or_none(row["team_id"])),
                due="answer" if is_waiting else "result",
                due_at=beijing(due_at),
                due_min=_minutes_to(due_at, at),
                escalation=int(levels.get(row["case_id"], 0)),
                lon=lon,
                lat=lat,
            )
        )
    rows.sort(key=lambda one: (not one.is_waiting, -one.priority, one.due_min or 0, one.case_id))
    return rows


def _minutes_to(due_at: Any, at: datetime) -> int | None:
    if missing(due_at):
        return None
    return round((pd.Timestamp(due_at) - pd.Timestamp(at)).total_seconds() / 60)


def _team_names(workspace: Workspace) -> dict[str, str]:
    teams = load_register(workspace.home, "teams")
    return dict(zip(teams["team_id"].astype(str), teams["name"].astype(str), strict=True))


@dataclass(frozen=True)
class CaseView:
    """One case with all that its page shows; texts are raw and hostile."""

    case: dict[str, Any]
    """A row of [CASES] as plain values."""
    row: BoardRow | None
    """As on the board; None of an ended case."""
    county: str | None
    """County of the place, whoever holds the case."""
    holder: str | None
    """County or office that holds it."""
    township: str | None
    place: str
    verdict_name: str
    reasons: list[dict[str, str]]
    """``mark`` (met, failed, unknown), ``rule`` and ``text``, in the order they were tried."""
    lon: float
    lat: float
    teams: list[dict[str, Any]]
    """Nearest teams with ``label``, ``leader``, ``phone``, ``minutes``, ``distance_km``."""
    officers: list[dict[str, Any]]
    """Nearest information officers with ``name``, ``phone``, ``distance_km``."""
    burn: dict[str, Any] | None
    """What was noted of the burn that explains the event."""
    log: list[dict[str, Any]]
    """``at``, ``who``, ``action``, ``name``, ``remark``, ``changes``; the oldest first."""
    photos: list[dict[str, Any]]
    grade: str | None
    """Of a fire, in words."""


def case_place(workspace: Workspace, case_id: str) -> tuple[dict[str, Any], str | None, str | None]:
    """A case, the county that holds it, and its township.

    Raises
    ------
    NotFound
        No such case.
    """
    case = workspace.ledger.load_case(case_id)
    verdict = records(workspace.ledger.load_verdicts([case["event_id"]]))
    county = text_or_none(verdict[0]["county"]) if verdict else None
    township = text_or_none(verdict[0]["township"]) if verdict else None
    return case, case["held_by"] or county, township


def case_view(workspace: Workspace, case_id: str, *, at: datetime, lang: Lang) -> CaseView:
    """Everything the page of a case shows.

    Raises
    ------
    NotFound
        No such case.
    """
    ledger = workspace.ledger
    case = ledger.load_case(case_id)
    event_id = case["event_id"]
    events, verdicts = ledger.load_events([event_id]), records(ledger.load_verdicts([event_id]))
    if not verdicts or events.empty:
        raise NotFound("the event of the case has no verdict yet", found=event_id)
    (verdict,) = verdicts
    mine = board_rows(workspace, at=at, lang=lang, event_id=event_id)
    county = text_or_none(verdict["county"])
    lon, lat = float(events["lon"].iloc[0]), float(events["lat"].iloc[0])
    category = case["category"]
    grade = None
    if category in FIRE_CATEGORIES:
        grade = fire_grade(case["affected_forest_ha"], case["dead"], case["injured"])
    return CaseView(
        case=case,
        row=mine[0] if mine else None,
        county=county,
        holder=case["held_by"] or county,
        township=text_or_none(verdict["township"]),
        place=text_or_none(verdict["place"]) or f"{lon:.4f}, {lat:.4f}",
        verdict_name=labels.verdict_name(
            verdict["verdict"], lang, is_provisional=bool(verdict["is_provisional"])
        ),
        reasons=[
            {
                "mark": reason.outcome,
                "rule": reason.rule,
                "text": reason.text_zh if lang == "zh" else reason.text_en,
            }
            for reason in decode_reasons(verdict["reasons"])
        ],
        lon=lon,
        lat=lat,
        teams=_near_teams(workspace, events, at=at),
        officers=_near_officers(workspace, events),
        burn=case_burn(workspace, text_or_none(verdict["explained_by"])),
        log=_log(workspace, case_id, lang),
        photos=records(ledger.load_attachments([case_id])),
        grade=None if grade is None else GRADE_ZH[grade] if lang == "zh" else grade,
    )


def _near_teams(
    workspace: Workspace, events: gpd.GeoDataFrame, *, at: datetime
) -> list[dict[str, Any]]:
    register = load_register(workspace.home, "teams")
    out = workspace.ledger.load_open_cases()  # whose teams are out
    near, _ = rank_teams(workspace, events, register, out, at=at)
    by_id = {str(team["team_id"]): team for team in records(register.drop(columns="geometry"))}
    shown = []
    for one in records(near.sort_values("rank")):
        team = by_id.get(str(one["team_id"]), {})
        minutes = one.get("minutes")
        shown.append(
            {
                "team_id": str(one["team_id"]),
                "label": text_or_none(team.get("name")) or str(one["team_id"]),
                "leader": text_or_none(team.get("leader")),
                "phone": text_or_none(team.get("phone")),
                "minutes": None if minutes is None or missing(minutes) else round(float(minutes)),
                "distance_km": decimal(float(one["distance_m"]) / 1000, 1),
                "is_busy": not missing(one.get("busy_with")),
            }
        )
    return shown


def _near_officers(workspace: Workspace, events: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    near = nearby_resources(events, load_register(workspace.home, "resources"))
    return [
        {
            "name": text_or_none(one["name"]) or one["resource_id"],
            "phone": text_or_none(one["phone"]),
            "distance_km": decimal(float(one["distance_m"]) / 1000, 1),
        }
        for one in records(near[near["kind"] == "officer"])
    ]


def _log(workspace: Workspace, case_id: str, lang: Lang) -> list[dict[str, Any]]:
    lines = []
    for line in records(workspace.ledger.load_case_log(case_id)):
        after = json.loads(line["after"])
        lines.append(
            {
                "at": beijing(line["at"]),
                "who": line["who"],
                "action": line["action"],
                "name": labels.case_action(line["action"], lang),
                "remark": text_or_none(line["remark"]),
                "changes": _changes(after, lang) if line["action"] != "open" else [],
            }
        )
    return lines


def _changes(after: dict[str, Any], lang: Lang) -> list[str]:
    """What a step set, in words; times of the step itself are left out."""
    shown = []
    for name, value in after.items():
        if value is None or name not in labels.CASE_FIELDS:
            continue
        if name == "category":
            text = labels.category(value, lang)
        elif name == "cause":
            text = labels.cause(value, lang)
        elif name.endswith("_at"):
            text = beijing(value) or ""
        else:
            text = f"{value:g}" if isinstance(value, float) else str(value)
        shown.append(f"{labels.case_field(name, lang)} {text}")
    return shown


def steps_of(case: dict[str, Any], role: str) -> tuple[str, ...]:
    """Steps that a role may take on a case as it is."""
    return possible_steps(case["status"], role)


def ended_rows(workspace: Workspace, *, lang: Lang) -> list[dict[str, Any]]:
    """Cases that have ended, the last one first: id, place, county, township, words of it."""
    ledger = workspace.ledger
    cases = ledger.load_cases()
    cases = cases[cases["status"].isin(ENDED_STATUSES)].sort_values("closed_at", ascending=False)
    places = ledger.load_verdicts(cases["event_id"]).set_index("event_id")
    table = cases.join(places[["county", "township", "place", "verdict"]], on="event_id")
    return [
        {
            "case_id": row["case_id"],
            "place": text_or_none(row["place"]) or row["event_id"],
            "county": text_or_none(row["held_by"]) or text_or_none(row["county"]),
            "township": text_or_none(row["township"]),
            "status": labels.case_status(row["status"], lang),
            "category": None
            if missing(row["category"])
            else labels.category(row["category"], lang),
            "closed_at": beijing(row["closed_at"], "%Y-%m-%d %H:%M"),
        }
        for row in records(table)
    ]


def ended_events(workspace: Workspace, *, since: datetime) -> list[str]:
    """Events whose case ended since, by id."""
    cases = workspace.ledger.load_cases()
    is_ended = cases["status"].isin(ENDED_STATUSES) & (cases["closed_at"] >= pd.Timestamp(since))
    return sorted(cases.loc[is_ended, "event_id"])
