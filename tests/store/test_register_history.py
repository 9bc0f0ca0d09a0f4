"""Versions of a register: stated where from, compared, taken back without losing any."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from shapely.geometry import Point

from jdzfire.errors import NotFound
from jdzfire.store.home import Home
from jdzfire.store.register_history import diff_register, undo_register
from jdzfire.store.registers import load_register, register_versions, save_register
from tests.store.conftest import NOON
from tests.tables import register_table

HOUR = timedelta(hours=1)


def permits(*rows: dict[str, Any]) -> Any:
    return register_table("permits", [{"geometry": Point(117.2, 29.4), **row} for row in rows])


@pytest.fixture
def three(home: Home) -> Home:
    save_register(
        home, "permits", permits({"permit_id": "A"}, {"permit_id": "B"}), at=NOON,
        source={"source_name": "one.xlsx", "notes": ""},
    )  # fmt: skip
    save_register(home, "permits", permits({"permit_id": "C"}), at=NOON + HOUR)
    moved = {"permit_id": "B", "geometry": Point(117.2, 29.401), "area_ha": 12.0}
    save_register(home, "permits", permits(moved, {"permit_id": "A"}), at=NOON + 2 * HOUR,
                  replace=True)  # fmt: skip
    return home


def test_the_log_tells_where_each_came_from(three: Home) -> None:
    log = register_versions(three, "permits")
    assert log["number"].tolist() == [1, 2, 3]
    assert log["source_name"].tolist()[0] == "one.xlsx"
    assert log["source_name"].isna().tolist() == [False, True, True]


def test_what_changed(three: Home) -> None:
    changes = diff_register(three, "permits", older=2)
    stated = changes.fillna("")
    assert stated[["id", "change", "column"]].values.tolist() == [
        ["B", "changed", "area_ha"],
        ["B", "changed", "geometry"],
        ["C", "removed", ""],
    ]
    assert stated["before"].iloc[0] == "10.0"
    assert stated["after"].iloc[0] == "12.0"
    # 0.001 degree of latitude is 110.9 m at 29.4 N
    assert stated["after"].iloc[1].endswith("moved 111 m")
    assert diff_register(three, "permits", older=1, newer=2)["change"].tolist() == ["added"]
    assert diff_register(three, "permits", older=3).empty
    with pytest.raises(NotFound, match="no version 9"):
        diff_register(three, "permits", older=9)


def test_undo_and_undo_again(three: Home) -> None:
    assert undo_register(three, "permits", at=NOON + 3 * HOUR) == 4
    assert load_register(three, "permits")["permit_id"].tolist() == ["A", "B", "C"]
    assert undo_register(three, "permits", at=NOON + 4 * HOUR) == 5
    assert load_register(three, "permits")["permit_id"].tolist() == ["A", "B"]
    assert undo_register(three, "permits", at=NOON + 5 * HOUR, to=1) == 6
    stood = load_register(three, "permits", at=NOON + HOUR)
    assert stood["permit_id"].tolist() == ["A", "B", "C"]  # history is as it was
    assert diff_register(three, "permits", older=1).empty


def test_nothing_before_the_first(home: Home) -> None:
    with pytest.raises(NotFound, match="no earlier version"):
        undo_register(home, "permits", at=NOON)
    save_register(home, "permits", permits({"permit_id": "A"}), at=NOON)
    with pytest.raises(NotFound, match="no earlier version"):
        undo_register(home, "permits", at=NOON)


def test_killed_while_undoing_it_is_the_one_or_the_other(
    three: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jdzfire.store import registers

    real, count = registers.write_atomic, iter(range(99))

    def killed(path: Any, data: Any) -> None:
        if next(count) == 2:  # note and version are written, what stands is not
            raise KeyboardInterrupt
        real(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(registers, "write_atomic", killed)
        with pytest.raises(KeyboardInterrupt):
            undo_register(three, "permits", at=NOON + 3 * HOUR)
    assert load_register(three, "permits")["permit_id"].tolist() == ["A", "B"]
    undo_register(three, "permits", at=NOON + 4 * HOUR, to=2)
    assert load_register(three, "permits")["permit_id"].tolist() == ["A", "B", "C"]
