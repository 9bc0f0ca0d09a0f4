"""Each event of the board: the tables joined into one readable row.

What belongs here: joining and sorting for the page, the bulletin and the export. What does not:
deciding anything about a fire; verdicts and priorities come from triage as they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from jdzfire.board import labels, wording
from jdzfire.board.board import Board, once_per_object
from jdzfire.board.event_frame import first_teams, join_events
from jdzfire.board.labels import Lang
from jdzfire.board.wording import minutes_since, minutes_until, records
from jdzfire.crs import from_wgs84
from jdzfire.schemas import WAITING_STATUSES, decode_reasons
from jdzfire.siting.assumptions import TravelAssumptions


@dataclass(frozen=True)
class EventSummary:
    """One event as the page shows it; texts are still raw and hostile."""

    event_id: str
    verdict: str
    group: str
    """``open`` (to be worked on), ``closed`` (its case is closed) or ``explained``."""
    level: int
    priority: int
    first_seen_at: pd.Timestamp
    last_seen_at: pd.Timestamp
    row: dict[str, Any]
    """All else, ready for JSON: see ``summarise_events``."""

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to answer for it."""
        return self.group == "open"


def data_time(board: Board) -> pd.Timestamp | None:
    """Newest observation the board holds: of the feeds' records, else of the hotspots."""
    for times in (board.feeds["last_data_at"], board.hotspots["acquired_at"]):
        if times.notna().any():
            return pd.Timestamp(times.max())
    return None


@once_per_object
def summarise_events(board: Board, *, lang: Lang = "zh") -> list[EventSummary]:
    """Facts of every event that was not merged into another, in the order of ``join_events``.

    Parameters
    ----------
    board : Board
    lang : {"zh", "en"}

    Returns
    -------
    list of EventSummary, one an event
        ``row`` holds id, verdict and its name, priority and parts, place, county, township,
        zone, times (Beijing, text), satellites, confidence counts, FRP [MW], area [ha],
        lon/lat [WGS84 degree], gcj (GCJ-02 degree), bd (BD-09 degree), reasons, causes to
        report at once, case, nearest teams, how many of them to send and why, what is nearby.
        Made once a board and language.
    """
    joined = join_events(board)
    if joined.empty:
        return []
    extras = _Extras(board, lang)
    gcj, bd = (_in_datum(joined, datum) for datum in ("gcj02", "bd09"))
    return [
        _facts(row, extras, (gcj[i], bd[i]))
        for i, row in enumerate(records(joined.drop(columns="geometry")))
    ]


def _in_datum(joined: pd.DataFrame, datum: str) -> list[list[float]]:
    lon, lat = from_wgs84(joined["lon"].to_numpy(), joined["lat"].to_numpy(), datum)
    found: list[list[float]] = np.round(np.column_stack([lon, lat]), 5).tolist()
    return found


class _Extras:
    """Look-ups by event or id, made once for all events."""

    def __init__(self, board: Board, lang: Lang) -> None:
        self.now = board.now
        self.lang = lang
        self.zones = board.zones.drop(columns="geometry").set_index("zone_id").to_dict("index")
        self.teams = board.teams.drop(columns="geometry").set_index("team_id").to_dict("index")
        self.confidence = _confidence(board)
        self.travel = board.travel
        self.nearest = self._nearest(board)
        joined = join_events(board)
        self.send = dict(zip(joined["event_id"], first_teams(board, joined), strict=True))
        self.nearby = self._nearby(board)
        self.observations = _latest_observations(board)

    def _nearest(self, board: Board) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for row in records(board.nearest.sort_values(["event_id", "rank"])):
            found.setdefault(str(row["event_id"]), []).append(self._team(row))
        return found

    def _nearby(self, board: Board) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = {}
        for row in records(board.nearby[board.nearby["event_id"].notna()]):
            found.setdefault(str(row["event_id"]), []).append(
                {
                    "kind": str(row["kind"]),
                    "name": str(row["name"]),
                    "phone": wording.text_or_none(row["phone"]),
                    "km": wording.kilometres(float(row["distance_m"])),
                    "wind": wording.compass(float(row["bearing_deg"]), self.lang),
                }
            )
        return found

    def _team(self, row: dict[str, Any]) -> dict[str, Any]:
        team = self.teams.get(row["team_id"], {})
        return {
            "id": str(row["team_id"]),
            "name": wording.text_or_none(team.get("name")) or str(row["team_id"]),
            "km": wording.kilometres(float(row["distance_m"])),
            "wind": wording.compass(float(row["bearing_deg"]), self.lang),
            "m": round(float(row["distance_m"])),
            "deg": round(float(row["bearing_deg"])) % 360,
            "min": round(_minutes(row, self.travel)),
            "method": str(row["method"]),
            "quick": wording.number_or_none(row.get("quick_min"), digits=0),
            "late": wording.number_or_none(row.get("late_min"), digits=0),
            "way": self._way(row),
            "people": wording.number_or_none(team.get("headcount"), digits=0),
            "leader": wording.text_or_none(team.get("leader")),
            "phone": wording.text_or_none(team.get("phone")),
        }

    def _way(self, row: dict[str, Any]) -> str:
        """How far and how soon, in a phrase that tells a straight line from a road."""
        by_road = wording.number_or_none(row.get("minutes")) is not None
        return _WAYS[self.lang][by_road].format(
            wind=wording.compass(float(row["bearing_deg"]), self.lang),
            km=wording.kilometres(float(row["distance_m"])),
            minutes=_minutes(row, self.travel),
            quick=row.get("quick_min"),
            late=row.get("late_min"),
        )


