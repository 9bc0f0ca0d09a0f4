"""What was computed from kept files, kept so that a later process need not compute it again.

The folder ``derived/`` may be removed at any time: all of it is made again. A file is named after
what it was made of and after its own content, so that an old or damaged one is never used.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress

from jdzfire.errors import StoreError
from jdzfire.store.atomic import write_atomic
from jdzfire.store.home import Home

_DIGITS = 20  # of a sha256: 80 bits


def load_derived(home: Home, name: str, *, made_of: str) -> bytes | None:
    """Content kept under a name, if it was made of just this and is undamaged.

    Parameters
    ----------
    home : Home
    name : str
        What it is, ``[a-z-]+``.
    made_of : str
        Names everything the content follows from: sha256 of inputs, versions, parameters.

    Returns
    -------
    bytes or None
    """
    for path in home.derived_dir.glob(f"{name}.{_digest(made_of.encode())}.*"):
        with suppress(OSError):
            data = path.read_bytes()
            if path.suffix == f".{_digest(data)}":
                return data
    return None


def save_derived(home: Home, name: str, data: bytes, *, made_of: str) -> None:
    """Keep content under a name, in place of what was made of something else.

    A disk that refuses costs time, not data: the next process computes it again.
    """
    path = home.derived_dir / f"{name}.{_digest(made_of.encode())}.{_digest(data)}"
    with suppress(StoreError, OSError):
        write_atomic(path, data)
        for other in home.derived_dir.glob(f"{name}.*"):
            if other != path:
                other.unlink(missing_ok=True)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
