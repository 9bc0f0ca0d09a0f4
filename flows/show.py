"""What a run shows in Prefect's page: its name, its state, tables, events. Never a name or a phone.

Everything told about events is read from the public edition, so nothing private can be in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from prefect import State
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.orchestration import get_client
from prefect.events import emit_event
from prefect.runtime import flow_run
from prefect.states import Completed

from jdzfire.pipeline.inbox import Delivery
from jdzfire.redact import redact

_BEIJING = ZoneInfo("Asia/Shanghai")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~-])")
_FOUND = re.compile(r"; found: .*?(?=; remedy:|$)", re.DOTALL)
"""Of a message what was found in a file: it may hold a name or a phone."""
_SHOWN = 50

_KINDS_ZH: Mapping[str, str] = {
    "permits": "用火审批", "teams": "扑火队伍", "zones": "森林防火区", "heat-sources": "固定热源",
    "roads": "道路", "settlements": "居民点", "admin": "行政区划", "special-days": "特殊时段",
    "weather": "气象", "dem": "高程", "landcover": "地表覆盖", "unknown": "未能识别",
}  # fmt: skip

_WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "came": "本次接收", "files": "文件", "rows": "热点", "rejected": "无法使用的行",
        "open": "待核查", "event": "事件", "first": "首次发现", "township": "乡镇",
        "verdict": "研判", "priority": "优先级", "none": "目前没有待核查的事件。",
        "map": "地图", "feeds": "数据源", "feed": "数据源", "state": "状态", "newest": "最新数据",
        "age": "距今（分钟）", "faults": "须处理", "file": "文件", "register": "登记",
        "changes": "变化", "why": "原因", "at": "时间（北京时间）", "more": "另有",
        "added": "新增", "changed": "变更", "removed": "删除",
        "registered": "已登记", "unchanged": "无变化", "question": "待确认",
        "refused": "未登记", "calm": "无热点不等于无火情。",
    },
    "en": {
        "came": "Came in", "files": "files", "rows": "hotspots", "rejected": "rows not usable",
        "open": "To be checked", "event": "event", "first": "first seen", "township": "township",
        "verdict": "verdict", "priority": "priority", "none": "No event is to be checked now.",
        "map": "Map", "feeds": "Feeds", "feed": "feed", "state": "state", "newest": "newest data",
        "age": "age (min)", "faults": "To be seen to", "file": "file", "register": "register",
        "changes": "changes", "why": "why", "at": "time (Beijing)", "more": "and more:",
        "added": "added", "changed": "changed", "removed": "removed",
        "registered": "registered", "unchanged": "unchanged", "question": "question",
        "refused": "not registered", "calm": "No hotspot does not mean no fire.",
    },
}  # fmt: skip


def beijing(at: datetime) -> str:
    """A moment in Beijing time, to the minute."""
    return at.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M")


def plain(text: object) -> str:
    """Text from outside as Markdown shows it: no link, no markup, one line."""
    one_line = " ".join(str(text).split())
    return _SPECIAL.sub(r"\\\1", redact(one_line))


def name_run(name: str) -> None:
    """Give the run a name people read."""
    if flow_run.id is None:
        return
    with get_client(sync_client=True) as client:
        client.update_flow_run(flow_run.id, name=name)


def finished(data: Any, faults: Sequence[str]) -> State[Any]:
    """Completed, named ``Degraded`` when something is to be seen to."""
    if not faults:
        return Completed(data=data)
    return Completed(name="Degraded", message="; ".join(map(redact, faults)), data=data)


def skipped() -> State[Any]:
    """Completed without work: another run has the turn, and the next one makes it good."""
    return Completed(name="Skipped", message="another run works on this folder", data=None)


def show_board(
    published: Path, *, came: Mapping[str, int], faults: Sequence[str], lang: str, site_url: str
) -> None:
    """Artifacts of a cycle: what came in, what is to be checked now, how the feeds do."""
    words = _WORDS[lang]
    folder = published / "public"
    status = json.loads((folder / "status.json").read_bytes())
    features = json.loads((folder / "unresolved.geojson").read_bytes())["features"]
    events = [feature["properties"] for feature in features]
    lines = [
        f"### {words['open']} {len(events)}",
        f"{words['came']}: " + ", ".join(f"{words[name]} {n}" for name, n in came.items()),
        "",
    ]
    if events:
        lines.append(_head(words, "event", "first", "township", "verdict", "priority"))
        lines += [
            _row(
                event["event_id"],
                beijing(datetime.fromisoformat(event["first_seen_at"])),
                event["township"],
                event["verdict_name"],
                event["priority"],
            )
            for event in events[:_SHOWN]
        ]
        if len(events) > _SHOWN:
            lines += ["", f"{words['more']} {len(events) - _SHOWN}"]
    else:
        lines += [words["none"], words["calm"]]
    if site_url:
        lines += ["", f"[{words['map']}]({site_url.rstrip('/')}/internal/index.html)"]
    if faults:
        lines += ["", f"**{words['faults']}**", "", *(f"- {plain(fault)}" for fault in faults)]
    create_markdown_artifact("\n".join(lines), key="jdzfire-watch", description=words["open"])
    create_table_artifact(
        [
            {
                words["feed"]: feed["feed"],
                words["state"]: feed["state"],
                words["newest"]: feed["last_data_at"],
                words["age"]: feed["age_min"],
            }
            for feed in status["feeds"]
        ],
        key="jdzfire-feeds",
        description=words["feeds"],
    )


def show_deliveries(deliveries: Iterable[Delivery], *, lang: str) -> None:
    """Artifact of the register inbox: what changed, what was rejected and why, what is asked."""
    words = _WORDS[lang]
    lines = [_head(words, "file", "register", "state", "changes", "rejected")]
    whys = []
    for one in deliveries:
        state = "refused" if one.state == "rejected" else one.state
        changes = ", ".join(f"{words[name]} {count}" for name, count in one.changes.items())
        faults = [f"{line}: {reason}" for line, reason in one.faults]
        is_refused = one.state in ("rejected", "question")
        detail = [_FOUND.sub("", one.detail)] if is_refused else []
        if detail or faults:
            whys.append(f"- {plain(one.name)}: {plain('; '.join([*detail, *faults]))}")
        kind = _KINDS_ZH.get(one.kind, one.kind) if lang == "zh" else one.kind
        lines.append(_row(one.name, kind, words[state], changes, one.rejected))
    if whys:
        lines += ["", f"**{words['why']}**", "", *whys]
    create_markdown_artifact(
        "\n".join(lines), key="jdzfire-registers", description=words["register"]
    )


def show_table(key: str, rows: Sequence[Mapping[str, Any]], *, title: str) -> None:
    """Artifact of rows that hold no name and no phone."""
    shown = [{name: _cell(value) for name, value in row.items()} for row in rows[:_SHOWN]]
    create_table_artifact(shown, key=key, description=title)


def show_text(key: str, text: str, *, title: str) -> None:
    """Artifact of a text of ours; every sign of markup in it is shown as it is."""
    lines = [plain(line) for line in text.splitlines()]
    create_markdown_artifact("  \n".join(lines), key=key, description=title)


def tell_of_events(event_ids: Iterable[str]) -> None:
    """Emit one of Prefect's events for each new event of the duty room."""
    for event_id in event_ids:
        emit_event(
            "jdzfire.event.unresolved",
            resource={"prefect.resource.id": f"jdzfire.event.{event_id}"},
        )


def tell_of_feeds(states: Mapping[str, str]) -> None:
    """Emit one of Prefect's events for each feed that is not well."""
    for feed, state in states.items():
        emit_event(
            "jdzfire.feed.late",
            resource={"prefect.resource.id": f"jdzfire.feed.{feed}"},
            payload={"state": state},
        )


def _head(words: Mapping[str, str], *names: str) -> str:
    return "\n".join([f"| {' | '.join(words[n] for n in names)} |", f"|{'---|' * len(names)}"])


def _row(*values: object) -> str:
    return f"| {' | '.join('' if value is None else plain(value) for value in values)} |"


def _cell(value: object) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return redact(" ".join(str(value).split()))
