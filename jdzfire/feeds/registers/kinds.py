"""Register kinds: how their columns are written, and how their cells become contract values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from jdzfire.feeds.reading import RowValidator
from jdzfire.feeds.registers.cells import (
    counts,
    derived_ids,
    measures,
    texts,
    times,
    words,
)
from jdzfire.feeds.registers.land import admin_values, road_values, settlement_values, zone_values
from jdzfire.feeds.registers.permits import PERMIT_COLUMNS, permit_values
from jdzfire.feeds.registers.rows import Rows
from jdzfire.feeds.registers.window_cells import complete_windows
from jdzfire.feeds.sheets import Columns
from jdzfire.schemas import REGISTERS, Contract

TABLE_KINDS = (
    "admin",
    "zones",
    "permits",
    "teams",
    "heat-sources",
    "roads",
    "settlements",
    "special-days",
    "resources",
)
GRID_KINDS = ("weather", "dem", "landcover")
REGISTER_KINDS = (*TABLE_KINDS, *GRID_KINDS)
"""Everything that can be registered."""


SOURCE_RADIUS_M = 250.0
"""Extent of an industrial site given as a point without radius [K]; small, for a wide one explains
more."""


@dataclass(frozen=True)
class RegisterKind:
    """How one kind of register is read."""

    name: str
    """Kind, as on the command line."""
    contract: Contract
    """Contract of its table."""
    columns: Columns
    """Our columns and the ways files write them."""
    required: tuple[str, ...]
    """Columns without which the file is refused; places are checked separately."""
    shape: str
    """``point``, ``line``, ``area`` or ``any``: what its geometry must be; ``none`` for a kind
    without places."""
    values: Callable[[Rows], dict[str, Any]]
    """Contract values of its rows; rejects rows with faults."""
    has_start: bool = False
    """Whether rows have a start of validity; without one they are always valid."""


_NORTHS = tuple(f"{a}纵坐标{b}" for a in ("", "x") for b in ("", "x", "值", "x值"))
_EASTS = tuple(f"{a}横坐标{b}" for a in ("", "y") for b in ("", "y", "值", "y值"))
"""Surveyors' 纵坐标 is X, to the north; 横坐标 is Y, to the east."""

_PLACE: dict[str, tuple[str, ...]] = {
    "lon": ("经度", "lon", "longitude", "lng", "x", "东经", *_EASTS),
    "lat": ("纬度", "lat", "latitude", "y", "北纬", *_NORTHS),
    "datum": ("坐标系", "坐标系统", "坐标基准", "datum", "source_datum"),
    "pair": ("坐标", "经纬度", "坐标点", "位置坐标", "中心坐标", "coordinates", "gps"),
    "shape": ("拐点坐标", "边界坐标", "四至坐标", "坐标串", "地块范围", "范围坐标", "wkt"),
}
_WHERE: dict[str, tuple[str, ...]] = {
    "county": ("县", "县区", "区县", "所属县", "所在县", "县名", "county", "xian"),
    "township": ("乡镇", "乡", "镇", "街道", "乡镇街道", "乡镇名", "township", "town", "xiang"),
}

