"""Burn permits (报备炼山) as offices write them: mu, Beijing times, states of the approval."""

from __future__ import annotations

from typing import Any

import numpy as np

from jdzfire.feeds.registers.cells import areas_ha, derived_ids, measures, texts, times, words
from jdzfire.feeds.registers.rows import Rows
from jdzfire.feeds.registers.window_cells import complete_windows
from jdzfire.feeds.text import excerpt
from jdzfire.feeds.values import is_blank

PERMIT_COLUMNS: dict[str, tuple[str, ...]] = {
    "permit_id": ("审批编号", "许可编号", "编号", "审批号", "permit_id", "id"),
    "applicant": ("申请单位", "申请人", "单位", "applicant", "agency"),
    "purpose": ("用火类型", "用火目的", "类型", "purpose", "burn_type"),
    "place": ("用火地点", "地点", "小地名", "place", "burn_unit"),
    "valid_from": (
        "计划开始时间",
        "开始时间",
        "用火开始时间",
        "起始时间",
        "计划用火开始时间",
        "valid_from",
    ),
    "valid_to": (
        "计划结束时间",
        "结束时间",
        "用火结束时间",
        "截止时间",
        "计划用火结束时间",
        "valid_to",
    ),
    "period": ("计划时段", "计划时间", "用火时间", "用火时段", "计划用火时间", "burn_date"),
    "area": (
        "面积",
        "用火面积",
        "炼山面积",
        "计划面积",
        "area",
        "area_mu",
        "area_ha",
        "area_m2",
        "acres_burned",
        "treated_acres",
    ),
    "revoked_at": ("撤回时间", "作废时间", "撤销时间", "revoked_at"),
    "contact": ("负责人", "联系人", "现场负责人", "contact"),
    "phone": ("联系电话", "电话", "手机", "手机号", "phone"),
    "status": ("审批状态", "状态", "审批结果", "status"),
    "error_m": ("位置误差", "定位误差", "location_error_m"),
}
"""Our columns and how sheets write them; 安全措施 and 审批人 are left in the raw file."""

_STATUSES = {
    **dict.fromkeys(("待申请", "待审批", "待审核", "审批中", "草稿", "pending"), "pending"),
    **dict.fromkeys(("已批准", "批准", "已审批", "已通过", "通过", "同意", "approved"), "approved"),
    **dict.fromkeys(("已执行", "已完成", "已实施", "executed"), "executed"),
    **dict.fromkeys(
        ("已驳回", "驳回", "不同意", "不批准", "未批准", "未通过", "不通过", "未同意", "rejected"),
        "rejected",
    ),
    **dict.fromkeys(("已撤回", "撤回", "已撤销", "撤销", "withdrawn"), "withdrawn"),
    **dict.fromkeys(("已作废", "作废", "失效", "void"), "void"),
}


def permit_values(rows: Rows) -> dict[str, Any]:
    """Contract values of permits.

    A state left blank counts as pending, which explains nothing; an end without a clock time
    is the end of that day. Rejected here: ``status``, ``valid_from``, ``valid_to``,
    ``window_unreadable``, ``year_missing``, ``time_missing``, ``time_order``, ``revoked_at``,
    ``area``. A position error that cannot be read counts as not stated.
    """
    validator = rows.validator
    complete_windows(validator, "valid_from", "valid_to", period="period")
    start = times(validator, "valid_from", reason="valid_from")
    end = times(validator, "valid_to", reason="valid_to", whole_day=True)
    window = [None if is_blank(text) else str(text) for text in validator.rows["period"]]
    unread = (start.isna() | end.isna()).to_numpy(bool)
    is_stated = np.array([text is not None for text in window], dtype=bool)
    detail = np.array([f"no window in {excerpt(text or '')!r}" for text in window], dtype=object)
    validator.reject(unread & is_stated, "window_unreadable", detail)
    validator.reject(unread, "time_missing", "no start or no end")
    validator.reject(
        (end <= start).fillna(False).to_numpy(bool), "time_order", "ends before it starts"
    )
    revoked = times(validator, "revoked_at", reason="revoked_at")
    status = words(validator, "status", _STATUSES, blank="pending")
    stated_m = measures(validator, "error_m", low=0, high=50_000, blank=np.nan)
    applicants, places = texts(validator, "applicant"), texts(validator, "place")
    parts = [applicants, places, start, end, *rows.place_parts()]
    return {
        "permit_id": derived_ids(texts(validator, "permit_id"), "PERMIT", parts=parts),
        "applicant": applicants,
        "purpose": texts(validator, "purpose"),
        "county": texts(validator, "county"),
        "township": texts(validator, "township"),
        "place": places,
        "area_ha": areas_ha(validator, "area", header=rows.units.get("area", "")),
        "valid_from": start,
        "valid_to": end,
        "status": status,
        "revoked_at": revoked,
        "contact": texts(validator, "contact"),
        "phone": texts(validator, "phone"),
        "source_datum": rows.datum,
        "location_error_m": np.where(np.isnan(stated_m), rows.error_m, stated_m),
    }
