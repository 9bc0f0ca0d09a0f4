"""Opened workspaces for requests: each has one to itself while it lasts."""

from __future__ import annotations

import atexit
import contextlib
import queue
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from jdzfire.errors import StoreError
from jdzfire.feeds.reader_process import ReaderProcess
from jdzfire.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class _Held:
    workspace: Workspace
    closing: ExitStack


_reading = threading.Lock()
_reader: list[ReaderProcess] = []
_idle: queue.LifoQueue[_Held] = queue.LifoQueue()


@contextmanager
def borrow() -> Iterator[Workspace]:
    """A workspace for one request. After a fault of the store it is opened anew."""
    try:
        held = _idle.get_nowait()
    except queue.Empty:
        held = _open()
    try:
        yield held.workspace
    except StoreError:
        held.closing.close()
        raise
    except BaseException:
        _idle.put(held)
        raise
    _idle.put(held)


def _open() -> _Held:
    with ExitStack() as stack:
        workspace = stack.enter_context(open_workspace(settings.JDZFIRE_ROOT))
        return _Held(workspace, stack.pop_all())


def read_file(action: str, raw: bytes, **options: Any) -> Any:
    """Read a file from outside in the one reader process of the desk, one file after the other."""
    with _reading:
        if not _reader:
            with borrow() as workspace:
                limits = workspace.settings
            _reader.append(
                ReaderProcess(memory_mb=limits.read_memory_mb, seconds=limits.read_seconds)
            )
        return _reader[0].read(action, raw, **options)


def close_all() -> None:
    """Close what is idle, and the reader process; what is written is sealed then."""
    with contextlib.suppress(queue.Empty):
        while True:
            _idle.get_nowait().closing.close()
    while _reader:
        _reader.pop().close()


atexit.register(close_all)