_TEAM_KINDS = {
    "半专业": "semi-professional",
    "半专业扑火队": "semi-professional",
    "semi-professional": "semi-professional",
    "semi": "semi-professional",
    "专业": "professional",
    "专业扑火队": "professional",
    "professional": "professional",
    "志愿": "volunteer",
    "义务": "volunteer",
    "群众": "volunteer",
    "社会救援": "volunteer",
    "volunteer": "volunteer",
}
_YES_NO = {
    **dict.fromkeys(("是", "可用", "在岗", "备勤", "有", "y", "yes", "true", "1", "√"), "yes"),
    **dict.fromkeys(("否", "不可用", "不在岗", "停用", "休整", "n", "no", "false", "0", "×"), "no"),
}
_SOURCE_KINDS = {
    **dict.fromkeys(("coke", "焦化", "焦化厂"), "coke"),
    **dict.fromkeys(("power", "电厂", "火电", "发电", "热电"), "power"),
    **dict.fromkeys(("cement", "水泥"), "cement"),
    **dict.fromkeys(("ceramics", "陶瓷", "瓷厂", "窑"), "ceramics"),
    **dict.fromkeys(("brick", "砖厂", "砖瓦"), "brick"),
    **dict.fromkeys(("steel", "钢铁", "冶炼", "炼铁"), "steel"),
    **dict.fromkeys(("chemical", "化工"), "chemical"),
    **dict.fromkeys(("waste", "垃圾", "填埋", "焚烧"), "waste"),
    **dict.fromkeys(("solar", "光伏"), "solar"),
    **dict.fromkeys(("wood", "胶合板", "木材", "人造板"), "wood"),
}
_RESOURCE_KINDS = {
    **dict.fromkeys(("water", "水源", "取水", "水库", "山塘", "水池", "河"), "water"),
    **dict.fromkeys(("landing", "起降", "直升机", "停机坪", "机降"), "landing"),
    **dict.fromkeys(("officer", "信息员", "护林员", "网格员"), "officer"),
}
_DAY_KINDS = {
    **dict.fromkeys(("festival", "节日", "节假日", "传统节日"), "festival"),
    **dict.fromkeys(("key_period", "重点期", "防火期", "重点防火期", "防火紧要期"), "key_period"),
    **dict.fromkeys(("fire_ban", "禁火", "禁火令", "禁火期", "封山"), "fire_ban"),
    **dict.fromkeys(("warning", "预警", "橙色预警", "红色预警", "火险预警"), "warning"),
    **dict.fromkeys(("other", "其他"), "other"),
}


def _team_values(rows: Rows) -> dict[str, Any]:
    validator = rows.validator
    names = texts(validator, "name")
    validator.reject([name is None for name in names], "name", "a team has a name")
    stated = texts(validator, "kind")
    filled = [kind or name for kind, name in zip(stated, names, strict=True)]
    kinds = words(_with(validator, "kind", filled), "kind", _TEAM_KINDS, blank=None, inside=True)
    ready = words(validator, "available", _YES_NO, blank="yes")
    return {
        "team_id": derived_ids(
            texts(validator, "team_id"), "TEAM", parts=[names, *rows.place_parts()]
        ),
        "name": names,
        "kind": kinds,
        "county": texts(validator, "county"),
        "township": texts(validator, "township"),
        "headcount": counts(validator, "headcount"),
        "vehicles": counts(validator, "vehicles"),
        "leader": texts(validator, "leader"),
        "phone": texts(validator, "phone"),
        "available": pd.array([word == "yes" for word in ready], dtype="boolean"),
        "duty_hours": texts(validator, "duty_hours"),
        "equipment": texts(validator, "equipment"),
    }


def _with(validator: RowValidator, name: str, values: list[Any]) -> RowValidator:
    validator.rows = validator.rows.assign(
        **{name: pd.Series(values, index=validator.rows.index, dtype=object)}
    )
    return validator


def _resource_values(rows: Rows) -> dict[str, Any]:
    validator = rows.validator
    names = texts(validator, "name")
    validator.reject([name is None for name in names], "name", "a resource has a name")
    return {
        "resource_id": derived_ids(
            texts(validator, "resource_id"), "RES", parts=[names, *rows.place_parts()]
        ),
        "name": names,
        "kind": words(validator, "kind", _RESOURCE_KINDS, blank=None, inside=True),
        "county": texts(validator, "county"),
        "township": texts(validator, "township"),
        "phone": texts(validator, "phone"),
        "remark": texts(validator, "remark"),
    }


def _heat_source_values(rows: Rows) -> dict[str, Any]:
    validator = rows.validator
    names = texts(validator, "name")
    stated = texts(validator, "kind")
    known = [_source_kind(kind, name) for kind, name in zip(stated, names, strict=True)]
    complete_windows(validator, "valid_from", "valid_to")
    start = times(validator, "valid_from", reason="valid_from")
    end = times(validator, "valid_to", reason="valid_to", whole_day=True)
    if validator.source.holds_from is not None:
        start = start.fillna(pd.Timestamp(validator.source.holds_from))
    validator.reject(
        (end <= start).fillna(False).to_numpy(bool), "time_order", "ends before it starts"
    )
    is_point = np.array(
        [shape is not None and shape.geom_type == "Point" for shape in rows.geometry]
    )
    radius = measures(validator, "radius_m", low=0, high=20_000, blank=np.nan)
    radius = np.where(np.isnan(radius), np.where(is_point, SOURCE_RADIUS_M, 0.0), radius)
    return {
        "source_id": derived_ids(
            texts(validator, "source_id"), "HEAT", parts=[names, *rows.place_parts()]
        ),
        "name": names,
        "kind": known,
        "radius_m": radius,
        "valid_from": start,
        "valid_to": end,
        "approved_by": texts(validator, "approved_by"),
        "evidence": texts(validator, "evidence"),
    }


