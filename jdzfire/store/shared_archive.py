"""The archive and the registers on a file system that others reach: any that fsspec knows.

One machine keeps them and pushes; others pull a copy to read. Parts of the archive are named after their
content, so a push sends what is new; the list of what is kept goes last, and a pull takes just the files
the list names, each checked by its sha256. Settings, raw files and the ledger stay at home.
"""  # noqa: E501

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from jdzfire.errors import DamagedStore, StoreError
from jdzfire.redact import redact
from jdzfire.store.atomic import write_atomic
from jdzfire.store.home import Home, open_home, write_turn
from jdzfire.store.kept import KeptFile, KeptFiles, load_kept, save_kept
from jdzfire.store.ledger import open_ledger

_INDEX = "kept.json"
_TRIES = 5
"""How often a pull begins again because a push went on meanwhile."""


def push_archive(home: Home, address: str) -> int:
    """Bring a shared copy up to date.

    Parameters
    ----------
    home : Home
    address : str
        Folder, as an address fsspec knows (``file:///mnt/share``, ``s3://bucket/jdzfire``).

    Returns
    -------
    int
        Files sent.

    Raises
    ------
    StoreError
        The file system refuses; what was there before is still whole.
    """
    with write_turn(home):
        kept = load_kept(home).files
        files, top = _file_system(address)
        try:
            there = _index(files, top)
            sent = [name for name, one in sorted(kept.items()) if there.get(name) != one]
            for name in sent:
                _put(files, f"{top}/{name}", (home.root / name).read_bytes())
            listed = {name: [one.sha256, one.size] for name, one in sorted(kept.items())}
            _put(files, f"{top}/{_INDEX}", json.dumps({"files": listed}, indent=0).encode())
            for name in sorted(set(there) - set(kept)):
                files.rm_file(f"{top}/{name}")
        except Exception as error:  # each file system has its own
            raise _refused("the shared archive could not be written", error) from error
    return len(sent)


def pull_archive(address: str, root: Path) -> int:
    """Make or renew a local copy to read: a working folder with a ledger of its own, empty.

    Parameters
    ----------
    address : str
        As it was pushed to.
    root : Path
        Folder of the copy; new, or of an earlier pull.

    Returns
    -------
    int
        Files fetched.

    Raises
    ------
    StoreError
        The file system refuses, or nothing was pushed there.
    DamagedStore
        A file there is not what the list says.
    """
    home = open_home(root)
    with open_ledger(home), write_turn(home):
        files, top = _file_system(address)
        try:
            for left in reversed(range(_TRIES)):
                wanted = _index(files, top)
                if not wanted:
                    raise StoreError(
                        "there is no archive to pull",
                        expected=f"{_INDEX} in the folder that was pushed to",
                        remedy="push it from the machine that keeps it",
                    )
                fetched, wrong = _fetch(files, top, home, wanted)
                if not wrong:
                    break
                if not left and _index(files, top) == wanted:
                    raise DamagedStore(
                        "the shared archive is damaged",
                        expected="files as its list names them",
                        found=", ".join(wrong[:3]),
                        remedy="push it again",
                    )
        except (StoreError, DamagedStore):
            raise
        except Exception as error:
            raise _refused("the shared archive could not be read", error) from error
        for name in set(load_kept(home).files) - set(wanted):
            (home.root / name).unlink(missing_ok=True)
        save_kept(home, KeptFiles(wanted))
    return fetched


def _file_system(address: str) -> tuple[Any, str]:
    import fsspec

    try:
        files, top = fsspec.url_to_fs(address)
    except Exception as error:
        raise _refused("no such file system", error) from error
    return files, str(top).rstrip("/")


def _index(files: Any, top: str) -> dict[str, KeptFile]:
    """What a shared copy holds; nothing before the first push."""
    path = f"{top}/{_INDEX}"
    if not files.exists(path):
        return {}
    listed = json.loads(files.cat_file(path))["files"]
    return {name: KeptFile(*one) for name, one in listed.items()}


def _put(files: Any, path: str, data: bytes) -> None:
    files.makedirs(path.rpartition("/")[0], exist_ok=True)
    files.pipe_file(path, data)


def _fetch(files: Any, top: str, home: Home, wanted: dict[str, KeptFile]) -> tuple[int, list[str]]:
    """Fetch what is missing or other here; how many, and which are not what the list says."""
    have, fetched, wrong = load_kept(home).files, 0, []
    for name, one in sorted(wanted.items()):
        path = home.root / name
        if have.get(name) == one and path.exists():
            continue
        try:
            data = files.cat_file(f"{top}/{name}")
        except FileNotFoundError:
            wrong.append(name)
            continue
        if hashlib.sha256(data).hexdigest() != one.sha256:
            wrong.append(name)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(path, data)
        fetched += 1
    return fetched, wrong


def _refused(what: str, error: Exception) -> StoreError:
    return StoreError(
        what,
        expected="an address fsspec knows, and the right to use it",
        found=redact(f"{type(error).__name__}: {error}"),
        remedy="check the address, its login and the network",
    )
