"""A mark in every text field of a board: what the public must not see is in no published file."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from jdzfire.publish import Board, public_edition
from jdzfire.publish.labels import Lang
from tests.publish.planting import (
    KEYS,
    OPEN,
    OURS,
    PRIVATE,
    Field,
    full_board,
    plant,
    quote_people,
    tables_of,
    text_fields,
)
from tests.publish.published import publish_all, said_in

pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")


def mark_of(table: str, column: str, row: int) -> str:
    return f"MARK.{table}.{column}.{row}."


_MARK = re.compile(r"MARK\.(\w+)\.(\w+)\.\d+\.")


@pytest.fixture(scope="module")
def marked(make_board: Callable[..., Board]) -> Board:
    """Marks in all private and open fields, those of people quoted in a sentence."""
    return quote_people(plant(full_board(make_board()), mark_of, in_fields=PRIVATE | OPEN))


def marks_in(files: dict[str, bytes], folder: Path) -> dict[Field, set[str]]:
    """Field -> the files in which its mark stands."""
    found: dict[Field, set[str]] = {}
    for name, text in said_in(files, folder):
        for table, column in _MARK.findall(text):
            found.setdefault((table, column), set()).add(name.split(" ")[0])
    return found


def test_every_text_field_is_told_and_every_table_has_rows(marked: Board) -> None:
    told = [PRIVATE, OPEN, KEYS, OURS]
    assert text_fields(marked) == set().union(*told)
    assert sum(map(len, told)) == len(set().union(*told))
    assert [name for name, table in tables_of(marked).items() if table.empty] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_private_field_is_in_any_public_file(marked: Board, lang: Lang, tmp_path: Path) -> None:
    files = publish_all(marked, "public", lang)
    assert len(files) > 20
    found = marks_in(files, tmp_path)
    assert {field: names for field, names in found.items() if field in PRIVATE} == {}
    assert ("verdicts", "place") in found  # what anybody may read is there


def test_the_duty_room_sees_what_it_needs(marked: Board, tmp_path: Path) -> None:
    found = marks_in(publish_all(marked, "internal"), tmp_path)
    page = {field for field, names in found.items() if "index.html" in names}
    assert page >= PRIVATE - {("special_days", "remark")}
    gpkg = {field for field, names in found.items() if "exports/events.gpkg" in names}
    assert gpkg >= {field for field in PRIVATE if field[0] in ("permits", "teams", "hotspots")}
    papers = {field for field, names in found.items() if any("papers/" in n for n in names)}
    assert papers >= {("permits", "applicant"), ("permits", "contact"), ("permits", "phone")}
    assert papers >= {("teams", "leader"), ("teams", "phone")}
    assert ("special_days", "remark") not in found  # the number of a document: nobody asks


def test_the_public_board_itself_holds_no_private_text(marked: Board) -> None:
    cut = public_edition(marked)
    for name, column in PRIVATE:
        assert tables_of(cut)[name][column].isna().all(), (name, column)
    assert cut.permits.geometry.is_empty.all()
    assert cut.permits.crs == marked.permits.crs
    assert len(cut.permits) == len(marked.permits) > 0
    assert not marked.permits.geometry.is_empty.any()


def test_where_a_lot_lies_is_in_no_public_file(marked: Board, tmp_path: Path) -> None:
    corners = shapely.get_coordinates(marked.permits.geometry.to_numpy())
    files = publish_all(marked, "public")
    said = dict(said_in(files, tmp_path))
    shown = dict(said_in(publish_all(marked, "internal"), tmp_path))
    as_number = {f"{v:.4f}"[:-1] for v in corners.ravel()}  # 117.174: a place within some 100 m
    assert any(number in text for number in as_number for text in shown.values())
    for name, text in said.items():
        assert [number for number in as_number if number in text] == [], name
    packed = [struct.pack("<d", v) for v in corners.ravel()]
    for name, content in files.items():
        assert not any(one in content for one in packed), name
