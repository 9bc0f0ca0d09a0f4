"""The list of what is kept: a changed bit is noticed, and a change is old or new, never lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jdzfire.errors import DamagedStore
from jdzfire.store.archive import append_hotspots, load_hotspots
from jdzfire.store.home import Home, open_home, write_turn
from jdzfire.store.kept import (
    changing_kept,
    check_kept,
    kept_file,
    list_damage,
    load_kept,
    verify_kept,
)
from jdzfire.store.ledger import Ledger, open_ledger
from jdzfire.store.ledger_file import ledger_problem
from jdzfire.store.registers import load_register, save_register

Make = Callable[..., Any]


def part(home: Home) -> Path:
    (found,) = (home.archive_dir / "hotspots").rglob("*.parquet")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", range(30))
def test_a_turned_bit_in_a_part_never_reaches_a_table(home: Home, make: Make, number: int) -> None:
    append_hotspots(home, make("hotspots", *[{"lon": 117 + k / 50} for k in range(40)]))
    path = part(home)
    raw = bytearray(path.read_bytes())
    raw[len(raw) * number // 30] ^= 1 << (number % 8)
    path.write_bytes(raw)
    with pytest.raises(DamagedStore, match="changed") as stated:
        load_hotspots(home)
    assert stated.value.exit_code == 3
    assert "jdzfire repair" in stated.value.remedy
    check_kept(home)  # the size is right: only who reads or hashes it can see it
    assert list(list_damage(home, deep=True)) == [path.relative_to(home.root).as_posix()]


def test_a_file_that_goes_is_damage_and_an_empty_workspace_is_none(home: Home, make: Make) -> None:
    check_kept(home)
    assert load_hotspots(home).empty
    append_hotspots(home, make("hotspots", {}))
    check_kept(home)
    part(home).unlink()
    with pytest.raises(DamagedStore, match="missing"):
        check_kept(home)
    assert load_hotspots(home).empty  # the listing alone does not know: so the door does


@pytest.mark.slow
def test_what_is_listed_is_what_lies_there(home: Home, make: Make) -> None:
    append_hotspots(home, make("hotspots", {}, {"lon": 117.5}))
    append_hotspots(home, make("hotspots", {"frp_mw": 9.0, "product": "SP"}))
    save_register(home, "teams", make("teams", {"team_id": "T1"}))
    kept = load_kept(home)
    assert kept.changing == {}
    there = {
        path.relative_to(home.root).as_posix(): kept_file(path)
        for folder in (home.archive_dir, home.registers_dir)
        for path in folder.rglob("*.parquet")
    }
    assert dict(kept.files) == there
    assert len(there) == 3


@pytest.mark.parametrize("step", ["before", "after"])
def test_killed_while_a_file_changes_both_contents_are_right(home: Home, step: str) -> None:
    path = home.registers_dir / "x.tif"
    with write_turn(home), changing_kept(home, {path: b"old"}):
        path.write_bytes(b"old")

    with write_turn(home), changing_kept(home, {path: b"newer"}):
        announced = home.kept_path.read_bytes()
        if step == "after":
            path.write_bytes(b"newer")
    home.kept_path.write_bytes(announced)  # as a kill would leave it
    check_kept(home)
    verify_kept(home, [path])
    path.write_bytes(b"other")
    with pytest.raises(DamagedStore):
        verify_kept(home, [path])
    # the next change settles what the killed one left: the damaged file stays damage
    with write_turn(home), changing_kept(home, {home.registers_dir / "y": b"y"}):
        (home.registers_dir / "y").write_bytes(b"y")
    assert list(list_damage(home, deep=True)) == ["registers/x.tif"]


def test_a_damaged_register_is_not_an_empty_one(home: Home, make: Make) -> None:
    save_register(home, "teams", make("teams", {"team_id": "T1"}))
    path = home.registers_dir / "teams" / "current.parquet"
    for content in (b"", path.read_bytes()[:-9], bytes(len(path.read_bytes()))):
        path.write_bytes(content)
        with pytest.raises(DamagedStore):
            load_register(home, "teams")
    path.unlink()
    with pytest.raises(DamagedStore, match="missing"):
        load_register(home, "teams")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": {"a": 1}, "changing": {}}'])
def test_a_list_that_cannot_be_read_is_damage(home: Home, text: str) -> None:
    home.kept_path.write_text(text)
    with pytest.raises(DamagedStore, match=r"kept\.json"):
        load_kept(home)


def test_a_workspace_of_before_is_listed_when_its_ledger_is_opened(home: Home, make: Make) -> None:
    open_ledger(home).close()
    append_hotspots(home, make("hotspots", {}))
    home.kept_path.unlink()
    home.ledger_seal_path.unlink()
    home.marker_path.write_text('{"jdzfire_home": 1}\n')
    old = open_home(home.root)
    assert len(load_hotspots(old)) == 1
    open_ledger(old).close()
    assert json.loads(home.marker_path.read_text())["jdzfire_home"] == 2
    assert list(load_kept(old).files) == [part(home).relative_to(home.root).as_posix()]


def test_the_seal_of_the_ledger_is_there_while_nobody_writes(home: Home) -> None:
    with open_ledger(home) as ledger:
        ledger.record_feed("firms", make_time(), "ok", None)
        assert not home.ledger_seal_path.exists()
    digest, size = home.ledger_seal_path.read_text().split()
    assert (digest, int(size)) == (
        kept_file(home.ledger_path).sha256,
        home.ledger_path.stat().st_size,
    )
    with open_ledger(home) as ledger:  # who only reads leaves it
        assert len(ledger.load_feeds()) == 1
        assert home.ledger_seal_path.exists()


def test_a_transaction_of_several_steps_is_all_or_nothing(home: Home) -> None:
    with open_ledger(home) as ledger:
        with pytest.raises(RuntimeError, match="killed"):
            fail_together(ledger)
        assert ledger.load_feeds().empty
        with ledger.together():
            ledger.record_feed("firms", make_time(), "ok", None)
        assert len(ledger.load_feeds()) == 1


def fail_together(ledger: Ledger) -> None:
    with ledger.together():
        ledger.record_feed("firms", make_time(), "ok", None)
        assert len(ledger.load_feeds()) == 1  # it sees what it wrote
        raise RuntimeError("killed")


def make_time() -> Any:
    from tests.store.conftest import NOON

    return NOON


def test_a_ledger_that_changed_within_a_tick_of_the_clock_is_no_damage(home):
    path = home.ledger_path
    path.write_bytes(b"a" * 4096)
    state = path.stat()

    def seal(content: bytes) -> None:
        found = kept_file(content)
        home.ledger_seal_path.write_text(f"{found.sha256} {found.size}\n", "ascii")

    seal(path.read_bytes())
    assert ledger_problem(home) == ""
    path.write_bytes(b"b" * 4096)  # and sealed again, as another process would
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    seal(path.read_bytes())
    assert ledger_problem(home) == ""
    path.write_bytes(b"c" * 4096)
    assert "not as it was closed" in ledger_problem(home)
