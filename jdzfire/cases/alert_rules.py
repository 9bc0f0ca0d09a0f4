"""Whom an alert goes to, and which alerts a case asks for: channels, rules, and what they give.

A case is told when it opens (loud), when its verdict or urgency changes (quiet, unless it grows
more urgent), when nobody acknowledges it, when it is late, and when it has ended. Each is told once
to each receiver: its subject is the same however often it is looked at.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from jdzfire.schemas import (
    ALERT_KIND_ZH,
    ALERTS,
    ENDED_STATUSES,
    VERDICT_NAMES,
    WAITING_STATUSES,
    conform,
    plain_rows,
)

AlertKind = Literal["new", "update", "unacknowledged", "overdue", "ended", "cap"]
ChannelKind = Literal["wecom", "dingtalk", "feishu", "email", "webhook", "sms", "cap"]
VerdictName = Annotated[str, Field(pattern=f"^({'|'.join(VERDICT_NAMES)})$")]

TOLD_FOR = timedelta(hours=24)
"""What began longer ago is not told as news: alerts were not set up then [K]."""

_BEIJING = ZoneInfo("Asia/Shanghai")


class AlertChannel(BaseModel):
    """A way to somebody: a group robot, a mailbox, a gateway."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[\w.-]{1,40}$")
    """Name that rules use."""
    kind: ChannelKind
    """What answers there."""
    url: SecretStr
    """Address of the robot, gateway or webhook; of e-mail ``mailtos://user:password@host?to=...``."""
    secret: SecretStr | None = None
    """Key that signs: of a DingTalk or Feishu robot, or of our own webhook."""
    to: tuple[SecretStr, ...] = ()
    """Telephone numbers of an SMS channel."""
    template: str = '{"phone": "{phone}", "text": "{text}"}'
    """Body sent to an SMS gateway: ``{phone}``, ``{text}``, ``{id}`` are filled in as JSON text."""
    ok_contains: str = ""
    """Text that the answer of an SMS gateway or webhook holds when it took the message."""
    per_minute: int | None = Field(default=None, ge=1)
    """Messages a minute; default what the kind allows."""
    max_bytes: int | None = Field(default=None, ge=60)
    """Longest text; default what the kind allows."""


class AlertRule(BaseModel):
    """What a channel is told. A rule holds when all that it states holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str
    """Name of the channel."""
    kinds: tuple[AlertKind, ...] = ("new", "update", "overdue", "ended", "cap")
    """What is told; ``unacknowledged`` only where it is named."""
    counties: tuple[str, ...] = ()
    """Counties that hold the case; empty: all."""
    verdicts: tuple[VerdictName, ...] = ()
    """Verdicts; empty: all."""
    level: int = Field(default=3, ge=1, le=3)
    """Least urgent level that is told: 1 only the most urgent, 3 all."""
    hours: str = Field(default="", pattern=r"^(|([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d)$")
    """Beijing hours in which it holds, ``22:00-06:00``; the rest is told when they begin."""
    after_min: float = Field(default=10.0, gt=0)
    """Minutes until nobody's acknowledging is told [K]."""
    escalation: int = Field(default=1, ge=1)
    """Level of lateness from which it is told: 1 duty officer, 2 county, 3 city."""


@dataclass(frozen=True)
class Subject:
    """A case as alerts tell it. Texts are raw and hostile."""

    case_id: str
    event_id: str
    status: str
    county: str | None
    verdict: str
    level: int
    """1 to 3, the most urgent first."""
    opened_at: datetime
    """When it was opened last, or handed over to somebody else since."""
    openings: int
    """How often it was opened."""
    is_acknowledged: bool
    """Whether a person did anything on it since."""
    due: str
    """answer or result."""
    escalation: int
    """How many levels of lateness have passed."""
    line: str
    """Place and verdict in one line."""
    text: str
    """All that is told."""

    @property
    def told(self) -> str:
        """What must change for an update."""
        return f"{self.verdict} {self.level}"


def alerts_to_queue(
    subjects: Iterable[Subject],
    queued: pd.DataFrame,
    channels: Sequence[AlertChannel],
    rules: Sequence[AlertRule],
    *,
    at: datetime,
    lang: Literal["zh", "en"] = "zh",
) -> pd.DataFrame:
    """Alerts that are asked for and were not queued yet.

    Parameters
    ----------
    subjects : iterable of Subject
    queued : DataFrame [ALERTS]
        Those of these cases that were queued before.
    channels, rules : sequence
        Without a rule each channel is told what :class:`AlertRule` names by default.
    at : datetime, aware
    lang : {"zh", "en"}

    Returns
    -------
    DataFrame [ALERTS]
    """
    by_case: dict[str, list[dict[str, Any]]] = {}
    for row in plain_rows(queued):
        by_case.setdefault(row["case_id"], []).append(row)
    known = set(queued["alert_id"])
    by_name = {channel.name: channel for channel in channels}
    found: dict[str, dict[str, Any]] = {}
    for subject in subjects:
        for rule in rules or [AlertRule(channel=name) for name in by_name]:
            channel = by_name[rule.channel]
            if channel.kind == "cap" or not in_hours(rule.hours, at):
                continue
            for recipient in recipients_of(channel):
                mine = [
                    row
                    for row in by_case.get(subject.case_id, [])
                    if (row["channel"], row["recipient"]) == (channel.name, recipient)
                ]
                for kind, key, is_loud in _asked(rule, subject, mine, at):
                    head = f"【{ALERT_KIND_ZH[kind]}】" if lang == "zh" else f"[{kind}] "
                    row = alert_row(
                        (channel.name, recipient),
                        kind,
                        f"{kind}/{subject.case_id}/{key}",
                        title=head + subject.line,
                        text=subject.text,
                        is_loud=is_loud,
                        at=at,
                    )
                    row |= {"case_id": subject.case_id, "event_id": subject.event_id}
                    if row["alert_id"] not in known:
                        found.setdefault(row["alert_id"], row | {"told": subject.told})
    return alert_table(found.values())


