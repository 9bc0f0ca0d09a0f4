"""The sheet of a day's permitted burns: which may be lit, and why not."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pandas as pd

from jdzfire.board.labels import Lang
from jdzfire.reports.document import Block, Cell, Grid, Report, Sentence
from jdzfire.season.report import MU_PER_HA
from jdzfire.triage.burn_days import ADVICE

_WORDS: dict[str, dict[str, Any]] = {
    "zh": {
        "title": "炼山用火气象审查表", "day": "用火日期：{day}", "at": "制表：{at}",
        "counts": "共{n}起：{counts}。", "none": "当日没有报备炼山。", "forecast": "预报",
        "mark": "内部资料 注意保管",
        "head": ("许可编号", "地点", "面积（亩）", "意见", "理由", "火险/风力", "气象"),
        "analysis": "实况", "unknown": "—", "signs": ("审查人", "值班领导"),
    },
    "en": {
        "title": "Permitted burns and their weather", "day": "Day: {day}", "at": "made {at}",
        "counts": "{n} burns: {counts}.", "none": "No burn is permitted that day.",
        "forecast": "forecast", "mark": "Internal",
        "head": ("permit", "place", "area (mu)", "advice", "why", "grade/wind", "weather"),
        "analysis": "analysis", "unknown": "-", "signs": ("checked by", "officer in charge"),
    },
}  # fmt: skip


def write_burns(burns: pd.DataFrame, *, day: date, at: datetime, lang: Lang = "zh") -> Report:
    """The sheet of a day.

    Parameters
    ----------
    burns : DataFrame [jdzfire.triage.burn_days.BURN_DAY_COLUMNS]
        Of that day; the strictest advice comes first.
    day : date
        Beijing day.
    at : datetime, aware
        When it is written.
    lang : {"zh", "en"}

    Returns
    -------
    Report
    """
    words = _WORDS[lang]
    place = 0 if lang == "zh" else 1
    order = {name: number for number, name in enumerate(ADVICE)}
    ordered = burns.assign(order=burns["advice"].map(order)).sort_values(
        ["order", "valid_from", "permit_id"]
    )
    counts = burns["advice"].value_counts()
    told = ", ".join(f"{ADVICE[name][place]} {counts[name]}" for name in ADVICE if name in counts)
    rows = [_row(row, lang, words) for row in ordered.to_dict("records")]
    blocks: list[Block] = [Sentence(words["none"])]
    if rows:
        blocks = [
            Sentence(words["counts"].format(n=len(rows), counts=told)),
            Grid(list(words["head"]), rows, (2.0, 2.0, 0.9, 1.2, 2.6, 1.1, 0.8)),
        ]
    local = pd.Timestamp(at).tz_convert("Asia/Shanghai")
    return Report(
        title=words["title"],
        lang=lang,
        at=at,
        head=(
            words["day"].format(day=day.isoformat()),
            words["at"].format(at=f"{local:%Y-%m-%d %H:%M}"),
        ),
        blocks=blocks,
        mark=words["mark"],
        signatures=tuple(words["signs"]),
        is_form=True,
    )


def _row(row: dict[Any, Any], lang: Lang, words: dict[str, Any]) -> list[Cell | str]:
    area = row["area_ha"]
    known = {True: words["forecast"], False: words["analysis"]}
    weather = words["unknown"] if pd.isna(row["is_forecast"]) else known[bool(row["is_forecast"])]
    grade = "/".join(
        "?" if pd.isna(row[n]) else str(row[n]) for n in ("danger_grade", "wind_force")
    )
    where = " ".join(str(row[name]) for name in ("county", "township") if not pd.isna(row[name]))
    return [
        str(row["permit_id"]),
        where,
        "" if pd.isna(area) else f"{float(area) * MU_PER_HA:.0f}",
        Cell(ADVICE[str(row["advice"])][0 if lang == "zh" else 1], strong=row["advice"] == "stop"),
        str(row[f"reasons_{lang}"]),
        grade,
        weather,
    ]
