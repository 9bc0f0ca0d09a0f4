"""The front page of the site: the runs that are kept, for readers (HTML) and machines (JSON)."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from jdzfire.board.labels import Lang, feed_title
from jdzfire.board.wording import beijing, iso_utc
from jdzfire.board.words import words

RunRow = Mapping[str, Any]
"""``edition``, ``folder``, ``data_at`` and ``status`` of one run, as ``store.Run`` has them."""

_TEXT: dict[str, dict[str, str]] = {
    "zh": {
        "title": "{city}林火热点监测：发布记录",
        "lead": "最新数据时间 {at}（北京时间）。无热点不等于无火情。",
        "none": "尚未发布。",
        "now": "当前页面",
        "internal": "内部版",
        "public": "公开版",
        "handover": "交接班记录",
        "daily": "热点日报",
        "kept": "保留的各期",
        "at": "数据时间（北京时间）",
        "open": "待核查",
        "overdue": "超时未反馈",
        "explained": "已说明",
        "closed": "已结案",
        "pages": "页面",
        "feeds": "数据源（截至最新一期）",
        "feed": "数据源",
        "state": "状态",
        "last": "最新数据",
        "age": "距今",
        "late": "超过即为延迟",
        "looks": "各乡镇最近一次观测：最久 {age}（{name}）；{never} 个乡镇无观测记录。",
        "next": "下次 VIIRS 过境{about}{at}。",
        "about": "约 ",
        "hours": "{n:g} 小时",
        "minutes": "{n} 分钟",
        "unknown": "无",
    },
    "en": {
        "title": "Forest-fire hotspots, {city}: published runs",
        "lead": "Newest data time {at} (Beijing). No hotspot does not mean no fire.",
        "none": "Nothing published yet.",
        "now": "Current pages",
        "internal": "internal",
        "public": "public",
        "handover": "shift handover",
        "daily": "daily bulletin",
        "kept": "Runs that are kept",
        "at": "Data time (Beijing)",
        "open": "to be checked",
        "overdue": "overdue",
        "explained": "explained",
        "closed": "closed",
        "pages": "Pages",
        "feeds": "Feeds at the newest run",
        "feed": "Feed",
        "state": "State",
        "last": "Newest data",
        "age": "Age",
        "late": "Late after",
        "looks": "Townships last observed: longest ago {age} ({name}); {never} never observed.",
        "next": "Next VIIRS pass {about}{at}.",
        "about": "about ",
        "hours": "{n:g} h",
        "minutes": "{n} min",
        "unknown": "none",
    },
}

_REPORTS = {"handover": "papers/handover.html", "daily": "papers/daily.html"}

_STYLE = """
:root{color-scheme:light dark;--ink:#17232b;--muted:#5b6d78;--line:#d5dde1;--ground:#fff;
--bad:#c62a17}
@media (prefers-color-scheme:dark){:root{--ink:#e9f0f4;--muted:#8ea3b0;--line:#273742;
--ground:#121b22;--bad:#ff5a45}a{color:#4db4ff}}
body{font:16px/1.6 "Noto Sans CJK SC","Source Han Sans SC","Microsoft YaHei",system-ui,sans-serif;
color:var(--ink);background:var(--ground);max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--muted)}td.n,th.n{text-align:right}
.bad{color:var(--bad);font-weight:600}.paper{margin-right:.9rem}
.big{display:inline-block;margin-right:1.2rem;font-size:1.15rem}
"""


def draw_front(runs: Sequence[RunRow], *, city: str, lang: Lang) -> dict[str, bytes]:
    """Files of the front page: ``index.html`` and ``status.json``.

    Parameters
    ----------
    runs : sequence of mappings, the newest first
        ``edition``, ``folder``, ``data_at``, ``status``.
    city : str
    lang : {"zh", "en"}

    Returns
    -------
    dict of bytes
        The page needs no script and no network. In ``status.json``, ``latest`` is the status of
        the newest run without its files, and ``runs`` names where each run lies.
    """
    document = {
        "data_at": iso_utc(_checked_at(runs[0])) if runs else None,
        "latest": {k: v for k, v in runs[0]["status"].items() if k != "files"} if runs else None,
        "runs": [
            {"edition": r["edition"], "folder": r["folder"], "data_at": iso_utc(r["data_at"])}
            for r in runs
        ],
    }
    status = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    page = _page(runs, city, lang)
    return {"index.html": page.encode("utf-8"), "status.json": status.encode("utf-8")}


def _checked_at(run: RunRow) -> Any:
    """When a run was last found to be as it was drawn."""
    stated = run["status"].get("data_at")
    return run["data_at"] if stated is None else pd.Timestamp(stated)


def _page(runs: Sequence[RunRow], city: str, lang: Lang) -> str:
    text = _TEXT[lang]
    title = _safe(text["title"].format(city=city))
    parts = [f"<h1>{title}</h1>"]
    if runs:
        at = _safe(beijing(_checked_at(runs[0]), "%Y-%m-%d %H:%M"))
        parts.append(f"<p>{_safe(text['lead'].format(at=at))}</p>")
        parts += [*_current(runs, text), *_feeds(runs[0]["status"], text, lang)]
        parts += _observations(runs[0]["status"], text)
        parts += [f"<h2>{text['kept']}</h2>", _table(runs, text)]
    else:
        parts.append(f"<p>{text['none']}</p>")
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n'
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _safe(value: Any) -> str:
    shown = "".join(c if c.isprintable() else " " for c in str(value))
    return html.escape(shown, quote=True)


def _current(runs: Sequence[RunRow], text: Mapping[str, str]) -> list[str]:
    newest: dict[str, RunRow] = {}
    for run in runs:
        newest.setdefault(str(run["edition"]), run)
    lines = []
    for name, run in sorted(newest.items()):
        link = f'<a class="big" href="{_safe(name)}/index.html">{_safe(text.get(name, name))}</a>'
        reports = [
            f'<a class="paper" href="{_safe(name)}/{path}">{text[word]}</a>'
            for word, path in _REPORTS.items()
            if path in run["status"].get("files", {})
        ]
        lines.append(f"<p>{''.join([link, *reports])}</p>")
    return [f"<h2>{text['now']}</h2>", *lines]


def _feeds(status: Mapping[str, Any], text: Mapping[str, str], lang: Lang) -> list[str]:
    page_words = words(lang)
    rows = []
    for feed in status.get("feeds", []):
        state = page_words.get(f"feed_{feed['state']}", feed["state"])
        last = beijing(None if feed["last_data_at"] is None else pd.Timestamp(feed["last_data_at"]))
        late = feed["late_after_h"]
        mark = "" if feed["state"] == "ok" else ' class="bad"'
        rows.append(
            f"<tr><td>{_safe(feed_title(feed['feed'], lang))}</td><td{mark}>{_safe(state)}</td>"
            f"<td>{_safe(last or text['unknown'])}</td>"
            f'<td class="n">{_age(feed["age_min"], text)}</td>'
            f'<td class="n">{"" if late is None else text["hours"].format(n=late)}</td></tr>'
        )
    if not rows:
        return []
    head = _head(text, ("feed", "state", "last"), ("age", "late"))
    return [f"<h2>{text['feeds']}</h2>", f"<table>{head}{''.join(rows)}</table>"]


def _observations(status: Mapping[str, Any], text: Mapping[str, str]) -> list[str]:
    observed, coming = status.get("looks"), status.get("next_pass")
    parts = []
    if observed and observed["townships"]:
        name = observed["oldest_township"] or text["unknown"]
        age = _age(observed["oldest_min"], text)
        parts.append(text["looks"].format(age=age, name=_safe(name), never=observed["never"]))
    if coming:
        about = text["about"] if coming["is_about"] else ""
        parts.append(text["next"].format(about=about, at=beijing(pd.Timestamp(coming["at"]))))
    return [f"<p>{' '.join(parts)}</p>"] if parts else []


def _table(runs: Sequence[RunRow], text: Mapping[str, str]) -> str:
    by_time: dict[datetime, list[RunRow]] = {}
    for run in runs:
        by_time.setdefault(run["data_at"], []).append(run)
    rows = []
    for at, same in by_time.items():
        counts = same[0]["status"].get("counts", {})
        explained = sum(counts.get("explained", {}).values()) if counts else ""
        cells = [counts.get("open", ""), counts.get("overdue", ""), explained]
        cells.append(counts.get("closed", ""))
        links = " ".join(
            f'<a href="{_safe(run["folder"])}/index.html">'
            f"{_safe(text.get(run['edition'], run['edition']))}</a>"
            for run in same
        )
        numbers = "".join(f'<td class="n">{_safe(cell)}</td>' for cell in cells)
        day = _safe(beijing(at, "%Y-%m-%d %H:%M"))
        rows.append(f"<tr><td>{day}</td>{numbers}<td>{links}</td></tr>")
    head = _head(text, ("at",), ("open", "overdue", "explained", "closed"), ("pages",))
    return f"<table>{head}{''.join(rows)}</table>"


def _head(
    text: Mapping[str, str],
    before: Sequence[str],
    numbers: Sequence[str],
    after: Sequence[str] = (),
) -> str:
    cells = [f"<th>{text[name]}</th>" for name in before]
    cells += [f'<th class="n">{text[name]}</th>' for name in numbers]
    cells += [f"<th>{text[name]}</th>" for name in after]
    return f"<tr>{''.join(cells)}</tr>"


def _age(minutes: int | None, text: Mapping[str, str]) -> str:
    if minutes is None:
        return text["unknown"]
    if minutes < 120:
        return text["minutes"].format(n=minutes)
    return text["hours"].format(n=round(minutes / 60, 1))