def alert_table(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of :func:`alert_row` as a table [ALERTS]."""
    return conform(pd.DataFrame(list(rows), columns=list(ALERTS.columns)), ALERTS)


def alert_row(
    receiver: tuple[str, str],
    kind: str,
    subject: str,
    *,
    title: str,
    text: str,
    is_loud: bool,
    at: datetime,
) -> dict[str, Any]:
    """A row of [ALERTS] that waits; ``receiver`` is channel and recipient."""
    key = "\n".join((*receiver, subject))
    return {
        "alert_id": hashlib.sha256(key.encode()).hexdigest()[:24],
        "channel": receiver[0],
        "recipient": receiver[1],
        "kind": kind,
        "case_id": None,
        "event_id": None,
        "subject": subject,
        "told": "",
        "is_loud": is_loud,
        "title": title,
        "text": text,
        "made_at": at,
        "state": "waiting",
        "tries": 0,
        "next_at": at,
        "message_id": None,
        "sent_at": None,
        "detail": "",
        "token": secrets.token_urlsafe(18),
    }


def alerts_to_drop(queued: pd.DataFrame, subjects: Mapping[str, Subject]) -> list[str]:
    """Alerts that wait though nobody needs them: their case has ended, or was acknowledged."""
    gone = []
    for row in plain_rows(queued[queued["state"] == "waiting"]):
        subject = subjects.get(row["case_id"])
        if subject is None or row["kind"] in ("ended", "cap", "test"):
            continue
        if subject.status in ENDED_STATUSES or (
            row["kind"] == "unacknowledged" and subject.is_acknowledged
        ):
            gone.append(row["alert_id"])
    return gone


def recipients_of(channel: AlertChannel) -> list[str]:
    """Receivers of a channel: a hash of each telephone number, else one without a name."""
    if channel.kind != "sms":
        return [""]
    return [recipient_of(number.get_secret_value()) for number in channel.to]


def recipient_of(number: str) -> str:
    """What stands for a telephone number in the outbox."""
    return hashlib.sha256(number.encode()).hexdigest()[:12]


def backoff(tries: int) -> timedelta:
    """Wait after so many failed tries: 30 s, doubled each time, at most 30 min [K]."""
    return timedelta(seconds=min(30 * 2 ** (max(tries, 1) - 1), 1800))


def is_meant(rule: AlertRule, subject: Subject) -> bool:
    """Whether a rule is of such a case, whatever the hour."""
    return (
        (not rule.counties or subject.county in rule.counties)
        and (not rule.verdicts or subject.verdict in rule.verdicts)
        and subject.level <= rule.level
    )


def in_hours(hours: str, at: datetime) -> bool:
    """Whether a moment lies in Beijing hours ``HH:MM-HH:MM``, also over midnight; empty: always."""
    if not hours:
        return True
    begin, end = hours.split("-")
    now = at.astimezone(_BEIJING).strftime("%H:%M")
    return begin <= now < end if begin <= end else now >= begin or now < end


def _asked(
    rule: AlertRule, subject: Subject, mine: Sequence[Mapping[str, Any]], at: datetime
) -> Iterator[tuple[str, str, bool]]:
    """Kind, rest of the subject and loudness of each alert that a rule asks for.

    Who was told of a case is told of what changes and of its end, also when it is by now none that
    the rule is of.
    """
    n = subject.openings
    age = at - subject.opened_at
    is_fresh = age <= TOLD_FOR
    is_waiting = subject.status in WAITING_STATUSES
    sent = [row for row in mine if row["state"] == "sent" and _opening_of(row["subject"]) == str(n)]
    if subject.status in ENDED_STATUSES:
        if "ended" in rule.kinds and sent:
            yield "ended", str(n), False
        return
    yield from _update(rule, subject, mine, sent)
    if not (is_fresh and is_meant(rule, subject)):
        return
    if "new" in rule.kinds and is_waiting:
        yield "new", str(n), True
    is_quiet_for = timedelta(minutes=rule.after_min)
    is_unheard = is_waiting and not subject.is_acknowledged and age >= is_quiet_for
    if "unacknowledged" in rule.kinds and is_unheard:
        yield "unacknowledged", f"{n}/{rule.after_min:g}", True
    if "overdue" in rule.kinds and subject.escalation >= rule.escalation:
        yield "overdue", f"{n}/{subject.due}/{subject.escalation}", subject.due == "answer"


def _update(
    rule: AlertRule,
    subject: Subject,
    mine: Sequence[Mapping[str, Any]],
    sent: Sequence[Mapping[str, Any]],
) -> Iterator[tuple[str, str, bool]]:
    """A change since what the receiver was told last; nothing while something still waits."""
    if "update" not in rule.kinds or not sent or subject.status not in WAITING_STATUSES:
        return
    if any(row["state"] in ("waiting", "sending") for row in mine):
        return
    last = max(sent, key=lambda row: (row["made_at"], row["sent_at"]))
    if last["told"] != subject.told:
        before = sum(row["kind"] == "update" for row in mine)
        is_worse = subject.level < int(last["told"].rsplit(" ", 1)[1])
        yield "update", f"{subject.openings}/{before + 1}", is_worse


def _opening_of(subject: str) -> str:
    """The number of the opening in a subject, ``kind/case/opening...``."""
    return subject.split("/")[2]
