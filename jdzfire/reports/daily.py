"""Daily bulletin (卫星热点日报): what the satellites saw in a day, sent up and to the counties."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pandas as pd

from jdzfire.board import coverage
from jdzfire.board.board import Board, Edition
from jdzfire.board.labels import Lang, satellite_name
from jdzfire.board.summary import EventSummary, summarise_events
from jdzfire.board.wording import BEIJING
from jdzfire.board.words import words
from jdzfire.reports import phrases
from jdzfire.reports.document import Block, Cell, Grid, Heading, Picture, Report, Sentence
from jdzfire.reports.picture import draw_city
from jdzfire.season.report import SeasonReport

DAY = timedelta(hours=24)
"""The bulletin covers this time before its moment; what is open is on it whatever its age."""

_PICTURE_MM = 150.0

_TEXT: dict[str, dict[str, str]] = {
    "zh": {
        "title": "{city}卫星热点日报",
        "mark": "内部资料　注意保管",
        "issue": "{year}年第＿＿期",
        "office": "{city}应急管理局",
        "h1": "一、总体情况",
        "times": "统计时段为{start}至{end}（北京时间）。",
        "seen": "时段内卫星及地面共监测到热点{n}个，其中{parts}，涉及热点事件{events}起。",
        "none_seen": "时段内未监测到热点。无热点不等于无火情。",
        "verdicts": "列入本期清单的热点事件{n}起{older}，按研判结果分：{parts}。",
        "older": "（含时段内无新热点、仍未结的{n}起）",
        "open": "截至{end}，尚有{n}起未结，其中超时未反馈{overdue}起。",
        "no_open": "截至{end}，无未结事件。",
        "table": "清单所列事件分县（市、区）统计（单位：起）",
        "county": "县（市、区）",
        "total": "合计",
        "elsewhere": "未知",
        "map": "附图",
        "caption": "{city}热点事件分布图（截至{end}，图中编号同清单）",
        "h2": "二、热点清单",
        "list_head": "序号|事件编号|最近观测|地点（经度，纬度）|来源|研判|处置情况",
        "no_list": "无。",
        "h3": "三、本年情况",
        "events": "本年已发现热点事件{events}起，立案{cases}起。",
        "h4": "四、火险与数据情况",
        "special": "今明两日重点时段及禁火：{names}。",
        "feeds": "数据源情况：",
        "lost": "{names}数据延迟或中断，可能存在未发现的火情。",
        "signs": "签发：|审核：|编制：",
        "piece": "{name}（{n}个）",
        "kind": "{name}{n}起",
        "comma": "、",
    },
    "en": {
        "title": "Satellite hotspots, {city}: daily bulletin",
        "mark": "Internal: keep safe",
        "issue": "{year}, No. ____",
        "office": "Emergency bureau of {city}",
        "h1": "1. Summary",
        "times": "From {start} to {end} (Beijing time).",
        "seen": "{n} hotspots were seen, {parts}, of {events} events.",
        "none_seen": "No hotspot was seen. No hotspot does not mean no fire.",
        "verdicts": "Listed are {n} events{older}; by verdict: {parts}.",
        "older": ", {n} of them last seen before and still open",
        "open": "At {end}, {n} were still open, {overdue} of them overdue.",
        "no_open": "At {end} none was open.",
        "table": "Events of the list by county",
        "county": "County",
        "total": "Total",
        "elsewhere": "unknown",
        "map": "Map",
        "caption": "Events of {city} at {end}; numbers as in the list",
        "h2": "2. List",
        "list_head": "No.|Event|Last seen|Place (lon, lat)|Seen by|Verdict|Handling",
        "no_list": "None.",
        "h3": "3. The year so far",
        "events": "Events found this year: {events}; cases: {cases}.",
        "h4": "4. Fire danger and data",
        "special": "Special days and bans, today and tomorrow: {names}.",
        "feeds": "Feeds:",
        "lost": "Late or silent: {names}. There may be fires nobody has seen.",
        "signs": "Approved:|Checked:|Written:",
        "piece": "{n} by {name}",
        "kind": "{name} {n}",
        "comma": ", ",
    },
}


def write_daily(board: Board, *, edition: Edition = "internal", lang: Lang = "zh") -> Report:
    """The bulletin of the 24 hours before the board's moment.

    Listed is what was seen in the 24 hours and all that is still open, the open ones first.

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
    text = _TEXT[lang]
    start = pd.Timestamp(board.now) - DAY
    end = phrases.long_time(board.now, lang)
    summaries = [
        summary
        for summary in summarise_events(board, lang=lang)
        if summary.is_open or start < summary.last_seen_at <= pd.Timestamp(board.now)
    ]
    numbers = {summary.event_id: number for number, summary in enumerate(summaries, start=1)}
    is_internal = edition == "internal"
    picture = _picture(board, numbers, lang, is_internal=is_internal)
    caption = text["caption"].format(city=board.city, end=end)
    blocks: list[Block] = [
        Heading(text["h1"]),
        Sentence(_summary(board, summaries, start, text, lang)),
        *_counties(summaries, text, lang),
        Heading(text["h2"]),
        _list(board, summaries, text, lang) if summaries else Sentence(text["no_list"]),
        *_year(board.season, text, lang),
        *_data(board, text, lang),
    ]
    year = pd.Timestamp(board.now).tz_convert(BEIJING).year
    return Report(
        title=text["title"].format(city=board.city),
        lang=lang,
        at=board.now,
        head=(
            text["issue"].format(year=year),
            text["office"].format(city=board.city),
            phrases.long_time(board.now, lang, is_day=True),
        ),
        blocks=blocks,
        mark=text["mark"] if is_internal else "",
        signatures=text["signs"].split("|") if is_internal else (),
        appendix=(Heading(text["map"]), Picture(picture, caption, _PICTURE_MM)),
    )


