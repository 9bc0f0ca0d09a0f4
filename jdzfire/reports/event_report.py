"""Single-event report (热点核查单): what is known filled in, the rest blank to write on.

The fields are those of the feedback tables in use [field notes, section 3].
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import Lang
from jdzfire.board.summary import EventSummary, summarise_events
from jdzfire.board.wording import beijing, compass, decimal, missing
from jdzfire.board.words import words
from jdzfire.errors import NotFound
from jdzfire.reports import phrases
from jdzfire.reports.document import Block, Cell, Fields, Grid, Heading, Picture, Report, Sentence
from jdzfire.reports.picture import draw_event

_FIRST_PASSES, _LAST_PASSES = 4, 12
"""Passes that are listed of an event seen more often; the report states how many are not."""

_TEXT: dict[str, dict[str, str]] = {
    "zh": {
        "title": "卫星热点核查单",
        "mark": "内部资料　注意保管",
        "number": "热点编号：{event}",
        "printed": "打印时间：{now}",
        "h1": "一、监测情况",
        "id": "热点编号",
        "satellites": "监测来源",
        "first": "首次发现",
        "last": "最近观测",
        "place": "地点",
        "county": "县（市、区）、乡镇",
        "lonlat": "经纬度（WGS84）",
        "gcj": "高德坐标（GCJ-02）",
        "pixels": "数量",
        "frp": "最大火辐射功率",
        "area": "像元覆盖面积",
        "zone": "土地类型、林区",
        "forest": "林地占比{n}%",
        "verdict": "系统研判",
        "priority": "{name}，优先级{n}（{parts}）",
        "h2": "二、位置图",
        "caption": "热点位置（{event}）",
        "h3": "三、研判依据",
        "reason_head": "结果|依据",
        "met": "符合",
        "failed": "不符合",
        "unknown": "无法判断",
        "no_reasons": "暂无研判记录。",
        "h4": "四、发展过程（逐次过境）",
        "growth_head": "时间|卫星|像元|FRP合计（MW）|像元面积（公顷）|新增（公顷）|火线外推（米）",
        "no_growth": "仅有静止卫星或地面报告，无极轨卫星逐次过境资料。",
        "growth_note": "像元面积不是过火面积：一个像元亮不等于其全部着火。",
        "growth_cut": "共{n}次过境，表中为最初{first}次和最近{last}次，其余{cut}次未列。",
        "h5": "五、最近队伍",
        "team_head": "队伍|方位、距离、时间|人数|队长、电话",
        "no_team": "没有可用队伍。",
        "h6": "六、现场核查反馈",
        "checker": "核查人",
        "arrived": "到场时间",
        "small_place": "小地名",
        "category": "核查结果",
        "began": "起火时间",
        "cause": "起火原因",
        "burned": "过火面积（亩）",
        "affected": "受害森林面积",
        "people": "扑救人数",
        "flame": "是否明火",
        "out": "灭火时间",
        "smoke": "烟云、连续性",
        "action": "处置情况",
        "opinion": "审核意见",
        "due": "反馈时限",
        "team": "派遣队伍",
        "yes_no": "□是　□否",
        "signs": "核查人：|审核人：|时间：",
        "comma": "、",
        "pair": "{name}{n}",
    },
    "en": {
        "title": "Hotspot verification report",
        "mark": "Internal: keep safe",
        "number": "Event: {event}",
        "printed": "Printed: {now}",
        "h1": "1. What was seen",
        "id": "Event",
        "satellites": "Seen by",
        "first": "First seen",
        "last": "Last seen",
        "place": "Place",
        "county": "County, township",
        "lonlat": "Lon, lat (WGS84)",
        "gcj": "Lon, lat (GCJ-02)",
        "pixels": "Count",
        "frp": "Largest FRP",
        "area": "Area of pixels",
        "zone": "Land, forest",
        "forest": "{n}% forest",
        "verdict": "Verdict",
        "priority": "{name}, priority {n} ({parts})",
        "h2": "2. Map",
        "caption": "{event}",
        "h3": "3. Reasons",
        "reason_head": "Outcome|Reason",
        "met": "met",
        "failed": "failed",
        "unknown": "unknown",
        "no_reasons": "No verdict yet.",
        "h4": "4. Growth by pass",
        "growth_head": "Time|Satellite|Pixels|FRP (MW)|Area (ha)|New (ha)|Front (m)",
        "no_growth": "Seen by a geostationary satellite or from the ground only.",
        "growth_note": "The area of the pixels is not the area burned.",
        "growth_cut": "{n} passes; listed are the first {first} and the last {last}, not the {cut} "
        "between.",
        "h5": "5. Nearest teams",
        "team_head": "Team|Bearing, distance, time|People|Leader, phone",
        "no_team": "No team is available.",
        "h6": "6. Answer of the field",
        "checker": "Checked by",
        "arrived": "Arrived",
        "small_place": "Local name",
        "category": "Finding",
        "began": "Began",
        "cause": "Cause",
        "burned": "Burned (mu)",
        "affected": "Forest affected",
        "people": "People fighting",
        "flame": "Open flame",
        "out": "Out at",
        "smoke": "Smoke, continuity",
        "action": "Handling",
        "opinion": "Opinion",
        "due": "Answer due",
        "team": "Team sent",
        "yes_no": "□ yes   □ no",
        "signs": "Checked by:|Reviewed by:|Time:",
        "comma": ", ",
        "pair": "{name} {n}",
    },
}


def write_event_report(
    board: Board,
    event_id: str,
    *,
    growth: Sequence[Mapping[str, Any]] = (),
    edition: Edition = "internal",
    lang: Lang = "zh",
) -> Report:
    """The report of one event.

    Parameters
    ----------
    board : Board
        Already cut to the edition; must hold the event.
    event_id : str
    growth : sequence of mappings [GROWTH]
        Rows by pass, the first one first.
    edition : {"internal", "public"}
    lang : {"zh", "en"}

    Returns
    -------
    Report

    Raises
    ------
    NotFound
        The board has no such event, or it was merged into another.
    """
    text = _TEXT[lang]
    summary = next((f for f in summarise_events(board, lang=lang) if f.event_id == event_id), None)
    if summary is None:
        raise NotFound(f"no event {event_id!r} to report", remedy="see jdzfire event list --all")
    is_internal = edition == "internal"
    answer: list[Block] = (
        [Heading(text["h6"]), _answer(summary, board, text, lang)] if is_internal else []
    )
    blocks: list[Block] = [
        Heading(text["h1"]),
        _seen(summary, text, lang),
        Heading(text["h2"]),
        Picture(
            draw_event(board, event_id, lang=lang, with_permits=is_internal),
            text["caption"].format(event=event_id),
            112.0,
        ),
        Heading(text["h3"]),
        _reasons(summary, text),
        Heading(text["h4"]),
        *_growth(growth, text, lang),
        Heading(text["h5"]),
        _teams(summary, text, is_internal=is_internal),
        *_dispatch(summary, text, lang),
        *answer,
    ]
    return Report(
        title=f"{board.city}{text['title']}" if lang == "zh" else text["title"],
        lang=lang,
        at=board.now,
        head=(
            text["number"].format(event=event_id),
            text["printed"].format(now=phrases.long_time(board.now, lang)),
        ),
        blocks=blocks,
        mark=text["mark"] if is_internal else "",
        signatures=text["signs"].split("|") if is_internal else (),
        is_form=True,
    )


def _seen(summary: EventSummary, text: dict[str, str], lang: Lang) -> Fields:
    row = summary.row
    ha = float(row["ha"])
    forest = [] if row["forest_pct"] is None else [text["forest"].format(n=row["forest_pct"])]
    parts = text["comma"].join(
        text["pair"].format(name=name, n=value) for name, value in row["parts"]
    )
    verdict = text["priority"].format(name=row["verdict_name"], n=summary.priority, parts=parts)
    return Fields(
        [
            (text["id"], summary.event_id),
            (text["satellites"], phrases.satellites_of(summary, lang)),
            (text["first"], phrases.long_time(summary.first_seen_at, lang)),
            (text["last"], phrases.long_time(summary.last_seen_at, lang)),
            (text["place"], phrases.place_of(summary, lang)),
            (text["county"], text["comma"].join(filter(None, (row["county"], row["township"])))),
            (text["lonlat"], f"{row['lon']:.5f}, {row['lat']:.5f}"),
            (text["gcj"], f"{row['gcj'][0]:.5f}, {row['gcj'][1]:.5f}"),
            (text["pixels"], words(lang)[row["unit"]].format(n=row["count"])),
            (text["frp"], "" if row["frp"] is None else f"{decimal(row['frp'])} MW"),
            (text["area"], phrases.area(ha, lang)),
            (text["zone"], text["comma"].join([*forest, *row["zone"]])),
            (text["verdict"], verdict),
        ],
        wide=(text["verdict"],),
    )


def _reasons(summary: EventSummary, text: dict[str, str]) -> Block:
    rows: list[list[Cell | str]] = [
        [text[reason["outcome"]], reason["text"]] for reason in summary.row["reasons"]
    ]
    if not rows:
        return Sentence(text["no_reasons"])
    return Grid(text["reason_head"].split("|"), rows, (1.6, 11))


def _growth(growth: Sequence[Mapping[str, Any]], text: dict[str, str], lang: Lang) -> list[Block]:
    if not growth:
        return [Sentence(text["no_growth"])]
    rows: list[list[Cell | str]] = []
    cut = max(0, len(growth) - _FIRST_PASSES - _LAST_PASSES)
    shown = [*growth[:_FIRST_PASSES], *growth[_FIRST_PASSES + cut :]]
    for one in shown:
        front = ""
        if not missing(one["front_m"]):
            front = decimal(float(one["front_m"]), 0)
            if not missing(one["front_deg"]):
                front = f"{compass(float(one['front_deg']), lang)} {front}"
        rows.append(
            [
                beijing(pd.Timestamp(one["acquired_at"])) or "",
                str(one["satellite"]),
                str(one["hotspot_count"]),
                "" if missing(one["frp_sum_mw"]) else decimal(float(one["frp_sum_mw"])),
                decimal(float(one["area_ha"])),
                decimal(max(0.0, float(one["new_ha"]))),
                front,
            ]
        )
    head = text["growth_head"].split("|")
    note = text["growth_note"]
    if cut:
        numbers = {"n": len(growth), "first": _FIRST_PASSES, "last": _LAST_PASSES, "cut": cut}
        note = text["growth_cut"].format(**numbers) + ("" if lang == "zh" else " ") + note
    return [Grid(head, rows, (2.2, 2, 1.2, 1.9, 2, 1.8, 2)), Sentence(note)]


def _teams(summary: EventSummary, text: dict[str, str], *, is_internal: bool) -> Block:
    if not summary.row["nearest"]:
        return Sentence(text["no_team"])
    last = 4 if is_internal else 3
    rows: list[list[Cell | str]] = []
    for team in summary.row["nearest"]:
        people = "" if team["people"] is None else f"{team['people']:.0f}"
        who = text["comma"].join(filter(None, (team["leader"], team["phone"])))
        rows.append([team["name"], team["way"], people, who][:last])
    return Grid(text["team_head"].split("|")[:last], rows, (3.4, 3.4, 1.2, 3.4)[:last])


def _dispatch(summary: EventSummary, text: dict[str, str], lang: Lang) -> list[Block]:
    """How many teams go first, and what is near."""
    if not summary.is_open:
        return []
    card = words(lang)
    count, reasons = summary.row["send"]
    why = text["comma"].join(card[f"send_{name}"] for name in reasons)
    found = [card["send_first"].format(n=count) + (f" ({why})" if why else "")]
    found += [
        " ".join(
            filter(
                None,
                (
                    f"{card['near_' + one['kind']]}: {one['name']}",
                    f"{one['wind']} {one['km']} km",
                    one["phone"],
                ),
            )
        )
        for one in summary.row["nearby"]
    ]
    return [Sentence(line) for line in found]


def _answer(summary: EventSummary, board: Board, text: dict[str, str], lang: Lang) -> Fields:
    case = summary.row["case"] or {}
    affected = case.get("affected_ha")
    is_begun = case.get("status") not in (None, "open")
    handled = phrases.handling(summary, lang).text if is_begun else None
    return Fields(
        [
            (text["due"], case.get("due")),
            (text["team"], case.get("team")),
            (text["checker"], None),
            (text["arrived"], None),
            (text["small_place"], None),
            (text["category"], case.get("category")),
            (text["began"], None),
            (text["cause"], None),
            (text["burned"], None),
            (text["affected"], None if affected is None else phrases.area(affected, lang)),
            (text["people"], None),
            (text["flame"], text["yes_no"]),
            (text["out"], None),
            (text["smoke"], None),
            (text["action"], handled),
            (text["opinion"], None),
        ],
        wide=(text["action"], text["opinion"]),
    )
