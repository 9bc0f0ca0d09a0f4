"""A Prefect server for one run, that ends with it however it ends.

Prefect's own temporary server is left behind when a run is killed. This one watches its parent
and ends when that is gone; a run also ends what an earlier one left, by the note it wrote.

Run as ``python -m flows.server PARENT PORT`` by :func:`own_server`.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flows.history import clear_history

_LASTING = {
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": (
        "prefect.server.concurrency.lease_storage.filesystem"
    ),
}
"""Of a server that lasts: its history is pruned after 90 days, slots outlive a crash."""
_NOTE = "server.json"
_START_S = 120.0
_POLL_S = 0.5
_TRIES = 3
_END_S = 5.0


@contextmanager
def own_server(
    prefect_home: Path, *, port: int | None = None, has_page: bool = False
) -> Iterator[str]:
    """Serve Prefect's API while the block runs, unless ``PREFECT_API_URL`` names a server.

    Parameters
    ----------
    prefect_home : Path
        Folder of its database; what an earlier run left running there is ended first.
    port : int, optional
        Of the server; default: a free one.
    has_page : bool
        Whether it serves Prefect's page too, and begins runs that are due.

    Yields
    ------
    str
        Address of the API.
    """
    named = os.environ.get("PREFECT_API_URL")
    if named:
        yield named
        return
    end_leftovers(prefect_home)
    clear_history(prefect_home, server_pid=_noted_pid(prefect_home))
    process, port = _started(prefect_home, port, has_page)
    try:
        yield f"http://127.0.0.1:{port}/api"
    finally:
        _end(process)
        (prefect_home / _NOTE).unlink(missing_ok=True)


def end_leftovers(prefect_home: Path) -> int:
    """End servers that earlier runs of this folder left behind, and return how many.

    A process counts only when it was begun with this folder as its Prefect home, serves Prefect's
    temporary API, and has lost its parent; without ``/proc`` nothing is ended.
    """
    count = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            words = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):  # it ended, or is somebody else's
            continue
        is_ours = f"PREFECT_HOME={prefect_home}".encode() in environment
        is_server = b"flows.server" in words or b"create_app" in words
        if is_ours and is_server and not _is_run(parent):
            with suppress(OSError):
                os.kill(int(folder.name), signal.SIGKILL)
                count += 1
    return count


def _is_run(pid: int) -> bool:
    """Whether a process is a living run of ours, and so the rightful parent of a server."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return pid > 1 and (b"jdzfire" in words or b"flows" in words or b"prefect" in words)


def _started(
    prefect_home: Path, wanted: int | None, has_page: bool
) -> tuple[subprocess.Popen[bytes], int]:
    fault = ""
    for _ in range(_TRIES):
        port = _free_port() if wanted is None else wanted
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "flows.server", str(os.getpid()), str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={
                **os.environ,
                "PREFECT_HOME": str(prefect_home),
                "PREFECT_UI_ENABLED": "1" if has_page else "0",
                **(_LASTING if has_page else {"PREFECT__SERVER_EPHEMERAL": "1"}),
                "PREFECT__SERVER_FINAL": "1",
            },
        )
        note = {"pid": process.pid, "port": port}
        (prefect_home / _NOTE).write_text(json.dumps(note) + "\n", encoding="ascii")
        try:
            if _answers(process, port):
                return process, port
        except BaseException:
            _end(process)
            raise
        _end(process)
        fault = (process.stderr.read() if process.stderr else b"").decode(errors="replace")[-500:]
    raise RuntimeError(f"the Prefect server of this run did not start: {fault}")


def _noted_pid(prefect_home: Path) -> int | None:
    """The server the last run noted, whether it still lives or not."""
    try:
        return int(json.loads((prefect_home / _NOTE).read_bytes())["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the server answers; False when it ended or took too long."""
    end = time.monotonic() + _START_S
    while time.monotonic() < end and process.poll() is None:
        with (
            suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=2) as answer,
        ):
            if answer.status == 200:
                return True
        time.sleep(0.1)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_S)
    os._exit(1)


def main() -> None:
    """Serve until the parent is gone."""
    parent, port = map(int, sys.argv[1:3])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run decides
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    import uvicorn

    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        host="127.0.0.1",
        port=port,
        log_level="error",
        lifespan="on",
    )


if __name__ == "__main__":
    main()
