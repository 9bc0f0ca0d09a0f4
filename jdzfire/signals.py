"""Signals that end a command let it clean up: children are ended, locks given back."""

from __future__ import annotations

import signal
import sys
from types import FrameType

__all__ = ["end_on_signals"]


def end_on_signals() -> None:
    """Let SIGINT, SIGTERM and SIGHUP end this process as ``sys.exit(128 + number)`` does.

    Python ends at once on SIGTERM and SIGHUP otherwise, and what a ``finally`` would have ended
    lives on. Call it in the main thread.
    """
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    signal.signal(number, signal.SIG_IGN)  # once is enough: cleaning up must not be cut short
    sys.exit(128 + number)
