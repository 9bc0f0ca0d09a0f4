"""Repairing: what is missing or damaged is made again from what is left, or from a backup.

Nothing is thrown away: a damaged file is moved to ``damaged/`` first. What cannot be made again is
named, and the workspace stays refused until somebody decides.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from jdzfire.errors import DamagedStore, JdzfireError
from jdzfire.pipeline.ingest import read_input
from jdzfire.pipeline.rebuild import raw_inputs, rebuild_archive
from jdzfire.pipeline.triage import run_triage
from jdzfire.settings import load_settings
from jdzfire.store.archive import archive_months, load_hotspots
from jdzfire.store.atomic import write_atomic
from jdzfire.store.backup import Backup, restore_file
from jdzfire.store.grids import save_grid
from jdzfire.store.home import Home, lock_home, open_home
from jdzfire.store.kept import (
    KeptFiles,
    changing_kept,
    kept_file,
    list_damage,
    load_kept,
    save_kept,
)
from jdzfire.store.ledger import open_ledger
from jdzfire.store.ledger_file import ledger_problem
from jdzfire.store.ledger_inputs import ARCHIVED
from jdzfire.store.mending import kept_evidence, quarantine_file, remake_kept, rewrite_marker
from jdzfire.store.raw import load_raw, raw_path, raw_problem
from jdzfire.store.rejected import keep_rejected
from jdzfire.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class Repair:
    """One thing that was wrong."""

    what: str
    """A file of the workspace, or a part of it."""
    is_mended: bool
    """Whether it is whole again."""
    how: str
    """What was done, or why nothing could be."""


def repair_workspace(
    root: Path | str | None = None,
    *,
    at: datetime,
    backup: Backup | None = None,
    new_ledger: bool = False,
    accept_loss: bool = False,
    progress: Callable[[], object] = lambda: None,
) -> list[Repair]:
    """Mend a damaged workspace.

    In this order: the marker; the ledger (from the backup, or begun anew when that is asked for);
    the list of what is kept; raw files (from the backup); registers and grids (from their versions,
    raw files or the backup); rejected rows; the archive (from the raw files).

    Parameters
    ----------
    root : path, optional
        Default: see :func:`jdzfire.settings.load_settings`.
    at : datetime, aware
    backup : Backup, optional
        Where missing files are taken from.
    new_ledger : bool
        Begin a new ledger when the old one is lost: every event is found again in the archive, the
        answers of duty staff are not.
    accept_loss : bool
        Go on without a register or grid that cannot be made again: it is empty until its file is
        registered anew. Without this the workspace stays refused.
    progress : callable
        Called after each raw file that is read again.

    Returns
    -------
    list of Repair
        Empty when nothing was wrong.

    Raises
    ------
    DamagedStore
        Neither the marker nor the ledger can be read: only a backup is left.

    Notes
    -----
    A lost ledger with neither a backup nor leave to begin anew is named, and nothing else is done.
    """
    settings = load_settings(root)
    home = Home(settings.home.expanduser().absolute())
    url = settings.ledger_url.get_secret_value() if settings.ledger_url else None
    done: list[Repair] = []
    with lock_home(home):
        done += _mend_marker(home)
        home = open_home(home.root)
        anew = is_other_ledger = False
        problem = _database_problem(home, url) if url else ledger_problem(home, deep=True)
        if problem:
            mine = None if url else backup  # another database is not in a backup
            repair, anew = _mend_ledger(home, problem, mine, at=at, new_ledger=new_ledger)
            done.append(repair)
            if not repair.is_mended:
                return done
            is_other_ledger = True
        done += _mend_list(home)
        with (
            closing(open_ledger(home, url, is_new=anew)) as ledger,
            closing(Workspace(home, ledger, settings)) as workspace,
        ):
            if is_other_ledger:
                _note_archived_inputs(workspace)
            done += _mend_raw(workspace, backup)
            mending = _Mending(workspace, backup, at, accept_loss)
            done += [*_mend_files(mending), *_restore_history(mending)]
            done += _mend_archive(mending, progress)
            if is_other_ledger:
                run_triage(workspace, at=at, everything=True)
    return done


def is_refused(root: Path | str | None = None) -> bool:
    """Whether a workspace cannot be opened because of damage."""
    try:
        with open_workspace(root):
            return False
    except DamagedStore:
        return True


def _database_problem(home: Home, url: str) -> str:
    """What is wrong with a ledger in another database, "" when nothing is."""
    try:
        open_ledger(home, url).close()
    except DamagedStore as error:
        return error.found
    return ""


def _mend_marker(home: Home) -> list[Repair]:
    ledger_id = rewrite_marker(home)
    if ledger_id is None:
        return []
    return [Repair(home.marker_path.name, True, f"written again for ledger {ledger_id}")]


def _mend_ledger(
    home: Home, problem: str, backup: Backup | None, *, at: datetime, new_ledger: bool
) -> tuple[Repair, bool]:
    """The ledger from the backup, or leave for a new one; the present file is renamed."""
    name = home.ledger_path.name
    sha256 = None if backup is None else backup.files.get(name)
    if backup is None and not new_ledger:
        how = f"{problem}; name a backup with --backup DIR, or begin anew with --new-ledger"
        return Repair(name, False, how), False
    beside = (home.ledger_path.with_name(f"{name}{end}") for end in ("", "-wal", "-shm"))
    for path in (*beside, home.ledger_seal_path):
        quarantine_file(home, path, at=at)
    if backup is not None and sha256 and restore_file(backup, sha256, home.ledger_path):
        made = f"{backup.made_at:%Y-%m-%d %H:%M}Z"
        how = f"taken from the backup of {made}; answers given since then are lost: ask for them"
        return Repair(name, True, f"{problem}; {how}"), False
    if new_ledger:
        how = "begun anew from the archive, without the answers of duty staff"
        return Repair(name, True, f"{problem}; {how}"), True
    return Repair(name, False, f"{problem}; the backup does not hold it whole"), False


def _note_archived_inputs(workspace: Workspace) -> None:
    """Note inputs that the archive has rows of and the ledger does not know."""
    known = set(workspace.ledger.load_inputs()["sha256"])
    found: list[pd.DataFrame] = []
    for month in archive_months(workspace.home):
        since = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
        until = (pd.Timestamp(since) + pd.DateOffset(months=1)).to_pydatetime()
        try:
            rows = load_hotspots(workspace.home, since=since, until=until)
        except JdzfireError:  # damaged: mended below, and noted by its other rows
            continue
        found.append(rows.loc[~rows["raw_sha256"].isin(known), _INPUT_COLUMNS])
    rows = pd.concat(found) if found else pd.DataFrame(columns=_INPUT_COLUMNS)
    for _, group in rows.groupby(["raw_sha256", "feed"]):
        sha256, feed, _ = group.iloc[0]
        received_at = group["received_at"].min().to_pydatetime()
        workspace.ledger.record_input(
            str(sha256), str(feed), str(sha256)[:12], received_at, len(group), 0, ARCHIVED, batch=1
        )


_INPUT_COLUMNS = ["raw_sha256", "feed", "received_at"]


def _mend_raw(workspace: Workspace, backup: Backup | None) -> list[Repair]:
    done = []
    for sha256, name in raw_inputs(workspace):
        problem = raw_problem(workspace.home, sha256)
        if not problem:
            continue
        path = raw_path(workspace.home, sha256)
        if backup is not None and restore_file(backup, sha256, path):
            done.append(Repair(f"raw file of {name}", True, f"{problem}; taken from the backup"))
        else:
            how = f"{problem}; it is in no backup given: give the file again if you have it"
            done.append(Repair(f"raw file of {name}", False, how))
    return done


def _mend_list(home: Home) -> list[Repair]:
    """The list of what is kept, made again where it cannot be read."""
    try:
        load_kept(home)
    except JdzfireError:
        remake_kept(home)
        return [Repair(home.kept_path.name, True, "made again from the files that are there")]
    return []


@dataclass(frozen=True)
class _Mending:
    """What mending one file needs."""

    workspace: Workspace
    backup: Backup | None
    at: datetime
    accept_loss: bool


def _mend_files(mending: _Mending) -> list[Repair]:
    """Registers, grids and rejected rows."""
    done = []
    for name, problem in list_damage(mending.workspace.home, deep=True).items():
        if not name.startswith(_TABLES):
            how = _mend_file(mending, name)
            done.append(Repair(name, not how.startswith("lost"), f"{problem}; {how}"))
    return done


_TABLES = ("archive/hotspots/", "archive/versions/")


def _mend_file(mending: _Mending, name: str) -> str:
    """One register, grid or file of rejected rows; what was done."""
    workspace, home = mending.workspace, mending.workspace.home
    path, wanted = home.root / name, load_kept(home).files[name]
    quarantine_file(home, path, at=mending.at)
    twin = kept_evidence(home, wanted)
    if twin is not None:
        with changing_kept(home, {path: wanted}):
            write_atomic(path, twin)
        return "made again from the same content elsewhere in the workspace"
    if mending.backup is not None and restore_file(mending.backup, wanted.sha256, path):
        return "taken from the backup"
    if name == "registers/weather.nc":
        return _remake_weather(workspace, path)
    if name.startswith("archive/rejected/"):
        return _reread_rejected(workspace, path)
    is_history = "/versions/" in name
    if is_history or mending.accept_loss:
        _forget(home, path)
    if is_history:
        return "lost: an earlier version cannot be made again; the current one is whole"
    return (
        "lost: give --backup DIR, or go on without it (--accept-loss) and register its file again"
    )


def _forget(home: Home, path: Path) -> None:
    """Take a file that is gone out of the list of what is kept."""
    with changing_kept(home, {path: None}):
        pass


def _restore_history(mending: _Mending) -> list[Repair]:
    """Versions and rejected rows that a backup has and the workspace lost and forgot."""
    if mending.backup is None:
        return []
    home, kept = mending.workspace.home, load_kept(mending.workspace.home).files
    done = []
    for name, sha256 in mending.backup.files.items():
        path = home.root / name
        is_history = name.startswith(("registers/", "archive/rejected/"))
        is_lost = is_history and name not in kept and not path.exists()
        if is_lost and restore_file(mending.backup, sha256, path):
            save_kept(home, KeptFiles({**load_kept(home).files, name: kept_file(path)}))
            done.append(Repair(name, True, "taken from the backup"))
    return done


def _remake_weather(workspace: Workspace, path: Path) -> str:
    _forget(workspace.home, path)
    inputs = workspace.ledger.load_inputs()
    mine = inputs[inputs["kind"] == "weather"].sort_values("received_at")
    count = 0
    for sha256, name in zip(mine["sha256"], mine["source_name"], strict=True):
        if not raw_problem(workspace.home, sha256):
            raw = load_raw(workspace.home, sha256)
            days = workspace.reader.read("plain_weather", raw, source_name=name)
            save_grid(workspace.home, "weather", days)
            count += 1
    lost = "" if count == len(mine) else "lost in part: "
    return f"{lost}merged again from {count} of {len(mine)} raw files" if count else "lost"


def _reread_rejected(workspace: Workspace, path: Path) -> str:
    """Rejected rows of a hotspot file, read again; those of a register file are lost."""
    _forget(workspace.home, path)
    inputs = workspace.ledger.load_inputs()
    kind = path.parent.name.removeprefix("kind=")
    mine = inputs[(inputs["sha256"] == path.stem) & (inputs["kind"] == kind)]
    if mine.empty or kind not in workspace.feeds or raw_problem(workspace.home, path.stem):
        return "lost: read the file again to see its rejected rows"
    row: dict[str, Any] = {str(key): value for key, value in mine.iloc[0].to_dict().items()}
    rejected = [reading.rejected for reading in read_input(workspace, row)]
    keep_rejected(workspace.home, pd.concat(rejected, ignore_index=True))
    return "read again from the raw file"


def _mend_archive(mending: _Mending, progress: Callable[[], object]) -> list[Repair]:
    """The archive from the raw files, where it is damaged or differs from them."""
    home = mending.workspace.home
    damage = [name for name in list_damage(home, deep=True) if name.startswith(_TABLES)]
    if not damage and rebuild_archive(mending.workspace, progress=progress).is_equal:
        return []
    for name in damage:
        quarantine_file(home, home.root / name, at=mending.at, copy=True)
    rebuilt = rebuild_archive(mending.workspace, replace=True, progress=progress)
    what = ", ".join(sorted(damage)[:3]) or "archive"
    how = f"{len(rebuilt.differing)} of {rebuilt.months} months made again from the raw files"
    if rebuilt.without_raw:
        missing = ", ".join(rebuilt.without_raw[:5])
        how += f"; raw files are missing, what the archive had of them was kept: {missing}"
    return [Repair(what, not rebuilt.without_raw, how)]
