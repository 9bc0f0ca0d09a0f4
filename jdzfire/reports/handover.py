"""Shift handover (交接班): what the next shift must know, overdue things first.

A board cut at the hour of the change would lose the alarm of ten minutes before [field notes,
section 5]: everything still open is on it, whatever its age, beside what the shift itself saw.
"""

from __future__ import annotations

import pandas as pd

from jdzfire.board import coverage
from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import Lang
from jdzfire.board.summary import EventSummary, summarise_events
from jdzfire.board.wording import beijing, missing, records, text_or_none
from jdzfire.board.words import words
from jdzfire.reports import phrases
from jdzfire.reports.document import Block, Cell, Grid, Heading, Lines, Report, Sentence
from jdzfire.reports.shift import Shift, shift_of

_TEXT: dict[str, dict[str, str]] = {
    "zh": {
        "title": "{city}森林防火值班交接班记录",
        "mark": "内部资料　注意保管",
        "shift": "{day}{kind}（{start}—{end}）",
        "day": "白班",
        "night": "夜班",
        "until": "数据截至{now}",
        "h1": "一、总体情况",
        "summary": "本班次内新增热点事件{new}起；本班反馈{answered}起，结案{closed}起。截至目前尚有"
        "未结事件{open}起，其中待核查{unresolved}起、疑似违规炼山{violation}起、待电话确认"
        "{confirm}起；超时未反馈{overdue}起；在外队伍{out}支。",
        "h2": "二、未结事件（超时在前）",
        "no_open": "无未结事件。无热点不等于无火情。",
        "open_head": "序号|事件编号|地点|最近观测|研判|处置情况|反馈时限",
        "new": "新",
        "h3": "三、本班新增及办结",
        "no_new": "本班无新增热点事件。",
        "new_head": "事件编号|首次发现|地点|来源|研判|办理",
        "done": "本班办结：{names}。",
        "done_one": "{event}（{label}）",
        "h4": "四、待电话确认",
        "confirm_lead": "以下事件系统已有初步解释，须逐一电话核实后方可销号：",
        "no_confirm": "无。",
        "confirm_head": "事件编号|地点|初步解释|联系人、电话|核实结果",
        "h5": "五、在外队伍",
        "no_out": "无队伍在外。",
        "out_head": "队伍|人数|事件|派出时间|队长、电话",
        "h6": "六、卫星数据与观测盲区",
        "no_feeds": "没有数据源记录。",
        "h7": "七、天气与用火管控",
        "special": "重点时段及禁火：{names}。",
        "no_special": "今明两日无登记的重点时段、禁火令。",
        "permits": "今明两日有效炼山报备{n}起。",
        "permit_head": "审批编号|地点|面积|时段|负责人、电话",
        "permit_public": "县（市、区）|乡镇|面积|时段",
        "h8": "八、需继续办理事项",
        "signs": "交班人：|接班人：|带班领导：|交接时间：",
        "comma": "、",
        "people": "{n}人",
    },
    "en": {
        "title": "Forest-fire duty, {city}: shift handover",
        "mark": "Internal: keep safe",
        "shift": "{day} {kind} ({start} to {end})",
        "day": "day shift",
        "night": "night shift",
        "until": "data until {now}",
        "h1": "1. Summary",
        "summary": "New events in this shift: {new}; answered: {answered}; closed: {closed}. Still "
        "open: {open}, of them to be checked {unresolved}, suspected burn violations {violation}, "
        "to be confirmed by telephone {confirm}; overdue: {overdue}; teams out: {out}.",
        "h2": "2. Open events, overdue first",
        "no_open": "None is open. No hotspot does not mean no fire.",
        "open_head": "No.|Event|Place|Last seen|Verdict|Handling|Answer due",
        "new": " (new)",
        "h3": "3. New and done in this shift",
        "no_new": "No new event in this shift.",
        "new_head": "Event|First seen|Place|Seen by|Verdict|Handling",
        "done": "Done in this shift: {names}.",
        "done_one": "{event} ({label})",
        "h4": "4. To be confirmed by telephone",
        "confirm_lead": "These are explained for now; confirm each by telephone:",
        "no_confirm": "None.",
        "confirm_head": "Event|Place|Explanation|Contact, phone|Result",
        "h5": "5. Teams out",
        "no_out": "No team is out.",
        "out_head": "Team|People|Event|Sent|Leader, phone",
        "h6": "6. Satellite data and blind times",
        "no_feeds": "No record of feeds.",
        "h7": "7. Weather and use of fire",
        "special": "Special days and bans: {names}.",
        "no_special": "No special day or ban today or tomorrow.",
        "permits": "Burn permits in force today or tomorrow: {n}.",
        "permit_head": "Permit|Place|Area|Time|In charge, phone",
        "permit_public": "County|Township|Area|Time",
        "h8": "8. To be carried on",
        "signs": "Handed over by:|Taken over by:|In charge:|Time:",
        "comma": ", ",
        "people": "{n}",
    },
}


