"""Signals that end a command let it clean up: children are ended, locks given back."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

CLEAN_UP_S = 30.0
"""Longest that cleaning up may take after a signal [s]; then the process ends as by SIGKILL, which
leaves nothing behind either: children end without their parent, the database rolls back."""

_AGAIN_S = 0.05


class _Ended(SystemExit):
    """What ends the process after a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal = number


def end_on_signals() -> None:
    """Let SIGINT, SIGTERM and SIGHUP end this process as ``sys.exit(128 + number)`` does.

    Python ends at once on SIGTERM and SIGHUP otherwise, and what a ``finally`` would have ended
    lives on. A signal that arrives inside a ``__del__`` or a callback of a weak reference, where
    Python drops every exception, is sent again. Call it in the main thread.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, _end)
    sys.unraisablehook = _end_if_dropped


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    signal.signal(number, signal.SIG_IGN)  # once is enough: cleaning up must not be cut short
    limit = threading.Timer(CLEAN_UP_S, os._exit, (128 + number,))  # a library may wait for ever
    limit.daemon = True
    limit.start()
    raise _Ended(number)


def _end_if_dropped(dropped: Any) -> None:
    """Send a signal again whose exception, ours or Prefect's of SIGTERM, Python dropped."""
    exception = dropped.exc_value
    number = getattr(exception, "signal", None)
    if isinstance(exception, Exception) or not isinstance(number, int):
        sys.__unraisablehook__(dropped)
        return
    if signal.getsignal(number) == signal.SIG_IGN:
        signal.signal(number, _end)
    again = threading.Timer(_AGAIN_S, os.kill, (os.getpid(), number))  # not in this very callback
    again.daemon = True
    again.start()
