"""Boards for exports: one with a mark in every private field, one with hostile texts."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from jdzfire.board.board import HISTORY_COLUMNS, Board

HOSTILE_TEXTS = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "]]> &amp; &#0; <!-- x",
    "nul\x00bell\x07村",
    "lone\ud800surrogate",
    "\u202eright to left\u2066",
    "+1 -1 @SUM(A1)\t\r\n",
    "#N/A",
    "名" * 10_000,
)
"""What may stand in a table of an office, by accident or not."""


@pytest.fixture
def hostile_board(make_board: Callable[..., Board]) -> Board:
    """Every text a person may write, of events, teams, permits, hotspots and areas, is hostile."""
    board = make_board()

    def put(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
        texts = [HOSTILE_TEXTS[i % len(HOSTILE_TEXTS)] for i in range(len(table))]
        return table.assign(**{c: pd.Series(texts, table.index, dtype=object) for c in columns})

    return make_board(
        verdicts=put(board.verdicts, "place", "county", "township", "explained_by"),
        teams=put(board.teams, "name", "leader", "phone", "township"),
        permits=put(board.permits, "applicant", "contact", "phone", "place", "purpose"),
        hotspots=put(board.hotspots, "remark"),
        admin=put(board.admin, "name"),
        city=HOSTILE_TEXTS[0],
    )


@pytest.fixture
def history() -> Callable[..., pd.DataFrame]:
    """``history((event_id, verdict, moment), ...)``: decisions as the ledger numbers them."""

    def build(*decisions: tuple[str, str, str]) -> pd.DataFrame:
        rows = [
            {
                "seq": seq,
                "event_id": event_id,
                "verdict": verdict,
                "is_provisional": False,
                "decided_at": pd.Timestamp(moment),
            }
            for seq, (event_id, verdict, moment) in enumerate(decisions, 1)
        ]
        return pd.DataFrame(rows, columns=list(HISTORY_COLUMNS)).astype(HISTORY_COLUMNS)

    return build