def write_handover(board: Board, *, edition: Edition = "internal", lang: Lang = "zh") -> Report:
    """The report of the shift that ends, or of the current one.

    New is what was first seen in the shift or whose case was opened in it: a pass whose data come
    an hour late is new when it comes. Everything open is listed, whatever its age.

    Parameters
    ----------
    board : Board
        Already cut to the edition.
    edition : {"internal", "public"}
    lang : {"zh", "en"}

    Returns
    -------
    Report
    """
    text, shift = _TEXT[lang], shift_of(board.now)
    summaries = summarise_events(board, lang=lang)
    new = _new_ids(board, shift)
    blocks: list[Block] = [
        Heading(text["h1"]),
        Sentence(_summary(board, summaries, new, shift, text)),
        *_open(board, summaries, new, text, lang),
        *_new(board, summaries, new, shift, text, lang),
        *_confirm(board, summaries, edition, text, lang),
        *_out(board, edition, text),
        *_blind(board, text, lang),
        *_fire_use(board, edition, text, lang),
    ]
    is_internal = edition == "internal"
    if is_internal:
        blocks += [Heading(text["h8"]), Lines(3)]
    kind = text["day" if shift.is_day else "night"]
    shown = text["shift"].format(
        day=phrases.long_time(shift.start, lang, is_day=True),
        kind=kind,
        start=beijing(shift.start, "%H:%M"),
        end=beijing(shift.end, "%H:%M"),
    )
    return Report(
        title=text["title"].format(city=board.city),
        lang=lang,
        at=board.now,
        head=(shown, text["until"].format(now=phrases.long_time(board.now, lang))),
        blocks=blocks,
        mark=text["mark"] if is_internal else "",
        signatures=text["signs"].split("|") if is_internal else (),
        is_form=True,
    )


def _new_ids(board: Board, shift: Shift) -> set[str]:
    seen = board.events.loc[shift.holds(board.events["first_seen_at"]), "event_id"]
    opened = board.cases.loc[shift.holds(board.cases["opened_at"]), "event_id"]
    return set(seen) | set(opened)


def _out_now(board: Board) -> pd.DataFrame:
    """Cases whose team has not answered yet, the first sent first."""
    sent = board.cases[
        board.cases["status"].isin(["dispatched", "on_scene"]) & board.cases["team_id"].notna()
    ]
    return sent.sort_values(["dispatched_at", "case_id"])


def _summary(
    board: Board, summaries: list[EventSummary], new: set[str], shift: Shift, text: dict[str, str]
) -> str:
    opened = [summary for summary in summaries if summary.is_open]
    kinds = [phrases.counted_as(summary) for summary in opened]
    return text["summary"].format(
        new=sum(summary.event_id in new for summary in summaries),
        answered=int(shift.holds(board.cases["answered_at"]).sum()),
        closed=int(shift.holds(board.cases["closed_at"]).sum()),
        open=len(opened),
        unresolved=kinds.count("unresolved"),
        violation=kinds.count("permit_violation"),
        confirm=kinds.count("to_confirm"),
        overdue=sum(
            bool(summary.row["case"] and summary.row["case"]["overdue"]) for summary in opened
        ),
        out=_out_now(board)["team_id"].nunique(),
    )


def _open(
    board: Board, summaries: list[EventSummary], new: set[str], text: dict[str, str], lang: Lang
) -> list[Block]:
    rows: list[list[Cell | str]] = []
    for number, summary in enumerate(phrases.order_cases(summaries, board), start=1):
        case = summary.row["case"]
        rows.append(
            [
                f"{number}{text['new'] if summary.event_id in new else ''}",
                summary.event_id,
                phrases.place_of(summary, lang),
                str(summary.row["last"]),
                summary.row["verdict_name"],
                phrases.handling(summary, lang),
                Cell(str(case["due"] or ""), strong=case["overdue"]) if case else "",
            ]
        )
    if not rows:
        return [Heading(text["h2"]), Sentence(text["no_open"])]
    widths = (9.5, 32, 31, 21, 17, 24, 21.5)
    return [Heading(text["h2"]), Grid(text["open_head"].split("|"), rows, widths)]


def _new(
    board: Board,
    summaries: list[EventSummary],
    new: set[str],
    shift: Shift,
    text: dict[str, str],
    lang: Lang,
) -> list[Block]:
    rows: list[list[Cell | str]] = [
        [
            summary.event_id,
            str(summary.row["first"]),
            phrases.place_of(summary, lang),
            phrases.seen_by(summary, lang),
            summary.row["verdict_name"],
            phrases.handling(summary, lang),
        ]
        for summary in sorted(
            summaries, key=lambda summary: (summary.first_seen_at, summary.event_id)
        )
        if summary.event_id in new
    ]
    blocks: list[Block] = [Heading(text["h3"])]
    if rows:
        blocks.append(Grid(text["new_head"].split("|"), rows, (32, 21, 34, 26, 18, 25)))
    else:
        blocks.append(Sentence(text["no_new"]))
    times = board.cases[["answered_at", "closed_at"]]
    is_done = shift.holds(times["answered_at"]) | shift.holds(times["closed_at"])
    done = set(board.cases.loc[is_done, "event_id"])
    names = [
        text["done_one"].format(
            event=summary.event_id,
            label=text["comma"].join(
                filter(None, (summary.row["case"]["label"], summary.row["case"]["category"]))
            ),
        )
        for summary in summaries
        if summary.event_id in done
    ]
    if names:
        blocks.append(Sentence(text["done"].format(names=text["comma"].join(names))))
    return blocks