_WAYS = {
    "zh": {
        True: "{wind}{km}公里，路程约{minutes:.0f}分钟（{quick:.0f}—{late:.0f}）",
        False: "直线{wind}{km}公里",
    },
    "en": {
        True: "{km} km {wind}, about {minutes:.0f} min by road and on foot "
        "({quick:.0f}-{late:.0f})",
        False: "{km} km {wind} in a straight line",
    },
}
"""By road and on foot, or by straight line."""


def _minutes(row: dict[str, Any], travel: TravelAssumptions) -> float:
    """By road and on foot where that is known, else estimated from the straight line."""
    minutes = wording.number_or_none(row.get("minutes"))
    return travel.minutes_at(float(row["distance_m"])) if minutes is None else float(minutes)


def _confidence(board: Board) -> dict[str, dict[str, int]]:
    """Counts of hotspots by confidence class of each event; percent is its own key."""
    columns = ["hotspot_id", "confidence", "confidence_pct"]
    table = board.members.merge(pd.DataFrame(board.hotspots[columns]), on="hotspot_id")
    counts: dict[str, dict[str, int]] = {}
    classes = table.groupby(["event_id", "confidence"]).size().sort_index()
    for (event_id, name), count in zip(classes.index.tolist(), classes.tolist(), strict=True):
        counts.setdefault(str(event_id), {})[str(name)] = int(count)
    percent = table.groupby("event_id")["confidence_pct"].max().dropna()
    for event_id, most in zip(percent.index.tolist(), percent.tolist(), strict=True):
        counts.setdefault(str(event_id), {})["pct_max"] = round(float(most))
    return counts


def _latest_observations(board: Board) -> dict[str, tuple[pd.Timestamp, str]]:
    """Newest observation of each township, by its name."""
    names = dict(zip(board.admin["admin_id"], board.admin["name"], strict=True))
    observations = board.observations[board.observations["last_looked_at"].notna()]
    latest: dict[str, tuple[pd.Timestamp, str]] = {}
    for row in records(observations.sort_values(["last_looked_at", "feed"])):
        name = wording.text_or_none(row.get("name")) or names.get(row["township_id"])
        if name is not None:
            latest[str(name)] = (row["last_looked_at"], str(row["feed"]))
    return latest


def _facts(
    row: dict[str, Any], extras: _Extras, shifted: tuple[list[float], list[float]]
) -> EventSummary:
    verdict, group = str(row["verdict"]), str(row["group"])
    priority, level = int(row["priority"]), int(row["level"])
    return EventSummary(
        event_id=str(row["event_id"]),
        verdict=verdict,
        group=group,
        level=level,
        priority=priority,
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
        row={
            "id": str(row["event_id"]),
            "verdict": verdict,
            "verdict_name": labels.verdict_name(
                verdict, extras.lang, is_provisional=bool(row["is_provisional"])
            ),
            "group": group,
            "level": level,
            "priority": priority,
            **_what(row, extras),
            **_where(row, extras, shifted),
            "provisional": bool(row["is_provisional"]),
            "causes": (causes := _causes(row["escalation"])),
            "growing": "growth" in causes or _points(row["priority_parts"]).get("growth", 0) > 0,
            "reasons": _reasons(row["reasons"], extras.lang),
            "parts": _parts(row["priority_parts"], extras.lang),
            "explained_by": wording.text_or_none(row["explained_by"]),
            "case": _case(row, extras),
            "nearest": extras.nearest.get(str(row["event_id"]), []),
            "send": extras.send[row["event_id"]],
            "nearby": extras.nearby.get(str(row["event_id"]), []),
        },
    )


