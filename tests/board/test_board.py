"""How a board is cut for the public; that nothing private is published: test_editions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jdzfire.board.board import REDACTED, Board
from jdzfire.board.public_edition import public_edition
from jdzfire.schemas import HOTSPOTS, PERMITS, TEAMS, decode_reasons, validate


def test_tables_without_private_texts_keep_their_contract(
    make_board: Callable[..., Board],
) -> None:
    public = public_edition(make_board())
    validate(public.permits, PERMITS)
    validate(public.teams, TEAMS)
    validate(public.hotspots, HOTSPOTS)


def test_names_and_phones_are_cut_out_of_the_sentences_of_rules(
    make_board: Callable[..., Board],
) -> None:
    board = make_board()
    row = board.verdicts.index[board.verdicts["event_id"] == "JDZ-20240316-002"][0]
    before = decode_reasons(board.verdicts.loc[row, "reasons"])[1].text_zh
    after = decode_reasons(public_edition(board).verdicts.loc[row, "reasons"])[1].text_zh
    assert "李大山" in before
    assert "13807981234" in before
    assert (
        after == f"与报备 P1 地点相符，但比批准时间晚 5.3 小时；负责人{REDACTED}，电话{REDACTED}。"
    )


def test_a_phone_nobody_registered_is_cut_out_too(make_board: Callable[..., Board]) -> None:
    board = make_board()
    text = board.verdicts["reasons"].str.replace("13807981234", "0798-8281119")
    public = public_edition(make_board(verdicts=board.verdicts.assign(reasons=text)))
    assert not public.verdicts["reasons"].str.contains("8281119").any()


def test_event_ids_stay_and_offices_numbers_become_numbers_of_the_edition(
    make_board: Callable[..., Board],
) -> None:
    board = make_board()
    public = public_edition(board)
    assert public.verdicts["event_id"].tolist() == board.verdicts["event_id"].tolist()
    assert board.verdicts["reasons"].str.contains("浮林火2024-017").sum() == 2
    assert public.verdicts["reasons"].str.contains("浮林火2024-017").sum() == 0
    assert public.verdicts["reasons"].str.contains("P1").sum() == 2
    (own,) = set(board.permits["permit_id"]) & {"浮林火2024-017"}
    at = board.permits["permit_id"].tolist().index(own)
    assert public.permits["permit_id"].iloc[at] == "P1"


def test_the_board_handed_in_is_not_changed(make_board: Callable[..., Board]) -> None:
    board = make_board()
    public_edition(board)
    assert board.permits["phone"].tolist() == ["13807981234"] * 3


@pytest.mark.parametrize("table", ["permits", "teams", "heat_sources", "hotspots", "verdicts"])
def test_empty_stays_empty(empty_board: Board, table: str) -> None:
    before, after = getattr(empty_board, table), getattr(public_edition(empty_board), table)
    assert len(after) == 0
    assert list(after.columns) == list(before.columns)
