"""Names of the codes in the tables, in Simplified Chinese and English, and levels of urgency.

What belongs here: the names of a verdict, a status, a feed, a rule's measured value. The
sentences of the page are in :mod:`jdzfire.board.words`.
"""

from __future__ import annotations

from typing import Literal

from jdzfire.errors import UsageError
from jdzfire.schemas import CASE_STATUS_ZH, CATEGORY_ZH, CAUSE_ZH, REPORTERS_ZH, VERDICT_ZH

Lang = Literal["zh", "en"]

PRIORITY_LEVELS = ((70, 1), (40, 2), (0, 3))
"""Least priority [points of 0-100] of each level of urgency on the page; drawing only, [K]."""

VERDICT_EN = {
    "unresolved": "To be checked",
    "permit_violation": "Suspected burn violation",
    "permitted": "Registered burn",
    "heat_source": "Fixed heat source",
    "outside_forest": "Outside forest",
}

CASE_STATUS_EN = {
    "open": "open",
    "dispatched": "team sent",
    "on_scene": "on scene",
    "answered": "answered",
    "county_reviewed": "reviewed by county",
    "city_reviewed": "reviewed by city",
    "closed": "closed",
    "cancelled": "cancelled",
}

CASE_ACTIONS = {
    "open": ("建立案件", "opened"),
    "dispatch": ("派遣队伍", "team sent"),
    "arrive": ("到达现场", "on scene"),
    "answer": ("核查反馈", "answered"),
    "review_county": ("县级审核通过", "reviewed by county"),
    "review_city": ("市级审核通过", "reviewed by city"),
    "send_back": ("退回", "sent back"),
    "hand_over": ("移交", "handed over"),
    "close": ("结案", "closed"),
    "cancel": ("撤销", "cancelled"),
    "reopen": ("重新打开", "opened again"),
    "merge": ("并入", "merged"),
    "note": ("备注", "note"),
    "acknowledge": ("签收", "acknowledged"),
    "attach": ("添加照片", "photo added"),
}
CASE_FIELDS = {
    "team_id": ("队伍", "team"),
    "category": ("类别", "category"),
    "affected_forest_ha": ("受害森林面积（公顷）", "affected forest (ha)"),
    "burned_ha": ("过火面积（公顷）", "burned area (ha)"),
    "cause": ("原因", "cause"),
    "people": ("出动人数", "people sent"),
    "dead": ("死亡", "dead"),
    "injured": ("重伤", "badly hurt"),
    "out_at": ("扑灭时间", "out at"),
    "held_by": ("承办单位", "held by"),
}
CAUSE_EN = {name: name.replace("_", " ") for name in CAUSE_ZH}
CATEGORY_EN = {name: name.replace("_", " ") for name in CATEGORY_ZH}

TEAM_KIND = {
    "professional": ("专业队", "professional"),
    "semi-professional": ("半专业队", "semi-professional"),
    "volunteer": ("志愿队", "volunteer"),
}

PERMIT_STATUS = {
    "pending": ("待审批", "pending"),
    "approved": ("已批准", "approved"),
    "executed": ("已执行", "executed"),
    "rejected": ("已驳回", "rejected"),
    "withdrawn": ("已撤回", "withdrawn"),
    "void": ("已作废", "void"),
}

FEED_TITLES = {
    "firms": ("FIRMS（VIIRS/MODIS）", "FIRMS (VIIRS/MODIS)"),
    "himawari-wlf": ("葵花9号", "Himawari-9"),
    "ground": ("地面报告", "Ground reports"),
}

PRIORITY_PARTS = {
    "base": ("基础分", "base"),
    "forest": ("林地", "forest"),
    "danger": ("火险", "danger"),
    "pixels": ("像元数", "pixels"),
    "growth": ("蔓延", "growth"),
    "frp": ("火强", "FRP"),
    "night": ("夜间", "night"),
    "settlement": ("居民点", "settlement"),
    "reserve": ("保护地", "reserve"),
    "border": ("边界", "border"),
    "special_day": ("敏感日", "special day"),
    "report": ("人工报告", "report"),
}
"""Names of the parts of a priority; a part not listed is shown by its own name."""

