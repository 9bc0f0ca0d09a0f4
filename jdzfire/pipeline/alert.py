"""Telling: what the cases ask for is queued, and what is queued is carried to its receivers."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from jdzfire.alerts.cap import parse_head
from jdzfire.alerts.channels import Message, NotTaken, per_minute, send_message
from jdzfire.cases.alert_rules import (
    AlertChannel,
    AlertRule,
    Subject,
    alert_row,
    alert_table,
    alerts_to_drop,
    alerts_to_queue,
    backoff,
    in_hours,
    is_meant,
    recipients_of,
)
from jdzfire.errors import NotFound
from jdzfire.schemas import plain_rows
from jdzfire.workspace import Workspace

_LINES = 30
_LOOKED_AT = timedelta(days=60)  # a case that old has been told of


@dataclass(frozen=True)
class Telling:
    """What a round of telling did."""

    queued: int = 0
    sent: int = 0
    """Messages; a digest is one."""
    faults: tuple[str, ...] = ()
    """Channels that did not take a message, and why."""


def tell_waiting(workspace: Workspace, *, at: datetime) -> Telling:
    """Queue what the cases ask for, then send what waits. Without a channel nothing is done."""
    if not workspace.settings.alert_channels:
        return Telling()
    queued = queue_alerts(workspace, at=at)
    sent, faults = send_alerts(workspace)
    return Telling(queued, sent, faults)


def tell_published(workspace: Workspace, *, at: datetime) -> Telling:
    """The same after the editions were published, for channels that are sent CAP messages."""
    has_cap = any(channel.kind == "cap" for channel in workspace.settings.alert_channels)
    return tell_waiting(workspace, at=at) if has_cap else Telling()


def queue_alerts(workspace: Workspace, *, at: datetime) -> int:
    """Queue alerts that the cases ask for, and CAP messages published; drop what nobody needs.

    Parameters
    ----------
    workspace : Workspace
    at : datetime, aware

    Returns
    -------
    int
        Alerts queued.
    """
    from jdzfire.queries.alerts import alert_subjects  # what a cycle without channels needs not

    settings, ledger = workspace.settings, workspace.ledger
    queued = ledger.load_alerts()
    told = queued[queued["made_at"] >= pd.Timestamp(at) - _LOOKED_AT]
    cases = told["case_id"].dropna().unique()
    subjects = alert_subjects(workspace, cases, at=at, lang=settings.lang)
    by_case = {subject.case_id: subject for subject in subjects}
    gone = alerts_to_drop(queued, by_case)
    if gone:
        ledger.drop_alerts(gone, "nobody needs it any more")
    asked = alerts_to_queue(
        subjects,
        queued,
        settings.alert_channels,
        settings.alert_rules,
        at=at,
        lang=settings.lang,
    )
    return ledger.queue_alerts(asked) + ledger.queue_alerts(_cap(workspace, subjects, queued, at))


def _cap(
    workspace: Workspace, subjects: Sequence[Subject], queued: pd.DataFrame, at: datetime
) -> pd.DataFrame:
    """CAP messages of the internal edition that a CAP channel was not sent yet."""
    settings = workspace.settings
    channels = [one for one in settings.alert_channels if one.kind == "cap"]
    by_event = {subject.event_id: subject for subject in subjects}
    known = set(queued["alert_id"])
    rows = []
    for channel in channels:
        mine = [rule for rule in settings.alert_rules if rule.channel == channel.name]
        for path in sorted(_cap_folder(workspace).glob("*.xml")):
            try:
                raw = path.read_bytes()
            except OSError:  # another run was put up meanwhile; its own cycle sends it
                continue
            head = parse_head(raw)
            if head is None or not _is_wanted(mine, by_event.get(head.event_id), at):
                continue
            row = alert_row(
                (channel.name, ""), "cap", f"cap/{head.event_id}/{head.sent.isoformat()}",
                title=head.event_id, text=raw.decode(), is_loud=head.kind == "Alert", at=at,
            )  # fmt: skip
            if row["alert_id"] not in known:
                rows.append(row | {"event_id": head.event_id})
    return alert_table(rows)


def _cap_folder(workspace: Workspace) -> Path:
    return workspace.home.published_dir / "internal" / "exports" / "cap"


def _is_wanted(rules: Sequence[AlertRule], subject: Subject | None, at: datetime) -> bool:
    """Whether a rule of a CAP channel lets an event through; one that is gone goes to all."""
    if not rules or subject is None:
        return True
    return any(
        "cap" in rule.kinds and is_meant(rule, subject) and in_hours(rule.hours, at)
        for rule in rules
    )


def send_alerts(workspace: Workspace) -> tuple[int, tuple[str, ...]]:
    """Send what waits, the oldest first, within what each channel takes; the clock is the real one.

    Returns
    -------
    int
        Messages that their receivers took.
    tuple of str
        Channels that did not take one, and why. The others were sent all the same.
    """
    settings, ledger = workspace.settings, workspace.ledger
    waiting = ledger.load_waiting_alerts(_now())
    sent, faults = 0, []
    for channel in settings.alert_channels:
        mine = waiting[waiting["channel"] == channel.name]
        try:
            for recipient, rows in mine.groupby("recipient", sort=True):
                for some in _parcels(rows, settings.alert_digest_over, channel):
                    sent += _send(workspace, channel, str(recipient), some)
        except NotTaken as error:
            faults.append(f"alerts to {channel.name}: {error.why}")
    return sent, tuple(faults)


def _parcels(
    rows: pd.DataFrame, digest_over: int, channel: AlertChannel
) -> list[list[dict[str, Any]]]:
    """Alerts that go together: each by itself, all in one when there are many; CAP never."""
    plain = plain_rows(rows)
    if len(plain) > digest_over and channel.kind != "cap":
        return [plain[first : first + 400] for first in range(0, len(plain), 400)]
    return [[row] for row in plain]


def _send(
    workspace: Workspace, channel: AlertChannel, recipient: str, rows: list[dict[str, Any]]
) -> bool:
    """Send alerts in one message; False when another sender has them or the minute is full."""
    settings, ledger = workspace.settings, workspace.ledger
    at = _now()
    if ledger.count_sent_since(channel.name, at - timedelta(minutes=1)) >= per_minute(channel):
        return False
    ids = [row["alert_id"] for row in rows]
    message_id = hashlib.sha256(" ".join(sorted(ids)).encode()).hexdigest()[:24]
    if not ledger.claim_alerts(ids, message_id, at=at):
        return False
    message = _message(rows, message_id, recipient, at, settings.desk_url, settings.lang)
    try:
        send_message(channel, message, own_hosts=settings.alert_own_hosts)
    except NotTaken as error:
        wait = max(backoff(rows[0]["tries"] + 1), timedelta(seconds=error.wait_s))
        if error.is_lasting:
            wait = max(wait, timedelta(minutes=10))
        ledger.note_not_sent(message_id, error.why, next_at=_now() + wait)
        raise
    except Exception as error:  # whatever goes wrong here must not keep the map from being drawn
        why = f"a fault of the sender ({type(error).__name__})"
        ledger.note_not_sent(message_id, why, next_at=_now() + timedelta(minutes=10))
        raise NotTaken(why) from error
    except BaseException:
        ledger.note_not_sent(message_id, "the sender ended", next_at=_now())
        raise
    ledger.note_sent(message_id, at=_now())
    return True


def _message(
    rows: list[dict[str, Any]],
    message_id: str,
    recipient: str,
    at: datetime,
    desk_url: str,
    lang: str,
) -> Message:
    ids = tuple(row["alert_id"] for row in rows)
    is_loud = any(row["is_loud"] for row in rows)
    base = desk_url.rstrip("/")
    if len(rows) == 1:
        (row,) = rows
        has_page = base and row["kind"] not in ("cap", "test", "ended")
        link = f"{base}/alerts/{row['token']}" if has_page else ""
        return Message(message_id, row["title"], row["text"], is_loud, at, ids, recipient, link)
    lines = [row["title"] for row in rows[:_LINES]]
    if len(rows) > _LINES:
        more = len(rows) - _LINES
        lines.append(f"另有 {more} 条" if lang == "zh" else f"and {more} more")
    title = (
        f"【林火热点】{len(rows)} 条提醒" if lang == "zh" else f"[forest fire] {len(rows)} alerts"
    )
    text = "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1))
    return Message(message_id, title, text, is_loud, at, ids, recipient, base)


def queue_test(workspace: Workspace, name: str, *, at: datetime) -> int:
    """Queue a test for each receiver of a channel; how many. Raises NotFound."""
    channels = {one.name: one for one in workspace.settings.alert_channels}
    if name not in channels:
        raise NotFound(
            "no such alert channel",
            expected=", ".join(sorted(channels)) or "a channel in the settings",
            found=repr(name[:40]),
        )
    zh = workspace.settings.lang == "zh"
    title = "【测试】jdzfire 提醒通道" if zh else "[test] jdzfire alerts"
    text = "收到此消息表示通道可用，无需处理。" if zh else "The channel works; nothing to do."
    subject = f"test/{at.isoformat()}"
    rows = [
        alert_row((name, recipient), "test", subject, title=title, text=text, is_loud=False, at=at)
        for recipient in recipients_of(channels[name])
    ]
    return workspace.ledger.queue_alerts(alert_table(rows))


def _now() -> datetime:
    return datetime.now(UTC)
