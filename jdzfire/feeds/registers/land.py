"""Values of the registers of land: forest zones, roads, settlements, administrative areas."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from jdzfire.feeds.reading import RowValidator
from jdzfire.feeds.registers.cells import (
    clean_text,
    counts,
    derived_ids,
    measures,
    stated_areas_ha,
    texts,
)
from jdzfire.feeds.registers.division_codes import JIANGXI_CODES
from jdzfire.feeds.registers.rows import Rows
from jdzfire.feeds.registers.vectors import LIST_MARK
from jdzfire.feeds.text import excerpt
from jdzfire.feeds.values import is_blank

EDGE_BUFFER_M = 200.0
"""Forest fire zone beyond the edge when the file states none: the wider of the county rules read
(100 m in three, 200 m in one [V]); a wide zone leaves more unresolved, never less."""


_ROAD_CLASSES = {
    **dict.fromkeys(("motorway", "motorway_link", "高速", "高速公路"), "motorway"),
    **dict.fromkeys(("trunk", "trunk_link", "国道", "快速路"), "trunk"),
    **dict.fromkeys(("primary", "primary_link", "省道", "主干路"), "primary"),
    **dict.fromkeys(("secondary", "secondary_link", "县道", "次干路"), "secondary"),
    **dict.fromkeys(("tertiary", "tertiary_link", "乡道"), "tertiary"),
    **dict.fromkeys(("unclassified", "road", "等外路", "四级公路"), "unclassified"),
    **dict.fromkeys(("residential", "living_street", "街道", "巷道"), "residential"),
    **dict.fromkeys(("service", "专用道路"), "service"),
    **dict.fromkeys(("track", "path", "村道", "林道", "防火道", "机耕道"), "track"),
}
_SURFACES = {
    **dict.fromkeys(
        (
            "paved",
            "asphalt",
            "concrete",
            "concrete:plates",
            "concrete:lanes",
            "paving_stones",
            "sett",
            "chipseal",
            "沥青",
            "水泥",
            "混凝土",
            "硬化",
            "柏油",
        ),
        "paved",
    ),
    **dict.fromkeys(
        ("gravel", "fine_gravel", "compacted", "pebblestone", "cobblestone", "砂石", "碎石"),
        "gravel",
    ),
    **dict.fromkeys(
        ("unpaved", "dirt", "earth", "ground", "grass", "mud", "sand", "土路", "泥土", "土质"),
        "unpaved",
    ),
}
_ONE_WAY = {
    **dict.fromkeys(("forward", "yes", "1", "true", "f", "正向", "是", "单行"), "forward"),
    **dict.fromkeys(("backward", "-1", "reverse", "t", "反向"), "backward"),
    **dict.fromkeys(("no", "0", "false", "b", "否", "双向"), None),
}
_ACCESS = {
    **dict.fromkeys(("closed", "no", "否", "不通", "断头", "封闭", "阻断", "不能通行"), "closed"),
    **dict.fromkeys(("open", "yes", "是", "通行", "畅通", "能通行", "private", "permissive"), None),
}
_LIMIT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*(mph|km/?h|公里.*)?", re.IGNORECASE)
_MPH = 1.609344
_LEAST_KMH, _MOST_KMH = 5.0, 140.0


_SETTLEMENT_KINDS = {
    **dict.fromkeys(("city", "城市", "市区", "县城"), "city"),
    **dict.fromkeys(("town", "镇", "乡", "集镇", "街道", "乡镇"), "town"),
    **dict.fromkeys(("village", "hamlet", "村", "自然村", "行政村", "村庄", "居民点"), "village"),
}


_LEVELS = {
    **dict.fromkeys(("province", "省"), "province"),
    **dict.fromkeys(("city", "市", "地级市"), "city"),
    **dict.fromkeys(("county", "district", "县", "区", "县级", "县级市", "市辖区"), "county"),
    **dict.fromkeys(("township", "street", "town", "乡镇", "街道", "镇", "乡"), "township"),
}


def zone_values(rows: Rows) -> dict[str, Any]:
    """Contract values of [ZONES]."""
    validator = rows.validator
    ids, names = _compartments(validator)
    buffer_m = measures(validator, "edge_buffer_m", low=0, high=5000, blank=EDGE_BUFFER_M)
    return {
        "zone_id": derived_ids(ids, "ZONE", parts=[names, *rows.place_parts()]),
        "name": names,
        "county": texts(validator, "county"),
        "township": texts(validator, "township"),
        "forest_farm": texts(validator, "forest_farm"),
        "forest_class": texts(validator, "forest_class"),
        "forest_subclass": texts(validator, "forest_subclass"),
        "species": texts(validator, "species"),
        "land_type": texts(validator, "land_type"),
        "origin": texts(validator, "origin"),
        "area_ha": stated_areas_ha(validator, "area", header=rows.units.get("area", "公顷")),
        "edge_buffer_m": buffer_m,
    }


def _compartments(validator: RowValidator) -> tuple[list[str | None], list[str | None]]:
    """Ids and names of forest zones; where there are none, of compartment and subcompartment.

    Compartments are numbered within a forest farm or village, subcompartments within a
    compartment, so that an id is made of all that is given. Two rows of one such id are
    distinguished by their place.
    """
    parts = [texts(validator, name) for name in ("compartment", "subcompartment")]
    owners = [texts(validator, name) for name in ("forest_farm", "township", "village")]
    ids, names = texts(validator, "zone_id"), texts(validator, "name")
    made: list[str | None] = []
    for owner, part in zip(zip(*owners, strict=True), zip(*parts, strict=True), strict=True):
        stated = [text for text in (*owner, *part) if text is not None]
        made.append("-".join(stated) if any(part) else None)
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


def road_values(rows: Rows) -> dict[str, Any]:
    """Contract values of [ROADS]."""
    validator = rows.validator
    names = texts(validator, "name")
    classes = [_road_class(text) for text in texts(validator, "road_class")]
    stated = ~validator.rows["road_class"].map(is_blank).to_numpy(bool)
    unknown = stated & np.array([found is None for found in classes], dtype=bool)
    if (unknown & validator.kept).any():
        odd = sorted({str(text) for text in validator.rows["road_class"][unknown & validator.kept]})
        count = int((unknown & validator.kept).sum())
        validator.note(f"{count} roads of unknown class count as track: {excerpt(', '.join(odd))}")
    return {
        "road_id": derived_ids(
            texts(validator, "road_id"), "ROAD", parts=[names, *rows.place_parts()]
        ),
        "name": names,
        "road_class": [found or "track" for found in classes],
        "surface": _coded(validator, "surface", _SURFACES),
        "one_way": _coded(validator, "one_way", _ONE_WAY),
        "max_speed_kmh": _speed_limits(validator),
        "access": _coded(validator, "access", _ACCESS),
    }


def _coded(validator: RowValidator, name: str, codes: Mapping[str, str | None]) -> list[str | None]:
    """Codes of words; words that are not known are noted and count as nothing stated."""
    stated = texts(validator, name)
    odd = {text for text in stated if text is not None and text.lower() not in codes}
    if odd:
        validator.note(f"{name} not known, left blank: {excerpt(', '.join(sorted(odd)))}")
    return [None if text is None else codes.get(text.lower()) for text in stated]


def _speed_limits(validator: RowValidator) -> NDArray[np.float64]:
    """Limits in km/h: "60", "60 km/h", "25 mph"; others, such as "walk", are left blank."""
    found = np.full(len(validator.rows), np.nan)
    for place, text in enumerate(texts(validator, "max_speed_kmh")):
        match = re.fullmatch(
            r"(\d{1,3}(?:\.\d+)?)\s*(mph|km/?h|公里.*)?", text or "", re.IGNORECASE
        )
        if match:
            speed = float(match[1]) * (_MPH if (match[2] or "").lower() == "mph" else 1.0)
            found[place] = speed if _LEAST_KMH <= speed <= _MOST_KMH else np.nan
    return found


def _road_class(text: str | None) -> str | None:
    """Our class of a word or a list of words; of several the slowest, which promises least."""
    words = [word.strip().lower() for word in re.split(LIST_MARK, text or "") if word.strip()]
    found = [_ROAD_CLASSES[word] for word in words if word in _ROAD_CLASSES]
    order = list(dict.fromkeys(_ROAD_CLASSES.values()))
    return max(found, key=order.index) if found else None


def settlement_values(rows: Rows) -> dict[str, Any]:
    """Contract values of [SETTLEMENTS]."""
    validator = rows.validator
    names = texts(validator, "name")
    validator.reject([name is None for name in names], "name", "a settlement has a name")
    stated = texts(validator, "kind")
    kinds = [_SETTLEMENT_KINDS.get((text or "").lower(), "village") for text in stated]
    odd = {text for text in stated if text is not None and text.lower() not in _SETTLEMENT_KINDS}
    if odd:
        validator.note(f"kinds of settlement not known count as village: {excerpt(', '.join(odd))}")
    return {
        "settlement_id": derived_ids(
            texts(validator, "settlement_id"), "PLACE", parts=[names, *rows.place_parts()]
        ),
        "name": names,
        "kind": kinds,
        "county": texts(validator, "county"),
        "township": texts(validator, "township"),
        "population": counts(validator, "population"),
    }


def admin_values(rows: Rows) -> dict[str, Any]:
    """Contract values of [ADMIN]."""
    validator = rows.validator
    names = texts(validator, "name")
    validator.reject([name is None for name in names], "name", "an area has a name")
    stated = texts(validator, "admin_id")
    known = [JIANGXI_CODES.get(_bare(name)) for name in names]
    by_name = int(sum(a is None and b is not None for a, b in zip(stated, known, strict=True)))
    if by_name:
        validator.note(f"{by_name} areas state no code: that of GB/T 2260 for their name was taken")
    coded = [a or b for a, b in zip(stated, known, strict=True)]
    ids = derived_ids(coded, "ADMIN", parts=[names, *rows.place_parts()])
    levels = [
        _LEVELS.get((level or "").lower()) or _level_of(code) or _level_by_name(_bare(name))
        for level, code, name in zip(texts(validator, "level"), ids, names, strict=True)
    ]
    validator.reject(
        [level is None for level in levels], "level", "neither level, code nor name gives it"
    )
    return {
        "admin_id": ids,
        "name": names,
        "level": levels,
        "parent_id": [_parent(value) for value in validator.rows["parent_id"]],
    }


def _level_of(code: str) -> str | None:
    """Level given by an administrative code: 6 digits by pairs, 9 or 12 below the county [K]."""
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
    """Level given by the last word of a name; 市 may be a city or a county-level city."""
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
