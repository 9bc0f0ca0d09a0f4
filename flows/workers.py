"""Who works on the parts of an archive: this process, or Dask's workers here or elsewhere.

The functions that work on a part know nothing of it (:mod:`jdzfire.pipeline.spread`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from jdzfire.errors import UsageError
from jdzfire.pipeline.spread import Run, run_here

_AHEAD = 3
"""Parts that are handed out for each thread before the first result is taken."""
RETRIES = 3
"""A part is worked on again so often when its worker was lost."""


@contextmanager
def workers(dask: str, *, memory: str = "auto") -> Iterator[Run]:
    """Who runs the parts while the block runs.

    Parameters
    ----------
    dask : str
        "" for this process; a number of processes of this machine; or the address of a scheduler,
        such as ``tcp://10.0.0.1:8786``, whose workers see the working folder under the same path.
    memory : str
        Most memory of each local worker, such as ``3GiB``.

    Raises
    ------
    UsageError
        Dask is not installed, or nobody answers there.
    """
    if not dask:
        yield run_here
        return
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise UsageError(
            "there are no workers of Dask here",
            expected="the extra dask",
            found=str(error),
            remedy="pip install 'jdzfire[dask]', or leave the setting empty",
        ) from error
    with ExitStack() as stack:
        address: Any = dask
        if dask.isdigit():
            # one thread each: the geometry library works under Python's own lock
            cluster = _untyped(LocalCluster)(
                n_workers=int(dask),
                threads_per_worker=1,
                memory_limit=memory,
                dashboard_address=None,
            )
            address = stack.enter_context(cluster)
        try:
            client = stack.enter_context(_untyped(Client)(address, timeout="30s"))
        except (OSError, ValueError) as error:
            raise UsageError(
                "no scheduler of Dask answers",
                expected="a number of workers, or an address such as tcp://10.0.0.1:8786",
                found=f"{dask!r}: {type(error).__name__}",
            ) from error
        yield _on(client)


def _untyped(kind: Any) -> Any:
    """A class of Dask's without annotations, as the type checker may call it."""
    return kind


def _on(client: Any) -> Run:
    def run(function: Callable[[Any], Any], values: Sequence[Any]) -> Iterator[Any]:
        """Results in order; only some more parts than workers are under way or wait to be taken."""
        ahead: deque[Any] = deque()
        for value in values:
            ahead.append(client.submit(function, value, pure=False, retries=RETRIES))
            if len(ahead) > _AHEAD * max(1, sum(client.nthreads().values())):
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()

    return run
