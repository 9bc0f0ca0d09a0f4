"""Every kept file lost or damaged in turn: none makes a calm day, and a way leads back.

Each row of the table damages one thing in a copy of a small workspace. Then ``event list`` and
``publish`` either end with 3 and leave the published map as it is, or state just what they stated
before; ``doctor`` and ``doctor --deep`` name the damage; the remedy is tried, and the state after
it is compared with the one before, table by table.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from jdzfire.cli.app import app
from jdzfire.errors import JdzfireError
from jdzfire.store.backup import save_backup
from jdzfire.store.home import open_home
from tests.workspaces import (
    AT,
    copy_workspace,
    different_tables,
    make_workspace,
    state_of,
)

NOW = "2024-04-04T11:30Z"
Damage = Callable[[Path], None]


def delete(pattern: str) -> Damage:
    def act(root: Path) -> None:
        path = _one(root, pattern)
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return act


def cut(pattern: str, keep: float = 0.6) -> Damage:
    def act(root: Path) -> None:
        path = _one(root, pattern)
        raw = path.read_bytes()
        path.write_bytes(raw[: int(len(raw) * keep)])

    return act


def flip(pattern: str, where: float = 0.5) -> Damage:
    """One bit, as a disk or a memory fault turns it."""

    def act(root: Path) -> None:
        path = _one(root, pattern)
        raw = bytearray(path.read_bytes())
        raw[int(len(raw) * where)] ^= 0x10
        path.write_bytes(raw)

    return act


def fill(pattern: str, content: bytes) -> Damage:
    return lambda root: _one(root, pattern).write_bytes(content) and None


def blank_page(root: Path) -> None:
    """A page of the ledger that reads as zeros."""
    path = root / "ledger.sqlite"
    raw = bytearray(path.read_bytes())
    raw[8 * 4096 : 9 * 4096] = bytes(4096)
    path.write_bytes(raw)


def other_ledger(root: Path) -> None:
    """The ledger of another workspace, opened and closed as it should be."""
    with_other = root.parent / "other"
    from jdzfire.workspace import open_workspace

    with open_workspace(with_other, writing=True):
        pass
    for name in ("ledger.sqlite", "ledger.sha256"):
        shutil.copy2(with_other / name, root / name)


def empty_tables(root: Path) -> None:
    """Somebody emptied the ledger with another program."""
    with sqlite3.connect(root / "ledger.sqlite") as plain:
        for trigger in plain.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            plain.execute(f"DROP TRIGGER {trigger[0]}")
        for table in ("verdicts", "members", "cases", "events"):
            plain.execute(f"DELETE FROM {table}")  # noqa: S608
    plain.close()


def _one(root: Path, pattern: str) -> Path:
    return sorted(root.glob(pattern))[0]


def raw_of(root: Path, text: bytes) -> Path:
    return next(p for p in sorted(root.glob("raw/*/*")) if text in p.read_bytes())


def delete_raw(text: bytes) -> Damage:
    return lambda root: raw_of(root, text).unlink()


def cut_raw(text: bytes) -> Damage:
    def act(root: Path) -> None:
        path = raw_of(root, text)
        path.write_bytes(path.read_bytes()[:-40])

    return act


@dataclass(frozen=True)
class Row:
    """One kind of damage and what must be said of it."""

    name: str
    damage: Damage
    sees: str = "all"
    """Which commands must refuse: all (event list, publish, doctor), reading (those that read the
    file), doctor, deep (only ``doctor --deep``), none (it is made again by itself)."""
    way: str = "repair"
    """The remedy: repair, backup, new-ledger, triage (judge again), publish, none."""
    changes: tuple[str, ...] = ()
    """Tables that may differ afterwards, for a reason the row's comment gives."""


