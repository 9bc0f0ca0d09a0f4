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
from jdzfire.cases.grade import GRADE_ZH, fire_grade
from jdzfire.reports.annual_words import WORDS_EN, WORDS_ZH
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
from jdzfire.schemas import CATEGORY_ZH, CAUSE_ZH, VERDICT_ZH
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
        State that nobody was hurt. Else it is stated where the answer of every fire says so, and a
        blank is left to fill in where one does not.

    Returns
    -------
    Report
        Drawn by :func:`~jdzfire.reports.render_html.render_html` and ``render_docx``.
    """
    words = WORDS_ZH if lang == "zh" else WORDS_EN
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
        hurt = words["none_hurt"] if nobody_hurt else self.hurt(fires)
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

    def hurt(self, fires: pd.DataFrame) -> str:
        """Who came to harm, where every fire says so; else a blank with what is known."""
        words = self.words
        stated = fires[["dead", "injured"]].notna().all(axis=1)
        dead, injured = int(fires["dead"].sum()), int(fires["injured"].sum())
        known = words["were_hurt"].format(dead=dead, injured=injured)
        if stated.all() and len(fires):
            return known if dead or injured else words["none_hurt"]
        return words["hurt_open"] + (known if dead or injured else "")

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
        return [
            Heading(words["judged"]),
            Grid(head, rows, (2, 2, 1, 2.2), is_centred=True),
            *self.causes(),
        ]

    def causes(self) -> list[Block]:
        """Fires by cause, and forest fires by grade."""
        words, told = self.words, self.data.told
        fires = told[told["is_fire"]]
        causes = fires["cause"].fillna("")
        rows: list[list[Cell | str]] = []
        for cause in [*CAUSE_ZH, ""]:
            if not (causes == cause).any():
                continue
            named = self.cause(cause) if cause else words["not_stated"]
            condition = f"is_fire and cause == '{cause}'" if cause else "is_fire and cause != cause"
            mine = told["is_fire"] & told["cause"].fillna("").eq(cause)
            name = f"cause-{cause or 'none'}".replace("_", "-")
            rows.append([words["cause"], named, self.of_cases(name, mine, named, condition)])
        grades = [
            fire_grade(row["affected_forest_ha"], row["dead"], row["injured"])
            for row in fires[fires["category"].eq("forest_fire")].to_dict("records")
        ]
        for grade, zh in GRADE_ZH.items():
            if grade in grades:
                named = zh if self.lang == "zh" else grade
                rows.append([words["grade"], named, str(grades.count(grade))])
        if not rows:
            return []
        head = ["", words["causes"], words["count"]]
        return [Grid(head, rows, (1.4, 3, 1), is_centred=True)]

    def cause(self, name: str) -> str:
        return CAUSE_ZH[name] if self.lang == "zh" else name.replace("_", " ")

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