MEASURES = {
    "distance": ("距离", "distance"),
    "time": ("时间差", "time"),
    "early": ("提前", "early by"),
    "late": ("超时", "late by"),
    "smoulder": ("余烬宽限", "smouldering"),
    "area": ("面积", "area"),
    "forest_share": ("林地占比", "forest share"),
    "tree_share": ("林木覆盖", "tree cover"),
    "share": ("占比", "share"),
    "frp": ("FRP", "FRP"),
    "frp_max": ("最大FRP", "max FRP"),
    "dates": ("观测日数", "dates"),
    "hotspots": ("热点数", "hotspots"),
    "hotspots_beyond": ("超出热点数", "hotspots beyond"),
    "hotspots_unmatched": ("未匹配热点数", "hotspots unmatched"),
    "hotspots_unexplained": ("无法说明热点数", "hotspots unexplained"),
    "ahi_hotspots": ("葵花像元数", "Himawari pixels"),
    "reports": ("人工报告数", "reports"),
    "wind_force": ("风力", "wind force"),
    "danger_grade": ("火险等级", "danger grade"),
    "moved": ("偏离", "moved"),
    "pixels": ("像元数", "pixels"),
    "score": ("得分", "score"),
    "score_place": ("位置分", "place score"),
    "score_known": ("明确分", "certainty of place"),
    "score_time": ("时段分", "time score"),
    "ban": ("禁火", "fire ban"),
    "permit_id": ("审批编号", "permit"),
    "source_id": ("热源编号", "source"),
    "valid_from": ("开始", "from"),
    "valid_to": ("结束", "until"),
}
"""Names of measured values, their unit suffix taken off; others are shown by their own name."""


def check_lang(lang: str) -> Lang:
    """The language, when it is one of those the page speaks.

    Raises
    ------
    UsageError
        Any other than ``zh`` or ``en``.
    """
    if lang == "zh":
        return "zh"
    if lang == "en":
        return "en"
    raise UsageError("the page does not speak this language", expected="zh or en", found=lang)


def _pick(table: dict[str, tuple[str, str]], name: str, lang: Lang) -> str:
    pair = table.get(name)
    return name if pair is None else pair[0 if lang == "zh" else 1]


def verdict_name(verdict: str, lang: Lang, *, is_provisional: bool = False) -> str:
    """What duty staff call a verdict; a provisional one is still to be confirmed."""
    name = (VERDICT_ZH if lang == "zh" else VERDICT_EN).get(verdict, verdict)
    if not is_provisional:
        return name
    return f"{name}（待确认）" if lang == "zh" else f"{name} (to be confirmed)"


def case_status(status: str, lang: Lang) -> str:
    """What duty staff call the status of a case."""
    return (CASE_STATUS_ZH if lang == "zh" else CASE_STATUS_EN).get(status, status)


def case_action(action: str, lang: Lang) -> str:
    """What duty staff call a step of a case."""
    return _pick(CASE_ACTIONS, action, lang)


def case_field(name: str, lang: Lang) -> str:
    """What duty staff call something a step sets."""
    return _pick(CASE_FIELDS, name, lang)


def cause(name: str, lang: Lang) -> str:
    """What duty staff call a cause."""
    return (CAUSE_ZH if lang == "zh" else CAUSE_EN).get(name, name)


def category(name: str, lang: Lang) -> str:
    """What duty staff call an answer of the field."""
    return (CATEGORY_ZH if lang == "zh" else CATEGORY_EN).get(name, name)


def feed_title(feed: str, lang: Lang) -> str:
    """Title of a feed; one not listed is shown by its own name."""
    return _pick(FEED_TITLES, feed, lang)


def satellite_name(satellite: str, lang: Lang) -> str:
    """What saw a hotspot: a satellite under its own name, a reporter as duty staff call it."""
    return REPORTERS_ZH.get(satellite, satellite) if lang == "zh" else satellite


def hotspot_unit(sources: str) -> str:
    """What the hotspots of an event are called: a ground report is not a pixel.

    Returns
    -------
    {"pixels", "reports", "spots"}
        ``spots`` when both satellites and ground reports saw it; a key of ``words``.

    Examples
    --------
    >>> [hotspot_unit(s) for s in ("NOAA-20,S-NPP", "call-12119", "NOAA-20,patrol")]
    ['pixels', 'reports', 'spots']
    """
    reported = [name.strip() in REPORTERS_ZH for name in sources.split(",")]
    if all(reported):
        return "reports"
    return "spots" if any(reported) else "pixels"


def part_name(part: str, lang: Lang) -> str:
    """What a part of the priority is called; one not listed is shown by its own name."""
    return _pick(PRIORITY_PARTS, part, lang)


def permit_status(status: str, lang: Lang) -> str:
    """What duty staff call the state of an approval."""
    return _pick(PERMIT_STATUS, status, lang)


def team_kind(kind: str, lang: Lang) -> str:
    """What duty staff call a kind of team."""
    return _pick(TEAM_KIND, kind, lang)


def priority_level(priority: int) -> int:
    """Level of urgency 1 (most) to 3 of a priority of 0-100 points.

    Examples
    --------
    >>> [priority_level(p) for p in (100, 70, 69, 40, 39, 0)]
    [1, 1, 2, 2, 3, 3]
    """
    return next(level for least, level in PRIORITY_LEVELS if priority >= least)
