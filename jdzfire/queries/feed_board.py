"""How the feeds do and what was last observed: of a board what needs no drawing."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from jdzfire.board.board import Board
from jdzfire.queries.coverage import observations_at
from jdzfire.queries.knowledge import digest, knowledge_of
from jdzfire.store.cycle_note import load_cycle_note, save_cycle_note
from jdzfire.store.derived import load_derived, save_derived
from jdzfire.store.registers import load_register
from jdzfire.workspace import Workspace

_KNOWN_FOR = timedelta(minutes=30)
"""Observations are computed again at least so often [K]: spans grow old, a feed falls silent."""


def load_feed_board(workspace: Workspace, *, at: datetime) -> Board:
    """Of a board only what its page renews without being drawn: the feeds, the observations."""
    admin = load_register(workspace.home, "admin")
    return Board(
        now=at,
        admin=admin,
        feeds=feeds_at(workspace, at),
        observations=_known_observations(workspace, admin, at),
        city=workspace.settings.city,
    )


def _known_observations(workspace: Workspace, admin: Any, at: datetime) -> pd.DataFrame:
    """Last observations, computed again only when data came or an expected pass is due."""
    known = knowledge_of(workspace)
    made_of = digest(known.setting, *sorted(known.archive), known.feeds)
    noted = load_cycle_note(workspace.home, "observations")
    kept = load_derived(workspace.home, "observations", made_of=made_of)
    span = (noted["at"], noted["until"]) if noted.get("made_of") == made_of else (0.0, 0.0)
    if kept is not None and span[0] <= at.timestamp() < span[1]:
        return pd.read_parquet(io.BytesIO(kept))
    found = observations_at(workspace, admin, at=at)
    expected = found["next_expected_at"].dropna()
    until = min([at + _KNOWN_FOR, *(when for when in expected if when > at)])
    target = io.BytesIO()
    found.to_parquet(target)
    save_derived(workspace.home, "observations", target.getvalue(), made_of=made_of)
    note = {"made_of": made_of, "at": at.timestamp(), "until": until.timestamp()}
    save_cycle_note(workspace.home, "observations", note)
    return found


def feeds_at(workspace: Workspace, at: datetime) -> pd.DataFrame:
    """The feeds, with those late by now that were well in the last cycle."""
    feeds = workspace.ledger.load_feeds()
    patience = {name: feed.late_after_h for name, feed in workspace.feeds.items()}
    patience_h = feeds["feed"].map(patience).astype("float64")
    age_h = (pd.Timestamp(at) - feeds["last_data_at"]).dt.total_seconds() / 3600.0
    is_late = (feeds["state"] == "ok") & (age_h > patience_h)
    return feeds.assign(state=feeds["state"].mask(is_late, "late"), late_after_h=patience_h)
