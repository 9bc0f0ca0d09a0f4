"""The annual report: the bureau's sentence, the year beside the last, and what stands behind it.

Each number of the year links to a note with the cases it counts and the expression that gives it
again. It is of the internal edition: it names townships, not people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from jdzfire.board.labels import Lang
from jdzfire.reports.document import (
    Block,
    Cell,
    Grid,
    Heading,
    Note,
    Picture,
    Report,
    Sentence,
)
from jdzfire.schemas import CATEGORY_ZH, VERDICT_ZH
from jdzfire.season import charts
from jdzfire.season.counts import MEASURES
from jdzfire.season.detection import detection_ways
from jdzfire.season.durations import STEPS
from jdzfire.season.outcomes import OUTCOMES
from jdzfire.season.report import MU_PER_HA
from jdzfire.season.scorecard import SCORED
from jdzfire.season.style import render_png

_WIDTH_MM = 150.0
_ROWS = 15


@dataclass(frozen=True)
class AnnualData:
    """What an annual report is written from; tables as the functions of ``jdzfire.season`` give."""

    city: str
    year: int
    first: date
    """First Beijing day that is counted."""
    last: date
    """Last Beijing day that is counted: 31 December, or the day the data ends."""
    told: pd.DataFrame
    """Cases of the year up to the last day."""
    counts: dict[str, tuple[int, int]]
    """Measure → count of the year and of the one before, to the same day."""
    changes: pd.DataFrame
    """``measure``, ``ratio``, ``low``, ``high``; null where the year before has none."""
    permit_ids: Sequence[str]
    """Permits counted."""
    slots: dict[str, pd.DataFrame]
    """Fires by hour and by month."""
    festivals: pd.DataFrame
    crossed: pd.DataFrame
    times: pd.DataFrame
    detection: pd.DataFrame
    detected: pd.DataFrame
    outcomes: pd.DataFrame
    """Permits by outcome."""
    forbidden: pd.DataFrame
    """Burns on days they were not to be lit."""
    agreement: pd.DataFrame
    grades: pd.DataFrame
    danger_days: pd.DataFrame
    burnt_days: pd.DataFrame
    repeats: pd.DataFrame
    card: pd.DataFrame
    sensors: pd.DataFrame
    """Satellites of the year, with what came and went."""


_ZH = {
    "title": "{city}{year}年度森林火情热点分析报告",
    "span": "统计时段：{first}至{last}", "at": "截至{at}",
    "sentence": "{year}年，{city}共调度处置火情、热点", "sentence_2": "起，报备炼山",
    "sentence_3": "起，", "none_hurt": "未发生人员伤亡事故。",
    "hurt_open": "人员伤亡情况：＿＿＿＿（由值班领导核填）。",
    "found": "经核查为火情", "found_2": "起，其中违规炼山", "found_3": "起；受害森林面积",
    "area": "{ha:.1f}公顷（{mu:.0f}亩）", "area_none": "均未填报", "area_missing": "，{n}起未填报",
    "end": "。",
    "compare": "一、与上年同期相比", "measure": "项目", "this": "{year}年", "other": "{year}年同期",
    "change": "倍数（95%区间）", "chance": "判断", "in_chance": "在偶然波动之内",
    "more": "明显增多", "less": "明显减少", "unknown": "—",
    "when": "二、时间分布", "hour": "火情发现时刻（北京时间，误差线为95%区间）",
    "month": "逐月火情（误差线为95%区间）", "festival": "特殊时段每日火情（95%区间）",
    "judged": "三、研判与核查", "verdict": "研判", "answer": "现场反馈", "count": "起数",
    "share": "占比（95%区间）", "unanswered": "未反馈",
    "speed": "四、处置时效", "step": "环节", "half": "半数在（分钟）", "most": "九成在（分钟）",
    "cases": "已完成/等待中/无此环节",
    "seen": "五、卫星探测", "seen_by": "探测方式", "delay": "较报告的时差中位数（分钟）",
    "orbiter": "极轨卫星", "geostationary": "静止卫星", "any": "任一卫星",
    "any_before_report": "早于人员报告",
    "sensors": "使用的卫星：{names}。{changed}", "came": "新增{names}。", "went": "停用{names}。",
    "burns": "六、炼山", "outcome": "结果",
    "forbidden": "卫星见到于禁止用火之日点烧{n}起", "permit": "许可编号", "place": "地点",
    "day": "日期", "why": "原因",
    "danger": "七、火险与火情", "danger_pic": "全市平均FWI与起火日",
    "auc": "各指标区分起火日与其他日的能力（95%区间）",
    "grades": "各火险等级每千乡镇·日起火数（95%区间）",
    "again": "八、重复起火地点", "fires": "次数", "years": "年份", "no_again": "本年度数据中没有。",
    "card": "九、乡镇情况",
    "card_note": "小乡镇的比率易受偶然影响，故以全市水平作收缩估计，名次给出区间；"
    "区间相交者不分先后。",
    "township": "乡镇", "forest": "林地（公顷）", "rate": "估计（95%区间）", "rank": "名次区间",
    "notes": "附：数字出处", "how": "取数方法", "none": "无",
    "mark": "内部资料 注意保管",
}  # fmt: skip
_EN = {
    "title": "{city}: forest fires and hotspots in {year}",
    "span": "Counted: {first} to {last}", "at": "as of {at}",
    "sentence": "In {year} {city} dispatched and handled ",
    "sentence_2": " fires and hotspots and registered ",
    "sentence_3": " hill burns. ", "none_hurt": "Nobody was hurt.",
    "hurt_open": "People hurt: ________ (to be filled in by the officer in charge).",
    "found": "", "found_2": " were fires, ",
    "found_3": " of them burns against the rules; forest affected: ",
    "area": "{ha:.1f} ha ({mu:.0f} mu)", "area_none": "no answer stated it",
    "area_missing": ", {n} without an area", "end": ".",
    "compare": "1. Beside the same part of the year before", "measure": "", "this": "{year}",
    "other": "{year}, same days", "change": "times (95 % interval)", "chance": "",
    "in_chance": "within chance", "more": "clearly more", "less": "clearly less", "unknown": "-",
    "when": "2. When", "hour": "Hour fires were first seen (Beijing; whiskers 95 %)",
    "month": "Fires by month (whiskers 95 %)", "festival": "Fires a day in special times (95 %)",
    "judged": "3. Verdicts and answers", "verdict": "verdict", "answer": "answer of the field",
    "count": "count", "share": "share (95 % interval)", "unanswered": "unanswered",
    "speed": "4. How fast", "step": "step", "half": "half within (min)",
    "most": "9 of 10 within (min)",
    "cases": "done / waiting / not needed",
    "seen": "5. Seen from space", "seen_by": "seen by",
    "delay": "median delay after the report (min)",
    "orbiter": "orbiters", "geostationary": "geostationary", "any": "any satellite",
    "any_before_report": "before the report",
    "sensors": "Satellites: {names}. {changed}", "came": "New: {names}. ",
    "went": "Gone: {names}. ",
    "burns": "6. Hill burns", "outcome": "outcome",
    "forbidden": "{n} burns were seen on days they were not to be lit", "permit": "permit",
    "place": "place", "day": "day", "why": "why",
    "danger": "7. Danger and fires", "danger_pic": "FWI, mean of the city, and days of fires",
    "auc": "How well each index tells days with a fire (95 %)",
    "grades": "Fires per 1,000 township-days of each grade (95 %)",
    "again": "8. Places that burn again", "fires": "fires", "years": "years", "no_again": "None.",
    "card": "9. Townships",
    "card_note": "Rates of small townships vary by chance: they are drawn towards that of all, and "
    "ranks have intervals; where these meet there is no order.",
    "township": "township", "forest": "forest (ha)", "rate": "estimate (95 % interval)",
    "rank": "rank", "notes": "Where the numbers come from", "how": "How", "none": "none",
    "mark": "Internal",
}  # fmt: skip


def write_annual(
    data: AnnualData, *, at: datetime, lang: Lang = "zh", nobody_hurt: bool = False
) -> Report:
    """The annual report.

    Parameters
    ----------
    data : AnnualData
    at : datetime
        When it is written.
    lang : {"zh", "en"}
    nobody_hurt : bool
        State that nobody was hurt; jdzfire does not know it. Else a blank is left to fill in.

    Returns
    -------
    Report
        Drawn by :func:`~jdzfire.reports.render_html.render_html` and ``render_docx``.
    """
    words = _ZH if lang == "zh" else _EN
    writer = _Writer(data, words, lang)
    blocks: list[Block] = [
        *writer.opening(nobody_hurt),
        *writer.compared(),
        *writer.when(),
        *writer.judged(),
        *writer.speed(),
        *writer.seen(),
        *writer.burns(),
        *writer.danger(),
        *writer.again(),
        *writer.card(),
    ]
    span = words["span"].format(first=data.first, last=data.last)
    local = pd.Timestamp(at).tz_convert("Asia/Shanghai")
    return Report(
        title=words["title"].format(city=data.city, year=data.year),
        lang=lang,
        at=at,
        head=(span, words["at"].format(at=f"{local:%Y-%m-%d %H:%M}")),
        blocks=blocks,
        mark=words["mark"],
        appendix=[Heading(words["notes"]), *writer.notes],
    )


class _Writer:
    """Writes the sections, and gathers the notes of the numbers they state."""

    def __init__(self, data: AnnualData, words: dict[str, str], lang: Lang) -> None:
        self.data, self.words, self.lang = data, words, lang
        self.notes: list[Note] = []

    def number(self, name: str, count: int, title: str, query: str, ids: Sequence[str]) -> Cell:
        """A number that links to its note; the note is added."""
        target = f"n-{name}"
        if not any(note.name == target for note in self.notes):
            text = ", ".join(ids) or self.words["none"]
            self.notes.append(Note(target, title, query, text))
        return Cell(str(count), to=target)

    def of_cases(self, name: str, mine: pd.Series, title: str, condition: str) -> Cell:
        """The number of told cases that fulfil a condition."""
        chosen = self.data.told[mine]
        query = f'home.in_year({self.data.year}).query("{condition}")'
        return self.number(name, len(chosen), title, query, chosen["case_id"].tolist())

    def measure(self, name: str) -> Cell:
        told, title = self.data.told, MEASURES[name][0 if self.lang == "zh" else 1]
        if name == "permits":
            query = f"home.by_year().query(\"year == '{self.data.year}' and measure == 'permits'\")"
            ids = list(self.data.permit_ids)
            return self.number(name, self.data.counts[name][0], title, query, ids)
        chosen = {
            "cases": (told["case_id"].notna(), "case_id == case_id"),
            "handled": (told["is_handled"], "is_handled"),
            "fires": (told["is_fire"], "is_fire"),
            "violations": (
                told["category"].eq("permit_violation"),
                "category == 'permit_violation'",
            ),
        }[name]
        return self.of_cases(name, chosen[0], title, chosen[1])

    def opening(self, nobody_hurt: bool) -> list[Block]:
        words, told = self.words, self.data.told
        fires = told[told["is_fire"]]
        areas = fires["affected_forest_ha"].dropna()
        if areas.empty:
            area = words["area_none"]
        else:
            ha = float(areas.sum())
            area = words["area"].format(ha=ha, mu=ha * MU_PER_HA)
            left = len(fires) - len(areas)
            area += words["area_missing"].format(n=left) if left else ""
        start = words["sentence"].format(year=self.data.year, city=self.data.city)
        hurt = words["none_hurt"] if nobody_hurt else words["hurt_open"]
        first = [
            Cell(start), self.measure("handled"), Cell(words["sentence_2"]),
            self.measure("permits"), Cell(words["sentence_3"] + hurt),
        ]  # fmt: skip
        second = [
            Cell(words["found"]), self.measure("fires"), Cell(words["found_2"]),
            self.measure("violations"), Cell(words["found_3"] + area + words["end"]),
        ]  # fmt: skip
        texts = ["".join(cell.text for cell in cells) for cells in (first, second)]
        return [Sentence(texts[0], runs=first), Sentence(texts[1], runs=second)]

    def compared(self) -> list[Block]:
        words = self.words
        rows: list[list[Cell | str]] = []
        for row in self.data.changes.to_dict("records"):
            name = str(row["measure"])
            before = self.data.counts[name][1]
            known = pd.notna(row["ratio"])
            ratio = _interval(row["ratio"], row["low"], row["high"], "{:.2f}")
            told = "unknown"
            if known:
                told = "more" if row["low"] > 1 else "less" if row["high"] < 1 else "in_chance"
            title = MEASURES[name][0 if self.lang == "zh" else 1]
            rows.append([title, self.measure(name), str(before), ratio, words[told]])
        head = [
            words["measure"], words["this"].format(year=self.data.year),
            words["other"].format(year=self.data.year - 1), words["change"], words["chance"],
        ]  # fmt: skip
        return [
            Heading(words["compare"]),
            Grid(head, rows, (2.2, 1.2, 1.6, 2.4, 2.0), is_centred=True),
        ]

    def when(self) -> list[Block]:
        words, lang = self.words, self.lang
        blocks: list[Block] = [Heading(words["when"])]
        for slot, table in self.data.slots.items():
            figure = charts.draw_slots(table, slot, lang=lang)
            blocks.append(Picture(render_png(figure), words[slot], _WIDTH_MM))
        figure = charts.draw_festivals(self.data.festivals, lang=lang)
        return [*blocks, Picture(render_png(figure), words["festival"], _WIDTH_MM)]

    def judged(self) -> list[Block]:
        words = self.words
        rows: list[list[Cell | str]] = []
        for row in self.data.crossed.to_dict("records"):
            verdict, category = str(row["verdict"]), str(row["category"])
            shown = words["unanswered"] if category == "unanswered" else self.category(category)
            condition = (
                f"verdict == '{verdict}' and category != category"
                if category == "unanswered"
                else f"verdict == '{verdict}' and category == '{category}'"
            )
            told = self.data.told
            mine = told["verdict"].eq(verdict) & told["category"].fillna("unanswered").eq(category)
            named = self.verdict(verdict)
            count = self.of_cases(
                f"{verdict}-{category}".replace("_", "-"), mine, f"{named}·{shown}", condition
            )
            share = _interval(row["share"], row["low"], row["high"], "{:.0%}")
            rows.append([named, shown, count, share])
        head = [words[name] for name in ("verdict", "answer", "count", "share")]
        return [Heading(words["judged"]), Grid(head, rows, (2, 2, 1, 2.2), is_centred=True)]

    def verdict(self, name: str) -> str:
        return VERDICT_ZH.get(name, name) if self.lang == "zh" else name.replace("_", " ")

    def category(self, name: str) -> str:
        return CATEGORY_ZH.get(name, name) if self.lang == "zh" else name.replace("_", " ")

    def speed(self) -> list[Block]:
        words = self.words
        rows: list[list[Cell | str]] = []
        for step, table in self.data.times.groupby("step", sort=False):
            by_share = table.set_index("quantile")
            if not by_share["count"].iloc[0]:
                continue
            half, most = (
                _interval(row["minutes"], row["low"], row["high"], "{:.0f}")
                for _, row in by_share.loc[[0.5, 0.9]].iterrows()
            )
            first = by_share.iloc[0]
            counts = f"{first['count']:.0f} / {first['waiting']:.0f} / {first['without']:.0f}"
            rows.append([STEPS[str(step)][1 if self.lang == "zh" else 2], half, most, counts])
        head = [words[name] for name in ("step", "half", "most", "cases")]
        return [Heading(words["speed"]), Grid(head, rows, (1.4, 2.4, 2.4, 2.4), is_centred=True)]

    def seen(self) -> list[Block]:
        words = self.words
        rows: list[list[Cell | str]] = []
        chosen = detection_ways(self.data.detected)
        for row in self.data.detection.to_dict("records"):
            name = str(row["seen_by"])
            count = self.number(
                f"seen-{name}".replace("_", "-"), int(row["count"]), words[name],
                "detection_ways(home.detected)",
                self.data.detected.loc[chosen[name], "case_id"].tolist(),
            )  # fmt: skip
            delay = "" if pd.isna(row["delay_median_min"]) else f"{row['delay_median_min']:.0f}"
            share = _interval(row["share"], row["low"], row["high"], "{:.0%}")
            rows.append([words[name], count, str(row["total"]), share, delay])
        head = [words["seen_by"], words["count"], words["fires"], words["share"], words["delay"]]
        named = self.data.sensors
        changed = "".join(
            words[word].format(names=", ".join(sorted(set(named.loc[named[flag], "satellite"]))))
            for word, flag in (("came", "is_new"), ("went", "is_last"))
            if named[flag].any()
        )
        satellites = ", ".join(sorted(set(named["satellite"])))
        told = words["sensors"].format(names=satellites, changed=changed)
        grid = Grid(head, rows, (1.6, 0.8, 0.8, 2, 2), is_centred=True)
        return [Heading(words["seen"]), Sentence(told), grid]

    def burns(self) -> list[Block]:
        words, lang = self.words, self.lang
        rows: list[list[Cell | str]] = []
        for row in self.data.outcomes.to_dict("records"):
            named = OUTCOMES[str(row["outcome"])][0 if lang == "zh" else 1]
            share = _interval(row["share"], row["low"], row["high"], "{:.0%}")
            rows.append([named, str(row["count"]), share])
        head = [words[name] for name in ("outcome", "count", "share")]
        held = self.data.forbidden
        blocks: list[Block] = [
            Heading(words["burns"]),
            Grid(head, rows, (2, 1, 2), is_centred=True),
            Sentence(words["forbidden"].format(n=held["permit_id"].nunique()) + words["end"]),
        ]
        if len(held):
            listed = [
                [
                    str(r["permit_id"]), f"{r['county']} {r['township']}",
                    f"{r['day']:%Y-%m-%d}", str(r[f"reasons_{lang}"]),
                ]
                for r in held.head(_ROWS).to_dict("records")
            ]  # fmt: skip
            head = [words[name] for name in ("permit", "place", "day", "why")]
            blocks.append(Grid(head, listed, (2.2, 1.8, 1.2, 3)))
        return blocks

    def danger(self) -> list[Block]:
        words, lang, data = self.words, self.lang, self.data
        if data.danger_days.empty:
            return []
        figures = {
            "danger_pic": charts.draw_danger(
                data.danger_days, data.burnt_days, year=data.year, lang=lang
            ),
            "grades": charts.draw_grades(data.grades, lang=lang),
            "auc": charts.draw_agreement(data.agreement, lang=lang),
        }
        pictures = [
            Picture(render_png(figure), words[name], _WIDTH_MM) for name, figure in figures.items()
        ]
        return [Heading(words["danger"]), *pictures]

    def again(self) -> list[Block]:
        words, held = self.words, self.data.repeats
        if held.empty:
            return [Heading(words["again"]), Sentence(words["no_again"])]
        rows: list[list[Cell | str]] = []
        for place, row in enumerate(held.head(_ROWS).to_dict("records")):
            ids = str(row["case_ids"]).split(", ")
            where = f"{row['county']} {row['township']} ({row['lon']:.3f}, {row['lat']:.3f})"
            count = self.number(f"again-{place}", int(row["fires"]), where, "home.repeats()", ids)
            rows.append([where, count, str(row["years"])])
        head = [words[name] for name in ("place", "fires", "years")]
        return [Heading(words["again"]), Grid(head, rows, (3.4, 0.8, 2))]

    def card(self) -> list[Block]:
        words, data = self.words, self.data
        blocks: list[Block] = [Heading(words["card"]), Sentence(words["card_note"])]
        for measure, names in SCORED.items():
            mine = data.card[(data.card["measure"] == measure) & data.card["rank"].notna()]
            shown = mine[mine["count"] > 0].nsmallest(_ROWS, "rank")
            if shown.empty:
                continue
            rows = [
                [
                    str(row["township"]), f"{row['forest_ha']:.0f}", str(row["count"]),
                    _interval(row["shrunk"], row["low"], row["high"], "{:.2f}"),
                    f"{row['rank_low']:.0f}–{row['rank_high']:.0f}",
                ]
                for row in shown.to_dict("records")
            ]  # fmt: skip
            named = names[0 if self.lang == "zh" else 1]
            head = [words["township"], words["forest"], named, words["rate"], words["rank"]]
            blocks.append(Grid(head, rows, (1.6, 1.2, 1.2, 2.2, 1.2), is_centred=True))
        return blocks


def _interval(value: Any, low: Any, high: Any, form: str) -> str:
    """``12 (8-19)``; an end that is not known is an ellipsis, no value a dash."""
    if pd.isna(value):
        return "—"
    ends = ["…" if pd.isna(end) else form.format(end) for end in (low, high)]
    return f"{form.format(value)}（{ends[0]}–{ends[1]}）"
