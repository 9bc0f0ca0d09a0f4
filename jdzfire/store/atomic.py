"""Files and folders that are either the old ones or the new ones, never half of each.

A process may be killed between any two lines here. What it leaves behind is a file or folder
with a leading dot, which readers ignore and the next writer removes.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import secrets
import shutil
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from filelock import FileLock, Timeout

from jdzfire.errors import StoreError, UsageError
from jdzfire.store.staging import fill_folder, sync_files, sync_folder, write_file

MANIFEST = "manifest.json"
"""File of a published folder with the time of its data and the sha256 of its files."""

_PART = ".part"
_LEFTOVER_AGE_S = 3600.0  # no single file takes an hour to write
_PUBLISH_WAIT_S = 60.0
_AT_FDCWD = -100  # renameat2(2): paths are relative to the working directory
_RENAME_EXCHANGE = 2  # renameat2(2): both names exist, swap them


def write_atomic(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a file so that a reader sees all of it, or what was there before.

    The bytes go to a hidden file in the same folder, are forced to the disk and then renamed
    over ``path``. When writing fails the hidden file is taken away and ``path`` is as it was.

    Parameters
    ----------
    path : Path
        Its folder is made when missing.
    data : bytes, or an iterable of them
        What the iterable raises goes on to the caller, and nothing was changed.

    Raises
    ------
    StoreError
        The disk refused (full, read-only, no right).
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}{_PART}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write_file(part, data)
            sync_files([part])
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise StoreError(
            f"{path.name} could not be written",
            found=str(error.strerror or error),
            remedy="free space on the disk or give the right to write; nothing was changed",
        ) from error


def clear_leftovers(folder: Path, *, older_than_s: float = _LEFTOVER_AGE_S) -> int:
    """Take away the hidden files of writers that were killed, and return how many.

    Only files not touched for ``older_than_s`` [s] go, so a writer at work keeps its own.
    """
    limit = time.time() - older_than_s
    cleared = 0
    for part in folder.rglob(f".*{_PART}"):
        try:
            if part.stat().st_mtime <= limit:
                part.unlink()
                cleared += 1
        except FileNotFoundError:  # another process was quicker
            continue
    return cleared


def publish_folder(
    target: Path,
    files: Mapping[str, bytes],
    *,
    data_at: datetime | None = None,
    like: Sequence[Path] = (),
) -> bool:
    """Replace a published folder as a whole, unless it shows newer data already.

    The files are staged in a hidden folder beside the target, read back and compared, and then
    the two folders swap names in one step; the former one is kept as ``.<name>.previous``.
    Whatever fails before the swap leaves the last good folder up. Older data never replace
    newer; data of the same time do, and the same files again change nothing.

    Parameters
    ----------
    target : Path
        The folder readers open, for example ``published/internal``.
    files : mapping of str to bytes
        Relative names with ``/``; a ``manifest.json`` among them must be a JSON object, and
        gets ``data_at`` and ``files`` (sha256 of each) added.
    data_at : datetime, aware, optional
        Time of the data; default is ``data_at`` of the manifest given.
    like : sequence of Path
        Folders published before: what they hold already is linked from there where the file
        system can, so it is neither written nor forced to the disk again.

    Returns
    -------
    bool
        True when the folder now shows these files, False when it shows newer data.

    Raises
    ------
    UsageError
        No data time, a file name that leaves the folder, or a manifest that is no JSON object.
    StoreError
        The disk refused, what was staged reads back differently, or another process has been
        publishing the same folder for a minute.

    Notes
    -----
    On Linux the swap is renameat2(RENAME_EXCHANGE). Elsewhere it is two renames: a process
    killed between them leaves no folder until the next call, which first puts the last one back.
    """
    staged_files = _with_manifest(files, data_at)
    manifest = json.loads(staged_files[MANIFEST])
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(target.with_name(f".{target.name}.lock"), timeout=_PUBLISH_WAIT_S)
    try:
        with lock:
            _recover(target)
            held = _read_manifest(target)
            if held is not None and _data_time(held) > _data_time(manifest):
                return False
            if held == manifest and not verify_folder(target):
                return True
            _stage_and_swap(target, staged_files, like)
            return True
    except Timeout as error:
        raise StoreError(
            f"{target.name} is being published by another process",
            expected=f"its turn within {_PUBLISH_WAIT_S:.0f} s",
            remedy="run again when the other process has ended",
        ) from error
    except OSError as error:
        raise StoreError(
            f"{target.name} could not be published",
            found=str(error.strerror or error),
            remedy="free space on the disk or allow writing; the last one is still in place",
        ) from error


def keep_folder(
    target: Path, files: Mapping[str, bytes], *, data_at: datetime, like: Sequence[Path] = ()
) -> None:
    """Write a folder as a whole with its manifest; the former folder of that name is removed.

    Unlike :func:`publish_folder` it takes no lock and compares no times: for a folder that is
    named by its time. The same files again change nothing.

    Parameters
    ----------
    target : Path
    files : mapping of str to bytes
        As of :func:`publish_folder`.
    data_at : datetime, aware
    like : sequence of Path
        As of :func:`publish_folder`.
    """
    staged_files = _with_manifest(files, data_at)
    if _read_manifest(target) == json.loads(staged_files[MANIFEST]) and not verify_folder(target):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = _stage(target, staged_files, like)
    try:
        swap_folder(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def shown_data_at(target: Path) -> datetime | None:
    """Time of the data a published folder shows; None when it shows none that can be read."""
    manifest = _read_manifest(target)
    return None if manifest is None else _data_time(manifest)


def verify_folder(target: Path) -> list[str]:
    """Names of files of a published folder that are missing, damaged or not listed in its manifest.

    Returns
    -------
    list of str
        Sorted; empty when all is well. ``manifest.json`` when there is no readable manifest.
    """
    manifest = _read_manifest(target)
    if manifest is None:
        return [MANIFEST]
    listed = manifest["files"]
    present = {
        path.relative_to(target).as_posix(): path for path in target.rglob("*") if path.is_file()
    }
    wrong = set(listed) ^ (set(present) - {MANIFEST})
    wrong |= {
        name
        for name, sha256 in listed.items()
        if name in present and hashlib.sha256(present[name].read_bytes()).hexdigest() != sha256
    }
    return sorted(wrong)


def swap_folder(staged: Path, target: Path) -> None:
    """Put a staged folder in the target's place in one step; the former one is removed.

    Where the system cannot exchange two folders it takes two renames, and a process killed
    between them leaves the old folder under the name of the staged one with ``.old`` added.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        staged.rename(target)
    elif _exchange(staged, target):
        shutil.rmtree(staged)
    else:
        old = staged.with_name(f"{staged.name}.old")
        target.rename(old)
        staged.rename(target)
        shutil.rmtree(old)
    sync_folder(target.parent)


