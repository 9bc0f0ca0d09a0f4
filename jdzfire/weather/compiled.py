"""The fire indices of xclim, imported by one process at a time.

xclim compiles two functions when it is imported and keeps what it made beside its own files. Where
two processes do so at the same moment they may leave a pair that does not fit, and every later
process that calls it is ended by the system (numba issue 10128; seen with numba 0.68: 4 of 12 pairs
of processes, and every process after them).
"""

from __future__ import annotations

import os
import tempfile
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from filelock import FileLock

_PACKAGE = "xclim.indices.fire"


def fire_indices() -> ModuleType:
    """The module ``xclim.indices.fire``; the first import waits for other processes' imports."""
    with FileLock(_lock_path()):
        return import_module(_PACKAGE)


def _lock_path() -> Path:
    found = find_spec("xclim")
    folders = [Path(p) for p in (found.submodule_search_locations or [])] if found else []
    beside = [p for p in folders if os.access(p, os.W_OK)]
    # where the package cannot be written, numba writes below the user's own folder
    owner = getattr(os, "getuid", int)()
    return (beside or [Path(tempfile.gettempdir())])[0] / f".jdzfire-{owner}.lock"