TABLE = (
    Row("marker deleted", delete("jdzfire-home.json")),
    Row("marker unreadable", fill("jdzfire-home.json", b"{")),
    Row("ledger deleted", delete("ledger.sqlite"), way="backup"),
    Row("ledger empty", fill("ledger.sqlite", b""), way="backup"),
    Row("ledger cut", cut("ledger.sqlite"), way="backup"),
    Row("ledger bit", flip("ledger.sqlite"), way="backup"),
    Row("ledger page of zeros", blank_page, way="backup"),
    Row("ledger no database", fill("ledger.sqlite", b"<html>" * 99), way="backup"),
    Row("ledger of another workspace", other_ledger, way="backup"),
    Row("ledger emptied by a program", empty_tables, way="backup"),
    # found again in the archive: events, not the words of people; names of files are lost
    Row(
        "ledger deleted, no backup",
        delete("ledger.sqlite"),
        way="new-ledger",
        changes=(
            *("inputs", "cases", "case_log", "event_log", "verdicts", "verdict_history"),
            "events",
        ),
    ),
    Row("seal deleted", delete("ledger.sha256"), sees="none", way="none"),
    Row("list deleted", delete("kept.json")),
    Row("list unreadable", fill("kept.json", b"[]")),
    Row("part deleted", delete("archive/hotspots/month=2024-04/*.parquet")),
    Row("part cut", cut("archive/hotspots/month=2024-04/*.parquet")),
    Row("part bit", flip("archive/hotspots/month=2024-04/*.parquet"), sees="reading"),
    Row("month deleted", delete("archive/hotspots/month=2024-03")),
    Row("archive deleted", delete("archive"), changes=("rejected",)),
    Row("versions deleted", delete("archive/versions/month=2024-04/*.parquet")),
    Row("versions cut", cut("archive/versions/month=2024-04/*.parquet")),
    Row("versions bit", flip("archive/versions/month=2024-04/*.parquet"), sees="deep"),
    Row("rejected of a feed deleted", delete("archive/rejected/kind=firms/*.parquet")),
    Row(
        "rejected of a feed bit",
        flip("archive/rejected/kind=firms/*.parquet"),
        sees="reading",
    ),
    # rows a register file had no use for can be seen again only by registering it again
    Row(
        "rejected of a register deleted",
        delete("archive/rejected/kind=teams/*.parquet"),
        changes=("rejected",),
    ),
    Row("register deleted", delete("registers/zones/current.parquet")),
    Row("register cut", cut("registers/zones/current.parquet")),
    Row("register bit", flip("registers/zones/current.parquet"), sees="reading"),
    Row("newest version deleted", delete("registers/zones/versions/*.parquet")),
    Row("old version cut", cut("registers/teams/versions/0001*.parquet"), way="backup"),
    Row("old version bit", flip("registers/teams/versions/0001*.parquet"), "deep", "backup"),
    Row("source note deleted", delete("registers/zones/versions/*.json"), way="backup"),
    Row("register folder deleted", delete("registers/zones"), way="backup"),
    Row("all registers deleted", delete("registers"), way="backup"),
    Row("elevation deleted", delete("registers/dem.tif")),
    Row("elevation bit", flip("registers/dem.tif"), sees="reading"),
    Row("land cover cut", cut("registers/landcover.tif")),
    Row("weather deleted", delete("registers/weather.nc")),
    Row("weather bit", flip("registers/weather.nc"), sees="reading"),
    Row("raw hotspots deleted", delete_raw(b"bright_ti4"), sees="doctor", way="backup"),
    Row("raw hotspots cut", cut_raw(b"bright_ti4"), sees="deep", way="backup"),
    Row("raw register deleted", delete_raw("队".encode()), sees="doctor", way="backup"),
    Row("raw mapping deleted", delete_raw(b"title_zh"), sees="doctor", way="backup"),
    Row("all raw deleted", delete("raw"), sees="doctor", way="backup"),
    Row("page deleted", delete("published/internal/index.html"), "published", "publish"),
    Row("page bit", flip("published/internal/index.html"), "published", "publish"),
    Row("edition deleted", delete("published/internal"), "published", "publish"),
    Row("site deleted", delete("published"), "published", "publish"),
    Row("lock deleted", delete(".lock"), sees="none", way="none"),
)
QUICK = (
    *("ledger deleted", "ledger empty", "part bit", "part deleted", "versions cut"),
    *("register cut", "weather deleted", "raw hotspots deleted", "list deleted"),
)


@dataclass(frozen=True)
class Whole:
    """The workspace before any damage."""

    root: Path
    backup: Path
    state: dict[str, Any]
    events: str


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder = tmp_path_factory.mktemp("whole")
    root = folder / "home"
    make_workspace(root, folder / "files")
    save_backup(open_home(root), folder / "backup", at=AT)
    code, events = jdzfire(root, "event", "list", "--json")
    assert code == 0
    return Whole(root, folder / "backup", state_of(root), events)


