"""Large tables of lines in a zip, unpacked to a file in parts, so that memory stays bounded.

A zip of an archive's years unpacks to more than may be read at once. When it holds nothing but CSV
text, it needs no library that could be fooled: each table is unpacked to a private file and read
part by part, like one that came unpacked.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jdzfire.errors import InputError
from jdzfire.feeds.firms_forms import UNPACKED_MAX_BYTES, table_members
from jdzfire.feeds.text import excerpt

_DIRECTORY_MAX = 1 << 20
"""Largest directory of a zip that is read here: some thousand members [C]."""
_RATIO_MAX = 50
"""Tables of hotspots pack to a fifth or an eighth; what packs better repeats itself, and is held to
the bounds of a file read as a whole [C]."""
_END = b"PK\x05\x06"
_END_BYTES = 22
_COMMENT_MAX = 65_535
_CHUNK = 1 << 20


@contextmanager
def packed_tables(path: Path, *, source_name: str, at_least: int) -> Iterator[list[Path]]:
    """Tables of a zip as files that go with the block, by the names of the members.

    Parameters
    ----------
    path : Path
    source_name : str
        For the messages.
    at_least : int
        Bytes below which a zip is left to be read as a whole.

    Yields
    ------
    list of Path
        Empty when the zip is small, packs too well, or holds anything but CSV text.

    Raises
    ------
    InputError
        It unpacks to more than ``UNPACKED_MAX_BYTES``, or is damaged.
    """
    with tempfile.TemporaryDirectory(prefix="jdzfire-unpack-") as folder:
        yield list(_unpacked(path, Path(folder), source_name, at_least))


def _unpacked(path: Path, folder: Path, source_name: str, at_least: int) -> Iterator[Path]:
    if not _has_small_directory(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = table_members(archive)
            stated = sum(member.file_size for member in members)
            is_text = all(m.filename.lower().endswith((".csv", ".txt")) for m in members)
            if not is_text or not at_least <= stated <= path.stat().st_size * _RATIO_MAX:
                return
            left = UNPACKED_MAX_BYTES
            for number, member in enumerate(members):
                target = folder / f"{number:04d}.csv"
                left -= _unpack(archive, member, target, left)
                if left < 0:
                    raise InputError(
                        f"{excerpt(source_name)} is too large unpacked",
                        expected=f"at most {UNPACKED_MAX_BYTES >> 20} MB",
                        found=f"{excerpt(member.filename)} goes beyond",
                        remedy="unpack it and hand the CSV over",
                    )
                yield target
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError) as error:
        raise InputError(
            f"{excerpt(source_name)} is a damaged zip archive",
            expected="CSV inside",
            found=excerpt(f"{type(error).__name__}: {error}"),
            remedy="download it again, or export it as CSV text",
        ) from error


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, most: int) -> int:
    """Bytes of a member that were written; one more than ``most`` when there are more."""
    size = 0
    with archive.open(member) as packed, target.open("xb") as file:
        while size <= most and (chunk := packed.read(min(_CHUNK, most + 1 - size))):
            file.write(chunk)
            size += len(chunk)
    return size


def _has_small_directory(path: Path) -> bool:
    """Whether a zip's own directory is small enough to be read without care."""
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return False
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_BYTES - _COMMENT_MAX))
        tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        return False
    return int.from_bytes(tail[at + 12 : at + 16], "little") <= _DIRECTORY_MAX
