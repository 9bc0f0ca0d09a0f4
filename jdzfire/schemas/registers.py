"""Registers: what offices declared about land, permits and teams."""

from __future__ import annotations

from jdzfire.schemas.contract import (
    TIME_DTYPE,
    Contract,
    at_least,
    column,
    contract,
    more_than,
    one_of,
)

PERMIT_STATUSES = ("pending", "approved", "executed", "rejected", "withdrawn", "void")
"""待审批, 已批准, 已执行, 已驳回, 已撤回, 已作废; only approved and executed explain anything."""

RESOURCE_KINDS = ("water", "landing", "officer")
TEAM_KINDS = ("professional", "semi-professional", "volunteer")
ADMIN_LEVELS = ("province", "city", "county", "township")

PERMITS = contract(
    "permits",
    {
        "permit_id": column("str", "number of the approval (审批编号)", unique=True),
        "applicant": column("str", "applying unit (申请单位)", nullable=True),
        "purpose": column("str", "kind of burn (用火类型), as written", nullable=True),
        "county": column("str", "county", nullable=True),
        "township": column("str", "township", nullable=True),
        "place": column("str", "place as written (用火地点)", nullable=True),
        "area_ha": column(
            "float64", "area of the lot", unit="ha", nullable=True, checks=more_than(0)
        ),
        "valid_from": column(TIME_DTYPE, "start of the planned time", unit="UTC"),
        "valid_to": column(TIME_DTYPE, "end of the planned time", unit="UTC"),
        "status": column("str", "state of the approval", checks=one_of(PERMIT_STATUSES)),
        "revoked_at": column(
            TIME_DTYPE,
            "when a valid approval ended (撤回, 作废); before it the permit was valid",
            unit="UTC",
            nullable=True,
        ),
        "contact": column("str", "person in charge (负责人); internal only", nullable=True),
        "phone": column("str", "telephone; internal only", nullable=True),
        "source_datum": column("str", "datum the place was given in"),
        "location_error_m": column(
            "float64", "position error of the place", unit="m", checks=at_least(0)
        ),
        "geometry": column("geometry", "the lot as polygon, or a point with area_ha"),
    },
    description="hill-burn permits (炼山 / 计划烧除)",
)

ZONES = contract(
    "zones",
    {
        "zone_id": column("str", "id", unique=True),
        "name": column("str", "name", nullable=True),
        "county": column("str", "county", nullable=True),
        "township": column("str", "township", nullable=True),
        "forest_farm": column("str", "forest farm (林场)", nullable=True),
        "forest_class": column("str", "class, for example 公益林 or 商品林", nullable=True),
        "forest_subclass": column("str", "亚林种, as stated", nullable=True, is_later=True),
        "species": column("str", "main species", nullable=True),
        "land_type": column("str", "地类, as stated", nullable=True, is_later=True),
        "origin": column("str", "起源 (natural, planted), as stated", nullable=True, is_later=True),
        "area_ha": column("float64", "area as stated", unit="ha", nullable=True, is_later=True),
        "edge_buffer_m": column(
            "float64", "forest fire zone beyond the edge", unit="m", checks=at_least(0)
        ),
        "geometry": column("geometry", "forest land"),
    },
    description="forest zones; with edge_buffer_m the forest fire zone of the county",
)

HEAT_SOURCES = contract(
    "heat_sources",
    {
        "source_id": column("str", "id", unique=True),
        "name": column("str", "name of the industrial site", nullable=True),
        "kind": column("str", "kind: coke, power, cement, ceramics, ..."),
        "radius_m": column("float64", "extent around the geometry", unit="m", checks=at_least(0)),
        "valid_from": column(TIME_DTYPE, "valid from; null: always was", unit="UTC", nullable=True),
        "valid_to": column(TIME_DTYPE, "valid until; null: open", unit="UTC", nullable=True),
        "approved_by": column("str", "who approved it", nullable=True),
        "evidence": column("str", "why it is believed", nullable=True),
        "geometry": column("geometry", "point or polygon of the industrial site"),
    },
    description="fixed heat sources (固定热源) approved by a person",
)

TEAMS = contract(
    "teams",
    {
        "team_id": column("str", "id", unique=True),
        "name": column("str", "name"),
        "kind": column("str", "kind of team", checks=one_of(TEAM_KINDS)),
        "county": column("str", "county", nullable=True),
        "township": column("str", "township", nullable=True),
        "headcount": column("Int64", "people", nullable=True, checks=at_least(0)),
        "vehicles": column("Int64", "vehicles", nullable=True, checks=at_least(0)),
        "leader": column("str", "leader; internal only", nullable=True),
        "phone": column("str", "telephone; internal only", nullable=True),
        "available": column("boolean", "can be sent"),
        "duty_hours": column(
            "str",
            "hours of duty, Beijing time, as 08:00-20:00; null: always",
            nullable=True,
            is_later=True,
        ),
        "equipment": column(
            "str", "equipment and supplies, as stated", nullable=True, is_later=True
        ),
        "geometry": column("geometry", "station"),
    },
    description="fire teams",
)