def _source_kind(kind: str | None, name: str | None) -> str:
    for text in (kind, name):
        low = (text or "").lower()
        found = next((ours for way, ours in _SOURCE_KINDS.items() if way in low), None)
        if found is not None:
            return found
    return kind or "other"


def _special_day_values(rows: Rows) -> dict[str, Any]:
    validator = rows.validator
    names = texts(validator, "name")
    validator.reject([name is None for name in names], "name", "a special day has a name")
    complete_windows(validator, "begins_at", "ends_at", period="period")
    begin = times(validator, "begins_at", reason="begins_at")
    end = times(validator, "ends_at", reason="ends_at", whole_day=True)
    day = pd.Timedelta(days=1)
    end = end.where(end.notna(), begin + day)  # one day, when there is no end
    validator.reject(begin.isna().to_numpy(bool), "time_missing", "no beginning")
    validator.reject(
        (end <= begin).fillna(False).to_numpy(bool), "time_order", "ends before it starts"
    )
    kinds = words(validator, "kind", _DAY_KINDS, blank="other", inside=True)
    parts: list[Any] = [names, begin, end, texts(validator, "county")]
    return {
        "day_id": derived_ids(texts(validator, "day_id"), "DAY", parts=parts),
        "name": names,
        "kind": kinds,
        "begins_at": begin,
        "ends_at": end,
        "county": texts(validator, "county"),
        "remark": texts(validator, "remark"),
    }


def _kind(
    name: str,
    columns: dict[str, tuple[str, ...]],
    values: Callable[[Rows], dict[str, Any]],
    *,
    shape: str,
    required: tuple[str, ...] = (),
    has_start: bool = False,
) -> RegisterKind:
    place = {} if shape == "none" else _PLACE
    known = {**columns, **place}
    return RegisterKind(name, REGISTERS[name], known, required, shape, values, has_start)


