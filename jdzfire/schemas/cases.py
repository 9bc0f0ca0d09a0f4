"""Cases: the duty room's work on an event, and its append-only log."""

from __future__ import annotations

from jdzfire.schemas.contract import TIME_DTYPE, at_least, column, contract, one_of

CASE_STATUS_ZH = {
    "open": "待核查",
    "dispatched": "已派遣",
    "answered": "已反馈",
    "closed": "已结案",
}
CASE_STATUSES = tuple(CASE_STATUS_ZH)

CATEGORY_ZH = {
    "forest_fire": "森林火灾",
    "permit_violation": "违规炼山",
    "prescribed_burn": "计划烧除",
    "farm_fire": "农用火",
    "straw_burning": "秸秆焚烧",
    "grassland_fire": "草原火灾",
    "building_fire": "建筑火灾",
    "heat_source": "工矿火源",
    "border_fire": "境外火",
    "other_fire": "其他火",
    "no_fire": "非火情",
    "not_found": "未找到",
}
"""Answers of the field, after the feedback tables in use (2017 system and national forms)."""

FIRE_CATEGORIES = ("forest_fire", "permit_violation", "grassland_fire", "other_fire")
"""Answers that count as a fire to be handled, not as a false alarm or an allowed burn."""

CASES = contract(
    "cases",
    {
        "case_id": column("str", "CASE-YYYYMMDD-NNN, of its event", unique=True),
        "event_id": column("str", "event", unique=True),
        "status": column("str", "status", checks=one_of(CASE_STATUSES)),
        "category": column(
            "str", "answer of the field", nullable=True, checks=one_of(list(CATEGORY_ZH))
        ),
        "team_id": column("str", "team sent", nullable=True),
        "affected_forest_ha": column(
            "float64",
            "affected forest area (受害森林面积)",
            unit="ha",
            nullable=True,
            checks=at_least(0),
        ),
        "opened_at": column(TIME_DTYPE, "opened", unit="UTC"),
        "answer_due_at": column(TIME_DTYPE, "first answer due", unit="UTC"),
        "result_due_at": column(TIME_DTYPE, "result due", unit="UTC"),
        "dispatched_at": column(TIME_DTYPE, "first sent", unit="UTC", nullable=True),
        "answered_at": column(TIME_DTYPE, "last answer", unit="UTC", nullable=True),
        "closed_at": column(TIME_DTYPE, "closed", unit="UTC", nullable=True),
    },
    description="one row a case: an event that was once unresolved or a violation",
)

CASE_LOG = contract(
    "case_log",
    {
        "seq": column("int64", "running number", unique=True),
        "case_id": column("str", "case"),
        "at": column(TIME_DTYPE, "when", unit="UTC"),
        "who": column("str", "who; internal only"),
        "action": column("str", "open, dispatch, answer, close, reopen, merge, note"),
        "before": column("str", "JSON of the fields changed, before"),
        "after": column("str", "JSON of the fields changed, after"),
        "remark": column("str", "free text; hostile; internal only", nullable=True),
    },
    description="append-only log of everything done to a case",
)
