"""A mark in every private field of the board: none of them in any public export."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from jdzfire.publish import PUBLISHERS, Board, publish_alerts
from jdzfire.schemas import Reason, encode_reasons

EXPORTS = ("geojson", "gpkg", "kml", "sheets")
PRIVATE = {
    "permits": ("applicant", "contact", "phone"),
    "teams": ("leader", "phone"),
    "heat_sources": ("approved_by", "evidence"),
    "hotspots": ("remark",),
    "feeds": ("detail",),
}


@pytest.fixture
def marked(make_board: Callable[..., Board]) -> tuple[Board, set[str]]:
    """The board, and the marks in it; a rule has quoted those of people in a sentence."""
    board = make_board()
    tables, marks = {}, set()
    for name, columns in PRIVATE.items():
        table = getattr(board, name)
        for column in columns:
            mark = f"MARK-{name}-{column}-"
            marks.add(mark)
            texts = [f"{mark}{i}" for i in range(len(table))]
            table = table.assign(**{column: pd.Series(texts, table.index, dtype="str")})
        tables[name] = table
    quoted = "、".join(f"MARK-{n}-{c}-0" for n, c in (("permits", "contact"), ("teams", "leader")))
    reasons = encode_reasons([Reason("permit.place", "failed", f"问{quoted}", f"ask {quoted}")])
    tables["verdicts"] = board.verdicts.assign(reasons=reasons)
    return make_board(**tables), marks


def cells(content: bytes, folder: Path) -> str:
    """Every value of every table of a GeoPackage."""
    path = folder / "cells.gpkg"
    path.write_bytes(content)
    with closing(sqlite3.connect(path)) as base:
        names = [r[0] for r in base.execute("SELECT table_name FROM gpkg_contents ORDER BY 1")]
        return "\n".join(
            str(value)
            for name in names
            for row in base.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - our own names
            for value in row
        )


def contents(board: Board, edition: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Every file of every export as text, and of a GeoPackage every cell."""
    files: dict[str, bytes] = {}
    for name in EXPORTS:
        files |= PUBLISHERS[name](board, edition=edition)  # type: ignore[arg-type]
    files |= publish_alerts(board, files, edition=edition)  # type: ignore[arg-type]
    for name, content in files.items():
        yield name, content.decode("utf-8", "ignore")
        if name.endswith(".gpkg"):
            yield f"{name} cells", cells(content, folder)
        if name.endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                for part in book.namelist():
                    yield f"{name}/{part}", book.read(part).decode("utf-8")


def test_no_public_export_holds_a_mark(marked: tuple[Board, set[str]], tmp_path: Path) -> None:
    board, _ = marked
    names = []
    for name, text in contents(board, "public", tmp_path):
        names.append(name)
        assert "MARK-" not in text, name
    assert len(names) > 10


def test_the_marks_would_be_found(marked: tuple[Board, set[str]], tmp_path: Path) -> None:
    board, marks = marked
    found = {
        mark for _, text in contents(board, "internal", tmp_path) for mark in marks if mark in text
    }
    # evidence and who approved works, and the details of feeds, are in no export at all
    assert found == {m for m in marks if "heat_sources" not in m and "feeds" not in m}


def test_public_exports_name_no_approval_but_in_a_reason(
    marked: tuple[Board, set[str]], tmp_path: Path
) -> None:
    board, _ = marked
    for name, text in contents(board, "public", tmp_path):
        assert "浮林火2024" not in text, name
    path = tmp_path / "public.gpkg"
    path.write_bytes(PUBLISHERS["gpkg"](board, edition="public")["exports/events.gpkg"])
    with closing(sqlite3.connect(path)) as base:
        columns = {row[1] for row in base.execute("PRAGMA table_info(events)")}
    assert not {"explained_by", "nearest_leader", "nearest_phone"} & columns
