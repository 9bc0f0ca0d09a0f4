"""The duty summary in words, for the shift book, the group chat and the morning report."""

from __future__ import annotations

from collections import Counter
from typing import Any

from jdzfire.board import coverage
from jdzfire.board.board import Board
from jdzfire.board.labels import Lang, check_lang, verdict_name
from jdzfire.board.summary import EventSummary, data_time, summarise_events
from jdzfire.board.wording import beijing, decimal, plain
from jdzfire.board.words import words
from jdzfire.schemas import VERDICT_NAMES
from jdzfire.triage.duty import ASKING_VERDICTS

_ZH = {
    "head": "# {city}林火热点值班简报",
    "times": "截至北京时间 {now}；最新数据 {data}。",
    "counts": "待核查 {open} 起（其中疑似违规炼山 {violation} 起，仅待确认 {doubt} 起，"
    "超时未反馈 {overdue} 起）；"
    "已说明 {explained} 起；已结案 {closed} 起。",
    "explained": "已说明：{parts}。",
    "section_open": "## 待核查",
    "none": "当前无待核查热点。无热点不等于无火情。",
    "item": "{rank}. 【{level}】{place}（{event}，{verdict}，优先级 {priority}）",
    "seen": "   {first} 首次发现，{last} 最近观测；{satellites}；{count}{frp}。",
    "frp": "，最大 FRP {frp} MW",
    "reason": "   依据：{text}",
    "team": "   最近队伍：{name}，{way}{phone}。",
    "no_team": "   最近队伍：没有可用队伍。",
    "case": "   案件：{label}{overdue}。",
    "late": "，已超时",
    "section_feeds": "## 数据源",
    "feed": "- {title}：{state}，最新数据 {data}",
    "no_feed": "- 没有数据源记录",
    "rejected": "隔离数据 {n} 行（无法使用，已留存）。",
    "blind": "提示：云层、林冠遮挡、375 米像元和约 9 小时的过境间隔都可能漏测。",
    "unknown": "无",
    "join": "、",
}
_EN = {
    "head": "# Forest-fire hotspots, {city}: duty summary",
    "times": "As of {now} Beijing time; newest data {data}.",
    "counts": "To be checked: {open} (suspected burn violations {violation}, only to confirm "
    "{doubt}, overdue {overdue}); "
    "explained: {explained}; closed: {closed}.",
    "explained": "Explained: {parts}.",
    "section_open": "## To be checked",
    "none": "No hotspot to check now. No hotspot does not mean no fire.",
    "item": "{rank}. [{level}] {place} ({event}, {verdict}, priority {priority})",
    "seen": "   first seen {first}, last {last}; {satellites}; {count}{frp}.",
    "frp": ", max FRP {frp} MW",
    "reason": "   why: {text}",
    "team": "   nearest team: {name}, {way}{phone}.",
    "no_team": "   nearest team: none available.",
    "case": "   case: {label}{overdue}.",
    "late": ", overdue",
    "section_feeds": "## Feeds",
    "feed": "- {title}: {state}, newest data {data}",
    "no_feed": "- no record of feeds",
    "rejected": "Rows quarantined as unusable: {n}.",
    "blind": "Note: cloud, canopy, 375 m pixels and gaps of about 9 h between passes hide fires.",
    "unknown": "none",
    "join": ", ",
}


