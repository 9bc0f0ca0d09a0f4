"""One message of the Common Alerting Protocol 1.2 (OASIS, 2010), written and read back.

What belongs here: the elements in the order the standard gives them. What to send, and when, is
decided in :mod:`jdzfire.alerts.messages`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from xml.etree import ElementTree

import pandas as pd

from jdzfire.board.board import Board, Edition
from jdzfire.board.geometries import polygon_parts, polygon_rings
from jdzfire.board.summary import EventSummary
from jdzfire.board.text import clean, word
from jdzfire.board.wording import BEIJING
from jdzfire.schemas import FIRE_CATEGORIES

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

Kind = Literal["Alert", "Update", "Cancel"]
Status = Literal["Actual", "Exercise", "System", "Test", "Draft"]

LEVELS = {
    1: ("Immediate", "Severe"),
    2: ("Expected", "Moderate"),
    3: ("Future", "Minor"),
}
"""Level of urgency of the page -> urgency and severity. Level 1 is what a team is sent to at once
(Immediate: act now); level 2 within the hour (Expected); level 3 is checked when the others are
done (Future) [V, meanings in section 3.2.2 of the standard; the pairing is ours, K]. Never Extreme:
nothing we measure speaks of danger to many lives."""

LIKELY_HOTSPOTS = 2
"""Hotspots from which an event is Likely rather than Possible, as is one of high confidence [K]."""

CIRCLE_KM = 1.0
"""Radius of the area of an event without an outline [K]."""

_RESTRICTION = "值班室内部使用，不得转发 / duty room only"
_WORDS = {
    "zh": {
        "language": "zh-CN",
        "event": "森林火情",
        "sender": "{city}林火热点值班",
        "ended": "【解除】",
        "headline": "{ended}{verdict}：{place}",
        "unknown": "地点待定",
        "seen": "{first} 首次发现，{last} 最近观测（北京时间）；{satellites}；{count} 个热点。",
        "frp": "最大火强 {frp} MW。",
        "instruction": "卫星热点，未经现场核实。请派人核实并反馈；无热点不等于无火情。",
        "ended_instruction": "此前的提示不再有效。",
    },
    "en": {
        "language": "en-US",
        "event": "Forest fire hotspot",
        "sender": "Forest fire hotspot duty, {city}",
        "ended": "Ended: ",
        "headline": "{ended}{verdict}: {place}",
        "unknown": "place unknown",
        "seen": "First seen {first}, last seen {last} (Beijing time); {satellites}; "
        "{count} hotspots.",
        "frp": "Largest FRP {frp} MW.",
        "instruction": "A satellite hotspot, not confirmed on the ground. Send somebody to look, "
        "and report back. No hotspot does not mean no fire.",
        "ended_instruction": "The earlier messages no longer hold.",
    },
}


@dataclass(frozen=True)
class CapOptions:
    """What an office sets once."""

    sender: str = "jdzfire@localhost"
    """Who sends; unique worldwide by the standard, so an office sets its own address."""
    status: Status = "Actual"
    """``Exercise`` or ``Test`` while one trains or tries."""


@dataclass(frozen=True)
class Head:
    """What distinguishes one message from another."""

    event_id: str
    identifier: str
    sent: pd.Timestamp
    kind: Kind
    references: tuple[str, ...] = ()
    """``sender,identifier,sent`` of the messages before, the oldest first."""
    sender: str | None = None
    """Of a message read back; a new one has that of the options."""

    @classmethod
    def new(
        cls,
        event_id: str,
        edition: Edition,
        sent: pd.Timestamp,
        kind: Kind,
        references: tuple[str, ...] = (),
    ) -> Head:
        """Head of a message not sent yet; the moment and the edition make its identifier."""
        moment = sent.tz_convert("UTC").strftime("%Y%m%dT%H%M%SZ")
        return cls(event_id, f"{word(event_id)}.{edition[0]}.{moment}", sent, kind, references)

    @property
    def is_public(self) -> bool:
        """Whether it is one of the public edition."""
        return self.identifier.rsplit(".", 2)[1] == "p"

    @property
    def reference(self) -> str:
        """How a later message names one that was read back."""
        return self.referred(self.sender or "")

    def referred(self, sender: str) -> str:
        """How a later message names this one."""
        return f"{sender},{self.identifier},{_time(self.sent)}"


def file_name(event_id: str) -> str:
    """Name of the file of an event's message."""
    return f"exports/cap/{word(event_id)}.xml"


def _time(moment: pd.Timestamp) -> str:
    """As the standard wants it: seconds, and an offset rather than Z."""
    return moment.tz_convert(BEIJING).strftime("%Y-%m-%dT%H:%M:%S+08:00")


def parse_head(content: bytes) -> Head | None:
    """Head of a message written here, or None when it is none of ours."""
    if b"<!" in content:  # we write no document type; entities could be a bomb
        return None
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - no document type, see above
        texts = {child.tag.rpartition("}")[2]: child.text or "" for child in root}
        kind = texts["msgType"]
        if kind not in ("Alert", "Update", "Cancel"):
            return None
        head = Head(
            event_id=texts["incidents"],
            identifier=texts["identifier"],
            sent=pd.Timestamp(texts["sent"]),
            kind=kind,  # type: ignore[arg-type]  # one of the three, checked
            references=tuple(texts.get("references", "").split()),
            sender=texts["sender"],
        )
        return head if head.sent.tzinfo is not None and head.identifier.count(".") == 2 else None
    except (ElementTree.ParseError, KeyError, ValueError):
        return None


@dataclass(frozen=True)
class CapGround:
    """What messages need of the board, prepared once."""

    city: str
    shapes: Mapping[str, Any]
    """Footprint by event."""
    fires: frozenset[str]
    """Events that duty staff confirmed as a fire."""
    county_codes: Mapping[str, str]
    """Code by name; the least when there are several."""


