"""What the workspace keeps, by sha256: so that a file that is lost or damaged is noticed.

``kept.json`` names every table and grid under ``archive/`` and ``registers/`` with its sha256
and size. A change is announced in it before the files are touched and confirmed afterwards, so
that a process killed in between leaves files that are either the old ones or the new ones. What is
named and missing, or of another size or content, is damage and never an empty day.

Raw files are not listed: their names are their sha256, and the ledger's inputs name them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from jdzfire.errors import DamagedStore
from jdzfire.store.atomic import write_atomic
from jdzfire.store.home import Home, home_layout

VERIFY_MAX_BYTES = 32 << 20
"""A larger file is not hashed each time it is read: 32 MiB take some 30 ms [C]; ``doctor --deep``
hashes every one."""

_TRIES = 20
"""How often a check starts again because a writer changed the list meanwhile."""

_CHUNK = 1 << 20


@dataclass(frozen=True)
class KeptFile:
    """What a file holds."""

    sha256: str
    """Of its bytes."""
    size: int
    """Bytes."""


@dataclass(frozen=True)
class KeptFiles:
    """The list of what is kept, by path relative to the workspace, with ``/``."""

    files: Mapping[str, KeptFile] = field(default_factory=dict)
    """As confirmed last."""
    changing: Mapping[str, KeptFile | None] = field(default_factory=dict)
    """Announced and not confirmed: the new content, or None when the file goes."""


_verified: dict[Path, tuple[int, int, int, str]] = {}
"""Files this process hashed already: modification time, size, inode, sha256."""


def kept_file(content: bytes | Path) -> KeptFile:
    """The sha256 and size of bytes, or of a file."""
    if isinstance(content, bytes):
        return KeptFile(hashlib.sha256(content).hexdigest(), len(content))
    digest, size = hashlib.sha256(), 0
    with content.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return KeptFile(digest.hexdigest(), size)


def known_file(path: Path) -> KeptFile:
    """The sha256 and size of a file, hashed once a process while its time and size stay."""
    state = path.stat()
    stamp = (state.st_mtime_ns, state.st_size, state.st_ino)
    known = _verified.get(path)
    if known is None or known[:3] != stamp:
        known = (*stamp, kept_file(path).sha256)
        _verified[path] = known
    return KeptFile(known[3], state.st_size)


def load_kept(home: Home) -> KeptFiles:
    """The list of what is kept.

    Raises
    ------
    DamagedStore
        The list is missing or cannot be read.
    """
    if not home.kept_path.exists() and home_layout(home) == 1:
        return KeptFiles()  # of before there was a list; opening the ledger makes it
    try:
        found = json.loads(home.kept_path.read_bytes())
        return KeptFiles(
            {name: KeptFile(*value) for name, value in found["files"].items()},
            {
                name: None if value is None else KeptFile(*value)
                for name, value in found["changing"].items()
            },
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedStore(
            f"the list of what the workspace keeps, {home.kept_path.name}, cannot be read",
            expected="JSON with files and changing",
            found=type(error).__name__,
            remedy="jdzfire repair makes it again from the files that are there",
        ) from error


@contextmanager
def changing_kept(
    home: Home, after: Mapping[Path, bytes | KeptFile | None], *, base: Path | None = None
) -> Iterator[None]:
    """Announce what files will hold, let the block write them, then confirm.

    Hold the turn of :func:`jdzfire.store.home.write_turn`. When the block fails, what was
    announced is settled by looking at the files.

    Parameters
    ----------
    home : Home
    after : mapping of Path to bytes, KeptFile or None
        Files below the workspace and what they will hold; None for a file that goes.
    base : Path, optional
        Folder the paths are below; default is the workspace.
    """
    entries = {
        path.relative_to(base or home.root).as_posix(): (
            kept_file(content) if isinstance(content, bytes) else content
        )
        for path, content in after.items()
    }
    before = _settled(home, load_kept(home))
    save_kept(home, KeptFiles(before.files, entries))
    try:
        yield
    finally:
        save_kept(home, _settled(home, KeptFiles(before.files, entries)))
        for path in after:
            if not path.exists():  # or a watch of a year remembers every part it ever compacted
                _verified.pop(path, None)


def adopt_kept(home: Home) -> KeptFiles:
    """Make the list anew from the files that are there: a workspace of before there was one."""
    files = {
        path.relative_to(home.root).as_posix(): kept_file(path)
        for folder in (home.archive_dir, home.registers_dir)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not _is_hidden(path.relative_to(home.root))
    }
    kept = KeptFiles(files)
    save_kept(home, kept)
    return kept


def check_kept(home: Home) -> None:
    """See that every file that is kept is there with its size; contents are not read.

    Raises
    ------
    DamagedStore
        Some are missing or of another size, with the way back.

    Notes
    -----
    Once per file: some 10 microseconds [C].
    """
    problems = _settled_problems(home, deep=False)
    if problems:
        raise damage_error(problems)


def verify_kept(home: Home, paths: Iterable[Path]) -> None:
    """Check that files match the list, before they are read.

    A file that is not in the list passes (a reader may be ahead of a writer), and so does one that
    is large (:data:`VERIFY_MAX_BYTES`) or was verified by this process and not touched since.

    Raises
    ------
    DamagedStore
        A file holds something else.
    """
    wanted = {path.relative_to(home.root).as_posix(): path for path in paths}
    if not wanted:
        return
    for _ in range(_TRIES):
        kept = load_kept(home)
        wrong = {
            name: state
            for name, path in wanted.items()
            if (state := _content_problem(kept, name, path))
        }
        if not wrong:
            return
        if load_kept(home) == kept:
            raise damage_error(wrong)


def list_damage(home: Home, *, deep: bool) -> dict[str, str]:
    """Every kept file that is missing or damaged, and how; with ``deep`` contents are hashed."""
    return _settled_problems(home, deep=deep)


def damage_error(problems: Mapping[str, str]) -> DamagedStore:
    """The error that names damaged files and the way back."""
    shown = "; ".join(f"{name}: {state}" for name, state in sorted(problems.items())[:3])
    more = f" and {len(problems) - 3} more" if len(problems) > 3 else ""
    return DamagedStore(
        "the workspace is damaged: kept files are missing or changed",
        expected="what kept.json lists",
        found=shown + more,
        remedy="jdzfire repair makes them again where it can, jdzfire restore takes them from a "
        "backup; until then nothing is decided or published and the last map stays",
    )


def _settled_problems(home: Home, *, deep: bool) -> dict[str, str]:
    problems: dict[str, str] = {}
    for _ in range(_TRIES):
        kept = load_kept(home)
        problems = {}
        for name in kept.files:
            path = home.root / name
            state = _presence_problem(kept, name, path)
            if not state and deep:
                state = _content_problem(kept, name, path, at_most=None)
            if state:
                problems[name] = state
        if not problems or load_kept(home) == kept:
            return problems
    return problems


def _presence_problem(kept: KeptFiles, name: str, path: Path) -> str:
    allowed = _allowed(kept, name)
    try:
        size = path.stat().st_size
    except OSError:
        return "" if None in allowed else "missing"
    if any(one is not None and one.size == size for one in allowed):
        return ""
    expected = kept.files[name].size
    return f"{size} bytes, {expected} expected"


def _content_problem(
    kept: KeptFiles, name: str, path: Path, *, at_most: int | None = VERIFY_MAX_BYTES
) -> str:
    allowed = _allowed(kept, name)
    if not allowed:
        return ""
    try:
        if at_most is None:
            found = kept_file(path).sha256
        elif path.stat().st_size > at_most:
            return ""
        else:
            found = known_file(path).sha256
    except OSError:
        return "" if None in allowed else "missing"
    if any(one is not None and one.sha256 == found for one in allowed):
        return ""
    return "its content is not what was written"


def _allowed(kept: KeptFiles, name: str) -> list[KeptFile | None]:
    """What a file may hold: what was confirmed, or what is being written; None is no file."""
    allowed: list[KeptFile | None] = [kept.files[name]] if name in kept.files else []
    if name in kept.changing:
        allowed += [kept.changing[name]] if allowed else [None, kept.changing[name]]
    return allowed


def _settled(home: Home, kept: KeptFiles) -> KeptFiles:
    """The list with every announced change confirmed or taken back, by what the files hold."""
    files = dict(kept.files)
    for name, new in kept.changing.items():
        path = home.root / name
        try:
            found = kept_file(path)
        except OSError:
            if new is None:
                files.pop(name, None)
            continue
        if found == new:
            files[name] = found
    return KeptFiles(files)


def save_kept(home: Home, kept: KeptFiles) -> None:
    """Write the list; hold the turn of :func:`jdzfire.store.home.write_turn`."""
    document = {
        "files": {name: [one.sha256, one.size] for name, one in sorted(kept.files.items())},
        "changing": {
            name: None if one is None else [one.sha256, one.size]
            for name, one in sorted(kept.changing.items())
        },
    }
    write_atomic(home.kept_path, json.dumps(document, indent=0).encode())


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
