"""The feedback sheet (热点核查反馈表) as it comes back: a row a case, what was done and found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from jdzfire.errors import InputError
from jdzfire.feeds.sheets import read_sheet
from jdzfire.feeds.text import excerpt
from jdzfire.feeds.times import parse_time
from jdzfire.feeds.values import is_blank, parse_number
from jdzfire.schemas import CATEGORY_ZH, CAUSE_ZH

MU_PER_HA = 15.0

_T = TypeVar("_T", str, bool)

_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "case_id": ("案件编号", "case", "case_id"),
    "version": ("版本", "version"),
    "team": ("派遣队伍", "team sent"),
    "dispatched_at": ("派遣时间", "sent at"),
    "arrived_at": ("到场时间", "arrived at"),
    "category": ("核查类别", "类别", "category"),
    "checked_at": ("核查时间", "checked at"),
    "affected_mu": ("受害森林面积", "affected forest"),
    "burned_mu": ("过火面积", "burned area"),
    "cause": ("起火原因", "cause"),
    "people": ("出动人数", "people sent"),
    "dead": ("死亡人数", "dead"),
    "injured": ("重伤人数", "badly hurt"),
    "out_at": ("扑灭时间", "out at"),
    "answered_by": ("反馈人", "answered by"),
    "county_review": ("县级审核", "county review"),
    "county_reviewer": ("县级审核人", "county reviewer"),
    "city_review": ("市级审核", "city review"),
    "city_reviewer": ("市级审核人", "city reviewer"),
    "close": ("结案", "close"),
    "remark": ("情况说明", "remark"),
}
_EXPECTED = "the feedback sheet that was sent out, with 案件编号, 版本 and 核查类别"
_TAKEN = {"通过": True, "taken": True, "退回": False, "sent back": False}
_YES = {"是": True, "yes": True, "否": False, "no": False}


@dataclass(frozen=True)
class FeedbackRow:
    """One row of the sheet. None: the cell is empty."""

    line: int
    """Row of the sheet; the first is 1."""
    case_id: str
    version: int
    """Version of the case when the sheet was made."""
    team: str | None
    """As written: an id, a name, or both."""
    dispatched_at: datetime | None
    arrived_at: datetime | None
    category: str | None
    """One of ``schemas.CATEGORY_ZH``."""
    checked_at: datetime | None
    affected_forest_ha: float | None
    burned_ha: float | None
    cause: str | None
    """One of ``schemas.CAUSE_ZH``."""
    people: float | None
    dead: float | None
    injured: float | None
    out_at: datetime | None
    answered_by: str | None
    county_review: bool | None
    """True: taken; False: sent back."""
    county_reviewer: str | None
    city_review: bool | None
    city_reviewer: str | None
    close: bool | None
    remark: str | None


@dataclass(frozen=True)
class RefusedRow:
    """A row that cannot be read."""

    line: int
    case_id: str
    why_zh: str
    why_en: str


@dataclass(frozen=True)
class FeedbackSheet:
    """A sheet as read."""

    rows: tuple[FeedbackRow, ...]
    refused: tuple[RefusedRow, ...]


class _Refused(Exception):
    """Why in Chinese, why in English."""


def read_feedback(raw: bytes, *, source_name: str) -> FeedbackSheet:
    """Rows of a feedback sheet.

    Parameters
    ----------
    raw : bytes
        The workbook of :mod:`jdzfire.exports.feedback_xlsx` with its cells filled in, or the same
        columns as CSV. Words in Chinese, in English, or as our own names; areas in mu, or in
        hectares where the head says so; times of the Beijing clock.
    source_name : str

    Raises
    ------
    InputError
        No such sheet.
    """
    sheet = read_sheet(raw, source_name=source_name, columns=_COLUMNS, expected=_EXPECTED)
    if not {"case_id", "version", "category"} <= sheet.found:
        raise InputError(
            f"{excerpt(source_name)} is no feedback sheet",
            expected=_EXPECTED,
            found=", ".join(sorted(sheet.found)) or "none of them",
            remedy="fill in the sheet that `jdzfire case sheet` writes",
        )
    per_ha = {
        name: 1.0 if _is_hectares(sheet.units.get(name, "")) else MU_PER_HA
        for name in ("affected_mu", "burned_mu")
    }
    rows, refused = [], []
    for line, row in zip(sheet.rows.index, sheet.rows.to_dict("records"), strict=True):
        cells = {str(name): value for name, value in row.items()}
        if all(is_blank(cells.get(name)) for name in _COLUMNS):
            continue
        try:
            rows.append(_row(int(line), cells, per_ha))
        except _Refused as why:
            zh, en = why.args
            refused.append(RefusedRow(int(line), excerpt(str(cells["case_id"] or "")), zh, en))
    return FeedbackSheet(tuple(rows), tuple(refused))


def _row(line: int, cells: Mapping[str, Any], per_ha: Mapping[str, float]) -> FeedbackRow:
    version = parse_number(cells["version"])
    if is_blank(cells["case_id"]) or version is None or version < 1 or version % 1:
        raise _Refused("案件编号或版本缺失", "the case or its version is missing")
    return FeedbackRow(
        line=line,
        case_id=str(cells["case_id"]).strip(),
        version=int(version),
        team=_text(cells, "team"),
        dispatched_at=_time(cells, "dispatched_at"),
        arrived_at=_time(cells, "arrived_at"),
        category=_word(cells, "category", _names(CATEGORY_ZH)),
        checked_at=_time(cells, "checked_at"),
        affected_forest_ha=_number(cells, "affected_mu", per_ha["affected_mu"]),
        burned_ha=_number(cells, "burned_mu", per_ha["burned_mu"]),
        cause=_word(cells, "cause", _names(CAUSE_ZH)),
        people=_number(cells, "people"),
        dead=_number(cells, "dead"),
        injured=_number(cells, "injured"),
        out_at=_time(cells, "out_at"),
        answered_by=_text(cells, "answered_by"),
        county_review=_word(cells, "county_review", _TAKEN),
        county_reviewer=_text(cells, "county_reviewer"),
        city_review=_word(cells, "city_review", _TAKEN),
        city_reviewer=_text(cells, "city_reviewer"),
        close=_word(cells, "close", _YES),
        remark=_text(cells, "remark"),
    )


def _head(name: str) -> str:
    return _COLUMNS[name][0]


def _text(cells: Mapping[str, Any], name: str) -> str | None:
    value = cells.get(name)
    return None if is_blank(value) else str(value).strip()


def _names(zh: Mapping[str, str]) -> dict[str, str]:
    """Ways to write a word of a list -> our name of it."""
    ours = {name: name for name in zh} | {name.replace("_", " "): name for name in zh}
    return ours | {text: name for name, text in zh.items()}


def _word(cells: Mapping[str, Any], name: str, known: Mapping[str, _T]) -> _T | None:
    text = _text(cells, name)
    if text is None:
        return None
    if text not in known:
        raise _Refused(
            f"{_head(name)}：没有“{excerpt(text)}”这一项", f"{name}: there is no {excerpt(text)!r}"
        )
    return known[text]


def _number(cells: Mapping[str, Any], name: str, per: float = 1.0) -> float | None:
    value = cells.get(name)
    if is_blank(value):
        return None
    number = parse_number(value)
    if number is None or not 0 <= number < float("inf"):
        raise _Refused(f"{_head(name)}：不是数字", f"{name} is no number")
    return number / per


def _time(cells: Mapping[str, Any], name: str) -> datetime | None:
    value = cells.get(name)
    if is_blank(value):
        return None
    moment = parse_time(value)
    if moment is None:
        raise _Refused(f"{_head(name)}：时间无法识别", f"{name} is no time that can be read")
    return moment


def _is_hectares(head: str) -> bool:
    return "公顷" in head or "ha" in head.lower().split("(")[-1]
