"""How the feeds do and what was last observed: of a board what needs no drawing."""

from __future__ import annotations

from datetime import datetime

import pandas as pd

from jdzfire.board.board import Board
from jdzfire.queries.coverage import observations_at
from jdzfire.store.registers import load_register
from jdzfire.workspace import Workspace


def load_feed_board(workspace: Workspace, *, at: datetime) -> Board:
    """Of a board only what its page renews without being drawn: the feeds, the observations."""
    admin = load_register(workspace.home, "admin")
    return Board(
        now=at,
        admin=admin,
        feeds=feeds_at(workspace, at),
        observations=observations_at(workspace, admin, at=at),
        city=workspace.settings.city,
    )


def feeds_at(workspace: Workspace, at: datetime) -> pd.DataFrame:
    """The feeds, with those late by now that were well in the last cycle."""
    feeds = workspace.ledger.load_feeds()
    patience = {name: feed.late_after_h for name, feed in workspace.feeds.items()}
    patience_h = feeds["feed"].map(patience).astype("float64")
    age_h = (pd.Timestamp(at) - feeds["last_data_at"]).dt.total_seconds() / 3600.0
    is_late = (feeds["state"] == "ok") & (age_h > patience_h)
    return feeds.assign(state=feeds["state"].mask(is_late, "late"), late_after_h=patience_h)
