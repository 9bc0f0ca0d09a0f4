"""Sentences for the rules: what was measured, against what, in words for the phone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from jdzfire.schemas import REPORTERS_ZH, Reason
from jdzfire.triage.rules import TriageRules


def ground_report(reporters: Sequence[str], count: int) -> Reason:
    """A person reported it: no register silences that."""
    zh = "、".join(REPORTERS_ZH.get(name, name) for name in reporters)
    return Reason(
        "report.person",
        "met",
        f"有{count}条人工报告（{zh}），须由人核实后才能销号",
        f"{count} ground report(s) ({', '.join(reporters)}): only a person's answer settles it",
        {"reports": count},
    )


@lru_cache(maxsize=4096)
def ahi_alone(count: int) -> Reason:
    """Only the geostationary sensor saw it: its pixel is too coarse to clear anything."""
    return Reason(
        "sensor.ahi_alone",
        "met",
        f"仅葵花静止卫星观测到（{count}个像元），像元约2公里，不能据此排除",
        f"seen by Himawari alone ({count} pixels of about 2 km), which never clears an event",
        {"ahi_hotspots": count},
    )


@lru_cache(maxsize=4096)
def no_source(count: int) -> Reason:
    """No registered heat source lies in the footprints."""
    return Reason(
        "heat_source.place",
        "failed",
        f"{count}个热点像元范围内无登记的固定热源",
        f"no registered heat source within {count} hotspot footprint(s)",
        {"hotspots_unmatched": count},
    )


def source_match(name: str, worst: Any, count: int, total: int) -> Reason:
    """Hotspots on a source, as bright as usual; the brightest of them is named."""
    return Reason(
        "heat_source.place",
        "met",
        f"{count}/{total}个热点落在固定热源“{name}”，最大FRP {worst.frp_mw:.1f}兆瓦，"
        f"未超过常态上限{worst.frp_limit_mw:.1f}兆瓦（此前{worst.dates}天有观测）",
        f"{count} of {total} hotspots on heat source '{name}', largest FRP "
        f"{worst.frp_mw:.1f} MW within its usual {worst.frp_limit_mw:.1f} MW "
        f"(seen on {worst.dates} dates before)",
        {"hotspots": count, "frp_mw": float(worst.frp_mw), "dates": int(worst.dates)},
        {"frp_mw": float(worst.frp_limit_mw)},
    )


def source_outlived(name: str, worst: Any, count: int, rules: TriageRules) -> Reason:
    """Unusual hotspots on a source that has gone on as usual since; the brightest is named."""
    passes = rules.heat_steady_passes
    frp_mw = None if math.isnan(worst.frp_mw) else float(worst.frp_mw)
    shown = "未知" if frp_mw is None else f"{frp_mw:.1f}兆瓦"
    shown_en = "unknown" if frp_mw is None else f"{frp_mw:.1f} MW"
    return Reason(
        "heat_source.usual_since",
        "met",
        f"落在固定热源“{name}”的{count}个热点曾不同于常态（FRP {shown}，一次过境"
        f"{worst.pixels}个像元），此后至少{passes}次过境均为常态",
        f"{count} hotspots on heat source '{name}' were unusual (FRP {shown_en}, "
        f"{worst.pixels} pixels in one pass); at least {passes} passes since were usual",
        {"hotspots": count, "frp_mw": frp_mw, "pixels": int(worst.pixels)},
        {"passes": passes},
    )


def source_unusual(
    name: str, brightest_mw: float, limit_mw: float, widest: Any, farthest: Any
) -> Reason:
    """Hotspots on a source that are brighter, wider or farther off than its own past.

    Brightness NaN: unknown. ``widest`` has ``wide`` below 0 when none is too wide.
    """
    frp_mw = None if math.isnan(brightest_mw) else float(brightest_mw)
    if frp_mw is None or frp_mw > limit_mw:
        shown = "未知" if frp_mw is None else f"{frp_mw:.1f}兆瓦"
        return Reason(
            "heat_source.usual_brightness",
            "failed",
            f"落在固定热源“{name}”，但FRP {shown}超过其常态上限{limit_mw:.1f}兆瓦",
            f"on heat source '{name}' but FRP {shown if frp_mw is None else f'{frp_mw:.1f} MW'} "
            f"exceeds its usual {limit_mw:.1f} MW",
            {"frp_mw": frp_mw},
            {"frp_mw": limit_mw},
        )
    if widest.wide >= 0:
        return Reason(
            "heat_source.usual_extent",
            "failed",
            f"落在固定热源“{name}”，但一次过境{widest.pixels}个像元，超过其常态"
            f"{widest.pixels_limit:.0f}个",
            f"on heat source '{name}' but {widest.pixels} pixels in one pass, its usual limit is "
            f"{widest.pixels_limit:.0f}",
            {"pixels": int(widest.pixels)},
            {"pixels": float(widest.pixels_limit)},
        )
    return Reason(
        "heat_source.usual_place",
        "failed",
        f"靠近固定热源“{name}”，但偏离其常态位置{farthest.moved_m:.0f}米，"
        f"超过{farthest.moved_limit_m:.0f}米",
        f"near heat source '{name}' but {farthest.moved_m:.0f} m from its usual place, limit "
        f"{farthest.moved_limit_m:.0f} m",
        {"moved_m": round(float(farthest.moved_m), 1)},
        {"moved_m": round(float(farthest.moved_limit_m), 1)},
    )


@lru_cache(maxsize=4096)
def no_permit(rules: TriageRules) -> Reason:
    """No approved permit anywhere near in place and time."""
    near_km = rules.permit_near_m / 1000.0
    return Reason(
        "permit.place",
        "failed",
        f"前后{rules.permit_near_h:.0f}小时、{near_km:.0f}公里内无已批准的报备炼山",
        f"no approved burn permit within {near_km:.0f} km and {rules.permit_near_h:.0f} h",
        {},
        {"distance_m": rules.permit_near_m, "time_h": rules.permit_near_h},
    )


def permit_near_miss(pair: Any, rules: TriageRules) -> Reason:
    """The permit that came closest, and which part of the score it lacks."""
    if pair.early_h > 0 or pair.late_h > 0:
        lack_zh, lack_en = "时间不符", "not within its time"
    elif pair.distance_m > pair.error_m:
        lack_zh, lack_en = "位置超出误差", "beyond the position error"
    elif pair.known < 0.5:
        lack_zh, lack_en = "报备位置不够明确", "its place is not known well enough"
    else:
        lack_zh, lack_en = "合计得分不足", "its parts together fall short"
    return Reason(
        "permit.place",
        "failed",
        f"最近的报备炼山{pair.permit_id}距像元{pair.distance_m:.0f}米（误差{pair.error_m:.0f}米），"
        f"得分{pair.score:.2f}，未达{rules.permit_min_score:.2f}：{lack_zh}",
        f"permit {pair.permit_id} came closest, {pair.distance_m:.0f} m from the pixel (error "
        f"{pair.error_m:.0f} m), score {pair.score:.2f} of {rules.permit_min_score:.2f}: {lack_en}",
        {
            "distance_m": round(float(pair.distance_m), 1),
            "score": round(float(pair.score), 3),
            "score_place": round(float(pair.place), 3),
            "score_known": round(float(pair.known), 3),
            "score_time": round(float(pair.time), 3),
            "permit_id": str(pair.permit_id),
        },
        {"distance_m": round(float(pair.error_m), 1), "score": rules.permit_min_score},
    )


def permit_place(worst: Any, count: int, far: float, total: int, rules: TriageRules) -> Reason:
    """Hotspots on the lot within the permitted time; the one of the lowest score is named."""
    permit_id = str(worst.permit_id)
    return Reason(
        "permit.place",
        "met",
        f"{count}/{total}个热点与报备炼山{permit_id}的地块相符（像元距地块{far:.0f}米，"
        f"容许{worst.error_m:.0f}米），且在批准时段内，得分{worst.score:.2f}",
        f"{count} of {total} hotspots fit the lot of permit {permit_id} ({far:.0f} m apart, "
        f"{worst.error_m:.0f} m allowed) within the permitted time, score {worst.score:.2f}",
        {
            "hotspots": count,
            "distance_m": round(far, 1),
            "score": round(float(worst.score), 3),
            "score_place": round(float(worst.place), 3),
            "score_known": round(float(worst.known), 3),
            "score_time": round(float(worst.time), 3),
            "permit_id": permit_id,
        },
        {"distance_m": round(float(worst.error_m), 1), "score": rules.permit_min_score},
    )


def permit_unconfirmed(permit_id: str) -> Reason:
    """A burn that nobody has confirmed yet."""
    return Reason(
        "permit.confirmed",
        "unknown",
        f"与报备炼山{permit_id}相符，须向现场负责人核实，或待下次过境确认",
        f"fits permit {permit_id}; ask its supervisor, or wait for the next pass to confirm",
        {"permit_id": permit_id},
    )


def permit_banned(name: str) -> Reason:
    """A burn on its lot while fire was banned."""
    return Reason(
        "permit.ban",
        "failed",
        f"当日处于“{name}”期间，禁止野外用火",
        f"fire was banned that day: {name}",
        {"ban": name},
    )


def permit_time(pair: Any, rules: TriageRules) -> Reason:
    """A burn on the lot outside the permitted time."""
    early = pair.early_h > 0
    hours = float(pair.early_h if early else pair.late_h)
    grace = f"余烬宽限{rules.smoulder_h:.0f}小时"
    zh = (
        f"早于批准开始时间{hours:.1f}小时"
        if early
        else f"晚于批准结束时间{hours + rules.smoulder_h:.1f}小时（{grace}）"
    )
    en = f"{hours:.1f} h before the start" if early else f"{hours:.1f} h after the end and grace"
    return Reason(
        "permit.early" if early else "permit.late",
        "failed",
        f"地块与报备炼山{pair.permit_id}相符，但{zh}",
        f"on the lot of permit {pair.permit_id}, but {en}",
        {"early_h" if early else "late_h": round(hours, 2), "permit_id": str(pair.permit_id)},
        {"early_h" if early else "late_h": 0.0, "smoulder_h": rules.smoulder_h},
    )


def permit_drift(count: int, permit_id: str) -> Reason:
    """Hotspots of the same event beyond the lot."""
    return Reason(
        "permit.drift",
        "failed",
        f"同一火场有{count}个热点超出报备炼山{permit_id}的地块，疑似跑火",
        f"{count} hotspots of this event lie beyond the lot of permit {permit_id}: it may have "
        "escaped",
        {"hotspots_beyond": count, "permit_id": permit_id},
        {"hotspots_beyond": 0},
    )


def permit_oversize(count: int, allowed: int, permit_id: str, area_ha: float) -> Reason:
    """More pixels at once than the lot could light."""
    return Reason(
        "permit.oversize",
        "failed",
        f"一次过境出现{count}个热点，报备面积{area_ha * 15:.0f}亩（{area_ha:.1f}公顷）至多可占"
        f"{allowed}个像元（{permit_id}）",
        f"{count} hotspots in one pass; a lot of {area_ha:.1f} ha can light at most {allowed} "
        f"pixels ({permit_id})",
        {"hotspots": count, "permit_id": permit_id},
        {"hotspots": allowed, "area_ha": round(area_ha, 2)},
    )


def permit_weather(grade: float | None, wind_force: float | None, rules: TriageRules) -> Reason:
    """Danger grade and wind of the burning day against the limits."""
    limits = {
        "danger_grade": rules.permit_max_danger_grade,
        "wind_force": rules.permit_max_wind_force,
    }
    if grade is None and wind_force is None:
        return Reason(
            "permit.weather",
            "unknown",
            "当日火险等级和风力未知，未能检验",
            "danger grade and wind of the day are not known: not tested",
            {},
            limits,
        )
    is_met = (grade or 0) <= limits["danger_grade"] and (wind_force or 0) <= limits["wind_force"]
    zh = "符合" if is_met else "超过"
    shown_grade = "?" if grade is None else f"{grade:.0f}"
    shown_wind = "?" if wind_force is None else f"{wind_force:.0f}"
    return Reason(
        "permit.weather",
        "met" if is_met else "failed",
        f"当日火险{shown_grade}级、风力{shown_wind}级，{zh}炼山条件"
        f"（不高于{limits['danger_grade']}级火险、{limits['wind_force']}级风）",
        f"danger grade {shown_grade} and wind force {shown_wind} on the day, limits "
        f"{limits['danger_grade']} and {limits['wind_force']}",
        {"danger_grade": grade, "wind_force": wind_force},
        limits,
    )


def outside_forest(share: float, rules: TriageRules) -> Reason:
    """No hotspot touches the forest fire zone."""
    return Reason(
        "forest.share",
        "met",
        f"像元内森林防火区占比至多{share:.1%}，低于{rules.outside_max_share:.0%}，属林区外",
        f"at most {share:.1%} of a footprint is forest fire zone, below "
        f"{rules.outside_max_share:.0%}: outside forest",
        {"forest_share": round(share, 4)},
        {"forest_share": rules.outside_max_share},
    )


def at_forest_edge(share: float, rules: TriageRules) -> Reason:
    """A small daytime fire whose footprint has some forest: probably on a field."""
    return Reason(
        "forest.edge",
        "met",
        f"像元内森林防火区占比{share:.0%}，低于{rules.edge_max_share:.0%}，白天小火，"
        "疑为林缘农用火",
        f"{share:.0%} of a footprint is forest fire zone, below {rules.edge_max_share:.0%}, small "
        "and by day: probably a field at the edge of the forest",
        {"forest_share": round(share, 4)},
        {"forest_share": rules.edge_max_share},
    )


@lru_cache(maxsize=4096)
def field_unconfirmed(rules: TriageRules) -> Reason:
    """Outside forest probably, but not for certain."""
    return Reason(
        "forest.confirmed",
        "unknown",
        f"林缘、夜间或FRP超过{rules.field_max_frp_mw:.0f}兆瓦，须电话核实是否农用火",
        f"at the edge of forest, at night, or above {rules.field_max_frp_mw:.0f} MW: ask whether "
        "it is a field fire",
        {},
        {"frp_mw": rules.field_max_frp_mw},
    )


def in_forest(share: float, rules: TriageRules) -> Reason:
    """A hotspot touches the forest fire zone."""
    return Reason(
        "forest.share",
        "failed",
        f"像元内森林防火区占比{share:.0%}，位于林区或林缘",
        f"{share:.0%} of a footprint is forest fire zone",
        {"forest_share": round(share, 4)},
        {"forest_share": rules.outside_max_share},
    )


def tree_cover(share: float, rules: TriageRules) -> Reason:
    """Trees in the land-cover grid, which shows woods too small for the zones."""
    is_bare = share < rules.outside_max_tree_share
    zh = "低于" if is_bare else "达到"
    return Reason(
        "forest.trees",
        "met" if is_bare else "failed",
        f"像元内林木覆盖至多{share:.0%}，{zh}{rules.outside_max_tree_share:.0%}",
        f"at most {share:.0%} of a footprint is under trees, limit "
        f"{rules.outside_max_tree_share:.0%}",
        {"tree_share": round(share, 4)},
        {"tree_share": rules.outside_max_tree_share},
    )


@lru_cache(maxsize=4096)
def forest_unknown() -> Reason:
    """No zones are registered."""
    return Reason(
        "forest.share",
        "unknown",
        "未登记林区范围，不能判断是否林区外",
        "no forest zones are registered: outside forest cannot be decided",
    )


@lru_cache(maxsize=4096)
def unexplained(count: int, total: int) -> Reason:
    """The verdict in one sentence."""
    return Reason(
        "verdict.unresolved",
        "met",
        f"{total}个热点中{count}个没有任何登记可以解释，须派人核查",
        f"{count} of {total} hotspots are explained by nothing on the registers: send someone",
        {"hotspots_unexplained": count, "hotspots": total},
    )
