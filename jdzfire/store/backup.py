"""Backups: every byte once, and an index for each moment.

    DIR/objects/ab/ab12...            contents by their sha256
    DIR/backups/20240404T080000Z.json what the workspace held: path -> sha256

A backup writes the contents that are not there yet, then its index; killed in between there is no
index and the next one goes on. Contents are hashed on the way in and on the way out, so a damaged
backup is noticed and never put back.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jdzfire.errors import DamagedStore, NotFound, StoreError, UsageError
from jdzfire.store.atomic import write_atomic
from jdzfire.store.home import Home, lock_home
from jdzfire.store.kept import kept_file

_STAMP = "%Y%m%dT%H%M%SZ"
_INDEX = re.compile(r"\d{8}T\d{6}Z\.json")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
_KEPT_FOLDERS = ("raw", "archive", "registers", "mappings")
_KEPT_FILES = ("jdzfire-home.json", "kept.json", "jdzfire.toml")
_DATABASES = ("ledger.sqlite", "desk.sqlite")


@dataclass(frozen=True)
class Backup:
    """One moment of a workspace in a backup folder."""

    folder: Path
    """The backup folder."""
    made_at: datetime
    """When it was made, UTC."""
    files: Mapping[str, str]
    """Path in the workspace -> sha256."""


def save_backup(
    home: Home, folder: Path, *, at: datetime, verify: bool = False
) -> tuple[Backup, int]:
    """Back up what cannot be made again, and the archive, while nobody writes.

    Parameters
    ----------
    home : Home
    folder : Path
        A folder outside the workspace, for example on another disk; made when it is missing. It may
        hold earlier backups of the same workspace: what did not change is not copied again.
    at : datetime, aware
    verify : bool
        Hash what the backup holds already, and copy anew what is damaged there.

    Returns
    -------
    Backup, int
        The backup, and how many bytes were copied.

    Raises
    ------
    UsageError
        The folder lies in the workspace.
    StoreError
        The disk refused.

    Notes
    -----
    In it are raw files (photos among them), archive, registers, the SQLite ledger and the desk's
    users as of one moment, settings and mappings; not what is published, nor a ledger in another
    database, nor the key that signs the desk's sessions. It holds names, phones and
    maybe keys: treat it as internal.
    """
    target = folder.expanduser().absolute()
    if target.is_relative_to(home.root):
        raise UsageError(
            "a backup inside the workspace would go with it",
            expected="a folder elsewhere, best on another disk",
            found=str(folder),
        )
    files: dict[str, str] = {}
    copied = 0
    try:
        with lock_home(home):
            for name in _DATABASES:  # first: what the desk adds meanwhile is then a file too many
                if (home.root / name).is_file():
                    files[name], size = _put_database(target, home.root / name)
                    copied += size
            for name, path in _sources(home):
                files[name], size = _put(target, path, verify=verify)
                copied += size
            document = {"made_at": at.astimezone(UTC).isoformat(), "files": files}
            index = target / "backups" / f"{at.astimezone(UTC).strftime(_STAMP)}.json"
            write_atomic(index, json.dumps(document, ensure_ascii=False, indent=0).encode())
    except OSError as error:
        raise StoreError(
            "the backup could not be written",
            found=str(error.strerror or error),
            remedy="free space on the disk or give the right to write; earlier backups are whole",
        ) from error
    return Backup(target, at, files), copied


def list_backups(folder: Path) -> list[str]:
    """Names of the backups in a folder, the oldest first."""
    found = (path.name for path in (folder / "backups").glob("*.json"))
    return sorted(name.removesuffix(".json") for name in found if _INDEX.fullmatch(name))


def load_backup(folder: Path, name: str | None = None) -> Backup:
    """A backup by its name, the newest by default.

    Raises
    ------
    NotFound
        There is none.
    DamagedStore
        Its index cannot be read.
    """
    names = list_backups(folder)
    if not names or (name is not None and name not in names):
        raise NotFound(
            f"no backup {name or ''} in {folder}".replace("  ", " "),
            expected="a folder that jdzfire backup wrote",
            found=", ".join(names[-5:]) or "none",
        )
    path = folder / "backups" / f"{name or names[-1]}.json"
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
        files = {str(key): str(value) for key, value in found["files"].items()}
        if not all(map(_is_safe, files)) or not all(map(_SHA256.fullmatch, files.values())):
            raise ValueError("a name or sha256 that cannot be")
        return Backup(folder, datetime.fromisoformat(found["made_at"]), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedStore(
            f"the index {path.name} of the backup cannot be read",
            found=str(error)[:200],
            remedy="name an earlier backup with --name",
        ) from error


def restore_file(backup: Backup, sha256: str, target: Path) -> bool:
    """Put one content of a backup in its place; False when the backup does not have it whole."""
    path = _object_path(backup.folder, sha256)
    if not path.is_file() or kept_file(path).sha256 != sha256:
        return False
    write_atomic(target, _chunks(path))
    return True


def restore_home(backup: Backup, root: Path) -> int:
    """Put a whole backup into a new or empty folder, and return how many files.

    All contents are checked before anything is written; the marker comes last, so that a folder
    that is not whole is no workspace.

    Raises
    ------
    UsageError
        The folder is not empty.
    DamagedStore
        Contents of the backup are missing or damaged.
    """
    target = root.expanduser().absolute()
    if target.exists() and any(target.iterdir()):
        raise UsageError(
            f"{root} is not empty",
            expected="a new or empty folder",
            remedy="to mend a damaged workspace use jdzfire repair --backup DIR",
        )
    wrong = [
        name
        for name, sha256 in backup.files.items()
        if not (path := _object_path(backup.folder, sha256)).is_file()
        or kept_file(path).sha256 != sha256
    ]
    if wrong:
        raise DamagedStore(
            "the backup is damaged",
            expected=f"{len(backup.files)} whole files",
            found=f"{len(wrong)} missing or changed: {', '.join(sorted(wrong)[:3])}",
            remedy="name an earlier backup with --name, or another copy of the folder",
        )
    staged = target.with_name(f".{target.name}.restore-{secrets.token_hex(4)}")
    try:
        for name, sha256 in backup.files.items():
            restore_file(backup, sha256, staged / name)
        if target.exists():
            target.rmdir()
        staged.rename(target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return len(backup.files)


def _sources(home: Home) -> Iterator[tuple[str, Path]]:
    for name in _KEPT_FILES:
        if (home.root / name).is_file():
            yield name, home.root / name
    for folder in _KEPT_FOLDERS:
        for path in sorted((home.root / folder).rglob("*")):
            name = path.relative_to(home.root).as_posix()
            if path.is_file() and not path.is_symlink() and _is_safe(name):
                yield name, path


def _is_safe(name: str) -> bool:
    parts = name.split("/")
    return bool(name) and not any(part in ("", "..") or part.startswith(".") for part in parts)


def _put(folder: Path, path: Path, *, verify: bool = False) -> tuple[str, int]:
    """The sha256 of a file whose content is in the backup now, and the bytes that were copied."""
    found = kept_file(path)
    target = _object_path(folder, found.sha256)
    is_there = target.is_file() and target.stat().st_size == found.size
    if is_there and (not verify or kept_file(target).sha256 == found.sha256):
        return found.sha256, 0
    write_atomic(target, _chunks(path))
    if kept_file(target).sha256 != found.sha256:
        target.unlink()
        raise StoreError(
            f"{path.name} reads back differently from the backup",
            remedy="check the disk of the backup, and run again",
        )
    return found.sha256, found.size


def _put_database(folder: Path, path: Path) -> tuple[str, int]:
    """A database as of one moment, by SQLite's own backup."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        with (
            closing(sqlite3.connect(path, timeout=30.0)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
        return _put(folder, copy)
    except sqlite3.Error as error:
        raise StoreError(f"{path.name} could not be copied", found=str(error)) from error
    finally:
        copy.unlink(missing_ok=True)


def _object_path(folder: Path, sha256: str) -> Path:
    return folder / "objects" / sha256[:2] / sha256


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk
