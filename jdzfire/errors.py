"""Exceptions of jdzfire, split by who must act.

One root, :class:`JdzfireError`. Every message states what happened, what was expected, what
was found and what to do, in that order. The class carries the exit code of the command
line, so that no caller needs a table of its own.
"""

from __future__ import annotations

from typing import Any, ClassVar


class JdzfireError(Exception):
    """Root of all faults jdzfire raises on purpose.

    Parameters
    ----------
    what : str
        What happened, one sentence without a full stop.
    expected, found, remedy : str
        What should have been there, what was, and what the reader can do about it.

    Examples
    --------
    >>> print(InputError("a.csv has no column latitude", expected="latitude", remedy="resend it"))
    a.csv has no column latitude; expected: latitude; remedy: resend it
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, expected: str = "", found: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.found = found
        self.remedy = remedy

    def __str__(self) -> str:
        named = (("expected", self.expected), ("found", self.found), ("remedy", self.remedy))
        return "; ".join([self.what, *(f"{name}: {text}" for name, text in named if text)])

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.what, self.expected, self.found, self.remedy)


def _rebuild(
    kind: type[JdzfireError], what: str, expected: str, found: str, remedy: str
) -> JdzfireError:
    return kind(what, expected=expected, found=found, remedy=remedy)


class UsageError(JdzfireError):
    """The command or call was wrong: the caller must act."""

    exit_code = 2


class SettingsError(JdzfireError):
    """A setting is missing or impossible: the operator must act."""

    exit_code = 2


class NotFound(UsageError):
    """An id was asked for that jdzfire does not hold."""


class Conflict(UsageError):
    """Somebody else changed it meanwhile: look again and decide again."""


class InputError(JdzfireError):
    """A file cannot be used at all: whoever sent it must act."""

    exit_code = 3


class ContractError(InputError):
    """A table breaks its contract in :mod:`jdzfire.schemas`."""


class CrsError(InputError):
    """A CRS or datum is missing, unknown or does not fit the coordinates."""


class StoreError(JdzfireError):
    """The working folder is damaged, locked or of another version: the operator must act."""


class DamagedStore(StoreError):
    """Something the workspace keeps is missing or damaged: nothing may be concluded from the rest.

    The exit code is that of input that cannot be used: a damaged workspace must never look like a
    day without fires.
    """

    exit_code = 3


class FeedUnavailable(JdzfireError):
    """A feed gave nothing usable now; the run goes on without it and reports it."""

    exit_code = 4