ADMIN = contract(
    "admin",
    {
        "admin_id": column("str", "code, 6 digits for a county", unique=True),
        "name": column("str", "name"),
        "level": column("str", "level", checks=one_of(ADMIN_LEVELS)),
        "parent_id": column("str", "code of the area above", nullable=True),
        "geometry": column("geometry", "area"),
    },
    description="administrative areas",
)

ROADS = contract(
    "roads",
    {
        "road_id": column("str", "id", unique=True),
        "name": column("str", "name", nullable=True),
        "road_class": column(
            "str",
            "motorway, trunk, primary, secondary, tertiary, unclassified, residential, service, "
            "track",
        ),
        "surface": column("str", "paved, gravel, unpaved", nullable=True, is_later=True),
        "one_way": column(
            "str", "forward or backward along the line", nullable=True, is_later=True
        ),
        "max_speed_kmh": column(
            "float64", "speed limit", unit="km/h", nullable=True, is_later=True
        ),
        "access": column("str", "closed: no engine passes", nullable=True, is_later=True),
        "geometry": column("geometry", "centre line"),
    },
    description="roads",
)

SETTLEMENTS = contract(
    "settlements",
    {
        "settlement_id": column("str", "id", unique=True),
        "name": column("str", "name"),
        "kind": column("str", "city, town, village"),
        "county": column("str", "county", nullable=True),
        "township": column("str", "township", nullable=True),
        "population": column("Int64", "people", nullable=True, checks=at_least(0)),
        "geometry": column("geometry", "centre"),
    },
    description="settlements, for naming places and for priority",
)

PROPOSALS = contract(
    "proposals",
    {
        "proposal_id": column("str", "made of the place; the same place has the same id"),
        "lon": column("float64", "middle of the place", unit="degree"),
        "lat": column("float64", "middle of the place", unit="degree"),
        "hotspots": column("int64", "hotspots of polar orbiters there"),
        "dates": column("int64", "distinct UTC dates it was hot on"),
        "months": column("int64", "distinct calendar months"),
        "first_seen_at": column(TIME_DTYPE, "first of them", unit="UTC"),
        "last_seen_at": column(TIME_DTYPE, "last of them", unit="UTC"),
        "burst_share": column("float64", "largest share of the dates within two weeks"),
        "spread_m": column("float64", "root mean square distance from the middle", unit="m"),
        "night_share": column("float64", "share of hotspots by night"),
        "frp_p50_mw": column("float64", "median FRP", unit="MW", nullable=True),
        "frp_p95_mw": column("float64", "95th percentile of FRP", unit="MW", nullable=True),
        "tree_share": column("float64", "mean share of trees in the footprints", nullable=True),
        "static_share": column(
            "float64", "share NASA calls a static land source (type 2)", nullable=True
        ),
        "answers": column("int64", "times duty staff confirmed an industrial site there"),
    },
    description="places that may be fixed heat sources; a person decides",
)

SPECIAL_DAYS = contract(
    "special_days",
    {
        "day_id": column("str", "id", unique=True),
        "name": column("str", "name, for example 清明"),
        "kind": column("str", "kind: festival, key_period, fire_ban, warning, other"),
        "begins_at": column(TIME_DTYPE, "first moment, Beijing midnight", unit="UTC"),
        "ends_at": column(TIME_DTYPE, "moment after the last, Beijing midnight", unit="UTC"),
        "county": column("str", "county it is for; null: the city", nullable=True),
        "remark": column("str", "document it rests on", nullable=True),
    },
    description="special days: festivals, key periods, fire bans, warnings (Art. 19, 20)",
)

RESOURCES = contract(
    "resources",
    {
        "resource_id": column("str", "id", unique=True),
        "name": column("str", "name"),
        "kind": column("str", "water, landing, officer", checks=one_of(RESOURCE_KINDS)),
        "county": column("str", "county", nullable=True),
        "township": column("str", "township", nullable=True),
        "phone": column("str", "telephone; internal only", nullable=True),
        "remark": column("str", "remark", nullable=True),
        "geometry": column("geometry", "place"),
    },
    description="water and landing points, information officers (灾害信息员)",
)

REGISTERS: dict[str, Contract] = {
    "admin": ADMIN,
    "zones": ZONES,
    "permits": PERMITS,
    "teams": TEAMS,
    "heat-sources": HEAT_SOURCES,
    "roads": ROADS,
    "settlements": SETTLEMENTS,
    "special-days": SPECIAL_DAYS,
    "resources": RESOURCES,
}
"""Register kinds that are tables; weather, dem and landcover are grids."""

REGISTER_ZH = {
    "admin": "行政区划",
    "zones": "林区",
    "permits": "炼山许可",
    "teams": "扑火队伍",
    "heat-sources": "固定热源",
    "roads": "道路",
    "settlements": "居民点",
    "special-days": "特殊日期",
    "resources": "信息员、水源、起降点",
}
"""Registers as duty staff read them."""
