"""The state of a run for machines: ``status.json``. No names, phones or remarks in it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from jdzfire.board import coverage
from jdzfire.board.board import Board, Edition
from jdzfire.board.summary import data_time, summarise_events
from jdzfire.board.wording import iso_utc, minutes_since, number_or_none, records
from jdzfire.schemas import VERDICT_NAMES
from jdzfire.triage.duty import ASKING_VERDICTS


def describe_status(
    board: Board, *, edition: Edition, note: Mapping[str, Any], files: Mapping[str, bytes]
) -> dict[str, Any]:
    """State of a run: times, counts, feeds, observations and files.

    Parameters
    ----------
    board : Board
    edition : {"internal", "public"}
    note : mapping
        From :func:`jdzfire.provenance.product_note`.
    files : mapping of str to bytes
        What lies beside it.

    Returns
    -------
    dict
        Ready for JSON; times ISO UTC with Z, ages in whole minutes before ``data_at``; the same
        board and files give the same status.
    """
    return {
        "program": note["program"],
        "version": note["version"],
        "edition": edition,
        "drawn_at": note["data_at"],
        "rules_version": note["rules_version"],
        "counts": _counts(board),
        **_renewed(board, files),
    }


def renew_status(
    status: Mapping[str, Any], board: Board, *, files: Mapping[str, bytes]
) -> dict[str, Any]:
    """The status of a run that was checked again and found to be as it was drawn.

    Parameters
    ----------
    status : mapping
        As it was.
    board : Board
        Of now; only its feeds and observations are read.
    files : mapping of str to bytes
        What lies beside it.
    """
    return {**status, **_renewed(board, files)}


def status_text(status: Mapping[str, Any]) -> bytes:
    """The bytes of ``status.json``."""
    return (json.dumps(status, ensure_ascii=False, indent=1) + "\n").encode()


def _renewed(board: Board, files: Mapping[str, bytes]) -> dict[str, Any]:
    coming = coverage.next_viirs_pass(board)
    return {
        "data_at": iso_utc(board.now),
        "newest_data_at": iso_utc(data_time(board)),
        "feeds": [_feed(row, board) for row in records(board.feeds.sort_values("feed"))],
        "looks": _observations(board),
        "next_pass": None
        if coming is None
        else {"at": iso_utc(coming[0]), "is_about": bool(coming[1])},
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in sorted(files.items())
        },
    }


def _counts(board: Board) -> dict[str, Any]:
    summaries = summarise_events(board)
    opened = [summary for summary in summaries if summary.is_open]
    explained = Counter(summary.verdict for summary in summaries if summary.group == "explained")
    return {
        "open": len(opened),
        "unresolved": sum(summary.verdict == "unresolved" for summary in opened),
        "permit_violation": sum(summary.verdict == "permit_violation" for summary in opened),
        "to_confirm": sum(summary.verdict not in ASKING_VERDICTS for summary in opened),
        "overdue": sum(
            bool(summary.row["case"] and summary.row["case"]["overdue"]) for summary in opened
        ),
        "explained": {
            name: explained[name] for name in VERDICT_NAMES if name not in ASKING_VERDICTS
        },
        "closed": sum(summary.group == "closed" for summary in summaries),
        "ended": int((board.events["state"] == "ended").sum()),
    }


def _feed(row: Mapping[str, Any], board: Board) -> dict[str, Any]:
    return {
        "feed": str(row["feed"]),
        "state": str(row["state"]),
        "last_ok_at": iso_utc(row["last_ok_at"]),
        "last_data_at": iso_utc(row["last_data_at"]),
        "age_min": minutes_since(row["last_data_at"], board.now),
        "late_after_h": number_or_none(row.get("late_after_h")),
    }


def _observations(board: Board) -> dict[str, Any]:
    """How long ago the townships were last observed; the one waiting longest by name."""
    rows = coverage.observation_rows(board)
    ages = [row["age_min"] for row in rows if row["age_min"] is not None]
    return {
        "townships": len(rows),
        "never": len(rows) - len(ages),
        "oldest_min": max(ages, default=None),
        "oldest_township": next((r["name"] for r in rows if r["age_min"] is not None), None),
    }