KINDS: dict[str, RegisterKind] = {
    kind.name: kind
    for kind in (
        _kind(
            "admin",
            {
                "admin_id": ("admin_id", "adcode", "代码", "行政代码", "区划代码", "code"),
                "name": ("name", "名称", "行政区"),
                "level": ("level", "级别", "层级"),
                "parent_id": ("parent_id", "parent", "上级代码"),
            },
            admin_values,
            shape="area",
            required=("name",),
        ),
        _kind(
            "zones",
            {
                "zone_id": ("zone_id", "编号", "小班编号", "id"),
                "compartment": ("林班号", "林班", "林斑号", "林斑", "lin_ban", "linban"),
                "subcompartment": ("小班号", "小班", "xiao_ban", "xiaoban"),
                "village": ("村", "行政村", "cun"),
                "name": ("name", "名称", "地名", "小地名"),
                "forest_farm": ("forest_farm", "林场", "林场名称", "lin_chang", "lin_ye_ju"),
                "forest_class": (
                    *("forest_class", "林种", "森林类别", "类别", "lin_zhong", "sen_lin_lb"),
                ),
                "forest_subclass": ("forest_subclass", "亚林种", "ya_lin_zhong"),
                "species": ("species", "树种", "优势树种", "优势树种组", "you_shi_sz"),
                "land_type": ("land_type", "地类", "地类名称", "di_lei"),
                "origin": ("origin", "起源", "qi_yuan"),
                "area": ("面积", "小班面积", "mian_ji", "area", "area_ha"),
                "edge_buffer_m": ("edge_buffer_m", "林缘距离", "缓冲距离"),
                **_WHERE,
            },
            zone_values,
            shape="area",
        ),
        _kind(
            "permits",
            {**PERMIT_COLUMNS, **_WHERE},
            permit_values,
            shape="any",
            required=("status",),
        ),
        _kind(
            "teams",
            {
                "team_id": ("team_id", "队伍编号", "编号", "id"),
                "name": ("name", "队伍名称", "名称", "队名"),
                "kind": ("kind", "队伍类型", "类型", "队伍性质"),
                "headcount": ("headcount", "人数", "队员人数", "队伍人数"),
                "vehicles": ("vehicles", "车辆数", "车辆"),
                "leader": ("leader", "队长", "负责人", "联系人"),
                "phone": ("phone", "联系电话", "电话", "手机", "手机号"),
                "available": ("available", "是否可用", "状态", "是否在岗", "可用"),
                "duty_hours": ("duty_hours", "备勤时间", "值班时段", "在岗时段"),
                "equipment": ("equipment", "装备", "装备物资", "主要装备", "物资"),
                **_WHERE,
            },
            _team_values,
            shape="point",
            required=("name",),
        ),
        _kind(
            "heat-sources",
            {
                "source_id": ("source_id", "编号", "热源编号", "id"),
                "name": ("name", "名称", "企业名称", "热源名称"),
                "kind": ("kind", "类型", "热源类型", "行业"),
                "radius_m": ("radius_m", "半径", "影响半径"),
                "valid_from": ("valid_from", "起始时间", "有效期起", "开始时间"),
                "valid_to": ("valid_to", "截止时间", "有效期止", "结束时间"),
                "approved_by": ("approved_by", "审核人", "审批人", "核准人"),
                "evidence": ("evidence", "依据", "备注"),
                **_WHERE,
            },
            _heat_source_values,
            shape="any",
            has_start=True,
        ),
        _kind(
            "roads",
            {
                "road_id": ("road_id", "编号", "osm_id", "id"),
                "name": ("name", "名称", "道路名称"),
                "road_class": ("road_class", "fclass", "highway", "类型", "道路等级", "等级"),
                "surface": ("surface", "路面", "路面类型", "路面材质"),
                "one_way": ("one_way", "oneway", "单行", "单行方向"),
                "max_speed_kmh": ("max_speed_kmh", "maxspeed", "限速", "限速公里"),
                "access": ("access", "通行", "能否通行", "通行情况"),
            },
            road_values,
            shape="line",
        ),
        _kind(
            "special-days",
            {
                "day_id": ("day_id", "编号", "id"),
                "name": ("name", "名称", "节日", "事项"),
                "kind": ("kind", "类型", "类别"),
                "period": ("期间", "时段", "起止时间", "起止日期", "period"),
                "begins_at": ("begins_at", "开始日期", "开始时间", "起始日期", "日期", "自"),
                "ends_at": ("ends_at", "结束日期", "结束时间", "截止日期", "至"),
                "county": ("county", "县", "县区", "区县", "适用范围"),
                "remark": ("remark", "依据", "备注", "文件"),
            },
            _special_day_values,
            shape="none",
            required=("name",),
        ),
        _kind(
            "resources",
            {
                "resource_id": ("resource_id", "资源编号", "编号", "id"),
                "name": (
                    *("name", "资源名称", "名称", "姓名", "信息员", "灾害信息员"),
                    *("水源名称", "起降点名称"),
                ),
                "kind": ("kind", "资源类型", "类型", "类别"),
                "phone": ("phone", "联系电话", "电话", "手机", "手机号"),
                "place": (
                    *("place", "village", "村", "行政村", "所在村", "村（社区）", "村委会"),
                    *("负责村", "责任村", "地点"),
                ),
                "remark": ("remark", "备注", "说明", "容量", "水量"),
                **_WHERE,
            },
            _resource_values,
            shape="point",
            required=("name", "kind"),
        ),
        _kind(
            "settlements",
            {
                "settlement_id": ("settlement_id", "编号", "osm_id", "id"),
                "name": ("name", "名称", "村名", "地名"),
                "kind": ("kind", "fclass", "place", "类型"),
                "population": ("population", "人口", "人口数"),
                **_WHERE,
            },
            settlement_values,
            shape="point",
            required=("name",),
        ),
    )
}
"""Table kinds by name."""
