"""Alerts: what is to be told to whom, kept until the receiver took it."""

from __future__ import annotations

from jdzfire.schemas.contract import TIME_DTYPE, at_least, column, contract, one_of

ALERT_KIND_ZH = {
    "new": "新火情",
    "update": "情况更新",
    "unacknowledged": "无人签收",
    "overdue": "超时未办",
    "ended": "解除",
    "cap": "CAP预警",
    "test": "测试",
}
ALERT_KINDS = tuple(ALERT_KIND_ZH)

ALERT_STATES = ("waiting", "sending", "sent", "dropped")
"""To be sent; taken by a sender; taken by the receiver; ended before it could be sent."""

ALERTS = contract(
    "alerts",
    {
        "alert_id": column("str", "made of channel, recipient and subject", unique=True),
        "channel": column("str", "name of the channel in the settings"),
        "recipient": column("str", "which of a channel's receivers, as a hash; empty: all of it"),
        "kind": column("str", ", ".join(ALERT_KINDS), checks=one_of(ALERT_KINDS)),
        "case_id": column("str", "case it is of", nullable=True),
        "event_id": column("str", "event it is of", nullable=True),
        "subject": column("str", "what it tells, the same whenever it is told"),
        "told": column("str", "verdict and level as told, to see whether they changed"),
        "is_loud": column("bool", "whether it is to ring"),
        "title": column("str", "one line; hostile"),
        "text": column("str", "the text; hostile"),
        "made_at": column(TIME_DTYPE, "when it was queued", unit="UTC"),
        "state": column("str", ", ".join(ALERT_STATES), checks=one_of(ALERT_STATES)),
        "tries": column("int64", "times it was tried", checks=at_least(0)),
        "next_at": column(TIME_DTYPE, "not tried before", unit="UTC"),
        "message_id": column("str", "message it was sent in, several in a digest", nullable=True),
        "sent_at": column(TIME_DTYPE, "when the receiver took it", unit="UTC", nullable=True),
        "detail": column("str", "what the receiver said last"),
        "token": column("str", "of the link that acknowledges it"),
    },
    description="one row an alert, channel and recipient",
)
