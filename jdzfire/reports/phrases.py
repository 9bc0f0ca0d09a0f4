"""Phrases that several reports share: times, places, areas, what is being done, feeds, danger.

What belongs here: a few words from a value, in both languages. The reports combine them.
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pandas as pd

from jdzfire.board import coverage
from jdzfire.board.board import Board
from jdzfire.board.labels import Lang, verdict_name
from jdzfire.board.summary import EventSummary
from jdzfire.board.wording import BEIJING, beijing, decimal, missing, mu, number_or_none, records
from jdzfire.board.words import words
from jdzfire.registers.permits import EXPLAINING_STATUSES
from jdzfire.reports.document import Cell, Grid
from jdzfire.schemas import VERDICT_NAMES
from jdzfire.triage.duty import ASKING_VERDICTS

COUNTED = ("unresolved", "permit_violation", "to_confirm", "permitted", "heat_source",
           "outside_forest")  # fmt: skip
"""What events are counted as: the verdicts, and separately what must still be confirmed."""

_WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "day": "%Y年%-m月%-d日",
        "time": "%Y年%-m月%-d日%-H时%M分",
        "overdue": "已超时{n}",
        "no_case": "未立案",
        "minutes": "{n}分钟",
        "hours": "{n}小时",
        "days": "{n}天",
        "area": "{ha}公顷（约{mu}亩）",
        "danger": "今日火险等级{grade}级{more}。",
        "wind": "，风力{n}级",
        "humidity": "，相对湿度{n}%",
        "heat": "，最高气温{n}℃",
        "rain": "，连续{n}天无雨",
        "no_danger": "今日火险等级暂无资料。",
        "feed": "数据源",
        "state": "状态",
        "last": "最新数据",
        "age": "距今",
        "none": "无",
        "looks": "距上次卫星观测最久的乡镇：{names}{never}。",
        "look": "{name}（{age}）",
        "never": "，另有{n}个乡镇无观测记录",
        "no_looks": "各乡镇最近观测时间暂无记录。",
        "ban": "{name}（{from_}至{to}{county}）",
        "comma": "、",
    },
    "en": {
        "day": "%Y-%m-%d",
        "time": "%Y-%m-%d %H:%M",
        "overdue": "overdue by {n}",
        "no_case": "no case",
        "minutes": "{n} min",
        "hours": "{n} h",
        "days": "{n} d",
        "area": "{ha} ha (about {mu} mu)",
        "danger": "Fire danger today: grade {grade}{more}.",
        "wind": ", wind force {n}",
        "humidity": ", humidity {n}%",
        "heat": ", highest {n} °C",
        "rain": ", {n} days without rain",
        "no_danger": "Fire danger of today is not known.",
        "feed": "Feed",
        "state": "State",
        "last": "Newest data",
        "age": "Age",
        "none": "none",
        "looks": "Townships observed longest ago: {names}{never}.",
        "look": "{name} ({age})",
        "never": ", and {n} townships with no observation on record",
        "no_looks": "No observation of the townships is on record.",
        "ban": "{name} ({from_} to {to}{county})",
        "comma": ", ",
    },
}


def long_time(at: Any, lang: Lang, *, is_day: bool = False) -> str:
    """A time in Beijing as an official report writes it; empty when missing.

    Examples
    --------
    >>> long_time(pd.Timestamp("2024-04-04T00:05Z"), "zh")
    '2024年4月4日8时05分'
    >>> long_time(pd.Timestamp("2024-04-04T16:05Z"), "zh", is_day=True)
    '2024年4月5日'
    """
    return beijing(at, _WORDS[lang]["day" if is_day else "time"]) or ""


def span(minutes: float, lang: Lang) -> str:
    """A length of time: minutes below two hours, days from two days on, else hours.

    Examples
    --------
    >>> span(119, "zh"), span(120, "zh"), span(2879, "zh"), span(2880, "en")
    ('119分钟', '2小时', '48小时', '2 d')
    """
    text = _WORDS[lang]
    if minutes < 120:
        return text["minutes"].format(n=round(minutes))
    if minutes < 2880:
        return text["hours"].format(n=decimal(minutes / 60))
    return text["days"].format(n=decimal(minutes / 1440))


def area(ha: float, lang: Lang) -> str:
    """An area in hectares and mu.

    Examples
    --------
    >>> area(15.2, "zh")
    '15.2公顷（约228亩）'
    """
    return _WORDS[lang]["area"].format(ha=decimal(ha), mu=mu(ha))


def place_of(summary: EventSummary, lang: Lang, *, with_lonlat: bool = False) -> str:
    """Where an event is: its place, else county and township, else its coordinates."""
    row = summary.row
    named = row["place"] or "".join(filter(None, (row["county"], row["township"])))
    lonlat = f"{row['lon']:.4f}, {row['lat']:.4f}"
    if not named:
        return lonlat
    if not with_lonlat:
        return str(named)
    return f"{named}（{lonlat}）" if lang == "zh" else f"{named} ({lonlat})"


def satellites_of(summary: EventSummary, lang: Lang) -> str:
    """Who saw an event."""
    return _WORDS[lang]["comma"].join(summary.row["satellites"])


def seen_by(summary: EventSummary, lang: Lang) -> str:
    """Who saw an event, and how many pixels or reports that is."""
    count = words(lang)[summary.row["unit"]].format(n=summary.row["count"])
    return _WORDS[lang]["comma"].join([satellites_of(summary, lang), count])


def handling(summary: EventSummary, lang: Lang) -> Cell:
    """What is being done about an event; strong when its answer is overdue."""
    text, case = _WORDS[lang], summary.row["case"]
    if case is None:
        return Cell(text["no_case"] if summary.is_open else "—")
    parts = [case["label"], *filter(None, (case["category"], case["team"]))]
    if case["overdue"]:
        parts.append(text["overdue"].format(n=span(-case["answer_in_min"], lang)))
    return Cell(text["comma"].join(parts), strong=bool(case["overdue"]))


def order_cases(summaries: list[EventSummary], board: Board) -> list[EventSummary]:
    """Open events: overdue first, then by deadline, without a case last; ties as ranked."""
    due = dict(zip(board.cases["event_id"], board.cases["answer_due_at"], strict=True))

    def key(summary: EventSummary) -> tuple[bool, float]:
        case = summary.row["case"]
        at = math.inf if case is None else due[summary.event_id].timestamp()
        return (not (case and case["overdue"]), at)

    return sorted((summary for summary in summaries if summary.is_open), key=key)


def counted_as(summary: EventSummary) -> str:
    """One of :data:`COUNTED`."""
    if summary.is_open and summary.verdict not in ASKING_VERDICTS:
        return "to_confirm"
    return summary.verdict if summary.verdict in VERDICT_NAMES else "unresolved"


def share_of(name: str, lang: Lang) -> str:
    """What a key of :data:`COUNTED` is called."""
    if name == "to_confirm":
        return "待确认" if lang == "zh" else "To confirm"
    return verdict_name(name, lang)


def danger_sentence(board: Board, lang: Lang) -> str:
    """Fire danger of the day in one sentence."""
    text, danger = _WORDS[lang], board.danger or {}
    grade = number_or_none(danger.get("danger_grade"), digits=0)
    if grade is None:
        return text["no_danger"]
    more = ""
    for word, key in (
        ("wind", "wind_force"), ("humidity", "rh_pct"), ("heat", "tmax_c"),
        ("rain", "days_since_rain"),
    ):  # fmt: skip
        value = number_or_none(danger.get(key), digits=0)
        if value is not None:
            more += text[word].format(n=f"{value:.0f}")
    return text["danger"].format(grade=f"{grade:.0f}", more=more)


def feed_grid(board: Board, lang: Lang) -> Grid:
    """State of every feed."""
    text, page = _WORDS[lang], words(lang)
    rows: list[list[Cell | str]] = []
    for row in coverage.feed_rows(board, lang):
        age = text["none"] if row["age_min"] is None else span(row["age_min"], lang)
        state = Cell(page[f"feed_{row['state']}"], strong=row["state"] != "ok")
        rows.append([row["title"], state, row["last_data"] or text["none"], age])
    head = [text[name] for name in ("feed", "state", "last", "age")]
    return Grid(head, rows, (4, 3, 3, 2))


def observation_sentence(board: Board, lang: Lang, *, most: int = 4) -> str:
    """The townships observed longest ago."""
    text = _WORDS[lang]
    rows = coverage.observation_rows(board)
    known = [row for row in rows if row["age_min"] is not None]
    if not known:
        return text["no_looks"]
    names = text["comma"].join(
        text["look"].format(name=row["name"], age=span(row["age_min"], lang))
        for row in known[:most]
    )
    never = len(rows) - len(known)
    return text["looks"].format(names=names, never=text["never"].format(n=never) if never else "")


def permits_on(board: Board, *, days: int) -> pd.DataFrame:
    """Valid permits whose time touches the Beijing day of the board or the next ones.

    Parameters
    ----------
    board : Board
    days : int
        1: today; 2: today and tomorrow.

    Returns
    -------
    DataFrame [PERMITS]
        By start, then number.
    """
    today = pd.Timestamp(board.now).tz_convert(BEIJING).normalize()
    end = today + timedelta(days=days)
    table = pd.DataFrame(board.permits.drop(columns="geometry"))
    is_valid = table["status"].isin(EXPLAINING_STATUSES)
    touches = (table["valid_from"] < end) & (table["valid_to"] > today)
    kept: pd.DataFrame = table[is_valid & touches]
    return kept.sort_values(["valid_from", "permit_id"])


def day_names(board: Board, lang: Lang) -> list[str]:
    """Special days, bans and warnings of the board's day and the next."""
    text = _WORDS[lang]
    today = pd.Timestamp(board.now).tz_convert(BEIJING).normalize()
    days = board.special_days
    near = days[(days["begins_at"] < today + timedelta(days=2)) & (days["ends_at"] > today)]
    found = []
    for row in records(near.sort_values(["begins_at", "day_id"])):
        last = row["ends_at"] - timedelta(seconds=1)
        county = "" if missing(row["county"]) else f"{text['comma']}{row['county']}"
        found.append(
            text["ban"].format(
                name=row["name"],
                from_=beijing(row["begins_at"], "%m-%d"),
                to=beijing(last, "%m-%d"),
                county=county,
            )
        )
    return found