def write_bulletin(board: Board, *, lang: str = "zh") -> str:
    """Duty summary of a board as plain text that is also good markdown.

    Counts, then every open event by priority with place, time, why, nearest team and case, then
    the state of the feeds. Outside text is made harmless with ``plain``. For a public text hand
    in the public edition of the board.

    Parameters
    ----------
    board : Board
    lang : {"zh", "en"}

    Returns
    -------
    str
        Ends with one line break; the same board gives the same text.

    Raises
    ------
    UsageError
        Unknown language.
    """
    speech = check_lang(lang)
    text = _ZH if speech == "zh" else _EN
    summaries = summarise_events(board, lang=speech)
    lines = [
        text["head"].format(city=plain(board.city)),
        "",
        *_summary(board, summaries, text, speech),
    ]
    lines += ["", text["section_open"]]
    opened = [summary for summary in summaries if summary.is_open]
    for rank, summary in enumerate(opened, start=1):
        lines += _item(rank, summary, text, words(speech))
    if not opened:
        lines.append(text["none"])
    lines += ["", text["section_feeds"], *_feeds(board, text, speech)]
    if board.rejected_count:
        lines.append(text["rejected"].format(n=board.rejected_count))
    lines += ["", text["blind"]]
    return "\n".join(lines) + "\n"


def _summary(
    board: Board, summaries: list[EventSummary], text: dict[str, str], lang: Lang
) -> list[str]:
    opened = [summary for summary in summaries if summary.is_open]
    explained = Counter(summary.verdict for summary in summaries if summary.group == "explained")
    lines = [
        text["times"].format(
            now=beijing(board.now, "%Y-%m-%d %H:%M"),
            data=beijing(data_time(board), "%Y-%m-%d %H:%M") or text["unknown"],
        ),
        text["counts"].format(
            open=len(opened),
            violation=sum(summary.verdict == "permit_violation" for summary in opened),
            doubt=sum(summary.verdict not in ASKING_VERDICTS for summary in opened),
            overdue=sum(
                bool(summary.row["case"] and summary.row["case"]["overdue"]) for summary in opened
            ),
            explained=sum(explained.values()),
            closed=sum(summary.group == "closed" for summary in summaries),
        ),
    ]
    parts = [
        f"{verdict_name(name, lang)} {explained[name]}" for name in VERDICT_NAMES if explained[name]
    ]
    if parts:
        lines.append(text["explained"].format(parts=text["join"].join(parts)))
    return lines


def _item(
    rank: int, summary: EventSummary, text: dict[str, str], page_words: dict[str, str]
) -> list[str]:
    row = summary.row
    place = row["place"] or row["township"] or row["county"] or f"{row['lon']}, {row['lat']}"
    frp = "" if row["frp"] is None else text["frp"].format(frp=decimal(row["frp"]))
    lines = [
        text["item"].format(
            rank=rank,
            level=page_words[f"level_{summary.level}"],
            place=plain(place),
            event=plain(summary.event_id),
            verdict=row["verdict_name"],
            priority=summary.priority,
        ),
        text["seen"].format(
            first=row["first"],
            last=row["last"],
            satellites=plain(text["join"].join(row["satellites"])),
            count=page_words[row["unit"]].format(n=row["count"]),
            frp=frp,
        ),
    ]
    lines += [
        text["reason"].format(text=plain(reason["text"], most=200)) for reason in row["reasons"]
    ]
    lines.append(_team(row, text))
    if row["case"]:
        late = text["late"] if row["case"]["overdue"] else ""
        lines.append(text["case"].format(label=row["case"]["label"], overdue=late))
    return lines


def _team(row: dict[str, Any], text: dict[str, str]) -> str:
    if not row["nearest"]:
        return text["no_team"]
    team = row["nearest"][0]
    phone = "" if team["phone"] is None else f"{text['join']}{plain(team['phone'], most=30)}"
    return text["team"].format(name=plain(team["name"]), way=team["way"], phone=phone)


def _feeds(board: Board, text: dict[str, str], lang: Lang) -> list[str]:
    page_words = words(lang)
    lines = [
        text["feed"].format(
            title=plain(row["title"]),
            state=page_words[f"feed_{row['state']}"],
            data=row["last_data"] or text["unknown"],
        )
        for row in coverage.feed_rows(board, lang)
    ]
    coming = coverage.next_pass_text(board, page_words)
    return [*(lines or [text["no_feed"]]), *([f"- {coming}"] if coming else [])]
