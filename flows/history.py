"""Prefect's own database in a workspace: a history of runs that nobody needs, within a bound.

A run with Prefect adds some 110 kB to it [C], 5.7 GB in a year of runs ten minutes apart. Prefect
3.8 can prune it (``PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED=events,flow_runs``), but only in a
server that runs for hours; the one of a single run ends before. What happened is in the ledger.
"""

from __future__ import annotations

import os
from pathlib import Path

HISTORY_MAX_BYTES = 64 << 20
"""Bytes of the database at which it is begun anew: some 600 runs [C]."""

_FILES = ("prefect.db", "prefect.db-wal", "prefect.db-shm", "memo_store.toml")
"""The last one records which migrations the database has had, so it goes too."""


def clear_history(
    prefect_home: Path, *, server_pid: int | None, max_bytes: int | None = None
) -> bool:
    """Remove Prefect's database when it is larger than the bound; Prefect makes a new one.

    Parameters
    ----------
    prefect_home : Path
        Folder of the database.
    server_pid : int, optional
        Server of an earlier or a concurrent run; while it lives nothing is removed.
    max_bytes : int, optional
        Of the database and what belongs to it; default :data:`HISTORY_MAX_BYTES`.

    Returns
    -------
    bool
        Whether it was removed.
    """
    most = HISTORY_MAX_BYTES if max_bytes is None else max_bytes
    files = [path for name in _FILES if (path := prefect_home / name).is_file()]
    if sum(path.stat().st_size for path in files) <= most or _is_alive(server_pid):
        return False
    for path in files:
        path.unlink(missing_ok=True)
    return True


def _is_alive(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True