def jdzfire(root: Path, *words: str) -> tuple[int, str]:
    """Exit code and stdout of a command in this process."""
    from typer.testing import CliRunner

    done = CliRunner().invoke(app, ["--home", str(root), *words])
    if isinstance(done.exception, JdzfireError):
        return done.exception.exit_code, str(done.exception)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def shown(root: Path) -> dict[str, bytes]:
    folder = root / "published"
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def counts(root: Path) -> Any:
    return json.loads((root / "published/internal/status.json").read_bytes())["counts"]


CHOSEN = [
    pytest.param(row, id=row.name, marks=() if row.name in QUICK else pytest.mark.slow)
    for row in TABLE
]


@pytest.mark.slow
@pytest.mark.parametrize("row", CHOSEN)
def test_damage_is_refused_named_and_mended(row: Row, whole: Whole, tmp_path: Path) -> None:
    root = copy_workspace(whole.root, tmp_path / "home")
    row.damage(root)
    page = shown(root)
    check_seen(row, root, whole, page)
    mend(row, root, whole)
    code, events = jdzfire(root, "event", "list", "--json")
    assert code == 0, events
    if "events" not in row.changes:
        assert events == whole.events
    wrong = different_tables(whole.state, state_of(root))
    assert set(wrong) <= set(row.changes)
    code, stated = jdzfire(root, "publish", "--now", NOW)
    assert code == 0, stated
    assert counts(root)["open"] == counts(whole.root)["open"] > 0
    assert jdzfire(root, "doctor", "--now", NOW)[0] in (0, 4)


def check_seen(row: Row, root: Path, whole: Whole, page: dict[str, bytes]) -> None:
    """What the commands say of the damage; a map that is published states what it did before."""
    code, events = jdzfire(root, "event", "list", "--json")
    if row.sees == "all":
        assert code == 3, events
    else:
        assert (code, events) == (0, whole.events)
    doctor = jdzfire(root, "doctor", "--now", NOW)
    if row.sees in ("all", "doctor"):
        assert doctor[0] == 3, doctor[1]
    deep = jdzfire(root, "doctor", "--deep", "--now", NOW)
    if row.sees == "published":
        assert deep[0] == 4
    elif row.sees != "none":
        assert deep[0] == 3, deep[1]
    published = jdzfire(root, "publish", "--now", "2024-04-04T11:20Z")
    if row.sees in ("all", "reading"):
        assert published[0] == 3, published[1]
        assert shown(root) == page  # the last map stays
    else:
        assert published[0] == 0, published[1]
        assert counts(root) == counts(whole.root)


def mend(row: Row, root: Path, whole: Whole) -> None:
    ways = {
        "repair": ["repair", "--now", NOW],
        "backup": ["repair", "--now", NOW, "--backup", str(whole.backup)],
        "new-ledger": ["repair", "--now", NOW, "--new-ledger"],
        "publish": ["publish", "--now", "2024-04-04T11:25Z"],
    }
    if row.way == "none":
        return
    if row.way == "backup":  # without one it says so, and nothing gets worse
        code, _ = jdzfire(root, "repair", "--now", NOW)
        assert code in (3, 4)
        events = jdzfire(root, "event", "list", "--json")
        assert events[0] == 3 if code == 3 else events == (0, whole.events)
    code, stated = jdzfire(root, *ways[row.way])
    lost = 4 if "rejected" in row.changes else 0
    assert code == lost, stated
    if row.way != "publish":
        code, stated = jdzfire(root, *ways[row.way])
        assert (code, stated.strip()) == (0, "nothing was damaged")


@pytest.mark.slow
def test_a_database_that_holds_no_ledger_is_refused_and_begun_anew_when_asked(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong or empty database behind ``ledger_url`` is no calm day either."""
    root = copy_workspace(whole.root, tmp_path / "home")
    monkeypatch.setenv("JDZFIRE_LEDGER_URL", f"sqlite:///{tmp_path}/empty.sqlite")
    page = shown(root)
    assert jdzfire(root, "event", "list")[0] == 3
    assert jdzfire(root, "publish", "--now", NOW)[0] == 3
    assert shown(root) == page
    assert jdzfire(root, "repair", "--now", NOW)[0] == 3
    code, stated = jdzfire(root, "repair", "--new-ledger", "--now", NOW)
    assert code == 0, stated
    assert len(json.loads(jdzfire(root, "event", "list", "--json")[1])) > 0