def _what(row: dict[str, Any], extras: _Extras) -> dict[str, Any]:
    return {
        "first": wording.beijing(row["first_seen_at"]),
        "last": wording.beijing(row["last_seen_at"]),
        "first_full": wording.beijing(row["first_seen_at"], "%Y-%m-%d %H:%M"),
        "last_full": wording.beijing(row["last_seen_at"], "%Y-%m-%d %H:%M"),
        "age_min": minutes_since(row["last_seen_at"], extras.now),
        "satellites": [
            labels.satellite_name(name.strip(), extras.lang)
            for name in str(row["satellites"]).split(",")
            if name.strip()
        ],
        "count": int(row["hotspot_count"]),
        "unit": labels.hotspot_unit(str(row["satellites"])),
        "confidence": extras.confidence.get(str(row["event_id"]), {}),
        "frp": wording.number_or_none(row["frp_max_mw"], digits=1),
    }


def _where(
    row: dict[str, Any], extras: _Extras, shifted: tuple[list[float], list[float]]
) -> dict[str, Any]:
    zone = extras.zones.get(row["zone_id"], {})
    zone_texts = [wording.text_or_none(zone.get(k)) for k in ("name", "forest_farm", "species")]
    share = wording.number_or_none(row["forest_share"])
    area_ha = float(row["footprint_ha"])
    township = wording.text_or_none(row["township"])
    observation = extras.observations.get(township or "")
    return {
        "place": wording.text_or_none(row["place"]),
        "county": wording.text_or_none(row["county"]),
        "township": township,
        "zone": list(dict.fromkeys(t for t in zone_texts if t)),
        "forest_pct": None if share is None else round(100 * share),
        "ha": wording.decimal(area_ha, 1),
        "mu": wording.mu(area_ha),
        "lon": round(float(row["lon"]), 5),
        "lat": round(float(row["lat"]), 5),
        "gcj": shifted[0],
        "bd": shifted[1],
        "looked": None
        if observation is None
        else [wording.beijing(observation[0]), observation[1]],
    }


def _reasons(text: Any, lang: Lang) -> list[dict[str, Any]]:
    if wording.missing(text):
        return []
    return [
        {
            "rule": reason.rule,
            "outcome": reason.outcome,
            "text": reason.text_zh if lang == "zh" else reason.text_en,
            "measured": wording.measures(reason.measured, lang),
            "threshold": wording.measures(reason.threshold, lang),
        }
        for reason in decode_reasons(str(text))
    ]


def _causes(text: Any) -> list[str]:
    """Causes to report at once, as triage found them."""
    return [cause for cause in (wording.text_or_none(text) or "").split(",") if cause]


def _points(text: Any) -> dict[str, float]:
    """Points of each part of the priority."""
    if wording.missing(text):
        return {}
    return {str(k): v for k, v in json.loads(str(text)).items() if isinstance(v, int | float)}


def _parts(text: Any, lang: Lang) -> list[list[Any]]:
    """Parts of the priority that gave points, the largest first, then by name."""
    points = _points(text)
    ordered = sorted(points.items(), key=lambda item: (-item[1], item[0]))
    return [[labels.part_name(name, lang), round(value)] for name, value in ordered if value]


def _case(row: dict[str, Any], extras: _Extras) -> dict[str, Any] | None:
    status = wording.text_or_none(row["case_status"])
    if status is None:
        return None
    waiting = status in WAITING_STATUSES
    due = row["case_answer_due_at"]
    answer = wording.text_or_none(row["case_category"])
    team_id = wording.text_or_none(row["case_team_id"])
    team = extras.teams.get(team_id or "", {})
    return {
        "id": str(row["case_case_id"]),
        "status": status,
        "label": labels.case_status(status, extras.lang),
        "category": None if answer is None else labels.category(answer, extras.lang),
        "team": wording.text_or_none(team.get("name")) or team_id,
        "due": wording.beijing(due),
        "overdue": bool(waiting and not wording.missing(due) and due < extras.now),
        "affected_ha": wording.number_or_none(row["case_affected_forest_ha"], digits=2),
        "answer_in_min": minutes_until(due, extras.now),
        "result_in_min": minutes_until(row["case_result_due_at"], extras.now),
    }
