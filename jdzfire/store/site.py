"""The published site: each edition under its own name, its last runs in dated folders.

    published/
      index.html  status.json          the runs that are kept; written last
      internal/  public/               what each edition shows now
      runs/internal/20240404T080000Z/  the run of that data time, whole

What belongs here: in which order these change, so that a process may be killed between any two
lines. A run is written first, then the edition swaps to it, then the front page names it, and
only then are older runs taken away: nothing the front page names is ever missing.

The editions are folders, not links to folders: whoever copies ``published/internal`` has the
pages. Their files are those of the run under a second name (hard links), and a run shares with the
one before what did not change; where a file system knows no such names they are copies. So do not
write into a file of the site: replace it.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from jdzfire.errors import StoreError
from jdzfire.store.atomic import (
    keep_folder,
    publish_folder,
    shown_data_at,
    verify_folder,
    write_atomic,
)
from jdzfire.store.staging import sync_folder

RUNS = "runs"
"""Folder of the dated runs."""

LEAST_KEPT = 2
"""Runs that are never taken away: the newest, and the one a reader may still be looking at."""

_STAMP = "%Y%m%dT%H%M%SZ"
_WAIT_S = 60.0


@dataclass(frozen=True)
class Run:
    """One run of one edition that is kept."""

    edition: str
    """``internal`` or ``public``."""
    folder: str
    """Relative to the site, with ``/``."""
    data_at: datetime
    """Time of its data."""
    status: Mapping[str, Any]
    """Its ``status.json``; empty when it has none."""


@contextmanager
def lock_site(site: Path) -> Iterator[None]:
    """Let no other process change the site while the block runs.

    Raises
    ------
    StoreError
        Another process has been at it for a minute.
    """
    site.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(site / ".site.lock", timeout=_WAIT_S):
            yield
    except Timeout as error:
        raise StoreError(
            "the site is being published by another process",
            expected=f"its turn within {_WAIT_S:.0f} s",
            remedy="run again when the other process has ended",
        ) from error


def publish_run(site: Path, edition: str, files: Mapping[str, bytes], *, data_at: datetime) -> bool:
    """Keep a run in its dated folder and let its edition show it.

    Older data never replace newer: nothing is written then. Data of the same second replace the
    run of that second. Hold :func:`lock_site`.

    Parameters
    ----------
    site : Path
    edition : str
    files : mapping of str to bytes
    data_at : datetime, aware

    Returns
    -------
    bool
        False when the edition shows newer data already.
    """
    held = shown_data_at(site / edition)
    if held is not None and held > data_at:
        return False
    kept = site / RUNS / edition
    run = kept / _stamp(data_at)
    try:
        _clear_hidden(kept)
        keep_folder(run, files, data_at=data_at, like=[site / edition])
    except OSError as error:
        raise StoreError(
            f"the run of {edition} could not be kept",
            found=str(error.strerror or error),
            remedy="free space on the disk or allow writing; the last one is still in place",
        ) from error
    return publish_folder(site / edition, files, data_at=data_at, like=[run])


def load_shown(site: Path, edition: str) -> dict[str, bytes] | None:
    """Files of what an edition shows; None when it shows nothing, or not all that it should."""
    folder = site / edition
    if verify_folder(folder):
        return None
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def renew_shown(site: Path, edition: str, files: Mapping[str, bytes], *, data_at: datetime) -> bool:
    """Let an edition show these files for its own run, which stays as it was drawn.

    Hold :func:`lock_site`.

    Parameters
    ----------
    site : Path
    edition : str
    files : mapping of str to bytes
    data_at : datetime, aware
        Of the run.

    Returns
    -------
    bool
        False when the edition shows newer data already.
    """
    run = site / RUNS / edition / _stamp(data_at)
    return publish_folder(site / edition, files, data_at=data_at, like=[run, site / edition])


def load_runs(site: Path, *, keep: int | None = None, keep_bytes: int | None = None) -> list[Run]:
    """The runs that are kept, the newest first, then by edition.

    Parameters
    ----------
    site : Path
    keep, keep_bytes : int, optional
        Only those :func:`prune_runs` would leave.

    Returns
    -------
    list of Run
        Folders without a manifest that can be read are left out.
    """
    found = []
    for kept in sorted((site / RUNS).glob("[!.]*")):
        for folder in _to_keep(site, kept.name, keep, keep_bytes):
            data_at = shown_data_at(folder)
            if data_at is not None:
                path = folder.relative_to(site).as_posix()
                shown = site / kept.name
                is_shown = shown_data_at(shown) == data_at  # its status may have been renewed
                status = _read_status(shown if is_shown else folder)
                found.append(Run(kept.name, path, data_at, status))
    return sorted(found, key=lambda run: (-run.data_at.timestamp(), run.edition))


def write_front(site: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of the front page, one after the other."""
    for name, data in files.items():
        path = site / name
        if not path.exists() or path.read_bytes() != data:
            write_atomic(path, data)


def prune_runs(site: Path, *, keep: int, keep_bytes: int | None = None) -> int:
    """Take older runs away, and return how many.

    The newest ``keep`` of each edition stay, as long as they hold no more than ``keep_bytes``
    together (a file that runs share counts once); in any case :data:`LEAST_KEPT` of them, and the
    one the edition shows. A run first gets a hidden name, so that nobody sees half of one.
    """
    count = 0
    for kept in sorted((site / RUNS).glob("[!.]*")):
        stay = set(_to_keep(site, kept.name, keep, keep_bytes))
        for folder in _folders(kept):
            if folder not in stay:
                folder.rename(folder.with_name(f".{folder.name}.staging-{secrets.token_hex(4)}"))
                count += 1
        if any(kept.glob(".*.staging-*")):
            sync_folder(kept)
            _clear_hidden(kept)
    return count


def _to_keep(site: Path, edition: str, keep: int | None, keep_bytes: int | None) -> Sequence[Path]:
    folders = _folders(site / RUNS / edition)
    if keep is None:
        return folders
    stay = folders[-max(keep, LEAST_KEPT) :]
    if keep_bytes is not None:
        stay = _within(stay, keep_bytes)
    held = shown_data_at(site / edition)
    shown = [] if held is None else [f for f in folders if f.name == _stamp(held)]
    return [folder for folder in folders if folder in stay or folder in shown]


def _within(folders: list[Path], most: int) -> list[Path]:
    """The newest folders that hold so many bytes together, a shared file counted once."""
    seen: set[int] = set()
    total = 0
    for number, folder in enumerate(reversed(folders)):
        for inner, _, names in os.walk(folder):  # rglob takes three times as long
            for name in names:
                about = os.lstat(f"{inner}/{name}")
                if about.st_ino not in seen:
                    seen.add(about.st_ino)
                    total += about.st_size
        if total > most and number >= LEAST_KEPT:
            return folders[len(folders) - number :]
    return folders


def _folders(kept: Path) -> list[Path]:
    return sorted(path for path in kept.glob("[!.]*") if path.is_dir())


def _clear_hidden(kept: Path) -> None:
    for leftover in kept.glob(".*.staging-*"):
        shutil.rmtree(leftover)


def _read_status(folder: Path) -> Mapping[str, Any]:
    try:
        status = json.loads((folder / "status.json").read_bytes())
    except (OSError, ValueError):
        return {}
    return status if isinstance(status, dict) else {}


def _stamp(data_at: datetime) -> str:
    return data_at.astimezone(UTC).strftime(_STAMP)
