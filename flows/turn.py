"""One work at a time on a working folder.

The folder's own lock makes two writers safe; this keeps a flow from beginning while another is at
it, so that nobody waits in the middle. Runs of a deployment also take a slot of the global
concurrency limit :data:`LIMIT`, which shows in Prefect's page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from filelock import FileLock, Timeout
from prefect.concurrency.sync import concurrency
from prefect.runtime import deployment

from jdzfire.store.home import open_home

LIMIT = "jdzfire-home"
"""Name of the global concurrency limit."""

WAIT_S = 900.0
"""A run waits so long for its turn, then it is skipped: the next one does its work."""


@contextmanager
def turn(home: str) -> Iterator[bool]:
    """Hold the turn of a folder while the block runs; whether it was had."""
    lock = FileLock(open_home(home).root / ".turn.lock", timeout=WAIT_S)
    with ExitStack() as stack:
        try:
            if deployment.id:
                stack.enter_context(concurrency(LIMIT, occupy=1, timeout_seconds=WAIT_S))
            stack.enter_context(lock)
        except (Timeout, TimeoutError):
            yield False
            return
        yield True
