"""Verdicts and their reasons: the words, not the rules (those are in triage)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from jdzfire.schemas.contract import TIME_DTYPE, column, contract, one_of, within

VERDICT_ZH = {
    "unresolved": "待核查",
    "permit_violation": "疑似违规炼山",
    "permitted": "报备炼山",
    "heat_source": "固定热源",
    "outside_forest": "林区外",
}
"""Verdicts, the most urgent first, with what duty staff read."""

VERDICT_NAMES = tuple(VERDICT_ZH)

Value = float | int | str | bool | None


@dataclass(frozen=True)
class Reason:
    """One rule that was tried on one event."""

    rule: str
    """Id of the rule, for example ``permit.window``."""
    outcome: str
    """``met``, ``failed`` or ``unknown`` (the data to judge was not there)."""
    text_zh: str
    """One sentence a duty officer can read on the phone."""
    text_en: str
    """The same in English."""
    measured: Mapping[str, Value] = field(default_factory=dict)
    """What was measured; keys carry units, for example ``distance_m``."""
    threshold: Mapping[str, Value] = field(default_factory=dict)
    """What it was held against, same keys where they have one."""


_FIELDS = tuple(sorted(one.name for one in fields(Reason)))
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


def encode_reasons(reasons: Sequence[Reason]) -> str:
    """Reasons as JSON text for the ``reasons`` column."""
    return _ENCODER.encode([{name: getattr(one, name) for name in _FIELDS} for one in reasons])


def decode_reasons(text: str) -> list[Reason]:
    """Reasons from the JSON text of the ``reasons`` column."""
    return [Reason(**item) for item in json.loads(text)]


VERDICTS = contract(
    "verdicts",
    {
        "event_id": column("str", "event", unique=True),
        "verdict": column("str", "verdict", checks=one_of(VERDICT_NAMES)),
        "is_provisional": column("bool", "explained, and still to be confirmed: stays on the map"),
        "explained_by": column("str", "permit_id or source_id that explains it", nullable=True),
        "score": column(
            "float64",
            "best score of a permit, 0-1; null: none near",
            nullable=True,
            checks=within(0, 1),
        ),
        "reasons": column("str", "JSON list of Reason, in the order tried"),
        "priority": column("int64", "0-100, for sorting", checks=within(0, 100)),
        "priority_parts": column("str", "JSON object: part -> points"),
        "escalation": column(
            "str", "causes to report at once, by comma: pixels, growth, ...", nullable=True
        ),
        "forest_share": column(
            "float64",
            "share of the footprint in zones + edge buffer; null: no zones known",
            nullable=True,
            checks=within(0, 1),
        ),
        "zone_id": column("str", "zone with the largest share", nullable=True),
        "county": column("str", "county of the event", nullable=True),
        "township": column("str", "township of the event", nullable=True),
        "place": column("str", "name of the place, Chinese", nullable=True),
        "rules_version": column("str", "hash of the rules and their values"),
        "decided_at": column(TIME_DTYPE, "when this verdict was first reached", unit="UTC"),
    },
    description="the verdict in force for each event",
)
