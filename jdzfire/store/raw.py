"""Raw bytes as they came, kept before anything reads them and named by what they are."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from jdzfire.errors import DamagedStore, InputError, NotFound, UsageError
from jdzfire.store.atomic import write_atomic
from jdzfire.store.home import Home

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


def keep_raw(home: Home, raw: bytes) -> str:
    """Keep raw bytes and return their sha256; the same bytes again write nothing.

    A file whose content no longer matches its name is written anew.
    """
    sha256 = hashlib.sha256(raw).hexdigest()
    path = raw_path(home, sha256)
    if not path.exists() or path.read_bytes() != raw:
        write_atomic(path, raw)
    return sha256


def keep_raw_file(home: Home, source: Path) -> str:
    """Keep the bytes of a file, however large, and return their sha256.

    Raises
    ------
    InputError
        The file cannot be read, or was changed while it was read.
    """
    sha256 = _digest(source)
    path = raw_path(home, sha256)
    if not path.exists() or _digest(path) != sha256:
        write_atomic(path, _checked_chunks(source, sha256))
    return sha256


def load_raw(home: Home, sha256: str) -> bytes:
    """Raw bytes of this sha256.

    Raises
    ------
    NotFound
        The home never received them.
    DamagedStore
        The file's content does not match its name.
    """
    path = raw_path(home, sha256)
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound("no raw bytes of this sha256 are kept", found=sha256) from error
    found = hashlib.sha256(raw).hexdigest()
    if found != sha256:
        raise DamagedStore(
            "raw bytes are damaged on the disk",
            expected=sha256,
            found=found,
            remedy="check the disk; jdzfire repair --backup DIR takes the file from a backup, or "
            "register or ingest it again",
        )
    return raw


def raw_problem(home: Home, sha256: str, *, deep: bool = True) -> str:
    """What is wrong with kept raw bytes: "missing", "damaged", or "".

    Parameters
    ----------
    home : Home
    sha256 : str
    deep : bool
        Hash them too, not only check that they exist.
    """
    path = raw_path(home, sha256)
    if not path.is_file():
        return "missing"
    return "damaged" if deep and _digest(path) != sha256 else ""


def raw_path(home: Home, sha256: str) -> Path:
    """Where the bytes of this sha256 lie, kept or not.

    Raises
    ------
    UsageError
        It is no sha256 in lower-case hex.
    """
    if not _SHA256.fullmatch(sha256):
        raise UsageError(
            "not the name of raw bytes",
            expected="a sha256, 64 hex digits in lower case",
            found=repr(sha256[:80]),
        )
    return home.raw_dir / sha256[:2] / sha256


def _digest(source: Path) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(source):
        digest.update(chunk)
    return digest.hexdigest()


def _checked_chunks(source: Path, sha256: str) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for chunk in _chunks(source):
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != sha256:
        raise InputError(
            f"{source.name} was changed while it was read",
            expected="a whole file",
            remedy="copy it under another folder first and move it in when it is whole",
        )


def _chunks(source: Path) -> Iterator[bytes]:
    try:
        with source.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise InputError(
            f"{source.name} cannot be read", found=str(error.strerror), remedy="check the path"
        ) from error
