"""Burns as they are carried out: checked in when lit, checked out when dead out."""

from __future__ import annotations

from jdzfire.schemas.contract import TIME_DTYPE, at_least, column, contract, one_of

BURN_ACTION_ZH = {"in": "点烧", "out": "熄灭", "off": "取消"}
"""Lit, dead out, not lit after all."""

BURN_LOG = contract(
    "burn_log",
    {
        "seq": column("int64", "running number", unique=True),
        "permit_id": column("str", "permit"),
        "at": column(TIME_DTYPE, "when", unit="UTC"),
        "action": column("str", ", ".join(BURN_ACTION_ZH), checks=one_of(tuple(BURN_ACTION_ZH))),
        "who": column("str", "who noted it; internal only"),
        "people": column("float64", "people at the burn", nullable=True, checks=at_least(0)),
        "remark": column("str", "free text; hostile; internal only", nullable=True),
        "token": column("str", "made by whoever sends it, so that one sent again counts once"),
    },
    description="append-only log of burns that were lit, put out or called off",
)