def _with_manifest(files: Mapping[str, bytes], data_at: datetime | None) -> dict[str, bytes]:
    """The files with a manifest of the data time and the sha256 of each."""
    for name in files:
        _check_name(name)
    listed = _parse_manifest(files[MANIFEST]) if MANIFEST in files else {}
    when = data_at if data_at is not None else _parse_time(listed.get("data_at"))
    if when is None or when.tzinfo is None:
        raise UsageError(
            "a folder cannot be published without the time of its data",
            expected="an aware data_at, given or in manifest.json",
            found=repr(listed.get("data_at") if data_at is None else data_at),
        )
    manifest = {
        **listed,
        "data_at": when.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "files": {
            name: hashlib.sha256(data).hexdigest()
            for name, data in sorted(files.items())
            if name != MANIFEST
        },
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
    return {**files, MANIFEST: text.encode()}


def _check_name(name: str) -> None:
    path = PurePosixPath(name)
    safe = name and not path.is_absolute() and "\\" not in name and ":" not in name
    if not safe or ".." in path.parts or any(part.startswith(".") for part in path.parts):
        raise UsageError(
            "a published file must lie inside its folder",
            expected="a relative name with / and no leading dots",
            found=repr(name),
        )


def _parse_manifest(data: bytes) -> dict[str, Any]:
    try:
        listed = json.loads(data)
    except ValueError as error:
        raise UsageError("manifest.json is no JSON", found=str(error)) from error
    if not isinstance(listed, dict):
        raise UsageError(
            "manifest.json holds no JSON object", expected="{...}", found=type(listed).__name__
        )
    return listed


def _parse_time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def _read_manifest(target: Path) -> dict[str, Any] | None:
    """The manifest of a published folder; None when it has none that can be used."""
    try:
        listed = json.loads((target / MANIFEST).read_bytes())
    except (OSError, ValueError):
        return None
    usable = isinstance(listed, dict) and isinstance(listed.get("files"), dict)
    when = _parse_time(listed.get("data_at")) if usable else None
    return listed if when is not None and when.tzinfo is not None else None


def _manifest_files(folder: Path) -> dict[str, str]:
    """sha256 of each file of a published folder, from its manifest, and of the manifest."""
    manifest = _read_manifest(folder)
    if manifest is None:
        return {}
    sha256 = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    return {**manifest["files"], MANIFEST: sha256}


def _data_time(manifest: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(manifest["data_at"])


def _recover(target: Path) -> None:
    """Put the last good folder back and take away what a killed process left."""
    previous = target.with_name(f".{target.name}.previous")
    if not target.exists() and previous.exists():
        previous.rename(target)
    for leftover in target.parent.glob(f".{target.name}.staging-*"):
        shutil.rmtree(leftover)


def _stage_and_swap(target: Path, files: Mapping[str, bytes], like: Sequence[Path]) -> None:
    staging = _stage(target, files, like)
    try:
        _swap(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _stage(target: Path, files: Mapping[str, bytes], like: Sequence[Path]) -> Path:
    """A hidden folder beside the target with these files, on the disk and read back."""
    staging = target.with_name(f".{target.name}.staging-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        wrong = fill_folder(staging, files, like=[(one, _manifest_files(one)) for one in like])
        if wrong:
            raise StoreError(
                f"{target.name} was not published: staged files read back differently",
                found=", ".join(wrong[:5]),
                remedy="check the disk; the last good folder is still in place",
            )
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return staging


def _swap(staging: Path, target: Path) -> None:
    """Give the staged folder the target's name and keep the former one as previous."""
    previous = target.with_name(f".{target.name}.previous")
    if not target.exists():
        staging.rename(target)
    else:
        if previous.exists():
            previous.rename(target.with_name(f".{target.name}.staging-old-{secrets.token_hex(4)}"))
        if _exchange(staging, target):
            staging.rename(previous)
        else:
            target.rename(previous)
            staging.rename(target)
    sync_folder(target.parent)
    _recover(target)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    result = libc.renameat2(
        _AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE
    )
    return bool(result == 0)
