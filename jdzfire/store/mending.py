"""What is left to mend a workspace with: markers, lists and twins of damaged files."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import pathname2url

from jdzfire.errors import DamagedStore
from jdzfire.store.archive_parts import part_digest
from jdzfire.store.home import Home, home_layout, mark_home
from jdzfire.store.kept import KeptFile, KeptFiles, adopt_kept, kept_file, save_kept
from jdzfire.store.registers import version_digest


def rewrite_marker(home: Home) -> str | None:
    """Write a missing or damaged marker again, for the ledger that is there.

    Returns
    -------
    str or None
        Id of the ledger; None when the marker was whole.

    Raises
    ------
    DamagedStore
        The marker is damaged, and no ledger identifies the workspace.
    """
    if home.marker_path.exists():
        try:
            home_layout(home)
            return None
        except DamagedStore:
            pass
    ledger_id = _ledger_id(home)
    if ledger_id is None:
        raise DamagedStore(
            "neither the marker nor the ledger of the workspace can be read",
            expected=f"{home.marker_path.name} and {home.ledger_path.name}",
            found=str(home.root),
            remedy="jdzfire restore puts a backup into a new folder",
        )
    mark_home(home, ledger_id=ledger_id)
    return ledger_id


def quarantine_file(home: Home, path: Path, *, at: datetime, copy: bool = False) -> Path | None:
    """Move a damaged file to ``damaged/``, under its own path; None when there is none."""
    if not path.exists():
        return None
    stamp = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = home.root / "damaged" / stamp / path.relative_to(home.root)
    target.parent.mkdir(parents=True, exist_ok=True)
    if copy:
        shutil.copy2(path, target)
    else:
        path.replace(target)
    return target


def remake_kept(home: Home) -> KeptFiles:
    """Make the list of what is kept again, from the files and what their names state.

    A part or version whose content is not what its name states, and a register that equals none of
    its versions, are listed as they should be, so that they count as damaged. A deleted file that
    no other file names is not noticed here: compare the archive with the raw files.
    """
    files = dict(adopt_kept(home).files)
    for name, found in files.items():
        stated = part_digest(home.root / name) or version_digest(home.root / name)
        if stated and not found.sha256.startswith(stated):
            files[name] = KeptFile(stated.ljust(64, "0"), found.size)
    for folder in home.registers_dir.glob("*/versions"):
        versions = sorted(
            path.relative_to(home.root).as_posix() for path in folder.glob("*.parquet")
        )
        current = (folder.parent / "current.parquet").relative_to(home.root).as_posix()
        if versions and files.get(current) not in [files[name] for name in versions]:
            files[current] = files[versions[-1]]
    kept = KeptFiles(files)
    save_kept(home, kept)
    return kept


def kept_evidence(home: Home, wanted: KeptFile) -> bytes | None:
    """The wanted content elsewhere in the workspace: a version of a register, or a raw file."""
    raw = home.raw_dir / wanted.sha256[:2] / wanted.sha256
    registers = sorted(home.registers_dir.rglob("*.parquet"))
    for path in (raw, *registers):
        if path.is_file() and path.stat().st_size == wanted.size:
            content = path.read_bytes()
            if hashlib.sha256(content).hexdigest() == wanted.sha256:
                return content
    return None


def _ledger_id(home: Home) -> str | None:
    if not home.ledger_path.exists() or not kept_file(home.ledger_path).size:
        return None
    address = f"file:{pathname2url(str(home.ledger_path))}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            found = connection.execute("SELECT value FROM meta WHERE key = 'ledger_id'").fetchone()
    except sqlite3.Error:
        return None
    return None if found is None else str(found[0])