def _only(board: Board, numbers: dict[str, int]) -> Board:
    return replace(board, events=board.events[board.events["event_id"].isin(list(numbers))])


def _picture(board: Board, numbers: dict[str, int], lang: Lang, *, is_internal: bool) -> bytes:
    shown = _only(board, numbers)
    return draw_city(shown, lang=lang, numbers=numbers, with_permits=is_internal)


def _summary(
    board: Board,
    summaries: list[EventSummary],
    start: pd.Timestamp,
    text: dict[str, str],
    lang: Lang,
) -> str:
    now = phrases.long_time(board.now, lang)
    parts = [text["times"].format(start=phrases.long_time(start, lang), end=now)]
    at = board.hotspots["acquired_at"]
    seen = board.hotspots[(at > start) & (at <= board.now)]
    if len(seen):
        counts = Counter(satellite_name(str(name), lang) for name in seen["satellite"])
        listed = text["comma"].join(
            text["piece"].format(name=name, n=n) for name, n in sorted(counts.items())
        )
        mine = board.members.loc[board.members["hotspot_id"].isin(seen["hotspot_id"]), "event_id"]
        parts.append(text["seen"].format(n=len(seen), parts=listed, events=mine.nunique()))
    else:
        parts.append(text["none_seen"])
    kinds = Counter(phrases.counted_as(summary) for summary in summaries)
    listed = text["comma"].join(
        text["kind"].format(name=phrases.share_of(kind, lang), n=kinds[kind])
        for kind in phrases.COUNTED
        if kinds[kind]
    )
    if listed:
        old = sum(summary.last_seen_at <= start for summary in summaries)
        older = text["older"].format(n=old) if old else ""
        parts.append(text["verdicts"].format(n=len(summaries), older=older, parts=listed))
    opened = [summary for summary in summaries if summary.is_open]
    overdue = sum(
        bool(summary.row["case"] and summary.row["case"]["overdue"]) for summary in opened
    )
    last = text["open" if opened else "no_open"]
    parts.append(last.format(end=now, n=len(opened), overdue=overdue))
    return ("" if lang == "zh" else " ").join(parts)


def _counties(summaries: list[EventSummary], text: dict[str, str], lang: Lang) -> list[Block]:
    """Counts by county and verdict, with their sums."""
    if not summaries:
        return []
    by_county: dict[str, Counter[str]] = {}
    for summary in summaries:
        county = summary.row["county"] or text["elsewhere"]
        by_county.setdefault(county, Counter())[phrases.counted_as(summary)] += 1
    ordered = sorted(by_county, key=lambda name: (name == text["elsewhere"], name))
    total: Counter[str] = sum(by_county.values(), Counter())
    rows: list[list[Cell | str]] = []
    for name, counts in [*((name, by_county[name]) for name in ordered), (text["total"], total)]:
        is_sum = counts is total
        cells = [str(counts[kind]) for kind in phrases.COUNTED] + [str(counts.total())]
        rows.append([Cell(cell, strong=is_sum) for cell in (name, *cells)])
    head = [text["county"], *(phrases.share_of(kind, lang) for kind in phrases.COUNTED)]
    return [
        Sentence(text["table"], strong=True),
        Grid(
            [*head, text["total"]], rows, (2.6, *[1.8] * len(phrases.COUNTED), 1.4), is_centred=True
        ),
    ]


def _list(board: Board, summaries: list[EventSummary], text: dict[str, str], lang: Lang) -> Grid:
    rows: list[list[Cell | str]] = []
    for number, summary in enumerate(summaries, start=1):
        row = summary.row
        where = phrases.place_of(summary, lang, with_lonlat=True)
        seen = phrases.seen_by(summary, lang)
        rows.append(
            [
                str(number),
                summary.event_id,
                str(row["last"]),
                where,
                seen,
                row["verdict_name"],
                phrases.handling(summary, lang),
            ]
        )
    return Grid(text["list_head"].split("|"), rows, (9.4, 31, 20.8, 38.4, 22.4, 15.4, 18.8))


def _year(season: SeasonReport | None, text: dict[str, str], lang: Lang) -> list[Block]:
    if season is None:
        return []
    events = text["events"].format(events=season.event_count, cases=season.case_count)
    sentence = season.sentence_zh if lang == "zh" else f" {season.sentence_en}"
    return [Heading(text["h3"]), Sentence(events + sentence)]


def _data(board: Board, text: dict[str, str], lang: Lang) -> list[Block]:
    gap = "" if lang == "zh" else " "
    sentences = [phrases.danger_sentence(board, lang)]
    names = phrases.day_names(board, lang)
    if names:
        sentences.append(text["special"].format(names=text["comma"].join(names)))
    rows = coverage.feed_rows(board, lang)
    lost = [row["title"] for row in rows if row["state"] != "ok"]
    if lost:
        sentences.append(text["lost"].format(names=text["comma"].join(lost)))
    sentences.append(phrases.observation_sentence(board, lang))
    coming = coverage.next_pass_text(board, words(lang))
    if coming:
        sentences.append(coming + ("。" if lang == "zh" else "."))
    return [
        Heading(text["h4"]),
        Sentence(gap.join(sentences)),
        Sentence(words(lang)["blind_note"]),
    ]
