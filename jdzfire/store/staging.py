"""Filling a new folder quickly and surely: written, forced to the disk, read back.

What belongs here: how the files of a staged folder come to the disk. Where the folder goes, and
when, is decided in :mod:`jdzfire.store.atomic`.

Forcing each file to the disk before the next one is begun costs a turn of the file system's
journal for each. Here all are written first, and the system is asked to begin with them at once;
then the first file that is waited for takes the others with it, and the rest wait for nothing.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath


def fill_folder(
    folder: Path, files: Mapping[str, bytes], *, like: Sequence[tuple[Path, Mapping[str, str]]] = ()
) -> list[str]:
    """Put files into a new folder, on the disk and read back.

    A file that lies in one of the other folders already is linked, not written again: to
    whoever reads or copies it, it is a plain file. Where the file system refuses links, or the
    file there turns out to be another than expected, it is written.

    Parameters
    ----------
    folder : Path
        Made here, with the folders in it; must not exist.
    files : mapping of str to bytes
        Relative names with ``/``.
    like : sequence of (Path, mapping of str to str)
        Folders that are on the disk, each with the expected sha256 of its files by name.

    Returns
    -------
    list of str
        Names that read back differently, sorted; empty when all is well.

    Notes
    -----
    Two turns of the journal whatever the number of files, where the system can begin to write
    when asked (Linux); else one a file that is written.
    """
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    folders = {folder}.union(*(_parents(folder, name) for name in files))
    for inner in sorted(folders):
        inner.mkdir()
    fresh = [name for name in files if not _link(folder, name, digests[name], like)]
    for name in fresh:
        write_file(folder / name, files[name])
    sync_files(folder / name for name in fresh)
    for inner in sorted(folders):
        sync_folder(inner)
    return sorted(name for name in fresh if _sha256(folder / name) != digests[name])


def _parents(folder: Path, name: str) -> list[Path]:
    """Folders inside ``folder`` on the way to a file."""
    return [folder / path for path in PurePosixPath(name).parents if path.parts]


def write_file(path: Path, data: bytes | Iterable[bytes]) -> None:
    """Write a file that must not exist, and let the system begin to put it on the disk."""
    with path.open("xb") as file:
        for chunk in (data,) if isinstance(data, bytes) else data:
            file.write(chunk)
        file.flush()
        if sys.platform == "linux":
            with suppress(OSError):  # advice only
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def sync_files(paths: Iterable[Path]) -> None:
    """Force files to the disk; returns when all of them are there."""
    for path in paths:
        with path.open("r+b") as file:  # Windows refuses to force what was opened to read
            os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _link(
    folder: Path, name: str, sha256: str, like: Sequence[tuple[Path, Mapping[str, str]]]
) -> bool:
    """Whether a file could be linked from another folder and has the expected content."""
    path = folder / name
    for other, digests in like:
        if digests.get(name) != sha256:
            continue
        try:
            os.link(other / name, path)
        except OSError:  # a stick, a share, another disk, or somebody took the file away
            continue
        if _sha256(path) == sha256:
            return True
        path.unlink()
    return False


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
