"""One work at a time on a working folder.

The folder's own lock makes two writers safe; this keeps a flow from beginning while another is at
it, so that nobody waits in the middle. Runs of a deployment also take the slot of the global
concurrency limit :data:`LIMIT`, which shows in Prefect's page. The lock decides: the system gives
it back however a run ends, while a slot stays taken for ever when the server is killed with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from filelock import FileLock, Timeout
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.concurrency.sync import concurrency
from prefect.runtime import deployment

from jdzfire.store.home import open_home

LIMIT = "jdzfire-home"
"""Name of the global concurrency limit."""

WAIT_S = 900.0
"""A run waits so long for its turn, then it is skipped: the next one does its work."""

_SLOT_WAIT_S = 10.0


@contextmanager
def turn(home: str) -> Iterator[bool]:
    """Hold the turn of a folder while the block runs; whether it was had."""
    lock = FileLock(open_home(home).root / ".turn.lock", timeout=WAIT_S)
    with ExitStack() as stack:
        try:
            stack.enter_context(lock)
        except Timeout:
            yield False
            return
        if deployment.id:
            _take_slot(stack)
        yield True


def _take_slot(stack: ExitStack) -> None:
    """Take the slot; one that is taken though nobody has the lock was left by a killed server."""
    try:
        stack.enter_context(concurrency(LIMIT, occupy=1, timeout_seconds=_SLOT_WAIT_S))
    except TimeoutError:
        with get_client(sync_client=True) as client:
            client.update_global_concurrency_limit(
                LIMIT, GlobalConcurrencyLimitUpdate(active_slots=0)
            )
        stack.enter_context(concurrency(LIMIT, occupy=1, timeout_seconds=_SLOT_WAIT_S))
