"""Permits in public exports; that no private field is in any: tests/board/test_editions.py."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from jdzfire.board.board import Board
from jdzfire.site.publishers import PUBLISHERS, publish_alerts
from tests.site.published import said_in

EXPORTS = ("geojson", "gpkg", "kml", "sheets")


def test_public_exports_name_no_approval_but_in_a_reason(
    make_board: Callable[..., Board], tmp_path: Path
) -> None:
    board = make_board()
    reasons = board.verdicts["reasons"].str.replace("浮林火", "报备")
    board = make_board(verdicts=board.verdicts.assign(reasons=reasons))
    files: dict[str, bytes] = {}
    for name in EXPORTS:
        files |= PUBLISHERS[name](board, edition="public")
    files |= publish_alerts(board, files, edition="public")
    assert len(files) > 5
    for name, text in said_in(files, tmp_path):
        assert "浮林火2024" not in text, name
    path = tmp_path / "public.gpkg"
    path.write_bytes(files["exports/events.gpkg"])
    with closing(sqlite3.connect(path)) as base:
        columns = {row[1] for row in base.execute("PRAGMA table_info(events)")}
    assert not {"explained_by", "nearest_leader", "nearest_phone"} & columns
