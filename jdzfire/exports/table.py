"""The table of events that sheets and map layers share: columns, their titles, one row an event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from jdzfire.board import labels
from jdzfire.board.board import Board, Edition, once_per_object
from jdzfire.board.labels import Lang
from jdzfire.board.summary import EventSummary, summarise_events
from jdzfire.board.text import clean
from jdzfire.board.wording import MU_PER_HA, number_or_none

GROUP_NAMES = {
    "open": ("待处置", "open"),
    "explained": ("已说明", "explained"),
    "closed": ("已结案", "closed"),
}


@dataclass(frozen=True)
class ExportColumn:
    """One column of the table of events."""

    name: str
    """Name in map layers; carries the unit."""
    zh: str
    """Title in sheets."""
    en: str
    """Title in English sheets."""
    kind: Literal["text", "int", "float", "time"]
    """``time`` is aware UTC in a row; sheets write Beijing time."""
    width: int = 12
    """Width in a sheet [characters]."""
    is_internal: bool = False
    """Left out of the public edition."""

    def title(self, lang: Lang) -> str:
        """Title in a language."""
        return self.zh if lang == "zh" else self.en


EVENT_COLUMNS = (
    ExportColumn("event_id", "事件编号", "Event", "text", 20),
    ExportColumn("group_name", "状态", "Group", "text", 10),
    ExportColumn("verdict", "判定代码", "Verdict code", "text", 16),
    ExportColumn("verdict_name", "判定", "Verdict", "text", 16),
    ExportColumn("priority", "优先级", "Priority", "int", 8),
    ExportColumn("county", "县（市、区）", "County", "text", 12),
    ExportColumn("township", "乡镇", "Township", "text", 12),
    ExportColumn("place", "地点", "Place", "text", 34),
    ExportColumn("first_seen_at", "首次发现（北京时间）", "First seen (Beijing)", "time", 19),
    ExportColumn("last_seen_at", "最近观测（北京时间）", "Last seen (Beijing)", "time", 19),
    ExportColumn("satellites", "来源", "Seen by", "text", 20),
    ExportColumn("hotspot_count", "热点数", "Hotspots", "int", 8),
    ExportColumn("frp_max_mw", "最大火强（MW）", "Max FRP (MW)", "float", 12),
    ExportColumn("footprint_ha", "像元面积（公顷）", "Footprint (ha)", "float", 12),
    ExportColumn("footprint_mu", "像元面积（亩）", "Footprint (mu)", "int", 12),
    ExportColumn("forest_pct", "林地占比（%）", "Forest (%)", "int", 10),
    ExportColumn("lon", "经度（WGS84）", "Longitude (WGS84)", "float", 12),
    ExportColumn("lat", "纬度（WGS84）", "Latitude (WGS84)", "float", 12),
    ExportColumn("lon_gcj02", "经度（GCJ-02）", "Longitude (GCJ-02)", "float", 12),
    ExportColumn("lat_gcj02", "纬度（GCJ-02）", "Latitude (GCJ-02)", "float", 12),
    ExportColumn("reasons", "判定依据", "Reasons", "text", 90),
    ExportColumn("case_status", "处置状态", "Case", "text", 10),
    ExportColumn("case_category", "核查结果", "Answer", "text", 12),
    ExportColumn("nearest_team", "最近队伍", "Nearest team", "text", 24),
    ExportColumn("nearest_km", "直线距离（公里）", "Straight line (km)", "float", 10),
    ExportColumn("arrival_min", "预计到达（分钟）", "Arrival (min)", "int", 10),
    ExportColumn("explained_by", "报备或热源编号", "Permit or source", "text", 18, True),
    ExportColumn("nearest_leader", "队伍负责人", "Team leader", "text", 12, True),
    ExportColumn("nearest_phone", "队伍电话", "Team phone", "text", 16, True),
)


@dataclass(frozen=True)
class EventRow:
    """One event of an export."""

    summary: EventSummary
    values: dict[str, Any]
    """Column name -> text (clean), number, aware time, or None."""
    geometry: Any
    """Footprint, EPSG:4326."""


def event_columns(edition: Edition) -> tuple[ExportColumn, ...]:
    """Columns of an edition, in order; the public one has no names and no approvals."""
    return tuple(c for c in EVENT_COLUMNS if edition == "internal" or not c.is_internal)


@once_per_object
def event_rows(board: Board, *, lang: Lang = "zh") -> list[EventRow]:
    """Every event of the board that was not merged, in the order of the page.

    Parameters
    ----------
    board : Board
        Already cut to its edition.
    lang : {"zh", "en"}

    Returns
    -------
    list of EventRow, open events first
        The same list for each export of the board; nobody may change it.
    """
    events = board.events.set_index("event_id")
    areas, shapes = events["footprint_ha"], events.geometry
    return [
        EventRow(
            summary,
            _values(summary, float(areas[summary.event_id]), lang),
            shapes[summary.event_id],
        )
        for summary in summarise_events(board, lang=lang)
    ]


def _values(summary: EventSummary, area_ha: float, lang: Lang) -> dict[str, Any]:
    row = summary.row
    case = row["case"] or {}
    team = row["nearest"][0] if row["nearest"] else {}
    texts = {
        "event_id": summary.event_id,
        "group_name": GROUP_NAMES[summary.group][0 if lang == "zh" else 1],
        "verdict": summary.verdict,
        "verdict_name": row["verdict_name"],
        "county": row["county"],
        "township": row["township"],
        "place": row["place"],
        "satellites": ("、" if lang == "zh" else ", ").join(row["satellites"]),
        "reasons": _one_line([reason["text"] for reason in row["reasons"]], lang),
        "case_status": case.get("label"),
        "case_category": case.get("category"),
        "nearest_team": team.get("name"),
        "explained_by": row["explained_by"],
        "nearest_leader": team.get("leader"),
        "nearest_phone": team.get("phone"),
    }
    return {
        **{name: clean(text) or None for name, text in texts.items()},
        "priority": summary.priority,
        "first_seen_at": pd.Timestamp(summary.first_seen_at),
        "last_seen_at": pd.Timestamp(summary.last_seen_at),
        "hotspot_count": row["count"],
        "frp_max_mw": row["frp"],
        "footprint_ha": number_or_none(area_ha, digits=2),
        "footprint_mu": round(area_ha * MU_PER_HA),
        "forest_pct": row["forest_pct"],
        "lon": row["lon"],
        "lat": row["lat"],
        "lon_gcj02": row["gcj"][0],
        "lat_gcj02": row["gcj"][1],
        "nearest_km": float(team["km"]) if team else None,
        "arrival_min": team["min"] if team else None,
    }


def _one_line(sentences: list[str], lang: Lang) -> str:
    """Sentences as one; a cell of many lines hides all but one of them in most programs.

    Examples
    --------
    >>> _one_line(["林地占比 94%。", "无报备"], "zh"), _one_line([], "zh")
    ('林地占比 94%；无报备。', '')
    """
    mark, stop = ("；", "。") if lang == "zh" else ("; ", ".")
    sentences_left = [sentence.strip().rstrip("。.;；") for sentence in sentences]
    joined = mark.join(sentence for sentence in sentences_left if sentence)
    return f"{joined}{stop}" if joined else ""


def category_names(lang: Lang) -> list[str]:
    """Answers of the field as duty staff read them, in the order of the forms."""
    return [labels.category(name, lang) for name in labels.CATEGORY_EN]
