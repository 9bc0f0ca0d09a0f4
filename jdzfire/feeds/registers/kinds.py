"""Register kinds: how their columns are written, and how their cells become contract values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from jdzfire.feeds.reading import Sieve
from jdzfire.feeds.registers.cells import (
    clean_text,
    counts,
    derived_ids,
    measures,
    texts,
    times,
    told_areas_ha,
    words,
)
from jdzfire.feeds.registers.division_codes import JIANGXI_CODES
from jdzfire.feeds.registers.permits import PERMIT_COLUMNS, permit_values
from jdzfire.feeds.registers.rows import Rows
from jdzfire.feeds.registers.vectors import LIST_MARK
from jdzfire.feeds.registers.window_cells import complete_windows
from jdzfire.feeds.sheets import Columns
from jdzfire.feeds.text import excerpt
from jdzfire.feeds.values import is_blank
from jdzfire.schemas import REGISTERS, Contract

__all__ = ["GRID_KINDS", "KINDS", "REGISTER_KINDS", "TABLE_KINDS", "RegisterKind"]

TABLE_KINDS = (
    "admin",
    "zones",
    "permits",
    "teams",
    "heat-sources",
    "roads",
    "settlements",
    "special-days",
)
GRID_KINDS = ("weather", "dem", "landcover")
REGISTER_KINDS = (*TABLE_KINDS, *GRID_KINDS)
"""Everything that can be registered."""

EDGE_BUFFER_M = 200.0
"""Forest fire zone beyond the edge when the file tells none: the wider of the county rules read
(100 m in three, 200 m in one [V]); a wide zone leaves more unresolved, never less."""

SOURCE_RADIUS_M = 250.0
"""Extent of works given as a point without radius [K]; small, for a wide one explains more."""


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
    """Columns without which the file is refused; places are asked for apart."""
    shape: str
    """``point``, ``line``, ``area`` or ``any``: what its geometry must be; ``none`` for a kind
    without places."""
    values: Callable[[Rows], dict[str, Any]]
    """Contract values of its rows; sets aside rows with faults."""
    has_start: bool = False
    """Whether a row may tell from when on it holds; told nowhere, it always did."""


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
_ROAD_CLASSES = {
    **dict.fromkeys(("motorway", "motorway_link", "高速", "高速公路"), "motorway"),
    **dict.fromkeys(("trunk", "trunk_link", "国道", "快速路"), "trunk"),
    **dict.fromkeys(("primary", "primary_link", "省道", "主干路"), "primary"),
    **dict.fromkeys(("secondary", "secondary_link", "县道", "次干路"), "secondary"),
    **dict.fromkeys(
        ("tertiary", "tertiary_link", "乡道", "unclassified", "residential", "living_street"),
        "tertiary",
    ),
    **dict.fromkeys(("track", "path", "service", "村道", "林道", "防火道", "机耕道"), "track"),
}
_SETTLEMENT_KINDS = {
    **dict.fromkeys(("city", "城市", "市区", "县城"), "city"),
    **dict.fromkeys(("town", "镇", "乡", "集镇", "街道", "乡镇"), "town"),
    **dict.fromkeys(("village", "hamlet", "村", "自然村", "行政村", "村庄", "居民点"), "village"),
}
_DAY_KINDS = {
    **dict.fromkeys(("festival", "节日", "节假日", "传统节日"), "festival"),
    **dict.fromkeys(("key_period", "重点期", "防火期", "重点防火期", "防火紧要期"), "key_period"),
    **dict.fromkeys(("fire_ban", "禁火", "禁火令", "禁火期", "封山"), "fire_ban"),
    **dict.fromkeys(("warning", "预警", "橙色预警", "红色预警", "火险预警"), "warning"),
    **dict.fromkeys(("other", "其他"), "other"),
}
_LEVELS = {
    **dict.fromkeys(("province", "省"), "province"),
    **dict.fromkeys(("city", "市", "地级市"), "city"),
    **dict.fromkeys(("county", "district", "县", "区", "县级", "县级市", "市辖区"), "county"),
    **dict.fromkeys(("township", "street", "town", "乡镇", "街道", "镇", "乡"), "township"),
}


def _team_values(rows: Rows) -> dict[str, Any]:
    sieve = rows.sieve
    names = texts(sieve, "name")
    sieve.reject([name is None for name in names], "name", "a team has a name")
    told = texts(sieve, "kind")
    filled = [kind or name for kind, name in zip(told, names, strict=True)]
    kinds = words(_with(sieve, "kind", filled), "kind", _TEAM_KINDS, blank=None, inside=True)
    ready = words(sieve, "available", _YES_NO, blank="yes")
    return {
        "team_id": derived_ids(texts(sieve, "team_id"), "TEAM", parts=[names, *rows.place_parts()]),
        "name": names,
        "kind": kinds,
        "county": texts(sieve, "county"),
        "township": texts(sieve, "township"),
        "headcount": counts(sieve, "headcount"),
        "vehicles": counts(sieve, "vehicles"),
        "leader": texts(sieve, "leader"),
        "phone": texts(sieve, "phone"),
        "available": pd.array([word == "yes" for word in ready], dtype="boolean"),
    }


def _with(sieve: Sieve, name: str, values: list[Any]) -> Sieve:
    sieve.rows = sieve.rows.assign(
        **{name: pd.Series(values, index=sieve.rows.index, dtype=object)}
    )
    return sieve


def _zone_values(rows: Rows) -> dict[str, Any]:
    sieve = rows.sieve
    ids, names = _compartments(sieve)
    buffer_m = measures(sieve, "edge_buffer_m", low=0, high=5000, blank=EDGE_BUFFER_M)
    return {
        "zone_id": derived_ids(ids, "ZONE", parts=[names, *rows.place_parts()]),
        "name": names,
        "county": texts(sieve, "county"),
        "township": texts(sieve, "township"),
        "forest_farm": texts(sieve, "forest_farm"),
        "forest_class": texts(sieve, "forest_class"),
        "forest_subclass": texts(sieve, "forest_subclass"),
        "species": texts(sieve, "species"),
        "land_type": texts(sieve, "land_type"),
        "origin": texts(sieve, "origin"),
        "area_ha": told_areas_ha(sieve, "area", header=rows.units.get("area", "公顷")),
        "edge_buffer_m": buffer_m,
    }


def _compartments(sieve: Sieve) -> tuple[list[str | None], list[str | None]]:
    """Ids and names of forest zones; where none are told, of compartment and subcompartment.

    Compartments are numbered within a forest farm or village, subcompartments within a
    compartment, so that an id is made of all that is told. Two rows of one such id are
    told apart by their place.
    """
    parts = [texts(sieve, name) for name in ("compartment", "subcompartment")]
    owners = [texts(sieve, name) for name in ("forest_farm", "township", "village")]
    ids, names = texts(sieve, "zone_id"), texts(sieve, "name")
    made: list[str | None] = []
    for owner, part in zip(zip(*owners, strict=True), zip(*parts, strict=True), strict=True):
        told = [text for text in (*owner, *part) if text is not None]
        made.append("-".join(told) if any(part) else None)
    again = pd.Series(made, dtype=object).duplicated(keep=False).to_numpy()
    for i, (compartment, plot) in enumerate(zip(*parts, strict=True)):
        if ids[i] is None and not again[i]:
            ids[i] = made[i]
        if names[i] is None and made[i] is not None:
            names[i] = _numbered(compartment, "林班") + _numbered(plot, "小班")
    return ids, names


def _numbered(number: str | None, word: str) -> str:
    if number is None:
        return ""
    return number if word[0] in number or "班" in number else f"{number}{word}"


def _heat_source_values(rows: Rows) -> dict[str, Any]:
    sieve = rows.sieve
    names = texts(sieve, "name")
    told = texts(sieve, "kind")
    known = [_source_kind(kind, name) for kind, name in zip(told, names, strict=True)]
    complete_windows(sieve, "valid_from", "valid_to")
    start = times(sieve, "valid_from", reason="valid_from")
    end = times(sieve, "valid_to", reason="valid_to", whole_day=True)
    if sieve.source.holds_from is not None:
        start = start.fillna(pd.Timestamp(sieve.source.holds_from))
    sieve.reject((end <= start).fillna(False).to_numpy(bool), "time_order", "ends before it starts")
    is_point = np.array(
        [shape is not None and shape.geom_type == "Point" for shape in rows.geometry]
    )
    radius = measures(sieve, "radius_m", low=0, high=20_000, blank=np.nan)
    radius = np.where(np.isnan(radius), np.where(is_point, SOURCE_RADIUS_M, 0.0), radius)
    return {
        "source_id": derived_ids(
            texts(sieve, "source_id"), "HEAT", parts=[names, *rows.place_parts()]
        ),
        "name": names,
        "kind": known,
        "radius_m": radius,
        "valid_from": start,
        "valid_to": end,
        "approved_by": texts(sieve, "approved_by"),
        "evidence": texts(sieve, "evidence"),
    }


def _source_kind(kind: str | None, name: str | None) -> str:
    for text in (kind, name):
        low = (text or "").lower()
        found = next((ours for way, ours in _SOURCE_KINDS.items() if way in low), None)
        if found is not None:
            return found
    return kind or "other"


def _road_values(rows: Rows) -> dict[str, Any]:
    sieve = rows.sieve
    names = texts(sieve, "name")
    classes = [_road_class(text) for text in texts(sieve, "road_class")]
    told = ~sieve.rows["road_class"].map(is_blank).to_numpy(bool)
    unknown = told & np.array([found is None for found in classes], dtype=bool)
    if (unknown & sieve.kept).any():
        odd = sorted({str(text) for text in sieve.rows["road_class"][unknown & sieve.kept]})
        count = int((unknown & sieve.kept).sum())
        sieve.note(f"{count} roads of unknown class count as track: {excerpt(', '.join(odd))}")
    return {
        "road_id": derived_ids(texts(sieve, "road_id"), "ROAD", parts=[names, *rows.place_parts()]),
        "name": names,
        "road_class": [found or "track" for found in classes],
    }


def _road_class(text: str | None) -> str | None:
    """Our class of a word or a list of words; of several the slowest, which promises least."""
    words = [word.strip().lower() for word in re.split(LIST_MARK, text or "") if word.strip()]
    found = [_ROAD_CLASSES[word] for word in words if word in _ROAD_CLASSES]
    order = list(dict.fromkeys(_ROAD_CLASSES.values()))
    return max(found, key=order.index) if found else None


def _settlement_values(rows: Rows) -> dict[str, Any]:
    sieve = rows.sieve
    names = texts(sieve, "name")
    sieve.reject([name is None for name in names], "name", "a settlement has a name")
    told = texts(sieve, "kind")
    kinds = [_SETTLEMENT_KINDS.get((text or "").lower(), "village") for text in told]
    odd = {text for text in told if text is not None and text.lower() not in _SETTLEMENT_KINDS}
    if odd:
        sieve.note(f"kinds of settlement not known count as village: {excerpt(', '.join(odd))}")
    return {
        "settlement_id": derived_ids(
            texts(sieve, "settlement_id"), "PLACE", parts=[names, *rows.place_parts()]
        ),
        "name": names,
        "kind": kinds,
        "county": texts(sieve, "county"),
        "township": texts(sieve, "township"),
        "population": counts(sieve, "population"),
    }


def _special_day_values(rows: Rows) -> dict[str, Any]:
    sieve = rows.sieve
    names = texts(sieve, "name")
    sieve.reject([name is None for name in names], "name", "a special day has a name")
    complete_windows(sieve, "begins_at", "ends_at", period="period")
    begin = times(sieve, "begins_at", reason="begins_at")
    end = times(sieve, "ends_at", reason="ends_at", whole_day=True)
    day = pd.Timedelta(days=1)
    end = end.where(end.notna(), begin + day)  # one day, when no end is told
    sieve.reject(begin.isna().to_numpy(bool), "time_missing", "no beginning")
    sieve.reject((end <= begin).fillna(False).to_numpy(bool), "time_order", "ends before it starts")
    kinds = words(sieve, "kind", _DAY_KINDS, blank="other", inside=True)
    parts: list[Any] = [names, begin, end, texts(sieve, "county")]
    return {
        "day_id": derived_ids(texts(sieve, "day_id"), "DAY", parts=parts),
        "name": names,
        "kind": kinds,
        "begins_at": begin,
        "ends_at": end,
        "county": texts(sieve, "county"),
        "remark": texts(sieve, "remark"),
    }


def _admin_values(rows: Rows) -> dict[str, Any]:
    sieve = rows.sieve
    names = texts(sieve, "name")
    sieve.reject([name is None for name in names], "name", "an area has a name")
    told = texts(sieve, "admin_id")
    known = [JIANGXI_CODES.get(_bare(name)) for name in names]
    by_name = int(sum(a is None and b is not None for a, b in zip(told, known, strict=True)))
    if by_name:
        sieve.note(f"{by_name} areas tell no code: that of GB/T 2260 for their name was taken")
    coded = [a or b for a, b in zip(told, known, strict=True)]
    ids = derived_ids(coded, "ADMIN", parts=[names, *rows.place_parts()])
    levels = [
        _LEVELS.get((level or "").lower()) or _level_of(code) or _level_by_name(_bare(name))
        for level, code, name in zip(texts(sieve, "level"), ids, names, strict=True)
    ]
    sieve.reject([level is None for level in levels], "level", "neither level, code nor name tell")
    return {
        "admin_id": ids,
        "name": names,
        "level": levels,
        "parent_id": [_parent(value) for value in sieve.rows["parent_id"]],
    }


def _level_of(code: str) -> str | None:
    """Level told by an administrative code: 6 digits by pairs, 9 or 12 below the county [K]."""
    if re.fullmatch(r"\d{9}|\d{12}", code):
        return "township"
    if not re.fullmatch(r"\d{6}", code):
        return None
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "county"


def _bare(name: str | None) -> str:
    """The Chinese words a name begins with: 浮梁县 of 浮梁县（2024）."""
    found = re.match(r"[\u4e00-\u9fff]+", name or "")
    return found[0] if found else ""


def _level_by_name(name: str) -> str | None:
    """Level told by the last word of a name; 市 may be a city or a county-level city."""
    words = {"乡": "township", "镇": "township", "街道": "township", "县": "county", "区": "county"}
    found = next((level for word, level in words.items() if name.endswith(word)), None)
    return "province" if name.endswith("省") else found


def _parent(value: object) -> str | None:
    """Code of the area above; DataV files nest it as ``{"adcode": 360200}``."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    if isinstance(value, dict):
        value = value.get("adcode")
    return clean_text(value)


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
            _admin_values,
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
            _zone_values,
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
            },
            _road_values,
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
            "settlements",
            {
                "settlement_id": ("settlement_id", "编号", "osm_id", "id"),
                "name": ("name", "名称", "村名", "地名"),
                "kind": ("kind", "fclass", "place", "类型"),
                "population": ("population", "人口", "人口数"),
                **_WHERE,
            },
            _settlement_values,
            shape="point",
            required=("name",),
        ),
    )
}
"""Table kinds by name."""
