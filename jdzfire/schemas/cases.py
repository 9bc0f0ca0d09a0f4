"""Cases: the duty room's work on an event, and its append-only log."""

from __future__ import annotations

from jdzfire.schemas.contract import TIME_DTYPE, at_least, column, contract, one_of

CASE_STATUS_ZH = {
    "open": "待核查",
    "dispatched": "已派遣",
    "on_scene": "已到场",
    "answered": "已反馈",
    "county_reviewed": "县级已审核",
    "city_reviewed": "市级已审核",
    "closed": "已结案",
    "cancelled": "已撤销",
}
CASE_STATUSES = tuple(CASE_STATUS_ZH)

WAITING_STATUSES = ("open", "dispatched", "on_scene")
"""Nobody has answered yet."""

ENDED_STATUSES = ("closed", "cancelled")
"""Nobody waits for anything any more."""

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

NATIONAL_CATEGORIES = {
    "forest_fire": "火灾",
    "permit_violation": "违规炼山",
    "prescribed_burn": "计划烧除",
    "farm_fire": "农用火",
    "straw_burning": "农用火",
    "grassland_fire": "火灾",
    "building_fire": "其他",
    "heat_source": "其他",
    "border_fire": "境外火",
    "other_fire": "其他",
    "no_fire": "其他",
    "not_found": "其他",
}
"""Answers as the feedback table of the 2017 system names them [V, field notes section 3]; which
of its words the finer answers count under is ours [K]."""

CAUSE_ZH = {
    "hill_burning": "炼山造林",
    "field_burning": "烧荒烧田埂",
    "straw": "焚烧秸秆",
    "grave_offerings": "上坟祭祀",
    "smoking": "野外吸烟",
    "cooking": "野外做饭取暖",
    "fireworks": "燃放烟花爆竹",
    "power_line": "电力线路",
    "machinery": "机械施工作业",
    "arson": "故意纵火",
    "lightning": "雷击",
    "from_outside": "外来火",
    "other": "其他",
    "unknown": "未查明",
}
"""Causes a fire may be put down to, after the headings of the statistics of forest fires [K]."""

FIRE_CATEGORIES = ("forest_fire", "permit_violation", "grassland_fire", "other_fire")
"""Answers that count as a fire to be handled, not as a false alarm or an allowed burn."""

CASES = contract(
    "cases",
    {
        "case_id": column("str", "CASE-YYYYMMDD-NNN, of its event", unique=True),
        "event_id": column("str", "event", unique=True),
        "version": column(
            "int64", "how often it was changed, the opening counts", checks=at_least(1)
        ),
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
        "burned_ha": column(
            "float64",
            "burned area of any kind (过火面积)",
            unit="ha",
            nullable=True,
            checks=at_least(0),
        ),
        "cause": column("str", "cause", nullable=True, checks=one_of(list(CAUSE_ZH))),
        "people": column("float64", "people sent", nullable=True, checks=at_least(0)),
        "dead": column("float64", "people who died", nullable=True, checks=at_least(0)),
        "injured": column("float64", "people badly hurt", nullable=True, checks=at_least(0)),
        "held_by": column(
            "str", "county or office it was handed over to; null: that of its place", nullable=True
        ),
        "opened_at": column(TIME_DTYPE, "opened", unit="UTC"),
        "answer_due_at": column(TIME_DTYPE, "first answer due", unit="UTC"),
        "result_due_at": column(TIME_DTYPE, "result due", unit="UTC"),
        "dispatched_at": column(TIME_DTYPE, "first sent", unit="UTC", nullable=True),
        "arrived_at": column(TIME_DTYPE, "first arrived", unit="UTC", nullable=True),
        "answered_at": column(TIME_DTYPE, "last answer", unit="UTC", nullable=True),
        "out_at": column(TIME_DTYPE, "fire put out", unit="UTC", nullable=True),
        "closed_at": column(TIME_DTYPE, "closed or cancelled", unit="UTC", nullable=True),
    },
    description="one row a case: an event that was once unresolved or a violation",
)

ATTACHMENTS = contract(
    "attachments",
    {
        "sha256": column("str", "sha256 of the bytes, kept raw"),
        "case_id": column("str", "case"),
        "name": column("str", "name as given; hostile; internal only"),
        "shown": column("str", "sha256 of the small copy that is shown, kept raw"),
        "kind": column("str", "image/jpeg, image/png or image/webp"),
        "size": column("int64", "bytes", unit="B"),
        "lon": column("float64", "from its EXIF", unit="deg", nullable=True),
        "lat": column("float64", "from its EXIF", unit="deg", nullable=True),
        "taken_at": column(TIME_DTYPE, "from its EXIF", unit="UTC", nullable=True),
        "who": column("str", "who sent it; internal only"),
        "at": column(TIME_DTYPE, "when it came", unit="UTC"),
    },
    description="one row a photo of a case",
)

CASE_LOG = contract(
    "case_log",
    {
        "seq": column("int64", "running number", unique=True),
        "case_id": column("str", "case"),
        "at": column(TIME_DTYPE, "when", unit="UTC"),
        "who": column("str", "who; internal only"),
        "action": column("str", "a step of ``cases.steps``"),
        "before": column("str", "JSON of the fields changed, before"),
        "after": column("str", "JSON of the fields changed, after"),
        "remark": column("str", "free text; hostile; internal only", nullable=True),
        "chain": column("str", "sha256 of this line and of the chain before it"),
    },
    description="append-only log of everything done to a case, each line chained to the last",
)