def cap_ground(board: Board) -> CapGround:
    """Look up what the messages of a board need."""
    found = board.cases["category"].isin(FIRE_CATEGORIES)
    counties = board.admin[board.admin["level"] == "county"].sort_values("admin_id")
    counties = counties.drop_duplicates("name")
    return CapGround(
        city=clean(board.city, most=60),
        shapes=dict(zip(board.events["event_id"], board.events.geometry, strict=True)),
        fires=frozenset(board.cases.loc[found, "event_id"]),
        county_codes=dict(zip(counties["name"], counties["admin_id"], strict=True)),
    )


def write_message(
    ground: CapGround,
    pair: tuple[EventSummary, EventSummary] | None,
    head: Head,
    options: CapOptions,
) -> bytes:
    """One message.

    Parameters
    ----------
    ground : CapGround
    pair : (EventSummary, EventSummary) or None
        The event in Chinese and English; None when it left the board: a Cancel without info.
    head : Head
    options : CapOptions

    Returns
    -------
    bytes
        XML, UTF-8; times +08:00; polygons ``lat,lon`` in WGS84.
    """
    root = ElementTree.Element("alert", {"xmlns": NAMESPACE})
    _add(root, "identifier", head.identifier)
    _add(root, "sender", options.sender)
    _add(root, "sent", _time(head.sent))
    _add(root, "status", options.status)
    _add(root, "msgType", head.kind)
    _add(root, "source", "jdzfire")
    _add(root, "scope", "Public" if head.is_public else "Restricted")
    if not head.is_public:
        _add(root, "restriction", _RESTRICTION)
    if pair is None:
        _add(root, "note", "已并入其他事件或不再显示 / merged into another event, or gone")
    if head.references:
        _add(root, "references", " ".join(head.references))
    _add(root, "incidents", word(head.event_id))
    if pair is not None:
        outlines = _outlines(ground, pair[0])
        for lang, summary in zip(("zh", "en"), pair, strict=True):
            _add_info(root, ground, summary, head, _WORDS[lang], outlines)
    ElementTree.indent(root, " ")
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _add(parent: ElementTree.Element, tag: str, text: str | None = None) -> ElementTree.Element:
    child = ElementTree.SubElement(parent, tag)
    child.text = text
    return child


def _add_info(
    root: ElementTree.Element,
    ground: CapGround,
    summary: EventSummary,
    head: Head,
    words: dict[str, str],
    outlines: list[str],
) -> None:
    row = summary.row
    is_end = head.kind == "Cancel"
    urgency, severity = LEVELS[summary.level]
    place = clean(row["place"] or row["township"] or row["county"], most=200) or words["unknown"]
    info = _add(root, "info")
    _add(info, "language", words["language"])
    _add(info, "category", "Fire")
    _add(info, "event", words["event"])
    _add(info, "responseType", "None" if is_end else "Assess")
    _add(info, "urgency", "Past" if is_end else urgency)
    _add(info, "severity", severity)
    _add(info, "certainty", _certainty(ground, summary))
    _add(info, "onset", _time(summary.first_seen_at))
    _add(info, "senderName", words["sender"].format(city=ground.city))
    ended = words["ended"] if is_end else ""
    headline = words["headline"].format(ended=ended, verdict=row["verdict_name"], place=place)
    _add(info, "headline", clean(headline, most=160))
    _add(info, "description", "\n".join(_sentences(summary, words)))
    _add(info, "instruction", words["ended_instruction" if is_end else "instruction"])
    for name, value in (
        ("verdict", summary.verdict),
        ("priority", str(summary.priority)),
        ("last_seen_at", _time(summary.last_seen_at)),
        ("hotspot_count", str(row["count"])),
    ):
        parameter = _add(info, "parameter")
        _add(parameter, "valueName", name)
        _add(parameter, "value", value)
    area = _add(info, "area")
    _add(area, "areaDesc", place)
    for outline in outlines:
        _add(area, "polygon", outline)
    if not outlines:
        _add(area, "circle", f"{summary.row['lat']:.5f},{summary.row['lon']:.5f} {CIRCLE_KM}")
    code = ground.county_codes.get(summary.row["county"] or "")
    if code is not None:
        geocode = _add(area, "geocode")
        _add(geocode, "valueName", "GB/T 2260")
        _add(geocode, "value", clean(code, most=20))


def _sentences(summary: EventSummary, words: dict[str, str]) -> Iterator[str]:
    row = summary.row
    yield words["seen"].format(
        first=row["first_full"],
        last=row["last_full"],
        satellites=clean("/".join(row["satellites"]), most=200),
        count=row["count"],
    )
    if row["frp"] is not None:
        yield words["frp"].format(frp=row["frp"])
    for reason in row["reasons"]:
        yield clean(reason["text"], most=500)


def _certainty(ground: CapGround, summary: EventSummary) -> str:
    """Observed: confirmed on the ground; Likely: seen twice or high confidence; else Possible."""
    if summary.event_id in ground.fires:
        return "Observed"
    is_sure = bool(summary.row["confidence"].get("high"))
    return "Likely" if is_sure or summary.row["count"] >= LIKELY_HOTSPOTS else "Possible"


def _outlines(ground: CapGround, summary: EventSummary) -> list[str]:
    """Outer rings of the footprint, ``lat,lon`` pairs; CAP has no holes."""
    parts = polygon_parts(ground.shapes[summary.event_id])
    rings = [polygon_rings(part)[0] for part in parts]
    return [" ".join(f"{lat:.6f},{lon:.6f}" for lon, lat in ring) for ring in rings]
