"""Which CAP message each event has: Alert, Update with references, Cancel.

What belongs here: the chain of messages. How one is written is in
:mod:`jdzfire.alerts.cap`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

import pandas as pd

from jdzfire.alerts.cap import (
    CapOptions,
    Head,
    Kind,
    cap_ground,
    file_name,
    parse_head,
    write_message,
)
from jdzfire.board.board import Board, Edition
from jdzfire.board.summary import EventSummary, summarise_events
from jdzfire.board.text import word
from jdzfire.triage.duty import needs_answer

CANCEL_KEPT = timedelta(hours=24)
"""A Cancel stays in the folder this long, so that who polls once a day meets it [K]."""

_MOST_REFERENCES = 50
"""Earlier messages an Update names; it supersedes those they named [K]."""


def cap_messages(
    board: Board,
    *,
    edition: Edition = "internal",
    options: CapOptions | None = None,
    previous: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """One CAP 1.2 message for each event that needs the duty room, or lately ceased to.

    With the messages sent before, an event that has the same content keeps its message byte for
    byte; one that has other content (verdict, priority, last observation, outline) gets an Update
    that names the messages before it; one that is explained, closed, merged or gone gets a Cancel.
    Without them the chain is made again from the ledger's decisions (``board.verdict_history``):
    each decision from the first that asks for an answer on is a message of that moment, and a
    closed case cancels at its closing.

    Parameters
    ----------
    board : Board
        Already cut to its edition.
    edition : {"internal", "public"}
        Scope Restricted or Public; each edition has a chain of its own.
    options : CapOptions, optional
    previous : mapping of file name to bytes, optional
        The messages in the folder of this edition; any that cannot be read is taken
        as not sent. None: nothing is known of what was sent.

    Returns
    -------
    dict of bytes
        ``exports/cap/<event_id>.xml``, by event. The same board and previous messages give the
        same bytes.

    Notes
    -----
    An identifier is the event, ``i`` or ``p`` for the edition, and the moment it was sent, and
    so never names two contents. About n log m for n events and m decisions.
    """
    chosen = options or CapOptions()
    pairs = {
        word(zh.event_id): (zh, en)
        for zh, en in zip(
            sorted(summarise_events(board, lang="zh"), key=_event_id),
            sorted(summarise_events(board, lang="en"), key=_event_id),
            strict=True,
        )
    }
    ground = cap_ground(board)

    def write(event_id: str, head: Head) -> bytes:
        return write_message(ground, pairs.get(event_id), head, chosen)

    if previous is None:
        heads = _heads_from_ledger(board, (zh for zh, _ in pairs.values()), edition, chosen)
        messages = {event_id: write(event_id, head) for event_id, head in heads.items()}
    else:
        messages = _continue(board, pairs, edition, write, previous)
    return {file_name(event_id): messages[event_id] for event_id in sorted(messages)}


def _event_id(summary: EventSummary) -> str:
    return summary.event_id


def _continue(
    board: Board,
    pairs: Mapping[str, tuple[EventSummary, EventSummary]],
    edition: Edition,
    write: Callable[[str, Head], bytes],
    previous: Mapping[str, bytes],
) -> dict[str, bytes]:
    now = pd.Timestamp(board.now).floor("s")
    parsed = [(parse_head(content), content) for content in previous.values()]
    held = {head.event_id: (head, content) for head, content in parsed if head is not None}
    messages: dict[str, bytes] = {}
    for event_id in sorted(set(pairs) | set(held)):
        pair = pairs.get(event_id)
        is_open = pair is not None and pair[0].is_open
        head, content = held.get(event_id, (None, b""))
        sent = now if head is None else max(now, head.sent + pd.Timedelta(seconds=1))
        if head is None or (head.kind == "Cancel" and is_open):
            if is_open:
                fresh = Head.new(event_id, edition, sent, "Alert")
                messages[event_id] = write(event_id, fresh)
        elif head.kind == "Cancel":
            if now - head.sent < CANCEL_KEPT:
                messages[event_id] = content
        elif is_open and write(event_id, head) == content:
            messages[event_id] = content
        else:
            kind: Kind = "Update" if is_open else "Cancel"
            references = (*head.references, head.reference)[-_MOST_REFERENCES:]
            following = Head.new(event_id, edition, sent, kind, references)
            messages[event_id] = write(event_id, following)
    return messages


def _heads_from_ledger(
    board: Board, summaries: Iterable[EventSummary], edition: Edition, options: CapOptions
) -> dict[str, Head]:
    now = pd.Timestamp(board.now).floor("s")
    moments = _moments(board, now)
    closed_at = board.cases.set_index("event_id")["closed_at"].dropna().to_dict()
    decided_at = board.verdicts.set_index("event_id")["decided_at"].to_dict()
    heads: dict[str, Head] = {}
    for summary in summaries:
        times = moments.get(summary.event_id, [])
        if summary.is_open and not times:
            times = [
                pd.Timestamp(decided_at.get(summary.event_id, summary.last_seen_at)).floor("s")
            ]
        if summary.group == "closed" and times:
            end = pd.Timestamp(closed_at.get(summary.event_id, times[-1])).floor("s")
            times = [*times, max(end, times[-1] + pd.Timedelta(seconds=1))]
        if not times or (
            not summary.is_open and (len(times) < 2 or now - times[-1] >= CANCEL_KEPT)
        ):
            continue
        chain = [Head.new(summary.event_id, edition, at, "Alert") for at in times]
        references = tuple(head.referred(options.sender) for head in chain[:-1])
        kind: Kind = "Cancel" if not summary.is_open else "Update" if references else "Alert"
        heads[word(summary.event_id)] = replace(
            chain[-1], kind=kind, references=references[-_MOST_REFERENCES:]
        )
    return heads


def _moments(board: Board, now: pd.Timestamp) -> dict[str, list[pd.Timestamp]]:
    """Moments of decision of each event, from the first that asked for an answer on."""
    history = board.verdict_history.sort_values(["event_id", "seq"])
    history = history[history["decided_at"] <= now]
    asked = needs_answer(history).groupby(history["event_id"]).cummax()
    found: dict[str, list[pd.Timestamp]] = {}
    for event_id, at in zip(history["event_id"][asked], history["decided_at"][asked], strict=True):
        times = found.setdefault(str(event_id), [])
        moment = pd.Timestamp(at).floor("s")
        if not times or moment > times[-1]:
            times.append(moment)
    return found
