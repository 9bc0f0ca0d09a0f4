"""Triage: nothing when nothing came, else a round of judging (:mod:`jdzfire.pipeline.judge`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jdzfire.pipeline.ingest import mark_done
from jdzfire.pipeline.outcome import Outcome
from jdzfire.queries.knowledge import Knowledge, knowledge_of
from jdzfire.store.cycle_note import load_cycle_note
from jdzfire.workspace import Workspace


def run_triage(workspace: Workspace, *, at: datetime, everything: bool = False) -> Outcome:
    """Join new hotspots, judge what they touch and what has not ended, open cases.

    What is new or updated follows from the inputs that were archived and not judged yet, so a run
    that was killed in between is made good by the next one.

    Parameters
    ----------
    workspace : Workspace
    at : datetime
    everything : bool
        Judge ended events too, for example after a register was corrected.

    Returns
    -------
    Outcome

    Notes
    -----
    When nothing changed since the last round and no event comes to its end, nothing is read. When
    only hotspots came or cases changed, what they can touch is read; otherwise all there is.
    """
    known = knowledge_of(workspace)
    noted = load_cycle_note(workspace.home, "judged")
    follows = not everything and _follows(noted, known, at)
    if follows and _is_judged(noted, known, at):
        mark_done(workspace)  # empty files
        return Outcome(noted["count"], noted["unresolved"], opened=0, reopened=0)
    from jdzfire.pipeline.judge import judge  # half a second of imports

    since = (known, noted) if follows else None
    return judge(workspace, at=at, everything=everything, since=since)


def _follows(noted: Mapping[str, Any], known: Knowledge, at: datetime) -> bool:
    """Whether all that happened since the last round is that hotspots came or cases changed."""
    return (
        noted.get("setting") == known.setting
        and noted.get("events") == known.events
        and noted["at"] <= at.timestamp()
        and noted["latest"] <= at.timestamp()
    )


def _is_judged(noted: Mapping[str, Any], known: Knowledge, at: datetime) -> bool:
    """Whether nothing happened at all, and no event becomes dormant or ends by now."""
    return noted["judged_from"] == known.judged_from and (
        noted["until"] is None or at.timestamp() < noted["until"]
    )