def _confirm(
    board: Board, summaries: list[EventSummary], edition: Edition, text: dict[str, str], lang: Lang
) -> list[Block]:
    waiting = [summary for summary in summaries if phrases.counted_as(summary) == "to_confirm"]
    if not waiting:
        return [Heading(text["h4"]), Sentence(text["no_confirm"])]
    permits = {row["permit_id"]: row for row in records(board.permits.drop(columns="geometry"))}
    rows: list[list[Cell | str]] = []
    for summary in waiting:
        permit = permits.get(summary.row["explained_by"], {})
        contacts = (text_or_none(permit.get(name)) for name in ("contact", "phone"))
        number = summary.row["explained_by"] if edition == "internal" else None
        why = text["comma"].join(filter(None, (summary.row["verdict_name"], number)))
        rows.append(
            [
                summary.event_id,
                phrases.place_of(summary, lang),
                why,
                text["comma"].join(filter(None, contacts)),
                "",
            ]
        )
    head = text["confirm_head"].split("|")
    widths = [32, 33, 34, 32, 25]
    if edition == "public":
        rows = [[*row[:3], row[4]] for row in rows]
        head, widths = [*head[:3], head[4]], [*widths[:3], widths[4]]
    return [Heading(text["h4"]), Sentence(text["confirm_lead"]), Grid(head, rows, widths)]


def _out(board: Board, edition: Edition, text: dict[str, str]) -> list[Block]:
    teams = board.teams.drop(columns="geometry").set_index("team_id").to_dict("index")
    rows: list[list[Cell | str]] = []
    for case in records(_out_now(board)):
        team = teams.get(case["team_id"], {})
        people = team.get("headcount")
        contacts = (text_or_none(team.get(name)) for name in ("leader", "phone"))
        rows.append(
            [
                text_or_none(team.get("name")) or str(case["team_id"]),
                "" if missing(people) else text["people"].format(n=people),
                str(case["event_id"]),
                beijing(case["dispatched_at"]) or "",
                text["comma"].join(filter(None, contacts)),
            ]
        )
    if not rows:
        return [Heading(text["h5"]), Sentence(text["no_out"])]
    last = 5 if edition == "internal" else 4
    head, widths = text["out_head"].split("|")[:last], (42, 12, 32, 22, 40)[:last]
    return [Heading(text["h5"]), Grid(head, [row[:last] for row in rows], widths)]


def _blind(board: Board, text: dict[str, str], lang: Lang) -> list[Block]:
    feeds = phrases.feed_grid(board, lang)
    coming = coverage.next_pass_text(board, words(lang))
    stop = "。" if lang == "zh" else "."
    tail = f"{coming}{stop}" if coming else ""
    return [
        Heading(text["h6"]),
        feeds if feeds.rows else Sentence(text["no_feeds"], strong=True),
        Sentence(phrases.observation_sentence(board, lang) + tail),
        Sentence(words(lang)["blind_note"]),
    ]


def _fire_use(board: Board, edition: Edition, text: dict[str, str], lang: Lang) -> list[Block]:
    names = phrases.day_names(board, lang)
    special = text["special"].format(names=text["comma"].join(names))
    permits = records(phrases.permits_on(board, days=2))
    blocks: list[Block] = [
        Heading(text["h7"]),
        Sentence(phrases.danger_sentence(board, lang)),
        Sentence(special if names else text["no_special"], strong=bool(names)),
        Sentence(text["permits"].format(n=len(permits))),
    ]
    if not permits:
        return blocks
    rows: list[list[Cell | str]] = []
    for row in permits:
        ha = row["area_ha"]
        size = "" if missing(ha) else phrases.area(float(ha), lang)
        time = f"{beijing(row['valid_from'])}—{beijing(row['valid_to'])}"
        where = [text_or_none(row[name]) or "" for name in ("county", "township", "place")]
        if edition == "public":
            rows.append([*where[:2], size, time])
        else:
            contacts = (text_or_none(row[name]) for name in ("contact", "phone"))
            who = text["comma"].join(filter(None, contacts))
            rows.append([str(row["permit_id"]), "".join(where), size, time, who])
    if edition == "public":
        return [*blocks, Grid(text["permit_public"].split("|"), rows, (3, 3, 3, 4))]
    return [*blocks, Grid(text["permit_head"].split("|"), rows, (28, 38, 30, 36, 24))]
