"""CAP 1.2: valid by its tables; Alert, Update with references, Cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from lxml import etree

from jdzfire.alerts.cap import parse_head
from jdzfire.alerts.messages import CapOptions, cap_messages
from jdzfire.board.board import Board
from jdzfire.board.public_edition import public_edition
from tests.board.afternoon import NOW

ONE = "JDZ-20240316-001"
EIGHT = "JDZ-20240316-008"  # permitted
TWELVE = "JDZ-20240316-012"  # its case is closed
SPACE = "{urn:oasis:names:tc:emergency:cap:1.2}"


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(Path(__file__).with_name("cap_1_2.xsd"))))


def texts(content: bytes, path: str) -> list[str]:
    steps = "/".join(SPACE + step for step in path.split("/"))
    return [node.text or "" for node in etree.fromstring(content).findall(steps)]


def of(messages: dict[str, bytes], event_id: str) -> bytes:
    return messages[f"exports/cap/{event_id}.xml"]


def later(board: Board, minutes: float) -> Board:
    return replace(board, now=board.now + pd.Timedelta(minutes=minutes))


def with_event(board: Board, event_id: str, **changes: Any) -> Board:
    """The board with other values of one event, whichever table the column is of."""
    tables = {"events": board.events.copy(), "verdicts": board.verdicts.copy()}
    for column, value in changes.items():
        table = tables["events" if column in board.events else "verdicts"]
        table.loc[table["event_id"] == event_id, column] = value
    return replace(board, **tables)


@pytest.mark.parametrize("edition", ["internal", "public"])
def test_every_message_is_valid(
    make_board: Callable[..., Board], schema: etree.XMLSchema, edition: Any
) -> None:
    board = make_board() if edition == "internal" else public_edition(make_board())
    messages = cap_messages(board, edition=edition)
    assert [name[-7:-4] for name in messages] == ["001", "002", "003", "004", "005", "006", "007"]
    for content in messages.values():
        schema.assertValid(etree.fromstring(content))
        is_public = edition == "public"
        assert texts(content, "scope") == ["Public" if is_public else "Restricted"]
        assert bool(texts(content, "restriction")) is not is_public
    assert cap_messages(board, edition=edition) == messages


def test_the_schema_of_the_tests_refuses(
    make_board: Callable[..., Board], schema: etree.XMLSchema
) -> None:
    content = of(cap_messages(make_board()), ONE)
    for good, bad in (
        (b"<status>Actual", b"<status>Real"),
        (b"+08:00</sent>", b"Z</sent>"),
        (b"<urgency>Immediate</urgency>", b""),
        (b"<category>Fire</category>", b""),
        (b"jdzfire@localhost</sender>", b"a b,c</sender>"),
    ):
        assert good in content
        assert not schema.validate(etree.fromstring(content.replace(good, bad)))


def test_what_a_message_says(make_board: Callable[..., Board]) -> None:
    options = CapOptions(sender="duty@example.org", status="Exercise")
    content = of(cap_messages(make_board(), options=options), ONE)
    assert texts(content, "sender") == ["duty@example.org"]
    assert texts(content, "status") == ["Exercise"]
    assert texts(content, "msgType") == ["Alert"]
    # decided at 08:10Z, which is 16:10 in Beijing
    assert texts(content, "sent") == ["2024-03-16T16:10:00+08:00"]
    assert texts(content, "identifier") == [f"{ONE}.i.20240316T081000Z"]
    assert texts(content, "info/language") == ["zh-CN", "en-US"]
    assert texts(content, "info/event") == ["森林火情", "Forest fire hotspot"]
    # priority 86 is level 1 (from 70)
    assert texts(content, "info/urgency") == ["Immediate"] * 2
    assert texts(content, "info/severity") == ["Severe"] * 2
    assert texts(content, "info/certainty") == ["Likely"] * 2  # six hotspots
    assert texts(content, "info/headline")[0] == "待核查：浮梁县瑶里镇高岭村东北1.2公里"
    assert texts(content, "info/area/geocode/value") == ["360222"] * 2
    # last seen 2.6 h before 16:10
    assert "2024-03-16T13:34:00+08:00" in texts(content, "info/parameter/value")


def test_polygons_are_closed_and_tell_latitude_first(make_board: Callable[..., Board]) -> None:
    for polygon in texts(of(cap_messages(make_board()), ONE), "info/area/polygon"):
        corners = [tuple(map(float, pair.split(","))) for pair in polygon.split(" ")]
        assert len(corners) >= 4
        assert corners[0] == corners[-1]
        assert all(29.5 < lat < 29.6 and 117.6 < lon < 117.7 for lat, lon in corners)


@pytest.mark.parametrize(
    ("priority", "urgency", "severity"),
    [
        (70, "Immediate", "Severe"),
        (69, "Expected", "Moderate"),
        (40, "Expected", "Moderate"),
        (39, "Future", "Minor"),
    ],
)
def test_urgency_on_both_sides_of_each_level(
    make_board: Callable[..., Board], priority: int, urgency: str, severity: str
) -> None:
    content = of(cap_messages(with_event(make_board(), ONE, priority=priority)), ONE)
    assert texts(content, "info/urgency")[0] == urgency
    assert texts(content, "info/severity")[0] == severity


def test_certainty(make_board: Callable[..., Board]) -> None:
    messages = cap_messages(make_board())
    # 006: one hotspot of nominal confidence; 005: answered as a violation, which is a fire
    assert texts(of(messages, "JDZ-20240316-006"), "info/certainty")[0] == "Possible"
    assert texts(of(messages, "JDZ-20240316-005"), "info/certainty")[0] == "Observed"


def test_an_event_without_an_outline_is_a_circle(make_board: Callable[..., Board]) -> None:
    board = make_board()
    board = replace(board, events=board.events.set_geometry(board.events.representative_point()))
    content = of(cap_messages(board), ONE)
    assert texts(content, "info/area/polygon") == []
    assert texts(content, "info/area/circle") == ["29.56000,117.62000 1.0"] * 2


# what was sent is known


def test_the_same_again_is_the_same_message(make_board: Callable[..., Board]) -> None:
    first = cap_messages(make_board(), previous={})
    assert cap_messages(later(make_board(), 10), previous=first) == first


def test_a_change_is_an_update_that_names_all_before(
    make_board: Callable[..., Board], schema: etree.XMLSchema
) -> None:
    board = make_board()
    first = cap_messages(board, previous={})
    seen = with_event(later(board, 10), ONE, last_seen_at=NOW)
    second = cap_messages(seen, previous=first)
    third = cap_messages(with_event(later(seen, 10), ONE, priority=90), previous=second)
    assert texts(of(second, ONE), "msgType") == ["Update"]
    assert texts(of(second, ONE), "references") == [
        f"jdzfire@localhost,{ONE}.i.20240316T081000Z,2024-03-16T16:10:00+08:00"
    ]
    assert texts(of(third, ONE), "references")[0].split(" ") == [
        f"jdzfire@localhost,{ONE}.i.20240316T081000Z,2024-03-16T16:10:00+08:00",
        f"jdzfire@localhost,{ONE}.i.20240316T082000Z,2024-03-16T16:20:00+08:00",
    ]
    schema.assertValid(etree.fromstring(of(third, ONE)))
    others = {k: v for k, v in third.items() if ONE not in k}
    assert others == {k: v for k, v in first.items() if ONE not in k}


def test_a_change_at_the_same_moment_has_another_identifier(
    make_board: Callable[..., Board],
) -> None:
    board = make_board()
    first = cap_messages(board, previous={})
    again = cap_messages(with_event(board, ONE, priority=90), previous=first)
    assert texts(of(again, ONE), "identifier") == [f"{ONE}.i.20240316T081001Z"]


def test_an_explained_event_is_cancelled_once_and_leaves_after_a_day(
    make_board: Callable[..., Board], schema: etree.XMLSchema
) -> None:
    board = make_board()
    first = cap_messages(board, previous={})
    explained = with_event(later(board, 10), ONE, verdict="permitted")
    explained = replace(explained, cases=board.cases[board.cases["event_id"] != ONE])
    second = cap_messages(explained, previous=first)
    assert texts(of(second, ONE), "msgType") == ["Cancel"]
    assert texts(of(second, ONE), "info/headline")[0].startswith("【解除】")
    assert len(texts(of(second, ONE), "references")[0].split()) == 1
    schema.assertValid(etree.fromstring(of(second, ONE)))
    # cancelled at 08:20; a day less a minute later it stands, a day later it is gone
    held = cap_messages(later(explained, 24 * 60 - 1), previous=second)
    assert of(held, ONE) == of(second, ONE)
    gone = cap_messages(later(explained, 24 * 60), previous=second)
    assert f"exports/cap/{ONE}.xml" not in gone


def test_an_event_that_left_the_board_is_cancelled_without_info(
    make_board: Callable[..., Board], schema: etree.XMLSchema
) -> None:
    board = make_board()
    first = cap_messages(board, previous={})
    merged = with_event(later(board, 10), ONE, state="merged", merged_into="JDZ-20240316-002")
    content = of(cap_messages(merged, previous=first), ONE)
    assert texts(content, "msgType") == ["Cancel"]
    assert texts(content, "info") == []
    assert texts(content, "note")
    schema.assertValid(etree.fromstring(content))


def test_an_event_that_wakes_after_a_cancel_is_a_new_alert(
    make_board: Callable[..., Board],
) -> None:
    board = make_board()
    first = cap_messages(board, previous={})
    merged = with_event(later(board, 10), ONE, state="merged")
    second = cap_messages(merged, previous=first)
    third = cap_messages(later(board, 20), previous=second)
    assert texts(of(third, ONE), "msgType") == ["Alert"]
    assert texts(of(third, ONE), "references") == []
    assert texts(of(third, ONE), "identifier") == [f"{ONE}.i.20240316T083000Z"]


def test_an_alert_at_the_moment_of_its_cancel_has_another_identifier(
    make_board: Callable[..., Board],
) -> None:
    board = make_board()
    first = cap_messages(board, previous={})
    second = cap_messages(with_event(board, ONE, state="merged"), previous=first)
    third = cap_messages(board, previous=second)
    stated = [texts(of(m, ONE), "identifier")[0] for m in (first, second, third)]
    # 08:10:00Z, and a second more each
    assert [name[-7:] for name in stated] == ["081000Z", "081001Z", "081002Z"]


def test_what_was_never_sent_is_not_cancelled(make_board: Callable[..., Board]) -> None:
    messages = cap_messages(make_board(), previous={})
    assert f"exports/cap/{EIGHT}.xml" not in messages
    assert f"exports/cap/{TWELVE}.xml" not in messages


@pytest.mark.parametrize(
    "content",
    [b"", b"<alert/>", b"\xff\xfe", b'<!DOCTYPE a [<!ENTITY b "c">]><alert>&b;</alert>'],
)
def test_a_damaged_message_counts_as_not_sent(
    make_board: Callable[..., Board], content: bytes
) -> None:
    assert parse_head(content) is None
    board = make_board()
    assert cap_messages(board, previous={"x.xml": content}) == cap_messages(board, previous={})


# what was sent is not known: the ledger's decisions tell it


def test_the_chain_is_made_again_from_the_ledger(
    make_board: Callable[..., Board], history: Callable[..., pd.DataFrame]
) -> None:
    decisions = history(
        (ONE, "outside_forest", "2024-03-16T05:00Z"),  # asks for nobody: no message
        (ONE, "unresolved", "2024-03-16T06:00Z"),
        (EIGHT, "unresolved", "2024-03-16T06:00Z"),
        (ONE, "permit_violation", "2024-03-16T07:00Z"),
        (EIGHT, "permitted", "2024-03-16T07:30Z"),
        (ONE, "unresolved", "2024-03-16T08:00Z"),
    )
    messages = cap_messages(make_board(verdict_history=decisions))
    assert texts(of(messages, ONE), "msgType") == ["Update"]
    assert texts(of(messages, ONE), "sent") == ["2024-03-16T16:00:00+08:00"]
    assert texts(of(messages, ONE), "references")[0].split() == [
        f"jdzfire@localhost,{ONE}.i.20240316T060000Z,2024-03-16T14:00:00+08:00",
        f"jdzfire@localhost,{ONE}.i.20240316T070000Z,2024-03-16T15:00:00+08:00",
    ]
    assert texts(of(messages, EIGHT), "msgType") == ["Cancel"]
    assert texts(of(messages, EIGHT), "sent") == ["2024-03-16T15:30:00+08:00"]
    assert texts(of(messages, EIGHT), "references") == [
        f"jdzfire@localhost,{EIGHT}.i.20240316T060000Z,2024-03-16T14:00:00+08:00"
    ]


def test_a_closed_case_cancels_at_its_closing(
    make_board: Callable[..., Board], history: Callable[..., pd.DataFrame]
) -> None:
    board = make_board(verdict_history=history((TWELVE, "unresolved", "2024-03-16T02:00Z")))
    cases = board.cases.copy()
    closed_at = pd.Timestamp("2024-03-16T07:45Z").as_unit("us")
    cases.loc[cases["event_id"] == TWELVE, "closed_at"] = closed_at
    content = of(cap_messages(replace(board, cases=cases)), TWELVE)
    assert texts(content, "msgType") == ["Cancel"]
    assert texts(content, "sent") == ["2024-03-16T15:45:00+08:00"]


def test_a_chain_from_the_ledger_goes_on_from_what_was_sent(
    make_board: Callable[..., Board], history: Callable[..., pd.DataFrame]
) -> None:
    board = make_board(
        verdict_history=history(
            (ONE, "permit_violation", "2024-03-16T07:00Z"), (ONE, "unresolved", "2024-03-16T08:00Z")
        )
    )
    first = cap_messages(board)
    assert cap_messages(later(board, 10), previous=first) == first


def test_an_empty_board_sends_nothing(empty_board: Board) -> None:
    assert cap_messages(empty_board) == {}
    assert cap_messages(empty_board, previous={}) == {}


def test_hostile_texts_stay_text(hostile_board: Board, schema: etree.XMLSchema) -> None:
    for content in cap_messages(hostile_board).values():
        root = etree.fromstring(content)
        schema.assertValid(root)
        assert {str(node.tag).rpartition("}")[2] for node in root.iter()} <= set(
            schema_names(Path(__file__).with_name("cap_1_2.xsd"))
        )


def schema_names(path: Path) -> list[str]:
    tag = "{http://www.w3.org/2001/XMLSchema}element"
    return [str(node.get("name")) for node in etree.parse(str(path)).iter(tag)]
